"""What happens when nobody does anything: promises are kept after, conversations end, requests lapse; each once."""

from pathlib import Path
from typing import Any

import pytest

from bot.domain.effects import Effect
from bot.domain.errors import LeaseLost
from bot.domain.events import Author, ButtonClicked
from bot.domain.handoffs import HUMAN_BUTTON
from bot.domain.ids import AuthorId, ConversationId
from bot.domain.proposals import APPROVE, CONFIRM
from bot.domain.ratings import RATING_BUTTON
from bot.store import keys
from bot.store.queue.held import Held
from bot.store.queue.outbox import Outbox
from integrations.sandbox import SandboxOptions
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import DANA_ID, MARCUS, MARCUS_DM, SARAH, SARAH_DM, TEAM, Stage, open_stage, said
from tests.flow.harness.refunds import APPROVALS, DANA, RefundHarness, open_refunds
from tests.flow.harness.scripted_model import ScriptedModel
from tests.flow.harness.story import Story
from tests.words import lacking

ORDER = "Where is my order A1001?"
ANGRY = "This is unacceptable, I want a manager"
DAY = 86_400.0


async def escalated(stage: Stage) -> tuple[str, str]:
    """Sarah is handed to people; return thread and conversation."""
    ts = await stage.writes(SARAH, SARAH_DM, ANGRY)
    await stage.answers(SARAH_DM, ts)
    await stage.quiet()
    return ts, f"slack:{TEAM}:{SARAH_DM}:{ts}"


async def break_promise(stage: Stage, conversation: str) -> None:
    """Time goes by until a moment after the promise."""
    view = await stage.engine.conversations.read(conversation)
    assert view is not None
    assert view.conversation.promised_until > stage.clock.now()
    await stage.passes(view.conversation.promised_until - stage.clock.now() + 1)


async def promised(stage: Stage, conversation: str) -> float:
    view = await stage.engine.conversations.read(conversation)
    assert view is not None
    return view.conversation.promised_until


async def notes(stage: Stage, ticket_id: int) -> list[str]:
    return [comment["body"] for comment in (await stage.ticket(ticket_id))["comments"] if not comment["public"]]


async def test_a_broken_promise_raises_the_priority_and_tells_everybody_once(stage: Stage) -> None:
    ts, conversation = await escalated(stage)
    ticket_id = (await stage.tickets())[0]["id"]
    assert (await stage.ticket(ticket_id))["priority"] == "high"

    await break_promise(stage, conversation)
    line = (await stage.answers(SARAH_DM, ts, 2))[1]
    await stage.quiet()

    more_urgent = f"#{ticket_id} is more urgent"
    assert lacking(line, "sorry that nobody has answered you yet", more_urgent, "a colleague will answer you") == []
    assert (await stage.ticket(ticket_id))["priority"] == "urgent"
    assert "Priority high → urgent" in (await notes(stage, ticket_id))[-1]

    await break_promise(stage, conversation)
    last = (await stage.answers(SARAH_DM, ts, 3))[2]
    await stage.passes(5 * DAY)
    await stage.quiet()

    assert "once more" in last
    assert await promised(stage, conversation) == 0
    assert len(await stage.answers(SARAH_DM, ts)) == 3
    assert len(await notes(stage, ticket_id)) == 3
    assert await stage.owner(conversation) == "escalated"


async def test_a_promise_is_kept_by_who_takes_it_even_where_no_webhook_told(stage: Stage) -> None:
    ts, conversation = await escalated(stage)
    ticket_id = (await stage.tickets())[0]["id"]
    await stage.control("faults", {"rules": [], "deliveries": {"drop": 1}})
    await stage.comments(ticket_id, DANA_ID, "I'm on it, Sarah.")
    await break_promise(stage, conversation)
    relayed = (await stage.answers(SARAH_DM, ts, 2))[1]
    await stage.quiet()

    assert "I'm on it, Sarah." in relayed
    assert await stage.owner(conversation) == "human"
    assert len(await stage.answers(SARAH_DM, ts)) == 2
    assert (await stage.ticket(ticket_id))["priority"] == "high"


