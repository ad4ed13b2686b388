"""Prepares past tickets for their rooms: cut, masked, and the customer of the desk found behind each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.desk.database.read_only import ReadOnlyDatabase
from bot.desk.loading.desk import Desk
from bot.desk.tools.customer import Customer
from bot.replay.masking import Mask, ObjectIds
from bot.replay.past_tickets import Cut, NotComparable, PastTicket, Person, cut


@dataclass(frozen=True)
class Prepared:
    """A ticket that is ready.

    Args:
        cut: None where it cannot be compared.
        why_not: the reason then.
        question, human: the two sides, masked; empty without a cut.
        customer: the desk's own record of the requester, None where they are not proven, or not known.
    """

    ticket: PastTicket
    mask: Mask
    cut: Cut | None = None
    why_not: str = ""
    question: str = ""
    human: str = ""
    customer: Customer | None = None

    @property
    def customer_id(self) -> str:
        """The desk's id of the requester, empty for nobody."""
        return self.customer.id if self.customer else ""


async def prepare(tickets: Sequence[PastTicket], desk: Desk, data: ReadOnlyDatabase, longest: int) -> list[Prepared]:
    """Return the tickets, ready.

    Whose matter it is, the address on the ticket tells, before it is masked; from then on the desk's own id stands for
    the customer, and the desk shows them under placeholders as well.

    Args:
        longest: characters of a message that the desk takes.
    """
    objects, words = ObjectIds(await data.object_ids()), _words_of(desk)
    return [await _prepared(ticket, objects, words, data, longest) for ticket in tickets]


async def _prepared(
    ticket: PastTicket, objects: ObjectIds, words: frozenset[str], data: ReadOnlyDatabase, longest: int
) -> Prepared:
    mask = Mask(ticket.people, objects, words)
    try:
        found = cut(ticket)
    except NotComparable as error:
        return Prepared(ticket, mask, why_not=str(error))
    if len(found.question) > longest:
        return Prepared(ticket, mask, why_not=f"longer than the {longest} characters that the desk takes")
    customer = await _customer_of(ticket, found, data)
    if customer and ticket.requester:
        mask.know(Person(ticket.requester.id, customer.name, customer.email))
    for text in (found.question, found.answer):
        mask.learn(text)
    return Prepared(ticket, mask, found, "", mask(found.question), mask(found.answer), customer)


async def _customer_of(ticket: PastTicket, found: Cut, data: ReadOnlyDatabase) -> Customer | None:
    if ticket.requester is None or not found.is_proven:
        return None
    return await data.customer_by_email(ticket.requester.email)


def _words_of(desk: Desk) -> frozenset[str]:
    """Return words of the desk's own, which are no names: of the company, its groups and its specialists."""
    policy = desk.policy
    named = " ".join((policy.name, policy.default_group, *policy.groups, *desk.specialists, *policy.answer_groups))
    return frozenset(word.casefold() for word in re.findall(r"\w+", named))
