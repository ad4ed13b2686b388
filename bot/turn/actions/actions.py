"""Irreversible actions in a turn: offered → yes → policy → (reason, approval) → committed → told.

The model only offers. What becomes of an offer is decided by whose message or click it is, by `desk.yml`, and by the
ledger, which commits once.
"""

from collections.abc import Callable
from dataclasses import replace

from bot.desk.actions.commit_results import Pending, Rejected, Unknown
from bot.desk.actions.ledger import Ledger
from bot.desk.actions.offers import Needs
from bot.desk.database import Database
from bot.desk.loading.desk import Desk
from bot.desk.tools.customer import Customer
from bot.desk.tools.mcp import ToolServers
from bot.domain.audit import AuditEvent, Deed
from bot.domain.conversation import Conversation
from bot.domain.events import Author, ButtonClicked
from bot.domain.ids import same_person
from bot.domain.ports import Directory, Profile
from bot.domain.proposals import CONFIRM, REJECT, Proposal, Stage
from bot.turn.actions.approvals import Approvals, done_note, told_colleagues
from bot.turn.actions.proposals import marked, words_of
from bot.turn.actions.steps import (
    Decided,
    Ruling,
    Step,
    answer_event,
    approved,
    as_failed,
    commit_event,
    not_done_words,
    not_you,
    noted,
    rejected,
    used,
    worded,
)
from bot.turn.audit import about
from bot.turn.context import Batch, TurnInput, requester_of
from bot.turn.handoff import summary
from bot.turn.texts import ENGLISH, reworded, say

LATELY_SECONDS = 30 * 86_400.0
"""How far back a human agent is told what was done for a customer in other conversations."""


def _never(_conversation: Conversation, _plan: str, _action: str) -> bool:
    return False


