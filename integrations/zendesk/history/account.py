"""Reads past tickets from an account: by the incremental exports, or by search where those are for others.

The exports are for administrators alone, ten requests a minute:
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
Search has its own: https://developer.zendesk.com/api-reference/ticketing/ticket-management/search/#export-search-results
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from bot.domain.errors import NotFound, PermanentFailure, SignedOut, TemporaryFailure
from bot.replay.past_tickets import SOLVED, PastTicket
from integrations.zendesk.api.session import Json, SafeSession, following
from integrations.zendesk.history.parse import past_ticket
from integrations.zendesk.outbound.parse import seconds

TICKETS = "/api/v2/incremental/tickets/cursor.json"
EVENTS = "/api/v2/incremental/ticket_events.json"
SEARCH = "/api/v2/search/export.json"
GROUPS = "/api/v2/groups.json"
USERS = "/api/v2/users/show_many.json"

PAGE = 1_000
SEARCH_PAGE = 100
_MANY = 100
_STREAM_WORTH = 4
"""Where the account has more than so many times the tickets that are wanted, one request for each of these is less."""
MOST_WAITS = 60
MOST_FAILURES = 5
WAIT_SECONDS = 6.0
LONGEST_WAIT_SECONDS = 120.0
_YOUNG_SECONDS = 120
"""The exports leave the last minute out, and refuse a start within it."""

T = TypeVar("T")
Told = Callable[[str], None]


class Account(Protocol):
    """What lends its session for one piece of work."""

    async def administer(self, work: Callable[[SafeSession], T]) -> T:
        """Do the work."""


class TicketHistory:
    """Past tickets of one account; it can only ask.

    Args:
        told: what people read while they wait.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        account: Account,
        told: Told = lambda _: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._account = account
        self._told = told
        self._sleep = sleep
        self._groups: list[Json] = []
        self._read = 0
        self._exports = True

    async def solved(self, since: float) -> list[PastTicket]:
        """Return the tickets that were solved after a time (Unix seconds), without what was said on them."""
        self._groups = await self._known_groups()
        fields = await self._exported(since)
        if fields is None:
            fields = await self._searched(since)
        self._fields = {str(each["id"]): each for each in fields}
        done = [each for each in self._fields.values() if _is_done(each, since)]
        self._read = len(done)
        return [past_ticket({"ticket": each, "groups": self._groups}) for each in done]

    async def whole(self, tickets: Sequence[PastTicket]) -> list[PastTicket]:
        """Return the tickets with everything that was said on them."""
        wanted = [self._fields[ticket.id] for ticket in tickets]
        comments = await self._streamed(wanted) if self._is_stream_worth(len(wanted)) else None
        if comments is None:
            comments = {str(each["id"]): await self._comments(each, n, len(wanted)) for n, each in enumerate(wanted, 1)}
        people = {_id(each, "id"): each for each in await self._users(_people_in(wanted, comments))}
        return [past_ticket(self._line(each, comments.get(str(each["id"]), []), people)) for each in wanted]

    def _is_stream_worth(self, wanted: int) -> bool:
        return self._exports and self._read <= wanted * _STREAM_WORTH

    def _line(self, fields: Json, comments: list[Json], people: dict[int, Json]) -> Json:
        named = _people_in([fields], {str(fields["id"]): comments})
        users = [people[number] for number in sorted(named) if number in people]
        return {"ticket": fields, "comments": comments, "users": users, "groups": self._groups}

    async def _known_groups(self) -> list[Json]:
        """Return the groups; where they may not be read, tickets have none by name."""
        try:
            return await self._listed(GROUPS, "groups")
        except PermanentFailure:
            self._told("the groups may not be read: tickets are told without theirs")
            return []

    async def _exported(self, since: float) -> list[Json] | None:
        """Return what the export lists, None where it is not ours to read."""
        found: dict[Any, Json] = {}
        place: Json = {"start_time": min(int(since), int(time.time()) - _YOUNG_SECONDS)}
        while True:
            body = await self._allowed(TICKETS, place | {"per_page": PAGE})
            if body is None:
                self._exports = False
                self._told("the export of tickets is for administrators: reading by search")
                return None
            found |= {each.get("id"): each for each in _items(body, "tickets")}
            self._told(f"{len(found)} tickets listed")
            cursor = body.get("after_cursor")
            if body.get("end_of_stream") is not False or not cursor or cursor == place.get("cursor"):
                return list(found.values())
            place = {"cursor": cursor}

    async def _searched(self, since: float) -> list[Json]:
        day = datetime.fromtimestamp(since, UTC).date().isoformat()
        query: Json = {"filter[type]": "ticket", "query": f"status>=solved solved>={day}", "page[size]": SEARCH_PAGE}
        return await self._listed(SEARCH, "results", query)

    async def _streamed(self, wanted: Sequence[Json]) -> dict[str, list[Json]] | None:
        """Return the comments of these tickets out of the stream of all, None where it is not ours to read.

        One event may come twice: the end of a page is the start of the next.
        """
        found: dict[str, dict[int, Json]] = {str(each["id"]): {} for each in wanted}
        start = int(min((seconds(each.get("created_at")) for each in wanted), default=0.0))
        path, params = EVENTS, {"start_time": start, "include": "comment_events"}
        seen: set[str] = set()
        while path and path not in seen:
            seen.add(path)
            body = await self._allowed(path, params)
            if body is None:
                return None
            for event in _items(body, "ticket_events"):
                _take_comments(event, found)
            self._told(f"comments until {_day(body.get('end_time'))}")
            path, params = ("" if body.get("end_of_stream") is True else following(body)), {}
        return {name: list(own.values()) for name, own in found.items()}

    async def _comments(self, fields: Json, number: int, total: int) -> list[Json]:
        if number % _MANY == 0:
            self._told(f"comments of {number} of {total} tickets")
        try:
            return await self._listed(f"/api/v2/tickets/{fields['id']}/comments.json", "comments")
        except NotFound:
            return []

    async def _users(self, ids: Iterable[int]) -> list[Json]:
        numbers, found = sorted(ids), list[Json]()
        for start in range(0, len(numbers), _MANY):
            listed = ",".join(map(str, numbers[start : start + _MANY]))
            found += _items(await self._get(USERS, {"ids": listed}), "users")
        return found

    async def _listed(self, path: str, key: str, params: Json | None = None) -> list[Json]:
        found: list[Json] = []
        asked: Json = params if params is not None else {"page[size]": _MANY}
        seen: set[str] = set()
        while path and path not in seen:
            seen.add(path)
            body = await self._get(path, asked)
            found += _items(body, key)
            path, asked = following(body), {}
        return found

    async def _allowed(self, path: str, params: Json) -> Json | None:
        """Return an answer, None where the credentials may not ask, or nobody knows the path."""
        try:
            return await self._get(path, params)
        except SignedOut:
            raise
        except (PermanentFailure, NotFound):
            return None

    async def _get(self, path: str, params: Json) -> Json:
        """Ask, and ask again after as long as the account says; of another failure a few times."""
        failures = waits = 0
        while True:
            try:
                return await self._account.administer(lambda session: session.get_json(path, params or None))
            except SignedOut:
                raise
            except TemporaryFailure as error:
                failures, waits = failures + (error.retry_after is None), waits + 1
                if failures > MOST_FAILURES or waits > MOST_WAITS:
                    raise
                wait = _wait(error)
                self._told(f"the account asks to wait {wait:.0f} s" if error.retry_after is not None else str(error))
                await self._sleep(wait)


