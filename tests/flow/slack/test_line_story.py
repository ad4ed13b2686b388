"""A line in Slack on its way: edited, deleted, too long, too many, with a file, and the button under its answer."""

import base64
from functools import partial
from pathlib import Path
from typing import Any

from bot.desk.loading.scaffold import new_desk
from bot.domain.transcript import Role, load_entry
from bot.store import keys
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import (
    BOT,
    DANA_ID,
    HELP,
    MARCUS,
    SARAH,
    SARAH_DM,
    SARAH_ID,
    TEAM,
    Stage,
    open_stage,
    said,
)

ORDER = "Where is my order A1001?"
HUMAN = "I want to speak to a human"
BUTTON = "frontdesk_human"


def file(name: str, content: bytes) -> dict[str, Any]:
    """Return a file as a person attaches it."""
    return {"name": name, "mimetype": "text/plain", "content_base64": base64.b64encode(content).decode()}


async def test_an_edit_before_the_turn_replaces_the_text(redis_url: str, tmp_path: Path) -> None:
    async with open_stage(redis_url, tmp_path, frontdesk_debounce_seconds=30) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, "Where is my order A9999?")
        await stage.delivered()
        await stage.control("slack/edit", {"user": SARAH, "channel": SARAH_DM, "ts": ts, "text": ORDER})
        await stage.goes_by(30)
        answer = (await stage.answers(SARAH_DM, ts))[0]

    assert "A1001" in answer
    assert "A9999" not in answer


async def test_an_edit_after_the_answer_is_a_line_of_its_own(stage: Stage) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, ORDER)
    await stage.answers(SARAH_DM, ts)
    await stage.control("slack/edit", {"user": SARAH, "channel": SARAH_DM, "ts": ts, "text": HUMAN})
    await stage.answers(SARAH_DM, ts, 2)
    await stage.quiet()

    assert len(await stage.answers(SARAH_DM, ts)) == 2
    assert len(await stage.tickets()) == 1


async def test_a_line_that_is_deleted_before_the_turn_is_not_answered(redis_url: str, tmp_path: Path) -> None:
    async with open_stage(redis_url, tmp_path, frontdesk_debounce_seconds=30) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, HUMAN)
        await stage.delivered()
        await stage.control("slack/delete", {"user": SARAH, "channel": SARAH_DM, "ts": ts})
        await stage.goes_by(30)
        await stage.quiet()
        state = await stage.state()

    assert not [message for message in state["slack"]["messages"] if message["user"] == BOT]
    assert state["zendesk"]["tickets"] == []


async def test_files_travel_both_ways(stage: Stage) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, f"{HUMAN}, see the invoice", files=[file("invoice.txt", b"first")])
    await stage.answers(SARAH_DM, ts)
    ticket_id = (await stage.tickets())[0]["id"]
    await stage.writes(SARAH, SARAH_DM, "and the receipt", thread_ts=ts, files=[file("receipt.txt", b"second")])
    await wait_until(lambda: stage.comment(ticket_id, "receipt"))
    await stage.comments(ticket_id, DANA_ID, "Here is your form.", files=[file("form.txt", b"third")])
    await stage.answers(SARAH_DM, ts, 2)
    await stage.quiet()

    ticket = await stage.ticket(ticket_id)
    attached = {
        attachment["file_name"]: await content(stage, attachment["content_url"])
        for comment in ticket["comments"]
        for attachment in comment["attachments"]
    }
    assert attached == {"invoice.txt": "first", "receipt.txt": "second", "form.txt": "third"}
    shared = [item for message in await stage.thread(SARAH_DM, ts) for item in message["files"]]
    form = next(item for item in shared if item["name"] == "form.txt")
    assert await content(stage, form["url"]) == "third"


async def content(stage: Stage, url: str) -> str:
    """Return the text at the address of a file."""
    return (await stage.http.get(url, follow_redirects=True)).text


async def button_under(stage: Stage, channel: str, ts: str) -> str:
    """Return the ts of the answer that carries the button."""
    thread = await stage.thread(channel, ts)
    return str(next(message["ts"] for message in thread if BUTTON in str(message["blocks"])))


async def test_the_button_brings_a_human_once(stage: Stage) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, ORDER)
    await stage.answers(SARAH_DM, ts)
    click = {"user": SARAH, "channel": SARAH_DM, "ts": await button_under(stage, SARAH_DM, ts), "action_id": BUTTON}
    await stage.control("slack/click", click)
    await stage.control("slack/click", click)
    answer = (await stage.answers(SARAH_DM, ts, 2))[1]
    await stage.quiet()
    tickets = await stage.tickets()

    assert len(tickets) == 1
    assert tickets[0]["requester_id"] == SARAH_ID
    assert ORDER in tickets[0]["comments"][0]["body"]
    assert f"#{tickets[0]['id']}" in answer
    assert len(await stage.answers(SARAH_DM, ts)) == 2


