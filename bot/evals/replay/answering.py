"""Answers a sample of past tickets, each once: what was answered before is taken from its record."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.app.rehearsal import JUDGE, RehearsalModels
from bot.domain.errors import FrontdeskError
from bot.evals.replay.prepare import Prepared
from bot.evals.replay.recordings import Recordings, key_of
from bot.evals.replay.room import PARALLEL, Rooms
from bot.replay.answers import DeskAnswer, load_answer
from bot.replay.verdicts import Verdict

ANSWER, PAIR = "answer", "pair"
JUDGED = frozenset({"settles", "acts", "wrong"})
"""Verdicts on answers that say something: only there two answers can contradict each other."""


@dataclass(frozen=True)
class Answered:
    """What became of one ticket; None where the limit of the cost came between."""

    prepared: Prepared
    answer: DeskAnswer | None


class Answerer:
    """Answers tickets in rooms.

    Args:
        desk: what changes with everything the desk says.
        done: called after each ticket.
    """

    def __init__(
        self, rooms: Rooms, models: RehearsalModels, records: Recordings, desk: str, done: Callable[[], None]
    ) -> None:
        self._rooms = rooms
        self._models = models
        self._records = records
        self._desk = desk
        self._done = done
        self._is_stopped = False
        self._judging = asyncio.Semaphore(PARALLEL)

    def recorded(self, prepared: Prepared) -> DeskAnswer | None:
        """Return the answer of an earlier run, None for none."""
        raw = self._records.get(self._key(prepared))
        try:
            return load_answer(raw) if raw else None
        except (KeyError, TypeError, ValueError):
            return None

    async def answer_all(self, tickets: Sequence[Prepared]) -> list[Answered]:
        """Return what became of the tickets, in their order."""
        return list(await asyncio.gather(*[self._answered(each) for each in tickets]))

    async def _answered(self, prepared: Prepared) -> Answered:
        if prepared.cut is None:
            return Answered(prepared, DeskAnswer(trouble=prepared.why_not))
        answer = self.recorded(prepared) or await self._fresh(prepared)
        if answer:
            self._done()
        return Answered(prepared, answer)

    async def _fresh(self, prepared: Prepared) -> DeskAnswer | None:
        if self._is_stopped:
            return None
        try:
            answer = await self._rooms.answer(prepared, _then(prepared), lambda: self._is_stopped)
        except FrontdeskError as error:
            return DeskAnswer(trouble=f"could not be answered ({type(error).__name__})")
        self._is_stopped = self._is_stopped or answer is None
        if answer and not answer.trouble:
            self._records.put(self._key(prepared), answer.dump())
        return answer

    async def judge(self, prepared: Prepared, answer: DeskAnswer, verdict: Verdict) -> tuple[str, str]:
        """Return how a model relates the two answers, and why; empty where none can, or nothing is left to spend."""
        if verdict.outcome not in JUDGED or self._models.is_free:
            return "", ""
        key = key_of(PAIR, JUDGE, self._models.names[1], prepared.question, prepared.human, answer.text)
        known = self._records.get(key)
        if known:
            return str(known.get("relation", "")), str(known.get("reason", ""))
        pair_judge, calls = self._models.judge(prepared.mask.deep)
        if pair_judge is None:
            return "", ""
        async with self._judging:  # all at once, they meet the server's limit, and what they cost is known too late
            related = await pair_judge(prepared.question, prepared.human, answer.text)
        if calls.is_stopped:
            return "", ""
        reason = prepared.mask(related.reason)
        if related.relation != "failed":
            self._records.put(key, {"relation": related.relation, "reason": reason})
        return related.relation, reason

    def _key(self, prepared: Prepared) -> str:
        about: Any = (prepared.question, _then(prepared), prepared.customer_id)
        return key_of(ANSWER, self._desk, self._models.names, *about)


def _then(prepared: Prepared) -> float:
    """When the customer wrote last; a ticket without times is answered as of the day it was changed."""
    at = prepared.cut.at if prepared.cut else 0.0
    return at or prepared.ticket.created_at or prepared.ticket.at
