"""Keeps the brake: one key for all workers, without expiry, so that it stays on over restarts."""

import json
from dataclasses import asdict, dataclass
from time import monotonic

from bot.domain.audit import AuditEvent, Deed
from bot.domain.autonomy import Mode
from bot.domain.errors import TemporaryFailure
from bot.domain.text.storable import to_json
from bot.store import keys
from bot.store.records.audit_log import masked, tell
from bot.store.redis import Client, store_errors
from bot.telemetry import metrics

STALE_SECONDS = 1.0
"""For so long a process goes by what it read last: a turn costs no round trip more, and the brake holds in time."""
BRAKES = (Mode.DRAFT, Mode.SILENT)


@dataclass(frozen=True)
class Braked:
    """The brake as it was pulled.

    Args:
        mode: what becomes of every public answer.
        at: Unix seconds.
        by: who pulled it.
    """

    mode: Mode
    at: float
    by: str


class BrakeSwitch:
    """Pulls and releases the brake; every method raises TemporaryFailure when the store is down."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def read(self) -> Braked | None:
        """Return the brake, None while it is off."""
        try:
            found = await self._client.get(keys.BRAKE)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
        return _braked(found) if found else None

    async def pull(self, mode: Mode, by: str, now: float) -> Braked:
        """Hold every public answer back from now on.

        Args:
            by: who does it, for the audit.
            now: Unix seconds.
        """
        braked = Braked(mode, now, by)
        await self._write(to_json(asdict(braked)), AuditEvent(Deed.BRAKE, f"on: {mode}", by, at=now))
        return braked

    async def release(self, by: str, now: float) -> None:
        """Let answers out again; what is a draft stays one.

        Args:
            by: who does it, for the audit.
            now: Unix seconds.
        """
        await self._write("", AuditEvent(Deed.BRAKE, "off", by, at=now))

    async def _write(self, value: str, event: AuditEvent) -> None:
        """Set the key first: an event that is not stored holds nobody up."""
        [event] = masked([event])
        try:
            if value:
                await self._client.set(keys.BRAKE, value)
            else:
                await self._client.delete(keys.BRAKE)
            stored = {"c": "", "e": event.dump()}
            await self._client.xadd(keys.AUDIT, stored, maxlen=keys.EVENTS, approximate=True)
        except store_errors as error:
            raise TemporaryFailure(f"store: {type(error).__name__}") from error
        tell([event])


class WatchedBrake:
    """Tells workers whether the brake is on, as read within the last second."""

    def __init__(self, switch: BrakeSwitch) -> None:
        self._switch = switch
        self._mode: Mode | None = None
        self._read_at = float("-inf")

    async def mode(self) -> Mode | None:
        """Return what becomes of public answers, None while the brake is off.

        Raises:
            TemporaryFailure: the store is down, and it is not known.
        """
        began = monotonic()
        if began - self._read_at >= STALE_SECONDS:
            braked = await self._switch.read()
            self._mode = braked.mode if braked else None
            self._read_at = began
            metrics.BRAKE.set(1 if braked else 0)
        return self._mode


def _braked(stored: str | bytes) -> Braked:
    """Return what is stored; whatever it says that this version does not know, nothing is public."""
    raw = json.loads(stored)
    mode = raw.get("mode")
    known = Mode(mode) if mode in BRAKES else Mode.SILENT
    return Braked(known, float(raw.get("at", 0.0)), str(raw.get("by", "")))
