"""Tells the demo's page why something was said: who answered, what was looked up, what decided, what it left behind."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from bot.domain.audit import AuditEvent, Deed, short
from bot.domain.audit_words import what
from bot.domain.models.cost import dollars
from bot.domain.text.redaction import mask
from bot.domain.transcript import Role
from bot.store.admin.overview import newest_of
from bot.store.records.audit_log import Audit
from bot.store.records.conversations import Conversations, View
from bot.store.redis import Client, Scripts
from bot.turn.handoff.summary import Lookup, lookups, spoken_result
from integrations.web.console.elements import story_path
from integrations.web.console.story import Turn, turns_of

MOST_SEARCHED = 200
"""Conversations, the newest, in which an answer is looked for."""
LONGEST = 300
PEOPLE = "human"
"""Named as who speaks where people have the conversation."""


@dataclass(frozen=True)
class Part:
    """One part of the account, with its lines."""

    title: str
    lines: Sequence[str]


class Why:
    """Finds the turn behind something that was said.

    Args:
        page: base URL of the page, under which the console is too.
        is_paid: whether answers are made by a model that costs something.
    """

    def __init__(self, client: Client, conversations: Conversations, page: str, *, is_paid: bool) -> None:
        self._audit = Audit(client)
        self._conversations = conversations
        self._scripts = Scripts(client)
        self._page = page
        self._is_paid = is_paid

    async def of(self, effect: str) -> Mapping[str, Any]:
        """Return the account of what an effect said.

        Args:
            effect: its id, as the vendor's metadata of a message or a comment names it.

        Raises:
            ValueError: nothing is known of it any more.
            TemporaryFailure: the store is down.
        """
        for one in await newest_of(self._scripts, MOST_SEARCHED):
            events = await self._audit.story(one.id)
            view = await self._conversations.read(one.id)
            if view and (turn := turn_of(view, events, effect)):
                parts = account(turn, view, effect, is_paid=self._is_paid)
                return {"parts": [asdict(part) for part in parts], "console": f"{self._page}{story_path(one.id)}"}
        raise ValueError("nothing is known of this answer any more")


def turn_of(view: View, events: Sequence[AuditEvent], effect: str) -> Turn | None:
    """Return the turn that decided on an effect, with all that it said and did."""
    names = {event.turn for event in events if effect == event.id or event.details.get("reply") == short(effect)}
    return next((turn for turn in turns_of(view.entries, events) if turn.number in names), None)


def account(turn: Turn, view: View, effect: str, *, is_paid: bool) -> Sequence[Part]:
    """Return what is told of a turn; parts of which there is nothing to tell are left out."""
    found = lookups(turn.entries)
    parts = (
        Part("Who answered", list(_who(turn, view))),
        Part("What was looked up", [_looked_up(each, turn) for each in found] or ["Nothing: no tool was called."]),
        Part("What decided", list(dict.fromkeys(_decided(turn)))),
        Part("Sources", _sources(found)),
        Part("What it cost", [_cost(turn, is_paid=is_paid)]),
        Part("What was stored", list(_stored(turn, effect))),
    )
    return [part for part in parts if part.lines]


def _who(turn: Turn, view: View) -> Iterator[str]:
    yield _speaker(turn)
    for event in turn.events:
        if event.deed is Deed.TRANSFER:
            yield f"“{event.specialist}” had the conversation and passed it on to “{event.outcome}”."
    if view.conversation.is_with_human:
        yield "People have the conversation now; the bot is silent until it gets it back."


def _speaker(turn: Turn) -> str:
    humans = [entry.name or "A colleague" for entry in turn.entries if entry.role is Role.HUMAN]
    if humans:
        return f"{humans[-1]}, a human agent. Frontdesk carried the words into the thread, and said nothing itself."
    bots = [entry.agent for entry in turn.entries if entry.role is Role.ASSISTANT]
    speakers = [agent for agent in bots if agent not in {"", PEOPLE}]
    if speakers:
        return f"The specialist “{speakers[-1]}”."
    return "Frontdesk's own rules; no specialist and no model was asked."


def _looked_up(each: Lookup, turn: Turn) -> str:
    """Return one call with its arguments and its result, in short; nothing that looks like a secret."""
    given = ", ".join(f"{name}: {value}" for name, value in each.arguments.items())
    took = next((e.seconds for e in turn.events if e.deed is Deed.TOOL and e.details.get("tool") == each.name), 0.0)
    time = f", {took * 1000:.0f} ms" if took else ""
    if each.passages is not None:
        titles = list(dict.fromkeys(str(passage.get("title", "")) for passage in each.passages))
        came = "; ".join(titles) or "nothing that fits"
    else:
        came = spoken_result(each.result)
    return mask(f"{each.name}({given}) → {each.outcome}{time}: {_brief(came)}")


def _decided(turn: Turn) -> Iterator[str]:
    for event in turn.events:
        if event.deed is Deed.TURN:
            yield f"The turn ended as “{event.outcome}”."
            if rule := event.details.get("rule"):
                mode = event.details.get("mode", "")
                yield f"How much reaches the customer: {mode}, by the rule “{rule}” under “autonomy” in desk.yml."
        elif event.deed is Deed.ESCALATION:
            reason = event.details.get("reason", "").replace("_", " ")
            yield f"People were asked by a {event.outcome}: “{reason}”, priority {event.details.get('priority', '')}."
        elif event.deed in {Deed.PROPOSAL, Deed.CONFIRMATION, Deed.APPROVAL, Deed.COMMIT, Deed.CHECK, Deed.OWNER}:
            yield f"{what(event)}."


def _sources(found: Sequence[Lookup]) -> list[str]:
    passages = [passage for each in found for passage in each.passages or ()]
    told = [f"{passage.get('title', '')} ({passage.get('source', '')})" for passage in passages]
    return list(dict.fromkeys(told))


def _cost(turn: Turn, *, is_paid: bool) -> str:
    used = [event.details for event in turn.events if event.deed is Deed.TURN]
    cost, read, written = (_total(used, name) for name in ("cost", "input", "output"))
    tokens = read + written
    if tokens or cost:
        return f"{dollars(cost)} for {tokens:,} tokens."
    return "Nothing: no model was asked." if is_paid else "Nothing: the offline rule model is no service."


def _total(rows: Sequence[Mapping[str, str]], name: str) -> int:
    return sum(int(row.get(name) or 0) for row in rows)


def _stored(turn: Turn, effect: str) -> Iterator[str]:
    """Return the steps of a message's way through the store, in their order."""
    for event in turn.events:
        if event.deed is Deed.MESSAGE:
            yield f"{_clock(event)} {what(event)}: stored in Redis, and acknowledged only then."
        elif event.deed is Deed.TURN:
            attempt = event.details.get("attempt", "1")
            lines = _counted(len(turn.entries), "line")
            if attempt != "1":
                yield "An attempt before died; what it had been told by models and tools was read from the journal."
            yield (
                f"{_clock(event)} turn {turn.number}, attempt {attempt}, {event.seconds:.2f} s: the conversation's new "
                f"state, {lines} of its transcript and what had to be sent, in one step."
            )
        elif event.deed is Deed.DELIVERY:
            here = " This is what you read." if event.id == effect else ""
            yield f"{_clock(event)} {what(event)}, in {event.seconds:.2f} s.{here}"
    yield f"In the audit: {_counted(len(turn.events), 'event')}, without anybody's words."


def _clock(event: AuditEvent) -> str:
    return f"{datetime.fromtimestamp(event.at, UTC):%H:%M:%S.%f}"[:-3]


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _brief(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1].rstrip()}…"