async def test_the_button_is_the_customers_alone(stage: Stage) -> None:
    ts = await stage.writes(SARAH, HELP, f"<@{BOT}> {ORDER}")
    await stage.answers(HELP, ts)
    where = {"channel": HELP, "ts": await button_under(stage, HELP, ts), "action_id": BUTTON}
    await stage.control("slack/click", {"user": MARCUS, **where})
    await stage.quiet()

    assert (await stage.state())["zendesk"]["tickets"] == []
    assert len(await stage.answers(HELP, ts)) == 1
    assert await stage.owner(f"slack:{TEAM}:{HELP}:{ts}") == "bot"


async def test_what_is_too_long_is_refused_kindly_and_never_cut(redis_url: str, tmp_path: Path) -> None:
    async with open_stage(redis_url, tmp_path, frontdesk_max_message_chars=100) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, f"{ORDER} {'please ' * 20}")
        refusal = (await stage.answers(SARAH_DM, ts))[0]
        await stage.writes(SARAH, SARAH_DM, ORDER, thread_ts=ts)
        answer = (await stage.answers(SARAH_DM, ts, 2))[1]

    assert "100 characters" in refusal
    assert "A1001" not in refusal
    assert "A1001" in answer


async def a_minute_passes(stage: Stage, conversation: str) -> None:
    """What was counted for the rate limit is forgotten, as after a minute; what was parked is due."""
    async for name in stage.engine.client.scan_iter(match=f"*{keys.RATE}*"):
        await stage.engine.client.delete(name)
    await stage.engine.due.wake(conversation)


async def test_who_writes_too_much_is_told_once_and_answered_later(redis_url: str, tmp_path: Path) -> None:
    async with open_stage(redis_url, tmp_path, frontdesk_rate_per_minute=1) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, ORDER)
        conversation = f"slack:{TEAM}:{SARAH_DM}:{ts}"
        await stage.answers(SARAH_DM, ts)
        await stage.writes(SARAH, SARAH_DM, "and can I return it?", thread_ts=ts)
        notice = (await stage.answers(SARAH_DM, ts, 2))[1]
        for text in ("Which payment methods do you take?", "How long does shipping take?"):
            await stage.writes(SARAH, SARAH_DM, text, thread_ts=ts)
            await stage.delivered()
        await parked(stage, conversation, 3)
        held_back = len(await stage.answers(SARAH_DM, ts))
        await a_minute_passes(stage, conversation)
        first = (await stage.answers(SARAH_DM, ts, 3))[2]
        await wait_until(lambda: nothing_waits(stage, conversation, ts))
        answers = await stage.answers(SARAH_DM, ts)

    assert "Nothing is lost" in notice
    assert held_back == 2
    assert "30 days" in first
    assert sum("Nothing is lost" in answer for answer in answers) == 1


async def test_a_flood_reaches_the_model_in_parts_no_larger_than_the_rate(redis_url: str, tmp_path: Path) -> None:
    flood = [f"and what about number {count}?" for count in range(5)]
    async with open_stage(redis_url, tmp_path, frontdesk_rate_per_minute=2) as stage:
        ts = await stage.writes(SARAH, SARAH_DM, ORDER)
        conversation = f"slack:{TEAM}:{SARAH_DM}:{ts}"
        await stage.answers(SARAH_DM, ts)
        await stage.writes(SARAH, SARAH_DM, "Which payment methods do you take?", thread_ts=ts)
        await stage.answers(SARAH_DM, ts, 2)
        for text in flood:
            await stage.writes(SARAH, SARAH_DM, text, thread_ts=ts)
            await stage.delivered()  # events that are on their way together keep no order
        await parked(stage, conversation, len(flood))
        await wait_until(lambda: nothing_waits(stage, conversation, ts))
        await stage.quiet()
        items = await stage.engine.client.lrange(keys.items(conversation), 0, -1)

    said = [entry.text for entry in map(load_entry, items) if entry.role is Role.USER]
    assert "\n".join(said[2:]).splitlines() == flood
    assert [len(text.splitlines()) for text in said[2:]] == [2, 2, 1]


