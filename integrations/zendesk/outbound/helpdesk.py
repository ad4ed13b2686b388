"""The `HelpDesk` port over zenpy, which is synchronous: one client per thread."""

import asyncio
import io
import logging
import threading
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote

import structlog
from zenpy import Zenpy
from zenpy.lib.api_objects import Ticket as ZenpyTicket
from zenpy.lib.api_objects import User as ZenpyUser

from bot.domain.articles import ArticlePage
from bot.domain.conversation import Ticket
from bot.domain.effects import OpenTicket, UpdateTicket
from bot.domain.errors import (
    ConfigError,
    FrontdeskError,
    NotFound,
    PermanentFailure,
    TemporaryFailure,
    UnknownOutcome,
)
from bot.domain.events import File
from bot.domain.ports import Changes, Clock, RateLimiter, Tagging, TicketReading
from integrations.zendesk.api.auth import ApiToken, ClientCredentials
from integrations.zendesk.api.rate_limits import RequestBudget, Seen
from integrations.zendesk.api.session import Credentials, Json, SafeSession, base_of
from integrations.zendesk.outbound import help_center, incremental_export
from integrations.zendesk.outbound.attachments import Fetcher
from integrations.zendesk.outbound.cache import AccountCache
from integrations.zendesk.outbound.reader import Reader
from integrations.zendesk.outbound.triggers import Trigger, mailing_triggers
from integrations.zendesk.outbound.users import User
from integrations.zendesk.outbound.writer import Writer

WORKERS = 16
# Each request has its own deadline; this ends work whose answer trickles in byte by byte.
MAX_SECONDS = 120.0

ALWAYS_FILLED = frozenset({"assignee", "custom_status", "description", "group", "status", "subject"})
"""Types of ticket fields that a ticket of ours has, or gets when it is solved."""

T = TypeVar("T")

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ZendeskSettings:
    """Where the account is and who we are there.

    Args:
        url: `https://acme.zendesk.com`; `http://` only for loopback.
        client_id, client_secret: OAuth client credentials; used before an API token.
        timeout: seconds to connect and to wait for an answer; the sum stays under half the lease, because a
            thread cannot be called back.
    """

    url: str
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    api_token: str = field(default="", repr=False)
    timeout: tuple[float, float] = (3.05, 6.0)


class _ZenpyApi:
    """`Api` over one zenpy client, for one thread.

    zenpy sends to a host of its own making; the session replaces it by the configured one.
    """

    def __init__(self, session: SafeSession) -> None:
        self.session = session
        self._zenpy = Zenpy(subdomain="frontdesk", domain="invalid", session=session, disable_cache=True)

    def ticket(self, ticket_id: int) -> Json:
        return _fields(self._zenpy.tickets(id=ticket_id))

    def create_ticket(self, fields: Json, key: str) -> Json:
        self.session.idempotency_key = key
        try:
            answer = self._zenpy.tickets.create(_filled(ZenpyTicket(), fields))
        finally:
            self.session.idempotency_key = ""
        return _fields(answer.ticket if hasattr(answer, "audit") else answer)

    def change_ticket(self, ticket_id: int, fields: Json) -> tuple[Json, Json]:
        answer = self._zenpy.tickets.update(_filled(ZenpyTicket(id=ticket_id), fields))
        if not hasattr(answer, "audit"):
            return _fields(answer), {}
        return _fields(answer.ticket), _fields(answer.audit)

    def me(self) -> Json:
        return _fields(self._zenpy.users.me())

    def users(self, ids: Sequence[int]) -> list[Json]:
        return [_fields(user) for user, _ in zip(self._zenpy.users(ids=list(ids)), range(100), strict=False)]

    def create_or_update_user(self, fields: Json) -> Json:
        return _fields(self._zenpy.users.create_or_update(_filled(ZenpyUser(), fields)))

    def attachment(self, attachment_id: int) -> Json:
        return _fields(self._zenpy.attachments(id=attachment_id))

    def upload(self, name: str, mime: str, data: bytes) -> str:
        # zenpy puts the name into the URL as it stands, and takes an empty `bytes` for "no body".
        upload = self._zenpy.attachments.upload(io.BytesIO(data), target_name=quote(name, safe=""), content_type=mime)
        return str(upload.token)


