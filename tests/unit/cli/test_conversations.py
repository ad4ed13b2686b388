"""What an operator may do to conversations and dead letters, without a worker."""

import asyncio
import io
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from bot.cli import conversations
from bot.domain.effects import Reply, dump_effect
from bot.domain.events import Author, CustomerMessage
from bot.domain.ids import AuthorId, ConversationId
from bot.store import keys
from bot.store.codec import dump
from bot.store.embedded import EmbeddedRedis
from bot.store.queue.dead_letters import DeadLetters, Revived, revive
from bot.store.queue.due import DueQueue
from bot.store.queue.inbox import Accepted, Inbox
from bot.store.records.conversations import Conversations
from bot.store.records.dm_threads import DmThreads, NewestThread
from bot.store.redis import Client, Scripts, connect
from tests.doubles.clock import ManualClock
from tests.unit.cli.test_main import Run, run
from tests.words import lacking

__all__ = ["run"]

NAME, OTHER = ConversationId("slack:T1:D1:100.000001"), ConversationId("slack:T1:D1:200.000001")
WORDS = "where is my grandmother's parcel?"
LINE = CustomerMessage("slack:T1:D1:100.000001", NAME, Author(AuthorId("slack:T1:U7")), WORDS)
REPLY = Reply("slack:T1:D1:100.000001:reply", "It is late.")
Ask = Callable[[Callable[[Client], Awaitable[Any]]], Any]


