"""Handles a customer's words: finds out who wrote and what is to be answered, for the rules."""

from collections.abc import Sequence
from itertools import takewhile

from bot.domain.capabilities import capabilities_of
from bot.domain.changed import replace
from bot.domain.conversation import Conversation, Move, Owner
from bot.domain.events import CustomerMessage, InboundMessage, Sent
from bot.domain.handoffs import HandoffRequest
from bot.domain.ids import same_person
from bot.domain.ports import Profile
from bot.turn import results
from bot.turn.context import Batch, TurnInput, TurnResult, batch_of
from bot.turn.handoff import human_agents
from bot.turn.handoff.request import Requester
from bot.turn.identity import proving
from bot.turn.identity.authors import asked_by, with_names, without_codes
from bot.turn.input_checks.injection import as_name
from bot.turn.input_checks.language import language_of_customer
from bot.turn.stages import edits, operator, staff
from bot.turn.stages.thread_context import Above, is_called_in, read_above
from bot.turn.texts import spoken_to
from bot.turn.turn_context import Incoming, TurnContext, TurnDeps, hand_over

MOST_FILES = 20
"""A conversation keeps so many for the ticket that it may become, the newest."""


async def wrote(incoming: Incoming) -> TurnResult | TurnContext:
    """Return the words with who wrote them, for the rules; or what follows where there is nothing to answer."""
    if incoming.first.is_by_machine:
        return results.by_machine(incoming.waiting, incoming.each(CustomerMessage))

    incoming = await _with_files(incoming)
    profile = await incoming.deps.directory.profile(incoming.first)
    is_colleague = staff.is_colleague(incoming, profile)

    if edits.is_edit(incoming.lines):
        return await _changed(incoming, profile, is_colleague=is_colleague)
    if is_colleague:
        return await staff.took_over(incoming, profile)
    if incoming.waiting.messages[0].retried:
        return await _taken_again(incoming, profile)
    return await _to_be_answered(incoming, profile)


async def _with_files(incoming: Incoming) -> Incoming:
    if not any(line.files for line in incoming.lines):
        return incoming
    return replace(incoming, lines=await incoming.deps.directory.with_files(incoming.lines))


async def _changed(incoming: Incoming, profile: Profile, *, is_colleague: bool) -> TurnResult | TurnContext:
    """A line that was taken in says something else now: people who have it are told, the bot answers it anew."""
    conversation = incoming.conversation
    lines = edits.newest_words(incoming.lines)
    if _is_with_people(conversation) or is_colleague:
        told = human_agents.line_changed(conversation, without_codes(lines[-1]), profile.name)
        return replace(results.followed(incoming.waiting, told), consumed=len(lines))
    if not edits.says_else(lines[-1]):
        return TurnResult(conversation, len(lines), verdict="edited without a difference")
    return await _to_be_answered(replace(incoming, lines=lines), profile)


async def _taken_again(incoming: Incoming, profile: Profile) -> TurnResult | TurnContext:
    """An operator has a turn that was given up tried again, unless people have it by now."""
    waiting = incoming.waiting
    again = operator.taken_again(waiting, waiting.messages[0])
    if again is None:  # what came after it is a turn of its own
        known = list(takewhile(lambda line: bool(line.retried), waiting.messages))
        return TurnResult(waiting.conversation, len(known), verdict="people have it")
    released, effects = again
    ctx = await _to_be_answered(replace(incoming, waiting=released), profile)
    return replace(ctx, ahead=effects)


async def _to_be_answered(incoming: Incoming, profile: Profile) -> TurnContext:
    """Return the words with who wrote them, what stood above them, and the conversation as they find it."""
    above = await _read_above(incoming, profile)
    lines = (*above.own, *incoming.lines)
    conversation = awake(_opened(incoming.conversation, lines, profile))

    asked = await asked_by(incoming.deps, incoming.waiting, proving.masked(conversation, lines), profile)
    asked = replace(asked, above=above.told(asked.name or "the customer"))

    language = language_of_customer(asked.words, conversation.language, incoming.policy.languages)
    spoken = spoken_to(language, incoming.policy.languages)
    waiting = replace(incoming.waiting, conversation=replace(conversation, language=language, spoken=spoken))
    return TurnContext(incoming.deps, waiting, lines, asked, incoming.preview)