def _filled(thing: Any, fields: Json) -> Any:
    # Only attributes set after the constructor are sent when they are None.
    for name, value in fields.items():
        setattr(thing, name, value)
    return thing


def _fields(thing: Any) -> Json:
    fields: Json = thing.to_dict()
    return fields


class _Thread:
    """What one worker thread works with."""

    def __init__(self, session: SafeSession, memory: AccountCache) -> None:
        self.session = session
        self.api = _ZenpyApi(session)
        self.reader = Reader(self.api, memory)
        self.writer = Writer(self.api, self.reader, memory)


class ZendeskHelpDesk:
    """The Zendesk side of every conversation; see `bot.domain.ports.HelpDesk`.

    Raises:
        ConfigError: the address is not safe, or there are no credentials.
    """

    def __init__(self, settings: ZendeskSettings, clock: Clock, pacing: RateLimiter | None = None) -> None:
        self._base = base_of(settings.url)
        self._budget = RequestBudget(self._base, pacing)
        self._timeout = settings.timeout
        self._clock = clock
        self._credentials = _credentials(settings, self._base, clock)
        self._fetcher = Fetcher(self._base, self._credentials, settings.timeout)
        self._memory = AccountCache(clock)
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="zendesk")
        self._local = threading.local()
        self._threads: list[_Thread] = []
        # At DEBUG zenpy logs whole bodies.
        logging.getLogger("zenpy").setLevel(logging.WARNING)

    async def read(self, ticket_id: str, after: int) -> TicketReading:
        """Return the ticket, and its comments with an id above `after`."""
        return await self._run(lambda thread: thread.reader.read(_number(ticket_id), after), ticket_id)

    async def open(self, effect: OpenTicket, files: Sequence[bytes]) -> Ticket:
        """Create the ticket under the effect's id as idempotency key; return it."""
        return await self._run(lambda thread: thread.writer.open(effect, files), effect.id)

    async def find_ticket(self, external_id: str, effect_id: str) -> Ticket | None:
        """Return the ticket that the effect created, None when there is none."""
        return await self._run(lambda thread: thread.reader.find_ticket(external_id, effect_id))

    async def update(
        self, ticket_id: str, effect: UpdateTicket, files: Sequence[bytes], stamp: str = ""
    ) -> tuple[Ticket, int]:
        """Carry out the update; return the ticket after it and the new comment's id (0 for none).

        Raises:
            Conflict: the ticket changed since `stamp`.
            PermanentFailure: with code `closed` when the ticket is closed.
        """
        return await self._run(lambda thread: thread.writer.update(_number(ticket_id), effect, files, stamp), ticket_id)

    async def find_update(self, ticket_id: str, effect_id: str) -> tuple[bool, int]:
        """Return whether the effect's update is in the ticket's audits, and its comment id (0 for none)."""
        return await self._run(lambda thread: thread.reader.find_update(_number(ticket_id), effect_id))

    async def who_tagged(self, ticket_id: str, tag: str) -> Tagging | None:
        """Return who put the tag on the ticket last, as its audits tell; None for nobody, or a rule of the account."""
        return await self._run(lambda thread: thread.reader.who_tagged(_number(ticket_id), tag))

    async def download(self, file: File) -> bytes:
        """Return the bytes of an attachment; at most 20 MiB, without credentials to foreign hosts."""

        def work(thread: _Thread) -> bytes:
            url = file.url or thread.api.attachment(_number(file.id)).get("content_url") or ""
            return self._fetcher.fetch(url, thread.session.stop)

        return await self._run(work)

    async def group_id(self, name: str) -> str:
        """Return a group's id by its name, empty when the account has none of that name."""
        found = await self._run(lambda thread: thread.reader.group_id(name))
        return "" if found is None else str(found)

    async def whoami(self) -> User:
        """Return the user the credentials act as.

        Raises:
            ConfigError: they are no agent and could not answer tickets.
        """
        user = await self._run(lambda thread: thread.reader.me())
        if not user.is_staff:
            raise ConfigError(f"the Zendesk credentials act as {user.role or 'nobody'}; use an agent's")
        return user

    async def ping(self) -> None:
        """Return when Zendesk answers and knows the credentials.

        Raises:
            RemoteError: it does not.
        """
        await self._sent(lambda thread: thread.api.me())

    async def triggers(self) -> list[Trigger]:
        """Return the triggers that would mail the requester of a ticket tagged `frontdesk_slack`."""
        return mailing_triggers(await self._run(lambda thread: thread.reader.triggers()))

    async def webhooks(self) -> list[str]:
        """Return the addresses that the account's active webhooks send to.

        Raises:
            PermanentFailure: the credentials are not an admin's.
        """
        webhooks = await self._run(lambda thread: thread.reader.webhooks())
        return [str(webhook.get("endpoint") or "") for webhook in webhooks if webhook.get("status") == "active"]

    async def fields_to_solve(self) -> list[str]:
        """Return the names of the fields without which a ticket cannot be solved; what every ticket has is none.

        `required` asks for a value when a ticket is solved.
        https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_fields/
        """
        fields = await self._run(lambda thread: thread.reader.ticket_fields())
        return [
            str(field.get("title") or field.get("id"))
            for field in fields
            if field.get("required") and field.get("active", True) and field.get("type") not in ALWAYS_FILLED
        ]

    async def changed_tickets(self, since: int, cursor: str) -> Changes:
        """Return a part of the tickets changed since `since` (Unix seconds), or after `cursor` where that is set."""
        return await self._run(lambda thread: incremental_export.changed_tickets(thread.session, since, cursor))

    async def all_articles(self, following: str = "") -> ArticlePage:
        """Return a part of the Help Center's articles, the first one without `following`."""
        return await self._run(lambda thread: help_center.all_articles(thread.session, following))

    async def changed_articles(self, since: int, following: str = "") -> ArticlePage:
        """Return a part of the articles changed after `since` (Unix seconds); deleted ones are not told."""
        return await self._run(lambda thread: help_center.changed_articles(thread.session, since, following))

    async def close(self) -> None:
        """Finish the requests in flight, send no further ones, and drop all connections."""
        for thread in self._threads:
            thread.session.stop.set()
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)
        for thread in self._threads:
            thread.session.close()

    async def _run(self, work: Callable[[_Thread], T], caller: str = "") -> T:
        """Do the work when the account's limit allows it.

        Args:
            caller: whose place in the account's queue is kept.
        """
        await self._budget.enter(caller)
        return await self._sent(work)

    async def _sent(self, work: Callable[[_Thread], T]) -> T:
        seen, failure = Seen(), None
        try:
            return await self._done(work, seen)
        except FrontdeskError as error:
            failure = error
            raise
        finally:
            await self._budget.learn(seen, failure)

    async def _done(self, work: Callable[[_Thread], T], seen: Seen) -> T:
        stop = threading.Event()
        try:
            future = self._pool.submit(self._work, work, stop, seen)
        except RuntimeError:
            raise TemporaryFailure("Zendesk is being closed") from None
        try:
            async with asyncio.timeout(MAX_SECONDS):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            raise UnknownOutcome("Zendesk took too long") from None
        finally:
            # The request in flight cannot be called back, but no further one may follow it.
            stop.set()

    def _work(self, work: Callable[[_Thread], T], stop: threading.Event, seen: Seen) -> T:
        thread = self._thread()
        thread.session.begin(stop, seen)
        try:
            return work(thread)
        except FrontdeskError:
            raise
        except Exception as error:
            # Not chained: zenpy's errors quote whole answers.
            where = traceback.extract_tb(error.__traceback__)[-1]
            log.error(  # noqa: TRY400
                "zendesk.not_understood", error=type(error).__name__, at=f"{where.name}:{where.lineno}"
            )
            what = f"an answer was not understood: {type(error).__name__}"
            raise (UnknownOutcome(what) if thread.session.wrote else PermanentFailure(what, "bug")) from None

    def _thread(self) -> _Thread:
        if not hasattr(self._local, "thread"):
            session = SafeSession(self._base, self._credentials, self._timeout, self._clock)
            self._local.thread = _Thread(session, self._memory)
            self._threads.append(self._local.thread)
        thread: _Thread = self._local.thread
        return thread


def _credentials(settings: ZendeskSettings, base: str, clock: Clock) -> Credentials:
    if settings.client_id and settings.client_secret:
        return ClientCredentials(base, settings.client_id, settings.client_secret, settings.timeout, clock)
    if settings.email and settings.api_token:
        return ApiToken(settings.email, settings.api_token)
    raise ConfigError("ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET are missing")


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise NotFound("no such id", "no_number")
    return int(text)
