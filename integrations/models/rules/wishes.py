"""Recognises what the customer wants from their lines."""

import re

from integrations.models.rules import wording
from integrations.models.rules.skills import Skill, skill_of, worded_skill
from integrations.models.rules.talk import Talk
from integrations.models.rules.text import ids

_GOES_ON = re.compile(r"\W*(and|or|what about|how about)\b", re.IGNORECASE)


def current_wish(talk: Talk) -> Skill | None:
    """Return the latest wish; a line that only answers our question, or goes on, keeps the one before."""
    skill = skill_of(talk.latest)
    answers = wording.WHICH in talk.answer or bool(ids(talk.latest) and _GOES_ON.match(talk.latest))
    if answers and worded_skill(talk.latest) is None:
        before = wish_of(talk)
        return before if before is not None and before.follows else skill
    return skill


def topic_of(talk: Talk) -> str:
    """Return what the conversation is about, by the customer's latest line that says so; empty for none."""
    skill = wish_of(talk)
    return skill.group if skill else ""


def wish_of(talk: Talk) -> Skill | None:
    """Return the last wish that the customer has named."""
    texts = (talk.latest, *reversed(talk.earlier))
    readings = (worded_skill, skill_of)  # a bare id says less than words, however much later it came
    return next((skill for read in readings for text in texts if (skill := read(text)) is not None), None)
