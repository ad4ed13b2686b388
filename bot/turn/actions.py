"""Actions inside a turn: offered → the customer says yes → policy → at once, a reason, or a human → committed → told.

The model only offers. What is offered is worded here from the desk's data, and what becomes of it is decided by whose
message or click it is, by `desk.yml`, and by the ledger, which commits once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

from bot.desk.customer import Customer
from bot.desk.data import Database
from bot.desk.ledger import Done, Ledger, Off, Settled, Waits, amount_text
from bot.desk.loader import Desk
from bot.desk.offers import Made, Needs
from bot.desk.phrases import own_words
from bot.desk.policy import names_person
from bot.domain.conversation import Conversation
from bot.domain.effects import Amend, Announce, Button, Effect, UpdateTicket
from bot.domain.messages import Author, InboundMessage, Surface, surface_of
from bot.domain.ports import Directory, Profile
from bot.domain.proposals import (
    APPROVE,
    CONFIRM,
    DECLINE,
    KEPT,
    REJECT,
    Proposal,
    Stage,
    announced_fact,
    delivered_fact,
)
from bot.domain.transcript import Entry, Role
from bot.turn.escalation import CHAT_TAG, SLACK_TAG, TAG, Requester, link_of, open_ticket
from bot.turn.waiting import Asked, Waiting, requester_of

ASK = "**{summary}.** Shall I do this? Please answer yes or no.{after}"
ASK_AGAIN = "I'm still waiting for your yes or no to this: **{summary}.**"
AFTER = {
    Needs.NOTHING: "",
    Needs.REASON: " For this amount I'll then ask you for the reason.",
    Needs.HUMAN: " A colleague then has to approve it.",
}
DONE = "Done: {summary}.{afterwards}"
DECLINED = "All right, I leave it as it is: nothing was changed."
REASON = (
    "Thank you. One thing is missing for this amount, the reason: please tell me in a sentence or two, "
    "in your own words."
)
REASON_AGAIN = "I still need your reason for this, in your own words: **{summary}.**"
WAITING = (
    "Thank you. A colleague has to approve this first ({why}). I'll tell you here as soon as they have decided; "
    "you can go on asking me meanwhile."
)
ALREADY = "A colleague is already deciding on your request: **{summary}.** I'll tell you here as soon as they have."
GONE = "That offer is no longer open, so nothing was changed. Tell me again what you would like, and I'll look at it."
NOT_YOU = (
    "I can't tell for certain who you are at the moment, so nothing was changed. Please try once more in a minute."
)
OFF = "I have not done this ({summary}): {why}."
APPROVED = "A colleague has approved it. Done: {summary}.{afterwards}"
REJECTED = (
    "A colleague has looked at it and did not approve: {summary}. If you want to talk to them about it, just say so."
)

WORDS_CHARS = 600


@dataclass(frozen=True)
class Step:
    """What a proposal's next step leads to.

    Args:
        text: told to the customer, empty for nothing.
        effects: before the reply; `after` come behind it.
    """

    conversation: Conversation
    text: str
    verdict: str
    effects: tuple[Effect, ...] = ()
    after: tuple[Effect, ...] = ()


@dataclass(frozen=True)
class Decided:
    """A human's decision, and whom it is told to."""

    step: Step
    asked: Asked


@dataclass(frozen=True)
class Shown:
    """A conversation with its new offers, and what the customer sees of them."""

    conversation: Conversation
    text: str
    buttons: tuple[Button, ...]


