"""Compares what an account should have with what it has, and says what is to be changed. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from integrations.zendesk.outbound.triggers import SLACK_TAG, mailing_triggers
from integrations.zendesk.setup.differences import differences, is_as_made
from integrations.zendesk.setup.exclusion import has_ours, is_marked
from integrations.zendesk.setup.found import Found
from integrations.zendesk.setup.wanted import WEBHOOK_PATH, Json, Kind, Piece, group_piece, mark_of

Verb = Literal["make", "repair", "exclude", "remove", "include"]

_REMOVED: tuple[Kind, ...] = ("view", "macro", "webhook", "group")
"""In this order: what people see first, what they work with last."""


@dataclass(frozen=True)
class Change:
    """One change of the account.

    Args:
        detail: what it does, in words.
        id: of the record that is changed.
        fields: of the record as they are sent, or as they are when it is still as we made it.
        question: asked for this change alone, empty where one question is for all.
    """

    verb: Verb
    kind: Kind
    name: str
    detail: str = ""
    id: str = ""
    fields: Json = field(default_factory=dict, hash=False)
    question: str = ""


@dataclass(frozen=True)
class Kept:
    """Something that is left as it is, and why."""

    kind: Kind
    name: str
    why: str


def changes(found: Found, wanted: Sequence[Piece]) -> list[Change]:
    """Return what is to be made and repaired, in the order of the wanted pieces; triggers last."""
    made = [change for piece in wanted for change in _changes_for(piece, found.lists.get(piece.kind))]
    return [*made, *_exclusions(found.lists.get("trigger") or ())]


def copies(found: Found, wanted: Sequence[Piece]) -> list[Kept]:
    """Return what carries the mark of a piece of ours and is another: Zendesk clones the mark with the description."""
    return [
        Kept(piece.kind, _name(record), f"it is a copy that somebody made of our “{piece.name}”")
        for piece in wanted
        for record in _marked(piece, found.lists.get(piece.kind) or ())[1:]
        if not is_as_made(piece.kind, record, piece.fields)
    ]


def removal(found: Found, wanted: Sequence[Piece], uses: Mapping[str, str]) -> tuple[list[Change], list[Kept]]:
    """Return what a removal takes out, and what it leaves.

    Args:
        uses: by a group's id why it has to stay.
    """
    outcomes = [*_triggers_freed(found.lists.get("trigger") or ())]
    for kind in _REMOVED:
        outcomes += [_removed(kind, record, wanted, uses) for record in _ours(found, kind)]
        outcomes += _unmarked(kind, found.lists.get(kind) or (), wanted)
    return (
        [each for each in outcomes if isinstance(each, Change)],
        [each for each in outcomes if isinstance(each, Kept)],
    )


def webhook_of(found: Found, piece: Piece) -> Json | None:
    """Return the account's webhook to us: the one we made, else one that somebody made by hand."""
    records = [record for record in found.lists.get("webhook") or () if _sends_to_us(record, piece)]
    return next(iter(_marked(piece, records) or records), None)


def _changes_for(piece: Piece, records: Sequence[Json] | None) -> Iterator[Change]:
    if records is None:  # not seen: nothing is made twice
        return
    if ours := _marked(piece, records):
        yield from _repairs(piece, ours, records)
    elif not any(_stands_for(piece, record) for record in records):
        yield Change("make", piece.kind, piece.name, _told(piece), "", piece.fields)


def _marked(piece: Piece, records: Sequence[Json]) -> list[Json]:
    """Return what carries the piece's mark, ours first: what is as it was made, else what is oldest."""
    marked = [record for record in records if mark_of(record) == (piece.kind, piece.key)]
    return sorted(marked, key=lambda record: (bool(differences(piece.kind, record, piece.fields)), _age(record)))


def _age(record: Json) -> tuple[int, str]:
    """Ids grow, be they numbers or, of webhooks, ULIDs."""
    return len(_id(record)), _id(record)


def _repairs(piece: Piece, ours: Sequence[Json], records: Sequence[Json]) -> Iterator[Change]:
    """Yield what makes our record as it should be, and takes out the same once more: an answer was lost once."""
    first, *others = ours
    different = differences(piece.kind, first, piece.fields)
    if different and not _is_taken(piece, first, records):
        yield _repair(piece, first, different)
    for other in others:
        if is_as_made(piece.kind, other, piece.fields):
            yield Change("remove", piece.kind, piece.name, "there are two", _id(other), piece.fields)