async def test_a_broken_promise_on_a_ticket_is_told_there(stage: Stage) -> None:
    ticket_id = await stage.opens(ANGRY)
    await stage.bot_comments(ticket_id)
    await stage.quiet()
    await break_promise(stage, f"zendesk:{ticket_id}")
    told = (await stage.bot_comments(ticket_id, 2))[1]
    await stage.quiet()
    ticket = await stage.ticket(ticket_id)

    assert "sorry that nobody has answered you yet" in told["body"]
    assert (ticket["priority"], ticket["status"]) == ("urgent", "open")
    assert len(await stage.bot_comments(ticket_id)) == 2


async def test_a_forgotten_conversation_does_not_come_back(story: Story) -> None:
    ts = await story.writes(SARAH, SARAH_DM, ORDER)
    await story.answers(SARAH_DM, ts)
    conversation = f"slack:{TEAM}:{SARAH_DM}:{ts}"
    await story.quiet()
    assert await story.engine.client.zscore(keys.DUE, conversation)
    await story.engine.conversations.reset(conversation)
    await story.passes(3 * DAY + 1)

    async def left() -> bool:
        return await story.engine.client.zscore(keys.DUE, conversation) is None

    await wait_until(left, what="an empty set")
    assert not await story.engine.conversations.exists(conversation)
    assert len(await story.answers(SARAH_DM, ts)) == 1


async def test_a_customer_who_writes_waits_for_no_look_at_a_ticket(stage: Stage) -> None:
    ts, conversation = await escalated(stage)
    ticket_id = (await stage.tickets())[0]["id"]
    await stage.changes(ticket_id, status="solved")
    await stage.owned_by(conversation, "bot")
    await stage.quiet()
    await stage.fails("zendesk:GET *", "status", None, status=503)
    await stage.passes(3 * DAY + 1)
    await wait_until(lambda: stage.log.getvalue().count("ticket.unread"))
    before = len(await stage.answers(SARAH_DM, ts))
    await stage.writes(SARAH, SARAH_DM, ORDER, thread_ts=ts)

    assert "A1001" in (await stage.answers(SARAH_DM, ts, before + 1))[-1]


async def test_what_a_colleague_gave_up_has_to_be_taken_again_in_its_time(stage: Stage) -> None:
    ts, conversation = await escalated(stage)
    ticket_id = (await stage.tickets())[0]["id"]
    await stage.changes(ticket_id, assignee_id=DANA_ID)
    await stage.owned_by(conversation, "human")
    await stage.passes(5 * DAY)
    await stage.changes(ticket_id, assignee_id=None)
    await stage.owned_by(conversation, "escalated")
    await stage.quiet()
    assert len(await stage.answers(SARAH_DM, ts)) == 1
    await break_promise(stage, conversation)

    assert "nobody has answered you" in (await stage.answers(SARAH_DM, ts, 2))[1]


async def test_a_quiet_thread_is_idle_closed_and_goes_on_when_the_customer_writes(stage: Stage) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, ORDER)
    await stage.answers(SARAH_DM, ts)
    conversation = f"slack:{TEAM}:{SARAH_DM}:{ts}"
    await stage.passes(2 * DAY)
    await stage.writes(SARAH, SARAH_DM, "and can I return it?", thread_ts=ts)
    await stage.answers(SARAH_DM, ts, 2)
    await stage.passes(2 * DAY)
    await stage.quiet()
    assert await stage.owner(conversation) == "bot"
    await stage.passes(1 * DAY)
    await stage.owned_by(conversation, "idle_closed")
    await stage.quiet()
    assert len(await stage.answers(SARAH_DM, ts)) == 2

    await stage.writes(SARAH, SARAH_DM, ORDER, thread_ts=ts)
    assert "A1001" in (await stage.answers(SARAH_DM, ts, 3))[2]
    assert await stage.owner(conversation) == "bot"
    await stage.passes(3 * DAY + 1)
    await stage.owned_by(conversation, "idle_closed")
    await RefundHarness(stage, ScriptedModel({})).clicks(SARAH, SARAH_DM, HUMAN_BUTTON, ts)
    await stage.owned_by(conversation, "escalated")
    assert len(await stage.tickets()) == 1