class Actions:
    """Moves proposals on.

    Args:
        channel: id of the Slack channel where humans approve, empty for none.
        has_helpdesk: whether approvals can go to tickets.
    """

    def __init__(
        self, desk: Desk, data: Database, directory: Directory, *, channel: str = "", has_helpdesk: bool = False
    ) -> None:
        self._desk = desk
        self._data = data
        self._ledger = Ledger(data, desk.actions, desk.policy.limits, desk.knowledge)
        self._directory = directory
        self._channel = channel
        self._has_helpdesk = has_helpdesk

    async def said(self, waiting: Waiting, asked: Asked, proposal: Proposal, *, yes: bool) -> Step:
        """The customer answered by a plain yes or no, or by their button."""
        if asked.customer is None or asked.customer.id != proposal.customer:
            return Step(waiting.conversation, NOT_YOU, "not verified")
        if not yes:
            after = marked(waiting.conversation, replace(proposal, stage=Stage.DECLINED))
            return Step(after, DECLINED, "declined", after=_used(waiting, asked, proposal, "No"))
        step = await self._settled(waiting, asked, replace(proposal, confirmed_by=asked.cause), asked.customer)
        return replace(step, after=(*_used(waiting, asked, proposal, "Yes"), *step.after))

    async def documented(self, waiting: Waiting, asked: Asked, proposal: Proposal) -> Step:
        """The customer gave the reason in their own words."""
        if asked.customer is None or asked.customer.id != proposal.customer:
            return Step(waiting.conversation, NOT_YOU, "not verified")
        return await self._settled(waiting, asked, replace(proposal, reason=_words(asked.lines)), asked.customer)

    async def clicked(self, waiting: Waiting, asked: Asked) -> Step | None:
        """The customer pressed yes or no; None where the click is not theirs, or comes a second time."""
        click = asked.lines[-1]
        proposal = _find(waiting.conversation, click.data.get("value", ""))
        if proposal is None or proposal.author != click.author.id:
            return None
        if proposal.stage is Stage.SUPERSEDED or proposal.expired(waiting.now):
            return Step(waiting.conversation, GONE, "offer gone")
        if proposal.stage is not Stage.OFFERED:
            return None
        return await self.said(waiting, asked, proposal, yes=click.data.get("action") == CONFIRM)

    async def decided(self, waiting: Waiting, click: InboundMessage, profile: Profile) -> Decided | None:
        """A human decided by button or tag; None where they may not, or somebody was faster."""
        conversation, now = waiting.conversation, waiting.now
        proposal = _find(conversation, click.data.get("value", ""))
        if proposal is None or proposal.stage is not Stage.APPROVAL:
            return None
        customer = await self._data.customer_by_id(proposal.customer)
        if customer is None or not await self._is_approver(click, profile, proposal, customer):
            return None
        if click.data.get("action") == REJECT:
            await self._ledger.withdraw(proposal)
            text, stage, verdict = REJECTED.format(summary=proposal.summary), Stage.REJECTED, "rejected"
        else:
            result = await self._ledger.settle(proposal, customer, conversation.id, now, approved_by=click.author.id)
            text, stage = _outcome(proposal, result)
            verdict = "approved"
        name = profile.name or click.author.name or click.author.id
        line = f"{verdict.capitalize()} by {name}, {datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M} UTC."
        line += f" It was not carried out: {text}" if stage is Stage.FAILED else ""
        after = _told_colleagues(conversation, click, proposal, customer, line)
        step = Step(marked(conversation, replace(proposal, stage=stage)), text, verdict, after=after)
        asker = requester_of(Author(proposal.author), Profile(proposal.author, customer.name), customer)
        return Decided(step, Asked([click], asker, customer))

    def show(self, waiting: Waiting, asked: Asked, offers: Sequence[Made]) -> Shown:
        """Keep the run's offers and word them; a newer offer on the same thing takes the place of the older one.

        Where the run offered nothing, what still waits for the author is said again.
        """
        if not offers:
            return _remind(waiting.conversation, asked.requester.author.id, waiting.now)
        conversation = waiting.conversation
        texts: dict[str, str] = {}
        fresh: dict[str, Proposal] = {}
        for number, made in enumerate(offers):
            subject = made.offer.subject
            if (deciding := _awaiting_human(conversation, subject)) is not None:
                texts[subject] = ALREADY.format(summary=deciding.summary)
                continue
            proposal = fresh[subject] = _proposal(waiting, asked, made, number)
            conversation = added(conversation, proposal)
            texts[subject] = ASK.format(summary=proposal.summary, after=AFTER[made.ruling.needs])
        return Shown(conversation, "\n\n".join(texts.values()), buttons_of(list(fresh.values())))

    async def _settled(self, waiting: Waiting, asked: Asked, proposal: Proposal, customer: Customer) -> Step:
        conversation = waiting.conversation
        result = await self._ledger.settle(proposal, customer, conversation.id, waiting.now)
        if isinstance(result, Waits) and result.needs is Needs.REASON:
            return Step(marked(conversation, replace(proposal, stage=Stage.REASON)), REASON, "reason asked")
        if isinstance(result, Waits) and not (self._channel or self._has_helpdesk):
            await self._ledger.withdraw(proposal)
            result = Off("a colleague would have to approve it, and nobody can be reached from here")
        if isinstance(result, Waits):
            waits = marked(conversation, replace(proposal, stage=Stage.APPROVAL))
            effects = self._ask_colleagues(waiting, asked, proposal, result)
            return Step(waits, WAITING.format(why=result.why), "approval asked", after=effects)
        if isinstance(result, Off):
            failed = marked(conversation, replace(proposal, stage=Stage.FAILED))
            return Step(failed, OFF.format(summary=proposal.summary, why=result.why), "not done")
        text = DONE.format(**_worded(proposal))
        done = marked(conversation, replace(proposal, stage=Stage.DONE))
        return Step(done, text, "done", after=self._note(waiting, asked, proposal, text))

    def _ask_colleagues(self, waiting: Waiting, asked: Asked, proposal: Proposal, waits: Waits) -> tuple[Effect, ...]:
        conversation, cause = waiting.conversation, asked.cause
        text = _request_text(waiting, asked, proposal, waits, self._desk.policy.currency)
        effects: list[Effect] = []
        if self._channel:
            buttons = (
                Button(APPROVE, "Approve", proposal.id, "primary"),
                Button(REJECT, "Reject", proposal.id, "danger"),
            )
            effects.append(Announce(f"{cause}:announce", self._channel, text, buttons, announced_fact(proposal.id)))
        if self._has_helpdesk:
            if surface_of(conversation.id) is not Surface.ZENDESK and not conversation.ticket_id:
                effects.append(_ticket(waiting, asked, self._desk.policy.default_group))
            tags = f"To decide here, add the tag `{APPROVE}_{proposal.id}` or `{REJECT}_{proposal.id}`."
            effects.append(UpdateTicket(f"{cause}:approval", comment=f"{text}\n\n{tags}", source=cause))
        return tuple(effects)

    def _note(self, waiting: Waiting, asked: Asked, proposal: Proposal, text: str) -> tuple[Effect, ...]:
        if not (self._has_helpdesk and waiting.conversation.ticket_id):
            return ()
        rows = [("What", text), ("Confirmed by", _name(asked.requester)), ("Reason in their words", proposal.reason)]
        rows.append(("Reference", proposal.id))
        lines = "\n".join(f"- **{title}:** {value}" for title, value in rows if value)
        cause = asked.cause
        return (UpdateTicket(f"{cause}:acted", comment=f"**Frontdesk action**\n\n{lines}", source=cause),)

    async def _is_approver(
        self, click: InboundMessage, profile: Profile, proposal: Proposal, customer: Customer
    ) -> bool:
        """Nobody approves their own request, wherever they press."""
        own = click.author.id == proposal.author or profile.email.lower() == customer.email.lower()
        if own or not names_person(self._desk.policy.approvers, click.author.id, profile.email):
            return False
        if click.surface is Surface.ZENDESK:
            return bool(click.data.get("staff"))
        in_place = bool(self._channel) and click.data.get("channel") == self._channel
        return in_place and profile.is_member and await self._directory.is_in(self._channel, click.author.id)


