"""Slack's failures by the reaction they need, and `Retry-After` obeyed."""

import pytest

from bot.domain.errors import NotFound, PermanentFailure, SignedOut, TemporaryFailure, UnknownOutcome
from integrations.slack.pacing import Pacing
from integrations.slack.refusals import refusal


@pytest.mark.parametrize(
    ("status", "code", "reaction"),
    [
        (429, "ratelimited", TemporaryFailure),
        (200, "rate_limited", TemporaryFailure),
        (200, "internal_error", UnknownOutcome),
        (200, "fatal_error", UnknownOutcome),
        (503, "service_unavailable", UnknownOutcome),
        (502, "", UnknownOutcome),
        (408, "", UnknownOutcome),
        (200, "", UnknownOutcome),
        (200, "team_added_to_org", TemporaryFailure),
        (200, "channel_not_found", NotFound),
        (200, "message_not_found", NotFound),
        (200, "is_archived", PermanentFailure),
        (200, "invalid_auth", SignedOut),
        (200, "account_inactive", SignedOut),
        (200, "token_revoked", SignedOut),
        (200, "not_authed", SignedOut),
        (200, "missing_scope", PermanentFailure),
        (404, "", PermanentFailure),
        (413, "", PermanentFailure),
        (200, "some_new_code", PermanentFailure),
    ],
)
def test_each_refusal_of_a_write_names_its_reaction(status: int, code: str, reaction: type[Exception]) -> None:
    assert type(refusal("chat.postMessage", status, code, "", write=True)) is reaction


@pytest.mark.parametrize(("status", "code"), [(502, ""), (200, "internal_error"), (200, "")])
def test_a_broken_read_is_simply_asked_again(status: int, code: str) -> None:
    assert type(refusal("users.info", status, code, "", write=False)) is TemporaryFailure


@pytest.mark.parametrize(("header", "wait"), [("30", 30.0), ("0", 1.0), ("", 5.0), ("soon", 5.0), ("²", 5.0)])
def test_slacks_word_on_the_wait_is_kept(header: str, wait: float) -> None:
    limited = refusal("chat.postMessage", 429, "ratelimited", header, write=True)
    assert isinstance(limited, TemporaryFailure)
    assert limited.retry_after == wait


class Clock:
    time = 100.0

    def now(self) -> float:
        return self.time


def test_a_cooling_channel_fails_fast_until_its_time_is_over() -> None:
    clock = Clock()
    pacing = Pacing(clock)
    pacing.cool("C1", 30)
    pacing.cool("C1", 10)

    with pytest.raises(TemporaryFailure) as resting:
        pacing.check("C1", "chat.postMessage")
    assert resting.value.retry_after == 30
    pacing.check("C2", "chat.postMessage")
    clock.time += 30
    pacing.check("C1")


def test_what_has_cooled_down_is_forgotten() -> None:
    clock = Clock()
    pacing = Pacing(clock)
    for number in range(1_002):
        pacing.cool(f"C{number}", 1)
    clock.time += 2
    pacing.cool("C", 1)
    assert len(pacing._until) == 1
