"""Shows on the overview what should be written next: the gaps that most conversations ran into."""

from collections.abc import Sequence
from html import escape

from bot.domain.errors import TemporaryFailure
from bot.gaps.entries import WORDED, Gap
from bot.gaps.reading import GapsReader
from integrations.web.console.elements import badge, link, row, table
from integrations.web.console.overview import Panel

GAPS = "/console/gaps"
SHOWN = 5
LONGEST = 110
COLUMNS = ("What was asked", "Conversations", "Topic", "Seen as", "Article")


def write_next(reader: GapsReader) -> Panel:
    """Return the panel; it stays away where the gaps cannot be read, or where there are none."""

    async def panel(_token: str) -> str:
        try:
            found = await reader.gaps()
        except TemporaryFailure:
            return ""
        return render_next([gap for gap in found if gap.questions])

    return panel


def render_next(gaps: Sequence[Gap]) -> str:
    """Return the first gaps, nothing where there are none."""
    if not gaps:
        return ""
    rows = [_row(gap) for gap in gaps[:SHOWN]]
    more = f"<p>{link(GAPS, f'All {len(gaps)} gaps')}</p>" if len(gaps) > SHOWN else ""
    listed = table(COLUMNS, rows, "What should be written next", numbers=("Conversations",))
    return f"<h2>What should be written next</h2>{listed}{more}"


def _row(gap: Gap) -> str:
    asked = gap.questions[0]
    title = asked if len(asked) <= LONGEST else f"{asked[:LONGEST].rstrip()}…"
    seen = " ".join(badge(WORDED.get(reason, str(reason))) for reason in gap.reasons)
    cells = (
        f'<span class="because">{link(f"{GAPS}#{gap.id}", title)}</span>',
        str(gap.count),
        escape(gap.topic or "–"),
        seen,
        badge("draft", "good") if gap.article else "–",
    )
    return row(cells, numbers=(1,))
