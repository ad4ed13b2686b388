"""The benchmark itself, on a shop of our own and on the public one's small split."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.retail.example import ADA, BEN, documents, write
from tests.retail.modes import Outcome
from tests.retail.play import play
from tests.retail.result import Played, Tally, as_reference
from tests.retail.rounds import rounds, unexplained
from tests.retail.tasks import Act, Task, read_tasks


async def test_a_shop_is_played_in_all_four_ways_and_what_the_policy_forbids_is_named(tmp_path: Path) -> None:
    source = write(tmp_path)
    tasks = read_tasks(source, "example")

    tally = await play(tasks, source, "example", tmp_path)

    assert tally.figures() == {
        "tasks": 3,
        "writes": 4,
        "writes_reached": 3,
        "deviations": [1],
        "foreign_tried": 11,
        "foreign_succeeded": 0,
        "unconfirmed_tried": 5,
        "unconfirmed_succeeded": 0,
        "doubled": 0,
    }
    assert (tally.deaths, tally.lost, tally.stray, tally.failed) == (2, [], [], False)
    assert any(line.startswith("task 1: exchange_delivered_order_items: the policy forbids") for line in tally.lines())
    written = json.loads(as_reference(tally.played))
    assert [task["changes"] == task_.changes for task, task_ in zip(written, tasks, strict=True)] == [True, False, True]


async def test_a_sample_of_the_public_shop_reaches_its_reference(shared: Path, tmp_path: Path) -> None:
    source = shared / "tau-retail"
    if not source.is_dir():
        pytest.skip("no ../shared/tau-retail")
    tasks = read_tasks(source, "dev")[::4]

    tally = await play(tasks, source, "dev", tmp_path, kills=False)

    assert tally.failed is False
    figures = tally.figures()
    assert figures["tasks"] == len(tasks)
    assert figures["writes_reached"] == figures["writes"] > 0
    assert figures["deviations"] == []


CANCEL = Act("cancel_pending_order", {"order_id": "#W1", "reason": "no longer needed"})
CANCELLED = {"orders": {"#W1": {"status": "cancelled"}}}


def test_a_database_that_is_not_the_references_is_a_deviation_that_nobody_explained() -> None:
    task = Task(7, ADA, (CANCEL,), CANCELLED)
    undone = Played(task, [Outcome(CANCEL, done=True)], {})

    tally = Tally(played=[undone])

    assert tally.figures()["deviations"] == [7]
    assert tally.figures()["writes_reached"] == 0
    assert tally.failed
    assert list(undone.reasons) == ['changes.orders is null, in the reference {"#W1": {"status": "cancelled"}}']


def test_what_the_desk_does_and_the_reference_refuses_is_no_policy() -> None:
    refused = replace(CANCEL, ok=False)
    task = Task(7, ADA, (refused,), {})

    tally = Tally(played=[Played(task, [Outcome(refused, done=True)], CANCELLED)])

    assert tally.figures()["deviations"] == [7]
    assert tally.failed


def test_a_reference_that_gives_money_back_twice_is_named() -> None:
    moved = Act("modify_pending_order_payment", {"order_id": "#W1", "payment_method_id": "paypal_13"})
    outcomes = [Outcome(moved, done=True), Outcome(CANCEL, done=True)]

    played = Played(Task(7, ADA, (moved, CANCEL), CANCELLED), outcomes, {})

    assert played.is_explained
    assert "refunds every earlier entry" in played.reasons[0]


def test_whoever_asks_for_people_does_so_last() -> None:
    handover = Act("transfer_to_human_agents", {"summary": "more"})

    assert Task(7, ADA, (handover, Act("calculate", {}), CANCEL), {}).wishes == [CANCEL, handover]


@pytest.mark.parametrize(
    "tally",
    [
        Tally(leaks={1: ["found"]}),
        Tally(unasked={1: 1}),
        Tally(doubled=[1]),
        Tally(lost=[1]),
        Tally(stray=["orders.#W1"]),
    ],
)
def test_whatever_must_not_happen_fails_the_benchmark(tally: Tally) -> None:
    assert tally.failed


def test_tasks_of_one_customer_are_never_played_beside_each_other() -> None:
    acts = (CANCEL,)
    tasks = [Task(1, ADA, acts, {}), Task(2, BEN, (), {}), Task(3, BEN, acts, {}), Task(4, ADA, (), {})]

    found = rounds(tasks, documents())

    assert [[part.task.number for part in parts] for parts in found] == [[1, 2], [3], [4]]
    assert all(part.stranger not in part.parties for parts in found for part in parts)


def test_a_change_of_somebody_elses_record_is_never_explained() -> None:
    assert unexplained(CANCELLED, documents(), [BEN]) == CANCELLED
    assert unexplained(CANCELLED, documents(), [ADA]) == {}
