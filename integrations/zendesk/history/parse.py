"""Parses a past ticket from `{"ticket", "comments", "users", "groups"}` as the API gives them. Pure.

Any value may be null or missing: users that were deleted, comments that were redacted, groups that are gone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from typing import Any

from bot.domain.ports import Comment
from bot.mail import own_words
from bot.mail.comments import machine_behind
from bot.replay.past_tickets import PastComment, PastTicket, Person
from bot.turn.rules.answerable import UNANSWERED_CHANNELS
from integrations.zendesk.outbound.parse import MERGED, SYSTEM, comment_of, seconds, ticket_of
from integrations.zendesk.outbound.users import STAFF, User, profile_of, user_of

_NO_ONE = 0  # the bot's own user is not known here: what it wrote says so in its metadata
_BREAKS = re.compile(r"<(?:br|/p|/div|/li|/tr|/h\d)\b[^>]*>", re.IGNORECASE)
_TAGS = re.compile(r"<(?:style|script)\b.*?</(?:style|script)>|<[^>]+>", re.IGNORECASE | re.DOTALL)
_BY_RULE = frozenset({"rule", "system"})

Json = Mapping[str, Any]


def past_ticket(line: Json) -> PastTicket:
    """Return the ticket.

    Raises:
        ValueError: there is no ticket in it.
    """
    fields = line.get("ticket")
    if not isinstance(fields, Mapping) or not isinstance(fields.get("id"), int | str):
        raise ValueError("has no ticket with an id")  # noqa: TRY004  # a wrong value of a file, whatever its type
    ticket = ticket_of(fields, own_id=_NO_ONE, by_customer=False)
    users = {user.id: user for user in map(user_of, _mappings(line.get("users")))}
    raw = sorted(_mappings(line.get("comments")), key=_order)
    talk = _Talk(users, _number(fields.get("requester_id")), _number(fields.get("assignee_id")), ticket.subject)
    people = [_person(user, extra) for user, extra in _known(line.get("users"))]
    return PastTicket(
        id=str(fields["id"]),
        subject=ticket.subject.strip(),
        status=ticket.status,
        group=_group(line.get("groups"), ticket.group_id),
        priority=ticket.priority,
        created_at=ticket.created_at,
        at=seconds(fields.get("updated_at")) or ticket.created_at,
        is_merged=MERGED in ticket.tags,
        is_live=ticket.via.lower() in UNANSWERED_CHANNELS,
        is_rated_bad=_score(fields) == "bad",
        requester=next((person for person in people if person.id == ticket.requester_id), None),
        people=(*people, *_senders(fields, raw)),
        comments=tuple(talk.comment(each, first=number == 0) for number, each in enumerate(raw)),
        label=str(line.get("label") or ""),
    )


class _Talk:
    """Tells who wrote a comment, and what of it they wrote themselves."""

    def __init__(self, users: Mapping[int, User], requester: int, assignee: int, subject: str) -> None:
        self._users = users
        self._requester = requester
        self._assignee = assignee
        self._subject = subject

    def comment(self, fields: Json, *, first: bool) -> PastComment:
        """Return a comment."""
        number = _number(fields.get("author_id"))
        author = self._users.get(number, User(number))
        by_requester = number == self._requester != _NO_ONE
        by_staff = not by_requester and self._is_staff(author)
        comment = comment_of(_readable(fields), profile_of(author, verified=False, own_id=_NO_ONE), _NO_ONE)
        by_system = comment.effect_id == SYSTEM or _channel(fields) in _BY_RULE
        letter = own_words.read(
            comment.text, html=comment.html, author=author.name, subject=self._subject if first else ""
        )
        return PastComment(
            at=comment.at,
            text=(letter.own or letter.passed_on).strip(),
            by_requester=by_requester,
            by_staff=by_system or (by_staff and not comment.effect_id),
            by_bot=bool(comment.effect_id) and not by_system,
            by_machine=by_system or bool(_machine(comment, letter, self._subject if first else "")),
            is_public=comment.public,
            is_doubted=comment.flagged,
        )

    def _is_staff(self, author: User) -> bool:
        """A user who is gone was a person of the company's, if not the requester: others are rarely heard."""
        return author.role in STAFF or not author.role or author.id == self._assignee


def _machine(comment: Comment, letter: own_words.Letter, subject: str) -> str:
    return comment.automatic or machine_behind(comment, letter, subject)


def _readable(fields: Json) -> Json:
    """Return the comment with a plain text, which exports may leave out."""
    text = fields.get("plain_body") or fields.get("body")
    html = fields.get("html_body")
    if isinstance(text, str) and text.strip() and not _TAGS.search(text):
        return fields
    source = html if isinstance(html, str) and html.strip() else text
    return {**fields, "plain_body": _text_of(source) if isinstance(source, str) else ""}


def _text_of(html: str) -> str:
    return unescape(_TAGS.sub("", _BREAKS.sub("\n", html)))


def _known(users: Any) -> Iterator[tuple[User, Json]]:
    for fields in _mappings(users):
        yield user_of(fields), fields


def _person(user: User, fields: Json) -> Person:
    others = [user.alias, *(fields.get(name) for name in ("phone", "shared_phone_number", "external_id"))]
    return Person(
        str(user.id),
        user.name,
        user.email,
        tuple(str(other) for other in others if other),
        is_staff=user.is_staff,
        is_verified=fields.get("verified") is not False and not user.suspended,
    )


def _senders(ticket: Json, comments: Iterable[Json]) -> Iterator[Person]:
    """Yield the names that mails came under, which need not be those of users."""
    for fields in (ticket, *comments):
        via = fields.get("via")
        source = via.get("source") if isinstance(via, Mapping) else None
        sender = source.get("from") if isinstance(source, Mapping) else None
        if isinstance(sender, Mapping) and isinstance(sender.get("name"), str):
            yield Person(f"mail:{sender['name'].casefold()}", sender["name"], str(sender.get("address") or ""))


def _group(groups: Any, group_id: str) -> str:
    return next((str(each.get("name") or "") for each in _mappings(groups) if str(each.get("id")) == group_id), "")


def _score(ticket: Json) -> str:
    rating = ticket.get("satisfaction_rating")
    return str(rating.get("score") or "") if isinstance(rating, Mapping) else ""


def _channel(fields: Json) -> str:
    via = fields.get("via")
    return str(via.get("channel") or "") if isinstance(via, Mapping) else ""


def _mappings(value: Any) -> list[Json]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list | tuple) else []


def _order(fields: Json) -> tuple[float, int]:
    return seconds(fields.get("created_at")), _number(fields.get("id"))


def _number(value: Any) -> int:
    return int(value) if isinstance(value, int | str) and str(value).lstrip("-").isdecimal() else _NO_ONE
