"""Policy before any model: what is to be done with what a customer wrote. Pure.

Order matters: whoever owns the conversation comes first, money for the model last.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.desk.policy.phrases import is_no, is_yes
from bot.desk.policy.policy import Policy, is_plain_thanks, matches_escalation
from bot.domain.conversation import Conversation, Owner, Ticket
from bot.domain.events import InboundMessage, Origin, origin_of, same_person
from bot.domain.proposals import Proposal, Stage, delivered_fact
from bot.turn.actions.reasons import Given, given
from bot.turn.stages.edits import is_edit
from bot.turn.stages.identity import AddressGiven, CodeTried, answer_to_asking

UNANSWERED_CHANNELS = frozenset(
    {
        "chat",
        "messaging",
        "native_messaging",
        "any_channel",
        "sunshine_conversations_api",
        "voice",
        "phone",
        "line",
        "whatsapp",
        "instagram_dm",
        "facebook",
        "twitter",
        "answer_bot_for_web_widget",
    }
)
"""Zendesk channels whose customers would never see a public API comment, or are talking to people already.
https://developer.zendesk.com/documentation/ticketing/reference-guides/via-types/"""


@dataclass(frozen=True)
class Silent:
    """Say nothing; people, or nobody, answer."""

    why: str


@dataclass(frozen=True)
class RelayToTicket:
    """A human owns it: the customer's lines become a public comment of their author."""


@dataclass(frozen=True)
class Refuse:
    """Too long: a kind refusal, no model."""


@dataclass(frozen=True)
class Close:
    """A plain thanks: nothing is left to answer."""


@dataclass(frozen=True)
class Escalate:
    """A rule of the desk asks for a human."""

    reason: str
    priority: str = ""
    topic: str = ""


@dataclass(frozen=True)
class Nothing:
    """No word and no file, as in a bare mention: what is wanted is asked for, without a model."""


@dataclass(frozen=True)
class Received:
    """Files alone: said what arrived and what becomes of it, without a model, which could not see into them."""


@dataclass(frozen=True)
class Proceed:
    """The specialist answers."""


@dataclass(frozen=True)
class Answered:
    """A plain yes or no to the one action that waits for it."""

    proposal: Proposal
    yes: bool


@dataclass(frozen=True)
class Documented:
    """The customer's own reason for an action they have said yes to.

    Args:
        sure: whether the line can be nothing but a reason; else their yes is asked for again.
    """

    proposal: Proposal
    sure: bool = True


Verdict = (
    Answered
    | Documented
    | Silent
    | RelayToTicket
    | Refuse
    | Close
    | Escalate
    | Nothing
    | Received
    | Proceed
    | CodeTried
    | AddressGiven
)


@dataclass(frozen=True)
class MessageLimits:
    """Bounds that the environment sets.

    Args:
        longest: characters of one inbound message.
        connected_at: Unix seconds of the first start with this Zendesk account, 0 without one.
        proof_seconds: how long it counts that an author has proven who they are.
    """

    longest: int = 4000
    connected_at: float = 0.0
    proof_seconds: float = 30 * 86_400.0


def check_gates(
    conversation: Conversation, batch: Sequence[InboundMessage], policy: Policy, limits: MessageLimits, now: float
) -> Verdict:
    """Return what becomes of the customer's waiting lines (all of one author)."""
    owner = conversation.owner
    if owner is Owner.OFF:
        return RelayToTicket() if conversation.before_off in {Owner.HUMAN, Owner.ESCALATED} else Silent("off")
    if conversation.is_with_human:
        return RelayToTicket()
    if not is_answered(conversation, limits):
        return Silent("ticket is not ours to answer")
    if (answered := plain_answer(conversation, batch, policy, now)) is not None:
        return answered
    text = "\n".join(message.text for message in batch)
    thanks = _is_thanks(conversation, batch, policy, text, now)
    if thanks and origin_of(conversation.id) is Origin.ZENDESK:
        return Close() if is_requester(conversation, batch[0]) else Silent("thanks of somebody else")
    # Two machines that thank each other, or send each other what is too long, end here too.
    if len(recent_replies(conversation, policy, now)) >= policy.reply_cap.replies:
        return Escalate("too many automatic replies in a short time")
    if any(len(message.text) > limits.longest for message in batch):
        return Refuse()
    if thanks:
        return Close()
    return _by_words(conversation, batch, policy, text, now)


def _is_thanks(
    conversation: Conversation, batch: Sequence[InboundMessage], policy: Policy, text: str, now: float
) -> bool:
    """A plain thanks ends nothing while an offer waits for its author's yes or no."""
    if conversation.facts.get("unsent"):
        return False  # who thanks while the answer was on its way is still to get it
    if not conversation.turns or any(message.files for message in batch) or not is_plain_thanks(policy, text):
        return False
    return not any(_of_author(conversation, batch, stage, now) for stage in (Stage.OFFERED, Stage.REASON))


