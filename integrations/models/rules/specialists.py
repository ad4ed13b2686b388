"""Picks the specialist for a message by the words of the specialists' descriptions."""

import re
from collections.abc import Mapping

from integrations.models.rules.text import stems

_MOST_TRANSFERS = 2
_CLEARLY = 0.5  # how much better another specialist must fit before a conversation leaves this one
_TOPIC_WEIGHT = 2.0
_REST = re.compile(r"\b(anything else|everything else|general questions?|other questions?)\b", re.IGNORECASE)
_OWN = re.compile(r"^You are (?:the|a|an) [^.]*", re.MULTILINE)


def own_domain(instructions: str) -> str:
    """Return the sentence in which a specialist's instructions say what it is; empty where none does."""
    found = _OWN.findall(instructions)
    return str(found[-1]) if found else ""


def choose_specialist(text: str, topic: str, own: str, others: Mapping[str, str], visited: list[str]) -> str:
    """Return the specialist to transfer to; empty to stay.

    Args:
        topic: words of the skill the message asks for.
        own: what the current specialist says it is.
        others: name → description of those it may transfer to.
        visited: those this turn has already been with.
    """
    if len(visited) >= _MOST_TRANSFERS:
        return ""
    wanted = dict.fromkeys(stems(text), 1.0) | dict.fromkeys(stems(topic), _TOPIC_WEIGHT)
    domains = {"": stems(own)} | {name: stems(f"{name} {what}") for name, what in others.items()}
    known_by = {word: sum(word in domain for domain in domains.values()) for word in wanted}
    scores = {
        name: sum(weight / known_by[word] for word, weight in wanted.items() if word in domain)
        for name, domain in domains.items()
    }
    best = max(scores, key=lambda name: scores[name])
    return best if best not in visited and scores[best] > scores[""] + _CLEARLY else ""


def specialist_for_the_rest(others: Mapping[str, str], visited: list[str]) -> str:
    """Return the specialist for what nobody else handles; empty where none says so."""
    if len(visited) >= _MOST_TRANSFERS:
        return ""
    return next((name for name, what in others.items() if _REST.search(what) and name not in visited), "")
