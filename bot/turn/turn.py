"""The story of one turn, top to bottom: who wrote, what policy says, what follows.

A turn takes the messages of one author in a row. It returns the conversation as it leaves it, the new entries of
the transcript and the effects to deliver; the caller commits them together.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile

import structlog
from agents import Agent

from bot.desk.database import Database
from bot.desk.loading.loader import Desk
from bot.desk.policy.policy import is_staff
from bot.desk.tools.customer import Customer
from bot.desk.tools.mcp import ToolServers
from bot.desk.tools.tools import ToolContext
from bot.domain.conversation import Conversation, Move, Owner
from bot.domain.effects import Reply
from bot.domain.errors import AgentError, TemporaryFailure
from bot.domain.events import Author, InboundMessage, Kind, Origin, Sent, origin_of, person_of, same_person
from bot.domain.identity import Proof, digest_of
from bot.domain.model_faults import TOLD, Why, fields_of
from bot.domain.ports import CodeLimits, Directory, OpenMatters, PastConversations, Preview, Profile, Readers, Room
from bot.domain.proposals import APPROVE, CONFIRM, DECLINE, REJECT
from bot.domain.redaction import mask_codes
from bot.domain.transcript import Entry, Role
from bot.turn import results, timers
from bot.turn.actions.actions import Actions
from bot.turn.actions.proposals import show
from bot.turn.agent.cancellation import Stopped
from bot.turn.agent.history import HistoryKeeper
from bot.turn.agent.model_cost import Overspent, paid_by
from bot.turn.agent.runner import Run, was_withheld
from bot.turn.agent.specialists import PROVE
from bot.turn.audit import AuditHooks
from bot.turn.context import Batch, TurnInput, TurnResult, batch_of, requester_of, spoken
from bot.turn.handoff import human_agents, words
from bot.turn.handoff.escalation import HandoffRequest, Requester
from bot.turn.input_checks import sentiment
from bot.turn.input_checks.injection import RuleVerdict, as_name, injection
from bot.turn.input_checks.language import language_of_customer
from bot.turn.routing.router import Routes
from bot.turn.stages import edits, gates, identity, operator, rating
from bot.turn.stages.answer import Answering
from bot.turn.stages.authors import introduced, with_names
from bot.turn.stages.desk_context import keeping
from bot.turn.stages.screen import LEFT_OUT, Ask, Screen
from bot.turn.stages.thread_context import Above, is_called_in, read_above

MOST_FILES = 20
"""A conversation keeps so many for the ticket that it may become, the newest."""
COPIED = "personal data was asked for, and people of another organisation are in copy"

TOO_MANY = (
    "this customer has as many conversations open as one person may have ({most}); the bot answers in no further one "
    "until some are settled"
)
OVER = frozenset({"thanked", "solved"})
"""Verdicts after which nothing is left to do."""

log = structlog.get_logger(__name__)


class Turn:
    """Takes turns with one desk.

    Args:
        agents: the desk's specialists as SDK agents.
        directory: tells who wrote.
        has_helpdesk: whether tickets can be opened.
        sends_codes: whether a one-time code can reach the address on file.
        approvals_channel: id of the Slack channel where humans approve, empty for none.
        memory: keeps the history within its bound.
        router: picks the specialist of a first message where it is sure; None leaves every one to triage.
        visits: what a customer came for before, None where nothing is remembered.
        ask: the small model's screen, None where there is none to ask.
        codes: counts one-time codes and guesses at them, None where none are sent.
        matters: counts what one person has open, None where nothing bounds it.
    """

    def __init__(
        self,
        desk: Desk,
        agents: Mapping[str, Agent[ToolContext]],
        directory: Directory,
        limits: gates.MessageLimits,
        data: Database,
        memory: HistoryKeeper,
        *,
        has_helpdesk: bool,
        sends_codes: bool = False,
        approvals_channel: str = "",
        router: Routes | None = None,
        ask: Ask | None = None,
        servers: ToolServers | None = None,
        visits: PastConversations | None = None,
        codes: CodeLimits | None = None,
        matters: OpenMatters | None = None,
    ) -> None:
        self._desk = desk
        self._directory = directory
        self._limits = limits
        self._data = data
        self._memory = memory
        self._has_helpdesk = has_helpdesk
        self._sends_codes = sends_codes
        self._channel = approvals_channel
        self._codes = codes
        self._matters = matters
        self._actions = Actions(
            desk, data, directory, channel=approvals_channel, has_helpdesk=has_helpdesk, servers=servers
        )
        self._answering = Answering(desk, agents, data, router, visits, sends_codes=sends_codes)
        self._screen = Screen(desk, router, ask)

    async def introduced(self, waiting: TurnInput) -> TurnInput:
        """Return the same with the first batch under the one id of its author, and people in it by their names."""
        return replace(waiting, messages=await introduced(self._directory, waiting))

    async def take(self, waiting: TurnInput, preview: Preview) -> TurnResult:
        """Return what the first waiting messages lead to."""
        caring = self._memory.care(waiting)
        try:
            outcome = self._touched(waiting, await self._take(waiting, preview))
            outcome = await self._settled(waiting.conversation, outcome)
            return (await caring).of(outcome) if caring else outcome
        finally:
            if caring:
                caring.cancel()

    async def expire(self, waiting: TurnInput, deadline: timers.Deadline) -> TurnResult:
        """Return what a deadline leads to that has passed while nothing waited."""
        expiry = timers.Expiry(waiting, self._desk, self._actions.withdraw, has_helpdesk=self._has_helpdesk)
        return await self._settled(waiting.conversation, await timers.fire(expiry, deadline))

    def news(self, waiting: TurnInput, undelivered: Collection[str]) -> TurnResult | None:
        """Return what a customer hears of their hand-over now, None where there is nothing new."""
        return words.news(waiting, undelivered, self._desk.policy)

    def _touched(self, waiting: TurnInput, outcome: TurnResult) -> TurnResult:
        return timers.touched(waiting.conversation, outcome, waiting.messages[0], self._desk.policy, waiting.now)

    async def _take(self, waiting: TurnInput, preview: Preview) -> TurnResult:
        batch = batch_of(waiting.messages)
        first = batch[0]
        if (news := self._news(waiting.conversation, first)) is not None:
            return results.followed(waiting, news)
        if first.kind is Kind.CLOSE:
            return operator.close(waiting, first)
        if first.is_by_machine:
            return results.by_machine(waiting, batch)
        return await self._person_did(waiting, batch, preview)

    async def _person_did(self, waiting: TurnInput, batch: Sequence[InboundMessage], preview: Preview) -> TurnResult:
        if any(line.files for line in batch):
            batch = await self._directory.with_files(batch)
        first = batch[0]
        profile = await self._directory.profile(first)
        if first.kind is Kind.CLICK:
            return await self._clicked(waiting, first, profile)
        if first.kind is not Kind.CUSTOMER:
            return TurnResult(waiting.conversation, len(batch))
        is_colleague = self._is_colleague(waiting.conversation, first, profile)
        if edits.is_edit(batch):
            return await self._changed(waiting, batch, profile, preview, is_colleague=is_colleague)
        if is_colleague:
            return await self._taken_over(waiting, first, profile)
        if "retried" in waiting.messages[0].data:
            return await self._taken_again(waiting, batch, profile, preview)
        return await self._customer_wrote(waiting, batch, profile, preview)

    async def _changed(
        self,
        waiting: TurnInput,
        batch: Sequence[InboundMessage],
        profile: Profile,
        preview: Preview,
        *,
        is_colleague: bool,
    ) -> TurnResult:
        """A line that was taken in says something else now: people who have it are told, the bot answers it anew."""
        conversation, batch = waiting.conversation, edits.newest_words(batch)
        with_people = conversation.is_with_human or conversation.before_off in {Owner.HUMAN, Owner.ESCALATED}
        if with_people or is_colleague:
            told = human_agents.line_changed(conversation, _without_codes(batch[-1]), profile.name)
            return replace(results.followed(waiting, told), consumed=len(batch))
        if not edits.says_else(batch[-1]):
            return TurnResult(conversation, len(batch), verdict="edited without a difference")
        return await self._customer_wrote(waiting, batch, profile, preview)

    def _news(self, conversation: Conversation, first: InboundMessage) -> human_agents.OwnerChange | None:
        """Return what people's doings lead to, None where nobody of ours did anything."""
        match first.kind:
            case Kind.TICKET:
                news = human_agents.follow_ticket(conversation, first)
                return rating.ask(conversation, news, first) if self._desk.policy.timers.ask_rating else news
            case Kind.DELETED:
                return human_agents.line_deleted(conversation, _without_codes(first))
            case Kind.PLACE:
                return human_agents.place_changed(conversation, first)
            case Kind.STAFF:
                return human_agents.relay_to_thread(conversation, _without_codes(first))
        return None

    async def _taken_again(
        self, waiting: TurnInput, batch: Sequence[InboundMessage], profile: Profile, preview: Preview
    ) -> TurnResult:
        """An operator has a turn that was given up tried again, unless people have it by now."""
        again = operator.taken_again(waiting, waiting.messages[0])
        if again is None:  # what came after it is a turn of its own
            known = list(takewhile(lambda line: "retried" in line.data, waiting.messages))
            return TurnResult(waiting.conversation, len(known), verdict="people have it")
        outcome = await self._customer_wrote(again[0], batch, profile, preview)
        return replace(outcome, effects=(*again[1], *outcome.effects))

    def give_up(self, waiting: TurnInput) -> TurnResult:
        """Return how a turn ends that fails again and again: a customer's lines go to people, anything else is dropped.

        Nothing that may have been the failure is asked again, neither a vendor nor a model.
        """
        return self._touched(waiting, self._given_up(waiting))

    def _given_up(self, waiting: TurnInput) -> TurnResult:
        batch = batch_of(waiting.messages)
        author = batch[0].author
        profile = Profile(author.id, author.name or waiting.conversation.requester_name)
        conversation = _awake(_opened(waiting.conversation, batch, profile))
        if not batch[0].is_said_by_customer or not conversation.can(Move.ESCALATE):
            return TurnResult(waiting.conversation, len(batch), verdict="given up")
        asked = Batch([_without_codes(line) for line in batch], Requester(author, profile))
        waiting = replace(waiting, conversation=conversation)
        return self._handed_over(waiting, asked, HandoffRequest("answering it failed several times"), "failure")

    def slowed(self, conversation: Conversation, message: InboundMessage) -> Reply:
        """Return the notice to a customer whose many messages have to wait a little."""
        return results.slowed(self._desk, conversation, message)

    async def _customer_wrote(
        self, waiting: TurnInput, batch: Sequence[InboundMessage], profile: Profile, preview: Preview
    ) -> TurnResult:
        called = await self._called_in(waiting, batch, profile)
        outcome = await self._asks(waiting, (*called.own, *batch), profile, preview, called)
        return replace(outcome, above=tuple(line.id for line in called.own))

    async def _asks(
        self, waiting: TurnInput, batch: Sequence[InboundMessage], profile: Profile, preview: Preview, called: Above
    ) -> TurnResult:
        conversation = _awake(_opened(waiting.conversation, batch, profile))
        asked = await self._asked(waiting, identity.masked(conversation, batch), profile)
        asked = replace(asked, above=called.told(asked.name or "the customer"))
        conversation = replace(conversation, language=language_of_customer(asked.words, conversation.language))
        waiting = replace(waiting, conversation=conversation)
        verdict = gates.check_gates(conversation, batch, self._desk.policy, self._limits, waiting.now)
        if begins_work(verdict) and (full := await self._without_room(waiting, asked)):
            return full
        match verdict:
            case gates.Silent(why):
                return results.silent(waiting, asked, why)
            case gates.RelayToTicket():
                return results.relayed(self._desk, waiting, asked, has_helpdesk=self._has_helpdesk)
            case gates.Refuse():
                return results.refused(self._desk, waiting, asked, self._limits.longest)
            case gates.Close():
                return results.thanked(self._desk, waiting, asked)
            case gates.Escalate(reason, priority, topic):
                return await self._escalated(waiting, asked, HandoffRequest(reason, priority, topic), "rule")
            case gates.Nothing() | gates.Received() if not asked.above:
                return results.wondering(self._desk, waiting, asked)
            case gates.Answered() | gates.Documented() as said:
                return await self._moved_on(waiting, asked, said)
            case identity.CodeTried() | identity.AddressGiven() as told:
                return await self._told_who(waiting, asked, told, preview)
            case _:
                return await self._screened(waiting, asked, preview)

    async def _without_room(self, waiting: TurnInput, asked: Batch) -> TurnResult | None:
        """One person may have so many conversations open; people hear of the first that is one too many."""
        if self._matters is None or origin_of(waiting.conversation.id) is Origin.CHAT:
            return None  # a program's sessions are bounded where they are posted
        person, most = person_of(asked.requester.author.id), self._desk.policy.most_open
        match await self._matters.enter(person, waiting.conversation.id, waiting.now, most):
            case Room.LAST:
                return await self._escalated(waiting, asked, HandoffRequest(TOO_MANY.format(most=most)), "rule")
            case Room.NO:
                return results.crowded(self._desk, waiting, asked)
            case Room.YES:
                return None

    async def _settled(self, before: Conversation, outcome: TurnResult) -> TurnResult:
        """What is over makes room for the same person's next conversation."""
        after = outcome.conversation
        ticket = after.ticket
        is_over = after.owner is Owner.IDLE_CLOSED or outcome.verdict in OVER
        is_over = is_over or (ticket is not None and ticket.status in {"solved", "closed"})
        if self._matters and is_over and (requester := after.requester or before.requester):
            await self._matters.leave(person_of(requester), after.id)
        return outcome

    async def _called_in(self, waiting: TurnInput, batch: Sequence[InboundMessage], profile: Profile) -> Above:
        """Read what stands above where the bot was called into a thread: the question may be there."""
        if not is_called_in(waiting.conversation, batch):
            return Above()
        found = await self._directory.above(waiting.conversation.address, batch[0])
        lines = [_without_codes(line) for line in await with_names(self._directory, found)]
        return read_above(lines, batch, as_name(profile.name) or "the customer", self._limits.longest)

    async def _moved_on(self, waiting: TurnInput, asked: Batch, said: gates.Answered | gates.Documented) -> TurnResult:
        if isinstance(said, gates.Answered):
            step = await self._actions.said(waiting, asked, said.proposal, yes=said.yes)
        else:
            step = await self._actions.documented(waiting, asked, said.proposal, sure=said.sure)
        return results.stepped(self._desk, waiting, asked, step)

    async def _screened(self, waiting: TurnInput, asked: Batch, preview: Preview) -> TurnResult:
        """What is no question for this desk is answered by the desk's own words, or by people."""
        before = waiting.conversation
        found = await self._screen.look(asked.words, before)
        felt = sentiment.sentiment_of(asked.words) if found.sentiment is None else found.sentiment
        after = replace(
            before,
            language=found.language,
            warned=before.warned or found.verdict == "abuse",
            sentiments=(*before.sentiments, felt)[-sentiment.KEPT :],
        )
        waiting = replace(waiting, conversation=after)
        if found.verdict == "injection":
            asked = replace(asked, kept=LEFT_OUT)
        if found.request:
            return await self._escalated(waiting, asked, found.request, "rule")
        if found.answer:
            return results.told(self._desk, waiting, asked, found.answer, found.verdict)
        author, rules = asked.requester.author.id, self._desk.policy.escalation
        if why := sentiment.asks_for_human(after, asked.words, author, waiting.history, rules):
            return await self._escalated(waiting, asked, why, "rule")
        return await self._answer(waiting, asked, preview, found.lane)

    async def _answer(self, waiting: TurnInput, asked: Batch, preview: Preview, lane: str) -> TurnResult:
        watch = AuditHooks()
        outcome = await self._answered(waiting, asked, preview, lane, watch)
        return replace(outcome, events=(*watch.events, *outcome.events))

    async def _answered(
        self, waiting: TurnInput, asked: Batch, preview: Preview, lane: str, watch: AuditHooks
    ) -> TurnResult:
        """Let the specialist answer, and whoever it transfers to; a failing model brings a human."""
        try:
            run, context = await self._answering.run(waiting, asked, preview, lane, watch)
        except Stopped:
            return results.stopped(self._desk, waiting, asked, preview.ref)
        except AgentError as error:
            kind = "rule" if isinstance(error, Overspent) else "failure"
            fault = _told_to_operators(error) if error.is_fault else {}
            outcome = await self._escalated(waiting, asked, HandoffRequest(error.reason), kind, preview=preview.ref)
            return results.because(outcome, fault)
        conversation = keeping(replace(waiting.conversation, specialist=run.specialist), asked, context.kept)
        waiting = replace(waiting, conversation=conversation)
        if run.request:
            return await self._escalated(waiting, asked, run.request, "model", entries=run.entries, preview=preview.ref)
        if asked.withheld and asked.is_known and was_withheld(run):
            return await self._elsewhere(waiting, asked, run, preview.ref)
        if not (asked.customer or asked.withheld):
            address = identity.wanted_address(run, context.extras.get(PROVE, ""), asked.words)
            if address == "" and asked.requester.profile.unread:
                not_told = identity.Challenge(waiting.conversation, identity.not_told(waiting.conversation), "not told")
                return results.asking(self._desk, waiting, asked, not_told, run=run, preview=preview.ref)
            if self._sends_codes and address is not None:
                return await self._prove(waiting, asked, address, run, preview.ref)
        shown = show(waiting, asked, context.offers)
        waiting = replace(waiting, conversation=shown.conversation)
        added = [part for part in (results.unseen(waiting, asked, run), shown.text) if part]
        entries = (
            *run.entries,
            *(entry for part in added for entry in spoken(waiting.conversation, part, waiting.now)),
        )
        text = "\n\n".join(part for part in (run.text, *added) if part)
        outcome = results.answered(
            self._desk, waiting, asked, entries, text, "answered", run=run, preview=preview.ref, buttons=shown.buttons
        )
        return replace(outcome, events=shown.events)

    async def _elsewhere(self, waiting: TurnInput, asked: Batch, run: Run, preview: str) -> TurnResult:
        """What others must not read is said where they do not: in a direct message, on a ticket by people."""
        if origin_of(waiting.conversation.id) is Origin.SLACK:
            return results.directly(self._desk, waiting, asked, run, preview)
        done = [entry for entry in run.entries if entry.role is not Role.ASSISTANT]
        return await self._escalated(waiting, asked, HandoffRequest(COPIED), "rule", entries=done, preview=preview)

    async def _told_who(
        self, waiting: TurnInput, asked: Batch, told: identity.CodeTried | identity.AddressGiven, preview: Preview
    ) -> TurnResult:
        """The author wrote an address, or a code: the right one answers what they wanted to know before."""
        if isinstance(told, identity.AddressGiven):
            return await self._prove(waiting, asked, told.email)
        if self._codes and not await self._codes.may_try(person_of(told.proof.author), told.proof.address, asked.cause):
            return results.asking(self._desk, waiting, asked, identity.limited(waiting, asked))
        sending = told.proof.sending
        was_sent = not (self._codes and sending) or await self._codes.was_sent(sending)
        result = identity.try_code(waiting, told, was_sent=was_sent)
        if isinstance(result, identity.Challenge):
            return results.asking(self._desk, waiting, asked, result)
        lines = identity.question_again(asked.lines, result)
        profile = asked.requester.profile
        # What Zendesk doubts is proven by the code it carries, and no further.
        stands = not any(line.data.get("flagged") for line in lines)
        after = replace(result, is_proven=stands)
        waiting = replace(waiting, conversation=identity.kept(waiting.conversation, after))
        asked = await self._asked(waiting, lines, profile, result)
        if result.question:
            outcome = await self._answer(waiting, asked, preview, "")
            return replace(outcome, events=(results.identity(asked, identity.PROVEN), *outcome.events))
        name = asked.customer.first_name if asked.customer else asked.requester.person.name
        welcome = identity.Challenge(waiting.conversation, identity.WELCOME.format(name=name), identity.PROVEN)
        return results.asking(self._desk, waiting, asked, welcome)

    async def _prove(
        self, waiting: TurnInput, asked: Batch, address: str, run: Run | None = None, preview: str = ""
    ) -> TurnResult:
        """Send a code to the address, or ask for it where it is empty; who needs too many of them needs a human."""
        asking: identity.Challenge | None = identity.ask_address(waiting, asked)
        if address:
            asking = await self._code_sent(waiting, asked, address)
        if asking is None:
            entries = run.entries if run else ()
            request = HandoffRequest(identity.UNPROVEN)
            return await self._escalated(waiting, asked, request, "rule", entries=entries, preview=preview)
        return results.asking(self._desk, waiting, asked, asking, run=run, preview=preview)

    async def _code_sent(self, waiting: TurnInput, asked: Batch, address: str) -> identity.Challenge | None:
        """Counted before anything is locked: what will not be sent has nothing to open."""
        asking = identity.send_code(waiting, asked, address, await self._data.customer_by_email(address))
        if asking is None or self._codes is None:
            return asking
        asker = person_of(asked.requester.author.id)
        is_allowed = await self._codes.allows(asker, digest_of(address), asking.after[0].id)
        return asking if is_allowed else identity.limited(waiting, asked)

    async def _escalated(
        self,
        waiting: TurnInput,
        asked: Batch,
        request: HandoffRequest,
        kind: str,
        *,
        entries: Sequence[Entry] = (),
        preview: str = "",
    ) -> TurnResult:
        deeds = await self._actions.done_elsewhere(waiting, asked.customer)
        asked = replace(asked, requester=replace(asked.requester, deeds=deeds))
        return self._handed_over(waiting, asked, request, kind, entries=entries, preview=preview)

    def _handed_over(
        self,
        waiting: TurnInput,
        asked: Batch,
        request: HandoffRequest,
        kind: str,
        *,
        entries: Sequence[Entry] = (),
        preview: str = "",
    ) -> TurnResult:
        return results.escalated(
            self._desk,
            waiting,
            asked,
            request,
            kind,
            entries=entries,
            preview=preview,
            has_helpdesk=self._has_helpdesk,
            channel=self._channel,
        )

    async def _clicked(self, waiting: TurnInput, click: InboundMessage, profile: Profile) -> TurnResult:
        """What a button asks for; a click by somebody whose button it is not does nothing."""
        conversation, action = waiting.conversation, click.data.get("action")
        if action in {APPROVE, REJECT} and profile.unread:
            # No click is lost because Slack does not say for a moment whose it is; nor does one count.
            raise TemporaryFailure("it is not known who clicked")
        if action == rating.RATING_BUTTON:
            return rating.clicked(waiting, click)
        if action in {APPROVE, REJECT} and (decided := await self._actions.decided(waiting, click, profile)):
            return results.stepped(self._desk, waiting, decided.asked, decided.step)
        if action in {CONFIRM, DECLINE} and conversation.owner in {Owner.BOT, Owner.IDLE_CLOSED}:
            asked = await self._asked(waiting, [click], profile)
            awake = replace(waiting, conversation=_awake(conversation))
            if step := await self._actions.clicked(awake, asked):
                return results.stepped(self._desk, awake, asked, step)
        return await self._asked_for_human(waiting, click, profile)

    async def _asked_for_human(self, waiting: TurnInput, click: InboundMessage, profile: Profile) -> TurnResult:
        """The customer's "talk to a human"; nothing happens when people have it already."""
        conversation = waiting.conversation
        known = (conversation.requester, *(entry.author for entry in waiting.history))
        mine = any(same_person(click.author.id, author) for author in known)
        awake = _awake(conversation)
        wanted = click.data.get("action") == results.HUMAN_BUTTON and awake.can(Move.ESCALATE)
        if not (mine and wanted):
            return TurnResult(conversation, 1, verdict="click ignored")
        waiting = replace(waiting, conversation=awake)
        asked = await self._asked(waiting, [click], profile)
        return await self._escalated(
            waiting, asked, HandoffRequest("the customer asked for a human by button"), "button"
        )

    def _is_colleague(self, conversation: Conversation, message: InboundMessage, profile: Profile) -> bool:
        """Staff who write in a customer's thread are human agents; in a thread of their own they are customers."""
        if message.surface is not Origin.SLACK or not conversation.requester:
            return False
        if same_person(conversation.requester, message.author.id) or not self._desk.policy.staff:
            return False
        if profile.unread:
            # Neither answered as a customer nor taken for a colleague: it is taken again when Slack says who it is.
            raise TemporaryFailure("it is not known whether a colleague wrote this")
        return profile.is_member and is_staff(
            self._desk.policy, message.author.id, profile.email if profile.verified else ""
        )

    async def _taken_over(self, waiting: TurnInput, line: InboundMessage, colleague: Profile) -> TurnResult:
        conversation = waiting.conversation
        author = Author(conversation.requester, conversation.requester_name)
        requester = Requester(author, await self._directory.profile(replace(line, author=author)))
        named = replace(_without_codes(line), author=Author(line.author.id, colleague.name or line.author.name))
        result = human_agents.takeover_in_thread(
            conversation, named, requester, waiting.history, self._desk.policy, has_helpdesk=self._has_helpdesk
        )
        return results.followed(waiting, result)

    async def _asked(
        self, waiting: TurnInput, lines: Sequence[InboundMessage], profile: Profile, proof: Proof | None = None
    ) -> Batch:
        """Who the author is; `proof` is one that counts for these lines alone."""
        lines = [_without_codes(line) for line in lines]
        texts = [part for line in lines for part in (line.text, *[file.name for file in line.files])]
        kept = LEFT_OUT if any(injection(text) is RuleVerdict.YES for text in texts) else ""
        customer = await self._customer(profile)
        proof = proof or identity.proven(waiting.conversation, lines, waiting.now, self._limits.proof_seconds)
        if customer is None and proof and (customer := await self._data.customer_by_id(proof.customer)):
            profile = replace(profile, email=customer.email, verified=True)
        if customer:
            paid_by(customer.id)
        requester = requester_of(lines[0].author, profile, customer)
        # Of an address that is only claimed no company follows.
        known_as = profile if profile.verified else replace(profile, email="")
        can_be_known = customer is not None or self._sends_codes
        readers = Readers.NOBODY
        if can_be_known:
            readers = await self._directory.readers(waiting.conversation, lines[-1], known_as)
        if readers is not Readers.NOBODY:
            return Batch(lines, requester, None, readers=readers, is_known=customer is not None, kept=kept)
        return Batch(lines, requester, customer, is_known=customer is not None, kept=kept)

    async def _customer(self, profile: Profile) -> Customer | None:
        """The desk's customer behind a verified author; an address in the text proves nothing."""
        return await self._data.customer_by_email(profile.email) if profile.verified and profile.email else None


