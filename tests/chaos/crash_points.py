"""Named points at which a process dies by its own `kill -9`, and what a control run leaves out.

Nothing of this is in the product: a process of this suite wraps the product's functions after importing them.
"""

import os
import re
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import wraps
from hashlib import sha1
from pathlib import Path
from typing import Any

from agents import OpenAIChatCompletionsModel

from bot.delivery.dispatcher import Delivery
from bot.delivery.handlers import HANDLERS
from bot.delivery.handlers.contract import Ports
from bot.desk.actions import ledger
from bot.desk.actions.ledger import Ledger
from bot.store import keys
from bot.store.queue.due import DueQueue
from bot.store.queue.inbox import Inbox
from bot.store.queue.lease import Leases
from bot.store.queue.outbox import Outbox
from bot.store.records.run_journal import TurnJournal
from bot.store.redis import Scripts
from integrations.slack.api.client import SlackApi
from integrations.slack.outbound.channel import SlackChannel
from integrations.zendesk.api.session import SafeSession

ANSWER = "slack answer"
"""The call that says the answer: a message, or the end of a stream that was begun for a step."""
_ANSWERS = frozenset({"chat.postMessage", "chat.stopStream"})
RELAY = "zendesk PUT relay"
"""The update that says a customer's line on the ticket in their name."""
JOURNALED, ASKED_AGAIN = "journaled", "asked_again"
DEATHS, FREEZES = "deaths", "freezes"
WEB_STEPS = ("accept",)
WORKER_STEPS = (
    "claim",
    "acquire",
    "expand",
    "journal",
    "note",
    "commit",
    "settle",
    "release",
    "finish",
    "model",
    "slack agents.sessions.setStatus",
    "slack chat.startStream",
    "slack chat.stopStream",
    "slack chat.postMessage",
    "zendesk POST tickets",
    "zendesk PUT tickets",
)

PROPOSAL_STEPS = ("acquire", "model", "journal", "commit", ANSWER, "settle", "release")
"""What a turn that offers something goes through; where its steps took a moment, the answer ends their stream."""
YES_STEPS = (
    "claim",
    "acquire",
    "books",
    "ledger",
    "commit",
    "slack chat.postMessage",
    "slack chat.update",
    "settle",
    "release",
)
"""What a yes goes through until the customer is told; the books are written inside the ledger's transaction."""
TICKET_YES_STEPS = ("expand", "ledger", "commit", "zendesk PUT tickets", "settle")
"""The same on a ticket."""


def points(steps: Sequence[str]) -> list[str]:
    """Return the points around each step."""
    return [f"{when} {step}" for step in steps for when in ("before", "after")]


class Fuse:
    """Ends this process, without a word, at the first of its deadly points that it reaches; stops it at the others.

    Args:
        lives: point → how often it is passed before it is deadly.
        stops: points at which the process is frozen, each once, until somebody thaws it.
        folder: where `DEATHS` gets the point's name, and `FREEZES` the pid and the point's.
    """

    def __init__(self, lives: Mapping[str, int], stops: Sequence[str], folder: Path) -> None:
        self._left = dict(lives)
        self._stops = set(stops)
        self._folder = folder

    def reached(self, point: str) -> None:
        """Die or freeze here, if this is where and when."""
        if point in self._stops:
            self._stops.remove(point)
            self._write(FREEZES, f"{os.getpid()} {point}")
            os.kill(os.getpid(), signal.SIGSTOP)
        if point not in self._left:
            return
        self._left[point] -= 1
        if self._left[point] <= 0:
            self._write(DEATHS, point)
            os.kill(os.getpid(), signal.SIGKILL)

    def _write(self, name: str, line: str) -> None:
        with (self._folder / name).open("a") as record:
            record.write(f"{line}\n")


def arm(fuse: Fuse) -> None:
    """Let this process die at the named points of the fuse."""
    around: list[tuple[Any, str, str]] = [
        (Inbox, "accept", "accept"),
        (DueQueue, "claim", "claim"),
        (DueQueue, "finish", "finish"),
        (Leases, "acquire", "acquire"),
        (Leases, "expand", "expand"),
        (Leases, "note", "note"),
        (Leases, "release", "release"),
        (TurnJournal, "record", "journal"),
        (Outbox, "commit", "commit"),
        (Outbox, "settle", "settle"),
        (Ledger, "settle", "ledger"),
        (ledger, "record", "books"),
    ]
    for owner, method, step in around:
        setattr(owner, method, _around(getattr(owner, method), fuse, lambda *_, step=step: step))
    slack: Any = SlackApi
    slack.write = _around(slack.write, fuse, lambda _self, method, *_: f"slack {method}")
    slack.write = _around(slack.write, fuse, lambda _self, method, *_: ANSWER if method in _ANSWERS else "slack other")
    _around_zendesk(fuse)
    _around_model(fuse)