def _remind(conversation: Conversation, author: str, now: float) -> Shown:
    mine = [p for p in conversation.proposals if p.author == author and not p.expired(now)]
    offered = [proposal for proposal in mine if proposal.stage is Stage.OFFERED]
    texts = [ASK_AGAIN.format(summary=proposal.summary) for proposal in offered]
    texts += [REASON_AGAIN.format(summary=p.summary) for p in mine if p.stage is Stage.REASON]
    return Shown(conversation, "\n\n".join(texts), buttons_of(offered))


def _told_colleagues(
    conversation: Conversation, click: InboundMessage, proposal: Proposal, customer: Customer, line: str
) -> tuple[Effect, ...]:
    """The message in the approvals channel loses its buttons, the ticket gets a note and loses the tag."""
    effects: list[Effect] = []
    if message := conversation.facts.get(announced_fact(proposal.id)):
        text = f"**{proposal.summary}** for {customer.name}\n\n{line}\n\n{link_of(conversation.id)}"
        effects.append(Amend(f"{click.id}:amend", message, text))
    if conversation.ticket_id:
        tags = (f"{APPROVE}_{proposal.id}", f"{REJECT}_{proposal.id}")
        note = f"**{proposal.summary}**\n\n{line}"
        effects.append(UpdateTicket(f"{click.id}:decided", comment=note, remove_tags=tags, source=click.id))
    return tuple(effects)


def marked(conversation: Conversation, changed: Proposal) -> Conversation:
    """Return the conversation with the proposal as it is now."""
    kept = tuple(changed if proposal.id == changed.id else proposal for proposal in conversation.proposals)
    return replace(conversation, proposals=kept)


def added(conversation: Conversation, proposal: Proposal) -> Conversation:
    """Return the conversation with one more offer; what the customer had not answered on the same thing is over."""
    kept = [
        replace(old, stage=Stage.SUPERSEDED)
        if old.subject == proposal.subject and old.stage in {Stage.OFFERED, Stage.REASON}
        else old
        for old in conversation.proposals
        if old.id != proposal.id
    ]
    closed = [old for old in kept if not old.is_open][-KEPT:]
    kept = [old for old in kept if old.is_open or old in closed]
    return replace(conversation, proposals=(*kept, proposal))


