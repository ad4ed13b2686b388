"""Results with which the bot says something. Pure."""

from collections.abc import Sequence
from hashlib import sha256

from bot.desk.loading.desk import Desk
from bot.desk.policy.policy import Policy
from bot.domain.audit import AuditEvent, Deed
from bot.domain.capabilities import capabilities_of
from bot.domain.changed import replace
from bot.domain.conversation import Conversation
from bot.domain.effects import Button, ContinueInDM, Effect, Reply, UpdateTicket
from bot.domain.events import CustomerMessage, InboundMessage
from bot.domain.handoffs import HUMAN_BUTTON
from bot.domain.ports import Readers
from bot.domain.transcript import Entry, Role
from bot.telemetry import metrics
from bot.turn.actions.proposals import Shown, remind
from bot.turn.actions.steps import Step
from bot.turn.agent.runner import Run
from bot.turn.audit import CROWDED
from bot.turn.context import Batch, TurnInput, TurnResult, spoken
from bot.turn.handoff.reach import Reach
from bot.turn.handoff.ticket_effects import TAG
from bot.turn.identity.proving import Challenge
from bot.turn.input_checks.injection import as_name
from bot.turn.ratings import feedback
from bot.turn.results.finish import finished, no_reply, summary_of
from bot.turn.results.quiet import silent
from bot.turn.stages.edits import line_id
from bot.turn.texts import disclosure, say

ANSWERED = "answered"
"""The verdict of a turn in which a specialist answered; thumbs stand under what was said."""
TOO_LONG = "[a message that was too long to be taken in]"


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
        summary=summary_of(asked, text),
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
        buttons=(*buttons, *((_to_human(asked, waiting.conversation.spoken),) if run else ())),
    )
    if run and verdict == ANSWERED:
        reply = replace(reply, buttons=(*reply.buttons, *feedback.buttons_of(conversation, reply.id)))
        conversation = feedback.awaiting(conversation, reply, waiting.now)
    outcome = finished(waiting, conversation, asked, (*asked.entries, *entries), (), reply, verdict)
    return replace(outcome, effects=(*outcome.effects, *after), is_answer=settles or verdict == ANSWERED)


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
    text = say(words, waiting.conversation.spoken)
    entries = (*done, *spoken(waiting.conversation, text, waiting.now))
    requester = asked.requester
    go = ContinueInDM(
        f"{asked.cause}:direct",
        requester.author.id,
        requester.person.name,
        asked.words,
        waiting.now,
        disclosure(desk.policy.disclosure, waiting.conversation.spoken),
    )
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
    human = _to_human(asked, waiting.conversation.spoken)
    return answered(desk, waiting, asked, said, text, verdict, buttons=(*open_offers.buttons, human))


def wondering(desk: Desk, waiting: TurnInput, asked: Batch) -> TurnResult:
    """Nobody said a word: what is wanted is asked for, and what arrived is named."""
    language = waiting.conversation.spoken
    text = say("files.received", language, files=_listed(asked)) if asked.files else say("files.wanted", language)
    return told(desk, waiting, asked, text, "asked what is wanted")


def unseen(waiting: TurnInput, asked: Batch, run: Run) -> str:
    """Return what a customer is told of the files beside their question, empty where the answer speaks of them."""
    if not asked.files or any(name in run.text for name in _names(asked)):
        return ""
    return say("files.unseen", waiting.conversation.spoken, files=_listed(asked))


def _listed(asked: Batch) -> str:
    return ", ".join(_names(asked)) or str(len(asked.files))


def _names(asked: Batch) -> list[str]:
    """Names that give orders to a model are not repeated."""
    return [name for file in asked.files if (name := as_name(file.name))]


