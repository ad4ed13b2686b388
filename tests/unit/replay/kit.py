"""Past tickets for tests, as the API gives them and as they are read."""

from typing import Any

Json = dict[str, Any]

SARAH: Json = {"id": 1, "name": "Sarah Chen", "email": "sarah.chen@example.com", "role": "end-user", "verified": True}
NADIA: Json = {"id": 2, "name": "Nadia Rossi", "email": "nadia@support.example", "role": "agent", "verified": True}
GROUPS: list[Json] = [{"id": 7, "name": "Billing"}]


def comment(number: int, author: int, text: str | None, **fields: Any) -> Json:
    at = f"2026-10-05T10:{number:02}:00Z"
    known = {"id": number, "author_id": author, "public": True, "created_at": at, "plain_body": text, "body": text}
    return known | fields


def line(*comments: Any, users: Any = (SARAH, NADIA), groups: Any = GROUPS, **fields: Any) -> Json:
    ticket = {
        "id": 55,
        "subject": "Refund",
        "status": "solved",
        "priority": "high",
        "group_id": 7,
        "requester_id": 1,
        "submitter_id": 1,
        "created_at": "2026-10-05T10:00:00Z",
        "updated_at": "2026-10-06T10:00:00Z",
        "via": {"channel": "email"},
        "tags": [],
    }
    return {"ticket": ticket | fields, "comments": list(comments), "users": list(users), "groups": groups}


ASKED = comment(1, 1, "Please refund order A1001.")
ANSWERED = comment(2, 2, "I've refunded 89.00 USD for order A1001.")
