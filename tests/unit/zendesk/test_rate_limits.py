"""The account's requests per minute, as its answers tell."""

import pytest

from bot.domain.errors import PermanentFailure, TemporaryFailure
from integrations.zendesk.api.errors import RateLimit
from integrations.zendesk.api.rate_limits import RequestBudget, Seen


class Told:
    """A `Pacing` that remembers what it was told."""

    def __init__(self) -> None:
        self.rests: list[float] = []
        self.entered: list[tuple[str, str, float]] = []

    async def enter(self, place: str, caller: str, every: float) -> None:
        self.entered.append((place, caller, every))

    async def rest(self, place: str, seconds: float) -> None:
        self.rests.append(seconds)


LIMITED = TemporaryFailure("429", retry_after=17)


@pytest.mark.parametrize(
    ("limits", "failure", "rests"),
    [
        ({}, LIMITED, [17.0]),
        ({"account": RateLimit(700, 0, 30)}, LIMITED, [17.0]),
        ({"account": RateLimit(700, 600), "tickets-update": RateLimit(100, 0)}, LIMITED, [17.0]),
        ({"account": RateLimit(700, 600)}, LIMITED, []),
        ({}, TemporaryFailure("429", retry_after=600), [60.0]),
        ({}, TemporaryFailure("500"), []),
        ({}, PermanentFailure("422"), []),
        ({"account": RateLimit(700, 69, 35)}, None, [0.5]),
        ({"account": RateLimit(700, 9)}, None, [6.0]),
        ({"account": RateLimit(700, 600, 30)}, None, []),
        ({}, None, []),
    ],
    ids=[
        "429 without a word",
        "account used up",
        "an endpoint's budget used up",
        "one ticket updated too often",
        "a wait longer than a minute",
        "no wait asked for",
        "refused",
        "little left: spread over the rest of the minute",
        "little left, no word on the reset",
        "plenty left",
        "no headers",
    ],
)
async def test_what_the_account_does_after_an_answer(
    limits: dict[str, RateLimit], failure: Exception | None, rests: list[float]
) -> None:
    told = Told()
    await RequestBudget("https://acme.zendesk.com", told).learn(Seen(limits), failure)

    assert told.rests == rests


async def test_requests_keep_the_distance_of_the_accounts_own_rate() -> None:
    told = Told()
    budget = RequestBudget("https://acme.zendesk.com", told)
    await budget.learn(Seen({"account": RateLimit(200, 150)}), None)
    await budget.enter("41")

    assert told.entered == [("zendesk:https://acme.zendesk.com", "41", 0.3)]