def _wait(error: TemporaryFailure) -> float:
    asked = WAIT_SECONDS if error.retry_after is None else error.retry_after
    return min(asked, LONGEST_WAIT_SECONDS)


def _is_done(fields: Json, since: float) -> bool:
    return fields.get("status") in SOLVED and seconds(fields.get("updated_at")) >= since


def _take_comments(event: Json, found: dict[str, dict[int, Json]]) -> None:
    own = found.get(str(event.get("ticket_id")))
    if own is None:
        return
    shared = {name: event[name] for name in ("created_at", "via", "metadata") if event.get(name) is not None}
    for child in _items(event, "child_events"):
        if child.get("event_type") == "Comment" or child.get("type") == "Comment":
            own[_id(child, "id")] = shared | {name: value for name, value in child.items() if value is not None}


def _people_in(tickets: Iterable[Json], comments: dict[str, list[Json]]) -> set[int]:
    found: set[int] = set()
    for fields in tickets:
        found |= {_id(fields, name) for name in ("requester_id", "submitter_id", "assignee_id")}
        found |= {_id(each, "author_id") for each in comments.get(str(fields["id"]), [])}
    return {number for number in found if number > 0}


def _items(body: Json, key: str) -> list[Json]:
    return [each for each in body.get(key) or () if isinstance(each, dict)]


def _id(fields: Json, name: str) -> int:
    value = fields.get(name)
    return value if isinstance(value, int) else 0


def _day(at: Any) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat() if isinstance(at, int | float) else "now"
