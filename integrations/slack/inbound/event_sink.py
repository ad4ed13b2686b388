"""The interface through which the receiver hands on what arrived, to be stored."""

import logging
from collections.abc import Awaitable
from typing import Protocol, TypeVar

from bot.domain.errors import TemporaryFailure
from integrations.slack.drafts.submission import Submission
from integrations.slack.inbound.clicks import Click
from integrations.slack.inbound.incoming import (
    AccessChanged,
    Deletion,
    Edit,
    Gone,
    Incoming,
    Moved,
    RateLimited,
    Removed,
    SlackMessage,
    Stop,
)

_log = logging.getLogger(__name__)
T = TypeVar("T")


class EventSink(Protocol):
    """Stores what arrived; returns only when it is stored, raises `TemporaryFailure` when it cannot be."""

    async def line(self, arrival: SlackMessage) -> None:
        """Store a person's line, or drop it when its channel is not answered."""

    async def edit(self, edit: Edit) -> None:
        """Replace the text of a line that no turn took yet."""

    async def delete(self, deletion: Deletion) -> None:
        """Withdraw a line that no turn took yet."""

    async def click(self, click: Click) -> None:
        """Store a click on a button."""

    async def submit(self, submission: Submission) -> str:
        """Store that somebody sends a draft in their own words; return why not, where it is certain to be in vain."""

    async def stop(self, stop: Stop) -> None:
        """Store that the customer wants no answer any more."""

    async def moved(self, moved: Moved) -> None:
        """Store that a channel has another id."""

    async def gone(self, gone: Gone) -> None:
        """Store that nothing can be said in a channel any more."""

    async def removed(self, removed: Removed) -> None:
        """Forget the token of an installation that has ended."""

    async def access_changed(self, change: AccessChanged) -> None:
        """Keep which workspaces of an organisation have the app."""


async def accept(acceptor: EventSink, incoming: Incoming | Click) -> None:
    """Hand over what arrived; nothing happens for what is ignored.

    Raises:
        TemporaryFailure: it is not stored; Slack must send it again.
    """
    await _stored(_store(acceptor, incoming))


async def submitted(acceptor: EventSink, submission: Submission) -> str:
    """Hand over what somebody submitted; return why it is not taken, empty where it is.

    Raises:
        TemporaryFailure: it is not stored; the person is told to try again.
    """
    return await _stored(acceptor.submit(submission))


async def _stored(storing: Awaitable[T]) -> T:
    try:
        return await storing
    except TemporaryFailure:
        raise
    except Exception as error:
        # Only the kind is logged: the error's own text may repeat what the customer wrote.
        _log.error("could not store what Slack sent: %s", type(error).__name__)
        raise TemporaryFailure("not stored") from error


async def _store(acceptor: EventSink, incoming: Incoming | Click) -> None:
    match incoming:
        case SlackMessage():
            await acceptor.line(incoming)
        case Click():
            await acceptor.click(incoming)
        case Edit():
            await acceptor.edit(incoming)
        case Deletion():
            await acceptor.delete(incoming)
        case Stop():
            await acceptor.stop(incoming)
        case Moved():
            await acceptor.moved(incoming)
        case Gone():
            await acceptor.gone(incoming)
        case Removed() | AccessChanged():
            await _changed_installation(acceptor, incoming)
        case RateLimited():
            _log.warning("Slack holds back events of workspace %s", incoming.team)


async def _changed_installation(acceptor: EventSink, incoming: Removed | AccessChanged) -> None:
    if isinstance(incoming, AccessChanged):
        await acceptor.access_changed(incoming)
        return
    # What is still to be said there becomes dead letters, and /readyz names Slack.
    _log.error("the app was removed from Slack workspace %s: %s", incoming.team, incoming.why)
    await acceptor.removed(incoming)
