"""What another program is asked to do is asked once, or again under its key, whoever dies meanwhile."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.desk import Knowledge
from bot.desk.actions.commit_results import CommitResult, Committed, Pending, Rejected, Unknown
from bot.desk.actions.ledger import Ledger
from bot.desk.actions.mcp_actions import pack, served_actions
from bot.desk.actions.offers import Needs
from bot.desk.database import Database
from bot.desk.loading.loader import load_desk, read_desk
from bot.desk.loading.scaffold import new_desk
from bot.desk.policy.sections import Limits
from bot.desk.tools.customer import Customer
from bot.desk.tools.mcp import (
    ActionRule,
    McpAnswer,
    McpServerConfig,
    McpTool,
    ReadRule,
    Unanswered,
    Unreachable,
    examine,
)
from bot.domain.ids import AuthorId
from bot.domain.proposals import Proposal
from tests.doubles.clock import ManualClock

STORE = load_desk("store")
SARAH = Customer("cust_001", "Sarah Chen", "sarah.chen@example.com")
PROPOSAL = Proposal(
    "prop1",
    "ship_gift",
    pack('{"address": "12 Elm Street"}'),
    AuthorId("slack:T:U"),
    "cust_001",
    "ship_gift of cust_001",
    summary="Ship gift (address 12 Elm Street)",
)


def a_tool(name: str, *arguments: str, **more: str) -> McpTool:
    """Return a tool whose arguments are text, or what is said of them."""
    kinds = {**dict.fromkeys(arguments, "string"), **more}
    return McpTool(name, "", {"properties": {each: {"type": kind} for each, kind in kinds.items()}})


class Shop:
    """A server that answers as a test says, or dies."""

    def __init__(self, *answers: McpAnswer | BaseException) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []
        self.offered: dict[str, McpTool] = {"ship_gift": a_tool("ship_gift", "address", "request")}

    async def tools(self, server: str) -> Mapping[str, McpTool]:
        return self.offered

    async def call(self, server: str, tool: str, arguments: Mapping[str, Any]) -> McpAnswer:
        answer = self.answers.pop(0)
        if not isinstance(answer, Unreachable):
            self.asked.append(dict(arguments))
        if isinstance(answer, BaseException):
            raise answer
        return answer


class Killed(BaseException):
    """The worker dies where nothing can catch it."""


async def settle(folder: Path, shop: Shop, *, key: str = "", limits: Limits | None = None, **by: str) -> CommitResult:
    """Settle the proposal, in a process that begins here."""
    actions = served_actions(
        {"shop": McpServerConfig(url="https://x.example", actions={"ship_gift": ActionRule(key=key)})}
    )
    rules = {"ship_gift": limits or Limits()}
    database = await Database.open(f"sqlite+aiosqlite:///{folder / 'desk.db'}", STORE, ManualClock())
    try:
        ledger = Ledger(database, actions, rules, Knowledge([]), shop)
        return await ledger.settle(PROPOSAL, SARAH, "slack:T:D:1", 1000.0, **by)
    finally:
        await database.close()


async def test_what_was_done_is_not_done_again(tmp_path: Path) -> None:
    shop = Shop(McpAnswer("shipped"))

    assert [await settle(tmp_path, shop), await settle(tmp_path, shop)] == [Committed(), Committed()]
    assert shop.asked == [{"address": "12 Elm Street"}]


@pytest.mark.parametrize("death", [Killed(), Unanswered()])
async def test_without_a_key_what_may_have_been_done_is_never_asked_again(tmp_path: Path, death: BaseException) -> None:
    shop = Shop(death)
    with suppress(Killed):
        assert await settle(tmp_path, shop) == Unknown()

    assert await settle(tmp_path, shop) == Unknown()
    assert len(shop.asked) == 1


async def test_with_a_key_it_is_asked_again_under_the_same_one(tmp_path: Path) -> None:
    shop = Shop(Unanswered(), Unanswered(), McpAnswer("shipped"))

    assert await settle(tmp_path, shop, key="request") == Unknown()
    assert await settle(tmp_path, shop, key="request") == Committed()
    assert [asked["request"] for asked in shop.asked] == ["prop1"] * 3


async def test_what_was_never_asked_is_off_and_may_be_tried_again(tmp_path: Path) -> None:
    shop = Shop(Unreachable(), McpAnswer("", failed=True), McpAnswer("shipped"))

    assert isinstance(await settle(tmp_path, shop), Rejected)
    assert isinstance(await settle(tmp_path, shop), Rejected)
    assert await settle(tmp_path, shop) == Committed()


async def test_a_tool_that_is_not_what_the_desk_says_is_found() -> None:
    shop = Shop()
    shop.offered = {name: McpTool(name, "", {}, changes=name == "wipe") for name in ("points", "wipe", "ship_gift")}
    read = {"point": ReadRule(), "wipe": ReadRule()}
    config = McpServerConfig(url="https://x.example", read=read, actions={"ship_gift": ActionRule()})

    findings = await examine({"shop": config}, shop)

    assert [(finding.what, finding.mend) for finding in findings] == [
        ("`shop` has no tool `point`", "did you mean `points`?"),
        ("`shop` says that `wipe` changes something", "put it under `actions`"),
    ]


@pytest.mark.parametrize("second", [Unreachable(), McpAnswer("", failed=True)])
async def test_a_second_call_that_fails_does_not_say_that_the_first_did(
    tmp_path: Path, second: McpAnswer | Exception
) -> None:
    shop = Shop(Unanswered(), second, second)

    assert await settle(tmp_path, shop, key="request") == Unknown()
    assert await settle(tmp_path, shop, key="request") == Unknown()


async def test_the_policy_decides_before_anybody_is_asked(tmp_path: Path) -> None:
    shop = Shop(McpAnswer("shipped"))

    waits = await settle(tmp_path, shop, limits=Limits(human=True))
    assert isinstance(waits, Pending)
    assert waits.needs is Needs.HUMAN
    assert shop.asked == []
    assert await settle(tmp_path, shop, limits=Limits(human=True), approved_by="slack:T:DANA") == Committed()


async def test_a_proposal_that_was_changed_on_the_way_is_not_carried_out(tmp_path: Path) -> None:
    shop = Shop(McpAnswer("shipped"))
    actions = served_actions({"shop": McpServerConfig(url="https://x.example", actions={"ship_gift": ActionRule()})})
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'desk.db'}", STORE, ManualClock())
    ledger = Ledger(database, actions, {}, Knowledge([]), shop)
    changed = replace(PROPOSAL, arguments=pack('{"address": "1 Other Road"}'))
    try:
        assert isinstance(await ledger.settle(changed, SARAH, "slack:T:D:1", 1000.0), Rejected)
    finally:
        await database.close()
    assert shop.asked == []


GIVE = ActionRule(amount="amount", subject="order", customer="customer")


class Bank:
    """One customer who asks again and again, each time for another proposal."""

    def __init__(self, folder: Path, shop: Shop, limits: Limits) -> None:
        self.folder, self.shop, self.limits, self.count = folder, shop, limits, 0
        shop.offered = {"give": a_tool("give", "order", "customer", amount="number")}

    async def gives(self, amount: str, order: str, *, customer: Customer = SARAH, now: float = 1000.0) -> CommitResult:
        """Settle a yes to so much more."""
        self.count += 1
        actions = served_actions({"shop": McpServerConfig(url="https://x.example", actions={"give": GIVE})})
        arguments = pack(f'{{"amount": "{amount}", "order": "{order}", "customer": "cust_002"}}')
        summary = f"Give (amount {amount}, order {order})"
        proposal = Proposal(
            f"p{self.count}", "give", arguments, AuthorId("slack:T:U"), customer.id, order, summary, amount=amount
        )
        database = await Database.open(f"sqlite+aiosqlite:///{self.folder / 'desk.db'}", STORE, ManualClock())
        try:
            ledger = Ledger(database, actions, {"give": self.limits}, Knowledge([]), self.shop)
            return await ledger.settle(proposal, customer, "slack:T:D:1", now)
        finally:
            await database.close()


async def test_a_sum_over_days_counts_what_was_given_before_whatever_it_was_for(tmp_path: Path) -> None:
    shop = Shop(*[McpAnswer("given")] * 9)
    bank = Bank(tmp_path, shop, Limits(at_once_up_to=50, per_days=30))

    first = [await bank.gives("50.00", "A1"), await bank.gives("50.00", "A1"), await bank.gives("0.01", "A2")]
    later = await bank.gives("50.00", "A1", now=1000.0 + 31 * 86_400)
    other = await bank.gives("50.00", "A1", customer=replace(SARAH, id="cust_002"))

    assert [type(each) for each in (*first, later, other)] == [Committed, Pending, Pending, Committed, Committed]
    assert {asked["customer"] for asked in shop.asked} == {"cust_001", "cust_002"}
    assert shop.asked[0]["customer"] == "cust_001"


async def test_without_days_everything_on_the_same_thing_counts_however_it_is_written(tmp_path: Path) -> None:
    bank = Bank(tmp_path, Shop(*[McpAnswer("given")] * 9), Limits(at_once_below=100))

    outcomes = [await bank.gives("60.00", "A1"), await bank.gives("60.00", "a1"), await bank.gives("60.00", "B2")]

    assert [type(each) for each in outcomes] == [Committed, Pending, Committed]


async def test_what_may_have_been_given_counts_and_what_was_refused_does_not(tmp_path: Path) -> None:
    bank = Bank(tmp_path, Shop(McpAnswer("", failed=True), Unanswered(), McpAnswer("given")), Limits(at_once_up_to=50))

    outcomes = [await bank.gives("50.00", "A1") for _ in range(3)]

    assert [type(each) for each in outcomes] == [Rejected, Unknown, Pending]


async def test_where_money_decides_an_unknown_amount_goes_to_a_human(tmp_path: Path) -> None:
    waits = await settle(tmp_path, shop := Shop(McpAnswer("shipped")), limits=Limits(at_once_up_to=50))

    assert isinstance(waits, Pending)
    assert waits.needs is Needs.HUMAN
    assert shop.asked == []


async def test_a_tool_that_is_not_what_the_desk_says_any_more_is_not_asked(tmp_path: Path) -> None:
    shop = Shop(McpAnswer("shipped"))
    shop.offered = {"ship_gift": a_tool("ship_gift", "address", "request_id")}

    assert isinstance(await settle(tmp_path, shop, key="request"), Rejected)
    assert shop.asked == []


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (ReadRule(customer="customer_id"), "has no argument `customer_id` (`customer` names it); its arguments: `cust"),
        (ActionRule(amount="amunt"), "has no argument `amunt` (`amount` names it)"),
        (ActionRule(key="idempotency"), "has no argument `idempotency` (`key` names it)"),
        (ActionRule(subject="orderId"), "has no argument `orderId` (`subject` names it)"),
        (ActionRule(key="amount"), "cannot be the key: it is number"),
        (ReadRule(customer="urgent"), "cannot be the customer: it is boolean"),
    ],
)
async def test_every_argument_that_a_role_names_is_one_of_the_tools(rule: ReadRule, said: str) -> None:
    shop, kind = Shop(), "actions" if isinstance(rule, ActionRule) else "read"
    shop.offered = {"points": a_tool("points", "customer", "order", amount="number", urgent="boolean")}
    config = McpServerConfig.model_validate({"url": "https://x.example", kind: {"points": rule}})

    findings = await examine({"shop": config}, shop)

    assert [said in finding.what for finding in findings] == [True]
    assert findings[0].binds
    assert findings[0].path[:2] == (kind, "points")


def test_an_argument_has_one_role() -> None:
    with pytest.raises(ValueError, match="two roles"):
        ActionRule(customer="id", key="id")


def test_a_limit_that_cannot_be_computed_is_a_mistake_with_its_line(tmp_path: Path) -> None:
    new_desk(tmp_path / "acme")
    rules = tmp_path / "acme" / "desk.yml"
    served = "mcp_servers:\n  shop:\n    url: https://x.example\n    actions: [give, send]\n"
    limits = "limits:\n  give: {at_once_up_to: 50}\n  send: {any_amount: true, window_days: 3}\n"
    rules.write_text(re.sub(r"(?m)^limits:.*$", "", rules.read_text()) + served + limits)

    _, mistakes = read_desk(tmp_path / "acme")
    at = [line.split(":")[0] for line in rules.read_text().splitlines()].index("  give") + 1

    assert [(mistake.line, mistake.what) for mistake in mistakes] == [
        (at, "`limits.give` cannot be computed: `give` names no `amount`"),
        (at + 1, "`limits.send.window_days` cannot be computed: no server's tool tells us that"),
    ]