def _repair(piece: Piece, record: Json, different: Sequence[str]) -> Change:
    """A webhook to another address may be another installation's, which would hear nothing any more."""
    detail = f"edited since: {', '.join(different)}"
    if "endpoint" not in different:
        return Change("repair", piece.kind, piece.name, detail, _id(record), piece.fields)
    old, new = record.get("endpoint"), piece.fields["endpoint"]
    question = f"Let the webhook “{_name(record)}” send to {new}, and no longer to {old}?"
    return Change("repair", piece.kind, piece.name, f"{detail}; {old} → {new}", _id(record), piece.fields, question)


def _is_taken(piece: Piece, own: Json, records: Sequence[Json]) -> bool:
    """Return whether another group has the name already that ours had."""
    others = [record for record in records if record is not own]
    return piece.kind == "group" and any(_stands_for(piece, record) for record in others)


def _stands_for(piece: Piece, record: Json) -> bool:
    """Return whether a record that is not ours does what the piece would do."""
    match piece.kind:
        case "group":
            return str(record.get("name") or "").casefold() == piece.name.casefold()
        case "webhook":
            return _sends_to_us(record, piece)
        case _:
            return not differences(piece.kind, record, piece.fields)


def _sends_to_us(record: Json, piece: Piece) -> bool:
    endpoint, ours = str(record.get("endpoint") or "").rstrip("/"), str(piece.fields["endpoint"])
    return (
        endpoint.endswith(ours) if ours == WEBHOOK_PATH else endpoint == ours
    )  # who only looks need not know our host


def _told(piece: Piece) -> str:
    match piece.kind:
        case "webhook":
            events = ", ".join(each.rpartition(".")[2] for each in piece.fields["subscriptions"])
            return f"sends to {piece.fields['endpoint']}: {events}"
        case "macro":
            return f"sets the tag {piece.fields['actions'][0]['value']}"
        case "view":
            return "shows open tickets with the tag " + " ".join(
                each["value"] for each in piece.fields["all"] if each["field"] == "current_tags"
            )
        case _:
            return "the desk names it"


def _exclusions(triggers: Sequence[Json]) -> Iterator[Change]:
    for trigger in mailing_triggers(triggers):
        detail = f"add the condition: Tags contain none of {SLACK_TAG} (those customers read the answer in Slack)"
        yield Change("exclude", "trigger", trigger.title, detail, trigger.id)


def _triggers_freed(triggers: Sequence[Json]) -> Iterator[Change | Kept]:
    for trigger in triggers:
        if not is_marked(trigger):
            continue
        title = str(trigger.get("title") or "")
        if has_ours(trigger):
            detail = f"take out the condition: Tags contain none of {SLACK_TAG}"
            yield Change("include", "trigger", title, detail, _id(trigger))
        else:
            yield Kept("trigger", title, "its condition on tags was changed since")


def _ours(found: Found, kind: Kind) -> list[Json]:
    marked = [(record, mark_of(record)) for record in found.lists.get(kind) or ()]
    return [record for record, mark in marked if mark and mark[0] == kind]


def _removed(kind: Kind, record: Json, wanted: Sequence[Piece], uses: Mapping[str, str]) -> Change | Kept:
    piece = _piece_of(record, wanted)
    name = _name(record)
    if piece is None:
        return Kept(kind, name, "another version of Frontdesk made it")
    if different := differences(kind, record, piece.fields):
        return Kept(kind, name, f"changed since: {', '.join(different)}")
    if kind == "group" and (why := uses.get(_id(record))):
        return Kept(kind, name, why)
    return Change("remove", kind, name, "", _id(record), piece.fields)


def _piece_of(record: Json, wanted: Sequence[Piece]) -> Piece | None:
    """Return what we made the record as; a group may be of a desk that does not name it any more."""
    mark = mark_of(record)
    known = next((piece for piece in wanted if (piece.kind, piece.key) == mark), None)
    return known or (group_piece(mark[1]) if mark and mark[0] == "group" else None)


def _unmarked(kind: Kind, records: Sequence[Json], wanted: Sequence[Piece]) -> Iterator[Kept]:
    """Yield what looks like ours and does not carry our mark; groups are the desk's, whoever made them."""
    for piece in (each for each in wanted if each.kind == kind and kind != "group"):
        for record in records:
            if mark_of(record) is None and (_stands_for(piece, record) or record.get("title") == piece.name):
                yield Kept(kind, piece.name, "it does not carry the mark of a setup")


def _id(record: Json) -> str:
    return str(record.get("id") or "")


def _name(record: Json) -> str:
    return str(record.get("title") or record.get("name") or "")
