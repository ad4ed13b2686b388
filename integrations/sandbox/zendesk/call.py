"""One authenticated Zendesk request, and the answers all handlers build."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations.sandbox.core.wire import JSON, Answer, BadBody, Call
from integrations.sandbox.zendesk.desk import Desk
from integrations.sandbox.zendesk.state import ZendeskUser
from integrations.sandbox.zendesk.write import ZendeskError

MAX_PAGE = 100


@dataclass(slots=True)
class Ask:
    """A request with who makes it; `ids` are the path's ids, `dropped` the keys Zendesk ignores."""

    desk: Desk
    call: Call
    actor: ZendeskUser
    ids: tuple[str, ...]
    scopes: frozenset[str]
    controller: str
    dropped: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """Where resource URLs begin."""
        return f"{self.desk.world.base_url}/api/v2"

    def body(self, name: str, allowed: frozenset[str]) -> JSON:
        """The object under `name`; unknown keys are dropped and only named in a response header."""
        try:
            value = self.call.json().get(name)
        except BadBody as error:
            body = {"error": "Unprocessable Entity", "message": "Server could not parse JSON"}
            raise ZendeskError(422, body) from error
        if not isinstance(value, dict):
            description = f"Parameter {name} is required"
            raise ZendeskError(400, {"error": "RequestParameterMissing", "description": description})
        return self.permit(value, allowed, name)

    def permit(self, value: Any, allowed: frozenset[str], where: str) -> JSON:
        """The known keys of an object."""
        if not isinstance(value, dict):
            return {}
        self.dropped += [f"{where}.{key}" for key in value if key not in allowed]
        return {key: item for key, item in value.items() if key in allowed}

    def answer(self, body: JSON, status: int = 200, **headers: str) -> Answer:
        """JSON with the warning header, where keys were dropped."""
        if self.dropped:
            keys = json.dumps(self.dropped)
            self.headers["x-zendesk-api-warn"] = (
                f'{{:allowed_parameters=>{{:controller=>"{self.controller}", :unpermitted_keys=>{keys}}}}}'
            )
        return Answer(status, body, {**self.headers, **{k.replace("_", "-"): v for k, v in headers.items()}})

    def page(self, name: str, items: Sequence[Any], shape: Any, **extra: Any) -> Answer:
        """One page, by cursor where ``page[size]`` or a cursor is given, else by offset."""
        query = self.call.query
        if any(key.startswith("page[") for key in query):
            return self._cursor_page(name, items, shape, extra)
        per_page, page = self._whole("per_page", MAX_PAGE), self._whole("page", 1)
        per_page = min(per_page, MAX_PAGE)
        start = (page - 1) * per_page
        shown = [shape(item) for item in items[start : start + per_page]]
        links = {
            "next_page": self._link(page=page + 1) if start + per_page < len(items) else None,
            "previous_page": self._link(page=page - 1) if page > 1 else None,
            "count": len(items),
        }
        return self.answer({name: shown, **extra, **links})

    def _cursor_page(self, name: str, items: Sequence[Any], shape: Any, extra: JSON) -> Answer:
        query = self.call.query
        size = self._whole("page[size]", MAX_PAGE)
        if size > MAX_PAGE:
            text = "page[size] must be between 1 and 100"
            raise ZendeskError(400, {"error": "InvalidPaginationParameter", "description": text})
        if "page[before]" in query:
            end = self._offset(query["page[before]"])
            start = max(0, end - size)
        else:
            start = self._offset(query.get("page[after]", "o0"))
            end = start + size
        shown = [shape(item) for item in items[start:end]]
        more = end < len(items)
        meta = {
            "has_more": more,
            "after_cursor": f"o{end}" if shown else None,
            "before_cursor": f"o{start}" if shown else None,
        }
        links = {
            "next": self._link(**{"page[after]": f"o{end}"}) if more else None,
            "prev": self._link(**{"page[before]": f"o{start}"}) if start else None,
        }
        return self.answer({name: shown, **extra, "meta": meta, "links": links})

    def _whole(self, name: str, default: int) -> int:
        text = self.call.query.get(name, str(default))
        if not re.fullmatch(r"\d{1,9}", text) or int(text) < 1:
            raise ZendeskError(400, {"error": "InvalidPaginationParameter", "description": f"{name} is invalid"})
        return int(text)

    def _offset(self, cursor: str) -> int:
        if not re.fullmatch(r"o\d{1,12}", cursor):
            text = "cursor is invalid"
            raise ZendeskError(400, {"error": "InvalidPaginationParameter", "description": text})
        return int(cursor[1:])

    def _link(self, **changes: object) -> str:
        query = {k: v for k, v in self.call.query.items() if k not in {"page[after]", "page[before]"}}
        query |= {key: str(value) for key, value in changes.items()}
        text = "&".join(f"{key}={value}" for key, value in query.items())
        return f"{self.desk.world.base_url}{self.call.path}?{text}"


def ids_of(text: str) -> list[int]:
    """``1,2,3`` as numbers; at most 100, as Zendesk's show_many."""
    parts = [p for p in text.split(",") if p.strip()]
    if len(parts) > MAX_PAGE:
        raise ZendeskError(400, {"error": "TooManyValues", "description": "too many ids", "max_count": MAX_PAGE})
    return [int(p) for p in parts if p.strip().isdigit()]