def _told_to_operators(fault: AgentError) -> dict[str, str]:
    """Log what the model failed of, and how that is mended; return it for the audit."""
    fields = fields_of(fault)
    log.error("model.failed", **fields, mend=TOLD[Why(fields["why"])].mend)
    return fields


def begins_work(verdict: gates.Verdict) -> bool:
    """Return whether a model or people would be asked; what was begun before goes on in any case."""
    kept = (gates.Silent, gates.RelayToTicket, gates.Refuse, gates.Close, gates.Answered, gates.Documented)
    return not isinstance(verdict, kept)


def _without_codes(line: InboundMessage) -> InboundMessage:
    """A code that was not for the desk is nobody's to keep; cards and keys were masked when the line was stored."""
    data = {**line.data, edits.BEFORE: mask_codes(line.data[edits.BEFORE])} if edits.BEFORE in line.data else line.data
    return replace(line, text=mask_codes(line.text), data=data)


def _awake(conversation: Conversation) -> Conversation:
    """What nobody wrote in for long goes on when its customer does something."""
    return conversation.move(Move.WRITE_AGAIN) if conversation.owner is Owner.IDLE_CLOSED else conversation


def _kept_files(conversation: Conversation, batch: Sequence[InboundMessage]) -> tuple[Sent, ...]:
    """What customers show the bot goes along when people are asked; what people have already is not kept."""
    if conversation.is_with_human or origin_of(conversation.id) is Origin.ZENDESK:
        return conversation.files
    known = {sent.file.id for sent in conversation.files}
    new = [Sent(line.author.id, file) for line in batch for file in line.files if file.id not in known]
    return (*conversation.files, *new)[-MOST_FILES:]


def _opened(conversation: Conversation, batch: Sequence[InboundMessage], profile: Profile) -> Conversation:
    """The first customer who writes is the conversation's requester; comments taken in are not read again."""
    message = batch[0]
    comments = [int(line.data.get("comment", "0")) for line in batch]
    conversation = replace(
        conversation, last_comment=max(conversation.last_comment, *comments), files=_kept_files(conversation, batch)
    )
    if same_person(conversation.requester, message.author.id):
        # The home that Slack has told by now, and the name; with a ticket the id is the one it was opened under.
        name = conversation.requester_name or profile.name or message.author.name
        return replace(conversation, requester=message.author.id, requester_name=name)
    if conversation.requester:
        return conversation
    return replace(
        conversation,
        requester=message.author.id,
        requester_name=profile.name or message.author.name,
        previous=message.data.get("previous", ""),
    )
