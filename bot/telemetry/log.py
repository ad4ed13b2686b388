"""One JSON line per event on stderr: a stable event name and fields, never customers' words.

    structlog.get_logger(__name__).info("turn.committed", turn=3, outcome="answered")

`bound(conversation)` adds the conversation's id to every line written inside it. What must not be logged is taken
out here, last, whoever wrote the line: fields named after content or secrets are dropped, values that look like an
address or a token are masked, of a customer's id stays our hash, and of an exception stay the type and the frames (its
text may quote a message).
Lines of the libraries take the same way; those that log bodies or URLs are held at WARNING, whatever `--verbose` says.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from types import TracebackType
from typing import Any, cast

import structlog

from bot.domain.errors import FrontdeskError

CONTENT = frozenset(
    {
        *("text", "body", "message", "payload", "words", "comment", "answer", "question", "prompt", "output"),
        *("arguments", "email", "mail", "headers", "cookie", "cookies", "authorization"),
        *("token", "secret", "password", "passwd", "apikey", "api_key"),
    }
)
"""Field names that are dropped, alone or as the last part of a name (`bot_token`); `message_id` is kept."""

MASK = "•••"
_MASKED = tuple(
    (signs, re.compile(pattern, re.IGNORECASE))
    for signs, pattern in (
        (("@",), r"[\w.+%-]+@[\w-]+(\.[\w-]+)+"),  # an e-mail address
        (("xox", "xapp"), r"\bx(ox[a-z]|app)-[\w-]+"),  # Slack's tokens
        (("sk-",), r"\bsk-[\w-]{8,}"),  # model servers' keys
        (("bearer", "basic"), r"\b(bearer|basic)\s+[\w.~+/=-]+"),
        (("://",), r"(?<=://)[^\s/@]+(?=@)"),  # user and password of a URL
        (("?",), r"\?[\w.%+-]+=[^\s\"']*"),  # a URL's query
    )
)
"""What is masked, each with what has to stand in a text so that there can be any; most lines hold none of it."""

_SIGNS = re.compile("|".join(re.escape(sign) for signs, _ in _MASKED for sign in signs), re.IGNORECASE)

_QUIET = (
    *("aiohttp", "httpcore", "httpcore2", "httpx", "httpx2", "urllib3", "hpack", "websockets"),
    *("uvicorn.access", "sse_starlette"),
    *("openai", "openai.agents", "slack_bolt", "slack_sdk", "zenpy", "limits"),
    *("asyncio", "sqlalchemy", "aiosqlite", "alembic"),
)
"""Loggers that write bodies, URLs, prompts or arguments below WARNING, or what nobody has asked for at each start."""

_FRAMES = 12
_LONGEST_FOREIGN = 300


def set_up(*, verbose: bool = False, quiet: bool = False, tracebacks: bool = False, stream: Any = None) -> None:
    """Send every line of this process to stderr: JSON, or readable where stderr is a terminal.

    Args:
        verbose: also DEBUG lines of our own; nothing more of what customers write.
        quiet: warnings only, for commands that talk to a person.
        tracebacks: whole ones, with what errors say: for who tries their own desk at a terminal, and for nobody else.
        stream: where lines go; the tests' own.
    """
    out = stream or sys.stderr
    shared = (*_BEFORE, _traceback_as_text if tracebacks else _exception_as_fields)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    is_terminal = bool(getattr(out, "isatty", lambda: False)())
    handler.setFormatter(_formatter(shared, terminal=is_terminal or tracebacks, colours=is_terminal))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING if quiet else logging.INFO)
    level = logging.DEBUG if verbose else root.level
    for name in ("bot", "integrations"):
        logging.getLogger(name).setLevel(level)
    _route_libraries()
    logging.captureWarnings(True)
    # What no line says is not looked up for every line: https://docs.python.org/3/howto/logging.html#optimization
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def only_errors() -> None:
    """Be silent below ERROR from now on: for a command that opens engines by the hundred and reports by itself."""
    for name in ("", "bot", "integrations"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _formatter(shared: Sequence[Any], *, terminal: bool, colours: bool) -> logging.Formatter:
    render = (
        structlog.dev.ConsoleRenderer(colors=colours)
        if terminal
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, _first_line],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact, render],
    )


def _route_libraries() -> None:
    """Take away the libraries' own handlers, so that no line leaves unredacted."""
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


