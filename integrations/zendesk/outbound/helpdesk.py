"""The `HelpDesk` port over Zendesk's Support API."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot.domain.effects import OpenTicket, UpdateTicket
from bot.domain.errors import ConfigError, NotFound
from bot.domain.events import File
from bot.domain.knowledge.articles import ArticleDraft, ArticlePage
from bot.domain.ports import Changes, Clock, RateLimiter, Tagging, TicketReading
from bot.domain.tickets import Ticket
from integrations.zendesk.api.auth import ApiToken, ClientCredentials
from integrations.zendesk.api.rate_limits import RequestBudget
from integrations.zendesk.api.session import Credentials, SafeSession, base_of
from integrations.zendesk.outbound import article_drafts, help_center, incremental_export
from integrations.zendesk.outbound.attachments import Fetcher
from integrations.zendesk.outbound.cache import AccountCache
from integrations.zendesk.outbound.triggers import Trigger, mailing_triggers
from integrations.zendesk.outbound.users import User
from integrations.zendesk.outbound.worker_threads import Worker, WorkerThreads

T = TypeVar("T")

ALWAYS_FILLED = frozenset({"assignee", "custom_status", "description", "group", "status", "subject"})
"""Types of ticket fields that a ticket of ours has, or gets when it is solved."""


@dataclass(frozen=True)
class ZendeskSettings:
    """Where the account is and who we are there.

    Args:
        url: `https://acme.zendesk.com`; `http://` only for loopback.
        client_id, client_secret: OAuth client credentials; used before an API token.
        timeout: seconds to connect and to wait for an answer; the sum stays under half the lease, because a
            thread cannot be called back.
        current_secret: returns a secret by its setting's name as it is now, where it may be changed while we run.
    """

    url: str
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    api_token: str = field(default="", repr=False)
    timeout: tuple[float, float] = (3.05, 6.0)
    current_secret: Callable[[str], str] | None = field(default=None, repr=False)

    def client_secret_now(self) -> str:
        """Return the client's secret of now."""
        return self.current_secret("zendesk_client_secret") if self.current_secret else self.client_secret

    def api_token_now(self) -> str:
        """Return the API token of now."""
        return self.current_secret("zendesk_api_token") if self.current_secret else self.api_token


