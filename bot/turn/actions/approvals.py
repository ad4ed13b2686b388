"""Asks colleagues to approve an action, decides whose decision counts, and edits the request afterwards."""

from dataclasses import replace

from bot.desk.actions.commit_results import Pending
from bot.desk.policy.policy import Policy, names_person
from bot.desk.tools.customer import Customer
from bot.domain.capabilities import capabilities_of
from bot.domain.conversation import Conversation
from bot.domain.effects import Button, EditMessage, Effect, PostToChannel, UpdateTicket
from bot.domain.events import ButtonClicked
from bot.domain.facts import announced_name
from bot.domain.ids import same_person
from bot.domain.ports import Directory, Profile
from bot.domain.proposals import APPROVE, REJECT, Proposal
from bot.turn.context import Batch, TurnInput
from bot.turn.handoff.note import link_of
from bot.turn.handoff.request import Requester
from bot.turn.handoff.ticket_effects import TAG, channel_tags, open_ticket

CHECK = "It is not known whether this was carried out: the system that does it has not answered. Please check by hand."


class Approvals:
    """Where humans approve, and who may.

    Args:
        channel: id of the Slack channel where they do, empty for none.
        has_helpdesk: whether they can on tickets.
    """

    def __init__(self, policy: Policy, directory: Directory, *, channel: str, has_helpdesk: bool) -> None:
        self._policy = policy
        self._directory = directory
        self._channel = channel
        self._has_helpdesk = has_helpdesk

    @property
    def reach_people(self) -> bool:
        """Whether anybody can be asked."""
        return bool(self._channel) or self._has_helpdesk

    def ask(self, waiting: TurnInput, asked: Batch, proposal: Proposal, waits: Pending) -> tuple[Effect, ...]:
        """Return what asks the colleagues: a message with buttons, a note on the ticket, or both."""
        conversation, cause = waiting.conversation, asked.cause
        text = _request_text(waiting, asked, proposal, waits, self._policy.currency)
        effects: list[Effect] = []
        if self._channel:
            buttons = (
                Button(APPROVE, "Approve", proposal.id, "primary"),
                Button(REJECT, "Reject", proposal.id, "danger"),
            )
            effects.append(
                PostToChannel(f"{cause}:announce", self._channel, text, buttons, announced_name(proposal.id))
            )
        if self._has_helpdesk:
            if not capabilities_of(conversation.id).is_ticket and not conversation.ticket_id:
                effects.append(_ticket(waiting, asked, self._policy.default_group))
            tags = f"To decide here, add the tag `{APPROVE}_{proposal.id}` or `{REJECT}_{proposal.id}`."
            effects.append(UpdateTicket(f"{cause}:approval", comment=f"{text}\n\n{tags}", source=cause))
        return tuple(effects)

    def ask_to_check(self, waiting: TurnInput, asked: Batch, proposal: Proposal) -> tuple[Effect, ...]:
        """Return what tells colleagues of an action that may have been carried out, or not."""
        conversation, cause = waiting.conversation, asked.cause
        text = f"**{proposal.summary}**\n\n{CHECK}\n\n- **Reference:** {proposal.id}\n- {link_of(conversation.id)}"
        effects: list[Effect] = []
        if self._channel:
            effects.append(PostToChannel(f"{cause}:check", self._channel, text))
        if self._has_helpdesk:
            if not capabilities_of(conversation.id).is_ticket and not conversation.ticket_id:
                effects.append(_ticket(waiting, asked, self._policy.default_group))
            effects.append(UpdateTicket(f"{cause}:unsure", comment=text, source=cause))
        return tuple(effects)

    async def may_decide(self, click: ButtonClicked, profile: Profile, proposal: Proposal, customer: Customer) -> bool:
        """Return whether this click or tag decides; nobody approves their own request, wherever they press."""
        own = same_person(click.author.id, proposal.author) or profile.email.lower() == customer.email.lower()
        if own or not names_person(self._policy.approvers, click.author.id, profile.email):
            return False
        if capabilities_of(click.surface).is_ticket:
            return click.staff
        in_place = bool(self._channel) and click.channel == self._channel
        return in_place and profile.is_member and await self._directory.is_in(self._channel, click.author.id)


def told_colleagues(
    conversation: Conversation, cause: str, proposal: Proposal, customer: str, line: str
) -> tuple[Effect, ...]:
    """The message in the approvals channel loses its buttons, the ticket gets a note and loses the tag.

    Args:
        customer: their name.
        line: what became of the proposal.
    """
    effects: list[Effect] = []
    if message := conversation.facts.announced(proposal.id):
        text = f"**{proposal.summary}** for {customer}\n\n{line}\n\n{link_of(conversation.address)}"
        effects.append(EditMessage(f"{cause}:amend", message, text))
    if conversation.ticket_id:
        tags = (f"{APPROVE}_{proposal.id}", f"{REJECT}_{proposal.id}")
        note = f"**{proposal.summary}**\n\n{line}"
        effects.append(UpdateTicket(f"{cause}:decided", comment=note, remove_tags=tags, source=cause))
    return tuple(effects)


def done_note(asked: Batch, proposal: Proposal) -> tuple[Effect, ...]:
    """Return the ticket's note of what was done at once."""
    rows = [
        ("What", f"Done: {proposal.summary}."),
        ("Confirmed by", _name(asked.requester)),
        ("Reason in their words", proposal.reason),
    ]
    rows.append(("Reference", proposal.id))
    lines = "\n".join(f"- **{title}:** {value}" for title, value in rows if value)
    cause = asked.cause
    return (UpdateTicket(f"{cause}:acted", comment=f"**Frontdesk action**\n\n{lines}", source=cause),)


def _name(requester: Requester) -> str:
    return requester.profile.name or requester.author.name or requester.author.id


def _request_text(waiting: TurnInput, asked: Batch, proposal: Proposal, waits: Pending, currency: str) -> str:
    """What an approver has to know (Markdown)."""
    plan = f", {asked.requester.plan} plan" if asked.requester.plan else ""
    words = " ".join((proposal.reason or proposal.words).split())
    rows = [
        ("Customer", f"{_name(asked.requester)} (verified{plan})"),
        ("About", proposal.subject),
        ("Amount", f"{proposal.amount} {currency}; so far {waits.so_far} {currency}" if proposal.amount else ""),
        ("Why a human", waits.why),
        ("In the customer's words", f"“{words}”" if words else "—"),
        ("As the assistant understood it", " ".join(proposal.note.split())),
        ("Conversation", link_of(waiting.conversation.address)),
    ]
    lines = "\n".join(f"- **{title}:** {text}" for title, text in rows if text)
    return f"**Approval needed: {proposal.summary}**\n\n{lines}"


def _ticket(waiting: TurnInput, asked: Batch, group: str) -> Effect:
    """The ticket on which colleagues decide; it is no escalation, the bot goes on answering."""
    conversation = waiting.conversation
    lines = [line for line in asked.lines if line.text]
    ticket = open_ticket(
        conversation, asked.requester, lines, waiting.history, asked.cause, group=group, priority="normal"
    )
    return replace(ticket, tags=(TAG, *channel_tags(conversation)))
