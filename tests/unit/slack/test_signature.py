"""Only Slack gets in: https://docs.slack.dev/authentication/verifying-requests-from-slack."""

import pytest

from bot.domain.errors import BadSignature
from integrations.slack.inbound.signature import sign, verify

# Slack's published example.
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TIMESTAMP = "1531420618"
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554"
    b"%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
NOW = float(TIMESTAMP)


def test_slacks_published_example_is_accepted() -> None:
    verify(BODY, TIMESTAMP, SIGNATURE, [SECRET], NOW)


def test_both_secrets_are_accepted_during_a_rotation() -> None:
    verify(BODY, TIMESTAMP, SIGNATURE, ["the-new-one", SECRET], NOW)
    verify(BODY, TIMESTAMP, sign(BODY, TIMESTAMP, "the-new-one").decode(), ["the-new-one", SECRET], NOW)


@pytest.mark.parametrize("age", [-300, 0, 300])
def test_five_minutes_of_clock_skew_are_allowed(age: int) -> None:
    verify(BODY, TIMESTAMP, SIGNATURE, [SECRET], NOW + age)


@pytest.mark.parametrize("age", [-301, 301, 1e9])
def test_a_replayed_request_is_stale(age: float) -> None:
    with pytest.raises(BadSignature, match="stale"):
        verify(BODY, TIMESTAMP, SIGNATURE, [SECRET], NOW + age)


@pytest.mark.parametrize(
    "timestamp", ["", None, "1531420618.0", "soon", "-1531420618", "١٥٣١", "1" * 5000, " 1531420618"]
)
def test_a_timestamp_that_is_no_integer_is_refused(timestamp: str | None) -> None:
    with pytest.raises(BadSignature):
        verify(BODY, timestamp, SIGNATURE, [SECRET], NOW)


@pytest.mark.parametrize("signature", ["", None, "v0=", SIGNATURE[:-1], "v1" + SIGNATURE[2:], "v0=é" + SIGNATURE[4:]])
def test_a_wrong_signature_is_refused(signature: str | None) -> None:
    with pytest.raises(BadSignature):
        verify(BODY, TIMESTAMP, signature, [SECRET], NOW)


def test_a_changed_body_is_refused() -> None:
    with pytest.raises(BadSignature):
        verify(BODY + b" ", TIMESTAMP, SIGNATURE, [SECRET], NOW)


@pytest.mark.parametrize("secrets", [[], [""]])
def test_without_a_secret_nobody_gets_in(secrets: list[str]) -> None:
    with pytest.raises(BadSignature):
        verify(BODY, TIMESTAMP, sign(BODY, TIMESTAMP, "").decode(), secrets, NOW)
