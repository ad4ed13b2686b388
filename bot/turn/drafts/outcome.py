"""Tells what a human's own answer made of a draft: used, edited or rewritten, by the words that it keeps. Pure.

Words are compared in their order, without what belongs to a letter and not to its content: quoted history, signature,
greeting and closing.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from bot.domain.drafts import DraftStage
from bot.mail.own_words import own_words

USED_KEPT, USED_MORE, EDITED_KEPT = 0.95, 0.15, 0.5
MOST_WORDS = 2_000
"""Of each text so many words are compared; the rest of a longer one would cost seconds."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_ADDRESS = re.compile(r"(https?://[^\s?#)\]>]+)[^\s)\]>]*")
_GREETING = re.compile(
    r"(?:dear|hi|hello|hey|good (?:morning|afternoon|evening|day)|greetings|hallo|guten (?:tag|morgen|abend)|moin"
    r"|sehr geehrte[rs]?|liebe[rs]?|bonjour|bonsoir|salut|ch[eè]re?|cher(?:s|es)?|hola|buenos d[ií]as"
    r"|buenas (?:tardes|noches)|estimad[oa]s?|querid[oa]s?)\b(?: [\w.'’-]+){0,3} ?(?:[,!:;]|$)",
    re.IGNORECASE | re.MULTILINE,
)
_CLOSING = re.compile(
    r"(?:(?:best|kind|warm)(?:est)?(?: (?:regards|wishes))?|regards|sincerely|yours(?: (?:sincerely|faithfully|truly))?"
    r"|cheers|many thanks|thanks|thank you|mit freundlichen gr[uü](?:ß|ss)en|(?:viele|beste|liebe|freundliche)"
    r" gr[uü](?:ß|ss)e|cordialement|bien (?:cordialement|à vous)|sinc[eè]res salutations|(?:un )?(?:cordial )?saludos?"
    r"(?: cordiales)?|atentamente)\b[^\n]{0,20}$",
    re.IGNORECASE,
)
_MOST_NAMES = 2
"""Lines with a name and a team below a closing."""


@dataclass(frozen=True)
class Overlap:
    """How much of a draft stands in another text.

    Args:
        kept: share of the draft's words that stand there, in their order.
        more: further words there, as a share of the draft's.
    """

    kept: float
    more: float


def outcome_of(draft: str, said: str) -> DraftStage:
    """Return what a human's own answer made of the draft."""
    found = overlap(draft, said)
    if found.kept >= USED_KEPT and found.more <= USED_MORE:
        return DraftStage.USED
    return DraftStage.EDITED if found.kept >= EDITED_KEPT else DraftStage.REWRITTEN


def overlap(draft: str, said: str) -> Overlap:
    """Return how much of the draft was said, and how much else."""
    ours, theirs = words_of(draft), words_of(own_words(said) or said)
    if not ours:
        return Overlap(0.0, float(len(theirs)))
    blocks = SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
    same = sum(block.size for block in blocks)
    return Overlap(same / len(ours), (len(theirs) - same) / len(ours))


def words_of(text: str) -> Sequence[str]:
    """Return the words that are compared, normalised."""
    plain = _ADDRESS.sub(r"\1", unicodedata.normalize("NFKC", text))
    lines = _without_closing(_without_greeting(plain).splitlines())
    return _WORD.findall("\n".join(lines).casefold())[:MOST_WORDS]


def _without_greeting(text: str) -> str:
    text = text.strip()
    found = _GREETING.match(text)
    return text[found.end() :] if found else text


def _without_closing(lines: Sequence[str]) -> Sequence[str]:
    """Leave out a closing line with the name below it; one in the middle of a text closes nothing."""
    filled = [line.strip() for line in lines if line.strip()]
    for place in range(max(1, len(filled) - _MOST_NAMES - 1), len(filled)):
        if _CLOSING.match(filled[place]):
            return filled[:place]
    return filled
