"""Finds what a sentence of an answer claims, and what would support it. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence

from bot.desk.knowledge.search import COMMON_WORDS
from bot.desk.language import language_of

_SENTENCE = re.compile(r"[^\n.!?]*(?:[.!?](?!\s|$)[^\n.!?]*)*[.!?]*\s*")
_WORD = re.compile(r"\w+")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_STEM = 5  # letters that the forms of a word share
_SHARED = 0.5  # of a rule's telling words, in one source
_SHARED_WITH_FIGURES = 1 / 3  # the same for a rule whose figures the source has too

_DEEDS = {
    "refund": r"refunded|reimbursed|erstattet|rembours[ée]e?|reembolsado",
    "credit": r"credited|gutgeschrieben|crédité|abonado",
    "cancel": r"cancell?ed|storniert|annulée?|cancelado",
    "plan": r"upgraded|downgraded|switched you|changed your (?:plan|subscription)|umgestellt",
    "reship": r"reshipped|re-?sent (?:you|your|the)|sent (?:you )?a replacement",
}
_NOUNS = {
    "refund": r"refund|reimburs|erstatt|rembours|reembols",
    "credit": r"credit|gutgeschr|crédit|abonad",
    "cancel": r"cancel|stornier|annul",
    "plan": r"plan|subscription|upgrad|downgrad",
    "reship": r"reship|resen[dt]|replacement|sent again",
}
_DEED = "|".join(_DEEDS.values())
_JUST = r"(?:\s+(?:just|now|already|successfully|also))*"
_CLAIM = re.compile(
    rf"\b(?:i|we)(?:'ve|\s+have)?{_JUST}\s+(?:{_DEED})\b"
    rf"|\b(?:i|we)(?:'ve|\s+have)?{_JUST}\s+(?:issued|processed|initiated|made|approved)\s+"
    r"(?:a|an|the|your)\s+(?:full\s+|partial\s+)?(?:refund|reimbursement|credit|cancellation|replacement)\b"
    r"|\b(?:your|the)\s+(?:[\w-]+\s+){0,3}(?:refund|credit|cancellation|order|payment|subscription|plan)\b"
    rf"(?:\s+[\w-]+){{0,3}}?\s+(?:has|have|was)(?:\s+been)?{_JUST}\s+(?:been\s+)?(?:issued|initiated|approved|{_DEED})\b"
    r"|\b(?:refund|credit|replacement)\s+is\s+(?:now\s+)?(?:on\s+(?:its|the)\s+way|complete|done)\b"
    rf"|\b(?:ich habe|wir haben|j'ai|nous avons|he|hemos)\b[^.!?\n]*\b(?:{_DEED})\b",
    re.IGNORECASE,
)
_PROMISED_TO_YOU = (
    r"(?:a |the |your |full |complete |partial |whole )*(?:refund\w*|reimburse\w*|money back|credit|compensation)"
)
_PROMISE = re.compile(
    r"\b(?:i|we)(?:'ll| will| shall|'m going to| am going to|'re going to| are going to| can| promise to| guarantee to)"
    r"(?:\s+(?:gladly|happily|now|also|just|of course|certainly|definitely|personally|immediately))*\s+"
    r"(?:refund|reimburse|compensate|credit|waive|pay (?:you )?back|"
    rf"(?:give|grant|issue|send|arrange|process|make|pay|transfer|offer)(?: you| out)* {_PROMISED_TO_YOU})\b"
    r"|\b(?:i|we) (?:promise|guarantee)\b[^.!?\n]*\b(?:refund|money|credit|compensat)"
    rf"|\byou(?:'ll| will| are going to)(?: \w+ly)? (?:get|receive|have|be) {_PROMISED_TO_YOU}\b"
    r"|\byour (?:[\w-]+ ){0,2}(?:refund|credit|money|reimbursement|compensation) will\b"
    r"|\b(?:ich|wir) (?:werden? [^.!?\n]*\b)?(?:erstatten?|zahlen? [^.!?\n]*zurück)\b"
    r"|\bsie (?:erhalten|bekommen) [^.!?\n]*(?:geld zurück|erstattung|gutschrift)"
    r"|\b(?:je|nous) (?:vous )?(?:rembours\w+|crédit\w+)|\bvous serez remboursé"
    r"|\b(?:le|te) (?:reembols\w+|devolver\w+)|\brecibirá (?:un|el|su) reembolso",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:once|after|when|if|until|unless|before|as soon as|whether|sobald|wenn|falls|nachdem|bevor|quand|dès|si|"
    r"après|cuando|después)\b",
    re.IGNORECASE,
)
_RULE = re.compile(
    r"[$€£]\s?\d"
    r"|\d\s?(?:%|[$€£]|percent\b|usd\b|eur\b|dollars?\b|euros?\b)"
    r"|\d[\w -]{0,12}\b(?:minutes?|hours?|days?|weeks?|months?|years?|stunden?|tagen?|tage|wochen?|monaten?|jours?|"
    r"heures?|semaines?|mois|días?|horas?|semanas?|meses)\b"
    r"|\b(?:polic(?:y|ies)|guaranteed?|warranty|entitled|free of charge|for free|no extra cost|non-?refundable|"
    r"garantie|kostenlos|gratuite?|gratis)\b",
    re.IGNORECASE,
)
_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december|januar|februar|märz|mai|juni|juli"
    "|oktober|dezember|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre"
    "|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
)
_OWN_MATTER = re.compile(
    r"\b\d+ (?:minutes?|hours?|days?|weeks?|months?) ago\b|\b(?=\w*[a-z])(?=\w*\d)\w{4,}\b|\b\d{4}-\d\d-\d\d\b"
    rf"|\b(?:{_MONTHS}) \d{{4}}\b|\b(?:{_MONTHS}) de \d{{4}}\b",
    re.IGNORECASE,
)


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences and lines of a text; together they are the text."""
    return (match[0] for match in _SENTENCE.finditer(text) if match[0])


