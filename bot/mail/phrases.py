"""Tables of phrases: how mail programs open a quotation, close a letter and mark automatic mail.

One row per language; all patterns are read without regard to case.
"""

import re

_FLAGS = re.IGNORECASE


def _one_of(*patterns: str, flags: int = _FLAGS) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), flags)


_HEADERS = {
    "from": "from von de da van od fra från",
    "date": "sent date gesendet datum envoyé enviado enviado_el enviada fecha inviato data verzonden odesláno wysłano "
    "sendt skickat dato",
    "to": "to an à para a pour aan komu do til till",
    "cc": "cc kopie copie copia kopia kopi",
    "subject": "subject betreff objet asunto oggetto onderwerp předmět temat emne ämne assunto",
}

HEADER = re.compile(r"[*_]{0,2}([^\W\d_][^\W\d_ ]{0,12}(?: el)?) ?:[*_]{0,2}\s*(.*)")
KIND_OF_HEADER = {word.replace("_", " "): kind for kind, row in _HEADERS.items() for word in row.split()}
"""The header lines that Outlook and others set above a quoted mail."""

INTRODUCTION = _one_of(
    r"On .*\bwrote ?:",
    r"Am .*\bschrieb\b.{0,120}:",
    r"Am .*\bhat\b.{1,160}\bgeschrieben ?:",
    r".{1,120}\bschrieb am .*:",
    r"Le .*\ba\s+écrit ?:",
    r"El .*\bescribió ?:",
    r"Em .*\bescreveu ?:",
    r"(?:Il|Il giorno) .*\bha scritto ?:",
    r"Op .*\bschreef\b.{0,120}:",
    r"Den .*\bskrev\b.{0,120}:",
    r"Dnia .*\bnapisał(?:\(a\))?\b.{0,120}:",
    r".{1,120}\bnapisał(?:\(a\))? ?:",
    r"Dne .*\bnapsal(?:\(a\))?\b.{0,120}:",
    r"-{2,} ?On .*\bwrote ?-{2,}",
    r".{0,160}\d{4}.{0,60}\d{1,2}[:.]\d{2}.{0,160}<\S+@[^\s>]+>(?:\(a\))? ?[:：]",
    r".{0,40}\d{4}年.{0,160}[:：]",
)
"""The line above a quotation, where the library does not know it."""

SENT_THEN = re.compile(r"@|\b\d{1,2}\s?[:.h]\s?\d{2}\b|\b\d{1,2} ?[ap]m\b|\b\d{1,2} Uhr\b", _FLAGS)
"""What only a mail program writes of when, or from where, a mail came."""

DASHED = re.compile(r"-{2,} ?[^-]{3,60}? ?-{2,}")
FORWARDED = _one_of(
    r"forwarded message", r"weitergeleitete (?:nachricht|e-?mail)", r"weiterleitung", r"message transféré",
    r"message réexpédié", r"mensaje reenviado", r"messaggio inoltrato", r"doorgestuurd bericht", r"vidarebefordrat",
)  # fmt: skip
ORIGINAL = _one_of(
    r"original message", r"ursprüngliche nachricht", r"originalnachricht", r"message d'origine", r"message original",
    r"mensaje original", r"messaggio originale", r"oorspronkelijk bericht", r"original appointment",
)  # fmt: skip
PASSED_ON = re.compile(r"\s*(?:fwd?|wg|tr|rv|i|enc|doorst|vs)\s?:", _FLAGS)
"""The beginning of a forwarded mail's subject."""

REPLY_ABOVE = re.compile(r"##-.{5,120}-##")
"""Zendesk's own line above what it quotes.
https://support.zendesk.com/hc/en-us/articles/4408886858138"""

