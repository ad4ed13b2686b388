"""Builds the results that a turn can end with: answered, escalated, relayed, thanked, silent. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256

from bot.desk.loading.loader import Desk
from bot.desk.policy.policy import Policy
from bot.domain.audit import AuditEvent, Deed
from bot.domain.capabilities import capabilities_of
from bot.domain.conversation import Conversation
from bot.domain.effects import Button, ContinueInDM, Effect, PostToChannel, Reply, UpdateTicket
from bot.domain.events import Author, CloseOrdered, CustomerMessage, InboundMessage
from bot.domain.ids import origin_of
from bot.domain.ports import Profile, Readers
from bot.domain.transcript import BY_MACHINE, Entry, Role
from bot.telemetry import metrics
from bot.turn.actions.actions import Step
from bot.turn.actions.proposals import Shown, remind
from bot.turn.agent.runner import Run
from bot.turn.context import Batch, TurnInput, TurnResult, spoken
from bot.turn.handoff.escalation import (
    TAG,
    HandoffRequest,
    Requester,
    escalate,
    handing_of,
    link_of,
    open_ticket,
    relay_to_ticket,
    summary_note,
)
from bot.turn.handoff.human_agents import OwnerChange
from bot.turn.input_checks.injection import as_name
from bot.turn.stages.edits import line_id
from bot.turn.stages.identity import Challenge
from bot.turn.texts import say

HUMAN_BUTTON = "frontdesk_human"
TOO_LONG = "[a message that was too long to be taken in]"
ASKED_FOR = "**{name} asks for a human:** {reason}. There is no help desk to open a ticket in. {link}"
SUMMARY_CHARS = 300


def answered(
    desk: Desk,
    waiting: TurnInput,
    asked: Batch,
    entries: Sequence[Entry],
    text: str,
    verdict: str,
    *,
    run: Run | None = None,
    preview: str = "",
    buttons: Sequence[Button] = (),
    after: Sequence[Effect] = (),
    status: str = "pending",
    settles: bool = False,
) -> TurnResult:
    """The bot says something; after a run people are one click away, for it may not have helped.

    The button under an older answer stays: taking it away would be one more of fifty updates a minute for each answer,
    and it still does what it says.

    Args:
        buttons: what the customer may answer by.
        after: what has to happen behind the reply.
        status: of the ticket, where it is one.
        settles: whether it tells what was done, which its customer hears although they delete their line.
    """
    before = waiting.conversation
    conversation = replace(
        before,
        ours=True,
        unresolved=before.unresolved + (1 if run else 0),
        reply_times=(*recent_replies(before, desk.policy, waiting.now), waiting.now),
        summary=_summary(asked, text),
    )
    reply = Reply(
        id=f"{asked.cause}:reply",
        text=text,
        agent=conversation.specialist or desk.first,
        preview=preview,
        recipient=asked.requester.author.id,
        status=status,
        stamp=asked.lines[-1].ticket_stamp,
        questions=() if settles else _questions(asked),
        buttons=(*buttons, *((_to_human(asked, waiting.conversation.language),) if run else ())),
    )
    outcome = _finished(waiting, conversation, asked, (*asked.entries, *entries), (), reply, verdict)
    return replace(outcome, effects=(*outcome.effects, *after))


def recent_replies(conversation: Conversation, policy: Policy, now: float) -> tuple[float, ...]:
    """Return when the bot replied within the window of the desk's reply cap."""
    return tuple(at for at in conversation.reply_times if at > now - policy.reply_cap.minutes * 60)