def claims_deed(sentence: str) -> bool:
    """Return whether it says that money was moved or something was changed."""
    match = _CLAIM.search(sentence.replace("’", "'"))
    return match is not None and not _CONDITION.search(sentence[: match.start()])


def promises_money(sentence: str) -> bool:
    """Return whether it promises this customer money, and not only under a condition that it names."""
    plain = sentence.replace("’", "'")
    return not plain.rstrip().endswith("?") and _PROMISE.search(plain) is not None and not _CONDITION.search(plain)


def is_rule(sentence: str) -> bool:
    """Return whether it states a deadline, a price or a right, and not just the customer's own matter."""
    return not sentence.rstrip().endswith("?") and bool(_RULE.search(sentence)) and not _OWN_MATTER.search(sentence)


def is_supported(sentence: str, sources: Iterable[str]) -> bool:
    """Return whether one source holds every figure of the sentence, and enough of its telling words.

    Of a source in another language only the figures can be compared.
    """
    figures = set(_FIGURE.findall(sentence))
    stems = _stems(sentence)
    language = language_of(sentence)
    wanted = (_SHARED_WITH_FIGURES if figures else _SHARED) * len(stems)
    return any(
        figures <= set(_FIGURE.findall(source))
        and (len(stems & _stems(source)) >= wanted or not _may_be_same(language, language_of(source)))
        for source in sources
    )


def _may_be_same(one: str, other: str) -> bool:
    return not one or not other or one == other


def _stems(text: str) -> set[str]:
    words = _WORD.findall(text.casefold())
    return {word[:_STEM] for word in words if word not in COMMON_WORDS and not word.isdigit()}


def was_done(sentence: str, found: Sequence[str], done: Sequence[str]) -> bool:
    """A committed action of that kind tells so, or a looked-up state: a whole value, not a word in an article."""
    kinds = [kind for kind, noun in _NOUNS.items() if re.search(noun, sentence, re.IGNORECASE)]
    return any(
        any(re.search(_NOUNS[kind], summary, re.IGNORECASE) for summary in done)
        or any(re.search(rf'"(?:{_DEEDS[kind]})"', text, re.IGNORECASE) for text in found)
        for kind in kinds
    )


def says_something(text: str) -> bool:
    """Return whether a text holds more than a greeting."""
    return len(_stems(text)) > 2
