"""Fills the arguments of `escalate_to_human` from the conversation."""

from collections.abc import Iterator, Mapping
from typing import Any

from integrations.models.rules.given import ESCALATE, SEARCH, Given, Use
from integrations.models.rules.specialists import own_name
from integrations.models.rules.talk import TRANSFER, RuleCall, Talk
from integrations.models.rules.telling import thing
from integrations.models.rules.words.text import days_ago, shorten

_LONGEST = 500
_LINES = 4
_LONGEST_ANSWER = 120
DECIDE = "Decide whether an exception to the rule is made, and tell the customer either way."
REPRODUCE = "Reproduce the problem from the customer's description and answer with a fix or a workaround."
ANSWER = "Read the customer's last message and answer it."


def hand_over(given: Given, reason: str, priority: str = "normal", next_step: str = ANSWER) -> Use:
    """Return the call that brings a human, with everything this conversation holds."""
    talk = given.talk
    values: dict[str, str | list[str]] = {
        "reason": reason,
        "priority": priority,
        "topic": own_name(given.instructions) or "general",
        "issue": _issue(talk),
        "confirmed_facts": list(_facts(talk)) or ["nothing confirmed yet"],
        "tried": list(_tried(talk)) or ["nothing yet"],
        "next_step": next_step,
    }
    face = given.tools[ESCALATE]
    return Use(ESCALATE, {name: _fit(values.get(name, ""), kind) for name, kind in face.properties.items()})


def _issue(talk: Talk) -> str:
    """The customer's last lines in their own words."""
    lines = [text for text in (*talk.earlier, talk.latest) if text]
    return " / ".join(f"“{shorten(text, _LONGEST // 2)}”" for text in dict.fromkeys(lines[-_LINES:]))


def _facts(talk: Talk) -> Iterator[str]:
    if talk.verified:
        yield f"customer {talk.name}, verified" + (f", {talk.plan} plan" if talk.plan else "")
    else:
        yield f"writes as {talk.name or 'somebody without a name'}, not verified"
    known: dict[str, str] = {}
    for call in (*talk.before, *talk.now):
        if isinstance(call.result, Mapping) and call.result.get("found"):
            known[str(call.arguments)] = thing(call.result, "en").rstrip(".")
    yield from known.values()
    bought = next((days for text in (talk.latest, *talk.earlier) if (days := days_ago(text)) is not None), None)
    if bought is not None:
        yield f"bought {bought} days ago, as the customer says"


def _tried(talk: Talk) -> Iterator[str]:
    done = dict.fromkeys(_step(call) for call in (*talk.before, *talk.now))
    yield from (step for step in done if step)
    if talk.answer:
        yield f"told the customer: “{shorten(talk.answer, _LONGEST_ANSWER)}”"


def _step(call: RuleCall) -> str:
    if call.name == ESCALATE or call.name.startswith((TRANSFER, "propose_")):
        return ""  # what became of a proposal is told by the books
    if call.refused:
        return f"{call.name.replace('_', ' ')}: not possible"
    if call.name == SEARCH:
        titles = [str(passage.get("title")) for passage in call.result.get("passages", ())]
        return f"searched the articles: {', '.join(titles)}" if titles else "searched the articles: nothing found"
    given = " ".join(str(value) for value in call.arguments.values() if value not in (None, ""))
    what = call.name.replace("_", " ").replace("lookup ", "looked up ").replace("track ", "tracked ")
    return f"{what} {given}".strip() + (": not found" if call.missed else "")


def _fit(value: str | list[str], kind: Mapping[str, Any]) -> Any:
    """Return the value in the type that the tool's schema asks for."""
    if kind.get("type") == "array":
        return value if isinstance(value, list) else [value]
    text = "; ".join(value) if isinstance(value, list) else value
    allowed = kind.get("enum")
    return text if not allowed or text in allowed else allowed[0]
