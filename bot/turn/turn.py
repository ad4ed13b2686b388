"""The story of one turn, top to bottom: who wrote, what policy says, what follows.

A turn takes the messages of one author in a row. It returns the conversation as it leaves it, the new entries of
the transcript and the effects to deliver; the caller commits them together.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile

import structlog
from agents import Agent

from bot.desk.customer import Customer
from bot.desk.data import Database
from bot.desk.loader import Desk
from bot.desk.policy import is_staff
from bot.desk.servers import ToolServers
from bot.desk.tools import ToolContext
from bot.domain.conversation import Conversation, Move, Owner
from bot.domain.effects import Reply
from bot.domain.errors import AgentError, TemporaryFailure
from bot.domain.masking import mask_codes
from bot.domain.messages import Author, InboundMessage, Kind, Sent, Surface, person_of, same_person, surface_of
from bot.domain.model_faults import TOLD, Why, fields_of
from bot.domain.ports import CodeLimits, Directory, OpenMatters, Preview, Profile, Readers, Room, Visits
from bot.domain.proofs import Proof, digest_of
from bot.domain.proposals import APPROVE, CONFIRM, DECLINE, REJECT
from bot.domain.transcript import Entry, Role
from bot.turn import closing, edits, gates, handover, outcomes, people, proving, rating, signs, timers
from bot.turn.above import Above, is_called_in, read_above
from bot.turn.account import Watch
from bot.turn.actions import Actions
from bot.turn.answering import Answering
from bot.turn.escalation import Request, Requester
from bot.turn.introducing import introduced, with_names
from bot.turn.keeping import keeping
from bot.turn.language import language_of_customer
from bot.turn.memory import Memory
from bot.turn.offering import show
from bot.turn.router import Routes
from bot.turn.run import Run, was_withheld
from bot.turn.screen import LEFT_OUT, Ask, Screen
from bot.turn.specialists import PROVE
from bot.turn.spending import Overspent, paid_by
from bot.turn.stopping import Stopped
from bot.turn.suspicion import Verdict, as_name, injection
from bot.turn.waiting import Asked, Outcome, Waiting, batch_of, requester_of, spoken

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
        limits: gates.Limits,
        data: Database,
        memory: Memory,
        *,
        has_helpdesk: bool,
        sends_codes: bool = False,
        approvals_channel: str = "",
        router: Routes | None = None,
        ask: Ask | None = None,
        servers: ToolServers | None = None,
        visits: Visits | None = None,
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

    async def introduced(self, waiting: Waiting) -> Waiting:
        """Return the same with the first batch under the one id of its author, and people in it by their names."""
        return replace(waiting, messages=await introduced(self._directory, waiting))

    async def take(self, waiting: Waiting, preview: Preview) -> Outcome:
        """Return what the first waiting messages lead to."""
        caring = self._memory.care(waiting)
        try:
            outcome = self._touched(waiting, await self._take(waiting, preview))
            outcome = await self._settled(waiting.conversation, outcome)
            return (await caring).of(outcome) if caring else outcome
        finally:
            if caring:
                caring.cancel()

    async def expire(self, waiting: Waiting, deadline: timers.Deadline) -> Outcome:
        """Return what a deadline leads to that has passed while nothing waited."""
        if deadline.timer is timers.Timer.APPROVAL and deadline.proposal:
            await self._actions.withdraw(deadline.proposal)
        if deadline.timer is timers.Timer.PROMISE and self._lacks_ticket(waiting.conversation):
            return outcomes.opened_at_last(self._desk, waiting, timers.cause_of(waiting.conversation, deadline))
        return await self._settled(waiting.conversation, timers.expire(waiting, deadline, self._desk.policy))

    def _lacks_ticket(self, conversation: Conversation) -> bool:
        """Whether people were promised, and have nothing that says so."""
        on_ticket = surface_of(conversation.id) is Surface.ZENDESK
        return self._has_helpdesk and not conversation.has_ticket and not on_ticket

    def news(self, waiting: Waiting, undelivered: Collection[str]) -> Outcome | None:
        """Return what a customer hears of their hand-over now, None where there is nothing new."""
        return handover.news(waiting, undelivered, self._desk.policy)

    def _touched(self, waiting: Waiting, outcome: Outcome) -> Outcome:
        return timers.touched(waiting.conversation, outcome, waiting.messages[0], self._desk.policy, waiting.now)

    async def _take(self, waiting: Waiting, preview: Preview) -> Outcome:
        batch = batch_of(waiting.messages)
        first = batch[0]
        if (news := self._news(waiting.conversation, first)) is not None:
            return outcomes.followed(waiting, news)
        if first.kind is Kind.CLOSE:
            return closing.close(waiting, first)
        if first.is_by_machine:
            return outcomes.by_machine(waiting, batch)
        return await self._person_did(waiting, batch, preview)

    async def _person_did(self, waiting: Waiting, batch: Sequence[InboundMessage], preview: Preview) -> Outcome:
        if any(line.files for line in batch):
            batch = await self._directory.with_files(batch)
        first = batch[0]
        profile = await self._directory.profile(first)
        if first.kind is Kind.CLICK:
            return await self._clicked(waiting, first, profile)
        if first.kind is not Kind.CUSTOMER:
            return Outcome(waiting.conversation, len(batch))
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
        waiting: Waiting,
        batch: Sequence[InboundMessage],
        profile: Profile,
        preview: Preview,
        *,
        is_colleague: bool,
    ) -> Outcome:
        """A line that was taken in says something else now: people who have it are told, the bot answers it anew."""
        conversation, batch = waiting.conversation, edits.newest_words(batch)
        with_people = conversation.is_with_human or conversation.before_off in {Owner.HUMAN, Owner.ESCALATED}
        if with_people or is_colleague:
            told = people.line_changed(conversation, _without_codes(batch[-1]), profile.name)
            return replace(outcomes.followed(waiting, told), consumed=len(batch))
        if not edits.says_else(batch[-1]):
            return Outcome(conversation, len(batch), verdict="edited without a difference")
        return await self._customer_wrote(waiting, batch, profile, preview)

    def _news(self, conversation: Conversation, first: InboundMessage) -> people.Followed | None:
        """Return what people's doings lead to, None where nobody of ours did anything."""
        match first.kind:
            case Kind.TICKET:
                news = people.follow_ticket(conversation, first)
                return rating.ask(conversation, news, first) if self._desk.policy.timers.ask_rating else news
            case Kind.DELETED:
                return people.line_deleted(conversation, _without_codes(first))
            case Kind.PLACE:
                return people.place_changed(conversation, first)
            case Kind.STAFF:
                return people.relay_to_thread(conversation, _without_codes(first))
        return None

    async def _taken_again(
        self, waiting: Waiting, batch: Sequence[InboundMessage], profile: Profile, preview: Preview
    ) -> Outcome:
        """An operator has a turn that was given up tried again, unless people have it by now."""
        again = closing.taken_again(waiting, waiting.messages[0])
        if again is None:  # what came after it is a turn of its own
            known = list(takewhile(lambda line: "retried" in line.data, waiting.messages))
            return Outcome(waiting.conversation, len(known), verdict="people have it")
        outcome = await self._customer_wrote(again[0], batch, profile, preview)
        return replace(outcome, effects=(*again[1], *outcome.effects))

    def give_up(self, waiting: Waiting) -> Outcome:
        """Return how a turn ends that fails again and again: a customer's lines go to people, anything else is dropped.

        Nothing that may have been the failure is asked again, neither a vendor nor a model.
        """
        return self._touched(waiting, self._given_up(waiting))

    def _given_up(self, waiting: Waiting) -> Outcome:
        batch = batch_of(waiting.messages)
        author = batch[0].author
        profile = Profile(author.id, author.name or waiting.conversation.requester_name)
        conversation = _awake(_opened(waiting.conversation, batch, profile))
        if not batch[0].is_said_by_customer or not conversation.can(Move.ESCALATE):
            return Outcome(waiting.conversation, len(batch), verdict="given up")
        asked = Asked([_without_codes(line) for line in batch], Requester(author, profile))
        waiting = replace(waiting, conversation=conversation)
        return self._handed_over(waiting, asked, Request("answering it failed several times"), "failure")

    def slowed(self, conversation: Conversation, message: InboundMessage) -> Reply:
        """Return the notice to a customer whose many messages have to wait a little."""
        return outcomes.slowed(self._desk, conversation, message)

    async def _customer_wrote(
        self, waiting: Waiting, batch: Sequence[InboundMessage], profile: Profile, preview: Preview
    ) -> Outcome:
        called = await self._called_in(waiting, batch, profile)
        batch = (*called.own, *batch)
        conversation = _awake(_opened(waiting.conversation, batch, profile))
        asked = await self._asked(waiting, proving.masked(conversation, batch), profile)
        asked = replace(asked, above=called.told(asked.name or "the customer"))
        conversation = replace(conversation, language=language_of_customer(asked.words, conversation.language))
        waiting = replace(waiting, conversation=conversation)
        verdict = gates.check_gates(conversation, batch, self._desk.policy, self._limits, waiting.now)
        if begins_work(verdict) and (full := await self._without_room(waiting, asked)):
            return full
        match verdict:
            case gates.Silent(why):
                return outcomes.silent(waiting, asked, why)
            case gates.RelayToTicket():
                return outcomes.relayed(self._desk, waiting, asked, has_helpdesk=self._has_helpdesk)
            case gates.Refuse():
                return outcomes.refused(self._desk, waiting, asked, self._limits.longest)
            case gates.Close():
                return outcomes.thanked(self._desk, waiting, asked)
            case gates.Escalate(reason, priority, topic):
                return await self._escalated(waiting, asked, Request(reason, priority, topic), "rule")
            case gates.Nothing() | gates.Received() if not asked.above:
                return outcomes.wondering(self._desk, waiting, asked)
            case gates.Answered() | gates.Documented() as said:
                return await self._moved_on(waiting, asked, said)
            case proving.Tried() | proving.Addressed() as told:
                return await self._told_who(waiting, asked, told, preview)
            case _:
                return await self._screened(waiting, asked, preview)

    async def _without_room(self, waiting: Waiting, asked: Asked) -> Outcome | None:
        """One person may have so many conversations open; people hear of the first that is one too many."""
        if self._matters is None or surface_of(waiting.conversation.id) is Surface.CHAT:
            return None  # a program's sessions are bounded where they are posted
        person, most = person_of(asked.requester.author.id), self._desk.policy.most_open
        match await self._matters.enter(person, waiting.conversation.id, waiting.now, most):
            case Room.LAST:
                return await self._escalated(waiting, asked, Request(TOO_MANY.format(most=most)), "rule")
            case Room.NO:
                return outcomes.crowded(self._desk, waiting, asked)
            case Room.YES:
                return None

    async def _settled(self, before: Conversation, outcome: Outcome) -> Outcome:
        """What is over makes room for the same person's next conversation."""
        after = outcome.conversation
        ticket = after.ticket
        is_over = after.owner is Owner.IDLE_CLOSED or outcome.verdict in OVER
        is_over = is_over or (ticket is not None and ticket.status in {"solved", "closed"})
        if self._matters and is_over and (requester := after.requester or before.requester):
            await self._matters.leave(person_of(requester), after.id)
        return outcome

    async def _called_in(self, waiting: Waiting, batch: Sequence[InboundMessage], profile: Profile) -> Above:
        """Read what stands above where the bot was called into a thread: the question may be there."""
        if not is_called_in(waiting.conversation, batch):
            return Above()
        found = await self._directory.above(waiting.conversation.address, batch[0])
        lines = [_without_codes(line) for line in await with_names(self._directory, found)]
        return read_above(lines, batch, as_name(profile.name) or "the customer", self._limits.longest)

    async def _moved_on(self, waiting: Waiting, asked: Asked, said: gates.Answered | gates.Documented) -> Outcome:
        if isinstance(said, gates.Answered):
            step = await self._actions.said(waiting, asked, said.proposal, yes=said.yes)
        else:
            step = await self._actions.documented(waiting, asked, said.proposal, sure=said.sure)
        return outcomes.stepped(self._desk, waiting, asked, step)

    async def _screened(self, waiting: Waiting, asked: Asked, preview: Preview) -> Outcome:
        """What is no question for this desk is answered by the desk's own words, or by people."""
        before = waiting.conversation
        found = await self._screen.look(asked.words, before)
        felt = signs.sentiment_of(asked.words) if found.sentiment is None else found.sentiment
        after = replace(
            before,
            language=found.language,
            warned=before.warned or found.verdict == "abuse",
            sentiments=(*before.sentiments, felt)[-signs.KEPT :],
        )
        waiting = replace(waiting, conversation=after)
        if found.verdict == "injection":
            asked = replace(asked, kept=LEFT_OUT)
        if found.request:
            return await self._escalated(waiting, asked, found.request, "rule")
        if found.answer:
            return outcomes.told(self._desk, waiting, asked, found.answer, found.verdict)
        author, rules = asked.requester.author.id, self._desk.policy.escalation
        if why := signs.asks_for_human(after, asked.words, author, waiting.history, rules):
            return await self._escalated(waiting, asked, why, "rule")
        return await self._answer(waiting, asked, preview, found.lane)

    async def _answer(self, waiting: Waiting, asked: Asked, preview: Preview, lane: str) -> Outcome:
        watch = Watch()
        outcome = await self._answered(waiting, asked, preview, lane, watch)
        return replace(outcome, events=(*watch.events, *outcome.events))

    async def _answered(self, waiting: Waiting, asked: Asked, preview: Preview, lane: str, watch: Watch) -> Outcome:
        """Let the specialist answer, and whoever it transfers to; a failing model brings a human."""
        try:
            run, context = await self._answering.run(waiting, asked, preview, lane, watch)
        except Stopped:
            return outcomes.stopped(self._desk, waiting, asked, preview.ref)
        except AgentError as error:
            kind = "rule" if isinstance(error, Overspent) else "failure"
            fault = _told_to_operators(error) if error.is_fault else {}
            outcome = await self._escalated(waiting, asked, Request(error.reason), kind, preview=preview.ref)
            return outcomes.because(outcome, fault)
        conversation = keeping(replace(waiting.conversation, specialist=run.specialist), asked, context.kept)
        waiting = replace(waiting, conversation=conversation)
        if run.request:
            return await self._escalated(waiting, asked, run.request, "model", entries=run.entries, preview=preview.ref)
        if asked.withheld and asked.is_known and was_withheld(run):
            return await self._elsewhere(waiting, asked, run, preview.ref)
        if not (asked.customer or asked.withheld):
            address = proving.wanted_address(run, context.extras.get(PROVE, ""), asked.words)
            if address == "" and asked.requester.profile.unread:
                not_told = proving.Asking(waiting.conversation, proving.not_told(waiting.conversation), "not told")
                return outcomes.asking(self._desk, waiting, asked, not_told, run=run, preview=preview.ref)
            if self._sends_codes and address is not None:
                return await self._prove(waiting, asked, address, run, preview.ref)
        shown = show(waiting, asked, context.offers)
        waiting = replace(waiting, conversation=shown.conversation)
        added = [part for part in (outcomes.unseen(waiting, asked, run), shown.text) if part]
        entries = (
            *run.entries,
            *(entry for part in added for entry in spoken(waiting.conversation, part, waiting.now)),
        )
        text = "\n\n".join(part for part in (run.text, *added) if part)
        outcome = outcomes.answered(
            self._desk, waiting, asked, entries, text, "answered", run=run, preview=preview.ref, buttons=shown.buttons
        )
        return replace(outcome, events=shown.events)

    async def _elsewhere(self, waiting: Waiting, asked: Asked, run: Run, preview: str) -> Outcome:
        """What others must not read is said where they do not: in a direct message, on a ticket by people."""
        if surface_of(waiting.conversation.id) is Surface.SLACK:
            return outcomes.directly(self._desk, waiting, asked, run, preview)
        done = [entry for entry in run.entries if entry.role is not Role.ASSISTANT]
        return await self._escalated(waiting, asked, Request(COPIED), "rule", entries=done, preview=preview)

    async def _told_who(
        self, waiting: Waiting, asked: Asked, told: proving.Tried | proving.Addressed, preview: Preview
    ) -> Outcome:
        """The author wrote an address, or a code: the right one answers what they wanted to know before."""
        if isinstance(told, proving.Addressed):
            return await self._prove(waiting, asked, told.email)
        if self._codes and not await self._codes.may_try(person_of(told.proof.author), told.proof.address, asked.cause):
            return outcomes.asking(self._desk, waiting, asked, proving.limited(waiting, asked))
        sending = told.proof.sending
        was_sent = not (self._codes and sending) or await self._codes.was_sent(sending)
        result = proving.try_code(waiting, told, was_sent=was_sent)
        if isinstance(result, proving.Asking):
            return outcomes.asking(self._desk, waiting, asked, result)
        lines = proving.question_again(asked.lines, result)
        profile = asked.requester.profile
        # What Zendesk doubts is proven by the code it carries, and no further.
        stands = not any(line.data.get("flagged") for line in lines)
        after = replace(result, is_proven=stands)
        waiting = replace(waiting, conversation=proving.kept(waiting.conversation, after))
        asked = await self._asked(waiting, lines, profile, result)
        if result.question:
            outcome = await self._answer(waiting, asked, preview, "")
            return replace(outcome, events=(outcomes.identity(asked, proving.PROVEN), *outcome.events))
        name = asked.customer.first_name if asked.customer else asked.requester.person.name
        welcome = proving.Asking(waiting.conversation, proving.WELCOME.format(name=name), proving.PROVEN)
        return outcomes.asking(self._desk, waiting, asked, welcome)

    async def _prove(
        self, waiting: Waiting, asked: Asked, address: str, run: Run | None = None, preview: str = ""
    ) -> Outcome:
        """Send a code to the address, or ask for it where it is empty; who needs too many of them needs a human."""
        asking: proving.Asking | None = proving.ask_address(waiting, asked)
        if address:
            asking = await self._code_sent(waiting, asked, address)
        if asking is None:
            entries = run.entries if run else ()
            request = Request(proving.UNPROVEN)
            return await self._escalated(waiting, asked, request, "rule", entries=entries, preview=preview)
        return outcomes.asking(self._desk, waiting, asked, asking, run=run, preview=preview)

    async def _code_sent(self, waiting: Waiting, asked: Asked, address: str) -> proving.Asking | None:
        """Counted before anything is locked: what will not be sent has nothing to open."""
        asking = proving.send_code(waiting, asked, address, await self._data.customer_by_email(address))
        if asking is None or self._codes is None:
            return asking
        asker = person_of(asked.requester.author.id)
        is_allowed = await self._codes.allows(asker, digest_of(address), asking.after[0].id)
        return asking if is_allowed else proving.limited(waiting, asked)

    async def _escalated(
        self,
        waiting: Waiting,
        asked: Asked,
        request: Request,
        kind: str,
        *,
        entries: Sequence[Entry] = (),
        preview: str = "",
    ) -> Outcome:
        deeds = await self._actions.done_elsewhere(waiting, asked.customer)
        asked = replace(asked, requester=replace(asked.requester, deeds=deeds))
        return self._handed_over(waiting, asked, request, kind, entries=entries, preview=preview)

    def _handed_over(
        self,
        waiting: Waiting,
        asked: Asked,
        request: Request,
        kind: str,
        *,
        entries: Sequence[Entry] = (),
        preview: str = "",
    ) -> Outcome:
        return outcomes.escalated(
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

    async def _clicked(self, waiting: Waiting, click: InboundMessage, profile: Profile) -> Outcome:
        """What a button asks for; a click by somebody whose button it is not does nothing."""
        conversation, action = waiting.conversation, click.data.get("action")
        if action in {APPROVE, REJECT} and profile.unread:
            # No click is lost because Slack does not say for a moment whose it is; nor does one count.
            raise TemporaryFailure("it is not known who clicked")
        if action == rating.RATING_BUTTON:
            return rating.clicked(waiting, click)
        if action in {APPROVE, REJECT} and (decided := await self._actions.decided(waiting, click, profile)):
            return outcomes.stepped(self._desk, waiting, decided.asked, decided.step)
        if action in {CONFIRM, DECLINE} and conversation.owner in {Owner.BOT, Owner.IDLE_CLOSED}:
            asked = await self._asked(waiting, [click], profile)
            awake = replace(waiting, conversation=_awake(conversation))
            if step := await self._actions.clicked(awake, asked):
                return outcomes.stepped(self._desk, awake, asked, step)
        return await self._asked_for_human(waiting, click, profile)

    async def _asked_for_human(self, waiting: Waiting, click: InboundMessage, profile: Profile) -> Outcome:
        """The customer's "talk to a human"; nothing happens when people have it already."""
        conversation = waiting.conversation
        known = (conversation.requester, *(entry.author for entry in waiting.history))
        mine = any(same_person(click.author.id, author) for author in known)
        awake = _awake(conversation)
        wanted = click.data.get("action") == outcomes.HUMAN_BUTTON and awake.can(Move.ESCALATE)
        if not (mine and wanted):
            return Outcome(conversation, 1, verdict="click ignored")
        waiting = replace(waiting, conversation=awake)
        asked = await self._asked(waiting, [click], profile)
        return await self._escalated(waiting, asked, Request("the customer asked for a human by button"), "button")

    def _is_colleague(self, conversation: Conversation, message: InboundMessage, profile: Profile) -> bool:
        """Staff who write in a customer's thread are human agents; in a thread of their own they are customers."""
        if message.surface is not Surface.SLACK or not conversation.requester:
            return False
        if same_person(conversation.requester, message.author.id) or not self._desk.policy.staff:
            return False
        if profile.unread:
            # Neither answered as a customer nor taken for a colleague: it is taken again when Slack says who it is.
            raise TemporaryFailure("it is not known whether a colleague wrote this")
        return profile.is_member and is_staff(
            self._desk.policy, message.author.id, profile.email if profile.verified else ""
        )

    async def _taken_over(self, waiting: Waiting, line: InboundMessage, colleague: Profile) -> Outcome:
        conversation = waiting.conversation
        author = Author(conversation.requester, conversation.requester_name)
        requester = Requester(author, await self._directory.profile(replace(line, author=author)))
        named = replace(_without_codes(line), author=Author(line.author.id, colleague.name or line.author.name))
        result = people.takeover_in_thread(
            conversation, named, requester, waiting.history, self._desk.policy, has_helpdesk=self._has_helpdesk
        )
        return outcomes.followed(waiting, result)

    async def _asked(
        self, waiting: Waiting, lines: Sequence[InboundMessage], profile: Profile, proof: Proof | None = None
    ) -> Asked:
        """Who the author is; `proof` is one that counts for these lines alone."""
        lines = [_without_codes(line) for line in lines]
        texts = [part for line in lines for part in (line.text, *[file.name for file in line.files])]
        kept = LEFT_OUT if any(injection(text) is Verdict.YES for text in texts) else ""
        customer = await self._customer(profile)
        proof = proof or proving.proven(waiting.conversation, lines, waiting.now, self._limits.proof_seconds)
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
            return Asked(lines, requester, None, readers=readers, is_known=customer is not None, kept=kept)
        return Asked(lines, requester, customer, is_known=customer is not None, kept=kept)

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
    if conversation.is_with_human or surface_of(conversation.id) is Surface.ZENDESK:
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
