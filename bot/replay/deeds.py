"""Reads from a human's answer what they did, or refused to do. Pure.

Past tickets hold no record of what was done in other systems: what people wrote is the only witness.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

_STEMS: Mapping[str, str] = {
    "refund": r"refund|reimburs|money back|erstatt|rückzahl|geld zurück|rembours|reembols|devoluci",
    "credit": r"credit(?!\s?card)|gutschr|guthaben|gutgeschrieben|avoir|crédit(?!\w* card)|abonad|abono",
    "cancel": r"cancel|stornier|storno|kündig|annul|résili",
    "reship": r"re-?ship|re-?s[ee]nt?d?\b|replacement|sent (?:it |you )?again|ersatz|"
    r"erneut (?:ver|ge)s|nochmals? (?:ver|ge)s|renvoy|remplac|reenv|reemplaz",
    "plan_change": r"(?:upgrad|downgrad|switch|chang|mov)\w*[^.!?\n]{0,30}\bplan\b|tarif\w* (?:gewechselt|umgestellt)|"
    r"changé[^.!?\n]{0,30}(?:forfait|abonnement)|cambiad[oa][^.!?\n]{0,30}plan",
}
_DONE = re.compile(
    r"\b(?:i|we)(?:'ve| have)?(?: just| now| already| also)* (?:\w+ed|sent|issued|made|put|given|arranged)\b|"
    r"\b(?:has|have|was|were)(?: now| just| already)*(?: been)? (?:\w+ed|sent|issued|made|done)\b|"
    r"\b(?:is|are)(?: now| just| already)+ (?:\w+ed|sent|issued|made|done)\b|"
    r"\b(?:i|we)(?:'ll| will|'m going to| am going to| are going to)\b|\bwill (?:be|get|receive|arrive)\b|"
    r"\bon (?:its|the) way\b|\b(?:ich|wir) (?:habe|haben|werde|werden|erstatte|storniere|schreibe|sende|schicke)n?\b|"
    r"\b(?:wurde|worden|ist|sind)\b[^.!?\n]*\b(?:ge\w+t|ge\w+en|er\w+t|\w+iert)\b|"
    r"\b(?:j'ai|nous avons|je|nous)\b|\b(?:a|ont|est|sont) été\b|\b(?:he|hemos|ha sido|se ha)\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|no|never|cannot|can't|can’t|won't|unable|unfortunately|isn't|aren't|nicht|kein\w*|leider|nie|"
    r"ne|pas|impossible|malheureusement|aucun\w*|nunca|lamentablemente|lo siento)\b|\b(?:outside|außerhalb|hors)\b",
    re.IGNORECASE,
)
_MAY = re.compile(
    r"\b(?:if|once|when|as soon as|can|could|may|would you like|want|wenn|sobald|falls|können|kannst|möchten|"
    r"si|quand|dès|pouvez|cuando|puede|podemos|under orders|orders >)\b|\?\s*$",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?\n]*(?:[.](?=\d)[^.!?\n]*)*[.!?\n]*")


@dataclass(frozen=True)
class Deed:
    """What people did, or said that they do not do.

    Args:
        action: the desk's action, by the word in its name.
        is_done: False where they refused it.
        sentence: that says so.
    """

    action: str
    is_done: bool
    sentence: str


def deeds_in(text: str, actions: Collection[str]) -> list[Deed]:
    """Return what the text says was done or refused, of the desk's actions alone.

    Args:
        actions: names of the desk's tools, such as `propose_refund`.
    """
    found: list[Deed] = []
    for name in actions:
        word = kind_of(name)
        stem = re.compile(rf"(?<!\w)(?:{_STEMS.get(word) or re.escape(word.replace('_', ' '))})", re.IGNORECASE)
        found += [deed for sentence in _sentences(text) if (deed := _deed(word, stem, sentence))]
    return found


def kind_of(action: str) -> str:
    """Return what an action is, without the word that every one of them begins with."""
    return action.removeprefix("propose_")


def _sentences(text: str) -> list[str]:
    return [match[0].strip() for match in _SENTENCE.finditer(text.replace("’", "'")) if match[0].strip()]


def _deed(action: str, stem: re.Pattern[str], sentence: str) -> Deed | None:
    if not stem.search(sentence):
        return None
    if _NOT.search(sentence):
        return Deed(action, is_done=False, sentence=sentence)
    if _MAY.search(sentence) or not _DONE.search(sentence):
        return None
    return Deed(action, is_done=True, sentence=sentence)