CLOSING = _one_of(
    r"(?:many )?thanks (?:and|&|/|with) (?:best |kind |warm )?regards",
    r"(?:(?:with )?(?:best|kind(?:est)?|warm(?:est)?|many|friendly) )?(?:regards|wishes)",
    r"(?:with )?(?:my )?(?:best|kind) regards(?: from .{2,30})?",
    r"(?:all the )?best", r"cheers", r"sincerely(?: yours)?", r"yours(?: (?:sincerely|faithfully|truly))?", r"br", r"rgds",
    r"respectfully", r"cordially", r"have a (?:nice|good|great|lovely) (?:day|evening|weekend)",
    r"(?:mit )?(?:den |ganz )?(?:freundlichen|freundliche|besten|beste|lieben|liebe|vielen|viele|herzlichen|herzliche|"
    r"schönen|schöne|sonnigen|sonnige) (?:grüßen|grüssen|gruessen|grüße|grüsse|gruesse|gruß|gruss)(?: aus .{2,30})?",
    r"(?:freundlicher |lieber |schöner |bester )?gru(?:ß|ss)", r"hochachtungsvoll", r"m\.?f\.?g\.?", r"[vl]g",
    r"(?:bien )?cordialement(?: vôtre)?", r"(?:meilleures |sincères |cordiales )?salutations(?: distinguées)?",
    r"bien à vous", r"bonne (?:journée|soirée|réception)", r"amicalement", r"cdlt",
    r"(?:un )?(?:cordial |atento )?saludos?(?: cordial(?:es)?)?", r"(?:muy )?atentamente", r"cordialmente",
    r"(?:cordiali|distinti) saluti", r"met vriendelijke groet(?:en)?", r"(?:med )?vänliga hälsningar",
    r"(?:med )?venlig hilsen", r"mvh", r"z poważaniem", r"(?:serdecznie )?pozdrawiam(?:y)?", r"s pozdrav(?:em|om)",
    r"(?:med )?(?:bästa|vänlig|vänliga|varma) (?:hälsning|hälsningar)", r"(?:med )?(?:vennlig|beste|bedste|kærlig) hilsen",
    r"(?:med )?venlige? hilsener?", r"atenciosamente", r"(?:com )?(?:os )?(?:melhores |meus )?cumprimentos",
    r"(?:um )?abraço", r"saudações(?: cordiais)?", r"(?:un )?cordiale? saluto", r"groet(?:en|jes)?", r"hoogachtend",
    r"(?:parhain |ystävällisin )?terveisin", r"(?:üdvözlettel|tisztelettel):?", r"(?:cu )?(?:stimă|respect|considerație)",
    r"toate cele bune", r"(?:saygılarımla|saygılarımızla|iyi çalışmalar)", r"с уважением", r"з повагою", r"с поздрав(?:ом)?",
    r"с наилучшими пожеланиями", r"με εκτίμηση", r"(?:lep |lepi |srdačan |lijep )?pozdrav(?:i)?", r"s poštovanjem",
    r"lugupidamisega", r"ar cieņu", r"pagarbiai", r"此致", r"敬礼", r"敬禮", r"敬上", r"祝好", r"敬具", r"以上", r"よろしくお願い(?:いた|致)?します",
    r"감사합니다",
)  # fmt: skip
THANKING = _one_of(
    r"(?:many )?thanks(?: in advance| so much| again| a lot)?", r"thank you(?: very much| so much| in advance)?", r"thx",
    r"(?:vielen |besten |herzlichen |lieben )?dank(?: im voraus)?", r"danke(?: im voraus| schön)?",
    r"merci(?: d'avance| beaucoup)?", r"(?:muchas )?gracias(?: de antemano)?", r"grazie", r"bedankt",
)  # fmt: skip
"""A closing that may be all that somebody says; it stays, the name below it goes."""

APP_LINE = _one_of(
    r"sent (?:from|with|via|using) (?:my |the |an? )?(?:i?phone|ipad|galaxy|android|samsung|outlook|yahoo|mail for|"
    r"proton|aol|blackberry|gmail|mobile|windows|huawei|xiaomi|pixel|nine|spark|fairmail|k-9|tutanota|tuta)\b.*",
    r"get outlook for .*", r"get bluemail for .*",
    r"(?:gesendet|verschickt) (?:von|mit|über) (?:meinem |der |dem )?(?:i?phone|ipad|galaxy|android|samsung|outlook|"
    r"yahoo|mail|gmx|web\.de|1&1|freenet|handy|mobil|proton|windows|telekom)\b.*",
    r"von meine[mr] .{2,40} (?:gesendet|geschickt)", r"von (?:iphone|ipad|outlook|samsung|yahoo) .{0,20}gesendet",
    r"diese (?:nachricht|e-?mail) wurde von meine[mr] .* gesendet\.?",
    r"outlook für .* (?:beziehen|herunterladen|abrufen).*", r"(?:holen sie sich|laden sie) outlook für .*",
    r"envoyé (?:de|depuis|à partir d['eu]|avec) ?(?:mon |outlook|yahoo|la messagerie|l'application|proton|courrier|mail)"
    r".*",
    r"(?:télécharger|obtenir|obtenez) outlook pour .*",
    r"enviado (?:desde|con) (?:mi |outlook|yahoo|el |correo|proton).*", r"(?:obtener|obtén|descargar) outlook para .*",
    r"inviato da(?:l mio| iphone| ipad| outlook| yahoo| mail| libero).*", r"scarica outlook per .*",
    r"verstuurd vanaf mijn .*", r"verzonden vanaf mijn .*", r"skickat från min .*", r"sendt fra min .*",
    r"wysłane? z (?:mojego )?(?:iphone|ipada|androida|outlook).*", r"odesláno z .*",
)  # fmt: skip
"""What an app writes below a mail, a line of its own."""

