"""Takes a thumb on an answer; after thumbs down, asks what was wrong and offers a human. Pure.

A thumb is no rating: it moves no owner, settles nothing and undoes nothing.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.audit import AuditEvent, Deed
from bot.domain.capabilities import capabilities_of
from bot.domain.conversation import Conversation, Owner
from bot.domain.effects import Button, Reply
from bot.domain.events import ButtonClicked, InboundMessage
from bot.domain.handoffs import HUMAN_BUTTON
from bot.domain.ids import AuthorId, person_of, same_person
from bot.domain.ratings import DOWN, FEEDBACK_BUTTON, SIGNS, UP, answer_key, thumb_value
from bot.domain.transcript import Entry, Role
from bot.telemetry import metrics
from bot.turn.context import TurnInput, TurnResult, spoken
from bot.turn.texts import say

REASON = "reason"
"""The outcome of what a customer wrote when they were asked what was wrong."""
LABELS = {UP: "feedback.up", DOWN: "feedback.down"}
"""What a thumb is stored as, and the sentence that its button says."""
MOST_ANSWERS = 10
MOST_THUMBS = 20
_ASKED_ID = ":thumb"
_HUMAN = "human"
_OFFERED_TO = frozenset({Owner.BOT, Owner.IDLE_CLOSED})
_MOST_SAID = 300


def buttons_of(conversation: Conversation, reply_id: str) -> tuple[Button, ...]:
    """Return the two thumbs under an answer, none where no button can stand."""
    if not capabilities_of(conversation.id).buttons:
        return ()
    answer, language = answer_key(reply_id), conversation.spoken
    return tuple(Button(FEEDBACK_BUTTON, say(key, language), thumb_value(answer, sign)) for sign, key in LABELS.items())


def awaiting(conversation: Conversation, reply: Reply, now: float) -> Conversation:
    """Return the conversation in which the thumbs under an answer may be pressed; one without them changes nothing."""
    if not any(button.action == FEEDBACK_BUTTON for button in reply.buttons):
        return conversation
    newest = list(conversation.answers.items())[-MOST_ANSWERS + 1 :]
    return replace(conversation, answers=dict([*newest, (answer_key(reply.id), now)]))


def clicked(waiting: TurnInput, click: ButtonClicked) -> TurnResult:
    """Take a thumb; the last one of a person on an answer counts, and the same one again is none."""
    conversation = waiting.conversation
    answer, sign = _meant(conversation, click.value)
    thumb = f"{answer} {person_of(click.author.id)}"
    before = conversation.thumbs.get(thumb, "").split()
    if not answer or before[-1:] == [sign] or not _has_written(waiting, click.author.id):
        return TurnResult(conversation, 1, verdict="click ignored")

    metrics.FEEDBACK.labels(sign=sign).inc()
    details = {"answer": answer, "at": f"{conversation.answers[answer]:.3f}"}
    event = AuditEvent(Deed.FEEDBACK, sign, click.author.id, conversation.specialist, details=details)
    others = [(name, signs) for name, signs in conversation.thumbs.items() if name != thumb]
    thumbs = dict([*others[-MOST_THUMBS + 1 :], (thumb, " ".join([*before[-1:], sign]))])
    outcome = TurnResult(replace(conversation, thumbs=thumbs), 1, verdict=f"thumb {sign}", events=(event,))
    return outcome if sign != DOWN or DOWN in before else _asked_what_was_wrong(waiting, outcome, click, answer)


def _asked_what_was_wrong(waiting: TurnInput, outcome: TurnResult, click: ButtonClicked, answer: str) -> TurnResult:
    """One message asks, and offers a human; people who have the conversation already read its thread themselves."""
    conversation = outcome.conversation
    if conversation.owner not in _OFFERED_TO:
        return outcome
    text = say("feedback.what_was_wrong", conversation.spoken)
    entries = spoken(conversation, text, waiting.now)
    human = Button(HUMAN_BUTTON, say("human.button", conversation.spoken), thumb_value(answer, _HUMAN))
    reply = Reply(
        f"{click.id}{_ASKED_ID}",
        text,
        agent=conversation.specialist,
        recipient=click.author.id,
        buttons=(human,),
        status="",
    )
    asked = f"{answer} {person_of(click.author.id)}"
    after = replace(conversation, asked_wrong=asked, items=conversation.items + len(entries))
    return replace(outcome, conversation=after, entries=entries, effects=(reply,))


def asks_what_was_wrong(reply: Reply) -> bool:
    """Return whether a reply follows a thumb: of use at once or not at all."""
    return reply.id.endswith(_ASKED_ID)


def with_reason(before: Conversation, outcome: TurnResult, line: InboundMessage) -> TurnResult:
    """Let what somebody writes when they were asked what was wrong count as that, whatever else becomes of it."""
    answer, _, person = before.asked_wrong.partition(" ")
    if not answer or not line.is_said_by_customer or line.is_edit or person_of(line.author.id) != person:
        return outcome
    details = {"answer": answer, "at": f"{line.at:.3f}"}
    event = AuditEvent(Deed.FEEDBACK, REASON, line.author.id, details=details)
    after = replace(outcome.conversation, asked_wrong="")
    return replace(outcome, conversation=after, events=(event, *outcome.events))


def offered_by(conversation: Conversation, value: str) -> bool:
    """Return whether the button for a human is the one that a thumbs down has led to."""
    return any(thumb_value(answer, _HUMAN) == value for answer in conversation.answers)


def reason_of(waiting: TurnInput, author: AuthorId) -> str:
    """Return why somebody who pressed that button wants a human, in what they said was wrong where they did."""
    asked = say("feedback.what_was_wrong", waiting.conversation.spoken)
    said = " ".join(_said_after(waiting.history, asked, author).split())[:_MOST_SAID]
    why = f"; asked what was wrong they wrote: “{said}”" if said else ""
    return f"an answer did not help the customer, who asked for a human{why}"


def _said_after(history: Sequence[Entry], question: str, author: AuthorId) -> str:
    """Return the first words of somebody after the newest time that they were asked."""
    asked = [place for place, entry in enumerate(history) if entry.text == question]
    since = history[asked[-1] :] if asked else ()
    theirs = (one.text for one in since if one.role is Role.USER and same_person(one.author, author))
    return next(theirs, "")


def _meant(conversation: Conversation, value: str) -> tuple[str, str]:
    """Return the answer and the sign that a button stands for, both empty where it is none that can be pressed."""
    meant = {thumb_value(answer, sign): (answer, sign) for answer in conversation.answers for sign in SIGNS}
    return meant.get(value, ("", ""))


def _has_written(waiting: TurnInput, author: AuthorId) -> bool:
    """Whether somebody has written in the conversation, or is the one whom it is with."""
    known = (waiting.conversation.requester, *(entry.author for entry in waiting.history if entry.role is Role.USER))
    return any(same_person(author, one) for one in known)
