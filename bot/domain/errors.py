"""The error classes, named by the reaction they need: refuse, retry, give up, escalate, take again, stop.

FrontdeskError
├─ InvalidRequest       refuse the request, store nothing      (400)
│  ├─ BadSignature      refuse                                 (401)
│  └─ TooLarge          refuse                                 (413)
├─ RemoteError          a vendor said no
│  ├─ TemporaryFailure  try again later, bounded               (`retry_after` seconds when the vendor said so)
│  │  ├─ Paced          not sent yet: others have their turn first
│  │  └─ SignedOut      the vendor does not take our credentials: somebody must mend them
│  ├─ UnknownOutcome    the call may have been carried out: read back before sending again
│  └─ PermanentFailure  dead-letter and count
│     └─ NotFound       the thing is gone
├─ AgentError           escalate to a human
│  └─ ModelTrouble      ask the model again while the desk has patience, then escalate
├─ Conflict             somebody else changed it first: take again
│  └─ LeaseLost         another worker owns the conversation: write nothing
└─ ConfigError          stop at start and name every variable
"""

from typing import ClassVar


class FrontdeskError(Exception):
    """Base of all errors this project raises on purpose."""


class InvalidRequest(FrontdeskError):
    """What came in cannot be accepted; nothing was stored."""


class BadSignature(InvalidRequest):
    """The request is not signed by the vendor, or is too old."""


class TooLarge(InvalidRequest):
    """The body is larger than the route accepts."""


class RemoteError(FrontdeskError):
    """A vendor refused, failed or did not answer."""


class TemporaryFailure(RemoteError):
    """The vendor certainly did not carry it out; it may do so later.

    Args:
        message: what failed, without customers' words.
        retry_after: seconds the vendor asked to wait, or None when it did not say.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Paced(TemporaryFailure):
    """Nothing was sent, to keep a vendor's limit: come back when `retry_after` seconds are over."""


class SignedOut(TemporaryFailure):
    """The vendor does not take our credentials; what waits is delivered once somebody has mended them."""


class UnknownOutcome(TemporaryFailure):
    """The connection broke after the request was sent: it may or may not have been carried out."""


class PermanentFailure(RemoteError):
    """The vendor will never carry this out as it stands.

    Args:
        message: what failed, without customers' words.
        code: the vendor's error code, for the log.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class NotFound(PermanentFailure):
    """The ticket, channel, user or file does not exist (any more)."""


THREAD_GONE = "thread_gone"
"""Code of the `NotFound` of a Slack thread whose root was deleted: what was said there would stand in the channel."""


class AgentError(FrontdeskError):
    """The model failed, refused or ran too long; a human takes the conversation.

    Args:
        reason: short and fit for a human agent's eyes.
        error: class of what happened, for the log.
        status: the HTTP status that the model's server answered with, None where it did not answer.
        code: the vendor's error code, for the log.
        why: what it comes down to, one of `bot.domain.models.faults.Why`; empty where nobody can tell.
    """

    is_fault: ClassVar[bool] = True
    """Whether something is broken that those who run it should hear of."""

    def __init__(
        self, reason: str, *, error: str = "", status: int | None = None, code: str = "", why: str = ""
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.why = why
        self.error = error or type(self).__name__
        self.status = status
        self.code = code


class ModelTrouble(AgentError):
    """A call of the model led to nothing usable; made again it may well do so.

    Args:
        tries: how often it is worth that, None for as long as the desk has patience.
        hint: what the model is told then, empty for nothing.
        retry_after: seconds that the server asked to wait, None where it did not say.
    """

    def __init__(
        self,
        reason: str,
        *,
        error: str = "",
        status: int | None = None,
        code: str = "",
        why: str = "",
        tries: int | None = None,
        hint: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(reason, error=error, status=status, code=code, why=why)
        self.tries = tries
        self.hint = hint
        self.retry_after = retry_after


def passes_by(status: int) -> bool:
    """Return whether a server that answers with this status may answer well a moment later.

    Clouds and gateways have statuses of their own above 500 (520 to 530), among them 529 for "overloaded".
    """
    return status in {408, 409, 425, 429} or (status >= 500 and status not in {501, 505})


class Conflict(FrontdeskError):
    """The thing changed since it was read."""


class LeaseLost(Conflict):
    """Another worker holds the conversation; this one must write nothing more."""


class ConfigError(FrontdeskError):
    """The environment or the desk cannot work; the message names every problem and its mend."""
