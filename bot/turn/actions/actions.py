"""Irreversible actions in a turn: offered → yes → policy → (reason, approval) → committed → told.

The model only offers. What becomes of an offer is decided by whose message or click it is, by `desk.yml`, and by the
ledger, which commits once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.desk.actions.commit_results import CommitResult, Committed, Pending, Rejected, Unknown
from bot.desk.actions.ledger import Ledger
from bot.desk.actions.offers import Needs
from bot.desk.database import Database
from bot.desk.loading.loader import Desk
from bot.desk.tools.customer import Customer
from bot.desk.tools.mcp import ToolServers
from bot.domain.audit import AuditEvent, Deed
from bot.domain.capabilities import capabilities_of
from bot.domain.conversation import Conversation
from bot.domain.effects import Button, EditMessage, Effect
from bot.domain.events import Author, ButtonClicked
from bot.domain.ids import MessageRef, same_person
from bot.domain.ports import Directory, Profile
from bot.domain.proposals import CONFIRM, REJECT, Proposal, Stage, delivered_fact
from bot.domain.transcript import Entry, Role
from bot.turn.actions.approvals import CHECK, Approvals, done_note, told_colleagues
from bot.turn.actions.proposals import buttons_of, marked, words_of
from bot.turn.audit import about
from bot.turn.context import Batch, TurnInput, requester_of
from bot.turn.handoff import summary
from bot.turn.texts import ENGLISH, reworded, say

LATELY_SECONDS = 30 * 86_400.0
"""How far back a human agent is told what was done for a customer in other conversations."""

UNKNOWN = "not known whether it was carried out: the system that does it has not answered; check by hand"


@dataclass(frozen=True)
class Step:
    """What a proposal's next step leads to.

    Args:
        text: told to the customer.
        after: what has to happen behind the reply.
        proposal: id of the one that went on, empty where none did.
        buttons: what the customer may answer by.
    """

    conversation: Conversation
    text: str
    verdict: str
    after: tuple[Effect, ...] = ()
    events: tuple[AuditEvent, ...] = ()
    proposal: str = ""
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class Decided:
    """A human's decision, and whom it is told to."""

    step: Step
    asked: Batch


