"""`frontdesk chat`: talk to the desk in the terminal; `summary`, `reset` and `quit` are commands."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from math import ceil
from typing import Any, Protocol, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.control import Control
from rich.markup import escape
from rich.segment import ControlType

PROMPT = "you> "
HELP = "Ask anything. `summary` shows where the conversation stands, `reset` forgets it, `quit` leaves."


class ChatPartner(Protocol):
    """One conversation through the engine."""

    def ask(self, text: str) -> AsyncIterator[tuple[str, str]]:
        """Say something; yield `status` and `delta` events and at last `done` with the answer's JSON."""

    async def summary(self) -> dict[str, Any]:
        """Return where the conversation stands."""

    async def reset(self) -> None:
        """Forget the conversation."""


class Keyboard:
    """Lines of a person, read in a thread that nobody has to wait for when the program ends."""

    def __init__(self, read: Callable[[str], str] = input) -> None:
        self._read = read

    async def line(self) -> str | None:
        """Return the next line, None at the end of the input."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[str | None] = loop.create_future()

        def give(line: str | None) -> None:
            if not answer.done():
                answer.set_result(line)

        def wait() -> None:
            try:
                line: str | None = _readable(self._read(PROMPT))
            except (EOFError, OSError, ValueError):
                line = None
            if not loop.is_closed():
                loop.call_soon_threadsafe(give, line)

        threading.Thread(target=wait, daemon=True).start()
        return await answer


def _readable(line: str) -> str:
    """Return the line in whole characters: with an ASCII locale Python reads half ones, which no store takes."""
    return line.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


async def converse(talk: ChatPartner, keyboard: Keyboard, out: TextIO | None = None, note: str = "") -> None:
    """Talk until `quit` or the end of the input.

    Args:
        note: what is told first of who answers, empty for nothing.
    """
    console = Console(file=out, highlight=False, soft_wrap=True)
    for told in (note, HELP) if note else (HELP,):
        console.print(escape(told), style="dim")
    while (line := await keyboard.line()) is not None:
        match line.strip():
            case "":
                continue
            case "quit":
                return
            case "summary":
                for name, value in (await talk.summary()).items():
                    console.print(f"{escape(name)}: {escape(str(value))}", style="dim")
            case "reset":
                await talk.reset()
                console.print("Forgotten. The next line begins a new conversation.", style="dim")
            case text:
                await _answer(talk, text, console)


async def _answer(talk: ChatPartner, text: str, console: Console) -> None:
    screen = _Screen(console)
    async for name, data in talk.ask(text):
        match name:
            case "status":
                screen.status(data)
            case "delta":
                screen.add(data)
            case "done":
                screen.finish(json.loads(data))
                return
    console.print("No answer yet.", style="yellow")


class _Screen:
    """Shows status lines and sentences as they come; what was taken back gives way to the answer as it is.

    Where nothing can be taken back, in a file or a pipe, the answer alone is written.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown = ""

    def status(self, text: str) -> None:
        """Show what is being done, until the answer begins."""
        if text and not self._shown:
            self._console.print(f"… {escape(text)}", style="dim")

    def add(self, sentence: str) -> None:
        """Append to the answer."""
        begins_word = not self._shown or self._shown[-1:].isspace()
        piece = sentence if begins_word else f" {sentence}"
        if self._console.is_terminal:
            self._console.print(escape(piece), end="")
        self._shown += piece

    def finish(self, answer: Mapping[str, Any]) -> None:
        """Show the answer as it is, and who gave it."""
        whole = answer["response"] or "(a human has the conversation; they were told)"
        is_shown = self._console.is_terminal and self._shown.split() == whole.split()
        if is_shown:
            self._console.print()
        else:
            _take_back(self._shown, self._console)
            self._console.print(escape(whole))
        self._console.print(escape(f"— {answer['agent']}"), style="dim")


def _take_back(shown: str, console: Console) -> None:
    """Erase what was shown last, from the line it began on."""
    if not (shown and console.is_terminal):
        return
    lines = sum(max(1, ceil(cell_len(line) / console.width)) for line in shown.split("\n"))
    erase = (ControlType.ERASE_IN_LINE, 2)
    steps = [part for _ in range(lines - 1) for part in (erase, (ControlType.CURSOR_UP, 1))]
    console.control(Control(ControlType.CARRIAGE_RETURN, *steps, erase))
