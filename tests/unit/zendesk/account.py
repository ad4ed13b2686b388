"""An account over dictionaries: the reader and the writer see it in place of a client."""

from collections.abc import Iterator, Sequence
from typing import Any

from bot.domain.errors import TemporaryFailure
from integrations.zendesk.api.session import Json

BOT, SARAH, DANA = 1001, 2001, 1002
PEOPLE = {
    BOT: {"id": BOT, "name": "Frontdesk Bot", "role": "agent"},
    SARAH: {"id": SARAH, "name": "Sarah Chen", "role": "end-user", "email": "s@example.com", "verified": True},
    DANA: {"id": DANA, "name": "Dana Reyes", "role": "agent"},
}


class Lists:
    """The session's lists as a test sets them; counts the pages that were taken."""

    def __init__(self) -> None:
        self.pages_by_key: dict[str, list[list[Json]]] = {}
        self.taken = 0
        self.found_users: list[Any] | Exception = []

    def pages(self, path: str, key: str, params: Json | None = None) -> Iterator[list[Json]]:
        for page in self.pages_by_key.get(key, [[]]):
            self.taken += 1
            yield page

    def get_json(self, path: str, params: Json | None = None) -> Json:
        assert path == "/api/v2/users/search.json"
        if isinstance(self.found_users, Exception):
            raise self.found_users
        return {"users": self.found_users}


class Account:
    """An `Api` over dictionaries."""

    def __init__(self) -> None:
        self.lists = Lists()
        self.people: dict[int, Json] = dict(PEOPLE)
        self.tickets: dict[int, Json] = {7: {"id": 7, "requester_id": SARAH, "submitter_id": SARAH}}
        self.asked_users: list[list[int]] = []
        self.failing = False
        self.refusals: list[Exception] = []
        self.created: list[tuple[str, Json]] = []
        self.changed: list[Json] = []
        self.made_users: list[Json] = []
        self.uploaded: list[tuple[str, str, bytes]] = []

    @property
    def session(self) -> Any:
        return self.lists

    def ticket(self, ticket_id: int) -> Json:
        return self.tickets[ticket_id]

    def me(self) -> Json:
        return self.people.get(BOT, {"id": None, "name": "Anonymous user", "role": "end-user"})

    def users(self, ids: Sequence[int]) -> list[Json]:
        if self.failing:
            raise TemporaryFailure("down")
        self.asked_users.append(list(ids))
        return [self.people[number] for number in ids if number in self.people]

    def create_ticket(self, fields: Json, key: str) -> Json:
        self.created.append((key, fields))
        self._refuse()
        return {"id": 40, **fields}

    def change_ticket(self, ticket_id: int, fields: Json) -> tuple[Json, Json]:
        self.changed.append(fields)
        self._refuse()
        return {"id": ticket_id, **fields}, {"events": [{"id": 90, "type": "Comment"}]}

    def create_or_update_user(self, fields: Json) -> Json:
        self.made_users.append(fields)
        return {"id": 3000 + len(self.made_users)}

    def attachment(self, attachment_id: int) -> Json:
        return {"id": attachment_id, "content_url": "https://acme.zendesk.com/attachments/token/x"}

    def upload(self, name: str, mime: str, data: bytes) -> str:
        self.uploaded.append((name, mime, data))
        return f"token-{len(self.uploaded)}"

    def _refuse(self) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