class Actions:
    """Moves proposals on.

    Args:
        channel: id of the Slack channel where humans approve, empty for none.
        has_helpdesk: whether approvals can go to tickets.
        servers: carry out the actions that are theirs.
        is_on_trial: returns whether the bot must not carry out an action (by its name as a tool) in a conversation
            with a customer of a plan, whoever approves it.
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
        is_on_trial: Callable[[Conversation, str, str], bool] = _never,
    ) -> None:
        self._data = data
        self._texts = desk.texts
        rules = desk.policy
        self._ledger = Ledger(data, desk.actions, rules.limits, desk.knowledge, servers, rules.business_hours)
        self._approvals = Approvals(desk.policy, directory, channel=channel, has_helpdesk=has_helpdesk)
        self._has_helpdesk = has_helpdesk
        self._is_on_trial = is_on_trial

    async def said(self, waiting: TurnInput, asked: Batch, proposal: Proposal, *, yes: bool) -> Step:
        """The customer answered by a plain yes or no, or by their button."""
        if asked.customer is None or asked.customer.id != proposal.customer:
            return not_you(waiting, asked, proposal)
        answer = "yes" if yes else "no"
        language = waiting.conversation.spoken
        shown = say("offer.answered_yes" if yes else "offer.no_button", language)
        amends = used(waiting, asked.cause, proposal, shown)
        events = answer_event(asked, proposal, answer)
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
            return not_you(waiting, asked, proposal)
        given = replace(proposal, reason=words_of(asked.lines))
        if not sure:
            return noted(waiting, asked, given)
        step = await self._settled(waiting, asked, given, asked.customer)
        events = (*answer_event(asked, proposal, "reason given"), *step.events)
        return replace(step, events=events, proposal=proposal.id)

    def agreed_to(self, waiting: TurnInput, click: ButtonClicked) -> Proposal | None:
        """Return the offer that a click says yes to, None where it says something else or comes too late."""
        proposal = _find(waiting.conversation, click.value)
        if click.action != CONFIRM or proposal is None or not same_person(proposal.author, click.author.id):
            return None
        return proposal if proposal.stage is Stage.OFFERED and not proposal.expired(waiting.now) else None

    async def clicked(self, waiting: TurnInput, asked: Batch, click: ButtonClicked) -> Step | None:
        """The customer pressed yes or no; None where the click is not theirs, or comes a second time."""
        proposal = _find(waiting.conversation, click.value)
        if proposal is None or not same_person(proposal.author, click.author.id):
            return None
        if proposal.stage in {Stage.SUPERSEDED, Stage.EXPIRED} or proposal.expired(waiting.now):
            gone = say("action.gone", waiting.conversation.spoken)
            return Step(waiting.conversation, gone, "offer gone", events=answer_event(asked, proposal, "too late"))
        if proposal.stage is not Stage.OFFERED:
            return None
        return await self.said(waiting, asked, proposal, yes=click.action == CONFIRM)

    async def decided(self, waiting: TurnInput, click: ButtonClicked, profile: Profile) -> Decided | None:
        """A human decided by button or tag; None where they may not, or somebody was faster."""
        proposal = _find(waiting.conversation, click.value)
        if proposal is None or proposal.stage is not Stage.APPROVAL:
            return None
        customer = await self._data.customer_by_id(proposal.customer)
        if customer is None or not await self._approvals.may_decide(click, profile, proposal, customer):
            return None

        ruling = await self._rule(waiting, click, proposal, customer)
        step = _decided_step(waiting, click, profile, proposal, customer, ruling)
        asker = requester_of(Author(proposal.author), Profile(proposal.author, customer.name), customer)
        return Decided(step, Batch([click], asker, customer))

    async def _rule(self, waiting: TurnInput, click: ButtonClicked, proposal: Proposal, customer: Customer) -> Ruling:
        """Carry out what a human decided."""
        conversation = waiting.conversation
        if click.action == REJECT:
            await self._ledger.withdraw(proposal)
            return rejected(proposal, conversation.spoken)
        if self._is_on_trial(conversation, customer.plan, proposal.action):
            await self._ledger.withdraw(proposal)
            return approved(proposal, Rejected(say("why.trial", ENGLISH)), conversation.spoken, self._texts)
        by = click.author.id
        result = await self._ledger.settle(proposal, customer, conversation.id, waiting.now, approved_by=by)
        return approved(proposal, result, conversation.spoken, self._texts)

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
        language = conversation.spoken
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
            failed = marked(conversation, as_failed(proposal, result, waiting.now))
            effects = self._approvals.ask_to_check(waiting, asked, proposal)
            text = say("action.unsure", language, summary=proposal.told)
            return Step(failed, text, "unsure", effects, (commit_event(proposal, result),))
        if isinstance(result, Rejected):
            failed = marked(conversation, as_failed(proposal, result, waiting.now))
            text = not_done_words(proposal, result.why, language, self._texts)
            return Step(failed, text, "not done", events=(commit_event(proposal, result),))
        text = say("action.done", language, **worded(proposal))
        done = marked(conversation, replace(proposal, stage=Stage.DONE, settled_at=waiting.now))
        has_ticket = self._has_helpdesk and waiting.conversation.ticket_id
        after = done_note(asked, proposal) if has_ticket else ()
        return Step(done, text, "done", after, (commit_event(proposal, result),))


def _find(conversation: Conversation, value: str) -> Proposal | None:
    return next((proposal for proposal in conversation.proposals if proposal.id == value), None)


def _decided_step(
    waiting: TurnInput,
    click: ButtonClicked,
    profile: Profile,
    proposal: Proposal,
    customer: Customer,
    ruling: Ruling,
) -> Step:
    name = profile.name or click.author.name or click.author.id
    settled = replace(proposal, stage=ruling.stage, settled_at=waiting.now, settled_by=name, outcome=ruling.why)
    line = f"{ruling.verdict.capitalize()} by {name}, {summary.day_and_time(waiting.now)}.{ruling.remark}"
    after = told_colleagues(waiting.conversation, click.id, proposal, customer.name, line)
    event = AuditEvent(Deed.APPROVAL, ruling.verdict, click.author.id, details=about(proposal))
    events = (event, *ruling.events)
    return Step(marked(waiting.conversation, settled), ruling.text, ruling.verdict, after, events)