_TELLS_MAIL = r"e-?mail|message|mail|communication"
FOOTER = _one_of(
    rf"\bconfidential.*\b(?:intended|{_TELLS_MAIL}|privilege|recipient|addressee)",
    rf"\b(?:{_TELLS_MAIL}|privileged)\b.*\bconfidential", r"\bintended (?:recipient|addressee|only for|solely for)",
    r"\battorney[- ]client\b", r"\bprivileged\b.*\b(?:information|confidential|communication)",
    rf"\bthis (?:{_TELLS_MAIL})(?:,? (?:and|including) (?:any|its|all) (?:attach|file|annex)\w*)?"
    r"(?:,? (?:which|that))? (?:may contain|contains|is intended|is confidential|may be|is for the|is subject|was sent)",
    r"\bconsider the environment\b", r"\bthink before (?:you )?print", r"\bprint(?:ing)? this (?:e-?)?mail\b", r"\bregistered (?:office|in england)\b",
    r"\bcompany (?:registration|reg\.?|no\.|number)\b", r"\bauthori[sz]ed and regulated\b", r"\bregulated by\b",
    r"\bnever ask (?:you )?for (?:your|any)\b.*\b(?:password|pin|details|data)",
    r"\b(?:scanned|checked) (?:by|for) .*\b(?:virus|spam|malware)", r"\bviews (?:or opinions )?expressed\b",
    r"^\W*(?:legal )?(?:disclaimer|notice|confidentiality(?: notice)?|important notice|caution)\W*(?::|$)",
    r"\b(?:stop|report|beware of) (?:any |suspected )?(?:fraud|phishing|scams?)\b", r"\bnot (?:a )?legally binding\b",
    r"\bvertraulich\w*\b.*\b(?:e-?mail|nachricht|information|empfänger|adressat)",
    r"\b(?:e-?mail|nachricht)\b.*\bvertraulich", r"\bnicht der (?:richtige|beabsichtigte|vorgesehene) ",
    r"\bgeschäftsführ\w+ ?:", r"\bamtsgericht\b", r"\bhandelsregister\b", r"\bHRB ?\d", r"\bust-?id",
    r"\bsitz der gesellschaft\b", r"\brechtlich geschützte\b", r"\bumwelt\b.*\bdruck", r"\bvorstand ?:",
    r"\baufsichtsrat", r"\bconfidentiel\w*\b.*\b(?:message|destin\w+|courriel|information)",
    r"\b(?:message|courriel)\b.*\bconfidentiel", r"\bdestinataire\b", r"\bavant d'imprimer\b", r"\bsiret\b",
    r"\bconfidencial\w*\b.*\b(?:mensaje|correo|destinatari|información)",
    r"\b(?:mensaje|correo)\b.*\bconfidencial", r"\bdestinatario\b", r"\bantes de imprimir\b", r"\bregistro mercantil\b",
    r"\b(?:messaggio|informazioni)\b.*\briservat", r"\bvertrouwelijke?\b", r"\bgeadresseerde\b",
    r"\b(?:mensagem|e-?mail|informaç\w+)\b.*\bconfidencia", r"\bdestinatári[oa]s?\b", r"\bwiadomość\b.*\bpoufn",
    r"\bpoufn\w+\b.*\b(?:informacj|wiadomo)", r"\badresat\w*\b", r"\b(?:meddelande|e-?post)\w*\b.*\bkonfidentiel",
    r"\b(?:meddelelse|besked|e-?mail|e-?post)\w*\b.*\b(?:fortrolig|konfidensiel)", r"\b(?:zpráv|správ|e-?mail)\w*\b.*\bdůvěrn",
    r"\bluottamukselli", r"\bbizalmas\b", r"\bkonfidencial\w*\b", r"\bконфиденциальн", r"\bконфіденційн", r"\bgizlidir\b",
    r"\bconfidențial", r"機密", r"保密",
    flags=_FLAGS | re.DOTALL,
)  # fmt: skip
"""A paragraph that a company has put below everybody's mail."""

