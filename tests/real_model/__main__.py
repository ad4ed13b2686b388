"""`python -m tests.real_model [FOLDER]`: twenty conversations with a real small model, in four ways.

By both APIs; and with the model's own template, which tells it of no tools, and with one that does. It prints a table
and ends with 1 where anything but a kind sentence or a hand-over reached a customer. FOLDER keeps the model and its
server between two runs.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.store.embedded import EmbeddedRedis
from tests.bench.table import Table, Target
from tests.real_model.customers import STORIES
from tests.real_model.judging import unkind
from tests.real_model.play import Played, Round, play
from tests.real_model.server import real_server
from tests.real_model.tap import Said

APIS = ("chat_completions", "responses")
TEMPLATES = {"own": None, "tools": Path(__file__).with_name("tools.jinja")}
HOME = Path(".venv-real-model")


def main(arguments: Sequence[str] | None = None) -> int:
    """Play, print, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.real_model", description=__doc__)
    parser.add_argument("home", nargs="?", type=Path, default=HOME, metavar="FOLDER")
    parser.add_argument("--api", action="append", choices=APIS, help="only this one")
    parser.add_argument("--template", action="append", choices=TEMPLATES, help="only this one")
    parser.add_argument("--stories", type=int, default=len(STORIES), help="only so many conversations")
    parser.add_argument("--out", type=Path, help="file for what the model said and customers read, in lines of JSON")
    options = parser.parse_args(arguments)
    rounds = []
    for name in options.template or TEMPLATES:
        with real_server(options.home.absolute(), TEMPLATES[name]) as server:
            for api in options.api or APIS:
                rounds.append(_round(server, api, name, options.stories, options.out))
                print(_figures(rounds[-1:]).render(), *_told(rounds[-1]), sep="\n", flush=True)
    if len(rounds) > 1:
        print(_figures(rounds).render())
    return int(any(each.wrong for each in rounds))


def _round(server: str, api: str, template: str, stories: int, out: Path | None) -> Round:
    with TemporaryDirectory(prefix="frontdesk-real-model-") as folder:
        redis = EmbeddedRedis(Path(folder) / "redis")
        redis.start()
        try:
            played = asyncio.run(play(server, redis.url, Path(folder), api, STORIES[:stories], out))
            return replace(played, name=f"{api}, {template}")
        finally:
            redis.close()


def _figures(rounds: Sequence[Round]) -> Table:
    columns = ("", *(each.name for each in rounds))
    rows = [(what, *(value(each) for each in rounds)) for what, value in _ROWS.items()]
    targets = [Target(f"{each.name}: unkind things", "none", str(len(each.wrong)), not each.wrong) for each in rounds]
    return Table("A real small model behind a whole Frontdesk", columns, rows, targets)


def _of_played(count: Callable[[Played], int]) -> Callable[[Round], str]:
    """A figure that is the sum over all conversations."""
    return lambda one: str(sum(count(played) for played in one.played))


def _of_said(count: Callable[[Said], int]) -> Callable[[Round], str]:
    """A figure that is the sum over all answers of the model."""
    return lambda one: str(sum(count(said) for said in one.said))


def _is_unfit(said: object) -> bool:
    return not getattr(said, "is_typed", False) and bool(unkind(str(getattr(said, "text", ""))))


_ROWS: Mapping[str, Callable[[Round], str]] = {
    "conversations": lambda one: str(len(one.played)),
    "lines of customers": _of_played(lambda played: len(played.story.lines)),
    "messages they read": _of_played(lambda played: len(played.read)),
    "handed over to people": _of_played(lambda played: played.handed_over),
    "answers of the model": lambda one: str(len(one.said)),
    "  calls of tools": _of_said(lambda said: said.calls),
    "  broken off": _of_said(lambda said: said.is_cut),
    "  empty": _of_said(lambda said: not said.text.strip() and not said.calls),
    "  unfit for customers": _of_said(_is_unfit),
    "  refused by the server": _of_said(lambda said: said.status >= 400),
    "unkind things that reached a customer": lambda one: str(len(one.wrong)),
    "minutes": lambda one: f"{one.seconds / 60:.1f}",
}
"""What is told of each round, line by line."""


def _told(round_: Round) -> Sequence[str]:
    return [f"  {what}" for what in round_.wrong]


if __name__ == "__main__":
    sys.exit(main())
