"""Reads tickets, comments and users from Zendesk, on one thread."""

from collections.abc import Iterable, Iterator

from bot.domain.errors import NotFound, PermanentFailure, RemoteError
from bot.domain.ports import Comment, Tagging, TicketReading
from bot.domain.tickets import Ticket
from integrations.zendesk.api.session import Json
from integrations.zendesk.api.zenpy_api import Api
from integrations.zendesk.outbound.cache import AccountCache
from integrations.zendesk.outbound.parse import (
    MERGED,
    comment_in,
    comment_of,
    effect_in,
    is_flagged,
    merge_target,
    merge_words,
    tag_added,
    ticket_of,
)
from integrations.zendesk.outbound.users import User, has_verified_email, profile_of, user_of

_ALL = "all"
_AUDIT_PAGES = 3
_CANDIDATES = 10


class Reader:
    """Reads tickets, comments, audits, users and groups. Not shared between threads."""

    def __init__(self, api: Api, memory: AccountCache) -> None:
        self._api = api
        self._memory = memory

    def me(self) -> User:
        """Return the bot's own user.

        Raises:
            PermanentFailure: Zendesk does not know the credentials (it answers with an anonymous user).
        """
        if self._memory.me is None:
            user = user_of(self._api.me())
            if not user.id:
                raise PermanentFailure("Zendesk does not know the credentials", "anonymous")
            self._memory.me = user
        return self._memory.me

    def read(self, ticket_id: int, after: int) -> TicketReading:
        """Return the ticket and its comments with an id above `after`, oldest first.

        The ticket is read first: a change between the two requests leaves a stamp that is too old, which a
        safe update notices.
        """
        fields = self._api.ticket(ticket_id)
        comments = self._newer(ticket_id, after)
        requester, copied = _id(fields, "requester_id"), _copied(fields)
        wanted = {_id(comment, "author_id") for comment in comments}
        wanted |= {_id(fields, "submitter_id"), self._assigned(fields)}
        # Who the requester is, is only asked where somebody is in copy.
        people = self.users({*wanted, *copied, *([requester] if copied else ())})
        ticket = ticket_of(
            fields,
            own_id=self.me().id,
            by_customer=_is_customer(people.get(_id(fields, "submitter_id"))),
            follows=self._merged_into(fields),
            copied=_outsiders(copied, requester, people),
            assignee_name=_name_of(people.get(self._assigned(fields))),
        )
        return TicketReading(ticket, tuple(self._comment(comment, people, requester) for comment in comments))

    def ticket_after(self, fields: Json) -> Ticket:
        """Return the ticket as a write left it; never fails, for the write has happened."""
        submitter, requester, copied = _id(fields, "submitter_id"), _id(fields, "requester_id"), _copied(fields)
        assignee = self._assigned(fields)
        people: dict[int, User] = {}
        try:
            people = self.users({submitter, assignee, *copied, *([requester] if copied else ())})
            by_customer = _is_customer(people.get(submitter))
        except RemoteError:
            by_customer = submitter == requester
        outsiders = _outsiders(copied, requester, people)
        name = _name_of(people.get(assignee))
        return ticket_of(fields, own_id=self.me().id, by_customer=by_customer, copied=outsiders, assignee_name=name)

    def _assigned(self, fields: Json) -> int:
        """Return the id of the person who has the ticket, 0 for nobody and for ourselves."""
        assignee = _id(fields, "assignee_id")
        return 0 if assignee == self.me().id else assignee

    def users(self, ids: Iterable[int]) -> dict[int, User]:
        """Return the users that exist, from memory where they are young enough."""
        known = {number: self._memory.users.get(number) for number in ids if number > 0}
        missing = sorted(number for number, user in known.items() if user is None)
        for start in range(0, len(missing), 100):
            for fields in self._api.users(missing[start : start + 100]):
                user = user_of(fields)
                self._memory.users.put(user.id, user)
                known[user.id] = user
        return {number: user for number, user in known.items() if user is not None}

    def find_ticket(self, external_id: str, effect_id: str) -> Ticket | None:
        """Return the ticket that the effect created.

        Its first comment names the effect. Where Zendesk names none at all, the newest ticket that is not
        closed and came through the API under our external id is taken for it. The list may name one that is deleted.
        """
        if not external_id:
            return None
        unnamed: Json | None = None
        for fields in self._with_external_id(external_id)[:_CANDIDATES]:
            effect = self._opened_by(_id(fields, "id"))
            if effect == effect_id:
                return self.ticket_after(fields)
            via = fields.get("via") or {}
            if effect == "" and via.get("channel") == "api" and fields.get("status") != "closed":
                unnamed = unnamed or fields
        return self.ticket_after(unnamed) if unnamed else None

    def _opened_by(self, ticket_id: int) -> str | None:
        """Return the effect that the first comment names, empty for none; None where the ticket is gone."""
        try:
            return effect_in(self._first_comment(ticket_id))
        except NotFound:
            return None

    def find_update(self, ticket_id: int, effect_id: str) -> tuple[bool, int]:
        """Return whether an audit names the effect, and the id of the comment it made."""
        for number, page in enumerate(self._audits(ticket_id), start=1):
            for audit in page:
                if effect_in(audit) == effect_id:
                    return True, comment_in(audit)
            if number >= _AUDIT_PAGES and _is_newest_first(page):
                break
        return False, 0

    def who_tagged(self, ticket_id: int, tag: str) -> Tagging | None:
        """Return who put the tag on last, None where the newest audits name no person."""
        for number, page in enumerate(self._audits(ticket_id), start=1):
            found = [audit for audit in page if tag_added(audit, tag)]
            if newest := max(found, key=lambda audit: _id(audit, "id"), default=None):
                author = self.users({_id(newest, "author_id")}).get(_id(newest, "author_id"))
                own_id = self.me().id
                profile = profile_of(author, verified=False, own_id=own_id) if author else None
                return Tagging(_id(newest, "id"), profile) if profile else None
            if number >= _AUDIT_PAGES and _is_newest_first(page):
                break
        return None

    def group_id(self, name: str) -> int | None:
        """Return a group's id by its name, None when there is none of that name."""
        groups = self._memory.groups.get(_ALL)
        if groups is None:
            listed = [group for page in self._pages("/api/v2/groups.json", "groups") for group in page]
            # The oldest of equal names wins, as it always did.
            listed.sort(key=lambda group: _id(group, "id"), reverse=True)
            groups = {
                str(group.get("name")).casefold(): _id(group, "id")
                for group in listed
                if group.get("deleted") is not True
            }
            self._memory.groups.put(_ALL, groups)
        return groups.get(name.casefold())

    def brand_names(self, brand_id: str) -> tuple[str, ...]:
        """Return a brand's id with its name and its subdomain; the id alone where the account does not tell them.

        https://developer.zendesk.com/api-reference/ticketing/account-configuration/brands/#list-brands
        """
        brands = self._memory.brands.get(_ALL)
        if brands is None:
            try:
                listed = [brand for page in self._pages("/api/v2/brands.json", "brands") for brand in page]
            except PermanentFailure:  # the credentials may not see them
                listed = []
            brands = {str(_id(brand, "id")): _called(brand) for brand in listed}
            self._memory.brands.put(_ALL, brands)
        return (brand_id, *brands.get(brand_id, ()))

    def user_at(self, email: str) -> int | None:
        """Return the user whose address it is, None where the search (fuzzy, and some minutes behind) knows none."""
        try:
            body = self._api.session.get_json("/api/v2/users/search.json", {"query": email})
        except PermanentFailure:
            return None
        found = [user for user in body.get("users") or [] if isinstance(user, dict)]
        return next((_id(user, "id") for user in found if _same(email, user.get("email"))), None)

    def triggers(self) -> list[Json]:
        """Return the account's triggers."""
        return [trigger for page in self._pages("/api/v2/triggers.json", "triggers") for trigger in page]

    def webhooks(self) -> list[Json]:
        """Return the account's webhooks; only admins may see them."""
        return [webhook for page in self._pages("/api/v2/webhooks", "webhooks") for webhook in page]

    def ticket_fields(self) -> list[Json]:
        """Return the account's ticket fields."""
        return [field for page in self._pages("/api/v2/ticket_fields.json", "ticket_fields") for field in page]

    def _comment(self, fields: Json, people: dict[int, User], requester: int) -> Comment:
        author = people.get(_id(fields, "author_id"), User(_id(fields, "author_id")))
        trusted = author.id == requester and not is_flagged(fields) and self._owns_mailbox(author)
        own_id = self.me().id
        return comment_of(fields, profile_of(author, verified=trusted, own_id=own_id), own_id)

    def _owns_mailbox(self, user: User) -> bool:
        if not (user.verified and user.email) or user.suspended:
            return False
        known = self._memory.mailboxes.get(user.id)
        if known is None:
            pages = self._pages(f"/api/v2/users/{user.id}/identities.json", "identities")
            known = any(has_verified_email(user.email, page) for page in pages)
            self._memory.mailboxes.put(user.id, known)
        return known

    def _newer(self, ticket_id: int, after: int) -> list[Json]:
        found: dict[int, Json] = {}
        path = f"/api/v2/tickets/{ticket_id}/comments.json"
        for page in self._pages(path, "comments", {"sort": "-created_at"}):
            found |= {_id(comment, "id"): comment for comment in page}
            if page and _is_newest_first(page) and _id(page[-1], "id") <= after:
                break
        return [found[number] for number in sorted(found) if number > after]

    def _first_comment(self, ticket_id: int) -> Json:
        path = f"/api/v2/tickets/{ticket_id}/comments.json"
        page = next(self._pages(path, "comments", {"sort": "created_at", "page[size]": 1}))
        return min(page, key=lambda comment: _id(comment, "id"), default={})

    def _with_external_id(self, external_id: str) -> list[Json]:
        pages = self._pages("/api/v2/tickets.json", "tickets", {"external_id": external_id})
        found = [ticket for page in pages for ticket in page if ticket.get("external_id") == external_id]
        return sorted(found, key=lambda ticket: _id(ticket, "id"), reverse=True)

    def _merged_into(self, fields: Json) -> str:
        """Return the ticket that this closed one was merged into, empty unless that is certain.

        Zendesk's own record of the merge is believed; its closing words, which anybody may have typed, only
        from staff and only for another ticket of the same requester.
        """
        if fields.get("status") != "closed" or MERGED not in (fields.get("tags") or ()):
            return ""
        audits = sorted(next(self._audits(_id(fields, "id"))), key=lambda audit: -_id(audit, "id"))
        named = merge_target(audits)
        target = named or self._said_target(audits)
        if not target or target == str(fields.get("id")):
            return ""
        try:
            other = self._api.ticket(int(target))
        except NotFound:
            return ""
        return target if named or other.get("requester_id") == fields.get("requester_id") else ""

    def _said_target(self, audits: list[Json]) -> str:
        events = (event for audit in audits for event in audit.get("events") or ())
        newest: Json = next((event for event in events if event.get("type") == "Comment"), {})
        target = merge_words(newest)
        author = self.users({_id(newest, "author_id")}).get(_id(newest, "author_id")) if target else None
        return target if author and author.is_staff else ""

    def _audits(self, ticket_id: int) -> Iterator[list[Json]]:
        return self._pages(f"/api/v2/tickets/{ticket_id}/audits.json", "audits", {"sort": "-created_at"})

    def _pages(self, path: str, key: str, params: Json | None = None) -> Iterator[list[Json]]:
        return self._api.session.pages(path, key, params)


