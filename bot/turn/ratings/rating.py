"""Asks for a rating once in a conversation, when it is settled, and takes the answer. Pure.

In a thread the question has two buttons, on a ticket two signed links; a link in a channel would be everybody's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.audit import AuditEvent, Deed
from bot.domain.capabilities import capabilities_of
from bot.domain.conversation import Conversation, Owner
from bot.domain.effects import Button, EditMessage, Effect, Reply, UpdateTicket
from bot.domain.events import ButtonClicked, TicketUpdated
from bot.domain.ids import same_person
from bot.domain.ratings import CHOICES, RATING_BUTTON, RatingLinks, RatingTicket, question_key, rating_value
from bot.domain.transcript import Entry, Role
from bot.telemetry import metrics
from bot.turn.context import TurnInput, TurnResult, spoken
from bot.turn.handoff.human_agents import DONE, OwnerChange
from bot.turn.texts import ENGLISH, say

ASKED = "asked"
"""The outcome of a rating that nobody has given yet."""
SETTLED = frozenset({"thanked", "solved", "idle closed"})
"""Verdicts of turns after which the bot has settled it alone."""
_BY_PEOPLE, _BY_BOT = ":rating", ":rating:bot"
"""How a question's id ends, by who has settled it."""
_ANSWERABLE = frozenset({Owner.BOT, Owner.IDLE_CLOSED})


@dataclass(frozen=True)
class Question:
    """A rating that is asked for, as parts of a turn's result."""

    conversation: Conversation
    entries: Sequence[Entry]
    effect: Effect
    event: AuditEvent


def question(conversation: Conversation, cause: str, now: float, links: RatingLinks | None) -> Question | None:
    """Return the question, None where somebody was asked already or nobody could answer.

    Args:
        cause: the question's id.
        links: None where no address of ours is known to customers.
    """
    where = capabilities_of(conversation.id)
    is_new = not (conversation.rating_asked or conversation.rating)
    can_answer = where.buttons or (where.is_ticket and links is not None)
    if not is_new or not can_answer or conversation.owner not in _ANSWERABLE:
        return None
    language = conversation.spoken
    text = say("rating.question" if cause.endswith(_BY_PEOPLE) else "rating.question_alone", language)
    entries = spoken(conversation, text, now)
    effect = _linked(conversation, cause, text, now, links) if where.is_ticket else _buttons(conversation, cause, text)
    event = AuditEvent(Deed.RATING, ASKED, conversation.requester)
    return Question(replace(conversation, rating_asked=cause), entries, effect, event)


def _buttons(conversation: Conversation, cause: str, text: str) -> Reply:
    language = conversation.spoken
    buttons = tuple(
        Button(RATING_BUTTON, say(key, language), rating_value(cause, score)) for score, key in CHOICES.items()
    )
    return Reply(cause, text, agent="human", recipient=conversation.requester, buttons=buttons, status="")


def _linked(conversation: Conversation, cause: str, text: str, now: float, links: RatingLinks | None) -> UpdateTicket:
    assert links is not None  # noqa: S101 (nobody is asked on a ticket without them)
    tickets = {score: RatingTicket(conversation.id, question_key(cause), score, now) for score in CHOICES}
    # The address itself, for a mail in plain text shows nothing else.
    lines = [f"{say(key, conversation.spoken)}: {links.link(tickets[score])}" for score, key in CHOICES.items()]
    return UpdateTicket(cause, comment="\n\n".join([text, *lines]), public=True, source=cause)


def is_question(effect: Effect) -> bool:
    """Return whether an effect asks for a rating: of use at once or not at all."""
    return isinstance(effect, Reply | UpdateTicket) and effect.id.endswith((_BY_PEOPLE, _BY_BOT))


def ask(before: Conversation, followed: OwnerChange, news: TicketUpdated, links: RatingLinks | None) -> OwnerChange:
    """Add the question to what a ticket's news led to, where people have solved it."""
    is_ticket = capabilities_of(before.id).is_ticket
    was_done = before.ticket is not None and before.ticket.status in DONE
    is_over = (followed.conversation.ours and not was_done) if is_ticket else followed.verdict == "released"
    if not is_over or news.ticket.status != "solved":
        return followed
    asked = question(followed.conversation, f"{news.id}{_BY_PEOPLE}", news.at, links)
    if asked is None:
        return followed
    return replace(
        followed,
        conversation=asked.conversation,
        entries=(*followed.entries, *asked.entries),
        effects=(*followed.effects, asked.effect),
        events=(*followed.events, asked.event),
    )


