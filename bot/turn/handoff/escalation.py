"""Escalate, take over, relay, release: what each changes, and which effects follow. Pure.

One Zendesk ticket belongs to a conversation. For a Slack or `/chat` conversation the first escalation opens it with
the customer's own words; later ones update it. A ticket conversation keeps its ticket.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.desk.policy.business_hours import Promise
from bot.desk.policy.policy import Policy, group_for, priority_of, promise
from bot.domain.capabilities import capabilities_of, desk_user
from bot.domain.conversation import Conversation, Handing, Move
from bot.domain.effects import Effect, OpenTicket, Person, UpdateTicket
from bot.domain.events import Author, File, InboundMessage
from bot.domain.ids import same_person
from bot.domain.ports import Profile
from bot.domain.tickets import Ticket
from bot.domain.transcript import Entry, Role
from bot.turn.handoff import summary
from bot.turn.texts import promise_told, say

TAG = "frontdesk"
ESCALATED_TAG = "frontdesk_escalated"
OFF_TAG = "frontdesk_off"
RESUME_TAG = "frontdesk_resume"

SUBJECT_CHARS = 80


@dataclass(frozen=True)
class HandoffRequest:
    """Why a human is asked, as the model's tool or a rule says it; empty fields are filled from the conversation."""

    reason: str
    priority: str = ""
    topic: str = ""
    issue: str = ""
    confirmed_facts: str = ""
    tried: str = ""
    next_step: str = ""


@dataclass(frozen=True)
class Requester:
    """The customer on whose behalf a human is asked.

    Args:
        plan: the customer's plan where they are verified, empty otherwise.
        account: what the desk has on file about a verified customer, in one line.
        deeds: what was done for them in other conversations, as the books have it.
    """

    author: Author
    profile: Profile
    plan: str = ""
    account: str = ""
    deeds: tuple[str, ...] = ()

    @property
    def person(self) -> Person:
        """Who the ticket's requester is: a verified address, else our id of the author, never a claimed one."""
        name = self.profile.name or self.author.name or self.author.id
        if user := desk_user(self.author.id):
            return Person(name=name, id=user)
        if self.profile.verified and self.profile.email:
            return Person(name=name, email=self.profile.email)
        return Person(name=name, external_id=self.author.id)


@dataclass(frozen=True)
class Handoff:
    """What an escalation leads to: the conversation after it, its effects, and the words for the customer.

    With a help desk there are no words yet: the customer hears of the ticket once it is made: `words.py`.
    """

    conversation: Conversation
    effects: tuple[Effect, ...]
    words: str


def escalate(
    conversation: Conversation,
    request: HandoffRequest,
    requester: Requester,
    batch: Sequence[InboundMessage],
    history: Sequence[Entry],
    policy: Policy,
    *,
    cause: str,
    now: float,
    has_helpdesk: bool,
    above: str = "",
) -> Handoff:
    """Return the conversation handed to people.

    Args:
        cause: id of the message that causes it; effect ids derive from it.
        now: the turn's frozen clock.
        has_helpdesk: whether a ticket can be opened at all.
        above: what others said in the thread before.
    """
    said = [entry.text for entry in history if entry.role is Role.USER and not entry.is_by_machine]
    wrote = [*said, *[line.text for line in batch]]
    # the model's own view of the issue may carry the words that decide (a fraud report told in other words)
    priority = priority_of(policy, request.priority or None, [*wrote, request.topic], requester.plan, request.topic)
    group = group_for(policy, request.topic)
    after = replace(
        conversation.move(Move.ESCALATE),
        ours=True,
        group=group,
        reason=request.reason,
        priority=priority,
        promised_until=0.0,
    )
    if not conversation.has_ticket and not capabilities_of(conversation.id).is_ticket:
        # The ticket is opened in the name of the one who needs it, who may not be the one who began the thread.
        after = replace(after, requester=requester.author.id, requester_name=requester.person.name)
    if not has_helpdesk:
        promised = promise(policy, priority, now)
        urgent = priority in {"high", "urgent"}
        words = handed_over_words(group, promised, conversation.language, urgent=urgent)
        return Handoff(replace(after, promised_until=promised.until), (), words)
    after = replace(after, files=())
    note = summary_note(conversation, request, requester, batch, history, above)
    effects = _ticket_effects(conversation, requester, batch, history, note, group, priority, cause)
    return Handoff(replace(after, handing=handing_of(effects, cause, requester.author.id, now)), effects, "")


