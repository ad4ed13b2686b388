"""The story of one turn, top to bottom: who wrote, what policy says, what follows.

A turn takes the messages of one author in a row. It returns the conversation as it leaves it, the new entries of
the transcript and the effects to deliver; the caller commits them together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import takewhile

from agents import Agent

from bot import metrics
from bot.desk.customer import Customer
from bot.desk.data import Database
from bot.desk.loader import Desk
from bot.desk.policy import is_staff
from bot.desk.tools import ToolContext
from bot.domain.conversation import Conversation, Move, Owner
from bot.domain.effects import Button, Effect, Reply, UpdateTicket
from bot.domain.errors import AgentError
from bot.domain.messages import Author, InboundMessage, Kind, Surface, slack_thread, surface_of
from bot.domain.ports import Clock, Directory, Preview, Profile
from bot.domain.transcript import Entry, Role
from bot.turn import gates, people
from bot.turn.escalation import Request, Requester, escalate, handed_over_reply, relay_to_ticket
from bot.turn.run import Run, run_specialist
from bot.turn.session import TurnSession, model_history, said_by_bot, said_by_customer
from bot.turn.showing import Showing

HUMAN_BUTTON = "frontdesk_human"
REFUSAL = "That message is longer than I can take in ({limit} characters at most). Could you send the important part?"
SLOWED = "You're writing faster than I can answer. Nothing is lost: I'll go on with your messages in a moment."
SUMMARY_CHARS = 300


@dataclass(frozen=True)
class Waiting:
    """What a turn reads.

    Args:
        messages: the frozen head of the inbox, never empty.
        history: the newest entries, oldest first.
        now: the clock fixed by the first attempt.
        preview: reference of a preview that a dead attempt began.
        before: summary of the same person's last conversation, empty for none.
    """

    conversation: Conversation
    messages: Sequence[InboundMessage]
    history: Sequence[Entry]
    now: float
    preview: str = ""
    before: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a turn decided; `consumed` messages are answered by it."""

    conversation: Conversation
    consumed: int
    entries: tuple[Entry, ...] = ()
    effects: tuple[Effect, ...] = ()
    verdict: str = "silent"


def batch_of(messages: Sequence[InboundMessage]) -> Sequence[InboundMessage]:
    """Return the first messages that make one turn: consecutive lines of one customer, else a single one."""
    first = messages[0]
    if first.kind is not Kind.CUSTOMER:
        return messages[:1]
    return list(takewhile(lambda message: (message.kind, message.author.id) == (first.kind, first.author.id), messages))