async def test_a_quiet_ticket_is_solved_with_a_note_and_reopens_and_those_of_others_are_left_alone(
    stage: Stage,
) -> None:
    others = await stage.opens(ORDER, assignee_id=DANA_ID)
    ticket_id = await stage.opens(ORDER)
    await stage.bot_comments(ticket_id)
    await stage.passes(3 * DAY + 1)
    await stage.owned_by(f"zendesk:{ticket_id}", "idle_closed")
    await stage.quiet()
    ticket = await stage.ticket(ticket_id)

    assert ticket["status"] == "solved"
    assert len(await stage.bot_comments(ticket_id)) == 1
    assert "Nobody has written here for 3 days" in (await notes(stage, ticket_id))[-1]

    await stage.comments(ticket_id, ticket["requester_id"], "and can I return it?")
    await stage.bot_comments(ticket_id, 2)
    assert await stage.owner(f"zendesk:{ticket_id}") == "bot"
    assert (await stage.ticket(others))["status"] not in {"solved", "closed"}
    assert await notes(stage, others) == []


async def asks_for_much(till: RefundHarness) -> tuple[str, str]:
    """Marcus's refund waits for a human; return thread and conversation."""
    ts = await till.asks(MARCUS, MARCUS_DM, "please refund ord_2001")
    await till.clicks(MARCUS, MARCUS_DM, CONFIRM, ts)
    await till.button(APPROVALS, APPROVE)
    await till.stage.quiet()
    return ts, f"slack:{TEAM}:{MARCUS_DM}:{ts}"


