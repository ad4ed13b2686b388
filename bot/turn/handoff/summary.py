"""Summarises a conversation for a human agent, from its entries, without a model. Pure.

Where a rule or a failure hands over, no model has said what was found; the transcript still holds it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, assert_never

from bot.desk.loading.specialist import TURN_TOOLS
from bot.domain.conversation import Conversation
from bot.domain.events import InboundMessage
from bot.domain.proposals import Proposal, Stage
from bot.domain.transcript import Entry, Role

NEWEST = 5
"""So many of the latest look-ups, and of the customer's lines, are told."""

_VERBS = {
    "lookup": "looked up",
    "get": "looked up",
    "fetch": "looked up",
    "read": "read",
    "find": "looked for",
    "search": "searched",
    "list": "listed",
    "track": "tracked",
    "check": "checked",
}
_SENTENCES = re.compile(r"(?<=[.!?;])\s+|\n+")
_STALE = re.compile(
    r"nothing (?:has|was|had) (?:been )?done|asked for (?:a|their|the) yes|shown exactly this|yes or a no by us",
    re.IGNORECASE,
)

_ISO_DAY = re.compile(r"(?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-])")

LONGEST = 300
LONGEST_ANSWER = 120
LONGEST_EARLIER = 1_000


@dataclass(frozen=True)
class Lookup:
    """One tool that was called, and what it returned: JSON where it was JSON, else the words."""

    name: str
    arguments: Mapping[str, Any]
    result: Any

    @property
    def passages(self) -> Sequence[Mapping[str, Any]] | None:
        """Articles that a search found; None where this was no search."""
        found = self.result.get("passages") if isinstance(self.result, Mapping) else None
        return found if isinstance(found, list) else None

    @property
    def is_proposal(self) -> bool:
        """Whether an action was asked for: what became of it stands in the books, not in what the model was told."""
        return isinstance(self.result, Mapping) and "proposed" in self.result

    @property
    def outcome(self) -> str:
        """How it went, in a word or two."""
        if self.passages is not None:
            return "articles found" if self.passages else "no article found"
        if not isinstance(self.result, Mapping | list):
            return "no result"
        return "not found" if isinstance(self.result, Mapping) and self.result.get("found") is False else "found"


def lookups(history: Sequence[Entry]) -> list[Lookup]:
    """Return every tool call that has a result, oldest first, each call and result once."""
    waiting: list[Entry] = []
    done: dict[tuple[str, str], Lookup] = {}
    for entry in history:
        if entry.role is Role.TOOL_CALL:
            waiting.append(entry)
        elif entry.role is Role.TOOL_OUTPUT and waiting:
            call = next((each for each in waiting if _call_id(each) == _call_id(entry)), waiting[0])
            waiting.remove(call)
            name, _, arguments = call.text.partition("(")
            read = _json(arguments.removesuffix(")"))
            given = read if isinstance(read, Mapping) else {}
            done[call.text, entry.text] = Lookup(name, given, _json(entry.text))
    return list(done.values())


def issue(batch: Sequence[InboundMessage], history: Sequence[Entry]) -> str:
    """Return the customer's latest lines in their own words."""
    lines = [entry.text for entry in history if entry.role is Role.USER and not entry.is_by_machine]
    lines += [line.text for line in batch if line.text not in lines]
    return " / ".join(f"“{_plain(line)}”" for line in lines[-NEWEST:] if line)


def deeds(proposals: Sequence[Proposal]) -> list[str]:
    """Return what became of everything that was proposed, done things first: what was only proposed says so."""
    told = [(proposal.stage is not Stage.DONE, _deed(proposal)) for proposal in proposals]
    return [text for _, text in sorted(told, key=lambda each: each[0]) if text]


def _deed(proposal: Proposal) -> str:
    what = _plain(proposal.summary)
    when = _on(proposal.settled_at)
    match proposal.stage:
        case Stage.DONE:
            return f"DONE{when}: {what} ({_ground(proposal)})"
        case Stage.OFFERED:
            return f"Only proposed, not done: {what}; the customer has not said yes or no"
        case Stage.REASON:
            return f"Only proposed, not done: {what}; the customer said yes, their reason is missing"
        case Stage.APPROVAL:
            return f"Not done: {what}; it waits for a colleague's approval"
        case Stage.EXPIRED:
            return f"Not done: {what}; the offer lapsed"
        case Stage.DECLINED | Stage.REJECTED:
            return f"Not done: {what}; {_refusal(proposal)}{when}"
        case Stage.FAILED:
            return f"{what}: {_plain(proposal.outcome) or 'it was not carried out'}{when}"
        case Stage.SUPERSEDED:
            return ""
        case _:
            assert_never(proposal.stage)


def _on(at: float) -> str:
    """Return when it was settled, empty where it is not yet.

    Args:
        at: Unix seconds, 0 for not yet.
    """
    return f" on {day_and_time(at)}" if at else ""


def _ground(proposal: Proposal) -> str:
    """Return on whose word it was done."""
    by = _plain(proposal.settled_by)
    agreed = f"approved by {by}" if by else "confirmed by the customer, no approval was needed"
    parts = [f"key {proposal.id}", agreed]
    if proposal.reason:
        parts.append(f"reason in their words: “{_plain(proposal.reason)}”")
    return "; ".join(parts)


