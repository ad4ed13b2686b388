"""What holds in every story: the vendors understand each request, and the log tells nothing it must not."""

import io
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog

from bot.telemetry.log import set_up
from tests.contract.slack import slack_contract
from tests.contract.zendesk import zendesk_contract

INJECTED = frozenset({"internal_error", "Conflict", "RecordNotFound", "invalid_auth"})
"""Errors that stories make the vendors answer."""

_SHORTEST_TELLING = 12
"""Characters; shorter messages ("hi") may stand in a log line by chance."""


def misunderstood(requests: Iterable[dict[str, Any]]) -> list[str]:
    """Return what the vendors' published interfaces would refuse; nothing where `../shared` is absent."""
    found: list[str] = []
    # An injected failure is an answer of Slack's servers, not of the method.
    requests = [
        request | {"answer": {}} if request["answer"].get("error") in INJECTED else request for request in requests
    ]
    if reference := slack_contract.load_reference():
        found += slack_contract.problems(reference, requests)
    if zendesk_contract.CONTRACTS.is_dir():
        found += zendesk_contract.violations(request for request in requests if request["vendor"] == "zendesk")
    return found


@contextmanager
def heard() -> Iterator[io.StringIO]:
    """Yield what the process logs at INFO while the body runs, exactly as an operator would read it."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    out = io.StringIO()
    set_up(stream=out)
    try:
        yield out
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        logging.captureWarnings(capture=False)
        structlog.reset_defaults()


def leaks(log: str, state: Mapping[str, Any], secrets: Iterable[str]) -> list[str]:
    """Return the messages, addresses and secrets that stand in the log."""
    people = [user["email"] for user in (*state["slack"]["users"], *state["zendesk"]["users"])]
    lines = [line.strip() for text in _words(state) for line in text.splitlines()]
    told = [line for line in lines if len(line) >= _SHORTEST_TELLING]
    return [text for text in (*told, *filter(None, people), *filter(None, secrets)) if text in log]


def _words(state: Mapping[str, Any]) -> Iterator[str]:
    """All that anybody wrote."""
    yield from (message["text"] or "" for message in state["slack"]["messages"])
    for ticket in state["zendesk"]["tickets"]:
        yield ticket["subject"] or ""
        yield from (comment["body"] or "" for comment in ticket["comments"])