def _around(call: Callable[..., Any], fuse: Fuse, name: Callable[..., str]) -> Callable[..., Any]:
    @wraps(call)
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        step = name(*args)
        fuse.reached(f"before {step}")
        result = await call(*args, **kwargs)
        fuse.reached(f"after {step}")
        return result

    return wrapped


def _around_zendesk(fuse: Fuse) -> None:
    session: Any = SafeSession
    send = session._send

    @wraps(send)
    def wrapped(self: Any, verb: str, path: str, *args: Any) -> Any:
        steps = [f"zendesk {verb} {'tickets' if '/tickets' in path else 'other'}"]
        steps += [RELAY] if verb == "PUT" and _is_relay(args[-1]) else []
        for step in steps:
            fuse.reached(f"before {step}")
        answer = send(self, verb, path, *args)
        for step in steps:
            fuse.reached(f"after {step}")
        return answer

    session._send = wrapped


def _is_relay(sent: Any) -> bool:
    """Whether a request carries a person's words to a ticket."""
    return "author_id" in ((sent.get("json") or {}).get("ticket") or {}).get("comment", {})


def _around_model(fuse: Fuse) -> None:
    model: Any = OpenAIChatCompletionsModel
    stream = model.stream_response

    @wraps(stream)
    async def wrapped(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        fuse.reached("before model")
        async for event in stream(*args, **kwargs):
            yield event
        fuse.reached("after model")

    model.stream_response = wrapped


FENCE = re.compile(r"^if \(redis\.call\('HGET', KEYS\[\d\], 'fence'\) or ''\).*~= ARGV\[1\].*$", re.MULTILINE)
TURN = re.compile(r"^if \(redis\.call\('HGET', KEYS\[2\], 'turn'\).*$", re.MULTILINE)


def leave_out(part: str) -> None:
    """Switch one safeguard of the product off in this process: `fence`, `read-back` or `journal`.

    Raises:
        ValueError: there is no such safeguard.
    """
    if part == "fence":
        _without_fence()
    elif part == "read-back":
        delivery: Any = Delivery
        ports: Any = Ports

        async def find(*_: Any) -> None:
            return None

        chat: Any = SlackChannel

        async def nothing_there(*_: Any) -> list[Any]:
            return []

        for handler in HANDLERS.values():
            kind: Any = type(handler)
            kind.find = find
        delivery.doubt = ports.doubt = find
        chat._own = chat._all_own = nothing_there
    elif part == "journal":
        journal: Any = TurnJournal

        async def recall(*_: Any) -> None:
            return None

        journal.recall = recall
    else:
        raise ValueError(part)


def _without_fence() -> None:
    scripts: Any = Scripts
    make = scripts.__init__

    @wraps(make)
    def made(self: Any, client: Any) -> None:
        make(self, client)
        for name, text in self._text.items():
            # The turn's number in the commit is a second fence: with it left in, a control would hardly fail.
            self._text[name] = TURN.sub("", FENCE.sub("", text))
            self._sha[name] = sha1(self._text[name].encode(), usedforsecurity=False).hexdigest()

    scripts.__init__ = made


def watch_journal(folder: Path) -> None:
    """Write down every journaled step, and every one that its holder misses although it was journaled.

    A zombie may ask again what another worker has committed, and forgotten, meanwhile; nothing comes of it.
    """
    journal: Any = TurnJournal
    record, recall = journal.record, journal.recall

    @wraps(record)
    async def recorded(self: Any, key: str, value: str) -> None:
        await record(self, key, value)
        with (folder / JOURNALED).open("a") as out:
            out.write(f"{self._held.id} {key}\n")

    @wraps(recall)
    async def recalled(self: Any, key: str) -> str | None:
        known: str | None = await recall(self, key)
        if known is None and self._held.attempts > 1 and (folder / JOURNALED).exists():
            step = f"{self._held.id} {key}"
            if step in (folder / JOURNALED).read_text().splitlines() and await _holds(self):
                with (folder / ASKED_AGAIN).open("a") as out:
                    out.write(f"{step}\n")
        return known

    journal.record, journal.recall = recorded, recalled


async def _holds(journal: Any) -> bool:
    fence = await journal._scripts.client.hget(keys.state(journal._held.id), "fence")
    return int(fence or 0) == int(journal._held.fence)