def _refusal(proposal: Proposal) -> str:
    if proposal.stage is Stage.DECLINED:
        return "the customer declined it"
    return f"rejected by {_plain(proposal.settled_by)}" if proposal.settled_by else "rejected"


def day_and_time(at: float) -> str:
    """Return Unix seconds as people read them."""
    return f"{_day(datetime.fromtimestamp(at, UTC))}, {datetime.fromtimestamp(at, UTC):%H:%M} UTC"


def with_dates(text: str) -> str:
    """Return a text in which days stand as people write them: tools return them as programs do."""
    return _ISO_DAY.sub(_as_day, text)


def _as_day(match: re.Match[str]) -> str:
    with suppress(ValueError):
        return _day(datetime.fromisoformat(match[0]))
    return match[0]


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B} {at.year}"


def facts(history: Sequence[Entry]) -> str:
    """Return what the look-ups returned, field by field; the newest of the same thing, and no proposal."""
    newest: dict[str, str] = {}
    for each in lookups(history):
        if each.outcome == "found" and not each.is_proposal:
            about = json.dumps([each.name, each.arguments], sort_keys=True, default=str)
            newest.pop(about, None)
            newest[about] = _plain(spoken_result(each.result))
    return "; ".join([text for text in dict.fromkeys(newest.values()) if text][-NEWEST:])


def tried(history: Sequence[Entry]) -> str:
    """Return the look-ups with their outcome, and the last answer."""
    answers = [entry.text for entry in history if entry.role is Role.ASSISTANT][-1:]
    told = [f"told the customer “{_plain(text, LONGEST_ANSWER)}”" for text in answers]
    return "; ".join([*steps(history), *told])


def steps(history: Sequence[Entry]) -> list[str]:
    """Return the newest look-ups with their outcome."""
    taken = [_step(each) for each in lookups(history) if each.name not in TURN_TOOLS and not each.is_proposal]
    return list(dict.fromkeys(taken))[-NEWEST:]


def without_stale(said: str) -> str:
    """Return a model's account without what a proposal's result told it: the books say what became of it."""
    return " ".join(part for part in _SENTENCES.split(said) if not _STALE.search(part)).strip()


def _step(each: Lookup) -> str:
    verb, _, thing = each.name.partition("_")
    what = f"{_VERBS[verb]} {_words(thing)}" if verb in _VERBS and thing else _words(each.name)
    about = ", ".join(_plain(_spoken_value(value)) for value in each.arguments.values() if value not in (None, "", []))
    return f"{' '.join([what, about]).strip()}: {each.outcome}"


def sources(history: Sequence[Entry]) -> str:
    """Return the titles of the articles that were read."""
    return "; ".join(titles(history))


def titles(history: Sequence[Entry]) -> list[str]:
    """Return the titles of the articles that were read, each once."""
    found = [str(passage.get("title", "")) for each in lookups(history) for passage in each.passages or ()]
    return [_plain(title) for title in dict.fromkeys(found) if title]


def earlier(conversation: Conversation) -> str:
    """Return the summary of what is no longer kept word by word."""
    return _plain(conversation.earlier, LONGEST_EARLIER) if conversation.earlier else ""


def quoted(text: str) -> str:
    """Return people's lines as a note may show them, empty for none."""
    return " / ".join(_plain(line) for line in text.splitlines() if line)


def _call_id(entry: Entry) -> Any:
    return entry.items[0].get("call_id") if entry.items else None


def _json(text: str) -> Any:
    with suppress(ValueError):
        return json.loads(text)
    return text


def _words(name: str) -> str:
    return name.replace("_", " ")


def spoken_result(result: Any) -> str:
    """`{"order_id": "A1001", "expected_in_days": 2}` → "order A1001, expected in 2 days"."""
    if not isinstance(result, Mapping):
        return _spoken_value(result)
    currency = str(result.get("currency") or "")
    told = [
        _field(name, value, currency)
        for name, value in result.items()
        if value not in (None, "", []) and name not in {"found", "currency"}
    ]
    return ", ".join(told)


def _field(name: str, value: Any, currency: str) -> str:
    days = f"{value} day{'' if value in (1, '1') else 's'}"
    if name.endswith("_in_days"):
        return f"{_words(name.removesuffix('_in_days'))} in {days}"
    if name.startswith("days_since_"):
        return f"{_words(name.removeprefix('days_since_'))} {days} ago"
    if isinstance(value, list) and all(isinstance(part, Mapping) for part in value):
        return f"{_words(name)}: " + " | ".join(spoken_result({"currency": currency, **part}) for part in value)
    is_money = currency and re.fullmatch(r"\d+\.\d\d", str(value))
    return f"{_words(name.removesuffix('_id'))} {_spoken_value(value)}{f' {currency}' if is_money else ''}"


def _spoken_value(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(_spoken_value(part) for part in value.values() if part not in (None, "", []))
    if isinstance(value, list):
        return " + ".join(_spoken_value(part) for part in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return with_dates(str(value))


def _plain(text: str, longest: int = LONGEST) -> str:
    """One line, not too long, whose characters mean nothing in Markdown: customers' words stand in it."""
    line = " ".join(text.split())
    short = line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"
    return re.sub(r"([\\`*\[\]<>])", r"\\\1", short)
