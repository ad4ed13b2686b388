"""Judging the answers of a replay: some at a time, so that the limit of the cost is seen in between."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from bot.evals.replay.answering import Answerer
from bot.evals.replay.prepare import Prepared
from bot.evals.replay.recordings import Recordings
from bot.evals.replay.room import PARALLEL
from bot.replay.answers import DeskAnswer
from bot.replay.masking import Mask
from bot.replay.past_tickets import PastTicket
from bot.replay.verdicts import Verdict
from integrations.models.pair_judge import Related


class Judges:
    """Models that judge, and how many of them did so at once."""

    is_free = False
    names = ("m", "m")

    def __init__(self) -> None:
        self.asked = self.running = self.most = 0

    def judge(self, _mask: Any) -> tuple[Any, Any]:
        return self._related, SimpleNamespace(is_stopped=False)

    async def _related(self, *_: str) -> Related:
        self.asked += 1
        self.running += 1
        self.most = max(self.most, self.running)
        for _step in range(5):
            await asyncio.sleep(0)
        self.running -= 1
        return Related("agrees")


async def test_no_more_judges_are_asked_at_once_than_there_are_rooms(tmp_path: Path) -> None:
    judges = Judges()
    answerer = Answerer(cast("Any", None), cast("Any", judges), Recordings(tmp_path), "desk", lambda: None)
    mask = Mask(())
    asked = [Prepared(cast("PastTicket", None), mask, question=f"Question {number}") for number in range(40)]
    found = await asyncio.gather(
        *[answerer.judge(each, DeskAnswer("An answer."), Verdict("settles")) for each in asked]
    )

    assert {relation for relation, _ in found} == {"agrees"}
    assert (judges.asked, judges.most) == (40, PARALLEL)