def is_requester(conversation: Conversation, line: InboundMessage) -> bool:
    """Return whether the line is of whom the ticket is for; people in copy are other people."""
    ticket = conversation.ticket
    return ticket is None or not ticket.requester_id or line.author.id == f"{Origin.ZENDESK}:{ticket.requester_id}"


def _by_words(
    conversation: Conversation, batch: Sequence[InboundMessage], policy: Policy, text: str, now: float
) -> Verdict:
    if (rule := matches_escalation(policy, text)) is not None:
        return Escalate(rule.reason, rule.priority, rule.topic)
    if (documented := given_reason(conversation, batch, now)) is not None:
        return documented
    if (told := answer_to_asking(conversation, batch, now)) is not None:
        return told
    is_silent, has_files = not is_said(text), any(message.files for message in batch)
    if is_silent and not has_files:
        return Nothing()
    if conversation.unresolved >= policy.escalation.unresolved_turns:
        return Escalate(f"unresolved after {conversation.unresolved} answers")
    return Received() if is_silent else Proceed()


def is_said(text: str) -> bool:
    """Return whether there is anything to be seen in a text."""
    return any(character.isprintable() and not character.isspace() for character in text)


def plain_answer(
    conversation: Conversation, batch: Sequence[InboundMessage], policy: Policy, now: float
) -> Answered | None:
    """Return the author's plain yes or no, None where it is none or nothing, or more than one thing, waits for it.

    It counts for what its author was offered, after the offer had reached them, and as the whole message.
    """
    if is_edit(batch):
        return None
    text = "\n".join(message.text for message in batch)
    reasons = _of_author(conversation, batch, Stage.REASON, now)
    offered = _of_author(conversation, batch, Stage.OFFERED, now)
    if len(offered) + len(reasons) != 1:
        return None
    if reasons:
        return Answered(reasons[0], yes=False) if is_no(text, policy.languages) else None
    if any(message.files for message in batch):
        return None
    delivered = conversation.facts.get(delivered_fact(offered[0].id), "").partition(" ")[0]
    if not delivered or not all(_came_after(message, float(delivered)) for message in batch):
        return None
    if is_yes(text, policy.languages):
        return Answered(offered[0], yes=True)
    return Answered(offered[0], yes=False) if is_no(text, policy.languages) else None


def given_reason(conversation: Conversation, batch: Sequence[InboundMessage], now: float) -> Documented | None:
    """Return that the author gives the reason they were asked for, None where they say anything else."""
    waiting = _of_author(conversation, batch, Stage.REASON, now)
    if len(waiting) != 1 or is_edit(batch):
        return None
    found = given("\n".join(message.text for message in batch), f"{waiting[0].subject} {waiting[0].summary}")
    return None if found is Given.NO else Documented(waiting[0], sure=found is Given.REASON)


def _of_author(conversation: Conversation, batch: Sequence[InboundMessage], stage: Stage, now: float) -> list[Proposal]:
    return [
        proposal
        for proposal in conversation.proposals
        if proposal.stage is stage and same_person(proposal.author, batch[0].author.id) and not proposal.expired(now)
    ]


def _came_after(message: InboundMessage, delivered: float) -> bool:
    # Zendesk counts whole seconds.
    return message.at >= (int(delivered) if message.surface is Origin.ZENDESK else delivered)


def is_answered(conversation: Conversation, limits: MessageLimits) -> bool:
    """Return whether the bot may answer: always in Slack and `/chat`, on tickets by the contract's rule.

    A ticket that the bot has answered or was given stays its own until a human takes it, and again once they give it
    back, although it may then still be assigned to them.
    """
    if origin_of(conversation.id) is not Origin.ZENDESK or conversation.ours:
        return True
    return conversation.ticket is not None and is_ours_to_answer(conversation.ticket, limits)


def is_ours_to_answer(ticket: Ticket, limits: MessageLimits) -> bool:
    """Return whether a ticket nobody has answered yet is one the bot takes.

    Zendesk's times have whole seconds: what was created in the second of connecting counts as created after it.
    """
    return (
        ticket.created_at >= int(limits.connected_at)
        and ticket.submitted_by_customer
        and not ticket.assignee_id
        and (not ticket.group_id or ticket.answer_group)
        and ticket.via.lower() not in UNANSWERED_CHANNELS
        and ticket.status not in {"solved", "closed"}
    )


def recent_replies(conversation: Conversation, policy: Policy, now: float) -> tuple[float, ...]:
    """Return when the bot replied within the window of the desk's reply cap."""
    return tuple(at for at in conversation.reply_times if at > now - policy.reply_cap.minutes * 60)
