"""Search by words and meaning together, and who may find what."""

from collections.abc import Collection, Mapping, Sequence

import pytest

from bot.desk.knowledge.passages import Passage, may_read, split_article
from bot.desk.knowledge.search import Knowledge, readers_of
from bot.desk.tools.customer import Customer

REFUNDS = Passage("Refunds", "Unused things are refunded.", "refunds.md")
COURIER = Passage("Delivery", "A courier brings it.", "delivery.md")
VIP = Passage("Discounts", "Enterprise pays half.", "discounts.md", audience=frozenset({"enterprise", "Initech"}))
HOUSE = Passage("Goodwill", "Give up to 50 dollars.", "goodwill.md", audience=frozenset({"staff"}))


class Told:
    """A search by meaning that says what a test tells it."""

    def __init__(self, near: Mapping[Passage, float] | None) -> None:
        self.near = near

    async def nearness(
        self, query: str, limit: int, readers: Collection[str], also: Sequence[Passage]
    ) -> Mapping[Passage, float] | None:
        return self.near and {passage: far for passage, far in self.near.items() if may_read(passage.audience, readers)}


def knowledge_of(*passages: Passage, near: Mapping[Passage, float] | None = None) -> Knowledge:
    knowledge = Knowledge(passages)
    knowledge.meaning = Told(near)
    return knowledge


def customer(plan: str = "", organisation: str = "") -> Customer:
    return Customer("cust_1", "Robin", "robin@example.com", plan=plan, organisation=organisation)


async def test_what_is_meant_goes_before_a_word_that_happens_to_be_shared() -> None:
    knowledge = knowledge_of(REFUNDS, COURIER, near={REFUNDS: 3.0, COURIER: 0.0})

    assert await knowledge.find("will the courier take my shoes, and you send money?") == [REFUNDS, COURIER]


async def test_below_the_floor_nothing_is_found() -> None:
    assert await knowledge_of(REFUNDS, COURIER, near={REFUNDS: -0.1, COURIER: -2.0}).find("who won?") == []


async def test_words_lift_what_means_nearly_enough() -> None:
    assert await knowledge_of(REFUNDS, COURIER, near={REFUNDS: -1.0, COURIER: -1.0}).find("courier?") == [COURIER]


async def test_while_meaning_cannot_tell_words_decide() -> None:
    assert await knowledge_of(REFUNDS, COURIER).find("courier?") == [COURIER]


async def test_a_new_article_is_found_by_its_words_before_its_meaning_is_known() -> None:
    assert await knowledge_of(REFUNDS, COURIER, near={REFUNDS: -1.0}).find("courier?") == [COURIER]


async def test_a_withdrawn_article_is_not_found_though_its_meaning_is_still_known() -> None:
    knowledge = knowledge_of(REFUNDS, near={REFUNDS: 1.0, COURIER: 3.0})
    assert await knowledge.find("who brings it?") == [REFUNDS]


async def test_of_two_that_say_the_same_the_newer_one_goes_first() -> None:
    old, new = (
        Passage("Fees", f"{n} dollars.", f"{n}.md", updated=day) for n, day in ((5, "2023-01-02"), (6, "2026-05-01"))
    )

    assert await knowledge_of(old, new, near={old: 2.0, new: 1.9}).find("what do you charge?") == [new, old]
    assert await knowledge_of(old, new, near={old: 2.5, new: 1.9}).find("what do you charge?") == [old, new]


async def test_an_article_in_the_language_of_the_question_goes_first() -> None:
    english = Passage("Paypal", "We take Paypal.", "en", "en-us")
    german = Passage("Paypal", "Wir nehmen Paypal.", "de", "de")

    found = await knowledge_of(english, german, near={english: 2.0, german: 1.5}).find("Womit kann ich hier bezahlen?")
    assert found == [german, english]


@pytest.mark.parametrize(
    ("who", "found"),
    [
        (None, []),
        (customer(), []),
        (customer(plan="pro"), []),
        (customer(plan="enterprise"), [VIP]),
        (customer(organisation="Initech"), [VIP]),
        (customer(plan="staff", organisation="staff"), []),
    ],
)
async def test_an_article_is_found_by_those_whom_it_is_for(who: Customer | None, found: list[Passage]) -> None:
    knowledge = knowledge_of(VIP, HOUSE, REFUNDS, near={VIP: 2.0, HOUSE: 2.0, REFUNDS: -9.0}).as_read_by(who)
    worded = Knowledge([VIP, HOUSE, REFUNDS]).as_read_by(who)

    assert await knowledge.find("does anybody get something off?") == found
    assert worded.search("goodwill discounts enterprise") == found


async def test_nobody_is_everybody_until_it_is_said_who_reads() -> None:
    assert await knowledge_of(VIP, HOUSE, near={VIP: 2.0, HOUSE: 2.0}).find("discounts") == []
    assert Knowledge([VIP, HOUSE]).search("discounts goodwill") == []


def test_no_plan_makes_a_customer_one_of_our_own_people() -> None:
    assert "staff" not in readers_of(customer(plan="staff"))
    assert readers_of(None) == {"public"}


def test_every_section_has_a_source_of_its_own() -> None:
    found = list(split_article("# Seats\n\n120.\n\n## Exits\n\nRow 4.\n\n# Wifi\n\nFree.\n", "plane.md"))

    assert [passage.source for passage in found] == ["plane.md", "plane.md#exits", "plane.md#wifi"]