async def test_over_the_rate_every_thread_is_told_once_and_stays_a_matter_of_its_own(
    redis_url: str, tmp_path: Path
) -> None:
    matters = [ORDER, "Which payment methods do you take?", "How long does shipping take?"]
    async with open_stage(redis_url, tmp_path, frontdesk_rate_per_minute=1) as stage:
        first = await stage.writes(SARAH, SARAH_DM, "Do you ship to Canada?")
        await stage.answers(SARAH_DM, first)
        threads = [await stage.writes(SARAH, SARAH_DM, text) for text in matters]
        notices = [await stage.answers(SARAH_DM, ts) for ts in threads]
        for ts in threads:
            await wait_until(partial(nothing_waits, stage, f"slack:{TEAM}:{SARAH_DM}:{ts}", ts))
        answers = [await stage.answers(SARAH_DM, ts, 2) for ts in threads]

    assert ["Nothing is lost" in notice for [notice] in notices] == [True] * 3
    assert [len(texts) for texts in answers] == [2, 2, 2]
    assert "A1001" in answers[0][1]


async def test_who_has_too_much_open_is_told_so_people_see_it_and_nobody_else_waits(
    redis_url: str, tmp_path: Path
) -> None:
    new_desk(desk := tmp_path / "desk")
    rules = desk / "desk.yml"
    rules.write_text(rules.read_text() + "most_open: 1\n")
    shipping = "How long does shipping take?"
    async with open_stage(redis_url, tmp_path, frontdesk_desk=str(desk)) as stage:
        threads = []
        for text in ("Which payment methods do you take?", shipping, shipping):
            threads.append(await stage.writes(SARAH, HELP, f"<@{BOT}> {text}"))
            await stage.quiet()
        answers = [await stage.answers(HELP, ts) for ts in threads]
        tickets = await stage.tickets()
        others = await stage.answers(HELP, await stage.writes(MARCUS, HELP, f"<@{BOT}> {shipping}"))
        await stage.writes(SARAH, HELP, "thanks!", thread_ts=threads[0])
        await stage.answers(HELP, threads[0], 2)
        await stage.writes(SARAH, HELP, shipping, thread_ts=threads[2])
        at_last = await stage.answers(HELP, threads[2], 2)

    assert "#" in answers[1][0]
    assert "I've kept what you wrote" in answers[2][0]
    assert len(tickets) == 1
    assert "as many conversations open as one person may have (1)" in tickets[0]["comments"][-1]["body"]
    assert "I've kept what you wrote" not in others[0]
    assert "I've kept what you wrote" not in at_last[1]


async def parked(stage: Stage, conversation: str, count: int) -> None:
    """Wait until so many lines wait for a later time and nobody works on them."""

    async def waiting() -> bool:
        client = stage.engine.client
        return await client.llen(keys.inbox(conversation)) == count and not await client.hget(
            keys.state(conversation), "owner"
        )

    await wait_until(waiting, what=f"{count} parked lines")


async def nothing_waits(stage: Stage, conversation: str, ts: str) -> bool:
    """Let minutes pass until every line was taken."""
    if not await stage.engine.client.llen(keys.inbox(conversation)):
        return True
    await a_minute_passes(stage, conversation)
    return False


async def test_status_and_answer_stand_in_the_customers_thread_alone(stage: Stage) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, ORDER)
    await stage.answers(SARAH_DM, ts)
    await stage.quiet()
    messages = [message for message in (await stage.state())["slack"]["messages"] if message["user"] == BOT]

    assert [(message["channel"], message["thread_ts"]) for message in messages] == [(SARAH_DM, ts)]
    assert "A1001" in said(messages[0])


async def test_a_customer_of_a_program_has_no_more_open_than_anybody_else(redis_url: str, tmp_path: Path) -> None:
    new_desk(desk := tmp_path / "desk")
    rules = desk / "desk.yml"
    rules.write_text(rules.read_text() + "most_open: 1\n")
    keys_of = "web:chat-secret:chat"
    said = []
    async with open_stage(redis_url, tmp_path, frontdesk_desk=str(desk), frontdesk_api_keys=keys_of) as stage:
        for customer in ("c1", "c1", "c1", "c2"):
            body = {"message": "How long does shipping take?", "customer_id": customer}
            bearer = {"Authorization": "Bearer chat-secret"}
            answer = await stage.http.post(f"{stage.bot}/chat", json=body, headers=bearer)
            said.append(answer.json()["response"])
            await stage.quiet()
        tickets = await stage.tickets()

    assert ["I've kept what you wrote" in text for text in said] == [False, False, True, False]
    assert len(tickets) == 1
