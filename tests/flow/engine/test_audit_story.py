"""What stays of a conversation for those who look later: everything that was done, and nobody's words."""

import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.cli.audit_report import print_json, print_story
from bot.domain.audit import AuditEvent, Deed
from bot.domain.proposals import APPROVE, CONFIRM
from bot.store.records.audit_log import Audit, copy_all
from bot.store.records.conversations import View
from bot.store.redis import Scripts
from bot.turn.agent.run_loop import MODEL_CALLS
from tests.flow.harness.checks import leaks
from tests.flow.harness.frontdesk import MARCUS, MARCUS_DM, SARAH, SARAH_DM, TEAM
from tests.flow.harness.refunds import APPROVALS, DANA, REFUNDS, RefundHarness, open_refunds
from tests.flow.harness.scripted_model import Script, call
from tests.words import lacking

HUMAN: Script = {"a person please": [call("escalate_to_human", reason="sarah.chen@example.com is cross")]}


async def story(till: RefundHarness, channel: str, ts: str) -> list[AuditEvent]:
    await till.stage.quiet()
    return await Audit(till.stage.engine.client).story(f"slack:{TEAM}:{channel}:{ts}")


def told(events: list[AuditEvent], *deeds: Deed) -> list[tuple[str, str]]:
    return [(str(event.deed), event.outcome) for event in events if event.deed in deeds]


MONEY = (Deed.TRANSFER, Deed.TOOL, Deed.PROPOSAL, Deed.CONFIRMATION, Deed.APPROVAL, Deed.COMMIT, Deed.ESCALATION)


async def test_a_refund_with_an_approval_is_told_step_by_step_in_ids_and_amounts(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, {**REFUNDS, **HUMAN}) as till:
        ts = await till.asks(MARCUS, MARCUS_DM, "please refund ord_2001, I never used it")
        await till.clicks(MARCUS, MARCUS_DM, CONFIRM, ts)
        await till.clicks(DANA, APPROVALS, APPROVE)
        await till.stage.quiet()
        await till.asks(MARCUS, MARCUS_DM, "a person please", ts)
        events = await story(till, MARCUS_DM, ts)
        view = await till.stage.engine.conversations.read(f"slack:{TEAM}:{MARCUS_DM}:{ts}")
        state = await till.stage.state()
        log = till.stage.log.getvalue()

    assert told(events, *MONEY) == [
        ("tool", "proposed"),
        ("proposal", "offered"),
        ("confirmation", "yes"),
        ("approval", "asked"),
        ("approval", "approved"),
        ("commit", "done"),
        ("tool", "ok"),
        ("escalation", "model"),
    ]
    assert_refund_detailed(events)
    assert {event.outcome for event in events if event.deed is Deed.DELIVERY} == {"done"}
    assert len({event.id for event in events}) == len(events)
    assert leaks("\n".join(event.dump() for event in events), state, ()) == []
    assert logged_ids(log) == [event.id for event in events]
    assert_printed(view, events, state)


def assert_refund_detailed(events: list[AuditEvent]) -> None:
    """Each step names who and what it was about, in ids and amounts."""
    by_outcome = {event.outcome: event for event in events}
    commit = next(event for event in events if event.deed is Deed.COMMIT)
    proposed = by_outcome["proposed"]
    assert {**commit.details, "proposal": ""} == {
        "proposal": "",
        "action": "propose_refund",
        "customer": "cust_002",
        "subject": "ord_2001",
        "amount": "999.99",
    }
    assert proposed.details == {"tool": "propose_refund", "order_id": "ord_2001"}
    assert (proposed.specialist, proposed.author, proposed.turn) == ("billing", f"slack:{TEAM}:{MARCUS}", 1)
    assert proposed.seconds > 0
    assert by_outcome["approved"].author == f"slack:{TEAM}:{DANA}"
    assert by_outcome["model"].details == {"priority": "high", "group": "Support", "reason": "specialist"}


def assert_printed(view: View | None, events: list[AuditEvent], state: Mapping[str, Any]) -> None:
    """Operators read the same story, in lines or as JSON, and nobody's words."""
    shown = io.StringIO()
    as_json = io.StringIO()
    print_story(shown, view, events, words=False)
    print_json(as_json, events[0].conversation, view, events)

    steps = ("approval approved: propose_refund", "amount 999.99", "reply delivered")
    assert lacking(shown.getvalue(), *steps) == []
    assert re.search(r"(?m)^(\S+ +){3}customer +the customer wrote", shown.getvalue())
    assert re.search(r"(?m)^(\S+ +){3}billing +offered propose_refund", shown.getvalue())
    assert leaks(shown.getvalue() + as_json.getvalue(), state, ()) == []
    assert [event["id"] for event in json.loads(as_json.getvalue())["events"]] == [event.id for event in events]


def logged_ids(log: str) -> list[str]:
    """Return the ids of the audit's events that the log has."""
    lines = [json.loads(line) for line in log.splitlines()]
    return [line["id"] for line in lines if line["event"].startswith("audit.")]


async def test_what_a_failing_run_did_is_told_too(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script: Script = {"round and round": [call("transfer_to_faq"), *[call("search_knowledge", query="refunds")] * 20]}
    async with open_refunds(redis_url, tmp_path, monkeypatch, script) as till:
        ts = await till.asks(SARAH, SARAH_DM, "round and round")
        events = await story(till, SARAH_DM, ts)

    shown = io.StringIO()
    print_story(shown, None, events, words=False)
    assert "transferred to faq" in shown.getvalue()
    assert told(events, Deed.TRANSFER) == [("transfer", "faq")]
    assert told(events, Deed.TOOL) == [("tool", "ok")] * (MODEL_CALLS - 1)
    assert told(events, Deed.ESCALATION) == [("escalation", "failure")]
    assert told(events, Deed.TURN)[0] == ("turn", "escalated by failure")


async def test_events_of_all_conversations_come_together_each_once(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, REFUNDS) as till:
        client = till.stage.engine.client
        first = await till.asks(SARAH, SARAH_DM, "please cancel it")
        own = await story(till, SARAH_DM, first)
        await copy_all(Scripts(client))
        second = await till.asks(MARCUS, MARCUS_DM, "refund ord_2001")
        own += await story(till, MARCUS_DM, second)
        copied = await copy_all(Scripts(client)), await copy_all(Scripts(client))
        rows = await Audit(client).everything()
        rest = await Audit(client).everything(rows[0][0])

    together = [event for _, event in rows]
    assert copied[1] == 0
    assert sorted((event.conversation, event.id) for event in together) == sorted(
        (event.conversation, event.id) for event in own
    )
    assert rest == rows[1:]
