"""Macros and views share their life: listed, shown, made, changed, deleted; who may, `permissions.py` says."""

from collections.abc import Callable
from dataclasses import dataclass

from integrations.sandbox.core.wire import JSON, Answer
from integrations.sandbox.zendesk.call import Ask
from integrations.sandbox.zendesk.state import ZendeskState
from integrations.sandbox.zendesk.write import not_found


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record.

    Args:
        name: as a request's body and an answer call one.
        keys: what a request may carry.
        kept: returns the records of the account.
        shaped: returns a record with the wanted keys put in; raises 422.
    """

    name: str
    keys: frozenset[str]
    kept: Callable[[ZendeskState], dict[int, JSON]]
    shaped: Callable[[JSON, JSON], JSON]

    @property
    def plural(self) -> str:
        """As paths and lists call them."""
        return f"{self.name}s"

    def list(self, ask: Ask) -> Answer:
        """GET /macros, /views: by position, `active=true` alone where asked."""
        found = list(self.kept(ask.desk.state).values())
        if ask.call.query.get("active") in {"true", "false"}:
            found = [each for each in found if each["active"] is (ask.call.query["active"] == "true")]
        return ask.page(self.plural, found, lambda each: self._with_url(ask, each))

    def create(self, ask: Ask) -> Answer:
        """POST: 201."""
        wanted = ask.body(self.name, self.keys)
        kept, now, number = self.kept(ask.desk.state), ask.desk.now(), ask.desk.state.next_id()
        new = {"id": number, "active": True, "position": len(kept) + 1, "created_at": now, "updated_at": now}
        kept[number] = self.shaped(new | {"description": None, "restriction": None}, wanted)
        ask.desk.world.changed()
        return ask.answer({self.name: self._with_url(ask, kept[number])}, 201)

    def one(self, ask: Ask) -> Answer:
        """GET, PUT, DELETE /macros/{id}, /views/{id}"""
        kept, number = self.kept(ask.desk.state), int(ask.ids[0])
        if number not in kept:
            raise not_found()
        if ask.call.method == "DELETE":
            del kept[number]
            ask.desk.world.changed()
            return Answer(204)
        if ask.call.method == "PUT":
            wanted = ask.body(self.name, self.keys)
            kept[number] = self.shaped(kept[number], wanted) | {"updated_at": ask.desk.now()}
            ask.desk.world.changed()
        return ask.answer({self.name: self._with_url(ask, kept[number])})

    def _with_url(self, ask: Ask, record: JSON) -> JSON:
        return {"url": f"{ask.base}/{self.plural}/{record['id']}.json", **record}
