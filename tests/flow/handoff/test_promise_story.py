"""Nobody is promised what is not done: while a vendor is away, and where Zendesk refuses for good."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import TemporaryFailure
from bot.store.queue.dead_letters import DeadLetters, revive
from bot.store.redis import Scripts
from bot.turn.handoff import words as handover
from bot.turn.texts import say
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import (
    DANA_ID,
    MARCUS,
    MARCUS_DM,
    SARAH,
    SARAH_DM,
    SARAH_ID,
    TEAM,
    Stage,
    open_stage,
    said,
)
from tests.flow.harness.sides import slack_channel
from tests.words import lacking

APPROVALS = "C0APPROVE"
HOUR = 3_600.0
ORDER = "Where is my order A1001?"
SHIPPING = "Hello, how long does standard shipping take?"
HUMAN = "I want to speak to a human"
STILL_HERE = [f"Still here after {hour} hours." for hour in range(6)]
OPENS = "zendesk:POST /api/v2/tickets*"
CHANGES = "zendesk:PUT /api/v2/tickets/*"
PROMISE = re.compile(r"passed this on|ticket #\d|A colleague will answer|goes straight to them")
GERMAN = "Ich möchte bitte mit einem Menschen sprechen"


@pytest.fixture
async def desk(redis_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """The store desk, with a channel where colleagues decide."""
    async with open_stage(redis_url, tmp_path, frontdesk_approvals_channel=APPROVALS) as stage:
        await stage.takes_all()
        yield stage


def name_of(ts: str, channel: str = SARAH_DM) -> str:
    return f"slack:{TEAM}:{channel}:{ts}"


async def colleagues_heard(stage: Stage, words: str) -> Any:
    """Return the message to colleagues that has these words."""

    async def found() -> Any:
        messages = (await stage.state())["slack"]["messages"]
        return next((m for m in messages if m["channel"] == APPROVALS and words in said(m)), None)

    return await wait_until(found, what=f"colleagues reading “{words}”")


async def letters(stage: Stage) -> list[str]:
    return [letter.kind for letter in await DeadLetters(stage.engine.client).find()]


async def stuck(stage: Stage, count: int = 1) -> dict[str, Any]:
    """Return what `/readyz` says once so many conversations wait for a vendor."""

    async def shown() -> dict[str, Any] | None:
        answer = await stage.http.get(f"{stage.bot}/readyz")
        assert answer.status_code == 200
        body: dict[str, Any] = answer.json()
        return body if body["waiting"]["conversations"] == count else None

    found: dict[str, Any] = await wait_until(shown, what=f"{count} conversations that wait")
    return found


async def lines_on(stage: Stage, ticket_id: int | str) -> list[str]:
    return [comment["body"] for comment in (await stage.ticket(ticket_id))["comments"] if comment["public"]]


async def test_zendesk_away_for_six_hours_costs_nobody_anything(desk: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "PATIENCE_SECONDS", 0.2)
    await desk.fails("zendesk:*", "status", None, status=503, retry_after=1)
    ts = await desk.writes(SARAH, SARAH_DM, HUMAN)
    late = (await desk.answers(SARAH_DM, ts))[0]
    await desk.writes(SARAH, SARAH_DM, "It is about A1001.", thread_ts=ts)
    other = await desk.writes(MARCUS, MARCUS_DM, SHIPPING)
    answered = (await desk.answers(MARCUS_DM, other))[0]
    shown = await stuck(desk)
    for line in STILL_HERE:
        await desk.writes(SARAH, SARAH_DM, line, thread_ts=ts)
        await desk.goes_by(HOUR)
    shown_late = await stuck(desk)

    assert late == say("human.late", "en")
    assert await desk.answers(SARAH_DM, ts) == [late]
    assert "business days" in answered
    assert await promises_read(desk, ts) == []
    assert shown["status"] == "ready"
    assert shown["waiting"]["effects"] >= 2
    assert shown_late["waiting"]["oldest_seconds"] > 5 * HOUR

    await desk.control("faults", {})
    await desk.goes_by(400)
    await desk.answers(SARAH_DM, ts, 2)
    await desk.quiet()
    await assert_caught_up(desk, ts)


async def promises_read(desk: Stage, ts: str) -> list[str]:
    """Return what a model reads of the thread and could take for a promise."""
    view = await desk.engine.conversations.read(name_of(ts))
    assert view
    read = [entry.shown("")["text"] for entry in view.entries]
    return [text for text in read if PROMISE.search(text)]


async def assert_caught_up(desk: Stage, ts: str) -> None:
    """One ticket has all lines, once and in order; the customer knows it, and nothing waits or is given up."""
    _, told = await desk.answers(SARAH_DM, ts)
    [ticket] = await desk.tickets()
    lines = "\n".join(await lines_on(desk, ticket["id"]))
    order = [HUMAN, "It is about A1001.", *STILL_HERE]
    assert lacking(told, f"#{ticket['id']}", "A colleague will answer you") == []
    assert [lines.index(line) for line in order] == sorted(lines.index(line) for line in order)
    assert all(lines.count(line) == 1 for line in order)
    assert await letters(desk) == []
    assert (await stuck(desk, 0))["waiting"]["oldest_seconds"] == 0


async def test_slack_away_for_six_hours_costs_nobody_an_answer(desk: Stage) -> None:
    first = await desk.writes(SARAH, SARAH_DM, HUMAN)
    await desk.answers(SARAH_DM, first)
    [ticket] = await desk.tickets()
    await desk.quiet()
    await desk.fails("slack:chat.*", "429", None, retry_after=1)
    ts = await desk.writes(MARCUS, MARCUS_DM, SHIPPING)
    for hour in range(6):
        await desk.comments(ticket["id"], DANA_ID, f"Dana's line {hour}.")
        await desk.goes_by(HOUR)
    await stuck(desk, 2)
    await desk.control("faults", {})
    await desk.goes_by(400)
    answer = (await desk.answers(MARCUS_DM, ts))[0]
    relayed = await desk.answers(SARAH_DM, first, 7)
    await desk.quiet()

    assert "business days" in answer
    assert [f"Dana's line {hour}." in text for hour, text in enumerate(relayed[1:])] == [True] * 6
    assert len(await desk.answers(SARAH_DM, first)) == 7
    assert len(await desk.answers(MARCUS_DM, ts)) == 1
    assert await letters(desk) == []


async def test_a_bot_goes_on_in_slack_while_a_note_for_zendesk_waits(
    desk: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ts = await desk.writes(SARAH, SARAH_DM, HUMAN)
    await desk.answers(SARAH_DM, ts)
    [ticket] = await desk.tickets()
    await desk.changes(ticket["id"], status="solved", tags=[*ticket["tags"]])
    await desk.owned_by(name_of(ts), "bot")
    await desk.quiet()
    count = len(await desk.answers(SARAH_DM, ts))
    monkeypatch.setattr(handover, "PATIENCE_SECONDS", 0.2)
    await desk.fails("zendesk:*", "status", None, status=500)
    await desk.writes(SARAH, SARAH_DM, "I will talk to my lawyer", thread_ts=ts)
    late = (await desk.answers(SARAH_DM, ts, count + 1))[-1]
    await desk.control("faults", {})
    told = (await desk.answers(SARAH_DM, ts, count + 2))[-1]

    assert late == say("human.late", "en")
    assert f"#{ticket['id']}" in told


SMALLER = {"suspended": 422, "not allowed": 403, "bad request": 400}


@pytest.mark.parametrize("status", SMALLER.values(), ids=SMALLER.keys())
async def test_a_ticket_that_is_refused_is_opened_in_a_smaller_way(desk: Stage, status: int) -> None:
    await desk.fails(OPENS, "status", 1, status=status, error="RecordInvalid")
    ts = await desk.writes(SARAH, SARAH_DM, HUMAN)
    told = (await desk.answers(SARAH_DM, ts))[0]
    await desk.writes(SARAH, SARAH_DM, "It is about A1001.", thread_ts=ts)
    [ticket] = await desk.tickets()
    await wait_until(lambda: desk.comment(ticket["id"], "It is about A1001."))
    await desk.quiet()
    users = {user["id"]: user for user in (await desk.state())["zendesk"]["users"]}

    assert f"#{ticket['id']}" in told
    assert users[ticket["requester_id"]]["external_id"] == f"slack:{TEAM}:{SARAH}"
    assert {"frontdesk", "frontdesk_escalated", "frontdesk_slack"} <= set(ticket["tags"])
    assert await letters(desk) == []
    assert await desk.owner(name_of(ts)) == "escalated"
    assert len(await desk.tickets()) == 1


@pytest.mark.parametrize(("status", "words"), [(422, HUMAN), (403, HUMAN), (422, GERMAN)])
async def test_a_hand_over_that_is_refused_in_every_way_is_not_promised(desk: Stage, status: int, words: str) -> None:
    await desk.fails(OPENS, "status", None, status=status, error="RecordInvalid")
    ts = await desk.writes(SARAH, SARAH_DM, words)
    told = (await desk.answers(SARAH_DM, ts))[0]
    await colleagues_heard(desk, "could not be handed over")
    await desk.quiet()
    owner = await desk.owner(name_of(ts))
    await desk.writes(SARAH, SARAH_DM, SHIPPING, thread_ts=ts)
    answer = (await desk.answers(SARAH_DM, ts, 2))[1]
    await desk.passes(3 * HOUR)
    await desk.quiet()
    said_in_all = await desk.answers(SARAH_DM, ts)

    assert "sorry" in told or "leid" in told
    assert owner == "bot"
    assert "business days" in answer
    assert not [text for text in said_in_all if PROMISE.search(text)]
    assert not [text for text in said_in_all if "asked again" in text]
    assert await letters(desk) == ["open_ticket", "update_ticket"]


async def test_what_an_operator_retries_brings_everything_and_tells_the_customer(desk: Stage) -> None:
    await desk.fails(OPENS, "status", None, status=422, error="RecordInvalid")
    ts = await desk.writes(SARAH, SARAH_DM, HUMAN)
    await desk.answers(SARAH_DM, ts)
    await desk.writes(SARAH, SARAH_DM, SHIPPING, thread_ts=ts)
    await desk.answers(SARAH_DM, ts, 2)
    await desk.quiet()
    await desk.control("faults", {})
    for letter in await DeadLetters(desk.engine.client).find():
        await revive(Scripts(desk.engine.client), desk.engine.due, letter, ttl=3_600)
    told = (await desk.answers(SARAH_DM, ts, 3))[2]
    [ticket] = await desk.tickets()
    await desk.quiet()
    lines = "\n".join(await lines_on(desk, ticket["id"]))

    assert f"#{ticket['id']}" in told
    assert HUMAN in lines
    assert lines.count(SHIPPING) == 1
    assert await desk.owner(name_of(ts)) == "escalated"
    assert await letters(desk) == []


async def test_a_ticket_handed_over_with_a_refused_field_keeps_note_and_tags(desk: Stage) -> None:
    await desk.fails(CHANGES, "status", 1, status=422, error="RecordInvalid")
    ticket_id = await desk.opens(HUMAN)
    told = (await desk.bot_comments(ticket_id))[0]
    await desk.quiet()
    ticket = await desk.ticket(ticket_id)

    assert f"#{ticket_id}" in told["body"]
    assert "frontdesk_escalated" in ticket["tags"]
    assert [c for c in ticket["comments"] if not c["public"] and "Reason for handing over" in c["body"]]
    assert await desk.owner(f"zendesk:{ticket_id}") == "escalated"
    assert await letters(desk) == []


async def test_a_ticket_whose_hand_over_is_refused_in_every_way_stays_with_the_bot(desk: Stage) -> None:
    await desk.fails(CHANGES, "status", 3, status=422, error="RecordInvalid")
    ticket_id = await desk.opens(HUMAN)
    await colleagues_heard(desk, "could not be written")
    told = (await desk.bot_comments(ticket_id))[0]
    await desk.quiet()

    assert "couldn't reach our team" in told["body"]
    assert await desk.owner(f"zendesk:{ticket_id}") == "bot"


async def test_an_answer_that_is_refused_with_its_status_is_said_without(desk: Stage) -> None:
    await desk.fails(CHANGES, "status", 1, status=422, error="RecordInvalid")
    ticket_id = await desk.opens(SHIPPING)
    answer = (await desk.bot_comments(ticket_id))[0]
    await desk.quiet()

    assert "business days" in answer["body"]
    assert await letters(desk) == []


@pytest.mark.parametrize(("times", "noted"), [(2, True), (3, False)])
async def test_an_answer_that_is_refused_for_good_is_given_with_the_next_one(
    desk: Stage, times: int, noted: bool
) -> None:
    await desk.fails(CHANGES, "status", times, status=422, error="RecordInvalid")
    ticket_id = await desk.opens(SHIPPING)
    if noted:
        assert await wait_until(lambda: desk.comment(ticket_id, "Not sent"))
    else:
        await colleagues_heard(desk, "An answer did not reach a customer")
    await desk.quiet()
    unsent = (await desk.engine.conversations.read(f"zendesk:{ticket_id}")).conversation.facts.unsent  # type: ignore[union-attr]
    await desk.comments(ticket_id, SARAH_ID, "Any news?")
    await desk.bot_comments(ticket_id)
    await desk.quiet()

    assert "business days" in unsent
    assert await letters(desk) == ([] if noted else ["reply"])


async def test_a_ticket_that_cannot_be_solved_is_pending(desk: Stage) -> None:
    ticket_id = await desk.opens(SHIPPING)
    await desk.bot_comments(ticket_id)
    await desk.quiet()
    await desk.fails(CHANGES, "status", 1, status=422, error="RecordInvalid")
    await desk.comments(ticket_id, SARAH_ID, "Thank you!")

    async def pending() -> bool:
        return str((await desk.ticket(ticket_id))["status"]) == "pending"

    await wait_until(pending, what="a pending ticket")
    await desk.quiet()
    shown = (await desk.http.get(f"{desk.bot}/metrics")).text

    assert await letters(desk) == []
    assert re.search(r"frontdesk_solves_refused_total [1-9]", shown)


async def test_a_dead_answer_in_slack_tells_colleagues(desk: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.delivery.retry.BUDGET_SECONDS", 0.0)
    await desk.fails("slack:chat.*", "slack_error", 6, error="msg_blocks_too_long")
    ts = await desk.writes(SARAH, SARAH_DM, SHIPPING)

    async def buried() -> str:
        view = await desk.engine.conversations.read(name_of(ts))
        return view.conversation.facts.unsent if view and "reply" in await letters(desk) else ""

    unsent = await wait_until(buried, what="a dead reply")
    await desk.control("faults", {})
    await desk.writes(SARAH, SARAH_DM, ORDER, thread_ts=ts)
    await desk.answers(SARAH_DM, ts)

    assert "business days" in unsent


async def test_a_file_that_cannot_be_fetched_keeps_no_words_back(desk: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    ts = await desk.writes(SARAH, SARAH_DM, HUMAN)
    await desk.answers(SARAH_DM, ts)
    [ticket] = await desk.tickets()
    await desk.quiet()

    async def away(*_: object) -> bytes:
        raise TemporaryFailure("files: 503", retry_after=600)

    monkeypatch.setattr(slack_channel(desk.engine), "download", away)
    shared = [{"name": "photo.png", "mimetype": "image/png", "content_base64": "aGVsbG8="}]
    await desk.writes(SARAH, SARAH_DM, "Here is a photo.", thread_ts=ts, files=shared)

    async def told() -> Any:
        await desk.goes_by(5)
        return await desk.comment(ticket["id"], "Here is a photo.")

    comment = await wait_until(told, what="the words")

    assert "photo.png" in comment["body"]


async def test_a_chat_session_hears_the_truth_while_zendesk_is_away(
    desk: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "PATIENCE_SECONDS", 0.2)
    await desk.fails("zendesk:*", "status", None, status=503, retry_after=1)
    key = {"Authorization": f"Bearer {desk.engine.settings.frontdesk_api_keys[0].secret.get_secret_value()}"}
    body = {"session_id": "away", "message": HUMAN}
    first = (await desk.http.post(f"{desk.bot}/chat", json=body, headers=key)).json()
    shown = (await desk.http.get(f"{desk.bot}/conversation/away", headers=key)).json()
    await desk.control("faults", {})
    [ticket] = await desk.tickets()
    await desk.quiet()
    after = (await desk.http.get(f"{desk.bot}/conversation/away", headers=key)).json()

    assert first["response"] == say("human.late", "en")
    assert not [entry for entry in shown["transcript"] if PROMISE.search(entry["text"])]
    assert after["ticket_id"] == str(ticket["id"])
    assert f"#{ticket['id']}" in after["transcript"][-1]["text"]
