"""Money: the model only proposes; customers confirm, the policy decides, humans approve, and it happens once."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.domain.errors import LeaseLost
from bot.domain.events import Author, ButtonClicked
from bot.domain.ids import AuthorId, ConversationId
from bot.domain.proposals import APPROVE, CONFIRM, DECLINE, REJECT
from bot.store.queue.outbox import Outbox
from integrations.slack.inbound.clicks import Click
from tests.flow.harness.frontdesk import (
    DANA_ID,
    HELP,
    MARCUS,
    MARCUS_DM,
    SARAH,
    SARAH_DM,
    SARAH_ID,
    TEAM,
    open_stage,
    said,
)
from tests.flow.harness.refunds import APPROVALS, DANA, REFUNDS, RefundHarness, open_refunds
from tests.flow.harness.scripted_model import Script, ScriptedModel, call
from tests.flow.harness.sides import slack_side
from tests.words import lacking

BOT_ZENDESK_ID = 1001


async def test_a_small_refund_is_done_at_once_on_the_button(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        ts = await till.asks(SARAH, SARAH_DM, "please refund ord_1002")
        offer = await till.last(SARAH_DM, ts)
        assert await till.committed() == []
        await till.clicks(SARAH, SARAH_DM, CONFIRM, ts)
        answer = await till.last(SARAH_DM, ts)
        rows = await till.committed()
        cents = await till.refunded("ord_1002")
        texts = [message["text"] for message in await till.stage.thread(SARAH_DM, ts)]

    assert "Refund of 49.99 USD for order ord_1002" in offer
    assert answer == "Done: Refund of 49.99 USD for order ord_1002. The money arrives in 5-7 business days."
    assert [(row["action"], row["customer"], row["subject"], row["amount"]) for row in rows] == [
        ("propose_refund", "cust_001", "ord_1002", 4999)
    ]
    assert rows[0]["author"] == "slack:T0FRONTDSK:U0SARAH"
    assert cents == 4999
    assert "_Yes_" in texts[0]


async def test_a_plain_yes_is_as_good_as_the_button_and_counts_once(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        ts = await till.asks(SARAH, SARAH_DM, "please refund ord_1002")
        await till.asks(SARAH, SARAH_DM, "Yes, please!", ts)
        answer = await till.last(SARAH_DM, ts)
        await till.asks(SARAH, SARAH_DM, "yes", ts)
        rows = await till.committed()

    assert answer.startswith("Done:")
    assert len(rows) == 1
    assert rows[0]["confirmed_by"]


async def test_a_second_persons_yes_and_click_do_nothing(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        ts = await till.asks(SARAH, HELP, "<@U0BOT> please refund ord_1002")
        await till.asks(MARCUS, HELP, "yes", ts)
        await till.clicks(MARCUS, HELP, CONFIRM, ts)
        await till.stage.quiet()
        nothing = await till.committed()
        await till.asks(SARAH, HELP, "yes", ts)
        rows = await till.committed()

    assert nothing == []
    assert [row["customer"] for row in rows] == ["cust_001"]


async def test_a_declined_proposal_does_nothing_and_may_be_asked_for_again(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        ts = await till.asks(SARAH, SARAH_DM, "please refund ord_1002")
        _, first = await till.button(SARAH_DM, CONFIRM, ts)
        await till.clicks(SARAH, SARAH_DM, DECLINE, ts)
        answer = await till.last(SARAH_DM, ts)
        await till.asks(SARAH, SARAH_DM, "yes", ts)
        nothing = await till.committed()
        await till.asks(SARAH, SARAH_DM, "please refund ord_1002 after all", ts)
        _, second = await till.button(SARAH_DM, CONFIRM, ts)

    assert "nothing was changed" in answer
    assert nothing == []
    assert first != second


async def test_a_larger_refund_asks_for_the_reason_and_keeps_the_customers_own_words(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        ts = await till.asks(SARAH, SARAH_DM, "please refund ord_1001")
        await till.asks(SARAH, SARAH_DM, "yes", ts)
        question = await till.last(SARAH_DM, ts)
        nothing = await till.committed()
        await till.asks(SARAH, SARAH_DM, "The seats never worked for us.", ts)
        answer = await till.last(SARAH_DM, ts)
        rows = await till.committed()

    assert "reason" in question
    assert nothing == []
    assert answer.startswith("Done: Refund of 299.98 USD")
    assert [(row["amount"], row["reason"]) for row in rows] == [(29998, "The seats never worked for us.")]


@pytest.mark.parametrize(
    "line",
    [
        "wait, please do not refund it yet",
        "Moment, bitte noch nicht erstatten",
        "where is my order A1001 please",
    ],
)
async def test_what_is_no_reason_leaves_the_offer_open_and_the_money_where_it_is(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, {**REFUNDS, line: ["I see."]}) as till:
        ts = await till.asks(SARAH, SARAH_DM, "please refund ord_1001")
        await till.asks(SARAH, SARAH_DM, "yes", ts)
        await till.asks(SARAH, SARAH_DM, line, ts)
        answer = await till.last(SARAH_DM, ts)
        nothing = await till.committed()
        await till.asks(SARAH, SARAH_DM, "Fine: the seats never worked for us.", ts)
        done = await till.last(SARAH_DM, ts)

    assert "I see." in answer
    assert "Refund of 299.98 USD for order ord_1001" in answer
    assert nothing == []
    assert done.startswith("Done:")


async def test_words_that_may_be_no_reason_are_noted_and_the_yes_comes_after_them(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        ts = await till.asks(SARAH, SARAH_DM, "please refund ord_1001")
        await till.asks(SARAH, SARAH_DM, "yes", ts)
        await till.asks(SARAH, SARAH_DM, "My cousin lives in Lisbon now", ts)
        question = await till.last(SARAH_DM, ts)
        nothing = await till.committed()
        await till.asks(SARAH, SARAH_DM, "yes", ts)
        rows = await till.committed()

    assert "My cousin lives in Lisbon now" in question
    assert nothing == []
    assert [(row["amount"], row["reason"]) for row in rows] == [(29998, "My cousin lives in Lisbon now")]


async def test_a_no_to_the_noted_reason_declines(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        ts = await till.asks(SARAH, SARAH_DM, "please refund ord_1001")
        await till.clicks(SARAH, SARAH_DM, CONFIRM, ts)
        await till.asks(SARAH, SARAH_DM, "My cousin lives in Lisbon now", ts)
        await till.clicks(SARAH, SARAH_DM, DECLINE, ts)
        answer = await till.last(SARAH_DM, ts)

        assert await till.committed() == []
    assert "nothing was changed" in answer


async def test_a_yes_answers_what_was_said_last_and_what_was_said_last_is_the_offer(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch, frontdesk_max_message_chars=200) as till:
        ts = await till.asks(SARAH, SARAH_DM, "please refund ord_1002")
        await till.asks(SARAH, SARAH_DM, "x" * 300, ts)
        refused = await till.last(SARAH_DM, ts)
        await till.asks(SARAH, SARAH_DM, "thank you!", ts)
        thanked = await till.last(SARAH_DM, ts)
        nothing = await till.committed()

    assert "Refund of 49.99 USD for order ord_1002" in refused
    assert "Refund of 49.99 USD for order ord_1002" in thanked
    assert nothing == []


async def test_a_large_refund_waits_for_a_human_in_the_channel_who_is_no_stranger(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        ts = await till.asks(MARCUS, MARCUS_DM, "please refund ord_2001")
        await till.clicks(MARCUS, MARCUS_DM, CONFIRM, ts)
        told = await till.last(MARCUS_DM, ts)
        request = (await till.announced())[-1]
        nothing = await till.committed()
        ticket = (await till.stage.tickets())[0]
        await till.asks(MARCUS, MARCUS_DM, "hello?", ts)
        await till.clicks(DANA, APPROVALS, APPROVE)
        answer = await till.last(MARCUS_DM, ts)
        decided = (await till.announced())[-1]
        rows = await till.committed()
        after = await till.stage.ticket(ticket["id"])

    assert "A colleague has to approve this first" in told
    assert lacking(request, "999.99 USD", "Marcus Johnson", "ord_2001", "please refund ord_2001", "verified") == []
    assert nothing == []
    assert "frontdesk_approve_" in ticket["comments"][-1]["body"]
    assert "frontdesk_escalated" not in ticket["tags"]
    assert answer.startswith("A colleague has approved it. Done: Refund of 999.99 USD")
    assert "Approved by Dana Reyes" in decided
    assert [row["approved_by"] for row in rows] == ["slack:T0FRONTDSK:U0DANA"]
    assert "Approved by Dana Reyes" in after["comments"][-1]["body"]


async def test_a_rejected_refund_does_nothing_and_frees_the_order(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        ts = await till.asks(MARCUS, MARCUS_DM, "please refund ord_2001")
        await till.asks(MARCUS, MARCUS_DM, "yes", ts)
        await till.clicks(DANA, APPROVALS, REJECT)
        answer = await till.last(MARCUS_DM, ts)
        nothing = await till.committed()
        pending = await till.rows("SELECT * FROM frontdesk_pending")

    assert "did not approve" in answer
    assert nothing == []
    assert pending == []


async def test_limits_cannot_be_split(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = {"order_id": "ord_1001", "reason": "because"}
    script: Script = {
        "half": [call("transfer_to_billing"), call("propose_refund", **part, amount="99.99"), "ok"],
        "rest": [call("propose_refund", **part, amount=199.99), "ok"],
    }
    async with open_refunds(redis_url, tmp_path, monkeypatch, script) as till:
        ts = await till.asks(SARAH, SARAH_DM, "half")
        await till.asks(SARAH, SARAH_DM, "yes", ts)
        first = await till.last(SARAH_DM, ts)
        await till.asks(SARAH, SARAH_DM, "rest", ts)
        await till.asks(SARAH, SARAH_DM, "yes", ts)
        second = await till.last(SARAH_DM, ts)
        cents = await till.refunded("ord_1001")

    assert first.startswith("Done: Refund of 99.99 USD")
    assert "reason" in second
    assert cents == 9999


async def test_somebody_elses_order_is_like_one_that_does_not_exist(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        ts = await till.asks(SARAH, SARAH_DM, "please refund ord_2001")
        answer = await till.last(SARAH_DM, ts)
        rows = await till.committed()

    assert "Refund of" not in answer
    assert "The customer has no order ord_2001" in till.model.returned[-1]
    assert rows == []


@pytest.mark.parametrize(
    ("user", "channel", "line", "outcome"),
    [
        (SARAH, SARAH_DM, "I'd like a refund for ord_1002 please", "Done: Refund of 49.99 USD for order ord_1002."),
        (SARAH, SARAH_DM, "please cancel my order ord_1002", "Done: Cancellation of order ord_1002"),
        (SARAH, SARAH_DM, "please upgrade me to enterprise", "A colleague has to approve this first"),
        (MARCUS, MARCUS_DM, "I want a refund for ord_2001", "A colleague has to approve this first"),
    ],
)
async def test_the_sandbox_shows_it_with_the_offline_model(
    redis_url: str, tmp_path: Path, user: str, channel: str, line: str, outcome: str
) -> None:
    async with open_stage(redis_url, tmp_path) as stage:
        till = RefundHarness(stage, ScriptedModel({}))
        ts = await till.asks(user, channel, line)
        await till.clicks(user, channel, CONFIRM, ts)
        answer = await till.last(channel, ts)

    assert outcome in answer


async def test_a_human_agent_approves_on_the_ticket_by_tag_and_a_customer_cannot(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        ts = await till.asks(MARCUS, MARCUS_DM, "please refund ord_2001")
        await till.asks(MARCUS, MARCUS_DM, "yes", ts)
        _, value = await till.button(APPROVALS, APPROVE)
        ticket = (await till.stage.tickets())[0]["id"]
        await till.stage.changes(ticket, BOT_ZENDESK_ID, add_tags=[f"{APPROVE}_{value}"])
        await till.stage.quiet()
        nothing = await till.committed()
        await till.stage.changes(ticket, DANA_ID, remove_tags=[f"{APPROVE}_{value}"])
        await till.stage.changes(ticket, DANA_ID, add_tags=[f"{APPROVE}_{value}"])
        answer = await till.last(MARCUS_DM, ts)
        rows = await till.committed()
        after = await till.stage.ticket(ticket)

    assert nothing == []
    assert answer.startswith("A colleague has approved it.")
    assert [row["approved_by"] for row in rows] == [f"zendesk:{DANA_ID}"]
    assert not [tag for tag in after["tags"] if tag.startswith(APPROVE)]


@pytest.mark.parametrize("user", ["U0OLEG", "U0EXT", MARCUS, SARAH])
async def test_who_is_no_approver_of_the_channel_approves_nothing(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: str
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        ts = await till.asks(MARCUS, MARCUS_DM, "please refund ord_2001")
        await till.asks(MARCUS, MARCUS_DM, "yes", ts)
        message, value = await till.button(APPROVALS, APPROVE)
        conversation = f"slack:T0FRONTDSK:{MARCUS_DM}:{ts}"
        team = "T0PARTNER" if user == "U0EXT" else "T0FRONTDSK"
        for channel in (APPROVALS, MARCUS_DM):
            click = ButtonClicked(
                id=f"click:{user}:{channel}",
                conversation=ConversationId(conversation),
                author=Author(AuthorId(f"slack:{team}:{user}")),
                at=1.0,
                action=APPROVE,
                value=value,
                channel=channel,
                ts=message,
            )
            await till.stage.engine.inbox.accept(click, joined_only=True)
        await till.stage.quiet()

        assert await till.committed() == []


@pytest.mark.parametrize("point", ["commit", "settle"])
async def test_a_worker_that_dies_after_the_money_moved_moves_it_once_and_the_customer_is_told_once(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    async with open_refunds(
        redis_url, tmp_path, monkeypatch, frontdesk_lease_seconds=1, frontdesk_redelivery_seconds=1
    ) as till:
        ts = await till.asks(SARAH, SARAH_DM, "please refund ord_1002")
        real, deaths = getattr(Outbox, point), list[str]()

        async def dies_once(self: Outbox, *arguments: Any, **more: Any) -> Any:
            if not deaths:
                deaths.append(point)
                raise LeaseLost("the worker is gone")
            return await real(self, *arguments, **more)

        monkeypatch.setattr(Outbox, point, dies_once)
        await till.clicks(SARAH, SARAH_DM, CONFIRM, ts)
        await till.last(SARAH_DM, ts)
        texts = [said(message) for message in await till.stage.thread(SARAH_DM, ts)]
        rows = await till.committed()
        cents = await till.refunded("ord_1002")

    assert deaths
    assert len([text for text in texts if text.startswith("Done:")]) == 1
    assert len(rows) == 1
    assert cents == 4999


async def test_an_approval_is_known_by_its_message_where_the_click_names_no_row(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        ts = await till.asks(MARCUS, MARCUS_DM, "please refund ord_2001")
        await till.clicks(MARCUS, MARCUS_DM, CONFIRM, ts)
        message, value = await till.button(APPROVALS, APPROVE)
        await till.stage.quiet()  # only now the store knows what the message is about
        click = Click(
            id="click:1",
            team=TEAM,
            user_team=TEAM,
            user=DANA,
            channel=APPROVALS,
            message_ts=message,
            thread_ts=message,
            conversation=ConversationId(f"slack:{TEAM}:{APPROVALS}:{message}"),
            action_id=APPROVE,
            value=value,
            at=till.stage.engine.clock.now(),
            is_named=False,
        )
        await slack_side(till.stage.engine).intake(till.stage.engine.core).click(click)
        answer = await till.last(MARCUS_DM, ts)
        state = await till.stage.state()

    asked = next(each for each in state["slack"]["messages"] if each["ts"] == message)
    assert answer.startswith("A colleague has approved it. Done:")
    assert [block["type"] for block in asked["blocks"]] == ["markdown"]


async def test_an_order_that_changed_meanwhile_is_not_touched(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        ts = await till.asks(SARAH, SARAH_DM, "please cancel ord_1002")
        async with till.stage.engine.data.session() as session:
            await session.execute(text("UPDATE store_orders SET status = 'shipped' WHERE id = 'ord_1002'"))
        await till.clicks(SARAH, SARAH_DM, CONFIRM, ts)
        answer = await till.last(SARAH_DM, ts)
        orders = await till.rows("SELECT status FROM store_orders WHERE id = 'ord_1002'")
        rows = await till.committed()

    assert "I have not done this" in answer
    assert "shipped already" in answer
    assert [order["status"] for order in orders] == ["shipped"]
    assert rows == []


async def test_two_conversations_cannot_refund_one_order_twice(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        one = await till.asks(SARAH, SARAH_DM, "please refund ord_1002")
        other = await till.asks(SARAH, HELP, "<@U0BOT> please refund ord_1002")
        await till.clicks(SARAH, SARAH_DM, CONFIRM, one)
        first = await till.last(SARAH_DM, one)
        await till.clicks(SARAH, HELP, CONFIRM, other)
        second = await till.last(HELP, other)
        cents = await till.refunded("ord_1002")

    assert first.startswith("Done:")
    assert "I have not done this" in second
    assert cents == 4999


async def test_two_conversations_that_confirm_at_once_refund_once(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        one = await till.asks(SARAH, SARAH_DM, "please refund ord_1002")
        other = await till.asks(SARAH, HELP, "<@U0BOT> please refund ord_1002")
        await till.clicks(SARAH, SARAH_DM, CONFIRM, one)
        await till.clicks(SARAH, HELP, CONFIRM, other)
        answers = [await till.last(SARAH_DM, one), await till.last(HELP, other)]
        cents = await till.refunded("ord_1002")

    assert sorted(answer.startswith("Done:") for answer in answers) == [False, True]
    assert cents == 4999


async def test_on_a_ticket_the_yes_may_stand_above_a_quoted_mail(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        ticket = await till.stage.opens("Please refund ord_1002")
        await till.stage.bot_comments(ticket)
        await till.stage.quiet()
        mail = "Yes please.\n\nOn Fri, 20 Nov 2026 at 10:00, Acme <support@acme.example> wrote:\n> Refund of 49.99 USD"
        await till.stage.comments(ticket, SARAH_ID, mail)
        comments = await till.stage.bot_comments(ticket, 2)
        await till.stage.quiet()
        rows = await till.committed()
        note = (await till.stage.ticket(ticket))["comments"][-1]

    assert "Done: Refund of 49.99 USD" in comments[-1]["body"]
    assert len(rows) == 1
    assert not note["public"]
    assert rows[0]["key"] in note["body"]


async def test_a_human_reads_what_was_done_and_a_refunded_order_is_told_as_refunded(
    redis_url: str, tmp_path: Path
) -> None:
    async with open_stage(redis_url, tmp_path) as stage:
        till = RefundHarness(stage, ScriptedModel({}))
        ts = await till.asks(SARAH, SARAH_DM, "I'd like a refund for A1001 please")
        await till.clicks(SARAH, SARAH_DM, CONFIRM, ts)
        await till.asks(SARAH, SARAH_DM, "where is my order A1001?", ts)
        status = await till.last(SARAH_DM, ts)
        await till.asks(SARAH, SARAH_DM, "can I return A1001?", ts)
        returned = await till.last(SARAH_DM, ts)
        await till.asks(SARAH, SARAH_DM, "I want to speak to a human please", ts)
        note = (await stage.tickets())[-1]["comments"][-1]["body"]
        rows = await till.committed()
        other = await till.asks(SARAH, SARAH_DM, "I want to speak to a human please")
        await till.last(SARAH_DM, other)
        elsewhere = (await stage.tickets(2))[-1]["comments"][-1]["body"]

    assert "refunded in full (89.00 USD)" in status
    assert "refunded in full" in returned
    assert "within 30 days" not in returned
    assert "DONE on" in note
    assert f"Refund of 89.00 USD for order A1001 (key {rows[0]['key']}; confirmed by the customer" in note
    assert not [word for word in ("Nothing has been done", "None", "propose refund", "in days 2") if word in note]
    assert "Done in another conversation on" in elsewhere
    assert rows[0]["key"] in elsewhere
