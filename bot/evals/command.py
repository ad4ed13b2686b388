"""`frontdesk eval`: plays the cases of the named desks and reports what failed."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bot.app.container import judge_of
from bot.app.sentences import open_sentences
from bot.app.settings import Settings
from bot.app.store import WallClock
from bot.desk.cases import read_cases, searches_of
from bot.desk.loading.desk import Desk
from bot.desk.loading.loader import load_desk
from bot.domain.errors import ConfigError
from bot.evals import report
from bot.evals.baseline import read_baseline, regressions, write_baseline
from bot.evals.estimate import estimate
from bot.evals.rooms import MOST_ROOMS, open_rooms
from bot.evals.searching import SearchReport, try_searches
from bot.evals.trial import Named, Result, try_all
from bot.review.case_files import CASES
from bot.turn.routing.learning import router_of

OFFLINE = "offline"
RULE_MODEL = "the offline rule model"


@dataclass(frozen=True)
class Options:
    """What was asked for.

    Args:
        desks: built-in desks or folders.
        only: part of the names of the cases to play, empty for all.
        plays: of each case; it passes when all of them do.
        parallel: cases at once.
        yes: whether the cost was agreed to beforehand.
    """

    desks: Sequence[str]
    only: str = ""
    plays: int = 1
    parallel: int = 4
    yes: bool = False
    junit: Path | None = None
    markdown: Path | None = None
    baseline: Path | None = None
    update_baseline: bool = False


def evaluate(settings: Settings, options: Options, out: Console, progress: Console) -> bool:
    """Play the cases and report; return whether nothing that worked before fails.

    Raises:
        ConfigError: a desk, a case or the baseline cannot be used, or nobody agreed to the cost.
    """
    cases, desks = _chosen(options, settings.frontdesk_data_dir / CASES)
    before = _before(options)
    model = settings.frontdesk_model or OFFLINE
    if model != OFFLINE:
        cost = estimate(cases, desks, options.plays, model)
        agree(f"{len(cases)} cases with {model}: {cost}", out, yes=options.yes)
    began = time.monotonic()
    results = asyncio.run(_play(settings, options, cases, desks, progress)) if cases else []
    searched = asyncio.run(try_searches(settings, [] if options.only else list(desks.values())))
    seconds = time.monotonic() - began
    _report(results, searched, options, before, RULE_MODEL if model == OFFLINE else model, seconds, out)
    return searched.passed and not regressions(results, before)


def _chosen(options: Options, beside: Path) -> tuple[list[Named], Mapping[str, Desk]]:
    """Return the cases to play, and their desks by name.

    Args:
        beside: where cases of built-in desks stand that people found wrong answers for.
    """
    desks = {desk.id: desk for desk in map(load_desk, options.desks)}
    cases: list[Named] = []
    for desk in desks.values():
        cases += [named for named in _cases_of(desk, beside) if options.only.casefold() in named.case.name.casefold()]
    if cases:
        return cases, desks

    if options.only:
        raise ConfigError(f"there is no case named like “{options.only}”")
    if not any(map(searches_of, desks.values())):
        raise ConfigError("there is no case in cases/*.yml")
    return cases, desks


def _cases_of(desk: Desk, beside: Path) -> list[Named]:
    found, mistakes = read_cases(desk, beside)
    if mistakes:
        raise ConfigError("\n".join([f"The cases in {desk.folder} cannot be played:", *map(str, mistakes)]))
    return [Named(desk.id, desk.folder, file, case) for file, case in found]


def _before(options: Options) -> Mapping[str, bool] | None:
    if options.update_baseline and not options.baseline:
        raise ConfigError("--update-baseline: say where it stands, with --baseline FILE")
    if options.baseline is None or (options.update_baseline and not options.baseline.exists()):
        return None
    return read_baseline(options.baseline)


def agree(cost: str, out: Console, *, yes: bool) -> None:
    """Say what it costs, and ask.

    Args:
        yes: whether it was agreed to beforehand.

    Raises:
        ConfigError: nobody agreed.
    """
    out.print(f"{cost}.", highlight=False, soft_wrap=True)
    if yes:
        return
    if not out.is_terminal:
        raise ConfigError("--yes: needed to spend this where nobody can be asked")
    if out.input("Go on? [y/N] ", markup=False).strip().lower() not in {"y", "yes"}:
        raise ConfigError("nothing was played: the cost was not agreed to")


async def _play(
    settings: Settings, options: Options, cases: Sequence[Named], desks: Mapping[str, Desk], console: Console
) -> list[Result]:
    for desk in desks.values():
        async with open_sentences(settings, desk.policy, WallClock()) as sentences:
            for known in {None, sentences}:  # learned once here, not by several rooms beside each other
                await router_of(desk, None, known)
    columns = (TextColumn("playing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    async with open_rooms(settings, min(options.parallel, MOST_ROOMS)) as rooms:
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("", total=len(cases) * options.plays)
            return await try_all(rooms, cases, options.plays, judge_of(settings), lambda: bar.advance(task))


def _report(
    results: Sequence[Result],
    searched: SearchReport,
    options: Options,
    before: Mapping[str, bool] | None,
    model: str,
    seconds: float,
    out: Console,
) -> None:
    out.print(report.table(results))
    for line in report.findings(results, before):
        out.print(line, highlight=False, soft_wrap=True)
    if searched.searched:
        out.print()
        out.print(searched.table())
    for line in searched.findings():
        out.print(line, highlight=False, soft_wrap=True, markup=False)
    out.print(f"\n{report.closing(results, model, seconds)}", highlight=False, soft_wrap=True)
    if options.junit:
        options.junit.write_text(report.junit(results), "utf-8")
    if options.markdown:
        told = report.markdown(results, model, seconds)
        options.markdown.write_text(f"{told}\n{searched.markdown()}" if searched.searched else told, "utf-8")
    if options.update_baseline and options.baseline:
        write_baseline(options.baseline, results, before or {})
