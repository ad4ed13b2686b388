"""Lets one cause be one finding: what lies behind a door that does not open is not looked at, and is named once."""

import asyncio
from collections.abc import Sequence

from bot.domain.errors import PermanentFailure, SignedOut, TemporaryFailure
from bot.runtime.connectors import CheckResult, Look, Way

DOOR_SECONDS = 20.0
_UNSEEN = "not looked at until then"


def behind(looks: Sequence[tuple[str, Look]], way: Way) -> list[tuple[str, Look]]:
    """Return the looks at one vendor, of which the first shows whether it can be asked at all.

    Args:
        way: how it is reached, for a finding to name.
    """
    if not looks:
        return []
    (door, first), *others = looks
    shut: list[str] = []

    async def opens() -> Sequence[CheckResult]:
        try:
            async with asyncio.timeout(DOOR_SECONDS):
                return await first()
        except (TemporaryFailure, PermanentFailure, OSError) as error:
            shut.extend(name for name, _ in others)
            return [_told(door, way, error), *_unseen(door, shut)]

    def if_open(look: Look) -> Look:
        async def looked() -> Sequence[CheckResult]:
            return [] if shut else await look()

        return looked

    return [(door, opens), *[(name, if_open(look)) for name, look in others]]


def _told(door: str, way: Way, error: Exception) -> CheckResult:
    why = str(error) or type(error).__name__
    if isinstance(error, SignedOut | PermanentFailure):
        return CheckResult(door, f"{way.address} refuses us ({why})", f"set {way.credentials} to what it takes")
    return CheckResult(
        door,
        f"{way.address} does not answer ({why})",
        f"see that {way.variable} is right, and that this machine may call it",
    )


def _unseen(door: str, names: Sequence[str]) -> list[CheckResult]:
    what = ", ".join(name.removeprefix(f"{door} ") for name in dict.fromkeys(names))
    return [CheckResult(f"{door}: {what}", unseen=_UNSEEN)] if what else []