class Turn:
    """Takes turns with one desk.

    Args:
        agents: the desk's specialists as SDK agents.
        directory: tells who wrote.
        has_helpdesk: whether tickets can be opened.
    """

    def __init__(
        self,
        desk: Desk,
        agents: Mapping[str, Agent[ToolContext]],
        directory: Directory,
        limits: gates.Limits,
        clock: Clock,
        data: Database,
        *,
        has_helpdesk: bool,
    ) -> None:
        self._data = data
        self._desk = desk
        self._agents = agents
        self._directory = directory
        self._limits = limits
        self._clock = clock
        self._has_helpdesk = has_helpdesk

    async def take(self, waiting: Waiting, preview: Preview) -> Outcome:
        """Return what the first waiting messages lead to."""
        batch = batch_of(waiting.messages)
        first = batch[0]
        if first.kind is Kind.TICKET:
            return _followed(waiting, people.follow_ticket(waiting.conversation, first))
        if first.kind is Kind.STAFF:
            return _followed(waiting, people.relay_to_thread(waiting.conversation, first))
        profile = await self._directory.profile(first)
        if first.kind is Kind.CLICK:
            return await self._clicked(waiting, first, profile)
        if first.kind is not Kind.CUSTOMER:
            return Outcome(waiting.conversation, len(batch))
        if self._is_colleague(waiting.conversation, first, profile):
            return await self._taken_over(waiting, first, profile)
        return await self._customer_wrote(waiting, batch, profile, preview)

    async def _taken_over(self, waiting: Waiting, line: InboundMessage, colleague: Profile) -> Outcome:
        conversation = waiting.conversation
        author = Author(conversation.requester, conversation.requester_name)
        requester = Requester(author, await self._directory.profile(replace(line, author=author)))
        named = replace(line, author=Author(line.author.id, colleague.name or line.author.name))
        followed = people.takeover_in_thread(
            conversation, named, requester, waiting.history, self._desk.policy, has_helpdesk=self._has_helpdesk
        )
        return _followed(waiting, followed)

    def slowed(self, conversation: Conversation, message: InboundMessage) -> Reply:
        """Return the notice to a customer whose many messages have to wait a little."""
        return Reply(
            id=f"{message.id}:slowed",
            text=SLOWED,
            agent=conversation.specialist or self._desk.first,
            recipient=message.author.id,
            status="",
        )

    def _is_colleague(self, conversation: Conversation, message: InboundMessage, profile: Profile) -> bool:
        """Staff who write in a customer's thread are human agents; in a thread of their own they are customers."""
        if message.surface is not Surface.SLACK or conversation.requester in {"", message.author.id}:
            return False
        at_home = message.author.id.split(":")[1] == slack_thread(conversation.id).team
        return at_home and is_staff(self._desk.policy, message.author.id, profile.email if profile.verified else "")

    async def _customer_wrote(
        self, waiting: Waiting, batch: Sequence[InboundMessage], profile: Profile, preview: Preview
    ) -> Outcome:
        conversation = _opened(waiting.conversation, batch, profile)
        if conversation.owner is Owner.IDLE_CLOSED:
            conversation = conversation.move(Move.WRITE_AGAIN)
        waiting = replace(waiting, conversation=conversation)
        customer = await self._customer(profile)
        requester = _requester(batch[0].author, profile, customer)
        verdict = gates.check_gates(conversation, batch, self._desk.policy, self._limits, waiting.now)
        match verdict:
            case gates.Silent(why):
                return Outcome(conversation, len(batch), _said(batch, profile), verdict=why)
            case gates.RelayToTicket():
                return self._relayed(waiting, batch, requester)
            case gates.Refuse():
                text = REFUSAL.format(limit=self._limits.longest)
                return self._answered(waiting, batch, _spoken(conversation, text, waiting.now), text, "refused")
            case gates.Close():
                return self._thanked(waiting, batch, profile)
            case gates.Escalate(reason, priority, topic):
                request = Request(reason, priority, topic)
                return self._escalated(waiting, batch, requester, request, (), "rule")
            case gates.Proceed():
                return await self._answer(waiting, batch, requester, customer, preview)

    async def _answer(
        self,
        waiting: Waiting,
        batch: Sequence[InboundMessage],
        requester: Requester,
        customer: Customer | None,
        preview: Preview,
    ) -> Outcome:
        conversation = waiting.conversation
        showing = Showing(preview)
        await showing.status("is thinking…")
        context = ToolContext(
            customer=customer,
            author_name=requester.profile.name or requester.author.name,
            data=self._data,
            knowledge=self._desk.knowledge,
            clock=self._clock,
            extras={"before": waiting.before},
        )
        session = TurnSession(
            conversation.id,
            model_history(
                waiting.history,
                conversation.ticket_id,
                reader=batch[0].author.id,
                unsent=conversation.facts.get("unsent", ""),
            ),
        )
        said = said_by_customer(_words(batch))
        specialist = conversation.specialist if conversation.specialist in self._agents else self._desk.first
        try:
            run = await run_specialist(self._agents, specialist, said, session, context, showing, waiting.now)
            await showing.settle()
        except AgentError as error:
            await showing.clear()
            return self._escalated(waiting, batch, requester, Request(error.reason), (), "failure", preview.ref)
        finally:
            await showing.drop()
        waiting = replace(waiting, conversation=replace(conversation, specialist=run.specialist))
        if run.request:
            return self._escalated(waiting, batch, requester, run.request, run.entries, "model", preview.ref)
        return self._answered(waiting, batch, run.entries, run.text, "answered", run=run, preview=preview.ref)

    def _answered(
        self,
        waiting: Waiting,
        batch: Sequence[InboundMessage],
        entries: Sequence[Entry],
        text: str,
        verdict: str,
        *,
        run: Run | None = None,
        preview: str = "",
    ) -> Outcome:
        recent = gates.recent_replies(waiting.conversation, self._desk.policy, waiting.now)
        conversation = replace(
            waiting.conversation,
            ours=True,
            turns=waiting.conversation.turns + 1,
            unresolved=waiting.conversation.unresolved + (1 if run else 0),
            reply_times=(*recent, waiting.now),
            summary=_summary(batch, text),
        )
        said = (*_said(batch), *entries)
        cause = batch[-1].id
        reply = Reply(
            id=f"{cause}:reply",
            text=text,
            agent=conversation.specialist or self._desk.first,
            preview=preview,
            recipient=batch[-1].author.id,
            stamp=batch[-1].data.get("stamp", ""),
            buttons=(Button(HUMAN_BUTTON, "Talk to a human", _token(cause)),) if run else (),
        )
        return _finished(waiting, conversation, batch, said, (), reply, verdict)

    def _escalated(
        self,
        waiting: Waiting,
        batch: Sequence[InboundMessage],
        requester: Requester,
        request: Request,
        entries: Sequence[Entry],
        kind: str,
        preview: str = "",
    ) -> Outcome:
        metrics.ESCALATIONS.labels(kind=kind).inc()
        cause = batch[-1].id
        handover = escalate(
            waiting.conversation,
            request,
            requester,
            [line for line in batch if line.kind is Kind.CUSTOMER],
            [*waiting.history, *entries],
            self._desk.policy,
            cause=cause,
            now=waiting.now,
            has_helpdesk=self._has_helpdesk,
        )
        conversation = replace(
            handover.conversation,
            turns=waiting.conversation.turns + 1,
            summary=_summary(batch, "handed over to a human"),
        )
        said = (*_said(batch), *entries, *_spoken(conversation, handover.words, waiting.now))
        reply = handed_over_reply(handover, cause, requester.author.id, preview)
        return _finished(waiting, conversation, batch, said, handover.effects, reply, f"escalated by {kind}")

    def _relayed(self, waiting: Waiting, batch: Sequence[InboundMessage], requester: Requester) -> Outcome:
        conversation = replace(waiting.conversation, turns=waiting.conversation.turns + 1)
        effects = relay_to_ticket(conversation, batch, requester, batch[-1].id)
        reply = Reply(id=f"{batch[-1].id}:reply", text="", agent="human", recipient=batch[-1].author.id, status="")
        return _finished(waiting, conversation, batch, _said(batch), effects, reply, "relayed")

    def _thanked(self, waiting: Waiting, batch: Sequence[InboundMessage], profile: Profile) -> Outcome:
        waiting = replace(waiting, conversation=replace(waiting.conversation, unresolved=0))
        cause = batch[-1].id
        if surface_of(waiting.conversation.id) is Surface.ZENDESK:
            solved = UpdateTicket(id=f"{cause}:solved", status="solved", add_tags=(people.TAG,), source=cause)
            after = replace(waiting.conversation, turns=waiting.conversation.turns + 1)
            return Outcome(after, len(batch), _said(batch), (solved,), "solved")
        first_name = (profile.name or batch[0].author.name).partition(" ")[0]
        text = f"You're welcome{', ' + first_name if first_name else ''}! Just write here if anything else comes up."
        return self._answered(waiting, batch, _spoken(waiting.conversation, text, waiting.now), text, "thanked")

    async def _clicked(self, waiting: Waiting, click: InboundMessage, profile: Profile) -> Outcome:
        """The customer's "talk to a human"; a click by anyone else, or when people have it already, does nothing."""
        conversation = waiting.conversation
        mine = click.author.id == conversation.requester or any(
            entry.author == click.author.id for entry in waiting.history
        )
        if click.data.get("action") != HUMAN_BUTTON or not mine or not conversation.can(Move.ESCALATE):
            return Outcome(conversation, 1, verdict="click ignored")
        customer = await self._customer(profile)
        requester = _requester(click.author, profile, customer)
        request = Request("the customer asked for a human by button")
        return self._escalated(waiting, [click], requester, request, (), "button")

    async def _customer(self, profile: Profile) -> Customer | None:
        """The desk's customer behind a verified author; an address in the text proves nothing."""
        return await self._data.customer_by_email(profile.email) if profile.verified and profile.email else None


