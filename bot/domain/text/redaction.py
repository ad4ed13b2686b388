"""Masks card numbers, API keys and one-time codes before anything is stored or reaches a model. Pure.

Only a number that can be a card's is taken for one (its first digits, its length and its check digit agree), so that
order ids, parcel numbers, telephone numbers and amounts stay.
"""

import re
from collections.abc import Iterator

CARD = "[card number removed]"
KEY = "[key removed]"
CODE = "[code removed]"

_GAP = r"[ \u00a0\u2009\u200b\u202f.\-\u2010-\u2014]"
_DIGIT = re.compile(r"\d")
_DIGITS = re.compile(rf"(?<![\w+])(?<!\d[.,])\d(?:{_GAP}{{0,2}}\d){{12,}}(?!\w)")
_GROUP = re.compile(r"\d+")
_SHAPES = frozenset({(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3)})
"""How a card number is printed; among other digits only this counts."""

# https://en.wikipedia.org/wiki/Payment_card_number: first digits by length
_ISSUERS = {
    13: r"4",
    14: r"3(?:0[0-5]|[689])",
    15: r"3[47]|1800|2131",
    16: r"[2-6]",
    17: r"[56]",
    18: r"[56]",
    19: r"[456]",
}

_KEYS = re.compile(
    r"\bx(?:ox[a-z]|app)-[\w-]{8,}"  # Slack
    r"|\bsk-[\w-]{16,}"  # model servers
    r"|\b(?:sk|pk|rk)_(?:live|test)_\w{10,}|\bwhsec_\w{10,}"  # Stripe
    r"|\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bnpm_\w{30,}|\bhf_\w{20,}"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"  # AWS
    r"|\bAIza[\w-]{30,}|\bya29\.[\w-]{10,}"  # Google
    r"|\bSG\.[\w-]{16,100}\.[\w-]{16,}"
    r"|\beyJ[\w-]{8,2000}\.[\w-]{8,4000}\.[\w-]{8,}"  # a signed token (JWT)
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
)
_KEY_SIGNS = (
    *("xox", "xapp", "sk-", "_live_", "_test_", "whsec_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
    *("glpat-", "npm_", "hf_", "AKIA", "ASIA", "AIza", "ya29.", "SG.", "eyJ", "PRIVATE KEY"),
)
"""What has to stand in a text so that there can be a key; hardly any line holds one of them."""
_NAMED_KEY = re.compile(
    r"(\b(?:api|access|secret|private|client|auth|signing|webhook|bearer)[ _-]?(?:key|secret|token)\b|\bbearer\b|"
    r"\b(?:secret|token|apikey|schlüssel|clé|clave)\b)"
    r"([\s\"'`:=]{1,4}(?:(?:is|ist|est|es|lautet)[\s\"'`:=]{1,3})?)"
    r"(?=[\w+/.=-]{0,200}\d)(?=[\w+/.=-]{0,200}[A-Za-z])[\w+/.=-]{16,}",
    re.IGNORECASE,
)
_CODE_NAME = (
    r"(?:verification|one[- ]?time|security|log-?in|sign[- ]?in|auth(?:entication)?|2fa|mfa|two[- ]factor|sms)"
    r"[ -](?:pass)?(?:code|password|pin)|otp|passcode|cv[vc]2?|pin|tan|"
    r"(?:bestätigungs|sicherheits|verifizierungs|einmal|anmelde)-?(?:code|passwort|kennwort)|"
    r"code (?:de |d')?(?:vérification|sécurité|confirmation|connexion|à usage unique)|"
    r"código de (?:verificación|seguridad|confirmación|acceso|un solo uso)"
)
_MY_CODE = r"(?:the|my|your|der|mein|dein|ihr|le|mon|votre|el|mi|su|tu) (?:code|código)"
_NUMBER = r"\d{3}[ -]\d{3}|\d{4,8}"
_CODE_AFTER = re.compile(
    rf"((?<!\w)(?:{_CODE_NAME})(?!\w)[^\d\n]{{0,25}}?(?<![\w#.,$€£-]))(?:{_NUMBER})(?!\w|[.,-]\d)", re.IGNORECASE
)
_MY_CODE_AFTER = re.compile(
    rf"((?<!\w)(?:{_MY_CODE})(?: i got| you sent)?(?: is| was|:| ist| est| es)*:? ?)"
    r"(?:\d{3}[ -]\d{3}|\d{6})(?!\w)",
    re.IGNORECASE,
)
_CODE_BEFORE = re.compile(
    rf"(?<![\w#.,$€£-])(?:{_NUMBER})(?= (?:is|ist|est|es) "
    rf"(?:the|my|your|mein|dein|ihr|mon|votre|mi|su|tu|der|le|el) (?:{_CODE_NAME}|code|código)(?!\w))",
    re.IGNORECASE,
)


def mask(text: str) -> str:
    """Return the text without card numbers and keys, as it may be stored."""
    if _DIGIT.search(text):
        return _NAMED_KEY.sub(rf"\1\2{KEY}", _without_keys(_DIGITS.sub(_masked_cards, text)))
    return _without_keys(text)


def mask_codes(text: str) -> str:
    """Return the text without one-time codes; to be called once it is clear that a code is not for the desk itself."""
    if not _DIGIT.search(text):
        return text
    for pattern in (_CODE_AFTER, _MY_CODE_AFTER):
        text = pattern.sub(rf"\1{CODE}", text)
    return _CODE_BEFORE.sub(CODE, text)


def _without_keys(text: str) -> str:
    return _KEYS.sub(KEY, text) if any(sign in text for sign in _KEY_SIGNS) else text


def is_card(number: str) -> bool:
    """Return whether digits (without anything between them) can be a card's number."""
    issuers = _ISSUERS.get(len(number))
    return issuers is not None and re.match(issuers, number) is not None and _luhn(number)


def _masked_cards(run: re.Match[str]) -> str:
    text = run[0]
    for start, end in reversed(list(_cards(text))):
        text = text[:start] + CARD + text[end:]
    return text


def _cards(run: str) -> Iterator[tuple[int, int]]:
    """Yield where cards stand in a run of digits: the whole run, else groups that look as printed on a card."""
    groups = [match.span() for match in _GROUP.finditer(run)]
    if is_card(_plain(run)):
        yield groups[0][0], groups[-1][1]
        return
    first = 0
    while first < len(groups):
        last = next(
            (last for last in _ends(groups, first) if is_card(_plain(run[groups[first][0] : groups[last][1]]))), -1
        )
        if last >= 0:
            yield groups[first][0], groups[last][1]
        first = max(first, last) + 1


def _ends(groups: list[tuple[int, int]], first: int) -> Iterator[int]:
    for shape in _SHAPES:
        lengths = tuple(end - start for start, end in groups[first : first + len(shape)])
        if lengths == shape:
            yield first + len(shape) - 1
    if groups[first][1] - groups[first][0] == 16:
        yield first


def _plain(text: str) -> str:
    return "".join(str(int(char)) for char in text if char.isdecimal())


def _luhn(digits: str) -> bool:
    """https://en.wikipedia.org/wiki/Luhn_algorithm"""
    numbers = [int(char) for char in reversed(digits)]
    doubled = [sum(divmod(number * 2, 10)) for number in numbers[1::2]]
    return (sum(numbers[::2]) + sum(doubled)) % 10 == 0
