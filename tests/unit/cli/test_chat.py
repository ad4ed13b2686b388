"""`frontdesk chat`: what the person at the terminal sees."""

import io
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.cli.chat import Keyboard, converse

COLUMNS = 40


class Talk:
    """Plays prepared events."""

    def __init__(self, *events: tuple[str, str]) -> None:
        self.events = events
        self.asked: list[str] = []
        self.resets = 0

    async def ask(self, text: str) -> AsyncIterator[tuple[str, str]]:
        self.asked.append(text)
        for event in self.events:
            yield event

    async def summary(self) -> dict[str, Any]:
        return {"turns": len(self.asked)}

    async def reset(self) -> None:
        self.resets += 1


def types(*lines: str) -> Keyboard:
    waiting = list(lines)

    def read(_prompt: str) -> str:
        if not waiting:
            raise EOFError
        return waiting.pop(0)

    return Keyboard(read)


def done(text: str, agent: str = "orders") -> tuple[str, str]:
    return "done", json.dumps({"response": text, "agent": agent})


async def said(talk: Talk, *lines: str) -> str:
    out = io.StringIO()
    await converse(talk, types(*lines), out)
    return out.getvalue()


async def test_sentences_appear_as_they_come_and_only_once() -> None:
    talk = Talk(("status", "is thinking…"), ("delta", "It is shipped."), ("delta", "It comes [today]."),
                done("It is shipped. It comes [today]."))  # fmt: skip

    shown = await said(talk, "where is it?")

    assert "… is thinking…" in shown
    assert "It is shipped. It comes [today].\n" in shown
    assert shown.count("It is shipped.") == 1
    assert "— orders" in shown


async def test_the_whole_answer_is_shown_where_nothing_or_something_else_was_streamed() -> None:
    assert "Sure." in await said(Talk(done("Sure.")), "hi")
    assert "Sorry, once more." in await said(Talk(("delta", "It is lost."), done("Sorry, once more.")), "hi")


class Terminal(io.StringIO):
    """A terminal of forty columns that is looked at: what is erased is gone."""

    def isatty(self) -> bool:
        return True

    @property
    def seen(self) -> str:
        lines, row = [""], 0
        for part in re.split(r"(\x1b\[\d*[A-Za-z]|\r|\n)", self.getvalue()):
            if part == "\n":
                row += 1
                lines += [""] * (row + 1 - len(lines))
            elif part == "\x1b[1A":
                row -= 1
            elif part == "\x1b[2K":
                lines[row] = ""
            elif not part.startswith(("\x1b", "\r")):
                whole = lines[row] + part
                while len(whole) > COLUMNS:
                    lines[row], whole, row = whole[:COLUMNS], whole[COLUMNS:], row + 1
                    lines.insert(row, "")
                lines[row] = whole
        return "\n".join(lines)


@pytest.mark.parametrize(
    "streamed",
    [
        ["Hi there!"],
        ["Hi there!", "How can I help you today with your order?"],
        ["Hi there!\n\nOne moment,", "I am looking."],
    ],
)
async def test_a_streamed_greeting_that_is_taken_back_is_seen_no_more(
    monkeypatch: pytest.MonkeyPatch, streamed: list[str]
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(COLUMNS))
    out = Terminal()
    talk = Talk(*[("delta", piece) for piece in streamed], done("Hi there! It is shipped."))

    await converse(talk, types("where is it?"), out)

    assert out.seen.count("Hi there!") == 1
    assert "Hi there! It is shipped." in out.seen
    assert "looking" not in out.seen
    assert "— orders" in out.seen


async def test_what_goes_into_a_file_is_the_answer_alone() -> None:
    shown = await said(Talk(("delta", "Hi there!"), done("Hi there! It is shipped.")), "where is it?")

    assert shown.count("Hi there!") == 1


async def test_while_a_human_has_it_that_is_said() -> None:
    assert "a human has the conversation" in await said(Talk(done("", "human")), "hi")


async def test_no_answer_is_said_too() -> None:
    assert "No answer yet." in await said(Talk(), "hi")


async def test_summary_reset_and_quit_are_commands_and_empty_lines_nothing() -> None:
    talk = Talk(done("Sure."))

    shown = await said(talk, "one", "", "  ", "summary", "reset", "quit", "never read")

    assert talk.asked == ["one"]
    assert talk.resets == 1
    assert "turns: 1" in shown


async def test_what_an_ascii_locale_makes_of_an_umlaut_is_whole_again() -> None:
    talk = Talk(done("Gern."))

    await said(talk, "gr\udcc3\udcbc\u00dfe", "half \udcc3")

    assert talk.asked == ["gr\u00fc\u00dfe", "half \ufffd"]


async def test_the_end_of_the_input_ends_the_chat() -> None:
    talk = Talk(done("Sure."))

    await said(talk, "one")

    assert talk.asked == ["one"]
