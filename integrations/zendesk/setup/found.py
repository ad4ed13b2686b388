"""Reads what an account has, of everything that a setup looks at; what the credentials may not see is unknown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from bot.domain.errors import NotFound, PermanentFailure, SignedOut
from integrations.zendesk.api.session import TOO_LONG, Json, SafeSession
from integrations.zendesk.setup.wanted import Kind

T = TypeVar("T")

_LISTS: Mapping[Kind, str] = {
    "webhook": "/api/v2/webhooks",
    "trigger": "/api/v2/triggers.json",
    "macro": "/api/v2/macros.json",
    "view": "/api/v2/views.json",
    "group": "/api/v2/groups.json",
}


@dataclass(frozen=True)
class Found:
    """An account as it is; None stands for what could not be seen.

    Args:
        me: the user the credentials act as.
        scopes: of the token, None where it has none or does not tell.
        role: what the user's custom role allows; empty for administrators and for whom nothing is known.
        lists: the records of each kind.
        too_long: kinds of which there are more than are read; a part of them says nothing of what is missing.
        brands: the account's, `own_brands` the ids of those that the user works for.
    """

    me: Json = field(default_factory=dict)
    scopes: frozenset[str] | None = None
    role: Json | None = None
    lists: Mapping[Kind, Sequence[Json] | None] = field(default_factory=dict)
    fields: Sequence[Json] | None = None
    brands: Sequence[Json] | None = None
    own_brands: frozenset[object] | None = None
    statuses: Sequence[Json] | None = None
    too_long: frozenset[Kind] = frozenset()

    @property
    def is_admin(self) -> bool:
        """Whether the credentials act as an administrator."""
        return self.me.get("role") == "admin"


def read_account(session: SafeSession) -> Found:
    """Return what the account has.

    Raises:
        RemoteError: Zendesk is not reached, or does not know the credentials.
    """
    me = _me(session)
    too_long: set[Kind] = set()
    own = _seen(lambda: _all(session, f"/api/v2/users/{me.get('id')}/brand_agents.json", "brand_agents"))
    return Found(
        me,
        _seen(lambda: _scopes(session)),
        _seen(lambda: _role(session, me)),
        {kind: _seen(lambda k=kind, p=path: _living(session, k, p, too_long)) for kind, path in _LISTS.items()},  # type: ignore[misc]
        _seen(lambda: _all(session, "/api/v2/ticket_fields.json", "ticket_fields")),
        _seen(lambda: _all(session, "/api/v2/brands.json", "brands")),
        None if own is None else frozenset(each.get("brand_id") for each in own),
        _seen(lambda: _listed(session.get_json("/api/v2/custom_statuses.json"), "custom_statuses")),
        frozenset(too_long),
    )


def _me(session: SafeSession) -> Json:
    """A misspelt scope yields a token all the same, and every call is forbidden then."""
    try:
        return _object(session.get_json("/api/v2/users/me.json"), "user")
    except SignedOut:
        raise
    except PermanentFailure as error:
        what = f"{error}: the token may do nothing; give the OAuth client the scopes read and write"
        raise PermanentFailure(what, error.code) from None


def _seen(look: Callable[[], T]) -> T | None:
    """Return what is seen, None where Zendesk refuses the look or has no such thing in this plan."""
    try:
        return look()
    except SignedOut:
        raise
    except (PermanentFailure, NotFound):
        return None


def _living(session: SafeSession, kind: Kind, path: str, too_long: set[Kind]) -> list[Json]:
    """Return all of a kind: what is missing in a part would be made twice."""
    try:
        pages = list(session.pages(path, f"{kind}s", is_whole=True))
    except PermanentFailure as error:
        if error.code == TOO_LONG:
            too_long.add(kind)
        raise
    return [each for page in pages for each in page if each.get("deleted") is not True]


def _all(session: SafeSession, path: str, key: str) -> list[Json]:
    return [each for page in session.pages(path, key) for each in page]


def _scopes(session: SafeSession) -> frozenset[str] | None:
    token = _object(session.get_json("/api/v2/oauth/tokens/current.json"), "token")
    scopes = token.get("scopes")
    return frozenset(map(str, scopes)) if isinstance(scopes, list) else None


def _role(session: SafeSession, me: Json) -> Json | None:
    if not me.get("custom_role_id"):
        return None
    body = session.get_json(f"/api/v2/custom_roles/{me['custom_role_id']}.json")
    return _object(_object(body, "custom_role"), "configuration")


def _object(body: Json, key: str) -> Json:
    value = body.get(key)
    return value if isinstance(value, dict) else {}


def _listed(body: Json, key: str) -> list[Json]:
    return [each for each in body.get(key) or () if isinstance(each, dict)]
