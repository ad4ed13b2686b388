"""The simulated vendors' whole state, a version that counts its changes, and where it is saved."""

import asyncio
import logging
import random
import time
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from integrations.sandbox.core.clock import Clock
from integrations.sandbox.core.options import SandboxOptions
from integrations.sandbox.core.seed import seeded_slack, seeded_zendesk, triage_channel
from integrations.sandbox.core.wire import JSON
from integrations.sandbox.slack.state import SlackState
from integrations.sandbox.zendesk.state import ZendeskState

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Delivery:
    """Something on its way to the bot; kept with the state so that a restart goes on with it."""

    id: str
    kind: str
    body: str
    due: float
    attempt: int = 0
    reason: str = ""
    webhook_id: str = ""


@dataclass(slots=True)
class Config:
    """What ``/_sandbox/config`` may change."""

    slack_events_url: str
    slack_signing_secret: str
    zendesk_webhook_url: str
    zendesk_webhook_secret: str
    zendesk_webhook_style: str
    slack_retry_delays: list[float]
    zendesk_retry_delays: list[float]
    search_lag_seconds: float
    incremental_lag_seconds: float
    own_message_events: bool
    slack_status: str


@dataclass(slots=True)
class State:
    """Everything that outlives a restart."""

    slack: SlackState
    zendesk: ZendeskState
    notes: JSON = field(default_factory=dict)
    pending: dict[str, Delivery] = field(default_factory=dict)
    version: int = 0


_STATE = TypeAdapter(State)


class World:
    """The state, who watches it, and its file."""

    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        self.clock: Clock = options.clock
        self.random = random.Random(options.random_seed)  # noqa: S311 - chaos, not cryptography
        self.base_url = options.public_url.rstrip("/")
        self.config = _config(options)
        self.state = self._load(options.state_file) or self._fresh()
        self.closing = False
        self._watchers: set[asyncio.Event] = set()
        self._saving: asyncio.TimerHandle | None = None
        self._written = asyncio.Event()
        self._rest_until = 0.0

    @property
    def slack(self) -> SlackState:
        """The workspace as it is now."""
        return self.state.slack

    @property
    def zendesk(self) -> ZendeskState:
        """The account as it is now."""
        return self.state.zendesk

    def changed(self) -> None:
        """Call after every mutation: wakes the page and schedules the file."""
        self.state.version += 1
        for watcher in self._watchers:
            watcher.set()
        self.keep()

    def keep(self) -> None:
        """Schedule the file alone: something changed that nobody watches."""
        if self.options.state_file and self._saving is None:
            self._written.clear()
            rest = max(0.0, self._rest_until - time.monotonic())
            self._saving = asyncio.get_running_loop().call_later(rest, self.save)

    async def kept(self) -> None:
        """Return when every change so far is in the file: what a vendor has confirmed outlives a kill."""
        if self._saving is not None:
            await self._written.wait()

    def watch(self) -> asyncio.Event:
        """An event set at each change until `unwatch`."""
        watcher = asyncio.Event()
        self._watchers.add(watcher)
        return watcher

    def end_watching(self) -> None:
        """Let every watcher go: a server that stops would wait for open streams."""
        self.closing = True
        for watcher in self._watchers:
            watcher.set()

    def unwatch(self, watcher: asyncio.Event) -> None:
        """Forget a watcher."""
        self._watchers.discard(watcher)

    def reset(self) -> None:
        """A fresh, seeded world; the version goes on counting."""
        old = self.state
        self.state = self._fresh()
        self.state.version, self.state.notes = old.version, old.notes
        # Vendors never give an id twice: what the bot remembers of the old world must not match the new one.
        self.slack.last_ts = old.slack.last_ts
        self.slack.last_id = max(self.slack.last_id, old.slack.last_id)
        self.zendesk.last_id = max(self.zendesk.last_id, old.zendesk.last_id)
        self.zendesk.last_ticket = old.zendesk.last_ticket
        self.changed()

    def save(self) -> None:
        """Write the state file atomically, if there is one."""
        if self._saving is not None:
            self._saving.cancel()
            self._saving = None
        target = self.options.state_file
        if target is None:
            return
        started = time.monotonic()
        part = target.with_name(target.name + ".part")
        try:
            part.write_bytes(dump(self.state))
            part.replace(target)
        finally:
            # The rest grows with the cost of a save, so that a big state cannot eat the processor.
            now = time.monotonic()
            self._rest_until = now + 3 * (now - started)
            self._written.set()

    def _fresh(self) -> State:
        now = self.clock.now()
        return State(slack=seeded_slack(now), zendesk=seeded_zendesk(now))

    @staticmethod
    def _load(path: Path | None) -> State | None:
        if path is None or not path.exists():
            return None
        try:
            state = load(path.read_bytes())
            triage = triage_channel()
            state.slack.channels.setdefault(triage.id, triage)
            return state
        except ValidationError:
            aside = path.with_name(path.name + ".unreadable")
            path.replace(aside)
            log.warning("the state file is of another version; kept as %s, starting anew", aside.name)
            return None


def dump(state: State) -> bytes:
    """A state as JSON."""
    return _STATE.dump_json(state)


def load(raw: bytes) -> State:
    """A state from its JSON; raises pydantic's ValidationError."""
    return _STATE.validate_json(raw)


def _config(options: SandboxOptions) -> Config:
    return Config(
        slack_events_url=options.slack_events_url,
        slack_signing_secret=options.slack_signing_secret,
        zendesk_webhook_url=options.zendesk_webhook_url,
        zendesk_webhook_secret=options.zendesk_webhook_secret,
        zendesk_webhook_style=options.zendesk_webhook_style,
        slack_retry_delays=list(options.slack_retry_delays),
        zendesk_retry_delays=list(options.zendesk_retry_delays),
        search_lag_seconds=options.search_lag_seconds,
        incremental_lag_seconds=options.incremental_lag_seconds,
        own_message_events=options.own_message_events,
        slack_status=options.slack_status,
    )