def buttons_of(proposals: Sequence[Proposal]) -> tuple[Button, ...]:
    """Return a yes and a no for each; with several, each names its thing."""
    buttons: list[Button] = []
    for proposal in proposals:
        what = f": {proposal.summary}" if len(proposals) > 1 else ""
        buttons.append(Button(CONFIRM, f"Yes, do it{what}", proposal.id, "primary"))
        buttons.append(Button(DECLINE, f"No{what}", proposal.id))
    return tuple(buttons)


def _proposal(waiting: Waiting, asked: Asked, made: Made, number: int) -> Proposal:
    assert asked.customer is not None  # noqa: S101 (actions run for verified customers alone)
    conversation, cause = waiting.conversation, asked.lines[-1]
    parts = (conversation.id, cause.id, str(number), made.action, made.arguments, made.offer.summary)
    return Proposal(
        id=sha256("\0".join(parts).encode()).hexdigest()[:20],
        action=made.action,
        arguments=made.arguments,
        author=cause.author.id,
        customer=asked.customer.id,
        subject=made.offer.subject,
        summary=made.offer.summary,
        afterwards=made.offer.afterwards,
        amount=amount_text(made.offer),
        at=waiting.now,
        words=_words(asked.lines),
        note=made.offer.note[:WORDS_CHARS],
    )


def _words(batch: Sequence[InboundMessage]) -> str:
    return own_words("\n".join(line.text for line in batch))[:WORDS_CHARS]


def _name(requester: Requester) -> str:
    return requester.profile.name or requester.author.name or requester.author.id


def _awaiting_human(conversation: Conversation, subject: str) -> Proposal | None:
    waiting = (p for p in conversation.proposals if p.subject == subject and p.stage is Stage.APPROVAL)
    return next(waiting, None)


def _find(conversation: Conversation, value: str) -> Proposal | None:
    return next((proposal for proposal in conversation.proposals if proposal.id == value), None)


def _outcome(proposal: Proposal, result: Settled) -> tuple[str, Stage]:
    """Words for the customer, and the stage, once a human agreed."""
    match result:
        case Done():
            return APPROVED.format(**_worded(proposal)), Stage.DONE
        case Off(why) | Waits(_, why):
            return OFF.format(summary=proposal.summary, why=why), Stage.FAILED


def _worded(proposal: Proposal) -> dict[str, str]:
    return {
        "summary": proposal.summary,
        "afterwards": f" {proposal.afterwards}" if proposal.afterwards else "",
    }


def _used(waiting: Waiting, asked: Asked, proposal: Proposal, answer: str) -> tuple[Effect, ...]:
    """The offer's own message shows the answer in the place of its buttons."""
    message = waiting.conversation.facts.get(delivered_fact(proposal.id), "").partition(" ")[2]
    text = _offer_text(proposal, waiting.history)
    if surface_of(waiting.conversation.id) is not Surface.SLACK or not message or not text:
        return ()
    return (Amend(f"{asked.cause}:used", message, f"{text}\n\n_{answer}_"),)


def _offer_text(proposal: Proposal, history: Sequence[Entry]) -> str:
    """The whole text of the message that made the offer, as the transcript has it."""
    mark = f"**{proposal.summary}.**"
    found = [at for at, entry in enumerate(history) if entry.role is Role.ASSISTANT and mark in entry.text]
    if not found:
        return ""
    start = end = found[-1]
    while start and history[start - 1].role is Role.ASSISTANT and history[start - 1].at == history[end].at:
        start -= 1
    return "\n\n".join(entry.text for entry in history[start : end + 1])


def _request_text(waiting: Waiting, asked: Asked, proposal: Proposal, waits: Waits, currency: str) -> str:
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
        ("Conversation", link_of(waiting.conversation.id)),
    ]
    lines = "\n".join(f"- **{title}:** {text}" for title, text in rows if text)
    return f"**Approval needed: {proposal.summary}**\n\n{lines}"


def _ticket(waiting: Waiting, asked: Asked, group: str) -> Effect:
    """The ticket on which colleagues decide; it is no escalation, the bot goes on answering."""
    conversation = waiting.conversation
    lines = [line for line in asked.lines if line.text]
    ticket = open_ticket(
        conversation, asked.requester, lines, waiting.history, asked.cause, group=group, priority="normal"
    )
    channel = SLACK_TAG if surface_of(conversation.id) is Surface.SLACK else CHAT_TAG
    return replace(ticket, tags=(TAG, channel))
