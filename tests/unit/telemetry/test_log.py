"""What the log says, and what it never says."""

import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot.domain.errors import TemporaryFailure
from bot.telemetry import log


class Lines:
    """The log as its reader gets it."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def last(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text.splitlines()[-1])
        return found


@pytest.fixture
def lines() -> Iterator[Lines]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    out = Lines()
    log.set_up(stream=out.stream)
    yield out
    root.handlers[:], level = before
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


def _fail(error: Exception) -> None:
    raise error


def test_a_line_is_json_with_event_name_fields_and_conversation(lines: Lines) -> None:
    with log.bound("slack:T1:C1:1.0"):
        structlog.get_logger("bot.runtime.worker").info("turn.committed", turn=3, outcome="answered")

    assert lines.last["event"] == "turn.committed"
    assert (lines.last["turn"], lines.last["outcome"]) == (3, "answered")
    assert lines.last["conversation"] == "slack:T1:C1:1.0"
    assert lines.last["level"] == "info"


def test_the_conversation_is_forgotten_outside_its_block(lines: Lines) -> None:
    with log.bound("zendesk:1"):
        pass
    structlog.get_logger("bot.runtime.worker").info("worker.idle")

    assert "conversation" not in lines.last


@pytest.mark.parametrize(
    "name",
    ["text", "body", "message", "token", "secret", "authorization", "email", "bot_token", "Api-Key", "user_email"],
)
def test_fields_named_after_content_or_secrets_are_dropped(lines: Lines, name: str) -> None:
    structlog.get_logger("bot.x").info("x.happened", **{name: "my card is 4111", "nested": {name: "my card is 4111"}})

    assert "4111" not in lines.text
    assert name not in lines.last


def test_ids_of_messages_and_tickets_are_kept(lines: Lines) -> None:
    structlog.get_logger("bot.x").info("x.happened", message_id="m1", ticket=35, text_chars=12)

    assert (lines.last["message_id"], lines.last["ticket"], lines.last["text_chars"]) == ("m1", 35, 12)


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        ("asked by sarah.chen@example.com today", "sarah.chen"),
        ("xoxb-12345-abcdef", "12345"),
        ("xapp-1-A2-abc", "abc"),
        ("key sk-proj-abcdef123456 is wrong", "abcdef123456"),
        ("Authorization: Bearer eyJh.b-c_d", "eyJh"),
        ("redis://user:hunter2@cache:6379/0", "hunter2"),
        ("GET https://h/oauth?code=abc123&state=x failed", "abc123"),
        ("XOXP-98765-QRS", "98765"),
        ("key SK-ABCDEF123456 is wrong", "ABCDEF123456"),
        ("key ſk-abcdef123456 is wrong", "abcdef123456"),
        ("proxy-authorization: BASIC dXNlcjpwdw==", "dXNlcjpwdw"),
        ("xoxe-1-abc and bob@example.org at redis://u:pw@h/?a=b", "bob"),
    ],
)
def test_addresses_and_tokens_are_masked_wherever_they_stand(lines: Lines, value: str, secret: str) -> None:
    structlog.get_logger("bot.x").warning("x.refused", why=value, several=[value], deep={"a": {"b": value}})
    logging.getLogger("some.library").warning("it said %s", value)

    assert secret not in lines.text
    assert log.MASK in lines.last["event"]


def test_of_an_exception_stay_type_and_frames_but_not_its_text(lines: Lines) -> None:
    try:
        _fail(ValueError("the customer wrote: I live in Springfield"))
    except ValueError:
        structlog.get_logger("bot.runtime.worker").exception("turn.failed")

    assert lines.last["error"] == "ValueError"
    assert any("test_log.py" in frame for frame in lines.last["frames"])
    assert "Springfield" not in lines.text


def test_whoever_tries_their_own_desk_sees_the_whole_traceback(lines: Lines) -> None:
    log.set_up(quiet=True, tracebacks=True, stream=lines.stream)
    try:
        _fail(ValueError("no such order"))
    except ValueError as error:
        structlog.get_logger("bot.desk.tools.calls").warning("tool_failed", at="tools.py:12", exc_info=error)

    assert "at=tools.py:12" in lines.text
    assert "Traceback (most recent call last):\n" in lines.text
    assert "    raise error\nValueError: no such order" in lines.text


def test_our_own_errors_say_why(lines: Lines) -> None:
    try:
        _fail(TemporaryFailure("store: ConnectionError"))
    except TemporaryFailure:
        structlog.get_logger("bot.runtime.worker").exception("turn.failed")

    assert lines.last["why"] == "store: ConnectionError"


@pytest.mark.parametrize(
    "name",
    ["httpx", "httpx2", "httpcore2.http11", "slack_bolt.RequestVerification", "openai.agents", "uvicorn.access"],
)
@pytest.mark.parametrize("verbose", [False, True])
def test_libraries_that_log_bodies_or_urls_are_quiet_even_when_verbose(name: str, verbose: bool) -> None:
    out = Lines()
    before = logging.getLogger().handlers[:]
    log.set_up(verbose=verbose, stream=out.stream)
    try:
        logging.getLogger(name).info("POST /slack/events body=hello")
        logging.getLogger(name).debug("POST /slack/events body=hello")
    finally:
        logging.getLogger().handlers[:] = before
        logging.captureWarnings(False)
        structlog.reset_defaults()

    assert out.text == ""


def test_a_librarys_message_is_cut_to_its_first_line(lines: Lines) -> None:
    logging.getLogger("asyncio").error(
        "Task exception was never retrieved\nfuture: <ValueError('I live in Springfield')>"
    )

    assert lines.last["event"] == "Task exception was never retrieved"
    assert "Springfield" not in lines.text


def test_debug_lines_appear_only_when_verbose(lines: Lines) -> None:
    structlog.get_logger("bot.turn").debug("turn.begun")
    assert lines.text == ""

    log.set_up(verbose=True, stream=lines.stream)
    structlog.get_logger("bot.turn").debug("turn.begun")
    assert lines.last["event"] == "turn.begun"


def test_warnings_take_the_same_way(lines: Lines) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        log.set_up(stream=lines.stream)
        warnings.warn("old call by sarah@example.com", stacklevel=1)

    assert lines.last["logger"] == "py.warnings"
    assert "sarah@" not in lines.text