def _followed(waiting: Waiting, followed: people.Followed) -> Outcome:
    conversation = replace(followed.conversation, items=waiting.conversation.items + len(followed.entries))
    return Outcome(conversation, 1, followed.entries, followed.effects, followed.verdict)


def _opened(conversation: Conversation, batch: Sequence[InboundMessage], profile: Profile) -> Conversation:
    """The first customer who writes is the conversation's requester; comments taken in are not read again."""
    message = batch[0]
    comments = [int(line.data.get("comment", "0")) for line in batch]
    conversation = replace(conversation, last_comment=max(conversation.last_comment, *comments))
    if conversation.requester:
        return conversation
    return replace(
        conversation,
        requester=message.author.id,
        requester_name=profile.name or message.author.name,
        previous=message.data.get("previous", ""),
    )


def _finished(
    waiting: Waiting,
    conversation: Conversation,
    batch: Sequence[InboundMessage],
    entries: Sequence[Entry],
    effects: Sequence[Effect],
    reply: Reply,
    verdict: str,
) -> Outcome:
    """Number the transcript and, where there is something to say or somebody waits for it, add the reply."""
    conversation = replace(conversation, items=waiting.conversation.items + len(entries))
    answers = tuple(line.id for line in batch if line.surface is Surface.CHAT)
    wanted = bool(reply.text) or bool(answers)
    reply = replace(reply, answers=answers, turn=conversation.turns, items=conversation.items)
    return Outcome(conversation, len(batch), tuple(entries), (*effects, reply) if wanted else tuple(effects), verdict)


