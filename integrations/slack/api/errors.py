"""Maps Slack's error codes to our errors: https://docs.slack.dev/reference/methods (each method's errors)."""

from bot.domain.errors import NotFound, PermanentFailure, RemoteError, SignedOut, TemporaryFailure, UnknownOutcome

RATE_LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_BROKEN = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable"})
_PASSING = frozenset({"accesslimited", "external_channel_migrating", "streaming_state_conflict", "team_added_to_org"})
_SIGNED_OUT = frozenset({"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"})
"""A token is rotated, revoked by mistake or mistyped, and mended: what was to be said is still to be said."""
_GONE = frozenset(
    {
        "channel_not_found",
        "file_deleted",
        "file_not_found",
        "message_not_found",
        "thread_not_found",
        "user_not_found",
        "user_not_visible",
        "users_not_found",
    }
)
DEFAULT_WAIT_SECONDS = 5.0


def refusal(method: str, status: int, code: str, retry_after: str, *, write: bool) -> RemoteError:
    """Return the error for an answer that is not `ok`.

    Args:
        status: HTTP status; Slack answers most refusals with 200.
        code: Slack's error code, empty when the body held none.
        retry_after: the header's value, seconds.
        write: whether the call changes something, so that a broken answer leaves its outcome open.
    """
    what = f"{method}: {code or status}"
    if status == 429 or code in RATE_LIMITED:
        return TemporaryFailure(what, retry_after=_seconds(retry_after))
    if _is_broken(status, code):
        return unanswered(what, write=write)
    if code in _PASSING:
        return TemporaryFailure(what)
    if code in _SIGNED_OUT:
        return SignedOut(what)
    if code in _GONE:
        return NotFound(what, code)
    return PermanentFailure(what, code or f"http_{status}")


def _is_broken(status: int, code: str) -> bool:
    """Whether it came of something that broke within Slack or on the way, where most answers have no code."""
    return code in _BROKEN or (not code and (status >= 500 or status in {200, 408}))


def unanswered(what: str, *, write: bool) -> TemporaryFailure:
    """Return the error for a call that was sent and not answered sensibly."""
    return UnknownOutcome(what) if write else TemporaryFailure(what)


def _seconds(header: str) -> float:
    return max(float(header), 1.0) if header.isascii() and header.isdigit() else DEFAULT_WAIT_SECONDS