def handing_of(effects: Sequence[OpenTicket | UpdateTicket], cause: str, recipient: str, now: float) -> Handing:
    """Return the hand-over that is made by these effects, the opening of the ticket or its last update above all."""
    ids = [effect.id for effect in effects]
    first = ids[0] if isinstance(effects[0], OpenTicket) else ids[-1]
    stamps = [effect.stamp for effect in effects if isinstance(effect, UpdateTicket)]
    others = tuple(name for name in ids if name != first)
    return Handing(cause, now, (first, *others), recipient, stamp=max(stamps, default=""))


def _ticket_effects(
    conversation: Conversation,
    requester: Requester,
    batch: Sequence[InboundMessage],
    history: Sequence[Entry],
    note: str,
    group: str,
    priority: str,
    cause: str,
) -> tuple[OpenTicket | UpdateTicket, ...]:
    """A new ticket and its note; for a linked ticket one update that carries fields and note."""
    fields = UpdateTicket(
        id=f"{cause}:escalate",
        comment=note,
        group=group,
        priority=priority,
        status="open",
        add_tags=(TAG, ESCALATED_TAG),
        remove_tags=(RESUME_TAG,),
        unassign=True,
        source=cause,
        stamp=batch[-1].ticket_stamp if batch else "",
    )
    if capabilities_of(conversation.id).is_ticket:
        return (fields,)
    if conversation.has_ticket:
        return (*relay_to_ticket(conversation, batch, requester, cause), fields)
    return (
        open_ticket(conversation, requester, batch, history, cause, group=group, priority=priority),
        UpdateTicket(id=f"{cause}:note", comment=note, source=cause),
    )


def open_ticket(
    conversation: Conversation,
    requester: Requester,
    batch: Sequence[InboundMessage],
    history: Sequence[Entry],
    cause: str,
    *,
    group: str,
    priority: str,
) -> OpenTicket:
    """Return the ticket of a Slack or `/chat` conversation: the customer's own words, in their name."""
    own = [
        entry.text for entry in history if entry.role is Role.USER and same_person(entry.author, requester.author.id)
    ]
    lines = [text for text in [*own, *[line.text for line in batch]] if text]
    return OpenTicket(
        id=f"{cause}:ticket",
        subject=_subject(lines),
        words="\n\n".join(lines) or "(no text)",
        requester=requester.person,
        group=group,
        priority=priority,
        tags=(TAG, ESCALATED_TAG, *channel_tags(conversation)),
        external_id=conversation.id,
        files=_files_of(conversation, requester.author.id, batch),
    )


def follow_up(conversation: Conversation, effect: UpdateTicket, target: Ticket | None) -> OpenTicket:
    """Return the ticket in which a person's words go on after `target` was closed; None when it was deleted.

    https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#creating-a-follow-up-ticket
    """
    return OpenTicket(
        id=effect.id,
        subject=target.subject if target and target.subject else _subject([effect.comment]),
        words=effect.comment,
        requester=effect.author or Person(external_id=conversation.requester),
        group=conversation.group,
        priority=(target.priority if target else conversation.priority) or "normal",
        tags=target.tags if target else (TAG, ESCALATED_TAG, *channel_tags(conversation)),
        external_id=conversation.id,
        files=effect.files,
        follows=target.id if target else "",
    )


