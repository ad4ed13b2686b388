"""The command-line options of `frontdesk replay`."""

import re
from pathlib import Path
from typing import Annotated

import typer

from bot.app.account_settings import FileSettings, HistorySettings
from bot.app.settings import settings_of
from bot.telemetry import log

FINDING = 1
DEFAULT_SINCE = "90d"
_SINCE = re.compile(r"(\d{1,4})([hdw])")
_SECONDS = {"h": 3_600, "d": 86_400, "w": 604_800}


def replay(
    since: Annotated[
        str, typer.Option(help=f"How far back: 90d, 12w, 48h (default: {DEFAULT_SINCE}; of a file all).")
    ] = "",
    sample: Annotated[int, typer.Option(help="At most so many tickets.", min=1, max=10_000)] = 300,
    group: Annotated[str, typer.Option(metavar="NAME", help="Only tickets of this group.")] = "",
    tickets: Annotated[
        Path | None, typer.Option(metavar="FILE.jsonl", help="Read this file, and no account: one ticket a line.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where report.md, report.json and cases/ go.")] = None,
    max_cost: Annotated[float | None, typer.Option(metavar="USD", help="Stop before more is spent.", min=0)] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before a real model is paid.")] = False,
) -> None:
    """Let the desk answer past tickets by the clock of then, and score it by what people did; nothing is written.

    Solved tickets are read from the account or from a file with one {"ticket", "comments", "users", "groups"} a line,
    as Zendesk's API gives them. Personal data is masked before anything is stored or sent to a model. What was answered
    is recorded: after Ctrl-C the same command goes on from there.
    """
    from rich.console import Console

    from bot.evals.replay.command import Wish
    from bot.evals.replay.command import replay as run

    log.only_errors()
    wanted = since or ("" if tickets else DEFAULT_SINCE)
    wish = Wish(_seconds(wanted), sample, group, tickets, out, max_cost, yes)
    settings = settings_of(FileSettings if tickets else HistorySettings)
    progress = Console(stderr=True)
    try:
        is_whole = run(settings, wish, Console(), progress)
    except KeyboardInterrupt:
        progress.print("\nStopped. What is answered is recorded: the same command goes on from there.")
        raise typer.Exit(FINDING) from None
    if not is_whole:
        raise typer.Exit(FINDING)


def _seconds(since: str) -> float | None:
    if not since:
        return None
    match = _SINCE.fullmatch(since.strip())
    if match is None:
        raise typer.BadParameter("is a number with h, d or w: 90d", param_hint="--since")
    return float(int(match[1]) * _SECONDS[match[2]])
