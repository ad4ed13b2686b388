"""How many conversations one person may have open."""

from bot.domain.ports import Room
from bot.store import keys
from bot.store.limits.open_conversations import Matters
from bot.store.pipelining import answered
from bot.store.redis import Client

NOW = 1_000_000.0


async def test_one_too_many_is_told_to_people_once_and_the_others_are_not_touched(redis: Client) -> None:
    matters = Matters(redis)
    found = [await matters.enter("slack:U1", f"c{number}", NOW, 2) for number in range(5)]
    again = [await matters.enter("slack:U1", f"c{number}", NOW + 1, 2) for number in range(5)]

    assert found == again == [Room.YES, Room.YES, Room.LAST, Room.NO, Room.NO]
    assert await matters.enter("slack:U2", "d1", NOW, 2) is Room.YES


async def test_what_is_settled_or_quiet_for_a_day_makes_room(redis: Client) -> None:
    matters = Matters(redis)
    await matters.enter("slack:U1", "c1", NOW, 1)
    await matters.leave("slack:U1", "c1")
    settled = await matters.enter("slack:U1", "c2", NOW, 1)

    assert settled is Room.YES
    assert await matters.enter("slack:U1", "c3", NOW + keys.OPEN_SECONDS, 1) is Room.YES


async def test_what_counts_already_is_known_until_it_was_quiet_for_a_day(redis: Client) -> None:
    matters = Matters(redis)
    await matters.enter("slack:U1", "c1", NOW, 1)

    assert await matters.counts("slack:U1", "c1", NOW + 1)
    assert not await matters.counts("slack:U1", "c2", NOW + 1)
    assert not await matters.counts("slack:U2", "c1", NOW + 1)
    assert not await matters.counts("slack:U1", "c1", NOW + keys.OPEN_SECONDS)


async def test_a_line_keeps_a_conversation_counted_for_another_day(redis: Client) -> None:
    matters = Matters(redis)
    await matters.enter("slack:U1", "c1", NOW, 1)
    matters.stay("slack:U1", "c1", NOW + 10, 1)
    await answered(redis)

    assert await matters.counts("slack:U1", "c1", NOW + keys.OPEN_SECONDS)
    assert await matters.enter("slack:U1", "c2", NOW + keys.OPEN_SECONDS, 1) is Room.LAST
