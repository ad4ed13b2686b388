"""The offline model's decision: rules in order, the first that applies wins; no chance, no memory."""

import re
from collections.abc import Callable, Sequence

from integrations.models.rules import wording
from integrations.models.rules.answers import with_any_tool, with_articles, with_skill
from integrations.models.rules.given import ESCALATE, SEARCH, Given, Move, Say, Use
from integrations.models.rules.handover import DECIDE, REPRODUCE, hand_over
from integrations.models.rules.proposals import with_proposal
from integrations.models.rules.skills import SKILLS, Skill, skill_of
from integrations.models.rules.specialists import choose_specialist, own_domain, specialist_for_the_rest
from integrations.models.rules.talk import TRANSFER
from integrations.models.rules.text import (
    asks_who,
    ids,
    is_greeting,
    is_no,
    is_thanks,
    is_yes,
    pushes_back,
    speaks_without_spaces,
    stems,
    wants_human,
)
from integrations.models.rules.wishes import current_wish

_HOLDS_BACK = re.compile(
    r"\b(?:don'?t|do not|never|please stop|please wait|hold on|hold off)\b.{0,20}\b(?:refund|cancel|do (?:it|that))\b"
    r"|^\W*(?:no,? )?(?:wait|stop|hold on|hang on|not yet)\b",
    re.IGNORECASE,
)
_REFUSED = re.compile(r"\b(can'?t|cannot|unable|outside|not possible|no longer)\b", re.IGNORECASE)


def decide(given: Given) -> Move:
    """Return what to do next in this conversation."""
    rules: Sequence[Callable[[Given], Move | None]] = (
        _handed_over, _small_talk, _to_human, _vague, _to_specialist, with_proposal, with_skill, with_any_tool,
        with_articles,
    )  # fmt: skip
    move = next((move for rule in rules if (move := rule(given)) is not None), Say(wording.NO_ARTICLE))
    return Say(wording.addressed(given.talk, move.text)) if isinstance(move, Say) else move


def _handed_over(given: Given) -> Move | None:
    return Say(wording.HANDED_OVER) if given.talk.called(ESCALATE) else None


def _small_talk(given: Given) -> Move | None:
    talk = given.talk
    if is_thanks(talk.latest):
        return Say(wording.with_name(wording.WELCOME, talk))
    if is_greeting(talk.latest) or not talk.latest.strip():
        return Say(wording.HELLO)
    if asks_who(talk.latest):
        return Say(wording.WHO)
    if talk.answer and (is_no(talk.latest) or _HOLDS_BACK.search(talk.latest)):
        return Say(wording.with_name(wording.ALL_RIGHT, talk))
    return None


def _to_human(given: Given) -> Move | None:
    if ESCALATE not in given.tools:
        return None
    return _asks_for_human(given) or _was_answered_in_vain(given)


def _asks_for_human(given: Given) -> Move | None:
    latest = given.talk.latest
    if wants_human(latest):
        return hand_over(given, "the customer asks for a human", "high")
    skill = skill_of(latest)
    return hand_over(given, skill.human) if skill is not None and skill.human else None


def _was_answered_in_vain(given: Given) -> Move | None:
    """A human is needed after what we said last: it was refused, not solved, or an offer of one was taken."""
    talk = given.talk
    if _REFUSED.search(talk.answer) and pushes_back(talk.latest) and not ids(talk.latest):
        return _not_accepted(given)
    if wording.OFFER in talk.answer and is_yes(talk.latest):
        return hand_over(given, "the customer wants a colleague to take over")
    if wording.ASK_FACTS in talk.answer and skill_of(talk.latest) in {None, _skill("problem")}:
        return hand_over(given, "a technical problem that no article solves", next_step=REPRODUCE)
    return None


def _not_accepted(given: Given) -> Move:
    if wording.OUTSIDE not in given.talk.answer:
        return hand_over(given, "the customer does not accept the answer")
    reason = "outside the refund window, and the customer does not accept that"
    return hand_over(given, reason, next_step=DECIDE)


def _vague(given: Given) -> Move | None:
    """Not one telling word: an opening like "can someone help me?", or an "ok" to what was said."""
    talk = given.talk
    if stems(talk.latest) or speaks_without_spaces(talk.latest) or current_wish(talk) is not None:
        return None
    return Say(wording.with_name(wording.ALL_RIGHT, talk) if talk.answer and is_yes(talk.latest) else wording.HELLO)


def _to_specialist(given: Given) -> Move | None:
    talk = given.talk
    if any(not call.name.startswith(TRANSFER) for call in talk.now):
        return None  # a tool has been asked: this specialist finishes what it began
    skill = current_wish(talk)
    specialist = choose_specialist(
        talk.latest, skill.topic if skill else "", own_domain(given.instructions), given.specialists, talk.transfers
    )
    if not specialist and skill is None and SEARCH not in given.tools:
        specialist = specialist_for_the_rest(given.specialists, talk.transfers)
    return Use(f"{TRANSFER}{specialist}", {}) if specialist else None


def _skill(name: str) -> Skill:
    return next(skill for skill in SKILLS if skill.name == name)
