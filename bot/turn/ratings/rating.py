"""Asks for a rating once when people have solved a conversation, and takes the click. Pure."""

from dataclasses import replace
from hashlib import sha256

from bot.domain.audit import AuditEvent, Deed
from bot.domain.capabilities import capabilities_of
from bot.domain.conversation import Conversation, Owner
from bot.domain.effects import Button, EditMessage, Effect, Reply, UpdateTicket
from bot.domain.events import ButtonClicked, TicketUpdated
from bot.domain.ids import same_person
from bot.domain.ratings import RATING_BUTTON
from bot.telemetry import metrics
from bot.turn.context import TurnInput, TurnResult, spoken
from bot.turn.handoff.human_agents import OwnerChange
from bot.turn.texts import ENGLISH, say

CHOICES = {"good": "rating.good", "bad": "rating.bad"}
"""What a rating is stored as, and the sentence that its button says."""
ASKED = "asked"
"""The outcome of a rating that nobody has given yet."""


def may_ask(conversation: Conversation) -> bool:
    """Return whether nobody has been asked yet, and an answer can be given where it takes place."""
    is_new = not (conversation.rating_asked or conversation.rating)
    return is_new and conversation.owner is Owner.BOT and capabilities_of(conversation.id).buttons


def ask(conversation: Conversation, followed: OwnerChange, message: TicketUpdated) -> OwnerChange:
    """Add the question to what a ticket's news led to, where people have solved the ticket of a Slack conversation."""
    solved = followed.verdict == "released" and message.ticket.status == "solved"
    if not solved or not may_ask(followed.conversation):
        return followed
    cause = f"{message.id}:rating"
    language = conversation.spoken
    text = say("rating.question", language)
    buttons = tuple(Button(RATING_BUTTON, say(key, language), _token(cause, score)) for score, key in CHOICES.items())
    question = Reply(cause, text, agent="human", recipient=conversation.requester, buttons=buttons, status="")
    return replace(
        followed,
        conversation=replace(followed.conversation, rating_asked=cause),
        entries=(*followed.entries, *spoken(conversation, text, message.at)),
        effects=(*followed.effects, question),
        events=(*followed.events, AuditEvent(Deed.RATING, ASKED, conversation.requester)),
    )


def clicked(waiting: TurnInput, click: ButtonClicked) -> TurnResult:
    """Take the customer's rating, once; another's click, and a second one, change nothing."""
    conversation = waiting.conversation
    asked = conversation.rating_asked
    scores = {_token(asked, score): score for score in CHOICES}
    score = scores.get(click.value, "")
    if not asked or not score or not same_person(click.author.id, conversation.requester):
        return TurnResult(conversation, 1, verdict="click ignored")
    metrics.RATINGS.labels(score=score).inc()
    after = replace(conversation, rating_asked="", rating=score)
    label = say(CHOICES[score], conversation.spoken)
    thanks = say("rating.thanks", conversation.spoken, label=label)
    shown = click.message
    effects = (EditMessage(f"{click.id}:thanks", shown, thanks), *_told_colleagues(conversation, click, score))
    rated = AuditEvent(Deed.RATING, score, click.author.id, after.specialist)
    return TurnResult(after, 1, effects=effects, verdict="rated", events=(rated,))


def _told_colleagues(conversation: Conversation, click: ButtonClicked, score: str) -> tuple[Effect, ...]:
    """Return the note and the tag by which people see the rating, nothing where no ticket can take them."""
    is_closed = conversation.ticket is not None and conversation.ticket.status == "closed"
    if not conversation.ticket_id or is_closed:
        return ()
    others = [other for other in CHOICES if other != score]
    return (
        UpdateTicket(
            f"{click.id}:rated",
            comment=f"The customer rated the help: {say(CHOICES[score], ENGLISH)}",
            add_tags=(f"frontdesk_rated_{score}",),
            remove_tags=tuple(f"frontdesk_rated_{other}" for other in others),
            source=click.id,
        ),
    )


def _token(cause: str, score: str) -> str:
    """An opaque value for a button."""
    return sha256(f"{cause}\0{score}".encode()).hexdigest()[:24]
