"""The command-line options of `frontdesk eval`."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.app.settings import Settings, load_settings

FINDING = 1
"""The exit code of a command that found something."""


def evaluate(
    desks: Annotated[list[str] | None, typer.Argument(metavar="DESK", help="Default: FRONTDESK_DESK.")] = None,
    only: Annotated[str, typer.Option(help="Play the cases with this in their name.")] = "",
    plays: Annotated[int, typer.Option("-k", help="Play each case so often; all must pass.", min=1)] = 1,
    parallel: Annotated[int, typer.Option(help="Cases at once.", min=1, max=16)] = 4,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before a real model is paid.")] = False,
    junit: Annotated[Path | None, typer.Option(help="Write a JUnit report here.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write a Markdown report here.")] = None,
    baseline: Annotated[Path | None, typer.Option(help="Only what passed in this file may not fail.")] = None,
    update_baseline: Annotated[bool, typer.Option("--update-baseline", help="Write the file of --baseline.")] = False,
    router: Annotated[bool, typer.Option("--router", help="Judge where first messages are sent, no cases.")] = False,
    train: Annotated[Path | None, typer.Option(help="CSV to learn from; default: the desk's own sentences.")] = None,
    test: Annotated[Path | None, typer.Option(help="CSV to judge by; default: cross-validation.")] = None,
    predictions: Annotated[Path | None, typer.Option(help="Write a row per judged sentence here.")] = None,
) -> None:
    """Judge a desk: play its cases through the whole engine; with `--router`, see where it sends first messages.

    Cases are played on data of their own, with the model that FRONTDESK_MODEL names, else with the offline rule model.
    """
    from rich.console import Console

    from bot.evals.command import Options
    from bot.evals.command import evaluate as play

    settings = load_settings()
    if router:
        return _judge_router(settings, train, test, predictions)
    if train or test or predictions:
        raise typer.BadParameter("--train, --test and --predictions belong to --router")
    asked = Options(
        desks or [settings.frontdesk_desk], only, plays, parallel, yes, junit, markdown, baseline, update_baseline
    )
    if not play(settings, asked, Console(), Console(stderr=True)):
        raise typer.Exit(FINDING)
    return None


def _judge_router(settings: Settings, train: Path | None, test: Path | None, predictions: Path | None) -> None:
    from bot.app.sentences import open_sentences
    from bot.app.store import WallClock
    from bot.desk.loading.loader import load_desk
    from bot.evals.routing import (
        Judgement,
        figures,
        judge,
        own_sentences,
        read_sentences,
        write_predictions,
        write_report,
    )

    desk = load_desk(settings.frontdesk_desk)
    learned = read_sentences(train) if train else own_sentences(desk)
    tested = read_sentences(test) if test else None

    async def judged() -> Judgement:
        async with open_sentences(settings, desk.policy, WallClock()) as sentences:
            return await judge(learned, tested, sentences)

    told, trained, cost = asyncio.run(judged())
    if predictions:
        write_predictions(predictions, told)
    write_report(sys.stdout, figures(told, trained, cost))