def asking(
    desk: Desk, waiting: TurnInput, asked: Batch, asking: Challenge, *, run: Run | None = None, preview: str = ""
) -> TurnResult:
    """The customer is asked to prove who they are, or told what became of it; a code goes out behind the words."""
    waiting = replace(waiting, conversation=asking.conversation)
    # What a model says of an account that it was not shown is not worth saying.
    done = [entry for entry in (run.entries if run else ()) if entry.role is not Role.ASSISTANT]
    entries = (*done, *spoken(waiting.conversation, asking.text, waiting.now))
    text, after = asking.text, asking.after
    outcome = answered(desk, waiting, asked, entries, text, asking.step, run=run, preview=preview, after=after)
    return replace(outcome, events=(identity(asked, asking.step), *outcome.events))


def directly(desk: Desk, waiting: TurnInput, asked: Batch, run: Run, preview: str) -> TurnResult:
    """The question is taken up in a direct message; in the channel only that is said."""
    done = [entry for entry in run.entries if entry.role is not Role.ASSISTANT]
    words = "direct.others_read" if asked.readers is Readers.OTHERS else "direct.unsure"
    text = say(words, waiting.conversation.language)
    entries = (*done, *spoken(waiting.conversation, text, waiting.now))
    requester = asked.requester
    go = ContinueInDM(f"{asked.cause}:direct", requester.author.id, requester.person.name, asked.words, waiting.now)
    return answered(desk, waiting, asked, entries, text, "went direct", run=run, preview=preview, after=(go,))


def identity(asked: Batch, step: str) -> AuditEvent:
    """Return what the audit tells of an author who proves who they are."""
    details = {"customer": asked.customer.id} if asked.customer else {}
    return AuditEvent(Deed.IDENTITY, step, asked.requester.author.id, details=details)


def stepped(desk: Desk, waiting: TurnInput, asked: Batch, step: Step) -> TurnResult:
    """A proposal went one step on, and the customer is told; what else waits for them is said again."""
    waiting = replace(waiting, conversation=replace(step.conversation, unresolved=0))
    others = remind(waiting, asked, step.proposal)
    text, buttons = _with(step.text, others), (*step.buttons, *others.buttons)
    said = spoken(waiting.conversation, text, waiting.now)
    outcome = answered(desk, waiting, asked, said, text, step.verdict, after=step.after, buttons=buttons, settles=True)
    return replace(outcome, events=step.events)


def told(desk: Desk, waiting: TurnInput, asked: Batch, text: str, verdict: str) -> TurnResult:
    """The desk answers in words of its own, without a specialist; people are one click away."""
    open_offers = remind(waiting, asked)
    text = _with(text, open_offers)
    said = spoken(waiting.conversation, text, waiting.now)
    human = _to_human(asked, waiting.conversation.language)
    return answered(desk, waiting, asked, said, text, verdict, buttons=(*open_offers.buttons, human))


def wondering(desk: Desk, waiting: TurnInput, asked: Batch) -> TurnResult:
    """Nobody said a word: what is wanted is asked for, and what arrived is named."""
    language = waiting.conversation.language
    text = say("files.received", language, files=_listed(asked)) if asked.files else say("files.wanted", language)
    return told(desk, waiting, asked, text, "asked what is wanted")


def unseen(waiting: TurnInput, asked: Batch, run: Run) -> str:
    """Return what a customer is told of the files beside their question, empty where the answer speaks of them."""
    if not asked.files or any(name in run.text for name in _names(asked)):
        return ""
    return say("files.unseen", waiting.conversation.language, files=_listed(asked))


def _listed(asked: Batch) -> str:
    return ", ".join(_names(asked)) or str(len(asked.files))


def _names(asked: Batch) -> list[str]:
    """Names that give orders to a model are not repeated."""
    return [name for file in asked.files if (name := as_name(file.name))]