TO_ANYBODY = _one_of(
    r"\bif you (?:are|have|received)\b", r"\bwenn sie\b", r"\bfalls sie\b", r"\bsollten sie\b", r"\bsi vous\b",
    r"\bsi (?:usted|no es|ha recibido|recibe)\b", r"\bse non\b",
)  # fmt: skip
"""How a footer speaks; a customer speaks of themselves."""

I_SAY = _one_of(
    r"\b(?:i|i'm|i've|i'd|i'll|me|my|mine)\b", r"\b(?:ich|mir|mich|mein\w{0,2})\b", r"\b(?:je|moi|mon|ma|mes)\b",
    r"\bj'", r"\b(?:yo|mi|mis|me|quiero|necesito|tengo)\b", r"\b(?:io|mio|mia)\b",
)  # fmt: skip
WE_SAY = _one_of(
    r"\b(?:we|our|us)\b", r"\b(?:wir|uns|unser\w*)\b", r"\b(?:nous|notre|nos)\b", r"\b(?:nosotros|nuestr\w+)\b",
)  # fmt: skip
WANTED = _one_of(
    r"\bp\.? ?s\.?(?:\W|$)", r"\bn\.? ?b\.?(?:\W|$)", r"\?", r"\bplease\b", r"\bbitte\b", r"\bs'il (?:vous|te)\b",
    r"\bpor favor\b", r"\b(?:need|want|would like|waiting|cancel|refund|wrong|broken|missing)\b",
    r"\b(?:brauchen?|möchten?|wollen|warten?|storn\w+|erstatt\w+|falsch|kaputt|fehlt)\b",
    r"\b(?:besoin|voulons|voudr\w+|attend\w+|annul\w+|rembours\w+)\b",
    r"\b(?:necesit\w+|quer\w+|esper\w+|cancel\w+|reembols\w+)\b",
    r"\b(?:not|no|never|but|only|unless|wait|instead|except|don't)\b", r"\b(?:nicht|kein\w*|nie|aber|nur|sondern|statt)\b",
    r"\b(?:pas|jamais|mais|seulement|sauf)\b", r"\b(?:nunca|pero|solo|sólo|salvo|sino)\b",
    r"\b(?:order|ticket|tracking|invoice|reference|ref|booking|customer|account|bestell\w*|auftrag\w*|rechnung\w*|"
    r"kunden\w*|sendung\w*|commande|facture|client|pedido|factura|cliente|ordine)\b.*\d",
)  # fmt: skip
"""What somebody wants of us: a line that holds it is no signature."""

GIVES_NAME = _one_of(
    r"[:]$", r"\b(?:address|name|contact|recipient|passenger|traveller)\b", r"\b(?:adresse|anschrift|empfänger|namen?)\b",
    r"\b(?:nom|passager)\b", r"\b(?:dirección|nombre|pasajero)\b",
    r"\b(?:to|for|is|be|by|an|auf|für|ist|lautet|heißt|à|pour|est|para|es|a)$",
)  # fmt: skip
"""The end of a text after which a name is what was asked for."""

PICTURE = re.compile(
    r"(?:\[(?:image|cid|logo|bild|inline)[^\]]{0,200}\]|!\[[^\]]{0,200}\]\([^)]{0,400}\)|<image\d+\.\w+>|\s)+", _FLAGS
)
"""What is left of a logo in plain text."""

BEFORE_NAME = re.compile(r"(?:i\. ?[av]\.|ppa\.?|gez\.|dr\.?|mrs?\.?|ms\.?|herr|frau|mme|m\.|sra?\.?)\s+", _FLAGS)

CONTACT = _one_of(
    r"@", r"\bwww\.", r"https?://", r"\+?\d[\d ()/.-]{6,}\d", r"\b\d{4,5} \w", r"[|•·]", r"\d+ \w+(?: \w+)? (?:street|st|"
    r"road|rd|avenue|ave|lane|drive)\b", r"\w+(?:straße|strasse|str\.|weg|platz|allee) ?\d*",
    r"\b(?:rue|avenue|boulevard|calle|avenida|plaza)\b", r"\b(?:GmbH|AG|KG|LLP|LLC|Ltd|Inc|Corp|S\.?A\.?|S\.?L\.?|BV)\b",
    r"^(?:t|tel|f|fax|m|mob|mobile|mobil|phone|telefon|e|w|web)[.:] ",
)  # fmt: skip
