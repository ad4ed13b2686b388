"""What handlers (`Incoming`) and rules (`TurnContext`) are given, and the ways in which a turn can end."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from bot.desk.database import Database
from bot.desk.loading.desk import Desk
from bot.desk.policy.policy import Policy
from bot.domain.changed import replace
from bot.domain.conversation import Conversation
from bot.domain.effects import Effect
from bot.domain.events import InboundMessage
from bot.domain.handoffs import HandoffRequest
from bot.domain.ids import same_person
from bot.domain.ports import CodeLimits, Directory, OpenMatters
from bot.domain.proposals import Proposal, Stage
from bot.domain.ratings import RatingLinks
from bot.domain.transcript import Entry
from bot.turn import results
from bot.turn.actions.actions import Actions
from bot.turn.autonomy.dial import Dial
from bot.turn.autonomy.preview import DiscreetPreview
from bot.turn.context import Batch, MessageLimits, TurnInput, TurnResult
from bot.turn.handoff.card import Cards
from bot.turn.handoff.reach import Reach, Team
from bot.turn.input_checks.signs import Signs
from bot.turn.stages.answer import Answering
from bot.turn.stages.screen import Screen

E = TypeVar("E", bound=InboundMessage)


@dataclass(frozen=True)
class TurnDeps:
    """What the turns of one desk work with.

    Args:
        directory: tells who wrote.
        dial: says how much of a turn reaches the customer.
        has_helpdesk: whether tickets can be opened.
        sends_codes: whether a one-time code can reach the address on file.
        approvals_channel: id of the Slack channel where humans approve, empty for none.
        drafts_channel: id of the Slack channel where humans decide on drafts, empty for the ticket.
        cards: shows escalations to colleagues.
        codes: counts one-time codes and guesses at them, None where none are sent.
        matters: counts what one person has open, None where nothing bounds it.
        signs: finds by meaning what rules in words miss; None goes by words alone.
        rating_links: makes the links by which tickets are rated; None where customers know no address of ours.
    """

    desk: Desk
    directory: Directory
    limits: MessageLimits
    data: Database
    actions: Actions
    answering: Answering
    screen: Screen
    dial: Dial
    has_helpdesk: bool
    sends_codes: bool = False
    approvals_channel: str = ""
    drafts_channel: str = ""
    cards: Cards = field(default_factory=Cards)
    codes: CodeLimits | None = None
    matters: OpenMatters | None = None
    signs: Signs | None = None
    rating_links: RatingLinks | None = None

    def reach(self, conversation: Conversation) -> Reach:
        """Return who would get a hand-over of the conversation."""
        return Team(self.has_helpdesk, self.cards.channel or self.approvals_channel).reach(conversation)


@dataclass(frozen=True)
class Incoming:
    """What a handler is given: the first waiting messages, before anybody asked who wrote them.

    Args:
        lines: those that make one turn, never empty.
        preview: what the customer sees while the turn runs.
    """

    deps: TurnDeps
    waiting: TurnInput
    lines: Sequence[InboundMessage]
    preview: DiscreetPreview

    @property
    def first(self) -> InboundMessage:
        """The line that decides what kind of turn it is."""
        return self.lines[0]

    def each(self, event: type[E]) -> list[E]:
        """Return the lines that are of one kind of event."""
        return [line for line in self.lines if isinstance(line, event)]

    def only(self, event: type[E]) -> E:
        """Return the one line as the kind of event that a handler is for.

        Raises:
            ValueError: it is another kind.
        """
        [line] = self.each(event)
        return line

    @property
    def conversation(self) -> Conversation:
        """The conversation as the last turn left it."""
        return self.waiting.conversation

    @property
    def policy(self) -> Policy:
        """What `desk.yml` says."""
        return self.deps.desk.policy


@dataclass(frozen=True)
class TurnContext:
    """What a rule is given: a customer's words, who they are, and the conversation as it is now.

    Args:
        lines: as they were written, one-time codes included; never empty.
        asked: the same lines as they may be kept, and their author.
        lane: the specialist whom the screen found them to be for, empty for nobody.
        ahead: effects that come before those of whatever is decided.
    """

    deps: TurnDeps
    waiting: TurnInput
    lines: Sequence[InboundMessage]
    asked: Batch
    preview: DiscreetPreview
    lane: str = ""
    ahead: tuple[Effect, ...] = ()

    @property
    def conversation(self) -> Conversation:
        """The conversation as the rules before left it."""
        return self.waiting.conversation

    @property
    def desk(self) -> Desk:
        """The desk that answers."""
        return self.deps.desk

    @property
    def policy(self) -> Policy:
        """What `desk.yml` says."""
        return self.deps.desk.policy

    @property
    def limits(self) -> MessageLimits:
        """What the environment bounds."""
        return self.deps.limits

    @property
    def now(self) -> float:
        """Unix seconds, the same for every attempt of the turn."""
        return self.waiting.now

    @property
    def text(self) -> str:
        """The words of all lines as they were written."""
        return "\n".join(line.text for line in self.lines)

    @property
    def has_files(self) -> bool:
        """Whether a file came with any of the lines."""
        return any(line.files for line in self.lines)

    @property
    def above(self) -> tuple[str, ...]:
        """Ids of the author's own lines that stood in the thread before the bot was called."""
        return tuple(line.id for line in self.lines if line.is_above)

    def own_proposals(self, stage: Stage) -> list[Proposal]:
        """Return the author's own proposals that wait in a stage; nobody else's words move them."""
        author = self.lines[0].author.id
        return [
            proposal
            for proposal in self.conversation.proposals
            if proposal.stage is stage and same_person(proposal.author, author) and not proposal.expired(self.now)
        ]

    def with_conversation(self, conversation: Conversation) -> "TurnContext":
        """Return the same for a conversation that has changed meanwhile."""
        return replace(self, waiting=replace(self.waiting, conversation=conversation))

    def reply(self, text: str, verdict: str) -> TurnResult:
        """The desk answers in words of its own; people are one click away.

        Args:
            verdict: what happened, in a word or two, for log and audit.
        """
        return results.told(self.desk, self.waiting, self.asked, text, verdict)

    async def escalate(
        self,
        request: HandoffRequest,
        kind: str = "rule",
        *,
        entries: Sequence[Entry] = (),
        preview: str = "",
    ) -> TurnResult:
        """People take over, and read what was done for the customer elsewhere.

        Args:
            kind: who asked for them: `model`, `rule`, `failure` or `button`.
            entries: what the run said and did before.
            preview: reference of the message that shows the preview, empty for none.
        """
        deeds = await self.deps.actions.done_elsewhere(self.waiting, self.asked.customer)
        asked = replace(self.asked, requester=replace(self.asked.requester, deeds=deeds))
        return hand_over(self.deps, self.waiting, asked, request, kind, entries=entries, preview=preview)

    def relay(self) -> TurnResult:
        """A human has the conversation: the lines go to the ticket, and the bot says nothing."""
        return results.relayed(self.desk, self.waiting, self.asked, has_helpdesk=self.deps.has_helpdesk)

    def silent(self, why: str) -> TurnResult:
        """Nobody says anything."""
        return results.silent(self.waiting, self.asked, why)


Handler = Callable[[Incoming], Awaitable[TurnResult | TurnContext]]
"""What happens for one kind of event; a context is a customer's words that the rules, or else a model, answer."""

Rule = Callable[[TurnContext], Awaitable[TurnResult | TurnContext | None]]
"""A result ends the turn and None passes; so does a context, which later rules see in the place of theirs."""


def hand_over(
    deps: TurnDeps,
    waiting: TurnInput,
    asked: Batch,
    request: HandoffRequest,
    kind: str,
    *,
    entries: Sequence[Entry] = (),
    preview: str = "",
) -> TurnResult:
    """Return how people take over, without asking any store or vendor on the way."""
    return results.escalated(
        deps.desk,
        waiting,
        asked,
        request,
        kind,
        entries=entries,
        preview=preview,
        reach=deps.reach(waiting.conversation),
        channel="" if deps.cards.channel else deps.approvals_channel,
    )
