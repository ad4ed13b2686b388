"""Looks up who wrote a message: in Slack, in Zendesk, or by the API key of a `/chat` post."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

import structlog

from bot.desk.database import Database
from bot.domain.capabilities import capabilities_of, desk_user
from bot.domain.conversation import Conversation
from bot.domain.errors import PermanentFailure, RemoteError, TemporaryFailure
from bot.domain.events import GROUP_DM, ButtonClicked, CustomerMessage, DraftDecided, File, InboundMessage, WrittenWords
from bot.domain.ids import same_person
from bot.domain.ports import Channel, Profile, Readers

log = structlog.get_logger(__name__)


READ_AGAIN_SECONDS = (0.5, 2.0)
LONGEST_PAUSE_SECONDS = 5.0


class AuthorDirectory:
    """The `Directory` port.

    Args:
        channels: asked for the profiles of their people, by origin.
        data: knows the customers that `/chat` keys vouch for.
        domains: e-mail domain → `team_id` of the connected workspace whose word on such addresses is taken.
    """

    def __init__(self, data: Database, channels: Mapping[str, Channel], domains: Mapping[str, str]) -> None:
        self._data = data
        self._channels = channels
        self._domains = {domain.lower(): team for domain, team in domains.items()}

    async def profile(self, message: InboundMessage) -> Profile:
        """Return what is known of the author; unverified where the vendor cannot be asked."""
        author = message.author
        known = Profile(author.id, author.name)
        if channel := self._channel_of(author.id):
            place = message.channel if isinstance(message, ButtonClicked | DraftDecided) else ""
            try:
                return self._trusted(await channel.within(message.conversation, place).profile(author.id))
            except RemoteError as error:
                log.warning("profile.unknown", author=author.id, error=type(error).__name__)
                return replace(known, unread=isinstance(error, TemporaryFailure))
        if desk_user(author.id):
            return _on_ticket(message)
        if isinstance(message, CustomerMessage) and message.customer_id:
            customer = await self._data.customer_by_id(message.customer_id)
            if customer:
                return Profile(author.id, customer.name, customer.email, verified=True)
        return known

    def _trusted(self, profile: Profile) -> Profile:
        """A workspace beside our own speaks for addresses of the domains that the desk maps to it, and for no other."""
        domain = _domain(profile)
        proven = profile.confirmed and self._domains.get(domain) in profile.teams
        return replace(profile, verified=profile.verified or bool(domain and proven))

    def _channel_of(self, name: str) -> Channel | None:
        """Return the channel of an id, or of an origin."""
        return self._channels.get(name.partition(":")[0])

    async def above(self, conversation: str, line: InboundMessage) -> Sequence[InboundMessage]:
        """Return what was written in the conversation's thread before the line, with names.

        It is read again after a moment's trouble; after more than that the line has to speak for itself.
        """
        for pause in (*READ_AGAIN_SECONDS, None):
            channel = self._channel_of(conversation)
            if channel is None:
                break
            try:
                found = await channel.within(conversation).lines_above(conversation, line.line_ts)
                return [await self._named(each) for each in found]
            except RemoteError as error:
                log.warning("thread.unreadable", error=type(error).__name__)
                if pause is None or not isinstance(error, TemporaryFailure):
                    break
                await asyncio.sleep(min(error.retry_after or pause, LONGEST_PAUSE_SECONDS))
        return ()

    async def _named(self, line: InboundMessage) -> InboundMessage:
        if line.author.name or not isinstance(line, CustomerMessage):
            return line
        return replace(line, author=replace(line.author, name=(await self.profile(line)).name))

    async def with_files(self, lines: Sequence[InboundMessage]) -> Sequence[InboundMessage]:
        """Return the lines with all that is known of their files; where the vendor cannot say, with what they came."""
        known = [tuple([await self._described(file, line) for file in line.files]) for line in lines]
        return [replace(line, files=files) for line, files in zip(lines, known, strict=True)]

    async def _described(self, file: File, line: InboundMessage) -> File:
        channel = self._channel_of(line.surface)
        if file.is_known or channel is None:
            return file
        try:
            return await channel.within(line.conversation).described(file)
        except RemoteError as error:
            log.warning("file.unknown", file=file.id, error=type(error).__name__)
            return file

    async def readers(self, conversation: Conversation, line: InboundMessage, profile: Profile) -> Readers:
        """Return whether people outside the customer's own company, and ours, read the conversation."""
        if capabilities_of(conversation.id).is_ticket:
            return Readers.OTHERS if conversation.ticket and conversation.ticket.copied else Readers.NOBODY
        channel = self._channel_of(conversation.id)
        if channel is None or not capabilities_of(conversation.id).has_threads:
            return Readers.NOBODY
        thread = conversation.address.thread
        if thread.is_direct:
            return Readers.NOBODY
        company = self._domains.get(_domain(profile), "")
        try:
            channel = channel.within(conversation.id)
            if await self._other_teams(channel, thread.channel, line) - {company}:
                # They may be the customer's own, where it is not known whose customer it is.
                return Readers.UNKNOWN if profile.unread else Readers.OTHERS
            return await self._guests(channel, thread.channel, line, profile)
        except RemoteError as error:
            log.warning("channel.unknown", channel=thread.channel, error=type(error).__name__)
            return Readers.UNKNOWN

    async def _other_teams(self, chat: Channel, channel: str, line: InboundMessage) -> frozenset[str]:
        try:
            return await chat.other_teams(channel)
        except RemoteError:
            # What Slack's own event said of the place is as good: https://docs.slack.dev/apis/slack-connect.
            if not _is_internal(line):
                raise
            return frozenset()

    async def _guests(self, chat: Channel, channel: str, line: InboundMessage, profile: Profile) -> Readers:
        """Guests are in the installing workspace and not of it: who invited them alone knows what they may read."""
        try:
            guests = await chat.guests(channel)
        except PermanentFailure:
            # Without the scope nobody can look into a group DM; whom they talk to there its people chose themselves.
            if not _is_group_dm(channel, line) or not _is_internal(line):
                raise
            return Readers.NOBODY
        company = self._domains.get(_domain(profile), "")
        others = [
            guest
            for guest in guests
            if not same_person(guest.id, line.author.id) and not self._is_of(guest, company, profile)
        ]
        return Readers.OTHERS if others else Readers.NOBODY

    @staticmethod
    def _is_of(guest: Profile, company: str, profile: Profile) -> bool:
        """Whether somebody else is of the customer's company, as `domains` in `desk.yml` knows it."""
        return bool(company) and (company in guest.teams or _domain(guest) == _domain(profile))

    async def is_in(self, channel: str, author_id: str) -> bool:
        """Return whether a `slack:TEAM:USER` author is in a channel of the colleagues' own workspace.

        Raises:
            TemporaryFailure: Slack does not say at the moment.
        """
        workspace = self._channel_of(author_id)
        if workspace is None:
            return False
        try:
            return await workspace.is_member(channel, author_id)
        except PermanentFailure as error:
            log.warning("members.unknown", channel=channel, code=error.code)
            return False


def _domain(profile: Profile) -> str:
    return profile.email.rpartition("@")[2].lower()


def _is_group_dm(channel: str, line: InboundMessage) -> bool:
    """A mention's event does not say what kind of place it is; the ids of group DMs begin with G, or did so."""
    place = line.place if isinstance(line, CustomerMessage) else ""
    return (place or (GROUP_DM if channel.startswith("G") else "")) == GROUP_DM


def _is_internal(line: InboundMessage) -> bool:
    """Whether Slack's event said that no other company's workspace reads the channel."""
    return isinstance(line, CustomerMessage) and line.shared is False


def _on_ticket(message: InboundMessage) -> Profile:
    """What came with the message itself: Zendesk was read for it."""
    author = message.author
    match message:
        case WrittenWords():
            return Profile(author.id, author.name, message.email, verified=message.verified)
        case ButtonClicked():
            return Profile(author.id, author.name, message.email)
        case _:
            return Profile(author.id, author.name)
