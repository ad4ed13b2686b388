"""Slack's failures by the reaction they need, and `Retry-After` obeyed."""

import pytest

from bot.domain.errors import NotFound, Paced, PermanentFailure, SignedOut, TemporaryFailure, UnknownOutcome
from integrations.slack.api.errors import refusal
from integrations.slack.api.rate_limits import RestingPlaces, SlackPacing
from tests.doubles.clock import ManualClock


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


async def test_a_limited_method_of_a_channel_fails_fast_until_its_time_is_over() -> None:
    clock = ManualClock()
    pacing = SlackPacing(clock)
    await pacing.rest("chat.postMessage", "C1", 30)
    await pacing.rest("chat.postMessage", "C1", 10)

    with pytest.raises(Paced) as resting:
        await pacing.enter("chat.postMessage", "C1")
    assert resting.value.retry_after == 30
    await pacing.enter("chat.postMessage", "C2")
    await pacing.enter("chat.update", "C1")
    clock.advance(30)
    await pacing.enter("chat.postMessage", "C1")


async def test_a_limited_preview_rests_everywhere_and_delays_no_answer() -> None:
    pacing = SlackPacing(ManualClock())
    await pacing.rest("chat.startStream", "C1", 30)

    with pytest.raises(Paced):
        await pacing.enter("chat.startStream", "C2")
    await pacing.enter("chat.postMessage", "C1")


async def test_what_has_cooled_down_is_forgotten() -> None:
    clock = ManualClock()
    rests = RestingPlaces(clock)
    for number in range(1_002):
        await rests.rest(f"C{number}", 1)
    clock.advance(2)
    await rests.rest("C", 1)
    assert len(rests._until) == 1
