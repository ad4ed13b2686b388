"""Reads a ticket that a webhook hinted at, and turns what is new there into messages.

Every comment becomes one message, deduped by its id; the ticket's fields become one more. Fields that silence the
bot come before the comments, fields that give the conversation back come after them. Of a customer's comment the
message holds what they wrote themselves; the rest of the mail stays on the ticket, where people read it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.desk.policy.policy import Policy
from bot.domain.capabilities import capabilities_of, desk_origin
from bot.domain.conversation import Conversation
from bot.domain.drafts import DISCARD_TAG, SEND_TAG
from bot.domain.errors import NotFound
from bot.domain.events import (
    Author,
    ButtonClicked,
    CustomerMessage,
    DraftDecided,
    InboundMessage,
    StaffComment,
    TicketDeleted,
    TicketHint,
    TicketUpdated,
)
from bot.domain.ids import ConversationId
from bot.domain.ports import Comment, HelpDesk, TicketReading
from bot.domain.proposals import APPROVE, REJECT, Stage
from bot.domain.text.redaction import mask
from bot.domain.tickets import Ticket
from bot.mail.comments import machine_behind, read_comment
from bot.mail.own_words import Letter
from bot.turn.drafts.decided import DISCARD, SEND
from bot.turn.handoff.human_agents import DONE
from bot.turn.handoff.ticket_effects import RESUME_TAG

MOST_MERGES = 3
_DRAFT_TAGS = {SEND_TAG: SEND, DISCARD_TAG: DISCARD}
COMMENT_EVENTS = ("comment_added", "commented", "created")


@dataclass(frozen=True)
class TicketNews:
    """What a look at the ticket led to.

    Args:
        messages: pairs of the id to dedupe by (empty: always keep) and the message.
        belongs_to: another conversation that the ticket is part of, None for this one.
        is_news: whether there was anything that the hint can have meant.
    """

    messages: tuple[tuple[str, InboundMessage], ...] = ()
    belongs_to: ConversationId | None = None
    is_news: bool = True


async def look(conversation: Conversation, hint: TicketHint, helpdesk: HelpDesk, policy: Policy) -> TicketNews:
    """Read the hinted ticket.

    Raises:
        NotFound: there is no such ticket, and it is not the conversation's own.
        RemoteError: as the port says.
    """
    ticket_id = hint.ticket_id
    if conversation.ticket_id not in {"", ticket_id}:
        return TicketNews()  # late news of a ticket that a follow-up or a merge has replaced
    try:
        reading = await helpdesk.read(ticket_id, conversation.last_comment)
    except NotFound:
        if conversation.ticket_id != ticket_id:
            raise
        gone = TicketDeleted(
            id=f"gone:{ticket_id}:{hint.id}",
            conversation=hint.conversation,
            author=hint.author,
            surface=hint.surface,
            ticket_id=ticket_id,
        )
        return TicketNews((("", gone),))
    if owner := _other_owner(conversation, reading.ticket):
        return TicketNews(belongs_to=owner)
    if not capabilities_of(conversation.id).is_ticket:
        reading = await _follow_merges(reading, conversation.last_comment, helpdesk)
    reading = replace(reading, ticket=await _named(reading.ticket, helpdesk, policy))
    messages = _messages(conversation, hint, reading)
    decisions = [
        *await _decisions(conversation, hint, reading.ticket, helpdesk),
        *await _draft_decisions(conversation, hint, reading.ticket, helpdesk),
    ]
    return TicketNews((*messages, *decisions), is_news=_is_news(hint, reading, (*messages, *decisions)))


def _is_news(hint: TicketHint, reading: TicketReading, found: Sequence[object]) -> bool:
    """Whether the comment, or the change, that the hint is about can be read yet.

    Zendesk may list a comment, and a ticket, only seconds after the webhook that tells of it.
    """
    if _tells_of_comment(hint):
        return bool(reading.comments)
    return bool(reading.comments or found)


async def _follow_merges(reading: TicketReading, after: int, helpdesk: HelpDesk) -> TicketReading:
    """Go on with the ticket that ours was merged into; what was said there before the merge is not for our thread.

    A conversation that began as a ticket ends with it: the other ticket is a conversation of its own.
    """
    for _ in range(MOST_MERGES):
        if not reading.ticket.follows:
            break
        after = max([after, *(comment.id for comment in reading.comments)])
        target = await helpdesk.read(reading.ticket.follows, after)
        reading = replace(target, comments=(*reading.comments, *target.comments))
    return reading


def _other_owner(conversation: Conversation, ticket: Ticket) -> ConversationId | None:
    """A ticket we opened belongs to the conversation it was opened for, whatever webhook came first."""
    owner = ConversationId.parse(ticket.external_id)
    return owner if owner != conversation.id else None


async def _named(ticket: Ticket, helpdesk: HelpDesk, policy: Policy) -> Ticket:
    """Return the ticket with what the desk's rules ask of its group and of its brand, by the names that they use."""
    rules = policy.autonomy.rules
    groups = dict.fromkeys(name for rule in rules for name in rule.group)
    asks_for_brand = any(rule.brand for rule in rules) and ticket.brand_id
    return replace(
        ticket,
        answer_group=bool(await _group_among(policy.answer_groups, ticket, helpdesk)),
        group=await _group_among(tuple(groups), ticket, helpdesk),
        brand_names=await helpdesk.brand_names(ticket.brand_id) if asks_for_brand else (),
    )


