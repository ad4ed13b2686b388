"""`/console/health`: what waits, and the buttons that try dead letters again."""

import re

import httpx
import pytest

from bot.store import keys
from bot.store.admin.waiting import Waiting
from bot.store.codec import dump
from bot.store.queue.dead_letters import TURN, DeadLetter, DeadLetters
from bot.store.records.stuck_effects import Backlog
from integrations.web.console.health import render
from tests.unit.store.redis_harness import RedisHarness
from tests.unit.web.webapp import WEB

PATH = "/console/health"
RETRY = f"{PATH}/retry"


async def token(ops: httpx.AsyncClient) -> str:
    found = re.search(r'<meta name="csrf-token" content="([^"]+)">', (await ops.get(PATH)).text)
    assert found
    return found[1]


@pytest.fixture
async def letters(room: RedisHarness) -> DeadLetters:
    """One turn that was given up, with the customer's words in it."""
    await room.inbox.accept(room.asks("chat:web:s1", "hello"))
    await room.take_turn("chat:web:s1")
    found = DeadLetters(room.scripts.client)
    await found.bury("chat:web:s1", TURN, dump(room.asks("chat:web:s1", "a secret wish")), "ModelUnavailable")
    return found


@pytest.mark.usefixtures("letters")
async def test_a_dead_letter_is_listed_without_its_words(ops: httpx.AsyncClient) -> None:
    page = (await ops.get(PATH)).text

    assert all(told in page for told in ("ModelUnavailable", 'href="/console/conversations/chat:web:s1"', "an answer"))
    assert "secret wish" not in page


async def test_the_button_puts_it_back_to_the_inbox(
    ops: httpx.AsyncClient, room: RedisHarness, letters: DeadLetters
) -> None:
    [letter] = await letters.find()
    answer = await ops.post(RETRY, data={"letter": letter.id, "csrf_token": await token(ops)})

    assert (answer.status_code, answer.headers["location"]) == (303, PATH)
    assert await letters.find() == []
    assert await room.scripts.client.llen(keys.inbox("chat:web:s1")) == 1


async def test_a_program_tries_all_again_and_reads_what_became_of_them(
    ops: httpx.AsyncClient, room: RedisHarness, letters: DeadLetters
) -> None:
    await letters.bury("chat:web:gone", TURN, dump(room.asks("chat:web:gone", "too late")), "ModelUnavailable")
    answer = await ops.post(f"{RETRY}?letter=all", headers={"X-CSRF-Token": await token(ops)})

    assert [(each["conversation"], each["result"]) for each in answer.json()] == [
        ("chat:web:s1", "done"),
        ("chat:web:gone", "no_conversation"),
    ]
    assert [letter.conversation for letter in await letters.find()] == ["chat:web:gone"]


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize(
    ("fields", "status"), [({}, 422), ({"letter": "1-1"}, 404), ({"letter": "chat:web:nobody"}, 404)]
)
async def test_what_is_no_letter_is_refused(ops: httpx.AsyncClient, fields: dict[str, str], status: int) -> None:
    assert (await ops.post(RETRY, data={**fields, "csrf_token": await token(ops)})).status_code == status


async def test_without_key_or_token_nothing_is_tried(ops: httpx.AsyncClient, letters: DeadLetters) -> None:
    unknown = await ops.post(RETRY, data={"letter": "all", "csrf_token": await token(ops)}, headers=WEB)
    forged = await ops.post(RETRY, data={"letter": "all"})

    assert (unknown.status_code, forged.status_code) == (401, 403)
    assert len(await letters.find()) == 1


async def test_without_a_key_it_is_not_shown(ops: httpx.AsyncClient) -> None:
    assert (await ops.get(PATH, headers=WEB)).status_code == 401


def waiting(lag: float = 0.0) -> Waiting:
    letter = DeadLetter("1000-0", "zendesk:1", "update_ticket", "{}", "<script>")
    return Waiting(3, lag, 2, Backlog(4, 1, 60.0), (("zendesk:2", 40.0),), 1, (letter,), 120)


def test_late_work_asks_for_a_worker() -> None:
    assert "Customers wait for a worker" in render(waiting(lag=240), 100.0, "t")
    assert "Customers wait for a worker" not in render(waiting(lag=2), 100.0, "t")


def test_everything_that_waits_is_counted() -> None:
    page = render(waiting(), 100.0, "t")

    assert re.findall(r"<li><b[^>]*>([^<]+)</b>", page) == ["3", "0 s", "2", "4", "1", "120"]
    assert all(told in page for told in ("zendesk:2", "update ticket", "The newest 1 of 120.", "60 s"))
    assert "<script>" not in page
