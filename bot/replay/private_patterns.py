"""What personal data looks like in a text: addresses of every kind, telephone and account numbers. Pure.

In doubt a thing is personal: a masked word costs a comparison, a word that is not masked cannot be called back.
"""

import re

EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
URL = re.compile(r"\b(?:https?://|www\.)[^\s<>\"')\]]+", re.IGNORECASE)
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){3,7}(?:[ -]?[A-Z0-9]{1,3})?\b")
IP = re.compile(
    r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])|(?<![\w:])(?:[0-9a-fA-F]{1,4}:){4,7}[0-9a-fA-F]{1,4}(?![\w:])"
)
HANDLE = re.compile(r"(?<![\w@/.])@[A-Za-z]\w{2,30}\b")

_GROUPS = r"\d(?:[ \u00a0().\-/]{0,2}\d){5,14}"
PHONE = re.compile(
    rf"(?<![\w.,+])(?:\+|00)[ (]{{0,2}}{_GROUPS}(?!\w)"  # international
    rf"|(?<![\w.,+\-])\(?0\d{{1,5}}[)/ \u00a0.\-]{{1,3}}{_GROUPS[2:]}(?!\w)"  # national, with its area
    r"|(?<![\w.,+\-])\(?\d{3}\)?[ .\-]{1,2}\d{3}[ .\-]\d{4}(?!\w)"  # American
    r"|(?<![\w.,+\-])(?:\d{2}[ .]){4}\d{2}(?!\w)"  # French
    r"|(?<![\w.,+\-])[6789]\d{2}[ .]\d{3}[ .]\d{3}(?!\w)"  # Spanish
)
NAMED_PHONE = re.compile(
    r"((?<!\w)(?:tel(?:ephone|efon|éfono|éphone)?|phone|call me (?:on|at)|mobile|cell|handy|mobil|rufnummer|whatsapp|"
    rf"móvil|portable)\w*\W{{1,3}}(?:(?:number|nummer|no|is|ist|est|es)\W{{1,3}}){{0,2}})({_GROUPS})(?!\w)",
    re.IGNORECASE,
)
DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})")
BIRTH = re.compile(
    r"((?<!\w)(?:born(?: on)?|date of birth|dob|birthday|geboren(?: am)?|geburtsdatum|geb\.|"
    r"née?(?: le)?|nacid[oa](?: el)?)"
    rf"\W{{1,4}})(?:{DATE.pattern})",
    re.IGNORECASE,
)

_NAME = r"[A-ZÀ-Þ][\w'’.\-]*"
_ROAD = (
    r"street|st\.?|road|rd\.?|avenue|ave\.?|lane|ln\.?|drive|dr\.?|boulevard|blvd\.?|court|ct\.?|place|pl\.?|square|sq\.?|"
    r"terrace|way|close|crescent|highway|hwy\.?|parkway|pkwy\.?"
)
_TOWN = rf"(?:,?[ \n]{{1,2}}(?:\d{{4,5}}|[A-Z]{{1,2}}-\d{{4,5}})[ ]{_NAME}(?:[ -]{_NAME}){{0,2}})?"
STREET = re.compile(
    rf"(?<!\w)\d{{1,5}}[a-zA-Z]?,?[ ]+(?:{_NAME}[ ]+){{1,3}}(?i:{_ROAD})(?!\w)"
    rf"(?:,?[ ]*(?i:apt|apartment|unit|suite|flat|\#)\.?[ ]*\w{{1,6}})?(?:,[ ]*{_NAME}(?:[ ]{_NAME}){{0,2}})?"
    r"(?:,?[ ]*[A-Z]{2}[ ]\d{5}(?:-\d{4})?)?"
    r"|(?<!\w)[A-ZÄÖÜ][\wäöüß.\-]*(?:straße|strasse|str\.|weg|platz|allee|gasse|ring|damm|ufer)[ ]"
    r"\d{1,4}[ ]?[a-z]?(?!\w)"
    rf"{_TOWN}"
    rf"|(?<!\w)\d{{1,4}}(?:[ ]?bis)?,?[ ](?i:rue|avenue|boulevard|place|chemin|impasse|allée|quai|route)[ ]"
    rf"(?:(?i:de|du|des|la|le|les|d'|l')[ ]?){{0,3}}{_NAME}(?:[ -]{_NAME}){{0,3}}{_TOWN}"
    rf"|(?<!\w)(?i:calle|c/|avenida|avda\.?|plaza|paseo|camino)[ ](?:(?i:de|del|la|las|los|el)[ ]){{0,2}}"
    rf"{_NAME}(?:[ ]{_NAME}){{0,3}},?[ ](?i:n[º°.]?[ ]?)?\d{{1,4}}{_TOWN}"
)
POSTCODE = re.compile(
    r"(?<!\w)[A-Z]{1,2}\d[A-Z\d]?[ ]\d[A-Z]{2}(?!\w)"  # British
    r"|(?<!\w)[A-Z]{2}[ ]\d{5}(?:-\d{4})?(?!\w)"  # American
    rf"|(?<![\w#.,\-$€£])\d{{5}}[ ](?!(?:USD|EUR|GBP|CHF)\b)[A-ZÄÖÜÀ-Þ][a-zäöüßà-ÿ]{{2,}}"  # German, French
    rf"(?:[ ]am[ ]{_NAME})?"
)