def _said(batch: Sequence[InboundMessage], profile: Profile | None = None) -> tuple[Entry, ...]:
    """The customer's lines as one entry, as the model reads them."""
    lines = [line for line in batch if line.kind is Kind.CUSTOMER]
    if not lines:
        return ()
    author = lines[0].author
    text = _words(lines)
    name = (profile.name if profile else "") or author.name
    return (Entry(Role.USER, text, lines[-1].at, "", author.id, name, (_plain(said_by_customer(text)),)),)


def _words(batch: Sequence[InboundMessage]) -> str:
    """All lines of the batch; a file is named, since the model cannot see it."""
    parts = []
    for line in batch:
        files = [f"[file: {file.name}]" for file in line.files]
        parts.append("\n".join([*([line.text] if line.text else []), *files]))
    return "\n".join(part for part in parts if part)


def _spoken(conversation: Conversation, text: str, now: float) -> tuple[Entry, ...]:
    return (Entry(Role.ASSISTANT, text, now, conversation.specialist, items=(_plain(said_by_bot(text)),)),)


def _requester(author: Author, profile: Profile, customer: Customer | None) -> Requester:
    if customer is None:
        return Requester(author, profile)
    parts = [customer.id, f"customer since {customer.since}" if customer.since else ""]
    parts.append(f"lifetime value {customer.lifetime_value}" if customer.lifetime_value is not None else "")
    return Requester(author, profile, customer.plan, ", ".join(part for part in parts if part))


def _token(cause: str) -> str:
    """An opaque value for the buttons of the answer to `cause`."""
    return sha256(cause.encode()).hexdigest()[:24]


def _plain(item: object) -> Mapping[str, object]:
    return item if isinstance(item, dict) else {}


def _summary(batch: Sequence[InboundMessage], answer: str) -> str:
    """A line or two that the same person's next conversation begins with."""
    asked = " ".join(_words(batch).split())[:SUMMARY_CHARS]
    return f"they wrote “{asked}”; answer: “{' '.join(answer.split())[:SUMMARY_CHARS]}”"
