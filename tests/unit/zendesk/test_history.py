"""Past tickets of an account: what is asked for where a road is closed, and how often."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import pytest

from bot.domain.errors import FrontdeskError, NotFound, PermanentFailure, SignedOut, TemporaryFailure
from integrations.zendesk.history import account
from integrations.zendesk.history.account import MOST_FAILURES, TicketHistory
from tests.unit.replay.kit import ANSWERED, ASKED, NADIA, SARAH, line

T = TypeVar("T")
COMMENTS = "/api/v2/tickets/55/comments.json"
FORBIDDEN = PermanentFailure("GET: 403", "403")


class FakeAccount:
    """Answers paths from a table; an error in it is raised."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        ticket = line()["ticket"]
        known = {
            account.GROUPS: {"groups": [{"id": 7, "name": "Billing"}]},
            account.TICKETS: {"tickets": [ticket], "end_of_stream": True},
            account.USERS: {"users": [SARAH, NADIA]},
            COMMENTS: {"comments": [ASKED, ANSWERED]},
        }
        self._answers = known | dict(answers)
        self.asked: list[str] = []

    async def administer(self, work: Callable[[Any], T]) -> T:
        return work(self)

    def get_json(self, path: str, _params: Any = None) -> Any:
        self.asked.append(path)
        answer = self._answers.get(path, NotFound("GET: 404", "404"))
        answer = answer.pop(0) if isinstance(answer, list) else answer
        if isinstance(answer, FrontdeskError):
            raise answer
        return answer


async def no_sleep(_seconds: float) -> None:
    """Wait for nothing."""


async def read(fake: FakeAccount) -> Any:
    history = TicketHistory(fake, sleep=no_sleep)
    return await history.whole(await history.solved(0.0))


@pytest.mark.parametrize(
    ("answers", "group"),
    [
        ({}, "Billing"),  # nobody knows the stream of events
        ({account.EVENTS: FORBIDDEN}, "Billing"),
        ({account.GROUPS: FORBIDDEN}, ""),
        ({account.TICKETS: FORBIDDEN, account.SEARCH: {"results": [line()["ticket"]]}}, "Billing"),
    ],
)
async def test_where_one_road_is_closed_another_is_taken(answers: Mapping[str, Any], group: str) -> None:
    fake = FakeAccount(answers)

    [ticket] = await read(fake)

    assert ([comment.text for comment in ticket.comments], ticket.group) == (
        [ASKED["body"], ANSWERED["body"]],
        group,
    )
    assert fake.asked[-2:] == [COMMENTS, account.USERS]


async def test_a_comment_that_two_pages_tell_of_is_one() -> None:
    event = {"ticket_id": 55, "child_events": [{**ASKED, "event_type": "Comment"}, {"event_type": "Change", "id": 9}]}
    last = {"ticket_id": 55, "child_events": [{**ANSWERED, "event_type": "Comment"}]}
    foreign = {"ticket_id": 56, "child_events": [{**ANSWERED, "event_type": "Comment"}]}
    following = f"{account.EVENTS}?start_time=2"
    pages = {
        account.EVENTS: {"ticket_events": [event, foreign], "next_page": f"https://x{following}"},
        following: {"ticket_events": [event, last], "next_page": f"https://x{following}"},
    }

    [ticket] = await read(FakeAccount(pages))

    assert [comment.text for comment in ticket.comments] == [ASKED["body"], ANSWERED["body"]]


async def test_a_failure_is_tried_again_a_few_times_and_a_limit_longer() -> None:
    patient = FakeAccount({account.GROUPS: [*[TemporaryFailure("429", 1.0)] * 20, {"groups": []}]})
    away = FakeAccount({account.GROUPS: TemporaryFailure("no answer")})
    stranger = FakeAccount({account.GROUPS: SignedOut("401")})

    assert len(await read(patient)) == 1
    with pytest.raises(TemporaryFailure):
        await read(away)
    with pytest.raises(SignedOut):
        await read(stranger)
    assert (len(away.asked), len(stranger.asked)) == (MOST_FAILURES + 1, 1)