class ZendeskHelpDesk:
    """The Zendesk side of every conversation; see `bot.domain.ports.HelpDesk`.

    Raises:
        ConfigError: the address is not safe, or there are no credentials.
    """

    def __init__(self, settings: ZendeskSettings, clock: Clock, pacing: RateLimiter | None = None) -> None:
        self._base = base_of(settings.url)
        credentials = _credentials(settings, self._base, clock)
        self._fetcher = Fetcher(self._base, credentials, settings.timeout)
        self._threads = WorkerThreads(
            lambda: SafeSession(self._base, credentials, settings.timeout, clock),
            AccountCache(clock),
            RequestBudget(self._base, pacing),
        )
        # At DEBUG zenpy logs whole bodies.
        logging.getLogger("zenpy").setLevel(logging.WARNING)

    def link(self, ticket_id: str) -> str:
        """Return where people open the ticket: https://developer.zendesk.com/documentation/ticketing/."""
        return f"{self._base}/agent/tickets/{ticket_id}"

    async def read(self, ticket_id: str, after: int) -> TicketReading:
        """Return the ticket, and its comments with an id above `after`."""
        return await self._threads.run(lambda worker: worker.reader.read(_number(ticket_id), after), ticket_id)

    async def open(self, effect: OpenTicket, files: Sequence[bytes]) -> Ticket:
        """Create the ticket under the effect's id as idempotency key; return it."""
        return await self._threads.run(lambda worker: worker.writer.open(effect, files), effect.id)

    async def find_ticket(self, external_id: str, effect_id: str) -> Ticket | None:
        """Return the ticket that the effect created, None when there is none."""
        return await self._threads.run(lambda worker: worker.reader.find_ticket(external_id, effect_id))

    async def update(
        self, ticket_id: str, effect: UpdateTicket, files: Sequence[bytes], stamp: str = ""
    ) -> tuple[Ticket, int]:
        """Carry out the update; return the ticket after it and the new comment's id (0 for none).

        Raises:
            Conflict: the ticket changed since `stamp`.
            PermanentFailure: with code `closed` when the ticket is closed.
        """
        return await self._threads.run(
            lambda worker: worker.writer.update(_number(ticket_id), effect, files, stamp), ticket_id
        )

    async def find_update(self, ticket_id: str, effect_id: str) -> tuple[bool, int]:
        """Return whether the effect's update is in the ticket's audits, and its comment id (0 for none)."""
        return await self._threads.run(lambda worker: worker.reader.find_update(_number(ticket_id), effect_id))

    async def who_tagged(self, ticket_id: str, tag: str) -> Tagging | None:
        """Return who put the tag on the ticket last, as its audits tell; None for nobody, or a rule of the account."""
        return await self._threads.run(lambda worker: worker.reader.who_tagged(_number(ticket_id), tag))

    async def download(self, file: File) -> bytes:
        """Return the bytes of an attachment; at most 20 MiB, without credentials to foreign hosts."""

        def work(worker: Worker) -> bytes:
            url = file.url or worker.api.attachment(_number(file.id)).get("content_url") or ""
            return self._fetcher.fetch(url, worker.session.stop)

        return await self._threads.run(work)

    async def group_id(self, name: str) -> str:
        """Return a group's id by its name, empty when the account has none of that name."""
        found = await self._threads.run(lambda worker: worker.reader.group_id(name))
        return "" if found is None else str(found)

    async def brand_names(self, brand_id: str) -> tuple[str, ...]:
        """Return what people call a brand: its id, and its name and subdomain where the account tells them."""
        return await self._threads.run(lambda worker: worker.reader.brand_names(brand_id))

    async def whoami(self) -> User:
        """Return the user the credentials act as.

        Raises:
            ConfigError: they are no agent and could not answer tickets.
        """
        user = await self._threads.run(lambda worker: worker.reader.me())
        if not user.is_staff:
            raise ConfigError(f"the Zendesk credentials act as {user.role or 'nobody'}; use an agent's")
        return user

    async def ping(self) -> None:
        """Return when Zendesk answers and knows the credentials.

        Raises:
            RemoteError: it does not.
        """
        await self._threads.run_at_once(lambda worker: worker.api.me())

    async def triggers(self) -> list[Trigger]:
        """Return the triggers that would mail the requester of a ticket tagged `frontdesk_slack`."""
        return mailing_triggers(await self._threads.run(lambda worker: worker.reader.triggers()))

    async def webhooks(self) -> list[str]:
        """Return the addresses that the account's active webhooks send to.

        Raises:
            PermanentFailure: the credentials are not an admin's.
        """
        webhooks = await self._threads.run(lambda worker: worker.reader.webhooks())
        return [str(webhook.get("endpoint") or "") for webhook in webhooks if webhook.get("status") == "active"]

    async def fields_to_solve(self) -> list[str]:
        """Return the names of the fields without which a ticket cannot be solved; what every ticket has is none."""
        return required_to_solve(await self._threads.run(lambda worker: worker.reader.ticket_fields()))

    async def administer(self, work: Callable[[SafeSession], T]) -> T:
        """Do what an administrator does: with the API itself, on a thread of this account's."""
        return await self._threads.run(lambda worker: work(worker.session))

    async def changed_tickets(self, since: int, cursor: str) -> Changes:
        """Return a part of the tickets changed since `since` (Unix seconds), or after `cursor` where that is set."""
        return await self._threads.run(lambda worker: incremental_export.changed_tickets(worker.session, since, cursor))

    async def all_articles(self, following: str = "") -> ArticlePage:
        """Return a part of the Help Center's articles, the first one without `following`."""
        return await self._threads.run(lambda worker: help_center.all_articles(worker.session, following))

    async def changed_articles(self, since: int, following: str = "") -> ArticlePage:
        """Return a part of the articles changed after `since` (Unix seconds); deleted ones are not told."""
        return await self._threads.run(lambda worker: help_center.changed_articles(worker.session, since, following))

    async def draft_article(self, draft: ArticleDraft) -> str:
        """Write an article that nobody reads before a person publishes it; return where people open it."""
        return await self._threads.run(lambda worker: article_drafts.write(worker.session, draft))

    async def close(self) -> None:
        """Finish the requests in flight, send no further ones, and drop all connections."""
        await self._threads.close()


def required_to_solve(fields: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the names of the ticket fields without which a ticket cannot be solved; what every ticket has is none.

    `required` asks for a value when a ticket is solved.
    https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_fields/
    """
    return [
        str(field.get("title") or field.get("id"))
        for field in fields
        if field.get("required") and field.get("active", True) and field.get("type") not in ALWAYS_FILLED
    ]


def _credentials(settings: ZendeskSettings, base: str, clock: Clock) -> Credentials:
    if settings.client_id and settings.client_secret:
        return ClientCredentials(base, settings.client_id, settings.client_secret_now, settings.timeout, clock)
    if settings.email and settings.api_token:
        return ApiToken(settings.email, settings.api_token_now)
    raise ConfigError("ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET are missing")


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise NotFound("no such id", "no_number")
    return int(text)
