"""Words what colleagues read of a draft: the note on a ticket, the card in their channel, what became of it. Pure."""

from collections.abc import Mapping, Sequence

from bot.domain.capabilities import capabilities_of
from bot.domain.conversation import Conversation
from bot.domain.drafts import DISCARD_TAG, DRAFT_DISCARD, DRAFT_EDIT, DRAFT_SEND, SEND_TAG, DraftKind, DraftStage
from bot.domain.effects import (
    Button,
    CloseDraft,
    EditMessage,
    PostToChannel,
    ShowDraft,
    UpdateTicket,
    with_ticket_number,
)
from bot.domain.facts import announced_name
from bot.domain.ids import MessageRef
from bot.turn.handoff.note import link_of
from bot.turn.handoff.ticket_effects import TAG

HEAD = "Frontdesk draft {id}"
LONGEST_QUESTION = 600
BELOW: Mapping[str, str] = {
    DraftKind.HANDOVER: "The hand-over itself is made; only these words to the customer wait.",
}
DECIDE_HERE = (
    f"To send it as it is, add the tag `{SEND_TAG}`; to discard it, `{DISCARD_TAG}`. Your own public answer closes it, "
    "and so does the customer's next line: the next draft answers both."
)
BECAME: Mapping[str, str] = {
    DraftStage.SENT: "Sent as it was{by}.",
    DraftStage.SENT_EDITED: "Sent with changes{by}.",
    DraftStage.USED: "The same was answered{by}.",
    DraftStage.EDITED: "Answered with much of it{by}.",
    DraftStage.REWRITTEN: "Another answer was written{by}.",
    DraftStage.DISCARDED: "Discarded{by}.",
    DraftStage.SUPERSEDED: "Not sent: the customer wrote again, and the next answer is for both.",
    DraftStage.IGNORED: "Nobody decided on it.",
}


def note_of(effect: ShowDraft, conversation: Conversation, tag: str) -> UpdateTicket:
    """Return the internal note that shows a draft; fields of the ticket stay as they are.

    What the customer wrote elsewhere is quoted: the ticket may not have it.

    Args:
        tag: by which people find tickets with an open draft.
    """
    is_elsewhere = not capabilities_of(conversation.id).is_ticket
    asked = f"- **In answer to:** “{_brief(effect.question)}”" if is_elsewhere and effect.question else ""
    parts = [
        HEAD.format(id=effect.draft),
        with_ticket_number(effect.text, conversation.ticket_id),
        "---",
        "\n".join(part for part in (asked, _about(effect)) if part),
        DECIDE_HERE,
    ]
    return UpdateTicket(
        id=effect.id,
        comment="\n\n".join(part for part in parts if part),
        add_tags=(TAG, tag),
        source=effect.id,
        stamp=effect.stamp,
    )


def card_of(effect: ShowDraft, conversation: Conversation) -> PostToChannel:
    """Return the message that shows a draft in the colleagues' channel."""
    link = link_of(conversation.address)
    parts = [
        f"**{HEAD.format(id=effect.draft)}**" + (f" for {effect.customer}" if effect.customer else ""),
        f"**They wrote:** “{_brief(effect.question)}”" if effect.question else "",
        "**Draft:**",
        with_ticket_number(effect.text, conversation.ticket_id),
        _about(effect),
        link,
    ]
    buttons = (
        Button(DRAFT_SEND, "Send", effect.draft, "primary"),
        Button(DRAFT_EDIT, "Edit", effect.draft),
        Button(DRAFT_DISCARD, "Discard", effect.draft, "danger"),
    )
    text = "\n\n".join(part for part in parts if part)
    return PostToChannel(effect.id, effect.channel, text, buttons, announced_name(effect.draft))


def closed_card(effect: CloseDraft, conversation: Conversation, message: MessageRef) -> EditMessage:
    """Return the card of a draft of which nothing more becomes."""
    customer = conversation.requester_name
    parts = [
        f"**{HEAD.format(id=effect.draft)}**" + (f" for {customer}" if customer else ""),
        f"_{outcome_told(effect.outcome, effect.by)}_",
        with_ticket_number(effect.text, conversation.ticket_id),
        link_of(conversation.address),
    ]
    return EditMessage(effect.id, message, "\n\n".join(part for part in parts if part))


def outcome_told(outcome: str, by: str) -> str:
    """Return what became of a draft, in a sentence.

    Args:
        by: name of the human who decided, empty for nobody.
    """
    known = BECAME.get(outcome, "Closed.")
    return known.format(by=f" by {by}" if by else "")


def _about(effect: ShowDraft) -> str:
    rows = [
        ("Sources", _listed(effect.sources)),
        ("Looked up", _listed(effect.looked_up)),
        ("Would propose", _listed(effect.proposes)),
        ("Why a draft", effect.why),
        ("Note", BELOW.get(effect.what, "")),
    ]
    return "\n".join(f"- **{name}:** {text}" for name, text in rows if text)


def _brief(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUESTION else f"{line[: LONGEST_QUESTION - 1]}…"


def _listed(texts: Sequence[str]) -> str:
    return "; ".join(texts)
