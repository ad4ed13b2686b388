"""Finds in a transcript what was asked and what people answered in public. Pure.

Of people's words only whole answers count: neither a question of theirs, nor "let me check", nor a text cut short.
"""

import re
from collections.abc import Iterator, Sequence

from bot.desk.policy.phrases import has_phrase
from bot.desk.policy.policy import Policy, human_wish, is_plain_thanks
from bot.domain.drafts import Draft
from bot.domain.ids import same_person
from bot.domain.transcript import Entry, Role
from bot.gaps.entries import Signal
from bot.mail.own_words import own_words

MOST_CHARS = 4_000
"""Of a question so many are kept; a longer answer is not kept at all, since half of one may say the opposite."""
_FEWEST_WORDS = 3
_SKEW_SECONDS = 1.0

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_HOLDING = re.compile(
    r"\b(?:(?:let me|i will|i'll|we will|we'll|i am going to) (?:just )?(?:check|look|ask|find out|see|get back"
    r"|come back|forward|investigate)|get back to you|looking into|one moment|bear with|hold on|please wait"
    r"|(?:ich|wir) (?:schaue?n?|prüfen?|frage?n?|kläre?n?|sehen?|melde?n?)|melde mich|einen moment|moment bitte"
    r"|je (?:vérifie|regarde|reviens|me renseigne)|nous (?:vérifions|revenons)|un instant"
    r"|(?:lo|voy a) (?:reviso|revisar|miro|consultar|comprobar)|un momento|le aviso)\b",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^\W*(?:hi|hello|hey|dear|hallo|guten (?:tag|morgen|abend)|liebe[rs]?|sehr geehrte[rs]?|bonjour|cher|chère|hola"
    r"|estimad[oa])\b[^.!?]{0,40}$",
    re.IGNORECASE,
)


def question_of(signal: Signal, entries: Sequence[Entry], drafts: Sequence[Draft], policy: Policy) -> str:
    """Return what the customer had asked when it was missing, empty where nothing is kept of it.

    A wish for people and a thanks ask nothing: then it is what they wrote before.
    """
    draft = next((one for one in drafts if one.id == signal.draft), None)
    until = (draft.at if draft and draft.at else signal.at) + _SKEW_SECONDS
    blocks = list(_asked(signal, [entry for entry in entries if entry.at <= until]))
    telling = [block for block in blocks if _asks(block, policy)]
    return next(iter([*telling, *blocks]), "")[:MOST_CHARS]


def answer_of(signal: Signal, entries: Sequence[Entry], drafts: Sequence[Draft]) -> str:
    """Return what people answered after it, empty while there is no complete answer."""
    draft = next((one for one in drafts if one.id == signal.draft), None)
    since = draft.at if draft and draft.at else signal.at
    said = [draft.said] if draft and draft.said else []
    told = [*said, *_answers(entry for entry in entries if entry.at >= since - _SKEW_SECONDS)]
    return max(filter(is_complete, told), key=len, default="")


def is_complete(text: str) -> bool:
    """Return whether a text answers something: a sentence in it states more than that somebody will look."""
    if len(text) > MOST_CHARS:
        return False
    return any(_states(sentence.strip()) for sentence in _SENTENCE.findall(own_words(text)))


def _asked(signal: Signal, entries: Sequence[Entry]) -> Iterator[str]:
    """Yield what the customer wrote, the newest first; lines in a row are one."""
    block: list[str] = []
    for entry in reversed(entries):
        is_theirs = entry.role is Role.USER and not entry.is_by_machine
        if is_theirs and (not signal.author or same_person(entry.author, signal.author)):
            block.insert(0, own_words(entry.text) or entry.text)
        elif block and entry.role in {Role.ASSISTANT, Role.HUMAN}:
            yield "\n".join(block)
            block = []
    if block:
        yield "\n".join(block)


def _asks(text: str, policy: Policy) -> bool:
    wish = human_wish(policy)
    if len(text.split()) < _FEWEST_WORDS or is_plain_thanks(policy, text):
        return False
    return wish is None or not has_phrase(wish.phrases, text) or "?" in text.rstrip("?")


def _answers(entries: Iterator[Entry]) -> Iterator[str]:
    """Yield what people wrote until the customer wrote again, one text each."""
    run: list[str] = []
    for entry in entries:
        if entry.role is Role.HUMAN and entry.author:
            run.append(own_words(entry.text) or entry.text)
        elif entry.role is Role.USER and run:
            yield "\n\n".join(run)
            run = []
    if run:
        yield "\n\n".join(run)


def _states(sentence: str) -> bool:
    if sentence.endswith("?") or _GREETING.match(sentence) or _HOLDING.search(sentence):
        return False
    return len(sentence.split()) > _FEWEST_WORDS