@pytest.fixture
def ask(redis_server: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """Asks the store that the commands use something; it is empty before and after."""
    monkeypatch.setenv("REDIS_URL", redis_server.url)
    monkeypatch.setattr(conversations, "CLOSE_SECONDS", 0.0)

    def asked(question: Callable[[Client], Awaitable[Any]]) -> Any:
        async def connected() -> Any:
            client = connect(redis_server.url)
            try:
                return await question(client)
            finally:
                await client.aclose()

        return asyncio.run(connected())

    asked(lambda client: client.flushall())
    yield asked
    asked(lambda client: client.flushall())


async def fill(client: Client) -> None:
    """Two conversations; one of them with a ticket, a pointer and two dead letters."""
    scripts = Scripts(client)
    inbox = Inbox(scripts, DueQueue(scripts, debounce=0.5), ttl=600, debounce=0.5)
    pointer = DmThreads.pointer("T1", "D1", "U7", NewestThread(NAME, LINE.id, 1.0))
    await inbox.accept(LINE, remember=pointer)
    await inbox.accept(CustomerMessage("other", OTHER, Author(AuthorId("slack:T1:U8")), "hello"))
    state = {"requester": "slack:T1:U7", "ticket_id": "35"}
    await client.hset(keys.state(NAME), "state", json.dumps(state))
    await Conversations(scripts, ManualClock()).link("35", NAME)
    letters = DeadLetters(client)
    await letters.bury(NAME, "turn", dump(LINE), "3 failures in 3 attempts")
    await letters.bury(NAME, "reply", dump_effect(REPLY), "is_archived", since=12.5)
    await letters.bury(OTHER, "reply", dump_effect(REPLY), "is_archived")


async def content(client: Client, name: str) -> Any:
    """Return what anybody can read under a key."""
    match await client.type(name):
        case b"hash":
            return await client.hgetall(name)
        case b"list":
            return await client.lrange(name, 0, -1)
        case b"zset":
            return await client.zrange(name, 0, -1)
        case b"stream":
            return await client.xrange(name)
        case _:
            return await client.get(name)


async def dead(client: Client) -> list[str]:
    return [letter.kind for letter in await DeadLetters(client).find()]


def test_export_prints_everything_that_is_stored(run: Run, capsys: pytest.CaptureFixture[str], ask: Ask) -> None:
    ask(fill)

    assert run("conversations", "export", NAME) == 0
    told = json.loads(capsys.readouterr().out)

    assert told["conversation"] == NAME
    assert told["ticket"] == "35"
    assert [line["text"] for line in told["stored"]["waiting"]] == [WORDS]
    assert told["stored"]["state"]["state"]["requester"] == "slack:T1:U7"
    assert [letter["kind"] for letter in told["dead_letters"]] == ["turn", "reply"]
    assert told["dead_letters"][0]["payload"]["text"] == WORDS
    assert run("conversations", "export", "slack:T1:D1:9.9") == 1


def test_delete_leaves_nothing_but_what_keeps_others_right(
    run: Run, capsys: pytest.CaptureFixture[str], ask: Ask
) -> None:
    ask(fill)

    assert run("conversations", "delete", NAME, "--yes") == 0

    words = ask(everything)
    names = set(words)
    assert {name for name in names if NAME in name} == {keys.state(NAME), keys.seen(NAME)}
    assert all(0 < life <= 86_400 for life in ask(lives_left))
    assert lacking(str(words.values()), "grandmother", "U7") == ["grandmother", "U7"]
    assert not {keys.ticket("35"), keys.direct("T1", "D1", "U7")} & names
    assert keys.inbox(OTHER) in names


async def lives_left(client: Client) -> list[int]:
    """Return for how many seconds what stays of the conversation stays."""
    return [await client.ttl(name) for name in (keys.state(NAME), keys.seen(NAME))]


async def everything(client: Client) -> dict[str, str]:
    """Return what each key holds, as text."""
    names = [name.decode() for name in await client.keys("*")]
    return {name: str(await content(client, name)) for name in names}


def test_what_is_deleted_is_no_longer_there_and_is_not_taken_again(run: Run, ask: Ask) -> None:
    ask(fill)
    assert run("conversations", "delete", NAME, "--yes") == 0

    assert ask(dead) == ["reply"]
    assert ask(lambda client: client.zscore(keys.DUE, NAME)) is None
    assert run("conversations", "export", NAME) == 1
    assert run("conversations", "delete", NAME, "--yes") == 1
    assert ask(delivered_again) is Accepted.DUPLICATE


async def delivered_again(client: Client) -> Accepted:
    scripts = Scripts(client)
    return await Inbox(scripts, DueQueue(scripts, debounce=0.5), ttl=600, debounce=0.5).accept(LINE)


def test_delete_asks_first(run: Run, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(fill)
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    assert run("conversations", "delete", NAME) == 1
    assert run("conversations", "export", NAME) == 0

    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert run("conversations", "delete", NAME) == 0
    assert run("conversations", "export", NAME) == 1


def test_dead_letters_are_listed_and_deleted_one_by_one_or_all(
    run: Run, capsys: pytest.CaptureFixture[str], ask: Ask
) -> None:
    ask(fill)
    first = ask(lambda client: DeadLetters(client).find())[0].id

    assert run("conversations", "list", "--dead") == 0
    shown = capsys.readouterr().out
    assert lacking(shown, first, "3 failures in 3 attempts", "3 dead letters") == []
    assert "grandmother" not in shown

    assert run("conversations", "delete", first, "--yes") == 0
    assert ask(dead) == ["reply", "reply"]
    assert run("conversations", "delete", "--dead", "--yes") == 0
    assert ask(dead) == []
    assert run("conversations", "delete", first, "--yes") == 1


def test_retry_puts_a_turn_and_an_effect_back_under_their_own_ids(run: Run, ask: Ask) -> None:
    ask(fill)
    ask(lambda client: client.delete(keys.inbox(NAME)))

    assert run("conversations", "retry", NAME) == 0

    [line] = ask(lambda client: client.lrange(keys.inbox(NAME), 0, -1))
    [effect] = ask(lambda client: client.lrange(keys.outbox(NAME), 0, -1))
    assert json.loads(line)["id"] == LINE.id
    assert effect.decode() == f"12.500 {dump_effect(REPLY)}"
    assert ask(lambda client: client.ttl(keys.outbox(NAME))) > 0
    assert ask(lambda client: client.zscore(keys.DUE, NAME)) is not None


def test_retry_empties_the_dead_letters(run: Run, ask: Ask) -> None:
    ask(fill)

    assert run("conversations", "retry", NAME) == 0
    assert ask(dead) == ["reply"]
    assert run("conversations", "retry", NAME) == 1
    assert run("conversations", "retry", "--all") == 0
    assert ask(dead) == []
    assert run("conversations", "retry", "--all") == 0


def test_a_letter_that_is_retried_twice_comes_back_once(ask: Ask) -> None:
    async def twice(client: Client) -> tuple[list[Revived], int]:
        scripts = Scripts(client)
        [letter, *_] = await DeadLetters(client).find(NAME)
        results = [await revive(scripts, DueQueue(scripts, debounce=0.5), letter, ttl=600) for _ in range(2)]
        return results, await client.llen(keys.inbox(NAME))

    ask(fill)
    assert ask(twice) == ([Revived.DONE, Revived.DONE_BEFORE], 2)  # the line of `fill`, and the letter's


def test_a_letter_whose_conversation_is_gone_stays_and_is_named(
    run: Run, capsys: pytest.CaptureFixture[str], ask: Ask
) -> None:
    ask(fill)
    ask(lambda client: client.delete(keys.state(NAME)))

    assert run("conversations", "retry", "--all") == 1
    assert "no conversation" in capsys.readouterr().err
    assert ask(dead) == ["turn", "reply"]


def test_close_without_a_worker_is_done_later_and_of_nothing_is_a_finding(
    run: Run, capsys: pytest.CaptureFixture[str], ask: Ask
) -> None:
    ask(fill)

    assert run("conversations", "close", NAME) == 0
    assert "as soon as a worker" in capsys.readouterr().out
    kinds = [json.loads(line)["kind"] for line in ask(lambda client: client.lrange(keys.inbox(NAME), 0, -1))]
    assert kinds == ["customer", "close"]
    assert run("conversations", "close", "slack:T1:D1:9.9") == 1


@pytest.mark.parametrize("owner", ["human", "off"])
def test_what_people_have_is_not_closed(run: Run, capsys: pytest.CaptureFixture[str], ask: Ask, owner: str) -> None:
    ask(fill)
    ask(lambda client: client.hset(keys.state(NAME), "state", json.dumps({"owner": owner})))

    assert run("conversations", "close", NAME) == 1
    assert "not closed" in capsys.readouterr().err
