"""What is kept of gaps: once, in order, wordless when its time is over, nobody's once they are forgotten."""

from pathlib import Path

import pytest

from bot.gaps.entries import Reason
from bot.gaps.published import is_known
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


FILE, ADDRESS = "/desk/knowledge/draft-gift.md", "https://acme.zendesk.com/hc/en-us/articles/77-Gift-wrapping"
READ = {FILE: "draft-gift.md#wrapping", ADDRESS: "https://help.acme.com/hc/de/articles/77-Geschenke"}
OTHERS = {"shipping.md", "https://help.acme.com/hc/de/articles/7-Versand"}


@pytest.mark.parametrize("place", [FILE, ADDRESS])
async def test_a_gap_leaves_when_its_article_is_known_and_comes_back_when_it_does_not_help(
    place: str, tmp_path: Path
) -> None:
    first, later = signal(conversation="chat:a:1", at=10), signal(conversation="chat:a:2", at=30)
    gap = entry(first, WRAPPED).gap
    async with open_store(tmp_path) as store:
        await store.write([(first, entry(first, WRAPPED))], {}, "-", "1")
        await store.drafted(gap, place, 15)
        await store.note_answered(OTHERS, 16)
        before = [one.id for one in await store.gaps()]
        for at in (20, 40):
            await store.note_answered({*OTHERS, READ[place]}, at)
        answered = await store.gaps()
        await store.write([(later, entry(later, WRAPPED, gap))], {}, "1", "2")
        missed_again = [(one.id, one.count, one.article) for one in await store.gaps()]

    assert (before, answered, missed_again) == ([gap], [], [(gap, 2, place)])


@pytest.mark.parametrize(("place", "comes_back"), [(FILE, True), (ADDRESS, False)])
async def test_an_article_that_is_taken_away_leaves_a_gap_but_not_before_the_help_center_was_read(
    place: str, comes_back: bool, tmp_path: Path
) -> None:
    first = signal(conversation="chat:a:1", at=10)
    async with open_store(tmp_path) as store:
        await store.write([(first, entry(first, WRAPPED))], {}, "-", "1")
        await store.drafted(entry(first, WRAPPED).gap, place, 15)
        await store.note_answered({*OTHERS, READ[place]}, 20)
        await store.note_answered({"shipping.md"}, 30)
        at_a_start = await store.gaps()
        await store.note_answered(OTHERS, 40)
        assert len(await store.gaps()) == 1

    assert bool(at_a_start) is comes_back


@pytest.mark.parametrize("source", ["https://help.acme.com/hc/de/articles/770-Other", "draft-gift.md", "77.md"])
def test_another_article_is_not_the_one_that_was_drafted(source: str) -> None:
    assert not is_known(ADDRESS, {source})


def test_a_file_is_known_wherever_it_lies_below_the_knowledge() -> None:
    assert is_known(FILE, {"gifts/draft-gift.md#how"})
    assert not is_known(FILE, {"draft-gifts.md#how", "https://acme.com/draft-gift.md"})
