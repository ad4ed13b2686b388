"""The contract of every effect handler: how it is called, what it returns, how it recovers."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, ClassVar, Protocol, TypeVar

from bot.delivery.attachments import FileSource, fetched
from bot.delivery.direct_message import DirectMessages
from bot.delivery.one_time_codes import OneTimeCodes
from bot.delivery.tickets import TicketDelivery
from bot.domain.capabilities import colleagues_origin
from bot.domain.conversation import Conversation
from bot.domain.effects import Effect
from bot.domain.errors import PermanentFailure
from bot.domain.events import File
from bot.domain.facts import Facts
from bot.domain.ids import ConversationId
from bot.domain.ports import Channel, Clock, HelpDesk
from bot.store.queue.held import Held, StoredEffect
from bot.store.records.duplicate_checks import DuplicateChecks

MARGIN_SECONDS = 60.0
"""How far a vendor's clock may be behind ours when a message is looked for."""

AnyPort = TypeVar("AnyPort")
AnEffect_contra = TypeVar("AnEffect_contra", bound=Effect, contravariant=True)


class Recovery(StrEnum):
    """How an effect that may have been carried out already is kept from happening twice."""

    SERVER_KEY = "server key"
    """The vendor knows the request again by a key of ours."""

    READ_BACK = "read back"
    """It left a mark of ours, which is looked for before it is sent again."""

    IDEMPOTENT = "idempotent"
    """It is sent again: twice comes to the same as once."""

    NONE = "none"
    """It is sent again and may arrive twice, which does no harm."""


class DeliveryLinks(Protocol):
    """What delivery writes outside the conversation."""

    async def link(self, ticket_id: str, conversation: str) -> None:
        """Remember whose ticket it is."""

    async def announce(self, message: str, conversation: str) -> None:
        """Remember what a message to colleagues (`CHANNEL:TS`) is about."""


@dataclass(frozen=True)
class Delivered:
    """What carrying out an effect taught.

    Args:
        facts: kept with the conversation.
        answer: what the `/chat` posts in `answers` are answered with.
    """

    facts: Facts = field(default_factory=Facts)
    answer: Mapping[str, object] | None = None
    answers: Sequence[str] = ()
    outcome: str = "done"


@dataclass(frozen=True)
class Ports:
    """What handlers reach the world by; None for a side that is not connected.

    Args:
        deleted: returns the ids of the held conversation's lines that were deleted.
        overtaken: returns whether a customer has written what no turn has taken yet.
        codes: returns what sends one-time codes in the name of the desk at work.
    """

    links: DeliveryLinks
    deleted: Callable[[Held], Awaitable[Collection[str]]]
    clock: Clock
    overtaken: Callable[[Held], Awaitable[bool]] | None = None
    channels: Mapping[str, Channel] = field(default_factory=dict)
    helpdesk: HelpDesk | None = None
    tickets: TicketDelivery | None = None
    codes: Callable[[], OneTimeCodes] | None = None
    directly: DirectMessages | None = None
    doubts: DuplicateChecks | None = None

    def channel_of(self, name: str) -> Channel | None:
        """Return the channel of an origin or a conversation, None where it has none, or it is not connected."""
        return self.channels.get(name.partition(":")[0])

    @property
    def colleagues(self) -> Channel | None:
        """Where colleagues have a channel."""
        return self.channels.get(colleagues_origin() or "")

    async def doubt(self, place: str) -> None:
        """Have a thread read back later: what was posted in it may stand there twice.

        Raises:
            TemporaryFailure: the store is down.
        """
        if self.doubts and self.channel_of(place):
            await self.doubts.add(place)


@dataclass(frozen=True)
class Outgoing:
    """One effect on its way.

    Args:
        patient: whether words wait for a file that cannot be fetched just now.
    """

    held: Held
    stored: StoredEffect
    ports: Ports
    patient: bool = True

    @property
    def conversation(self) -> Conversation:
        """The conversation with what delivery has learnt."""
        return replace(self.held.conversation, facts=self.held.facts)

    @property
    def channel(self) -> Channel | None:
        """Where the conversation's customer is answered."""
        channel = self.ports.channel_of(self.held.id)
        return channel and channel.within(self.held.id)

    @property
    def earliest(self) -> float:
        """Unix seconds, by the vendor's clock, before which the effect cannot have been carried out.

        Not the intent alone: a restored backup has lost that it was done, and when; it was no earlier than its cause.
        """
        return min(self.stored.intent_at, self.held.oldest) - MARGIN_SECONDS

    async def files(
        self, files: Sequence[File], source: FileSource | None
    ) -> tuple[tuple[File, ...], list[bytes], str]:
        """Fetch the files; soon the words go without those that cannot be had."""
        return await fetched(files, source, patient=self.patient)

    async def ts_in_thread(self, asked: Sequence[str] = ()) -> str:
        """Return the `ts` of the message in the thread that carries the effect, empty for none.

        Args:
            asked: ids of the lines that it answers, for a holder who did not take their turn.
        """
        await self.ports.doubt(self.held.conversation.address)
        since = min([self.earliest, *(float(ConversationId(line).thread.ts) for line in asked)])
        return await needed(self.channel).find(self.held.conversation, self.stored.effect.id, since)

    async def is_on_ticket(self) -> bool:
        """Return whether the linked ticket's audits carry the effect."""
        ticket_id = self.held.conversation.ticket_id
        if not ticket_id:
            return False
        found, _ = await needed(self.ports.helpdesk).find_update(ticket_id, self.stored.effect.id)
        return found


class EffectHandler(Protocol[AnEffect_contra]):
    """Carries out one kind of effect. Both methods raise the `RemoteError` family."""

    recovery: ClassVar[Recovery]

    async def send(self, outgoing: Outgoing, effect: AnEffect_contra) -> Delivered:
        """Carry the effect out."""

    async def find(self, outgoing: Outgoing, effect: AnEffect_contra) -> Delivered | None:
        """Return what an earlier attempt already did, None when it did nothing."""


class SentAgain:
    """Part of a handler whose effect leaves nothing to be found by: it is sent again."""

    async def find(self, _outgoing: Outgoing, _effect: Any) -> None:
        """Find nothing."""
        return


def needed(port: AnyPort | None) -> AnyPort:
    """Return the port.

    Raises:
        PermanentFailure: this side is not connected.
    """
    if port is None:
        raise PermanentFailure("this side is not connected", "not_connected")
    return port