def relay_to_ticket(
    conversation: Conversation, batch: Sequence[InboundMessage], requester: Requester, cause: str
) -> tuple[UpdateTicket, ...]:
    """Return the lines as one public comment of their author; nothing for lines from the ticket itself.

    Only the requester may be known to Zendesk by an address: another person who writes in the thread is a user of
    their own, who gets no mail of somebody else's ticket.
    """
    author = requester.author
    person = requester.person
    if not same_person(author.id, conversation.requester):
        person = Person(name=person.name, external_id=author.id)
    elif conversation.ticket and conversation.ticket.requester_id:
        # Whether their address is known may have changed since the ticket was opened; who they are there has not.
        person = Person(name=person.name, id=conversation.ticket.requester_id)
    lines = [line for line in batch if not capabilities_of(line.surface).is_ticket]
    if not conversation.has_ticket or not lines:
        return ()
    files = _files_of(conversation, author.id, lines)
    text = "\n\n".join(line.text for line in lines if line.text) or ("(file)" if files else "")
    if not text:
        return ()
    return (
        UpdateTicket(
            id=f"{cause}:relay",
            comment=text,
            public=True,
            author=person,
            files=files,
            source=cause,
        ),
    )


def release(conversation: Conversation) -> Conversation:
    """Return the conversation back with the bot, which begins to count anew."""
    return replace(
        conversation.move(Move.RELEASE), unresolved=0, reply_times=(), reason="", priority="", promised_until=0.0
    )


def summary_note(
    conversation: Conversation,
    request: HandoffRequest,
    requester: Requester,
    batch: Sequence[InboundMessage],
    history: Sequence[Entry],
    above: str = "",
) -> str:
    """Return the internal note (Markdown): what a human agent needs, filled even where no model said anything."""
    profile, vendor = requester.profile, capabilities_of(conversation.id).title
    known = "verified" if profile.verified else f"not known: {vendor} did not say" if profile.unread else "NOT verified"
    customer = f"{profile.name or requester.author.name or requester.author.id} ({known}" + (
        f", {requester.plan} plan)" if requester.plan else ")"
    )
    rows = [
        ("Issue", request.issue or summary.issue(batch, history)),
        ("Said above in the thread", summary.quoted(above)),
        ("Before that", summary.earlier(conversation)),
        ("Customer", customer),
        ("Account", requester.account),
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
    ]
    return "**Frontdesk summary**\n\n" + "\n".join(f"- **{name}:** {text}" for name, text in rows if text)


def _listed(deeds: Sequence[str]) -> str:
    """One line each, so that a human agent sees at once what must not be done a second time."""
    return "".join(f"\n  - {deed}" for deed in deeds)


def link_of(conversation_id: str) -> str:
    """Return where the conversation can be read: the vendor's address of it, else its id."""
    return capabilities_of(conversation_id).link(conversation_id)


def channel_tags(conversation: Conversation) -> tuple[str, ...]:
    """Return the tag that says where a ticket's conversation takes place; none where that is the ticket itself."""
    return () if capabilities_of(conversation.id).is_ticket else (f"{TAG}_{conversation.id.origin}",)


def handed_over_words(group: str, promised: Promise, language: str, *, urgent: bool, ticket_id: str = "") -> str:
    """Return what the customer is told once people have it; without a ticket no number is named."""
    sorry = say("human.sorry", language) if urgent else ""
    promise = say("human.answered_by", language, time=promise_told(promised, language))
    if not ticket_id:
        return say("human.handed_over_without_ticket", language, sorry=sorry, promise=promise)
    return say("human.handed_over", language, sorry=sorry, group=group, ticket=ticket_id, promise=promise)


def _subject(lines: Sequence[str]) -> str:
    first = " ".join((lines[0] if lines else "Conversation with a customer").split())
    return first if len(first) <= SUBJECT_CHARS else first[: SUBJECT_CHARS - 1].rstrip() + "…"


def _files_of(conversation: Conversation, author: str, batch: Sequence[InboundMessage]) -> tuple[File, ...]:
    """What came with the lines, and before it what their author sent while the bot answered."""
    before = [sent.file for sent in conversation.files if same_person(sent.author, author)]
    found = {file.id: file for file in (*before, *(file for line in batch for file in line.files))}
    return tuple(found.values())


def _files_of_others(conversation: Conversation, author: str) -> str:
    """The files that other people sent, named: they are not the requester's to attach."""
    others = [sent.file for sent in conversation.files if not same_person(sent.author, author)]
    return ", ".join(" ".join([file.name, file.link]).strip() for file in others)