def asked_when_settled(outcome: TurnResult, cause: str, now: float, links: RatingLinks | None) -> TurnResult:
    """Return the outcome with the question, where the bot has settled it alone, and says so.

    In a thread it stands below the answer to a thanks; a thread that nobody writes in any more is left in peace.
    """
    conversation = outcome.conversation
    if outcome.verdict not in SETTLED or not conversation.ours:
        return outcome
    asked = question(conversation, f"{cause}{_BY_BOT}", now, links)
    if asked is None:
        return outcome
    if isinstance(asked.effect, Reply):
        return _below_answer(outcome, asked, asked.effect, now)
    return replace(
        outcome,
        conversation=replace(asked.conversation, items=conversation.items + len(asked.entries)),
        entries=(*outcome.entries, *asked.entries),
        effects=(*outcome.effects, asked.effect),
        events=(*outcome.events, asked.event),
    )


def _below_answer(outcome: TurnResult, asked: Question, below: Reply, now: float) -> TurnResult:
    """One message is enough."""
    said = next((one for one in outcome.effects if isinstance(one, Reply) and one.text), None)
    if said is None or not outcome.entries:
        return outcome
    text = f"{said.text}\n\n{below.text}"
    whole = replace(said, text=text, buttons=(*said.buttons, *below.buttons))
    return replace(
        outcome,
        conversation=asked.conversation,
        entries=(*outcome.entries[:-1], *spoken(asked.conversation, text, now)),
        effects=tuple(whole if one is said else one for one in outcome.effects),
        events=(*outcome.events, asked.event),
    )


def clicked(waiting: TurnInput, click: ButtonClicked) -> TurnResult:
    """Take the customer's rating, once; another's click, and a second one, change nothing."""
    conversation = waiting.conversation
    asked = conversation.rating_asked
    scores = {rating_value(asked, score): score for score in CHOICES}
    score = scores.get(click.value, "")
    if not asked or not score or not same_person(click.author.id, conversation.requester):
        return TurnResult(conversation, 1, verdict="click ignored")
    metrics.RATINGS.labels(score=score).inc()
    after = replace(conversation, rating_asked="", rating=score)
    effects = (*_thanks(waiting, click, score), *_told_colleagues(conversation, click, score))
    details = {"by": "button" if click.ts else "link"}
    rated = AuditEvent(Deed.RATING, score, click.author.id, after.specialist, details=details)
    entries = _words(conversation, click, waiting.now)
    after = replace(after, items=conversation.items + len(entries))
    return TurnResult(after, 1, entries, effects, verdict="rated", events=(rated,))


def _words(conversation: Conversation, click: ButtonClicked, now: float) -> tuple[Entry, ...]:
    """What the customer adds to a rating stays in the transcript; it asks nothing, so that no model reads it."""
    if not click.text:
        return ()
    return (Entry(Role.USER, click.text, now, author=conversation.requester, name=conversation.requester_name),)


def _thanks(waiting: TurnInput, click: ButtonClicked, score: str) -> tuple[Effect, ...]:
    """In a thread the question becomes its answer; who followed a link has read the page's thanks."""
    if not click.ts:
        return ()
    conversation, language = waiting.conversation, waiting.conversation.spoken
    is_by_people = conversation.rating_asked.endswith(_BY_PEOPLE)
    key = "rating.thanks" if is_by_people else "rating.thanks_alone"
    told = say(key, language, label=say(CHOICES[score], language))
    above = "" if is_by_people else _said_above(waiting)
    return (EditMessage(f"{click.id}:thanks", click.message, f"{above}{told}"),)


def _said_above(waiting: TurnInput) -> str:
    """Return what stands above the question in its message, empty where it is not known any more."""
    question = say("rating.question_alone", waiting.conversation.spoken)
    texts = (one.text for one in reversed(waiting.history) if one.role is Role.ASSISTANT)
    return next((text.removesuffix(question) for text in texts if text.endswith(question)), "")


def _told_colleagues(conversation: Conversation, click: ButtonClicked, score: str) -> tuple[Effect, ...]:
    """Return the note and the tag by which people see the rating, nothing where no ticket can take them."""
    is_closed = conversation.ticket is not None and conversation.ticket.status == "closed"
    if not conversation.ticket_id or is_closed:
        return ()
    others = [other for other in CHOICES if other != score]
    said = [f"The customer rated the help: {say(CHOICES[score], ENGLISH)}", click.text]
    return (
        UpdateTicket(
            f"{click.id}:rated",
            comment="\n\n".join(part for part in said if part),
            add_tags=(f"frontdesk_rated_{score}",),
            remove_tags=tuple(f"frontdesk_rated_{other}" for other in others),
            source=click.id,
        ),
    )
