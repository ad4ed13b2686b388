"""Tells who wrote: one person is one author, whatever an event said, and one customer where that is proven.

An event names the author's workspace in up to four ways, or not at all, and a click in another one; so the id that a
line was stored with is where to ask, and no more. A ticket goes on under the id that it was opened under.
"""

import re
from collections.abc import Sequence

from bot.desk.tools.customer import Customer
from bot.domain.capabilities import capabilities_beside
from bot.domain.changed import replace
from bot.domain.events import Author, InboundMessage
from bot.domain.identity import Proof
from bot.domain.ids import AuthorId, same_person
from bot.domain.ports import Directory, Profile, Readers
from bot.domain.text.redaction import mask_codes
from bot.turn.agent.model_cost import paid_by
from bot.turn.context import Batch, TurnInput, batch_of, requester_of
from bot.turn.identity import proving
from bot.turn.input_checks.injection import RuleVerdict, as_name, injection
from bot.turn.stages import edits
from bot.turn.stages.screen import LEFT_OUT
from bot.turn.turn_context import E, TurnDeps

_MENTION = re.compile(r"(?<![\w@.])@([UW][A-Z0-9]{6,})\b")
_MOST_MENTIONS = 10


async def introduced(directory: Directory, waiting: TurnInput) -> Sequence[InboundMessage]:
    """Return the waiting messages, those of the first one's author under one id, and people in them by their names."""
    first = batch_of(waiting.messages)[0]
    if not (capabilities_beside(first.author.id).has_threads and first.author.id.is_in_workspace):
        return waiting.messages
    author = _author(waiting, first, await directory.profile(first))
    own = [line for line in waiting.messages if same_person(line.author.id, first.author.id)]
    names = await _names(directory, own, first)
    return [
        replace(line, author=author, text=_named(line.text, names)) if same_person(line.author.id, author.id) else line
        for line in waiting.messages
    ]


def _author(waiting: TurnInput, first: InboundMessage, profile: Profile) -> Author:
    conversation = waiting.conversation
    met = (conversation.requester, *(entry.author for entry in reversed(waiting.history)))
    known = next((author for author in met if same_person(author, first.author.id)), "")
    if known and (conversation.ticket_id or profile.unread):
        return Author(AuthorId(known), first.author.name)
    return Author(profile.id, first.author.name)


async def with_names(directory: Directory, lines: Sequence[InboundMessage]) -> Sequence[InboundMessage]:
    """Return Slack's lines with the people in them called by their names."""
    names = await _names(directory, lines, lines[0]) if lines else {}
    return [replace(line, text=_named(line.text, names)) for line in lines]


async def _names(directory: Directory, lines: Sequence[InboundMessage], first: InboundMessage) -> dict[str, str]:
    """Return what people are called whom the lines name by their Slack id."""
    found = dict.fromkeys(user for line in lines for user in _MENTION.findall(line.text))
    names: dict[str, str] = {}
    for user in list(found)[:_MOST_MENTIONS]:
        profile = await directory.profile(replace(first, author=Author(first.author.id.colleague(user))))
        names[user] = as_name(profile.shown or profile.name)
    return names


def _named(text: str, names: dict[str, str]) -> str:
    return _MENTION.sub(lambda match: f"@{names.get(match[1]) or match[1]}", text) if names else text


async def asked_by(
    deps: TurnDeps,
    waiting: TurnInput,
    lines: Sequence[InboundMessage],
    profile: Profile,
    proof: Proof | None = None,
) -> Batch:
    """Return the lines as they may be kept, with who their author is.

    Args:
        proof: one that counts for these lines alone, None for those of the conversation.
    """
    lines = [without_codes(line) for line in lines]
    kept = LEFT_OUT if _gives_orders(lines) else ""
    proof = proof or proving.proven(waiting.conversation, lines, waiting.now, deps.limits.proof_seconds)

    customer = await _vouched_for(deps, profile)
    if customer is None and proof:
        customer, profile = await _proven(deps, profile, proof)
    if customer:
        paid_by(customer.id)
    requester = requester_of(lines[0].author, profile, customer)

    readers = Readers.NOBODY
    if customer or deps.sends_codes:
        readers = await _readers(deps, waiting, lines[-1], profile)
    if readers is not Readers.NOBODY:
        return Batch(lines, requester, None, readers=readers, is_known=customer is not None, kept=kept)
    return Batch(lines, requester, customer, is_known=customer is not None, kept=kept)


def without_codes(line: E) -> E:
    """Return the line without one-time codes: one that was not for the desk is nobody's to keep.

    Cards and keys were masked when the line was stored.
    """
    masked = replace(line, text=mask_codes(line.text))
    return edits.with_before(masked, mask_codes(edits.before_of(line)))


def _gives_orders(lines: Sequence[InboundMessage]) -> bool:
    """Whether any words, or the name of a file, are clearly orders to a model."""
    texts = [part for line in lines for part in (line.text, *[file.name for file in line.files])]
    return any(injection(text) is RuleVerdict.YES for text in texts)


async def _vouched_for(deps: TurnDeps, profile: Profile) -> Customer | None:
    """The desk's customer behind an author whom the vendor has verified; an address in the text proves nothing."""
    return await deps.data.customer_by_email(profile.email) if profile.verified and profile.email else None


async def _proven(deps: TurnDeps, profile: Profile, proof: Proof) -> tuple[Customer | None, Profile]:
    """The desk's customer whom a one-time code has proven, and their profile with the address on file."""
    customer = await deps.data.customer_by_id(proof.customer)
    if customer is None:
        return None, profile
    return customer, replace(profile, email=customer.email, verified=True)


async def _readers(deps: TurnDeps, waiting: TurnInput, line: InboundMessage, profile: Profile) -> Readers:
    """Who reads along; of an address that is only claimed no company follows."""
    known_as = profile if profile.verified else replace(profile, email="")
    return await deps.directory.readers(waiting.conversation, line, known_as)
