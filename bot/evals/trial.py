"""Plays all cases of some desks, each as often as asked, several at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.desk.cases import Case
from bot.domain.errors import FrontdeskError
from bot.evals.grading import failures
from bot.evals.play import Played
from bot.evals.rooms import EvalEngines

Judge = Callable[[str, str], Awaitable[str]]
"""Transcript, question → why the answer is not yes, empty where it is."""


@dataclass(frozen=True)
class Named:
    """A case and where it stands.

    Args:
        folder: of its desk.
    """

    desk: str
    folder: Path
    file: str
    case: Case

    @property
    def id(self) -> str:
        """What a baseline knows it by."""
        return f"{self.desk}/{self.case.name}"


@dataclass(frozen=True)
class Result:
    """A case after all its plays.

    Args:
        passes: how many of `plays` went as the case wants.
        findings: what did not, each once.
        unjudged: questions that nobody could answer.
        seconds: that all plays took.
        spent: what all plays cost in millionths of a dollar, without the judge.
    """

    named: Named
    plays: int
    passes: int
    findings: tuple[str, ...]
    unjudged: int
    seconds: float
    spent: int = 0

    @property
    def passed(self) -> bool:
        """Whether every single play did: what works now and then cannot be promised."""
        return self.passes == self.plays


async def try_all(
    rooms: EvalEngines, cases: Sequence[Named], plays: int, judge: Judge | None, done: Callable[[], None]
) -> list[Result]:
    """Return what became of each case, in the given order.

    Args:
        judge: None leaves the cases' questions open.
        done: called after each play.
    """
    return list(await asyncio.gather(*[_try(rooms, named, plays, judge, done) for named in cases]))


async def _try(rooms: EvalEngines, named: Named, plays: int, judge: Judge | None, done: Callable[[], None]) -> Result:
    began = time.monotonic()
    played = await asyncio.gather(*[_play(rooms, named, judge, done) for _ in range(plays)])
    findings = dict.fromkeys(finding for found, _ in played for finding in found)
    return Result(
        named,
        plays,
        passes=sum(not found for found, _ in played),
        findings=tuple(findings),
        unjudged=0 if judge else len(named.case.judge),
        seconds=time.monotonic() - began,
        spent=sum(spent for _, spent in played),
    )


async def _play(
    rooms: EvalEngines, named: Named, judge: Judge | None, done: Callable[[], None]
) -> tuple[Sequence[str], int]:
    """Return what was not as the case wants it, and what the play cost."""
    try:
        played = await rooms.play(named.folder, named.case)
    except FrontdeskError as error:
        played = Played((), f"could not be played: {error}")
    found = failures(named.case, played)
    for question in named.case.judge if judge else ():
        if judge and (why := await judge(played.transcript, question)):
            found.append(f"“{question}” {why}")
    done()
    return found, played.spent