NUMBER = re.compile(r"(?<![\w.,:\-@])#?\d{5,}(?![\w]|[.,:]\d)")
MONEY_BEFORE = re.compile(r"(?:[$€£¥]|\b(?:USD|EUR|GBP|CHF))\s?$", re.IGNORECASE)
MONEY_AFTER = re.compile(
    r"\s?(?:[$€£¥%]|(?:USD|EUR|GBP|CHF|dollars?|euros?|credits?|requests?|calls?)\b)", re.IGNORECASE
)
WORD_WITH_DIGITS = re.compile(
    r"(?<![\w@./\[-])#?(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9][\w-]{3,62}[A-Za-z0-9](?![\w@\]])"
)
_MOST_DIGITS = 4
_MIXED = re.compile(r"[A-Z0-9]{8,}")


def is_number_of_somebody(word: str) -> bool:
    """Return whether letters with digits are the number of something: an account, a passport, a parcel."""
    if DATE.match(word):
        return False
    digits = sum(character.isdigit() for character in word)
    return digits > _MOST_DIGITS or (digits == _MOST_DIGITS and _MIXED.fullmatch(word) is not None)


GREETED = re.compile(
    r"(?:(?<!\w)(?:hi|hello|hey|dear|hallo|liebe[rs]?|sehr geehrte[r]?|guten (?:tag|morgen|abend)|moin|"
    r"bonjour|cher|chère|"
    r"salut|hola|estimad[oa]|buen(?:os|as) (?:días|tardes)|thanks|thank you|danke|merci|gracias)\s*,?\s+"
    r"(?:(?:mr|mrs|ms|dr|herr|frau|herrn|monsieur|madame|mme|m|señora?|sr|sra)\b\.?\s+)?"
    r"|(?<!\w)(?:mr|mrs|ms|dr|herr|frau|herrn|monsieur|madame|mme|señora?|sr|sra)\b\.?\s+"
    r"|(?<!\w)(?:my name is|this is|i am called|ich heiße|mein name ist|je m'appelle|mon nom est|me llamo|mi nombre es|"
    r"soy|kind regards|best regards|regards|best wishes|cheers|sincerely|yours|best|"
    r"(?:mit freundlichen|viele|liebe|beste|freundliche) grüßen?|lg|vg|mfg|cordialement|bien à vous|saludos|"
    r"un saludo|atentamente)\s*,?\s+)",
    re.IGNORECASE,
)
"""Behind these words stands a name, if it begins with a capital letter."""

_CAPITAL = r"[A-ZÀ-Þ][\w'’]+(?:-[A-ZÀ-Þ][\w'’]+)?"
NAME_BEHIND = re.compile(rf"{_CAPITAL}(?:(?:[ ](?:van|von|de|der|del|la|di)){{0,2}}[ ]{_CAPITAL}){{0,2}}")