def refused(desk: Desk, waiting: TurnInput, asked: Batch, longest: int) -> TurnResult:
    """A line is too long to be taken in: people can read it later, no model ever does."""
    open_offers = remind(waiting, asked)
    text = _with(say("limits.too_long", waiting.conversation.spoken, limit=longest), open_offers)
    said_by_us = spoken(waiting.conversation, text, waiting.now)
    outcome = answered(desk, waiting, asked, said_by_us, text, "refused", buttons=open_offers.buttons)
    lines = [line if len(line.text) <= longest else replace(line, text=TOO_LONG) for line in asked.lines]
    said = [
        replace(entry, items=short.items)
        for entry, short in zip(asked.entries, replace(asked, lines=lines).entries, strict=True)
    ]
    return replace(outcome, entries=(*said, *outcome.entries[len(said) :]))


def crowded(desk: Desk, waiting: TurnInput, asked: Batch, reach: Reach) -> TurnResult:
    """One person has too many conversations open: the lines are kept, and that is said once in each of them.

    A ticket stays open, so that people see it among theirs.

    Args:
        reach: who was told of the first one too many.
    """
    metrics.CROWDED.inc()
    language = waiting.conversation.spoken
    is_known = reach is not Reach.NOBODY
    text = say("limits.crowded", language) if is_known else say("limits.crowded_unseen", language)
    last = next((entry.text for entry in reversed(waiting.history) if entry.role is Role.ASSISTANT), "")
    if last == text:
        return silent(waiting, asked, CROWDED)
    said = spoken(waiting.conversation, text, waiting.now)
    return answered(desk, waiting, asked, said, text, CROWDED, status="open")


def stopped(desk: Desk, waiting: TurnInput, asked: Batch, preview: str) -> TurnResult:
    """The customer pressed stop while the answer was made: half of it must not be what stays."""
    open_offers = remind(waiting, asked)
    text = _with(say("stop.stopped", waiting.conversation.spoken), open_offers)
    said = spoken(waiting.conversation, text, waiting.now)
    return answered(desk, waiting, asked, said, text, "stopped", preview=preview, buttons=open_offers.buttons)


def thanked(desk: Desk, waiting: TurnInput, asked: Batch) -> TurnResult:
    """A plain thanks: a ticket is solved without another word, elsewhere the customer is welcome."""
    waiting = replace(waiting, conversation=replace(waiting.conversation, unresolved=0))
    if capabilities_of(waiting.conversation.id).is_ticket:
        solved = UpdateTicket(id=f"{asked.cause}:solved", status="solved", add_tags=(TAG,), source=asked.cause)
        ended = finished(waiting, waiting.conversation, asked, asked.entries, (solved,), no_reply(asked), "solved")
        return replace(ended, is_thanked=True)
    first_name = (asked.requester.profile.name or asked.requester.author.name).partition(" ")[0]
    text = say("thanks.welcome", waiting.conversation.spoken, name=f", {first_name}" if first_name else "")
    welcomed = answered(desk, waiting, asked, spoken(waiting.conversation, text, waiting.now), text, "thanked")
    return replace(welcomed, is_thanked=True)


def slowed(desk: Desk, conversation: Conversation, message: InboundMessage) -> Reply:
    """Return the notice to a customer whose many messages have to wait a little."""
    return Reply(
        id=f"{message.id}:slowed",
        text=say("limits.slowed", conversation.spoken),
        agent=conversation.specialist or desk.first,
        recipient=message.author.id,
        status="",
    )


def _with(text: str, open_offers: Shown) -> str:
    """A yes answers the last thing that was said: that has to be the offer."""
    return "\n\n".join(part for part in (text, open_offers.text) if part)


def _questions(asked: Batch) -> tuple[str, ...]:
    lines = [line for line in asked.lines if isinstance(line, CustomerMessage) and not line.above]
    return tuple(line_id(line) for line in lines if capabilities_of(line.surface).edits)


def _to_human(asked: Batch, language: str) -> Button:
    return Button(HUMAN_BUTTON, say("human.button", language), _token(asked.cause))


def _token(cause: str) -> str:
    """An opaque value for the buttons of the answer to `cause`."""
    return sha256(cause.encode()).hexdigest()[:24]
