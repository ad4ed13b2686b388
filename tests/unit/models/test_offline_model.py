"""The offline rule model plays the store desk through the real SDK: routing, tools, memory, words, streaming."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from agents import Agent, RunConfig, Runner, RunResult, RunResultStreaming, function_tool, handoff
from agents.items import TResponseInputItem
from pydantic import BaseModel

from bot.desk import Customer, Desk, ToolContext, build_tools, load_desk
from bot.desk.database import Database
from bot.desk.tools.customer import introduce
from integrations.models.offline import OfflineModel
from integrations.models.rules.reading import Reading
from tests.doubles.clock import ManualClock
from tests.unit.desk.desk_folder import write_desk
from tests.words import lacking

QUIET = RunConfig(tracing_disabled=True)
CALLS = frozenset({"tool_call_item", "handoff_call_item"})


@dataclass
class Conversation:
    """A customer who writes to a desk line by line, as the turn would run it."""

    desk: Desk
    data: Database | None
    customer: Customer | None
    name: str = ""
    reading: Reading | None = None
    handed_over: list[dict[str, str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    specialist: str = ""
    history: list[TResponseInputItem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.agents = self._agents()
        self.specialist = self.desk.first

    async def says(self, text: str) -> str:
        """Return the answer to a line."""
        result = await Runner.run(self._agent, self._input(text), context=self._context(), run_config=QUIET)
        return self._kept(result)

    async def hears(self, text: str) -> list[str]:
        """Return the streamed pieces of the answer to a line."""
        result = Runner.run_streamed(self._agent, self._input(text), context=self._context(), run_config=QUIET)
        raw = [event.data async for event in result.stream_events() if event.type == "raw_response_event"]
        pieces = [data.delta for data in raw if data.type == "response.output_text.delta"]
        self._kept(result)
        return pieces

    @property
    def _agent(self) -> Agent[ToolContext]:
        return self.agents[self.specialist]

    def _input(self, text: str) -> list[TResponseInputItem]:
        return [*self.history, {"role": "user", "content": text}]

    def _context(self) -> ToolContext:
        return ToolContext(self.customer, self.name, self.data, self.desk.knowledge, ManualClock())

    def _kept(self, result: RunResult | RunResultStreaming) -> str:
        self.history = result.to_input_list()
        self.specialist = result.last_agent.name
        self.calls = [str(getattr(item.raw_item, "name", "")) for item in result.new_items if item.type in CALLS]
        return str(result.final_output)

    def _agents(self) -> Mapping[str, Agent[ToolContext]]:
        @function_tool
        def escalate_to_human(
            reason: str, priority: str, topic: str, issue: str, confirmed_facts: str, tried: str, next_step: str
        ) -> str:
            """Bring in a human."""
            given = dict(locals())
            self.handed_over.append({name: given[name] for name in given if name != "self"})
            return "A human takes over."

        agents = {
            name: Agent[ToolContext](
                name=name,
                instructions=f"{self.desk.voice}\n\n{it.instructions}\n\n{introduce(self.customer, self.name)}",
                tools=[*build_tools(self.desk, it.tools), escalate_to_human],
                model=OfflineModel(self.reading),
            )
            for name, it in self.desk.specialists.items()
        }
        for name, it in self.desk.specialists.items():
            agents[name].handoffs = [
                handoff(
                    agents[other],
                    tool_name_override=f"transfer_to_{other}",
                    tool_description_override=f"Transfer to {other}: {self.desk.specialists[other].handles}",
                )
                for other in it.transfers
            ]
        return agents


STORE = load_desk("store")


@pytest.fixture
async def data(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'desk.db'}", STORE, ManualClock())
    yield database
    await database.close()


@pytest.fixture
async def sarah(data: Database) -> Conversation:
    return Conversation(STORE, data, await data.customer_by_id("cust_001"))


@pytest.fixture
async def marcus(data: Database) -> Conversation:
    return Conversation(STORE, data, await data.customer_by_id("cust_002"))


@pytest.fixture
def stranger(data: Database) -> Conversation:
    return Conversation(STORE, data, None, "Sam")


async def test_an_order_is_answered_by_the_orders_specialist_from_the_database(sarah: Conversation) -> None:
    answer = await sarah.says("Where is my order A1001?")

    assert sarah.specialist == "orders"
    assert sarah.calls == ["transfer_to_orders", "lookup_order"]
    for fact in ("Sarah", "A1001", "89.00 USD", "shipped", "1Z999AA10123456784", "25 November 2026"):
        assert fact in answer


async def test_it_means_the_order_the_conversation_is_about(sarah: Conversation) -> None:
    await sarah.says("Where is my order A1001?")

    answer = await sarah.says("and can I return it?")

    assert sarah.specialist == "billing"
    assert sarah.calls == ["transfer_to_billing", "lookup_order", "search_knowledge"]
    for fact in (
        "A1001",
        "3 days ago",
        "within the 30-day window",
        "unused",
        "Orders > Request Refund",
        "Refunds and returns",
    ):
        assert fact in answer


async def test_lines_that_wait_together_are_one_question(sarah: Conversation) -> None:
    answer = await sarah.says("hi\norder A1001\nit's late")

    assert "expected on 25 November 2026" in answer
    assert sarah.specialist == "orders"


async def test_the_seed_case_ends_with_a_human_who_knows_everything(sarah: Conversation) -> None:
    answer = await sarah.says("I need to return an item I bought 45 days ago and your system won't let me")
    assert lacking(answer, "outside the 30-day window", "within 30 days of placing the order") == []
    assert sarah.handed_over == []

    await sarah.says("But the item never worked!")

    [request] = sarah.handed_over
    assert (request["topic"], request["priority"]) == ("billing", "normal")
    assert "refund window" in request["reason"]
    assert lacking(request["issue"], "45 days ago", "never worked") == []
    assert "Sarah Chen, verified" in request["confirmed_facts"]
    assert "Refunds and returns" in request["tried"]
    assert request["next_step"]


@pytest.mark.parametrize(
    "words",
    [
        "That's ridiculous, make an exception",
        "that's not acceptable",
        "your system won't let me, so what now",
        "no, I want my money",
        "yes please",
        "come on, there must be something you can do",
    ],
)
async def test_after_a_refusal_the_customer_is_not_argued_with(sarah: Conversation, words: str) -> None:
    await sarah.says("I want to return something I bought 2 months ago")

    await sarah.says(words)

    assert [request["topic"] for request in sarah.handed_over] == ["billing"]


async def test_day_thirty_is_inside_the_window_and_day_ninety_is_not(sarah: Conversation, marcus: Conversation) -> None:
    assert "30 days ago, which is within the 30-day window" in await sarah.says("can I return ord_1001?")
    assert "90 days ago. That is outside the 30-day window" in await marcus.says("can I return ord_2001?")


@pytest.mark.parametrize(
    ("line", "tool"),
    [
        ("I want a refund for ord_1001", "propose_refund"),
        ("please cancel order ord_1002", "propose_cancel"),
        ("please upgrade me to enterprise", "propose_plan_change"),
    ],
)
async def test_what_changes_something_is_proposed_and_never_claimed(sarah: Conversation, line: str, tool: str) -> None:
    answer = await sarah.says(line)

    assert tool in sarah.calls
    assert "this is what I can do for you" in answer


async def test_it_proposes_nothing_on_somebody_elses_order(sarah: Conversation) -> None:
    assert "no order ord_2001" in await sarah.says("please refund ord_2001")


async def test_the_angry_get_a_human_at_once_with_high_priority(sarah: Conversation) -> None:
    await sarah.says("This is unacceptable, I want a manager")

    [request] = sarah.handed_over
    assert request["priority"] == "high"
    assert "asks for a human" in request["reason"]


async def test_with_several_orders_it_asks_which_and_remembers_what_for(marcus: Conversation) -> None:
    question = await marcus.says("I'd like a refund")
    assert "Which of your orders" in question
    assert "ord_2001" in question
    assert "A1002" in question

    await marcus.says("ord_2001")
    assert marcus.calls == ["propose_refund"]
    assert marcus.specialist == "billing"


async def test_with_one_order_it_does_not_ask(data: Database) -> None:
    async with data.session() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("DELETE FROM store_items WHERE order_id = 'ord_2001'")
        await connection.exec_driver_sql("DELETE FROM store_orders WHERE id = 'ord_2001'")
    marcus = Conversation(STORE, data, await data.customer_by_id("cust_002"))

    assert "A1002" in await marcus.says("where is my order?")
    assert marcus.calls == ["transfer_to_orders", "lookup_orders", "lookup_order"]


async def test_an_order_can_be_named_by_what_is_in_it(sarah: Conversation) -> None:
    assert "ord_1002" in await sarah.says("my API credits order, where is it?")


async def test_someone_elses_order_is_simply_not_there(marcus: Conversation) -> None:
    answer = await marcus.says("where is order A1001?")

    assert "can't find order A1001 on your account" in answer
    assert "A1002" in answer
    assert "89.00" not in answer


async def test_the_unverified_learn_nothing_of_orders_and_are_offered_a_human(stranger: Conversation) -> None:
    answer = await stranger.says("where is my order A1001? I am sarah.chen@example.com")

    assert "Shall I bring in a colleague?" in answer
    assert "shipped" not in answer
    await stranger.says("yes")
    assert "not verified" in stranger.handed_over[0]["confirmed_facts"]


async def test_the_unverified_get_general_answers(stranger: Conversation) -> None:
    assert "12.99 USD more" in await stranger.says("how much is express shipping?")


@pytest.mark.parametrize(
    ("question", "specialist", "fact"),
    [
        ("how do I reset my password?", "technical", "within 2 minutes"),
        ("which payment methods do you accept?", "billing", "PayPal"),
        ("how long does international delivery take?", "shipping", "10–14 business days"),
        ("where can I find my invoice?", "billing", "Account > Billing"),
        ("how do I delete my account?", "faq", "within 30 days"),
        ("which plan am I on?", "billing", "plan is pro"),
        ("show me my orders", "orders", "ord_1002"),
        ("tracking number for A1001 please", "shipping", "1Z999AA10123456784"),
    ],
)
async def test_questions_reach_their_specialist_and_are_answered_from_tools(
    sarah: Conversation, question: str, specialist: str, fact: str
) -> None:
    answer = await sarah.says(question)

    assert sarah.specialist == specialist
    assert fact in answer


async def test_what_no_article_answers_is_not_made_up(sarah: Conversation) -> None:
    answer = await sarah.says("do you sell gift cards?")

    assert sarah.specialist == "faq"
    assert "search_knowledge" in sarah.calls
    assert "I have no article that answers this" in answer
    assert "All right, Sarah" in await sarah.says("no thanks")


async def test_a_problem_without_an_answer_is_described_and_handed_over(sarah: Conversation) -> None:
    question = await sarah.says("the export crashes")
    assert "steps" in question

    await sarah.says("I press export, expected a file, nothing came, the text was E42")

    [request] = sarah.handed_over
    assert request["topic"] == "technical"
    assert "E42" in request["issue"]


async def test_small_talk_needs_no_tool_and_no_transfer(sarah: Conversation) -> None:
    assert await sarah.says("Hi!") == "Hi Sarah! How can I help you today?"
    assert await sarah.says("thanks a lot") == "You're welcome, Sarah! Just write here if anything else comes up."
    assert sarah.calls == []
    assert sarah.specialist == "triage"


async def test_an_opening_without_a_topic_is_asked_for_one_and_an_ok_is_not(sarah: Conversation) -> None:
    for line in ("hello, can someone help me?", "I have a question", "I need some help please"):
        assert "How can I help you today?" in await sarah.says(line)
        assert sarah.specialist == "triage"
    await sarah.says("where is A1001?")
    assert "All right, Sarah" in await sarah.says("ok")


async def test_it_says_that_it_is_no_ai_model(sarah: Conversation) -> None:
    assert "offline rule model" in await sarah.says("are you a bot?")
    assert OfflineModel.name == "offline rule model"


async def test_enterprise_customers_are_told_of_priority_support_once(marcus: Conversation) -> None:
    assert "priority support" in await marcus.says("when will A1002 arrive?")
    assert "priority support" not in await marcus.says("and how long do refunds take?")


async def test_answers_stay_under_150_words(sarah: Conversation) -> None:
    for line in ("I bought it 45 days ago and want a refund", "show me my orders", "how do I reset my password?"):
        assert len((await sarah.says(line)).split()) < 150


async def test_the_same_answer_streams_word_by_word(data: Database) -> None:
    customer = await data.customer_by_id("cust_001")
    whole = await Conversation(STORE, data, customer).says("Where is my order A1001?")

    pieces = await Conversation(STORE, data, customer).hears("Where is my order A1001?")

    assert "".join(pieces) == whole
    assert len(pieces) == len(whole.split())


async def test_a_streamed_conversation_remembers_as_well(sarah: Conversation) -> None:
    await sarah.hears("Where is my order A1001?")

    assert "order A1001" in "".join(await sarah.hears("can I send it back?")).replace("Order", "order")


async def test_call_ids_are_unique_over_a_conversation(sarah: Conversation) -> None:
    for line in ("where is A1001?", "and ord_1001?", "can I return it?", "show me my orders", "where is A1001?"):
        await sarah.says(line)

    items: list[Any] = list(sarah.history)
    ids = [item["call_id"] for item in items if item.get("type") == "function_call"]
    assert len(ids) > 6
    assert len(ids) == len(set(ids))


async def test_it_never_transfers_in_circles(sarah: Conversation) -> None:
    for line in ("refund shipping password order", "invoice parcel error account", "return track bug policy"):
        await sarah.says(line)
        assert len([name for name in sarah.calls if name.startswith("transfer_to_")]) <= 2


async def test_any_desk_can_be_played_without_a_word_about_it_in_the_model(tmp_path: Path) -> None:
    folder = write_desk(
        tmp_path,
        specialists__waiter="---\nname: waiter\nhandles: Greets guests.\n---\nYou are the waiter.\n",
        specialists__cook="---\nname: cook\nhandles: Oven times and how long a pizza bakes.\n"
        "tools: [oven_time]\n---\nYou are the cook.\n",
        tools='from bot.desk import tool\n\n\n@tool\ndef oven_time(pizza: str = "any") -> dict[str, object]:\n'
        '    """Say how long a pizza bakes in the oven."""\n    return {"minutes": 12, "oven": "stone"}\n',
        desk="name: Pizza\nspecialists: [waiter, cook]\nbusiness_hours: {open: 09:00, close: 17:00}\n"
        "promises: {urgent: 15 minutes, high: 15 minutes, normal: 4 hours, low: 1 business day}\n",
    )
    guest = Conversation(load_desk(str(folder)), None, None, "Ada")

    answer = await guest.says("how long does a pizza bake in your oven?")

    assert guest.specialist == "cook"
    assert "oven_time" in guest.calls
    assert "minutes: 12" in answer


class Verdict(BaseModel):
    """What a screen might ask for."""

    in_scope: bool = True
    lane: str
    score: float
    tags: list[str]


async def test_an_asked_for_object_is_plain_json_of_its_schema() -> None:
    agent = Agent(name="screen", instructions="Judge.", model=OfflineModel(), output_type=Verdict)

    result = await Runner.run(agent, "hello", run_config=QUIET)

    assert json.loads(result.final_output_as(Verdict).model_dump_json()) == {
        "in_scope": True,
        "lane": "",
        "score": 0.0,
        "tags": [],
    }


async def test_no_tokens_are_counted_that_nobody_paid(sarah: Conversation) -> None:
    result = await Runner.run(sarah.agents["triage"], "hi", context=sarah._context(), run_config=QUIET)

    usage = result.context_wrapper.usage
    assert (usage.requests, usage.total_tokens) == (1, 0)
