"""Reads for whom restricted Help Center articles are: the user segments of the account.

https://developer.zendesk.com/api-reference/help_center/help-center-api/user_segments/
"""

from collections.abc import Container, Iterable, Iterator, Mapping

import structlog

from bot.domain.errors import PermanentFailure
from bot.domain.knowledge.articles import SIGNED_IN
from integrations.zendesk.api.session import Json, SafeSession

SEGMENTS = "/api/v2/help_center/user_segments.json"
ORGANISATIONS = "/api/v2/organizations/show_many.json"

_NARROWER = ("group_ids", "tags", "or_tags", "added_user_ids")
"""What narrows a segment to people that no desk can tell."""

log = structlog.get_logger(__name__)

Audiences = Mapping[int, frozenset[str]]
"""Segment → who may read its articles, as a desk knows them: verified customers, or organisations by name."""


def audiences(session: SafeSession, wanted: Iterable[int]) -> Audiences:
    """Return who the wanted segments are; one that cannot be told, or is for agents, is missing: nobody reads it.

    Raises:
        TemporaryFailure: the help center does not answer at the moment.
    """
    ids = set(wanted)
    if not ids:
        return {}
    try:
        known = {segment["id"]: segment for segment in _segments(session, ids) if _can_be_told(segment)}
        names = _names(session, _organisations_of(known.values()))
    except PermanentFailure as error:  # only some agents may read them
        log.info("knowledge.segments_unread", error=type(error).__name__, then="restricted articles stay hidden")
        return {}
    return {number: _audience(segment, names) for number, segment in known.items()}


def _segments(session: SafeSession, ids: Container[int]) -> Iterator[Json]:
    for page in session.pages(SEGMENTS, "user_segments"):
        yield from (segment for segment in page if segment.get("id") in ids)


def _organisations_of(segments: Iterable[Json]) -> set[int]:
    return {one for segment in segments for one in segment.get("organization_ids") or ()}


def _can_be_told(segment: Json) -> bool:
    return segment.get("user_type") == "signed_in_users" and not any(segment.get(name) for name in _NARROWER)


def _audience(segment: Json, names: Mapping[int, str]) -> frozenset[str]:
    organisations = segment.get("organization_ids") or ()
    return frozenset(names[one] for one in organisations if one in names) if organisations else frozenset({SIGNED_IN})


def _names(session: SafeSession, ids: set[int]) -> Mapping[int, str]:
    if not ids:
        return {}
    listed = ",".join(str(number) for number in sorted(ids)[:100])
    found = session.get_json(ORGANISATIONS, {"ids": listed}).get("organizations") or []
    return {each["id"]: str(each.get("name") or "") for each in found if each.get("name")}
