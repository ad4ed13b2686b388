"""Vendors that say "not so fast": whom it delays, and what becomes of what waits meanwhile."""

from time import time

from bot.store import keys
from tests.conftest import wait_until
from tests.flow.harness.frontdesk import BOT, HELP, MARCUS, SARAH, SARAH_DM, SARAH_ID, Stage

HUMAN = "I want to speak to a human"
ASKED_TO_WAIT = 2


async def test_a_429_delays_the_other_conversations_of_its_channel_too(stage: Stage) -> None:
    no_streams = {"match": "slack:chat.startStream", "kind": "slack_error", "error": "channel_type_not_supported"}
    limited = {"match": "slack:chat.postMessage", "kind": "429", "times": 1, "retry_after": ASKED_TO_WAIT}
    await stage.control("faults", {"rules": [{**no_streams, "times": None}, limited]})
    began = time()
    first = await stage.writes(SARAH, HELP, f"<@{BOT}> Where is my order A1001?")
    await wait_until(lambda: refused(stage), what="a 429")
    second = await stage.writes(MARCUS, HELP, f"<@{BOT}> Where is my order A1002?")
    answers = [(await stage.answers(HELP, thread))[0] for thread in (first, second)]
    said = [message for thread in (first, second) for message in await stage.thread(HELP, thread)]

    assert "A1001" in answers[0]
    assert "A1002" in answers[1]
    assert await refused(stage) == 1
    assert min(float(message["ts"]) for message in said if message["user"] == BOT) >= began + ASKED_TO_WAIT


async def test_lines_that_wait_for_a_throttled_ticket_become_few_comments(stage: Stage) -> None:
    ts = await stage.writes(SARAH, SARAH_DM, HUMAN)
    await stage.answers(SARAH_DM, ts)
    ticket_id = (await stage.tickets())[0]["id"]
    await stage.quiet()
    lines = [f"And one more thing, number {number}." for number in range(8)]
    await stage.fails("zendesk:PUT *", "429", None, retry_after=1)
    for line in lines:
        await stage.writes(SARAH, SARAH_DM, line, thread_ts=ts)
    await stage.delivered()
    await stage.control("faults", {})
    await wait_until(lambda: stage.comment(ticket_id, lines[-1]))
    await stage.quiet()
    comments = [part["body"] for part in (await stage.ticket(ticket_id))["comments"] if part["author_id"] == SARAH_ID]
    told = [line for body in comments[1:] for line in body.split("\n\n")]

    assert sorted(told) == lines  # events that are on their way together keep no order
    assert len(comments[1:]) <= len(lines) // 2  # two, and one more for each second in which the machine paused
    assert await stage.engine.client.xlen(keys.DEAD) == 0


async def refused(stage: Stage) -> int:
    """Return how many posts Slack has refused for now."""
    posts = await stage.requests("slack", "POST", "chat.postMessage")
    return sum(post["status"] == 429 for post in posts)
