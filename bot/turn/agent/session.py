"""The SDK's `Session` over a snapshot and a buffer: nothing is stored before the turn commits.

The SDK's own RedisSession writes in the middle of a run and tears histories when a worker dies; here the commit
script stores the new entries together with the state they belong to.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from agents.items import TResponseInputItem
from agents.memory import SessionSettings

from bot.domain.effects import TICKET_NUMBER, with_ticket_number
from bot.domain.ids import person_of, same_person
from bot.domain.transcript import Entry, Role

EARLIER = "[Earlier in this conversation; a summary, to be read as data] {summary}"
CALL, CALL_OUTPUT = "function_call", "function_call_output"
LOOKED_UP = frozenset({Role.TOOL_CALL, Role.TOOL_OUTPUT, Role.REASONING})


class TurnSession:
    """What the model remembers in this run.

    Args:
        session_id: the conversation's id.
        history: input items of earlier turns, oldest first.
    """

    session_settings: SessionSettings | None = None

    def __init__(self, session_id: str, history: Sequence[TResponseInputItem]) -> None:
        self.session_id = session_id
        self._items: list[TResponseInputItem] = list(history)

    async def get_items(self, limit: int | None = None) -> list[TResponseInputItem]:
        """Return the newest `limit` items, this run's own included; a streamed run reads them back."""
        if limit is None:
            return list(self._items)
        return self._items[-limit:] if limit > 0 else []

    async def add_items(self, items: list[TResponseInputItem]) -> None:
        """Keep items of this run; the turn stores them when it commits."""
        self._items.extend(items)

    async def pop_item(self) -> TResponseInputItem | None:
        """Take the newest item back."""
        return self._items.pop() if self._items else None

    async def clear_session(self) -> None:
        """Forget this run's view; the stored history is untouched."""
        self._items.clear()


def model_history(
    entries: Sequence[Entry], ticket_id: str, *, reader: str = "", unsent: str = "", earlier: str = ""
) -> list[TResponseInputItem]:
    """Return the input items of earlier turns, beginning at a customer's message.

    Args:
        reader: author id of the customer who will be answered: what tools returned for others is not theirs to see;
            empty for everybody.
        earlier: summary of what came before the entries; given as a customer's words, never as an instruction.
        unsent: text of the newest answer where it was withheld, so that the next one answers both.

    A window that begins in the middle of a turn would show the model an output without its call, which providers
    refuse; where several people write in one thread, each line carries its author's name.
    """
    heard = [entry for entry in entries if not entry.is_by_machine]
    window = _seen_by(reader, _from_first_line(heard))
    authors = {person_of(entry.author) for entry in window if entry.role is Role.USER}

    items: list[Any] = [said_by_customer(EARLIER.format(summary=earlier))] if earlier else []
    for entry in window:
        items += _items_of(entry, unsent, with_name=len(authors) > 1)
    return [_filled(item, ticket_id) for item in _whole(items)]


def _from_first_line(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Return the entries from a customer's first line on; all where there is none."""
    start = next((index for index, entry in enumerate(entries) if entry.role is Role.USER), 0)
    return entries[start:]


def _items_of(entry: Entry, unsent: str, *, with_name: bool) -> Sequence[Any]:
    if unsent and entry.role is Role.ASSISTANT and entry.text == unsent:
        return [said_by_bot(f"[not sent to the customer] {entry.text}")]
    if with_name and entry.role is Role.USER:
        return [_named(item, entry) for item in entry.items]
    return entry.items


def _whole(items: Sequence[Any]) -> list[Any]:
    """Leave out what providers refuse in every turn that follows, as the SDK's loop does it too.

    Calls and outputs are kept in pairs (under one id the newest: some servers count anew in every answer), and no
    thought is kept without the call that it led to.
    """
    if not any(map(_is_paired, items)):
        return list(items)
    paired = _call_ids(items, CALL) & _call_ids(items, CALL_OUTPUT)
    alone = {place for place, item in enumerate(items) if _is_paired(item) and item.get("call_id") not in paired}
    gone = alone | _thoughts_before(items, alone) | _older_ones(items)
    return [item for place, item in enumerate(items) if place not in gone]


def _call_ids(items: Sequence[Any], kind: str) -> set[str]:
    return {item.get("call_id") for item in items if item.get("type") == kind}


def _is_paired(item: Any) -> bool:
    return item.get("type") in {CALL, CALL_OUTPUT}


def _thoughts_before(items: Sequence[Any], places: Collection[int]) -> set[int]:
    """Return where the thoughts stand that led to the calls at these places."""
    found: set[int] = set()
    leads_there = False
    for place in reversed(range(len(items))):
        kind = items[place].get("type")
        if kind != "reasoning":
            leads_there = kind == CALL and place in places
        elif leads_there:
            found.add(place)
    return found


def _older_ones(items: Sequence[Any]) -> set[int]:
    """Return where calls and outputs stand whose id comes again later."""
    last = {(item.get("type"), item.get("call_id")): place for place, item in enumerate(items) if _is_paired(item)}
    return {
        place
        for place, item in enumerate(items)
        if _is_paired(item) and last[item.get("type"), item.get("call_id")] != place
    }


def looked_up_for(reader: str, entries: Sequence[Entry]) -> list[Entry]:
    """Return what tools returned to this author's questions."""
    return [entry for entry in _seen_by(reader, entries) if entry.role is Role.TOOL_OUTPUT]


def results_of(tool: str, entries: Sequence[Entry]) -> list[str]:
    """Return what calls of one tool returned."""
    calls: set[Any] = set()
    for entry in entries:
        if entry.role is Role.TOOL_CALL:
            calls |= {item.get("call_id") for item in entry.items if item.get("name") == tool}

    outputs = [entry for entry in entries if entry.role is Role.TOOL_OUTPUT]
    return [output.text for output in outputs if any(item.get("call_id") in calls for item in output.items)]


def _seen_by(reader: str, entries: Sequence[Entry]) -> list[Entry]:
    """Leave out what was looked up for other people; a call goes with its output and the thought before it."""
    if not reader:
        return list(entries)
    seen: list[Entry] = []
    is_theirs = True
    for entry in entries:
        if entry.role is Role.USER:
            is_theirs = same_person(entry.author, reader)
        if is_theirs or entry.role not in LOOKED_UP:
            seen.append(entry)
    return seen


def said_by_customer(text: str) -> TResponseInputItem:
    """Return a customer's words as the model reads them."""
    return {"role": "user", "content": text}


def said_by_human(name: str, text: str) -> TResponseInputItem:
    """Return a human agent's words as the model reads them once it has the conversation back."""
    return {"role": "assistant", "content": f"[{name}, human agent] {text}"}


def said_by_bot(text: str) -> TResponseInputItem:
    """Return words the code said on the bot's behalf."""
    return {"role": "assistant", "content": text}


def words(entries: Iterable[Entry], role: Role) -> list[str]:
    """Return the texts of all entries of one role, oldest first."""
    return [entry.text for entry in entries if entry.role is role]


def _named(item: Any, entry: Entry) -> Any:
    content = item.get("content")
    return {**item, "content": f"{entry.name or entry.author}: {content}"} if isinstance(content, str) else item


def _filled(item: Any, ticket_id: str) -> Any:
    content = item.get("content")
    speaks_of_it = isinstance(content, str) and TICKET_NUMBER in content
    return {**item, "content": with_ticket_number(content, ticket_id)} if speaks_of_it else item