class Actions:
    """Moves proposals on.

    Args:
        channel: id of the Slack channel where humans approve, empty for none.
        has_helpdesk: whether approvals can go to tickets.
        servers: carry out the actions that are theirs.
    """

    def __init__(
        self,
        desk: Desk,
        data: Database,
        directory: Directory,
        *,
        channel: str = "",
        has_helpdesk: bool = False,
        servers: ToolServers | None = None,
    ) -> None:
        self._data = data
        self._texts = desk.texts
        self._ledger = Ledger(data, desk.actions, desk.policy.limits, desk.knowledge, servers)
        self._approvals = Approvals(desk.policy, directory, channel=channel, has_helpdesk=has_helpdesk)
        self._has_helpdesk = has_helpdesk

    async def said(self, waiting: TurnInput, asked: Batch, proposal: Proposal, *, yes: bool) -> Step:
        """The customer answered by a plain yes or no, or by their button."""
        if asked.customer is None or asked.customer.id != proposal.customer:
            return _not_you(waiting, asked, proposal)
        answer = "yes" if yes else "no"
        language = waiting.conversation.language
        shown = say("offer.answered_yes" if yes else "offer.no_button", language)
        amends = used(waiting, asked.cause, proposal, shown)
        events = _answered(asked, proposal, answer)
        if not yes:
            declined = replace(proposal, stage=Stage.DECLINED, settled_at=waiting.now)
            after = marked(waiting.conversation, declined)
            return Step(after, say("action.declined", language), "declined", amends, events, proposal.id)
        step = await self._settled(waiting, asked, replace(proposal, confirmed_by=asked.cause), asked.customer)
        return replace(
            step, after=(*amends, *step.after), events=(*events, *step.events), proposal=step.proposal or proposal.id
        )

    async def documented(self, waiting: TurnInput, asked: Batch, proposal: Proposal, *, sure: bool = True) -> Step:
        """The customer gave the reason in their own words; where it may be something else their yes decides again."""
        if asked.customer is None or asked.customer.id != proposal.customer:
            return _not_you(waiting, asked, proposal)
        given = replace(proposal, reason=words_of(asked.lines))
        if not sure:
            return _noted(waiting, asked, given)
        step = await self._settled(waiting, asked, given, asked.customer)
        events = (*_answered(asked, proposal, "reason given"), *step.events)
        return replace(step, events=events, proposal=proposal.id)

    async def clicked(self, waiting: TurnInput, asked: Batch, click: ButtonClicked) -> Step | None:
        """The customer pressed yes or no; None where the click is not theirs, or comes a second time."""
        proposal = _find(waiting.conversation, click.value)
        if proposal is None or not same_person(proposal.author, click.author.id):
            return None
        if proposal.stage in {Stage.SUPERSEDED, Stage.EXPIRED} or proposal.expired(waiting.now):
            gone = say("action.gone", waiting.conversation.language)
            return Step(waiting.conversation, gone, "offer gone", events=_answered(asked, proposal, "too late"))
        if proposal.stage is not Stage.OFFERED:
            return None
        return await self.said(waiting, asked, proposal, yes=click.action == CONFIRM)

    async def decided(self, waiting: TurnInput, click: ButtonClicked, profile: Profile) -> Decided | None:
        """A human decided by button or tag; None where they may not, or somebody was faster."""
        conversation, now = waiting.conversation, waiting.now
        proposal = _find(conversation, click.value)
        if proposal is None or proposal.stage is not Stage.APPROVAL:
            return None
        customer = await self._data.customer_by_id(proposal.customer)
        if customer is None or not await self._approvals.may_decide(click, profile, proposal, customer):
            return None
        if click.action == REJECT:
            await self._ledger.withdraw(proposal)
            text = say("action.rejected", conversation.language, summary=proposal.told)
            stage, verdict = Stage.REJECTED, "rejected"
            result: CommitResult = Rejected("")
        else:
            result = await self._ledger.settle(proposal, customer, conversation.id, now, approved_by=click.author.id)
            text, stage = _outcome(proposal, result, conversation.language, self._texts)
            verdict = "approved"
        name = profile.name or click.author.name or click.author.id
        line = f"{verdict.capitalize()} by {name}, {datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M} UTC."
        if isinstance(result, Unknown):
            line += f" {CHECK}"
        elif stage is Stage.FAILED:
            line += f" It was not carried out: {_why_not(result)}."
        after = told_colleagues(conversation, click.id, proposal, customer.name, line)
        events = [AuditEvent(Deed.APPROVAL, verdict, click.author.id, details=about(proposal))]
        if stage is not Stage.REJECTED:
            events.append(_committed(proposal, result))
        settled = replace(proposal, stage=stage, settled_at=now, settled_by=name, outcome=_why_not(result))
        step = Step(marked(conversation, settled), text, verdict, after, tuple(events))
        asker = requester_of(Author(proposal.author), Profile(proposal.author, customer.name), customer)
        return Decided(step, Batch([click], asker, customer))

    async def done_elsewhere(self, waiting: TurnInput, customer: Customer | None) -> tuple[str, ...]:
        """Return what the books say was done for the customer lately in other conversations, newest first."""
        if customer is None:
            return ()
        here = {proposal.id for proposal in waiting.conversation.proposals}
        rows = await self._ledger.done_for(customer, waiting.now - LATELY_SECONDS)
        return tuple(
            f"Done in another conversation on {summary.day_and_time(row.at)}: {row.summary} (key {row.key})"
            for row in rows
            if row.key not in here
        )

    async def withdraw(self, proposal: Proposal) -> None:
        """Nothing will come of a proposal that nobody decided on."""
        await self._ledger.withdraw(proposal)

    async def _settled(self, waiting: TurnInput, asked: Batch, proposal: Proposal, customer: Customer) -> Step:
        conversation = waiting.conversation
        language = conversation.language
        result = await self._ledger.settle(proposal, customer, conversation.id, waiting.now)
        if isinstance(result, Pending) and result.needs is Needs.REASON:
            return Step(
                marked(conversation, replace(proposal, stage=Stage.REASON)),
                say("action.reason", language),
                "reason asked",
            )
        if isinstance(result, Pending) and not self._approvals.reach_people:
            await self._ledger.withdraw(proposal)
            result = Rejected(say("why.nobody", ENGLISH))
        if isinstance(result, Pending):
            waits = marked(conversation, replace(proposal, stage=Stage.APPROVAL, asked_at=waiting.now))
            effects = self._approvals.ask(waiting, asked, proposal, result)
            event = AuditEvent(Deed.APPROVAL, "asked", proposal.author, details=about(proposal))
            text = say("action.waiting", language, why=reworded(result.why, language))
            return Step(waits, text, "approval asked", effects, (event,))
        if isinstance(result, Unknown):
            failed = marked(conversation, _failed(proposal, result, waiting.now))
            effects = self._approvals.ask_to_check(waiting, asked, proposal)
            text = say("action.unsure", language, summary=proposal.told)
            return Step(failed, text, "unsure", effects, (_committed(proposal, result),))
        if isinstance(result, Rejected):
            failed = marked(conversation, _failed(proposal, result, waiting.now))
            text = _off(proposal, result.why, language, self._texts)
            return Step(failed, text, "not done", events=(_committed(proposal, result),))
        text = say("action.done", language, **_worded(proposal))
        done = marked(conversation, replace(proposal, stage=Stage.DONE, settled_at=waiting.now))
        has_ticket = self._has_helpdesk and waiting.conversation.ticket_id
        after = done_note(asked, proposal) if has_ticket else ()
        return Step(done, text, "done", after, (_committed(proposal, result),))


