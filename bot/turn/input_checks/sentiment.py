"""Scores a customer's mood and notices a repeated question, without a model. Pure."""

import re
from collections.abc import Sequence

from bot.desk.policy.phrases import phrase_pattern, plain
from bot.desk.policy.sections import Escalation
from bot.domain.conversation import Conversation
from bot.domain.handoffs import HandoffRequest, Reason
from bot.domain.ids import same_person
from bot.domain.transcript import Entry, Role
from bot.mail.own_words import own_words

KEPT = 10
"""Scores a conversation remembers, the newest last."""
UPSET = HandoffRequest("the customer is upset", "high", rule=Reason.UPSET)
ASKED_AGAIN = HandoffRequest("the customer asks the same again: the answers have not helped", rule=Reason.REPEATED)

_STRONG = (
    *("(terrible|horrible|awful|dreadful|disgusting|appalling|atrocious)", "worst", "(useless|worthless)"),
    *("(hate|despise) (you|this|your|it)", "(angry|furious|livid|outraged|enraged)", "(scam|liar)*", "(lied|lying)"),
    *("(ridiculous|unacceptable|outrageous|disgraceful)", "(incompetent|pathetic|a joke|clowns)", "never again"),
    *("waste of (time|my time|money)", "(garbage|trash|rubbish|crap)", "(sick|tired) of", "fed up", "(wtf|damn)"),
    *("(schrecklich|furchtbar|katastrophe|unverschämt|inakzeptabel|frechheit|wütend|betrug|nutzlos)",),
    *("(affreux|inacceptable|scandaleux|honteux|furieux|arnaque)",),
    *("(pésimo|inaceptable|vergüenza|furioso|furiosa|estafa|inútil)",),
)
_MILD = (
    *("(disappoint|frustrat|annoy)*", "(upset|unhappy|dissatisfied)", "(still|again) (not|no|nothing|broken|waiting)"),
    *("(does not|doesn't|isn't|not) (work|working|help|helping|helpful|good enough)", "how (long|many times)"),
    *("(enttäuscht|ärgerlich|genervt|immer noch nicht)", "(déçu|déçue|énervé|énervée)", "(decepcion|molest)*"),
)
_GLAD = (
    *("(thanks|thank you)", "appreciate*", "(great|perfect|awesome|excellent|wonderful|amazing|brilliant|lovely)"),
    *("(happy|glad|love|helpful|well done)", "(danke|super|toll|prima)", "(merci|parfait)", "(gracias|perfecto)"),
)
_WEIGHTS = ((_STRONG, -0.4), (_MILD, -0.2), (_GLAD, 0.3))
_SHOUTED = re.compile(r"\b[A-ZÄÖÜÉÈÑ]{4,}\b")
_FEWEST_SHOUTED = 3
_LONGEST = 4_000

_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_FEWEST_WORDS = 3
_ALIKE = 0.75
_LOOKED_BACK = 40


def sentiment_of(words: str) -> float:
    """Return how the author feels, from -1 (furious) over 0 to 1 (delighted), by what the words themselves say."""
    said = own_words(words)[:_LONGEST]
    score = sum(weight * len(_different(phrases, said)) for phrases, weight in _WEIGHTS)
    score -= 0.2 if len(_SHOUTED.findall(said)) >= _FEWEST_SHOUTED else 0.0
    score -= 0.1 if "!!" in said and score < 0 else 0.0
    return round(max(-1.0, min(1.0, score)), 2)


def repeats(words: str, author: str, history: Sequence[Entry]) -> int:
    """Return how many of the author's earlier lines, each answered by the bot, ask the same in nearly the same words.

    Another number is another question; what people have settled begins anew.
    """
    asked = _told(words)
    if len(asked) < _FEWEST_WORDS:
        return 0
    found, line = 0, ""
    for entry in history[-_LOOKED_BACK:]:
        if entry.role is Role.USER and same_person(entry.author, author):
            line = entry.text
        elif entry.role is Role.ASSISTANT and line:
            found += _are_alike(asked, _told(line))
            line = ""
        elif entry.role is Role.HUMAN:
            found, line = 0, ""  # what people have settled begins anew
    return found


def asks_for_human(
    conversation: Conversation, words: str, author: str, history: Sequence[Entry], rules: Escalation
) -> HandoffRequest | None:
    """Return why a human is asked now, None where the signs are good enough."""
    if rules.sentiment_below is not None and conversation.sentiment < rules.sentiment_below:
        return UPSET
    unresolved = conversation.unresolved  # answered turns since the start, the release or a thanks
    if 0 < rules.repeated_question <= unresolved and repeats(words, author, history) >= rules.repeated_question:
        return ASKED_AGAIN
    return None


def _different(phrases: tuple[str, ...], said: str) -> set[str]:
    return {match[0] for match in phrase_pattern(phrases).finditer(plain(said))}


def _told(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(plain(own_words(text))))


def _are_alike(one: frozenset[str], other: frozenset[str]) -> bool:
    if _with_digits(one) != _with_digits(other):
        return False
    return len(one & other) >= _ALIKE * len(one | other)


def _with_digits(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in words if any(character.isdigit() for character in word))