async def _group_among(names: Sequence[str], ticket: Ticket, helpdesk: HelpDesk) -> str:
    """Return which of the names is that of the ticket's group, empty where none is."""
    for name in names if ticket.group_id else ():
        if await helpdesk.group_id(name) == ticket.group_id:
            return name
    return ""


async def _decisions(
    conversation: Conversation, hint: TicketHint, ticket: Ticket, helpdesk: HelpDesk
) -> list[tuple[str, InboundMessage]]:
    """A tag decides on a proposal like a button does; whose tag it is, the audits tell."""
    found: list[tuple[str, InboundMessage]] = []
    for proposal in conversation.proposals:
        for action in (APPROVE, REJECT) if proposal.stage is Stage.APPROVAL else ():
            tag = f"{action}_{proposal.id}"
            tagging = await helpdesk.who_tagged(ticket.id, tag) if tag in ticket.tags else None
            if tagging is None:
                continue
            person = tagging.author
            decision = ButtonClicked(
                id=f"tag:{ticket.id}:{tagging.id}:{tag}",
                conversation=hint.conversation,
                author=Author(person.id, person.name),
                surface=desk_origin(),
                action=action,
                value=proposal.id,
                staff=person.is_staff,
                email=person.email,
            )
            found.append((decision.id, decision))
    return found


async def _draft_decisions(
    conversation: Conversation, hint: TicketHint, ticket: Ticket, helpdesk: HelpDesk
) -> list[tuple[str, InboundMessage]]:
    """A tag decides on the draft that is open now, if any; it comes behind what the customer wrote before it."""
    found: list[tuple[str, InboundMessage]] = []
    for tag, action in _DRAFT_TAGS.items():
        tagging = await helpdesk.who_tagged(ticket.id, tag) if tag in ticket.tags else None
        if tagging is None:
            continue
        person, draft = tagging.author, conversation.draft
        decision = DraftDecided(
            id=f"tag:{ticket.id}:{tagging.id}:{tag}",
            conversation=hint.conversation,
            author=Author(person.id, person.name),
            surface=desk_origin(),
            draft=draft.id if draft else "",
            action=action,
            staff=person.is_staff,
            stamp=ticket.updated_at,
        )
        found.append((decision.id, decision))
    return found


def _messages(
    conversation: Conversation, hint: TicketHint, reading: TicketReading
) -> tuple[tuple[str, InboundMessage], ...]:
    ticket = replace(reading.ticket, subject=mask(reading.ticket.subject))
    comments = [
        _message(conversation, comment, ticket, first=not conversation.last_comment and index == 0)
        for index, comment in enumerate(reading.comments)
        if not comment.effect_id and comment.public
    ]
    fields: list[tuple[str, InboundMessage]] = []
    if ticket != conversation.ticket:
        newest = max((comment.id for comment in reading.comments), default=0)
        # The stamp alone may repeat within a second, so the delivery's own id keeps effect ids apart.
        message = TicketUpdated(
            id=f"ticket:{ticket.id}:{hint.id}",
            conversation=hint.conversation,
            author=hint.author,
            surface=hint.surface,
            ticket=ticket,
            of=hint.ticket_id,
            last_comment=newest,
        )
        fields.append(("", message))
    # A ticket that was born with such a tag (a follow-up inherits them all) had nobody to give it back.
    gives_back = conversation.ticket is not None and (ticket.status in DONE or RESUME_TAG in ticket.tags)
    return (*comments, *fields) if gives_back else (*fields, *comments)


def _message(
    conversation: Conversation, comment: Comment, ticket: Ticket, *, first: bool
) -> tuple[str, InboundMessage]:
    profile = comment.author
    subject = ticket.subject if first and capabilities_of(conversation.id).is_ticket else ""
    letter = read_comment(comment, subject)
    machine = comment.automatic or machine_behind(comment, letter, subject)
    text, passed_on = _texts(letter, subject)
    written = StaffComment if profile.is_staff and not machine else CustomerMessage
    message = written(
        id=f"comment:{comment.id}",
        conversation=conversation.id,
        author=Author(profile.id, profile.name),
        text=text,
        at=comment.at,
        surface=desk_origin(),
        files=comment.files,
        comment=comment.id,
        stamp=ticket.updated_at,
        email=profile.email,
        verified=profile.verified and not comment.flagged,
        flagged=comment.flagged,
        machine=machine,
        passed_on=passed_on,
    )
    return message.id, message


def _texts(letter: Letter, subject: str) -> tuple[str, str]:
    """Return what the author wrote, below the subject, and what they forward; who only forwards says that."""
    own = mask(letter.own)
    passed_on = mask(letter.passed_on)
    if subject and subject not in own:
        own = f"{subject}\n\n{own}".rstrip()
    return (own, passed_on) if own else (passed_on, "")


def only_hints(messages: Sequence[InboundMessage]) -> list[TicketHint]:
    """Return the hints among the waiting messages, one per ticket, of a comment where one is."""
    hints = [message for message in messages if isinstance(message, TicketHint)]
    of_fields_first = sorted(hints, key=_tells_of_comment)
    return list({message.ticket_id: message for message in of_fields_first}.values())


def _tells_of_comment(hint: TicketHint) -> bool:
    return hint.event.startswith(COMMENT_EVENTS)