def _failed(proposal: Proposal, result: CommitResult, now: float) -> Proposal:
    return replace(proposal, stage=Stage.FAILED, settled_at=now, outcome=_why_not(result))


def _why_not(result: CommitResult) -> str:
    match result:
        case Rejected(why) | Pending(_, why):
            return why
        case Unknown():
            return UNKNOWN
        case Committed():
            return ""


def _noted(waiting: TurnInput, asked: Batch, proposal: Proposal) -> Step:
    """The words are kept as the reason, and the offer stands as if it were made anew."""
    offered = replace(proposal, stage=Stage.OFFERED)
    reason = " ".join(proposal.reason.split())
    language = waiting.conversation.language
    text = say("offer.noted", language, reason=reason, summary=proposal.told)
    return Step(
        marked(waiting.conversation, offered),
        text,
        "reason noted",
        events=_answered(asked, proposal, "reason noted"),
        proposal=proposal.id,
        buttons=buttons_of([offered], language),
    )


def _not_you(waiting: TurnInput, asked: Batch, proposal: Proposal) -> Step:
    language = waiting.conversation.language
    text, why = say("action.not_you", language), "not verified"
    if asked.withheld:
        text, why = say("action.read_along", language), "read along"
    return Step(waiting.conversation, text, why, events=_answered(asked, proposal, why))


def _answered(asked: Batch, proposal: Proposal, answer: str) -> tuple[AuditEvent, ...]:
    return (AuditEvent(Deed.CONFIRMATION, answer, asked.requester.author.id, details=about(proposal)),)


def _committed(proposal: Proposal, result: CommitResult) -> AuditEvent:
    outcome = "done" if isinstance(result, Committed) else "unknown" if isinstance(result, Unknown) else "refused"
    return AuditEvent(Deed.COMMIT, outcome, proposal.author, details=about(proposal))


def _find(conversation: Conversation, value: str) -> Proposal | None:
    return next((proposal for proposal in conversation.proposals if proposal.id == value), None)


def _outcome(
    proposal: Proposal, result: CommitResult, language: str, of_desk: Sequence[Mapping[str, str]]
) -> tuple[str, Stage]:
    """Words for the customer, and the stage, once a human agreed."""
    match result:
        case Committed():
            return say("action.approved", language, **_worded(proposal)), Stage.DONE
        case Unknown():
            return say("action.unsure", language, summary=proposal.told), Stage.FAILED
        case Rejected(why) | Pending(_, why):
            return _off(proposal, why, language, of_desk), Stage.FAILED


def _off(proposal: Proposal, why: str, language: str, of_desk: Sequence[Mapping[str, str]]) -> str:
    return say("action.off", language, summary=proposal.told, why=reworded(why, language, of_desk))


def _worded(proposal: Proposal) -> dict[str, str]:
    return {
        "summary": proposal.told,
        "afterwards": f" {proposal.afterwards}" if proposal.afterwards else "",
    }


def used(waiting: TurnInput, cause: str, proposal: Proposal, answer: str) -> tuple[Effect, ...]:
    """The offer's own message shows the answer in the place of its buttons."""
    message = waiting.conversation.facts.get(delivered_fact(proposal.id), "").partition(" ")[2]
    text = _offer_text(proposal, waiting.history)
    if not capabilities_of(waiting.conversation.id).edits or not message or not text:
        return ()
    return (EditMessage(f"{cause}:used", MessageRef(message), f"{text}\n\n_{answer}_"),)


def _offer_text(proposal: Proposal, history: Sequence[Entry]) -> str:
    """The whole text of the message that made the offer, as the transcript has it."""
    mark = f"**{proposal.told}.**"
    found = [at for at, entry in enumerate(history) if entry.role is Role.ASSISTANT and mark in entry.text]
    if not found:
        return ""
    start = end = found[-1]
    while start and history[start - 1].role is Role.ASSISTANT and history[start - 1].at == history[end].at:
        start -= 1
    return "\n\n".join(entry.text for entry in history[start : end + 1])
