"""Writes the internal note of an escalation: what a human agent needs to know, in a few lines. Pure."""

from collections.abc import Sequence

from bot.domain.capabilities import capabilities_of
from bot.domain.conversation import Conversation
from bot.domain.events import InboundMessage
from bot.domain.handoffs import ASKED_BY_BUTTON, HandoffRequest
from bot.domain.ids import same_person
from bot.domain.transcript import Entry, Role
from bot.turn.handoff import summary
from bot.turn.handoff.request import Requester
from bot.turn.handoff.short_transcript import short_transcript

PRESSED = "pressed “Talk to a human”"


def summary_note(
    conversation: Conversation,
    request: HandoffRequest,
    requester: Requester,
    batch: Sequence[InboundMessage],
    history: Sequence[Entry],
    above: str = "",
    now: float = 0.0,
) -> str:
    """Return the internal note (Markdown): what a human agent needs, filled even where no model said anything.

    Args:
        now: Unix seconds when people were asked.
    """
    rows = [
        ("Issue", request.issue or summary.issue(batch, history)),
        ("Said above in the thread", summary.quoted(above)),
        ("Before that", summary.earlier(conversation)),
        ("Customer", _customer(requester, capabilities_of(conversation.id).title)),
        ("Account", summary.with_dates(requester.account)),
        ("Actions", _listed([*summary.deeds(conversation.proposals), *requester.deeds])),
        (
            "Confirmed facts",
            summary.without_stale(request.confirmed_facts) or summary.facts(history) or "nothing yet",
        ),
        ("Tried so far", summary.without_stale(request.tried) or summary.tried(history) or "nothing yet"),
        ("Sources", summary.sources(history)),
        ("Reason for handing over", request.reason),
        ("Suggested next step", request.next_step or "Read the conversation and answer the customer."),
        ("Files of others in the thread", _files_of_others(conversation, requester.author.id)),
        ("Conversation", link_of(conversation.address)),
        ("Word by word (UTC)", _word_by_word(conversation, request, requester, batch, history, now)),
    ]
    return "**Frontdesk summary**\n\n" + "\n".join(f"- **{name}:** {text}" for name, text in rows if text)


def _word_by_word(
    conversation: Conversation,
    request: HandoffRequest,
    requester: Requester,
    batch: Sequence[InboundMessage],
    history: Sequence[Entry],
    now: float,
) -> str:
    """Return who said what; nothing where that stands on the ticket itself, and nobody but the customer has spoken."""
    if capabilities_of(conversation.id).is_ticket or not any(entry.role is Role.ASSISTANT for entry in history):
        return ""
    customer = requester.profile.name or requester.author.name or "Customer"
    pressed = PRESSED if request.reason == ASKED_BY_BUTTON else ""
    return short_transcript(conversation, history, batch, customer, pressed, now)


def _customer(requester: Requester, vendor: str) -> str:
    profile = requester.profile
    name = profile.name or requester.author.name or requester.author.id
    plan = f", {requester.plan} plan" if requester.plan else ""
    if profile.verified:
        return f"{name} (verified{plan})"
    if profile.unread:
        return f"{name} (not known: {vendor} did not say{plan})"
    return f"{name} (NOT verified{plan})"


def _listed(deeds: Sequence[str]) -> str:
    """One line each, so that a human agent sees at once what must not be done a second time."""
    return "".join(f"\n  - {deed}" for deed in deeds)


def link_of(conversation_id: str) -> str:
    """Return where the conversation can be read: the vendor's address of it, else its id."""
    return capabilities_of(conversation_id).link(conversation_id)


def _files_of_others(conversation: Conversation, author: str) -> str:
    """The files that other people sent, named: they are not the requester's to attach."""
    others = [sent.file for sent in conversation.files if not same_person(sent.author, author)]
    return ", ".join(" ".join([file.name, file.link]).strip() for file in others)