def refused(desk: Desk, waiting: TurnInput, asked: Batch, longest: int) -> TurnResult:
    """A line is too long to be taken in: people can read it later, no model ever does."""
    open_offers = remind(waiting, asked)
    text = _with(say("limits.too_long", waiting.conversation.language, limit=longest), open_offers)
    said_by_us = spoken(waiting.conversation, text, waiting.now)
    outcome = answered(desk, waiting, asked, said_by_us, text, "refused", buttons=open_offers.buttons)
    lines = [line if len(line.text) <= longest else replace(line, text=TOO_LONG) for line in asked.lines]
    said = [
        replace(entry, items=short.items)
        for entry, short in zip(asked.entries, replace(asked, lines=lines).entries, strict=True)
    ]
    return replace(outcome, entries=(*said, *outcome.entries[len(said) :]))


def escalated(
    desk: Desk,
    waiting: TurnInput,
    asked: Batch,
    request: HandoffRequest,
    kind: str,
    *,
    entries: Sequence[Entry] = (),
    preview: str = "",
    has_helpdesk: bool,
    channel: str = "",
) -> TurnResult:
    """People take over.

    Args:
        kind: who asked for them: `model`, `rule`, `failure` or `button`.
        entries: what the run said and did before.
        channel: id of the Slack channel where colleagues are told where there is no help desk, empty for none.
    """
    metrics.ESCALATIONS.labels(kind=kind).inc()
    handover = escalate(
        waiting.conversation,
        request,
        asked.requester,
        [line for line in asked.lines if isinstance(line, CustomerMessage)],
        [*waiting.history, *entries],
        desk.policy,
        cause=asked.cause,
        now=waiting.now,
        has_helpdesk=has_helpdesk,
        above=asked.above,
    )
    conversation = replace(handover.conversation, summary=_summary(asked, "handed over to a human"))
    details = {"priority": conversation.priority, "group": conversation.group}
    event = AuditEvent(Deed.ESCALATION, kind, asked.requester.author.id, conversation.specialist, details=details)
    verdict = f"escalated by {kind}"
    said = (*asked.entries, *entries)
    if conversation.handing:
        outcome = _handing(waiting, conversation, asked, said, handover.effects, preview, verdict)
    else:
        said = (*said, *spoken(conversation, handover.words, waiting.now))
        reply = replace(_nothing(asked), text=handover.words, preview=preview)
        told = _colleagues_told(conversation, asked, request, channel)
        outcome = _finished(waiting, conversation, asked, said, told, reply, verdict)
    return replace(outcome, events=(event,))


def because(outcome: TurnResult, fault: Mapping[str, str]) -> TurnResult:
    """Let the audit tell what failed, beside that people were asked."""
    told = {name: value for name, value in fault.items() if value}
    events = [
        replace(event, details={**event.details, **told}) if event.deed is Deed.ESCALATION else event
        for event in outcome.events
    ]
    return replace(outcome, events=tuple(events))


def _handing(
    waiting: TurnInput,
    conversation: Conversation,
    asked: Batch,
    entries: Sequence[Entry],
    effects: Sequence[Effect],
    preview: str,
    verdict: str,
) -> TurnResult:
    """A hand-over is under way; who waits for an answer gets it once people have it, or hears that it takes longer."""
    before, handing = waiting.conversation, conversation.handing
    answers = tuple(line.id for line in asked.lines if capabilities_of(line.surface).waits_for_answer)
    conversation = replace(
        conversation,
        turns=before.turns + 1,
        items=before.items + len(entries),
        handing=replace(handing, preview=preview, answers=answers) if handing else None,
    )
    return TurnResult(conversation, asked.consumed, tuple(entries), tuple(effects), verdict)


def _colleagues_told(
    conversation: Conversation, asked: Batch, request: HandoffRequest, channel: str
) -> tuple[Effect, ...]:
    if not channel:
        return ()
    text = ASKED_FOR.format(name=asked.name, reason=request.reason, link=link_of(conversation.address))
    return (PostToChannel(f"{asked.cause}:asked", channel, text),)


