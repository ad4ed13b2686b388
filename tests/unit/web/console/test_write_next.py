"""What should be written next, on the overview: the first gaps, with the way to each."""

from collections.abc import Sequence

from bot.domain.errors import TemporaryFailure
from bot.gaps.entries import Gap
from bot.gaps.reading import NoGaps
from integrations.web.console.write_next import render_next, write_next
from tests.unit.gaps.kit import entry, signal


def gap(number: int, asked: str = "Do you wrap <b>gifts</b>?", article: str = "") -> Gap:
    found = signal(conversation=f"slack:T:C:{number}.0")
    return Gap(f"gap-{number}", [entry(found, asked, f"gap-{number}")], article)


def test_the_first_gaps_lead_to_their_cards_and_nothing_in_them_is_html() -> None:
    page = render_next([gap(number) for number in range(7)])

    assert page.count('href="/console/gaps#gap-') == 5
    assert "All 7 gaps" in page
    assert ("<b>gifts" in page, "&lt;b&gt;gifts" in page) == (False, True)


def test_a_long_question_is_cut_and_a_draft_is_marked() -> None:
    page = render_next([gap(1, "why " * 100, "draft.md")])

    assert ("…<" in page, page.count("why") < 40, ">draft</span>" in page) == (True, True, True)


class SomeGaps(NoGaps):
    def __init__(self, found: Sequence[Gap]) -> None:
        self._found = found

    async def gaps(self) -> Sequence[Gap]:
        return self._found


class NoDatabase(NoGaps):
    async def gaps(self) -> Sequence[Gap]:
        raise TemporaryFailure("database")


async def test_the_panel_stays_away_where_nothing_is_known() -> None:
    expired = gap(1, asked="")
    shown = [await write_next(reader)("t") for reader in (NoGaps(), NoDatabase(), SomeGaps([expired]))]

    assert shown == ["", "", ""]
    assert "written next" in await write_next(SomeGaps([gap(1)]))("t")
