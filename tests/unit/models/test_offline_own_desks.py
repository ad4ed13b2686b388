"""The offline model serves desks of which it knows no word: a bakery with own tools, a library behind a server."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app.desk_runtime import schemas_of
from bot.desk import Customer, load_desk
from bot.turn.agent.mcp_tools import fenced
from integrations.models.rules.decision import decide
from integrations.models.rules.given import Face, Given, Say, Use
from integrations.models.rules.reading import Reading
from integrations.models.rules.talk import read_talk
from integrations.models.rules.telling import thing
from integrations.models.rules.words.things import shapes_of
from tests.unit.desk.desk_folder import write_desk
from tests.unit.models.test_offline_model import Conversation

ADA = Customer(id="c1", name="Ada Byron", email="ada@example.com")
CAKES = '''\
from bot.desk import Customer, Offer, action, tool

CAKES = {"C-17": {"number": "C-17", "cake": "Lemon tart", "price": "24.50", "currency": "EUR", "status": "ready",
                  "ready_on": "2026-11-28"},
         "C-18": {"number": "C-18", "cake": "Carrot cake", "price": "31.00", "currency": "EUR", "status": "in_the_oven",
                  "ready_on": "2026-12-01"}}


@tool
def cake_orders(customer: Customer) -> list[dict[str, str]]:
    """List the cakes that the customer has ordered."""
    return list(CAKES.values())


@tool
def cake_order(number: str, customer: Customer) -> dict[str, object]:
    """Look up one cake order: what it is, what it costs and when it is ready.

    Args:
        number: of the order, for example C-17.
    """
    return CAKES.get(number.upper()) or {"found": False}


@tool
def allergens(cake: str) -> str:
    """Say which allergens are in a cake, such as nuts or gluten.

    Args:
        cake: which cake it is: lemon tart, carrot cake or brownie.
    """
    return f"{cake.capitalize()}: gluten, eggs and butter."


@tool
def delivery_price(postcode: str) -> dict[str, object]:
    """Say what delivery costs.

    Args:
        postcode: of the address, for example 10115.
    """
    return {"message": f"Delivery to {postcode} costs 4.50 EUR."}


@tool
def parking_price(plate: str) -> dict[str, object]:
    """Say what parking costs.

    Args:
        plate: of the car.
    """
    return {"message": f"Parking {plate} costs 2.00 EUR."}


@tool
def bake_course(guests: int, level: str, street: str) -> dict[str, object]:
    """Find a baking course.

    Args:
        guests: how many come.
        level: beginner or expert.
        street: where you live.
    """
    return {"message": f"A course for {guests} ({level}) is near {street}."}


async def no_commit(session: object, offer: Offer, customer: Customer, clock: object) -> None:
    """Nothing is written in this test."""


@action("refund", commit=no_commit)
async def propose_refund(number: str, customer: Customer) -> Offer | dict[str, object]:
    """Propose to give the money for a cake order back; the customer is then asked for a yes by us.

    Args:
        number: of the order, for example C-17.
    """
    return {"proposed": True}
'''
BAKER = """\
---
name: baker
handles: Cake orders, when a cake is ready, allergens, delivery, parking, baking courses, refunds for cakes.
tools: [cake_orders, cake_order, allergens, delivery_price, parking_price, bake_course, propose_refund]
---
You are the baker of Crumb: cake orders, allergens, refunds.
"""
DOOR = "---\nname: door\nhandles: Greets the customer.\n---\nYou are the door of Crumb.\n"
HALL = "---\nname: hall\nhandles: Where the shop is, and anything else.\n---\nYou are the hall.\n"
DESK = """\
name: Crumb
specialists: [door, baker]
business_hours: {open: 09:00, close: 17:00}
promises: {urgent: 15 minutes, high: 15 minutes, normal: 4 hours, low: 1 business day}
"""


@dataclass(frozen=True)
class Lost:
    """A router that takes every line for a general question; its own route, too."""

    specialist: str = "hall"
    confidence: float = 0.9
    sure: bool = True

    async def route(self, text: str) -> "Lost":
        return self


@pytest.fixture
def ada(tmp_path: Path) -> Conversation:
    folder = write_desk(tmp_path, specialists__door=DOOR, specialists__baker=BAKER, tools=CAKES, desk=DESK)
    (folder / "specialists" / "waiter.md").unlink()
    return Conversation(load_desk(str(folder)), None, ADA)


async def test_ids_of_any_shape_are_found_and_told_in_plain_sentences(ada: Conversation) -> None:
    answer = await ada.says("is my cake c-17 ready?")

    assert ada.specialist == "baker"
    assert "cake_order" in ada.calls
    assert "C-17 (Lemon tart, 24.50 EUR) is ready. It is ready on 28 November 2026." in answer
    assert "has the status “in the oven”" in await ada.says("and C-18?")


async def test_which_of_several_is_asked_and_a_word_of_one_is_enough(ada: Conversation) -> None:
    question = await ada.says("when is my cake ready?")
    assert "?" in question
    assert "C-17 (Lemon tart" in question

    assert "C-18" in await ada.says("the carrot one")


async def test_the_first_line_reaches_the_guarded_action(ada: Conversation) -> None:
    assert "this is what I can do for you" in await ada.says("refund C-17")

    assert (ada.specialist, ada.calls[-1]) == ("baker", "propose_refund")


async def test_a_tool_that_answers_in_words_is_told_in_its_words(ada: Conversation) -> None:
    assert "Carrot cake: gluten, eggs and butter." in await ada.says("which allergens are in the carrot cake?")


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ("20095", "to 20095"),
        ("It's 20095.", "to 20095"),
        ("my postcode is SW1A-1", "to SW1A-1"),
        ("to 20095", "to 20095"),
    ],
)
async def test_what_was_asked_for_is_taken_from_the_reply(ada: Conversation, reply: str, told: str) -> None:
    assert "Could you tell me the postcode" in await ada.says("what does delivery cost?")

    assert told in await ada.says(reply)


@pytest.mark.parametrize("line", ["where is CC-26/1002?", "CC-26/1002", "wo ist CC-26/1002?", "and CC-26/1002?"])
@pytest.mark.parametrize("router", [None, Lost()])
async def test_an_id_alone_reaches_who_looks_such_ids_up(tmp_path: Path, line: str, router: Lost | None) -> None:
    tools = CAKES.replace('"C-', '"CC-26/10').replace("C-17.", "CC-26/1017.").replace("1018", "1002")
    desk = DESK.replace("[door, baker]", "[door, hall, baker]")
    folder = write_desk(
        tmp_path, specialists__door=DOOR, specialists__hall=HALL, specialists__baker=BAKER, tools=tools, desk=desk
    )
    (folder / "specialists" / "waiter.md").unlink()
    crumb = load_desk(str(folder))
    ada = Conversation(crumb, None, ADA, reading=Reading(("en",), router, schemas_of(crumb)))

    assert "CC-26/1002 (Carrot cake" in await ada.says(line)
    assert ada.specialist == "baker"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("what does parking cost for M2345X?", "M2345X costs"),
        ("what does parking of C-17 cost?", "Could you tell me the plate"),
        ("what does parking cost?", "Could you tell me the plate"),
        ("what does parking cost for 17 or 18?", "Could you tell me the plate"),
        ("what does delivery to 20095 cost?", "to 20095 costs"),
    ],
)
async def test_the_only_word_with_figures_is_what_a_tool_needs(ada: Conversation, line: str, told: str) -> None:
    assert told in await ada.says(line)


async def test_questions_that_follow_on_one_another_complete_one_wish(ada: Conversation) -> None:
    assert "guests" in await ada.says("which baking course is there?")
    assert "level" in await ada.says("12 of us")
    assert "street" in await ada.says("expert")

    assert "A course for 12 (expert) is near Jasmine Road 5." in await ada.says(" Jasmine Road 5.")


async def test_who_asks_for_something_else_or_knows_it_not_has_not_replied(ada: Conversation) -> None:
    await ada.says("what does delivery cost?")
    assert "C-17" in await ada.says("which cakes have I ordered?")
    await ada.says("what does delivery cost?")

    assert "costs" not in await ada.says("I don't know")


async def test_what_is_not_there_is_said_kindly(ada: Conversation) -> None:
    answer = await ada.says("where is cake C-99?")

    assert "can't find" in answer
    assert "C-17" in answer


async def test_the_same_question_is_not_asked_three_times(ada: Conversation) -> None:
    for _ in range(2):
        assert "?" in await ada.says("blorp")
        assert ada.handed_over == []

    await ada.says("blorp")

    assert len(ada.handed_over) == 1


FOUND = {"found": True, "order_id": "CC-26/1002", "items": ["Lemon tart"], "total": "18.50", "currency": "EUR"}


@pytest.mark.parametrize(
    ("row", "language", "told"),
    [
        (FOUND, "en", "Order CC-26/1002: items: Lemon tart; total: 18.50 EUR."),
        (FOUND, "de", "Bestellung CC-26/1002: Artikel: Lemon tart; Summe: 18.50 EUR."),
        (FOUND, "fr", "Commande CC-26/1002 : articles : Lemon tart; total : 18.50 EUR."),
        ({"note": "For two", "order_id": "B1"}, "de", "Das habe ich gefunden: note: For two; Bestellung: B1."),
        ({"number": "C-17", "title": "Tart"}, "de", "C-17: Titel: Tart."),
        ({"number": "C-17", "title": "Tart"}, "en", "Cake order C-17: title: Tart."),
    ],
)
def test_an_id_is_told_as_what_it_is_of(row: dict[str, object], language: str, told: str) -> None:
    assert thing(row, language, "cake order") == told


LOANS = Face(
    "get_loan",
    "Get a loan: title, when it is due.",
    {
        "type": "object",
        "properties": {"reference": {"type": "string", "description": "Number of the loan, e.g. 2026/004."}},
        "required": ["reference"],
    },
)


def _library(items: list[object]) -> Given:
    instructions = "You are the desk of the library.\nThe customer is Ada Byron, verified."
    shapes = shapes_of([LOANS.schema])
    return Given(instructions, read_talk(instructions, items, shapes), {LOANS.name: LOANS}, {}, shapes)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('{"reference": "2026/004", "title": "Dune", "status": "on loan", "due_on": "2026-12-03"}',
         "Loan 2026/004 (Dune) is on loan. It is due on 3 December 2026."),
        ("Dune is due on 2026-12-03", "Dune is due on 2026-12-03"),
        ('["Dune", "Emma"]', "Dune, Emma"),
        ("null", "found nothing"),
    ],
)  # fmt: skip
def test_tools_of_servers_are_called_and_their_fenced_answers_told(said: str, told: str) -> None:
    asked: dict[str, object] = {"role": "user", "content": "when is loan 2026/004 due?"}
    move = decide(_library([asked]))
    assert move == Use("get_loan", {"reference": "2026/004"})

    call = {"type": "function_call", "name": "get_loan", "arguments": '{"reference": "2026/004"}', "call_id": "1"}
    output = {"type": "function_call_output", "call_id": "1", "output": fenced("get_loan", said)}
    answer = decide(_library([asked, call, output]))

    assert isinstance(answer, Say)
    assert told.casefold() in answer.text.casefold()
    assert "⟪" not in answer.text