def relayed(desk: Desk, waiting: TurnInput, asked: Batch, *, has_helpdesk: bool) -> TurnResult:
    """A human owns it: the lines go to the ticket, the bot says nothing.

    Where people have no ticket of it, because none could be opened when they were asked for, they get one now with
    everything that was written since.
    """
    before = waiting.conversation
    if has_helpdesk and not before.has_ticket and not capabilities_of(before.id).is_ticket:
        return _opened_late(desk, waiting, asked)
    effects = relay_to_ticket(before, asked.lines, asked.requester, asked.cause)
    return _finished(waiting, before, asked, asked.entries, effects, _nothing(asked), "relayed")


def _opened_late(desk: Desk, waiting: TurnInput, asked: Batch) -> TurnResult:
    before, cause, policy = waiting.conversation, asked.cause, desk.policy
    group, priority = before.group or policy.default_group, before.priority or "normal"
    lines = [line for line in asked.lines if isinstance(line, CustomerMessage)]
    request = HandoffRequest(before.reason or "the customer was promised a human, and no ticket could be opened then")
    note = summary_note(before, request, asked.requester, lines, waiting.history)
    effects = (
        open_ticket(before, asked.requester, lines, waiting.history, cause, group=group, priority=priority),
        UpdateTicket(id=f"{cause}:note", comment=note, source=cause),
    )
    handing = handing_of(effects, cause, asked.requester.author.id, waiting.now)
    after = replace(before, group=group, priority=priority, promised_until=0.0, handing=handing, files=())
    return _handing(waiting, after, asked, asked.entries, effects, "", "ticket opened late")


def opened_at_last(desk: Desk, waiting: TurnInput, cause: str) -> TurnResult:
    """Nobody has written, and the promise is over: people get the ticket that could not be opened before."""
    conversation = waiting.conversation
    author = Author(conversation.requester, conversation.requester_name)
    requester = Requester(author, Profile(author.id, author.name))
    order = CloseOrdered(id=cause, conversation=conversation.id, author=author, surface=origin_of(conversation.id))
    outcome = _opened_late(desk, waiting, Batch([order], requester))
    after = replace(outcome.conversation, turns=conversation.turns)
    return replace(outcome, conversation=_unanswered(after), consumed=0)


def _unanswered(conversation: Conversation) -> Conversation:
    """Nobody posted what led to it: no answer is waited for."""
    handing = conversation.handing
    return replace(conversation, handing=replace(handing, answers=()) if handing else None)


def silent(waiting: TurnInput, asked: Batch, why: str) -> TurnResult:
    """Nobody says anything."""
    return _finished(waiting, waiting.conversation, asked, asked.entries, (), _nothing(asked), why)


def by_machine(waiting: TurnInput, batch: Sequence[CustomerMessage]) -> TurnResult:
    """A machine wrote: it is kept for people to see, and moves nothing; no model reads it."""
    entries = []
    for line in batch:
        metrics.MACHINES.labels(kind=line.machine).inc()
        entries.append(Entry(Role.USER, line.text, line.at, BY_MACHINE, name=line.author.name))
    before = waiting.conversation
    conversation = replace(before, items=before.items + len(entries))
    return TurnResult(conversation, len(batch), tuple(entries), verdict="by a machine")


def crowded(desk: Desk, waiting: TurnInput, asked: Batch) -> TurnResult:
    """One person has too many conversations open: the lines are kept, and that is said once in each of them.

    A ticket stays open, so that people see it among theirs.
    """
    metrics.CROWDED.inc()
    text = say("limits.crowded", waiting.conversation.language)
    last = next((entry.text for entry in reversed(waiting.history) if entry.role is Role.ASSISTANT), "")
    if last == text:
        return silent(waiting, asked, "too many open conversations")
    said = spoken(waiting.conversation, text, waiting.now)
    return answered(desk, waiting, asked, said, text, "too many open conversations", status="open")


