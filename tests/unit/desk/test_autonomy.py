"""The dial: which rule decides, what is known before the turn, and who is within a share."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from pydantic import ValidationError

from bot.desk.policy.autonomy import Autonomy, decide, is_on_trial, possible, within
from bot.domain.autonomy import Mode, Scene
from bot.domain.ids import ConversationId

TICKET = Scene(
    ConversationId.of_ticket(7),
    "zendesk",
    group="Support",
    brand=("Acme Shoes", "shoes", "360001"),
    specialist="billing",
    plan="pro",
    language="de",
)
THREAD = Scene(ConversationId.in_slack("T1", "C1", "1.1"), "slack", channel=("C1", "C0OLD"), specialist="orders")


def dial(*rules: dict[str, Any], otherwise: str = "public") -> Autonomy:
    return Autonomy.model_validate({"otherwise": otherwise, "rules": rules})


def decided(scene: Scene, *rules: dict[str, Any], otherwise: str = "public") -> Mode:
    return decide(dial(*rules, otherwise=otherwise), scene).mode


def at(scene: Scene, **what: Any) -> Scene:
    return Scene(**{**vars(scene), **what})


@pytest.mark.parametrize("otherwise", ["public", "draft", "silent"])
def test_without_rules_the_rest_decides(otherwise: str) -> None:
    assert decided(TICKET, otherwise=otherwise) == otherwise


@pytest.mark.parametrize(
    ("scene", "condition"),
    [
        (TICKET, {"surface": "zendesk"}),
        (TICKET, {"surface": ["chat", "zendesk"]}),
        (TICKET, {"group": ["Support"]}),
        (TICKET, {"group": "support"}),
        (TICKET, {"brand": "Acme Shoes"}),
        (TICKET, {"brand": "shoes"}),
        (TICKET, {"brand": "360001"}),
        (TICKET, {"specialist": ["billing", "orders"]}),
        (TICKET, {"plan": "pro"}),
        (TICKET, {"language": "de"}),
        (at(TICKET, actions=frozenset({"refund", "credit"})), {"action": "refund"}),
        (THREAD, {"channel": ["C1"]}),
        (THREAD, {"channel": ["C0OLD"]}),
        (TICKET, {"surface": "zendesk", "plan": "pro", "language": "de"}),
    ],
)
def test_a_rule_decides_where_its_conditions_hold(scene: Scene, condition: dict[str, Any]) -> None:
    assert decided(scene, {**condition, "mode": "draft"}) is Mode.DRAFT


@pytest.mark.parametrize(
    ("scene", "condition"),
    [
        (TICKET, {"surface": "slack"}),
        (TICKET, {"group": "Billing"}),
        (TICKET, {"brand": "hats"}),
        (TICKET, {"specialist": "orders"}),
        (TICKET, {"plan": "free"}),
        (TICKET, {"language": "en"}),
        (TICKET, {"action": "refund"}),
        (TICKET, {"channel": "C1"}),
        (THREAD, {"group": "Support"}),
        (THREAD, {"brand": "shoes"}),
        (THREAD, {"plan": "pro"}),
        (TICKET, {"surface": "zendesk", "plan": "free"}),
    ],
)
def test_a_rule_with_a_condition_that_does_not_hold_is_passed_over(scene: Scene, condition: dict[str, Any]) -> None:
    assert decided(scene, {**condition, "mode": "draft"}) is Mode.PUBLIC


def test_the_first_rule_that_holds_decides_and_is_named() -> None:
    rules = dial(
        {"surface": "slack", "mode": "silent"},
        {"surface": "zendesk", "specialist": ["billing"], "mode": "draft"},
        {"surface": "zendesk", "mode": "silent"},
    )

    found = decide(rules, TICKET)

    assert (found.mode, found.rule) == (Mode.DRAFT, "surface=zendesk specialist=billing → draft")
    assert found.rule in found.why
    assert decide(rules, at(TICKET, specialist="orders")).mode is Mode.SILENT


# ── Actions on trial ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_action_on_trial_is_named_and_leaves_the_words_to_other_rules() -> None:
    refunds = at(TICKET, actions=frozenset({"refund"}))
    on_trial = dial({"action": "refund", "mode": "trial"}, {"action": "refund", "mode": "draft"})

    found = decide(on_trial, refunds)

    assert (found.mode, set(found.trial)) == (Mode.PUBLIC, {"refund"})
    assert is_on_trial(on_trial, TICKET, "refund")
    assert not is_on_trial(on_trial, TICKET, "credit")


def test_a_rule_before_it_takes_an_action_off_trial() -> None:
    rules = dial({"surface": "slack", "mode": "public"}, {"action": "refund", "mode": "trial"})

    assert not is_on_trial(rules, THREAD, "refund")
    assert is_on_trial(rules, TICKET, "refund")


# ── What is not known before a specialist has answered ───────────────────────────────────────────────────────────────

BEFORE: dict[str, Any] = {"specialist": None, "actions": None}


PUBLIC, DRAFT, SILENT = {Mode.PUBLIC}, {Mode.DRAFT}, {Mode.SILENT}


@pytest.mark.parametrize(
    ("rules", "may_come"),
    [
        ([], PUBLIC),
        ([{"specialist": "billing", "mode": "draft"}], PUBLIC | DRAFT),
        ([{"action": "refund", "mode": "draft"}], PUBLIC | DRAFT),
        ([{"specialist": "billing", "mode": "public"}], PUBLIC),
        ([{"action": "refund", "mode": "trial"}], PUBLIC),
        ([{"surface": "slack", "specialist": "billing", "mode": "draft"}], PUBLIC),
        ([{"surface": "zendesk", "mode": "silent"}], SILENT),
        ([{"surface": "zendesk", "mode": "public"}, {"specialist": "billing", "mode": "draft"}], PUBLIC),
        ([{"specialist": "billing", "mode": "public"}, {"surface": "zendesk", "mode": "draft"}], PUBLIC | DRAFT),
        ([{"specialist": "billing", "mode": "draft"}, {"surface": "zendesk", "mode": "draft"}], DRAFT),
    ],
)
def test_what_is_not_known_yet_leaves_several_modes_possible(rules: list[dict[str, Any]], may_come: set[Mode]) -> None:
    assert possible(dial(*rules), at(TICKET, **BEFORE)) == may_come


# ── Shares ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def tickets(count: int = 10_000) -> Sequence[Scene]:
    return [at(TICKET, conversation=ConversationId.of_ticket(number)) for number in range(1, count + 1)]


def threads(count: int = 10_000) -> Sequence[Scene]:
    ids = [ConversationId.in_slack("T1", "C1", f"17300{number:05}.000100") for number in range(count)]
    return [at(THREAD, conversation=one) for one in ids]


def chats(count: int = 10_000) -> Sequence[Scene]:
    return [Scene(ConversationId.of_chat("web", f"session-{number}"), "chat") for number in range(count)]


@pytest.mark.parametrize("share", [10, 30, 50])
@pytest.mark.parametrize("scenes", [tickets(), threads(), chats()], ids=["tickets", "threads", "chats"])
def test_of_ten_thousand_conversations_the_share_is_public(scenes: Sequence[Scene], share: int) -> None:
    rule = {"mode": "public", "share": share}

    public = sum(decided(scene, rule) is Mode.PUBLIC for scene in scenes)

    assert abs(public / len(scenes) * 100 - share) <= 2
    assert {decided(scene, rule) for scene in scenes} == {Mode.PUBLIC, Mode.DRAFT}


def test_who_is_within_a_share_stays_within_a_higher_one() -> None:
    ids = [scene.conversation for scene in tickets(2_000)]

    steps = [{one for one in ids if within(share, one)} for share in (0, 1, 10, 30, 50, 99, 100)]

    assert all(lower < higher for lower, higher in pairwise(steps))
    assert (steps[0], steps[-1]) == (set(), set(ids))


@pytest.mark.parametrize(("first", "later"), [(10, 50), (50, 10), (10, 100), (30, 0)])
def test_a_conversation_keeps_its_side_when_the_share_changes(first: float, later: float) -> None:
    rule = {"surface": "zendesk", "mode": "public"}
    before, after = dial({**rule, "share": first}), dial({**rule, "share": later})

    for scene in tickets(500):
        found = decide(before, scene)
        again = decide(after, scene, found.side)
        assert (again.mode, again.side) == (found.mode, found.side)


def test_a_rule_with_a_share_decides_for_all_that_it_matches() -> None:
    shared = {"surface": "zendesk", "mode": "public", "share": 0}

    found = decide(dial(shared, {"specialist": "billing", "mode": "silent"}), TICKET)

    assert (found.mode, found.rule) == (Mode.DRAFT, "surface=zendesk → public, 0 %")


# ── What is refused ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "rule",
    [
        {"surface": "fax", "mode": "draft"},
        {"mode": "loud"},
        {"surface": "zendesk"},
        {"mode": "draft", "share": 10},
        {"mode": "public", "share": 101},
        {"mode": "public", "share": -1},
        {"mode": "trial"},
        {"language": "english", "mode": "draft"},
        {"topic": "refunds", "mode": "draft"},
    ],
)
def test_a_rule_that_means_nothing_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        dial(rule)
