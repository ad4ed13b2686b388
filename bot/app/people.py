"""Exports or forgets a person in every place of ours: store, database, files; says what stays elsewhere."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bot.app.database_look import database_url
from bot.app.figures import counts_kept
from bot.app.settings import Settings
from bot.app.store import WallClock, open_store
from bot.desk.database import Database
from bot.desk.database.person_rows import anonymise, ledger_traces, person_rows
from bot.desk.loading.loader import load_desk
from bot.desk.policy.policy import Policy
from bot.domain.ids import AuthorId, Origin
from bot.domain.people import Person, Receipt, known_as, linked
from bot.domain.review import ReviewEntry
from bot.gaps.store import GapStore
from bot.store import keys
from bot.store.admin.export import export
from bot.store.admin.person_forget import forget, is_rewriting, is_worked_on, rewrite_file, save_anew
from bot.store.admin.person_search import named_elsewhere, texts_of, traces
from bot.store.records.conversations import Conversations
from bot.store.records.review_entries import ReviewEntries
from bot.store.redis import Client, Scripts

REWRITE_SECONDS = 60.0
LOOK_SECONDS = 0.1
FILES = ("cases", "replay")
"""Folders under the data folder in which cases and reports of past conversations stand."""

SLACK_KEEPS = "Slack keeps their messages, files and profile: delete them there, or have the workspace's owner do it."
DESK_KEEPS = "Zendesk keeps their tickets, comments and user: delete the user there (Zendesk also redacts and erases)."
TABLES_KEEP = "The desk's own tables keep what they know of them: {tables}."
NAMED_IN = "Others' conversations name them (`frontdesk conversations delete ID`): {names}."
REDIS_KEEPS = (
    "The Redis server may not be told to write its files anew (BGREWRITEAOF, BGSAVE);"
    " its files and backups keep old pages."
)
SERVER_KEEPS = (
    "The database server's write-ahead log (WAL) keeps old rows until it is recycled; an archive of it, replicas and"
    " base backups keep them until they expire."
)
BACKUPS_KEEP = (
    "Backups made before today keep everything until they are thrown away; logs hold ids of vendors, no words."
)


@dataclass(frozen=True)
class Found:
    """A person with what is theirs.

    Args:
        conversations: those that they wrote in.
    """

    person: Person
    conversations: Sequence[str]


class PeopleOffice:
    """Finds a person, exports what is theirs, and forgets them."""

    def __init__(self, settings: Settings, client: Client, database: Database, policy: Policy) -> None:
        self._settings = settings
        self._client = client
        self._scripts = Scripts(client)
        self._conversations = Conversations(self._scripts, WallClock())
        self._database = database
        self._policy = policy
        self._review = ReviewEntries(client, settings.frontdesk_retention_days)

    async def find(self, named: str) -> Found | None:
        """Return who is meant, None where nobody is known by that name.

        Raises:
            TemporaryFailure: the store is down.
        """
        known = [*await traces(self._client, self._conversations), *await ledger_traces(self._database)]
        person = await self._with_addresses(known_as(named, known), named)
        person = linked(person, known)
        person = await self._with_addresses(person, "")
        if not (person.authors or person.customers):
            return None
        return Found(person, sorted({one.conversation for one in known if one.conversation and person.is_in(one)}))

    async def _with_addresses(self, person: Person, named: str) -> Person:
        """Return the same with what the desk's own tables say: whose address it is, and which are theirs."""
        customers, addresses = set(person.customers), set(person.addresses)
        for address in person.addresses:
            found = await self._database.customer_by_email(address)
            customers |= {found.id} if found else set()
        for customer in {*customers, *({named} if named and "@" not in named else ())}:
            found = await self._database.customer_by_id(customer)
            if found:
                customers.add(found.id)
                addresses |= {found.email.lower()} if found.email else set()
        return replace(person, customers=frozenset(customers), addresses=frozenset(addresses))

    async def export(self, found: Found) -> dict[str, Any]:
        """Return all that is stored of the person, as JSON can hold it.

        Raises:
            TemporaryFailure: the store is down.
        """
        person = found.person
        conversations = [await export(self._client, name) for name in found.conversations]
        return {
            "person": {
                "authors": sorted(person.authors),
                "customers": sorted(person.customers),
                "addresses": sorted(person.addresses),
            },
            "conversations": [one for one in conversations if one],
            "kept_under_their_names": await self._named_keys(person),
            "database": await person_rows(self._database, person, found.conversations),
            "review": [asdict(entry) for entry in await self._reviewed(found)],
            "gaps": [dict(row) for row in await GapStore(self._database).export(person.authors)],
            "files": {str(path): path.read_text("utf-8", "replace") for path in self._files(person)},
            "elsewhere": await self._elsewhere(found),
        }

    async def _named_keys(self, person: Person) -> dict[str, list[str]]:
        names = [raw.decode() async for raw in self._client.scan_iter(match=keys.EVERYTHING, count=1000)]
        return {key: [text async for text in texts_of(self._client, key)] for key in names if person.is_named_in(key)}

    async def forget(self, found: Found) -> Receipt:
        """Forget the person; harmless when it is done again.

        Raises:
            TemporaryFailure: the store is down, or the database stays busy; what was done stays done.
        """
        receipt = Receipt()
        person, theirs = found.person, found.conversations
        async with counts_kept(self._settings, self._scripts, self._policy, theirs) as names:
            was_worked_on = await is_worked_on(self._client, theirs)
            await forget(self._scripts, self._conversations, person, names, receipt)
            if was_worked_on:
                # Fenced out; by the end of its lease the worker has noticed, and writes nothing beside it either.
                await asyncio.sleep(self._settings.frontdesk_lease_seconds)
                await forget(self._scripts, self._conversations, person, names, receipt)
        receipt.add("review entries", sum([await self._review.forget(name) for name in _names(found)]))
        receipt.add("gaps", await self._forget_gaps(found))
        receipt.add("rows of the database", await anonymise(self._database, person, theirs))  # frees the pages of all
        for path in self._files(person):
            path.unlink()
            receipt.add("files", 1)
        receipt.stays += await self._elsewhere(found)
        if not await self._written_anew():
            receipt.stays.append(REDIS_KEEPS)
        return receipt

    async def _reviewed(self, found: Found) -> list[ReviewEntry]:
        entries = [entry for name in _names(found) for entry in await self._review.export(name)]
        return list({entry.id: entry for entry in entries}.values())

    async def _forget_gaps(self, found: Found) -> int:
        gaps = GapStore(self._database)
        of_conversations = [await gaps.forget_conversation(name) for name in found.conversations]
        return await gaps.forget(found.person.authors) + sum(of_conversations)

    def _files(self, person: Person) -> list[Path]:
        """Return cases and reports that name the person; what was masked when it was written names nobody."""
        folders = [self._settings.frontdesk_data_dir / name for name in FILES]
        files = [path for folder in folders if folder.is_dir() for path in folder.rglob("*") if path.is_file()]
        return [path for path in sorted(files) if person.is_named_in(path.read_text("utf-8", "replace"))]

    async def _written_anew(self) -> bool:
        """Return whether the server's files hold no more of what was deleted."""
        for order in (rewrite_file, save_anew):
            # What is under way may have begun before the words were deleted.
            if not (await self._is_idle() and await order(self._client)):
                return False
        return await self._is_idle()

    async def _is_idle(self) -> bool:
        until = asyncio.get_running_loop().time() + REWRITE_SECONDS
        while await is_rewriting(self._client):
            if asyncio.get_running_loop().time() > until:
                return False
            await asyncio.sleep(LOOK_SECONDS)
        return True

    async def _elsewhere(self, found: Found) -> list[str]:
        origins = {AuthorId(author).origin for author in found.person.authors}
        stays = [SLACK_KEEPS] if Origin.SLACK in origins else []
        stays += [DESK_KEEPS]
        if tables := self._database.desk_tables:
            stays.append(TABLES_KEEP.format(tables=", ".join(tables)))
        if names := await named_elsewhere(self._client, found.person, found.conversations):
            stays.append(NAMED_IN.format(names=", ".join(names)))
        if self._database.is_on_server:
            stays.append(SERVER_KEEPS)
        return [*stays, BACKUPS_KEEP]


def _names(found: Found) -> list[str]:
    return [*found.person.authors, *found.person.customers, *found.conversations]


@asynccontextmanager
async def open_people(settings: Settings) -> AsyncIterator[PeopleOffice]:
    """Yield the office over the store and the database of the settings.

    Raises:
        ConfigError: one of them does not answer.
    """
    desk = load_desk(settings.frontdesk_desk)
    async with open_store(settings) as client:
        database = await Database.open(database_url(settings), desk, WallClock(), desk.policy.organisations)
        try:
            yield PeopleOffice(settings, client, database, desk.policy)
        finally:
            await database.close()
