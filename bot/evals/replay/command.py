"""`frontdesk replay`: reads past tickets, answers a sample of them, and reports what that is worth."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from rich.console import Console

from bot.app.rehearsal import History, RehearsalModels, open_history, read_articles, read_file
from bot.app.settings import Settings
from bot.desk.cases import Case, ExpectedCall, TurnOfCase
from bot.desk.loading.desk import Desk
from bot.desk.loading.loader import load_desk
from bot.domain.errors import ConfigError, RemoteError
from bot.domain.models.cost import MICRO, dollars
from bot.evals.command import RULE_MODEL, agree
from bot.evals.estimate import estimate
from bot.evals.replay.answering import Answered, Answerer
from bot.evals.replay.files import write_all
from bot.evals.replay.prepare import Prepared, prepare
from bot.evals.replay.progress import Counted
from bot.evals.replay.recordings import Recordings, digest_of
from bot.evals.replay.room import Articles, Rooms, open_rooms
from bot.evals.trial import Named
from bot.replay.markdown import summary
from bot.replay.past_tickets import PastTicket
from bot.replay.report import Judged, Run, report_of
from bot.replay.sampling import sample
from bot.replay.verdicts import Human, judge
from bot.store.tasks import run

_LOOKUPS = (ExpectedCall(name="one"), ExpectedCall(name="two"))
"""What an answer takes, about; a judge asks twice."""


@dataclass(frozen=True)
class Wish:
    """What was asked for.

    Args:
        since_seconds: how far back, None for no limit.
        group: name of the only group, empty for all.
        tickets: a file of them, None for the account's.
        out: where the report goes, None for the data folder.
        max_cost: in USD, None for no limit.
        yes: whether the cost was agreed to beforehand.
    """

    since_seconds: float | None = None
    sample: int = 300
    group: str = ""
    tickets: Path | None = None
    out: Path | None = None
    max_cost: float | None = None
    yes: bool = False


@dataclass
class Found:
    """What was read.

    Args:
        left_out: why tickets were not taken: reason → how many.
        articles: of the account's Help Center.
    """

    source: str
    tickets: list[PastTicket]
    total: int = 0
    problems: list[str] = field(default_factory=list)
    left_out: Mapping[str, int] = field(default_factory=dict)
    articles: Articles = field(default_factory=dict)


def replay(settings: Settings, wish: Wish, out: Console, progress: Console) -> bool:
    """Replay; return whether every ticket of the sample was answered.

    Raises:
        ConfigError: the desk, the file or the account cannot be used, or nobody agreed to the cost.
    """
    return run(_replay(settings, wish, out, progress))


async def _replay(settings: Settings, wish: Wish, out: Console, progress: Console) -> bool:
    began = time.monotonic()
    desk = load_desk(settings.frontdesk_desk)
    found = await _read(settings, wish, desk, progress)
    found.problems += _missing_articles(desk, found)
    for problem in found.problems:
        _say(progress, problem)
    if not found.tickets:
        raise ConfigError(f"there is no solved ticket to replay in {found.source}")
    models = RehearsalModels(settings, desk, None if wish.max_cost is None else int(wish.max_cost * MICRO))
    try:
        async with open_rooms(settings, desk, models, found.articles) as rooms:
            session = Session(settings, wish, desk, models, rooms, out, progress)
            judged, before, unanswered = await session.judged(found.tickets)
    finally:
        await models.close()
    run = Run(
        id=_id_of(found.tickets),
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        desk=desk.id,
        model=RULE_MODEL if models.is_free else " and ".join(dict.fromkeys(models.names)),
        source=found.source,
        found=found.total,
        sampled=len(found.tickets),
        recorded=before,
        unanswered=unanswered,
        left_out=found.left_out,
        problems=found.problems,
        spent=models.spent,
        seconds=time.monotonic() - began,
    )
    report = report_of(run, judged)
    folder = write_all(settings.frontdesk_data_dir, wish.out, report, session.case_files(judged))
    for line in summary(report):
        _say(out, line)
    _say(out, f"{folder / 'report.md'}")
    if unanswered:
        _say(out, f"{unanswered} tickets were left unanswered: the limit of {wish.max_cost:g} USD is reached.")
    return not unanswered


class Session:
    """One replay, from the chosen tickets to the verdicts."""

    def __init__(
        self,
        settings: Settings,
        wish: Wish,
        desk: Desk,
        models: RehearsalModels,
        rooms: Rooms,
        out: Console,
        progress: Console,
    ) -> None:
        self._settings = settings
        self._wish = wish
        self._desk = desk
        self._models = models
        self._rooms = rooms
        self._out = out
        self._progress = progress
        self._customers: dict[str, str] = {}

    async def judged(self, tickets: Sequence[PastTicket]) -> tuple[list[Judged], int, int]:
        """Return the tickets with their verdicts, how many were answered before, and how many could not be."""
        longest = self._settings.frontdesk_max_message_chars
        prepared = await prepare(tickets, self._desk, self._rooms.base, longest)
        self._customers = {each.ticket.id: each.customer_id for each in prepared}
        records = Recordings(self._settings.frontdesk_data_dir)
        ready = [each for each in prepared if each.cut]
        with_progress = Counted(self._progress, max(1, len(ready)))
        answerer = Answerer(
            *(self._rooms, self._models, records, digest_of(self._desk, self._rooms.articles)),
            lambda: with_progress.advance(self._models.spent),
        )
        new = [each for each in ready if answerer.recorded(each) is None]
        self._agree(new)
        with with_progress:
            answered = await answerer.answer_all(prepared)
            judged = await asyncio.gather(*[self._judge(answerer, each) for each in answered if each.answer])
        return list(judged), len(ready) - len(new), sum(each.answer is None for each in answered)

    def case_files(self, judged: Sequence[Judged]) -> Mapping[str, str]:
        """Return the case files of the disagreements by their names."""
        from bot.replay.case_files import case_file, file_name

        groups = {*self._desk.policy.groups, self._desk.policy.default_group}
        return {
            file_name(each.ticket): case_file(
                each, list(self._desk.actions), groups, self._customers.get(each.ticket, "")
            )
            for each in judged
            if each.is_disagreement
        }

    def _agree(self, new: Sequence[Prepared]) -> None:
        if self._models.is_free or not new:
            return
        cases = [
            Named(
                *(self._desk.id, self._desk.folder, "replay"),
                Case(name=each.ticket.id, turns=(TurnOfCase(says=each.question, tools=_LOOKUPS),), judge=("", "")),
            )
            for each in new
        ]
        guess = estimate(cases, {self._desk.id: self._desk}, 1, self._models.names[0])
        most = self._wish.max_cost
        limit = f"; it stops before it has cost {dollars(int(most * MICRO))}" if most is not None else ""
        agree(f"{len(new)} past tickets with {self._models.names[0]}: {guess}{limit}", self._out, yes=self._wish.yes)

    async def _judge(self, answerer: Answerer, answered: Answered) -> Judged:
        prepared, answer = answered.prepared, answered.answer
        assert answer is not None  # noqa: S101 (only these are judged)
        ticket = prepared.ticket
        verdict = judge(Human(prepared.human, ticket.group, ticket.priority), answer, list(self._desk.actions))
        relation, reason = await answerer.judge(prepared, answer, verdict)
        return Judged(
            ticket=ticket.id,
            topic=_topic(self._desk, answer.specialist, ticket.group),
            verdict=verdict,
            question=prepared.question,
            human=prepared.human,
            group=ticket.group,
            priority=ticket.priority,
            answer=answer,
            judge=relation,
            judge_reason=reason,
            label=ticket.label,
        )


async def _read(settings: Settings, wish: Wish, desk: Desk, progress: Console) -> Found:
    """Return the sample, and what was left out of it."""
    since = 0.0 if wish.since_seconds is None else time.time() - wish.since_seconds
    if wish.tickets:
        tickets, problems = read_file(wish.tickets)
        kept, left_out = _chosen(tickets, wish.group, since)
        taken = sample(kept, wish.sample)
        return Found(str(wish.tickets), taken, len(kept), problems, left_out)
    async with open_history(settings, lambda told: _say(progress, told)) as history:
        kept, left_out = _chosen(await history.tickets.solved(since), wish.group, since)
        taken = await history.tickets.whole(sample(kept, wish.sample))
        articles = await _articles(history, desk)
    return Found(history.address, taken, len(kept), [], left_out, articles)


async def _articles(history: History, desk: Desk) -> Articles:
    if not (history.articles and desk.policy.help_center):
        return {}
    with suppress(RemoteError):
        return await read_articles(history.articles)
    return {}


def _missing_articles(desk: Desk, found: Found) -> list[str]:
    """A desk that reads a Help Center at work answers without it where none was read."""
    if found.articles or not desk.policy.help_center:
        return []
    return ["no article of the Help Center: the desk answered from its own knowledge alone"]


def _chosen(tickets: Sequence[PastTicket], group: str, since: float) -> tuple[list[PastTicket], Mapping[str, int]]:
    kept: list[PastTicket] = []
    left_out: Counter[str] = Counter()
    for ticket in tickets:
        reason = _reason_against(ticket, group, since)
        if reason:
            left_out[reason] += 1
        else:
            kept.append(ticket)
    return kept, left_out


def _reason_against(ticket: PastTicket, group: str, since: float) -> str:
    if not ticket.is_solved:
        return "not solved"
    if ticket.at < since:
        return "older"
    return "of another group" if group and ticket.group.casefold() != group.casefold() else ""


def _topic(desk: Desk, specialist: str, group: str) -> str:
    """Return what a ticket is about: its specialist, whom the dial of `desk.yml` names; else the people's group."""
    if specialist and specialist != desk.first:
        return specialist
    named = group.casefold()
    return named if named in desk.specialists else named or specialist or desk.first


def _id_of(tickets: Sequence[PastTicket]) -> str:
    """Return a name that sorts by time; the same sample ends alike."""
    chosen = sha256(" ".join(ticket.id for ticket in tickets).encode()).hexdigest()[:6]
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{chosen}"


def _say(console: Console, line: str) -> None:
    console.print(line, highlight=False, soft_wrap=True, markup=False)