@contextmanager
def bound(conversation: str, **fields: Any) -> Iterator[None]:
    """Add the conversation's id, and other fields, to every line written inside."""
    with structlog.contextvars.bound_contextvars(conversation=conversation, **fields):
        yield


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop fields that may hold content or secrets; mask addresses and tokens in the others, hash customers' ids."""
    return _cleaned(event)


def _cleaned(fields: Mapping[Any, Any]) -> dict[str, Any]:
    customer = fields.get("customer")
    return {
        str(name): hashed(customer) if customer and value == customer else _clean(_unnamed(str(name), value))
        for name, value in fields.items()
        if not _is_content(str(name))
    }


def _unnamed(name: str, value: Any) -> Any:
    """Return a field without the id that a caller of `/chat`, or the desk, has for a customer."""
    if not (isinstance(value, str) and value):
        return value
    if name == "customer_id" or name.endswith(("_customer", "_customer_id")):
        return hashed(value)
    return author_told(value) if name in _AUTHORS else value


_AUTHORS = frozenset({"author", "requester", "recipient", "person", "reader", "asker"})
_IN_CHAT = "chat:"


def author_told(author: str) -> str:
    """Return an author's id as it may be logged: of one of `/chat` the key's name and a hash of the caller's own id."""
    if not author.startswith(_IN_CHAT):
        return author
    key, _, customer = author.removeprefix(_IN_CHAT).partition(":")
    return f"{_IN_CHAT}{key}:{hashed(customer)}"


def hashed(name: object) -> str:
    """Return what stands in the log for somebody's id: the same for the same, and nothing of it can be read off."""
    return f"#{sha256(f'frontdesk log {name}'.encode()).hexdigest()[:12]}"


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return _cleaned(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean(part) for part in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return mask(str(value))


def mask(text: str) -> str:
    """Return `text` with e-mail addresses, tokens and URL queries masked."""
    if not _SIGNS.search(text):
        return text
    folded = text.casefold()
    for signs, pattern in _MASKED:
        if any(sign in folded for sign in signs):
            text = pattern.sub(MASK, text)
    return text


@lru_cache(1_024)
def _is_content(name: str) -> bool:
    lowered = name.lower().replace("-", "_")
    return lowered in CONTENT or lowered.rpartition("_")[2] in CONTENT


def _error_of(info: Any) -> BaseException | None:
    """Return what `exc_info` stands for: an error, what `sys.exc_info()` returned, or the one being handled."""
    if isinstance(info, tuple):
        return cast("BaseException | None", info[1])
    return info if isinstance(info, BaseException) else sys.exception()


def _exception_as_fields(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace `exc_info` by type and frames; only our own errors' text is known to hold no customer's words."""
    info = event.pop("exc_info", None)
    event.pop("stack_info", None)
    if not info:
        return event
    error = _error_of(info)
    if error is None:
        return event
    event.setdefault("error", type(error).__name__)
    if isinstance(error, FrontdeskError):
        event.setdefault("why", str(error))
    event["frames"] = _frames(error.__traceback__)
    return event


def _traceback_as_text(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    info = event.get("exc_info")
    error = info if isinstance(info, BaseException) else sys.exception()
    text = "".join(traceback.format_exception(error)) if info and error else ""
    event = _exception_as_fields(logger, method, event)
    if text:
        event.pop("frames", None)
        event["exception"] = text.rstrip()
    return event


def _frames(trace: TracebackType | None) -> list[str]:
    found = traceback.extract_tb(trace)[-_FRAMES:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in found]


def _first_line(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep the first line of a library's message: what follows is often the repr of an error or of a body."""
    event["event"] = str(event.get("event", "")).partition("\n")[0][:_LONGEST_FOREIGN]
    return event


_BEFORE: tuple[Any, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