async def test_a_request_that_nobody_decides_on_lapses_and_everybody_is_told(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        ts, conversation = await asks_for_much(till)
        message, value = await till.button(APPROVALS, APPROVE)
        await till.stage.passes(3 * DAY + 1)
        told = await wait_until(lambda: words(till.stage, MARCUS_DM, ts, "Nobody could decide"))
        announced = await till.announced()
        ticket_id = (await till.stage.tickets())[0]["id"]
        await late_click(till.stage, conversation, DANA, APPROVALS, message, APPROVE, value)
        await till.stage.quiet()

        assert "nothing was changed: Refund of 999.99 USD" in told
        assert "the request has expired" in announced[0]
        assert "the request has expired" in (await notes(till.stage, ticket_id))[-1]
        assert await till.committed() == []
        assert await till.stage.owner(conversation) == "bot"
        assert len([text for text in await texts(till.stage, MARCUS_DM, ts) if "Nobody could decide" in text]) == 1
        await till.asks(MARCUS, MARCUS_DM, "please refund ord_2001", ts)
        assert "Shall I do this?" in await till.last(MARCUS_DM, ts)


async def test_an_offer_nobody_answers_loses_its_buttons(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_refunds(redis_url, tmp_path, monkeypatch) as till:
        ts = await till.asks(SARAH, SARAH_DM, "please refund ord_1002")
        message, value = await till.button(SARAH_DM, CONFIRM, ts)
        await till.stage.passes(3 * DAY + 1)
        offer = await wait_until(lambda: words(till.stage, SARAH_DM, ts, "_No longer open_"))
        conversation = f"slack:{TEAM}:{SARAH_DM}:{ts}"
        await late_click(till.stage, conversation, SARAH, SARAH_DM, message, CONFIRM, value)
        answer = await till.last(SARAH_DM, ts)

        assert "Refund of 49.99 USD" in offer
        assert "no longer open, so nothing was changed" in answer
        assert await till.committed() == []


async def test_deadlines_survive_a_restart(redis_url: str, tmp_path: Path) -> None:
    """The bot is down when the time comes; the next process finds it due."""
    world = SandboxOptions(random_seed=7, state_file=tmp_path / "world.json")
    async with open_stage(redis_url, tmp_path, sandbox=world) as stage:
        ts, conversation = await escalated(stage)
    async with open_stage(redis_url, tmp_path, sandbox=world) as stage:
        await break_promise(stage, conversation)
        line = (await stage.answers(SARAH_DM, ts, 2))[1]

    assert "nobody has answered you yet" in line


async def test_a_worker_that_dies_over_a_deadline_leaves_it_to_the_next_which_does_it_once(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One worker dies before it has committed what follows, and another one, over the next promise, right after."""
    real = Outbox.commit
    commits = 0

    async def dies(self: Outbox, held: Held, *args: Any, effects: tuple[Effect, ...] = (), **more: Any) -> int:
        nonlocal commits
        commits += any(effect.id.endswith(":urged") for effect in effects)
        if not effects or not effects[0].id.endswith(":urged") or commits == 2:
            return await real(self, held, *args, effects=effects, **more)
        if commits == 3:
            await real(self, held, *args, effects=effects, **more)
        await runs_out(stage, held)
        raise LeaseLost("died here")

    monkeypatch.setattr(Outbox, "commit", dies)
    async with open_stage(redis_url, tmp_path) as stage:
        ts, conversation = await escalated(stage)
        ticket_id = (await stage.tickets())[0]["id"]
        await break_promise(stage, conversation)
        await stage.answers(SARAH_DM, ts, 2)
        await break_promise(stage, conversation)
        await stage.answers(SARAH_DM, ts, 3)
        await stage.quiet()

        assert commits == 3
        assert len(await stage.answers(SARAH_DM, ts)) == 3
        assert len(await notes(stage, ticket_id)) == 3


async def runs_out(stage: Stage, held: Held) -> None:
    """The lease and the claim of a worker that is gone are over at once, however long the machine pauses."""
    await stage.engine.client.hset(keys.state(held.id), "until", "0")
    await stage.engine.due.wake(held.id)


async def test_what_fails_over_a_deadline_does_not_count_against_the_customers_next_turn(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = 0

    async def fails(*_: Any) -> Any:
        nonlocal failures
        failures += 1
        raise RuntimeError

    monkeypatch.setattr("bot.turn.turn.Turn.expire", fails)
    monkeypatch.setattr("bot.runtime.worker.FAILED_SECONDS", 0.01)
    async with open_stage(redis_url, tmp_path) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, ORDER)
        await stage.answers(SARAH_DM, ts)
        await stage.passes(3 * DAY + 1)
        await stage.owned_by(f"slack:{TEAM}:{SARAH_DM}:{ts}", "idle_closed")
        assert failures == 3
        await stage.writes(SARAH, SARAH_DM, ORDER, thread_ts=ts)
        assert "A1001" in (await stage.answers(SARAH_DM, ts, 2))[1]
        assert (await stage.state())["zendesk"]["tickets"] == []


async def test_the_customer_rates_the_help_once(stage: Stage) -> None:
    till = RefundHarness(stage, ScriptedModel({}))
    ts, conversation = await escalated(stage)
    ticket_id = (await stage.tickets())[0]["id"]
    await stage.comments(ticket_id, DANA_ID, "Solved, Sarah.")
    await stage.changes(ticket_id, status="solved")
    await stage.owned_by(conversation, "bot")
    await stage.quiet()
    message, value = await till.button(SARAH_DM, RATING_BUTTON, ts)
    assert (await texts(stage, SARAH_DM, ts))[-1].startswith("Our team has marked this as solved")

    await late_click(stage, conversation, MARCUS, SARAH_DM, message, RATING_BUTTON, value)
    assert not await stage.comment(ticket_id, "rated")
    await till.presses(SARAH, SARAH_DM, message, RATING_BUTTON, value)
    await late_click(stage, conversation, SARAH, SARAH_DM, message, RATING_BUTTON, value)
    await wait_until(lambda: stage.comment(ticket_id, "rated the help"))
    await stage.quiet()
    ticket = await stage.ticket(ticket_id)

    assert "Thank you!" in (await texts(stage, SARAH_DM, ts))[-1]
    assert len([tag for tag in ticket["tags"] if tag.startswith("frontdesk_rated")]) == 1
    assert ticket["status"] == "solved"
    assert len([note for note in await notes(stage, ticket_id) if "rated the help" in note]) == 1
    view = await stage.engine.conversations.read(conversation)
    assert view is not None
    assert view.conversation.rating in {"good", "bad"}


async def late_click(
    stage: Stage, conversation: str, user: str, channel: str, message: str, action: str, value: str
) -> None:
    """A click that was on its way while its button went away."""
    click = ButtonClicked(
        id=f"click:late:{user}:{action}",
        conversation=ConversationId(conversation),
        author=Author(AuthorId(f"slack:{TEAM}:{user}")),
        at=stage.clock.now(),
        action=action,
        value=value,
        channel=channel,
        ts=message,
    )
    await stage.engine.inbox.accept(click, joined_only=True)
    await stage.quiet()


async def texts(stage: Stage, channel: str, ts: str) -> list[str]:
    return [said(message) for message in await stage.thread(channel, ts)]


async def words(stage: Stage, channel: str, ts: str, part: str) -> str:
    return next((text for text in await texts(stage, channel, ts) if part in text), "")