def stopped(desk: Desk, waiting: TurnInput, asked: Batch, preview: str) -> TurnResult:
    """The customer pressed stop while the answer was made: half of it must not be what stays."""
    open_offers = remind(waiting, asked)
    text = _with(say("stop.stopped", waiting.conversation.language), open_offers)
    said = spoken(waiting.conversation, text, waiting.now)
    return answered(desk, waiting, asked, said, text, "stopped", preview=preview, buttons=open_offers.buttons)


def thanked(desk: Desk, waiting: TurnInput, asked: Batch) -> TurnResult:
    """A plain thanks: a ticket is solved without another word, elsewhere the customer is welcome."""
    waiting = replace(waiting, conversation=replace(waiting.conversation, unresolved=0))
    if capabilities_of(waiting.conversation.id).is_ticket:
        solved = UpdateTicket(id=f"{asked.cause}:solved", status="solved", add_tags=(TAG,), source=asked.cause)
        return _finished(waiting, waiting.conversation, asked, asked.entries, (solved,), _nothing(asked), "solved")
    first_name = (asked.requester.profile.name or asked.requester.author.name).partition(" ")[0]
    text = say("thanks.welcome", waiting.conversation.language, name=f", {first_name}" if first_name else "")
    return answered(desk, waiting, asked, spoken(waiting.conversation, text, waiting.now), text, "thanked")


def followed(waiting: TurnInput, result: OwnerChange) -> TurnResult:
    """People moved the conversation."""
    conversation = replace(result.conversation, items=waiting.conversation.items + len(result.entries))
    return TurnResult(conversation, 1, result.entries, result.effects, result.verdict)


def slowed(desk: Desk, conversation: Conversation, message: InboundMessage) -> Reply:
    """Return the notice to a customer whose many messages have to wait a little."""
    return Reply(
        id=f"{message.id}:slowed",
        text=say("limits.slowed", conversation.language),
        agent=conversation.specialist or desk.first,
        recipient=message.author.id,
        status="",
    )


def _with(text: str, open_offers: Shown) -> str:
    """A yes answers the last thing that was said: that has to be the offer."""
    return "\n\n".join(part for part in (text, open_offers.text) if part)


def _nothing(asked: Batch) -> Reply:
    """What a `/chat` post is answered with while people answer."""
    return Reply(id=f"{asked.cause}:reply", text="", agent="human", recipient=asked.requester.author.id, status="")


def _questions(asked: Batch) -> tuple[str, ...]:
    lines = [line for line in asked.lines if isinstance(line, CustomerMessage) and not line.above]
    return tuple(line_id(line) for line in lines if capabilities_of(line.surface).edits)


def _finished(
    waiting: TurnInput,
    conversation: Conversation,
    asked: Batch,
    entries: Sequence[Entry],
    effects: Sequence[Effect],
    reply: Reply,
    verdict: str,
) -> TurnResult:
    """Count turn and transcript; where there is something to say, or somebody waits for it, add the reply."""
    before = waiting.conversation
    conversation = replace(conversation, turns=before.turns + 1, items=before.items + len(entries))
    answers = tuple(line.id for line in asked.lines if capabilities_of(line.surface).waits_for_answer)
    reply = replace(reply, answers=answers, turn=conversation.turns, items=conversation.items)
    wanted = bool(reply.text) or bool(answers)
    return TurnResult(
        conversation, asked.consumed, tuple(entries), (*effects, reply) if wanted else tuple(effects), verdict
    )


def _to_human(asked: Batch, language: str) -> Button:
    return Button(HUMAN_BUTTON, say("human.button", language), _token(asked.cause))


def _token(cause: str) -> str:
    """An opaque value for the buttons of the answer to `cause`."""
    return sha256(cause.encode()).hexdigest()[:24]


def _summary(asked: Batch, answer: str) -> str:
    """A line or two that the same person's next conversation begins with."""
    said = " ".join(asked.remembered.split())[:SUMMARY_CHARS]
    return f"they wrote “{said}”; answer: “{' '.join(answer.split())[:SUMMARY_CHARS]}”"