async def _read_above(incoming: Incoming, profile: Profile) -> Above:
    """Read what stands above where the bot was called into a thread: the question may be there."""
    if not is_called_in(incoming.conversation, incoming.lines):
        return Above()
    directory = incoming.deps.directory
    found = await directory.above(incoming.conversation.address, incoming.first)
    lines = [without_codes(line) for line in await with_names(directory, found)]
    return read_above(lines, incoming.lines, as_name(profile.name) or "the customer", incoming.deps.limits.longest)


def given_up(deps: TurnDeps, waiting: TurnInput) -> TurnResult:
    """Return how a turn ends that fails again and again: a customer's lines go to people, anything else is dropped.

    Nothing that may have been the failure is asked again, neither a vendor nor a model nor the desk's database. People
    who have the conversation already get the lines as they get any other.
    """
    lines = batch_of(waiting.messages)
    author = lines[0].author
    profile = Profile(author.id, author.name or waiting.conversation.requester_name)
    conversation = awake(_opened(waiting.conversation, lines, profile))
    if not lines[0].is_said_by_customer:
        return TurnResult(waiting.conversation, len(lines), verdict="given up")
    asked = Batch([without_codes(line) for line in lines], Requester(author, profile))
    if not (_is_with_people(conversation) or conversation.can(Move.ESCALATE)):
        return TurnResult(waiting.conversation, len(lines), verdict="given up")
    waiting = replace(waiting, conversation=conversation)
    if _is_with_people(conversation):
        return results.relayed(deps.desk, waiting, asked, has_helpdesk=deps.has_helpdesk)
    return hand_over(deps, waiting, asked, HandoffRequest("answering it failed several times"), "failure")


def _is_with_people(conversation: Conversation) -> bool:
    return conversation.is_with_human or conversation.before_off in {Owner.HUMAN, Owner.ESCALATED}


def awake(conversation: Conversation) -> Conversation:
    """Return the conversation gone on: what nobody wrote in for long does when its customer does something."""
    return conversation.move(Move.WRITE_AGAIN) if conversation.owner is Owner.IDLE_CLOSED else conversation


def _opened(conversation: Conversation, lines: Sequence[InboundMessage], profile: Profile) -> Conversation:
    """The first customer who writes is the conversation's requester; comments taken in are not read again."""
    first = lines[0]
    comments = [line.comment_id for line in lines]
    last_comment = max(conversation.last_comment, *comments)
    conversation = replace(conversation, last_comment=last_comment, files=_kept_files(conversation, lines))
    if isinstance(first, CustomerMessage) and first.disclosed:
        conversation = replace(conversation, disclosed=conversation.disclosed or first.id)
    name = profile.name or first.author.name
    if same_person(conversation.requester, first.author.id):
        # The home that Slack has told by now, and the name; with a ticket the id is the one it was opened under.
        known = conversation.requester_name or name
        return replace(conversation, requester=first.author.id, requester_name=known)
    if conversation.requester:
        return conversation
    previous = first.previous if isinstance(first, CustomerMessage) else ""
    return replace(conversation, requester=first.author.id, requester_name=name, previous=previous)


def _kept_files(conversation: Conversation, lines: Sequence[InboundMessage]) -> tuple[Sent, ...]:
    """What customers show the bot goes along when people are asked; what people have already is not kept."""
    if conversation.is_with_human or capabilities_of(conversation.id).is_ticket:
        return conversation.files
    known = {sent.file.id for sent in conversation.files}
    new = [Sent(line.author.id, file, line.at) for line in lines for file in line.files if file.id not in known]
    return (*conversation.files, *new)[-MOST_FILES:]