def _is_newest_first(page: list[Json]) -> bool:
    ids = [_id(item, "id") for item in page]
    return ids == sorted(ids, reverse=True)


def _is_customer(user: User | None) -> bool:
    return user is not None and user.role == "end-user"


def _copied(fields: Json) -> set[int]:
    """Whoever is in copy gets each public comment by mail; followers are human agents.

    `collaborator_ids` holds both where CCs are not switched on, or were before:
    https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#ccs-and-followers
    """
    listed = [*(fields.get("email_cc_ids") or ()), *(fields.get("collaborator_ids") or ())]
    return {number for number in listed if isinstance(number, int)} - {_id(fields, "requester_id")}


def _outsiders(copied: set[int], requester: int, people: dict[int, User]) -> tuple[str, ...]:
    """Return who in copy is neither one of us nor of the requester's organisation; who is not known is."""
    organization = people.get(requester, User(requester)).organization
    theirs = {number for number, user in people.items() if organization and user.organization == organization}
    ours = {number for number, user in people.items() if user.is_staff}
    return tuple(str(number) for number in sorted(copied - theirs - ours))


def _id(fields: Json, name: str) -> int:
    value = fields.get(name)
    return value if isinstance(value, int) else 0


def _called(brand: Json) -> tuple[str, ...]:
    return tuple(str(brand[name]) for name in ("name", "subdomain") if brand.get(name))


def _same(email: str, other: object) -> bool:
    return isinstance(other, str) and other.casefold() == email.casefold()


def _name_of(user: User | None) -> str:
    """Return an agent's name as they show it to customers."""
    return (user.alias or user.name) if user else ""
