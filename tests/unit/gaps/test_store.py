"""What is kept of gaps: once, in order, wordless when its time is over, nobody's once they are forgotten."""

from pathlib import Path

from bot.gaps.entries import Reason
from tests.unit.gaps.kit import SARAH, entry, open_store, signal

WRAPPED = "Do you offer gift wrapping?"


async def test_what_is_read_twice_is_written_once(tmp_path: Path) -> None:
    found = [(signal(), entry(signal(), WRAPPED))]

    async with open_store(tmp_path) as store:
        assert await store.write(found, {}, "-", "1-1")
        assert not await store.write(found, {}, "-", "1-1"), "another process had read that part"
        assert await store.write(found, {}, "1-1", "1-2")
        [gap] = await store.gaps()

    assert (gap.count, gap.questions) == (1, [WRAPPED])


async def test_the_most_frequent_gap_comes_first_and_keeps_its_id(tmp_path: Path) -> None:
    rare, first = signal(conversation="chat:a:1", at=9), signal(conversation="chat:a:2", at=1)
    second = signal(Reason.NO_ARTICLE, conversation="chat:a:3", at=2)
    gap = entry(first, WRAPPED).gap

    async with open_store(tmp_path) as store:
        await store.write([(first, entry(first, WRAPPED)), (rare, entry(rare, "Other?"))], {}, "-", "1")
        await store.write([(second, entry(second, "Gift wrap?", gap))], {entry(first, "").id: "Yes."}, "1", "2")
        found = await store.gaps()

    assert [(one.id, one.count) for one in found] == [(gap, 2), (entry(rare, "").gap, 1)]
    assert found[0].answers == ["Yes."]
    assert found[0].reasons == {Reason.NO_ARTICLE: 1, Reason.ESCALATED: 1}


async def test_words_go_with_their_time_and_counts_stay(tmp_path: Path) -> None:
    old, new = signal(conversation="chat:a:1", at=10), signal(conversation="chat:a:2", at=20)
    gap = entry(old, WRAPPED).gap

    async with open_store(tmp_path) as store:
        await store.write(
            [(old, entry(old, WRAPPED, answer="Yes.")), (new, entry(new, "Gift wrap?", gap))], {}, "-", "1"
        )
        assert await store.fade(15) == 1
        assert await store.fade(15) == 0
        [found] = await store.gaps()
        held_against = await store.compared()

    assert (found.count, found.questions, found.answers) == (2, ["Gift wrap?"], [])
    assert [one.question for one in held_against[gap]] == ["Gift wrap?"]


async def test_who_is_forgotten_is_counted_and_nothing_else(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.write([(signal(), entry(signal(), WRAPPED))], {}, "-", "1")
        [told] = await store.export([SARAH])
        assert await store.forget([SARAH]) == 1
        assert await store.forget([SARAH]) == 0
        [gap] = await store.gaps()

        assert (told["question"], await store.export([SARAH])) == (WRAPPED, [])
    assert gap.count == 1
    assert WRAPPED not in repr(gap.entries)
    assert "U0SARAH" not in repr(gap.entries)
    assert "slack:T:C:1.0" not in repr(gap.entries)


async def test_a_conversation_that_is_deleted_leaves_its_count(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.write([(signal(), entry(signal(), WRAPPED))], {}, "-", "1")
        assert await store.forget_conversation("slack:T:C:1.0") == 1
        [gap] = await store.gaps()

    assert (gap.count, list(gap.questions)) == (1, [])
