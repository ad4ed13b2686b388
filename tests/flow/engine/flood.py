"""One person floods a channel and the help desk while others write: whose turn comes when, and what is spent on whom.

    python -m tests.flow.engine.flood 5000

Everything waits before the worker takes its first turn, so that the order is that of the queue alone.
"""

import asyncio
import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from bot import desks
from bot.app.server import working
from tests.doubles.account import Account
from tests.flow.harness.in_memory import InMemoryStage, open_idle
from tests.flow.harness.story import BOT, HELP, MARCUS, MARCUS_ID, SARAH, SARAH_ID, TEAM

HANDS, MOST_OPEN = 8, 10
OTHERS = 5
PATIENCE = 3_600.0
QUESTION = "How long does standard shipping take?"
TURN = "turn.taken"


@dataclass(frozen=True)
class Flood:
    """What happened, by conversation.

    Args:
        order: the conversation of each turn that was taken, the first one first.
        verdicts: of each person's turns, how often each.
        behind: of each conversation of the others, how many turns came before it was answered.
        tickets: that people were asked in.
    """

    lines: int
    order: Sequence[str]
    verdicts: dict[str, Counter[str]]
    behind: Sequence[int]
    tickets: int
    seconds: float

    def __str__(self) -> str:
        sarah, others = self.verdicts["flood"], self.verdicts["others"]
        worst = max(self.behind)
        return (
            f"{self.lines} lines of one author, {len(self.behind)} of others behind them, {HANDS} hands\n"
            f"turns before the last of the others was answered: {worst} of {len(self.order)}\n"
            f"others: {dict(others)}\nflood: {dict(sarah)}\ntickets for people: {self.tickets}\n"
            f"{self.seconds:.1f} s in all"
        )


async def flood(redis_url: str, folder: Path, lines: int) -> Flood:
    """Let one person begin so many threads and tickets, half and half, and others a few behind them."""
    settings = {"frontdesk_rate_per_minute": 100_000, "frontdesk_desk": str(desk_in(folder))}
    async with open_idle(redis_url, folder / "data", settings, HANDS) as stage:
        for _ in range(lines // 2):
            await stage.writes(SARAH, HELP, f"<@{BOT}> {QUESTION}")
            await stage.opens(QUESTION, SARAH_ID)
        theirs = [f"slack:{TEAM}:{HELP}:{await stage.writes(MARCUS, HELP, f'<@{BOT}> {QUESTION}')}"]
        theirs += [f"zendesk:{await stage.opens(QUESTION, one)}" for one in _customers(stage.account)]
        await stage.delivered()

        began = monotonic()
        async with working(stage.engine.worker):
            await stage.quiet(PATIENCE)
        return _told(stage, lines, theirs, monotonic() - began)


def desk_in(folder: Path) -> Path:
    """Return a store desk on which one person may have little open."""
    source = Path(desks.__path__[0]) / "store"
    copy = folder / "desk"
    for path in source.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            target = copy / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    rules = copy / "desk.yml"
    rules.write_text(re.sub(r"(?m)^most_open: .*$", f"most_open: {MOST_OPEN}", rules.read_text("utf-8")), "utf-8")
    return copy


def _told(stage: InMemoryStage, lines: int, theirs: Sequence[str], seconds: float) -> Flood:
    turns = [json.loads(line) for line in stage.log.getvalue().splitlines() if TURN in line]
    order = [turn["conversation"] for turn in turns]
    verdicts: dict[str, Counter[str]] = {"flood": Counter(), "others": Counter()}
    behind = dict.fromkeys(theirs, len(turns))
    for place, turn in enumerate(turns):
        name = turn["conversation"]
        verdicts["others" if name in behind else "flood"][turn["verdict"]] += 1
        if name in behind and turn["verdict"] == "answered":
            behind[name] = min(behind[name], place)
    return Flood(lines, order, verdicts, list(behind.values()), _escalations(stage.account), seconds)


def _customers(account: Account) -> Sequence[int]:
    """Return so many customers who have written nothing yet, one of them known."""
    for number in range(1, OTHERS - 1):
        account.stranger(f"Customer {number}", f"customer{number}@example.org")
    strangers = [contact.id for contact in account.contacts.values() if contact.name.startswith("Customer")]
    return [MARCUS_ID, *strangers]


def _escalations(account: Account) -> int:
    return sum("frontdesk_escalated" in record.tags for record in account.records.values())


async def _main(lines: int) -> None:
    from bot.store.embedded import EmbeddedRedis

    with TemporaryDirectory() as folder:
        redis = EmbeddedRedis(Path(folder) / "redis")
        redis.start()
        try:
            sys.stdout.write(f"{await flood(redis.url, Path(folder), lines)}\n")
        finally:
            redis.close()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000))
