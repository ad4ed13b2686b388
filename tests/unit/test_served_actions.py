"""What another program is asked to do is asked once, or again under its key, whoever dies meanwhile."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.desk import Knowledge
from bot.desk.customer import Customer
from bot.desk.data import Database
from bot.desk.ledger import Done, Ledger, Off, Settled, Unsure, Waits
from bot.desk.loader import load_desk
from bot.desk.offers import Needs
from bot.desk.policy import Limits
from bot.desk.served import pack, served_actions
from bot.desk.servers import ActionRule, Answer, ReadRule, ServedTool, Server, Unanswered, Unreachable, examine
from bot.domain.proposals import Proposal
from tests.fakes import FakeClock

STORE = load_desk("store")
SARAH = Customer("cust_001", "Sarah Chen", "sarah.chen@example.com")
PROPOSAL = Proposal(
    *("prop1", "ship_gift", pack('{"address": "12 Elm Street"}'), "slack:T:U", "cust_001", "ship_gift of cust_001"),
    summary="Ship gift (address 12 Elm Street)",
)


class Shop:
    """A server that answers as a test says, or dies."""

    def __init__(self, *answers: Answer | BaseException) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []
        self.offered: dict[str, ServedTool] = {}

    async def tools(self, server: str) -> Mapping[str, ServedTool]:
        return self.offered

    async def call(self, server: str, tool: str, arguments: Mapping[str, Any]) -> Answer:
        answer = self.answers.pop(0)
        if not isinstance(answer, Unreachable):
            self.asked.append(dict(arguments))
        if isinstance(answer, BaseException):
            raise answer
        return answer


class Killed(BaseException):
    """The worker dies where nothing can catch it."""


async def settle(folder: Path, shop: Shop, *, key: str = "", limits: Limits | None = None, **by: str) -> Settled:
    """Settle the proposal, in a process that begins here."""
    actions = served_actions({"shop": Server(url="https://x.example", actions={"ship_gift": ActionRule(key=key)})})
    rules = {"ship_gift": limits or Limits(at_once_up_to=50)}
    database = await Database.open(f"sqlite+aiosqlite:///{folder / 'desk.db'}", STORE, FakeClock())
    try:
        ledger = Ledger(database, actions, rules, Knowledge([]), shop)
        return await ledger.settle(PROPOSAL, SARAH, "slack:T:D:1", 1000.0, **by)
    finally:
        await database.close()


async def test_what_was_done_is_not_done_again(tmp_path: Path) -> None:
    shop = Shop(Answer("shipped"))

    assert [await settle(tmp_path, shop), await settle(tmp_path, shop)] == [Done(), Done()]
    assert shop.asked == [{"address": "12 Elm Street"}]


@pytest.mark.parametrize("death", [Killed(), Unanswered()])
async def test_without_a_key_what_may_have_been_done_is_never_asked_again(tmp_path: Path, death: BaseException) -> None:
    shop = Shop(death)
    with suppress(Killed):
        assert await settle(tmp_path, shop) == Unsure()

    assert await settle(tmp_path, shop) == Unsure()
    assert len(shop.asked) == 1


async def test_with_a_key_it_is_asked_again_under_the_same_one(tmp_path: Path) -> None:
    shop = Shop(Unanswered(), Unanswered(), Answer("shipped"))

    assert await settle(tmp_path, shop, key="request") == Unsure()
    assert await settle(tmp_path, shop, key="request") == Done()
    assert [asked["request"] for asked in shop.asked] == ["prop1"] * 3


async def test_what_was_never_asked_is_off_and_may_be_tried_again(tmp_path: Path) -> None:
    shop = Shop(Unreachable(), Answer("", failed=True), Answer("shipped"))

    assert isinstance(await settle(tmp_path, shop), Off)
    assert isinstance(await settle(tmp_path, shop), Off)
    assert await settle(tmp_path, shop) == Done()


async def test_a_tool_that_is_not_what_the_desk_says_is_found() -> None:
    shop = Shop()
    shop.offered = {name: ServedTool(name, "", {}, changes=name == "wipe") for name in ("points", "wipe", "ship_gift")}
    read = {"point": ReadRule(), "wipe": ReadRule()}
    config = Server(url="https://x.example", read=read, actions={"ship_gift": ActionRule()})

    findings = await examine({"shop": config}, shop)

    assert [(finding.what, finding.mend) for finding in findings] == [
        ("`shop` has no tool `point`", "did you mean `points`?"),
        ("`shop` says that `wipe` changes something", "put it under `actions`"),
    ]


@pytest.mark.parametrize("second", [Unreachable(), Answer("", failed=True)])
async def test_a_second_call_that_fails_does_not_say_that_the_first_did(
    tmp_path: Path, second: Answer | Exception
) -> None:
    shop = Shop(Unanswered(), second, second)

    assert await settle(tmp_path, shop, key="request") == Unsure()
    assert await settle(tmp_path, shop, key="request") == Unsure()


async def test_the_policy_decides_before_anybody_is_asked(tmp_path: Path) -> None:
    shop = Shop(Answer("shipped"))

    waits = await settle(tmp_path, shop, limits=Limits(human=True))
    assert isinstance(waits, Waits)
    assert waits.needs is Needs.HUMAN
    assert shop.asked == []
    assert await settle(tmp_path, shop, limits=Limits(human=True), approved_by="slack:T:DANA") == Done()


async def test_a_proposal_that_was_changed_on_the_way_is_not_carried_out(tmp_path: Path) -> None:
    shop = Shop(Answer("shipped"))
    actions = served_actions({"shop": Server(url="https://x.example", actions={"ship_gift": ActionRule()})})
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'desk.db'}", STORE, FakeClock())
    ledger = Ledger(database, actions, {}, Knowledge([]), shop)
    changed = replace(PROPOSAL, arguments=pack('{"address": "1 Other Road"}'))
    try:
        assert isinstance(await ledger.settle(changed, SARAH, "slack:T:D:1", 1000.0), Off)
    finally:
        await database.close()
    assert shop.asked == []
