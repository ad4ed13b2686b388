"""Lists exactly the conversations that a figure counts, beside the sentence by which it counts them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from bot.figures.definitions import Figure
from bot.figures.report import By, Page, Period
from bot.store.admin.overview import ConversationSummary
from integrations.web.console.elements import (
    conversation_link,
    link,
    moment,
    nothing,
    owner_badge,
    row,
    spaced,
    table,
)
from integrations.web.console.periods import dates, figure_path, said

COLUMNS = ("Conversation", "Owner", "Specialist", "Turns", "Ticket", "Last activity (UTC)")


@dataclass(frozen=True)
class Counted:
    """What is asked for.

    Args:
        key: of one row of a report, empty for all.
    """

    figure: Figure
    period: Period
    by: By = "day"
    key: str = ""


def render_counted(asked: Counted, found: Page, known: Sequence[ConversationSummary]) -> str:
    """Return the body of the page.

    Args:
        known: those that are still kept; of others the figure alone is left.
    """
    by_id = {one.id: one for one in known}
    rows = [_row(name, by_id) for name in found.conversations]
    listed = table(COLUMNS, rows, asked.figure.title, numbers=("Turns",)) if rows else nothing("It counts none here.")
    return f"{_counted(asked)}{listed}{_next(asked, found)}"


def _counted(asked: Counted) -> str:
    figure = asked.figure
    part = f", {asked.by} {spaced(asked.key) or 'none'}" if asked.key else ""
    definition = f"/console/figures?{_query(asked.period)}#{figure.path}"
    return (
        f"<p><strong>{escape(figure.title)}</strong>, {escape(said(asked.period))}{escape(part)}. "
        f'<span class="muted">{escape(figure.sentence)}</span> {link(definition, "All figures")}</p>'
    )


def _query(period: Period) -> str:
    return "&".join(f"{name}={value}" for name, value in dates(period).items())


def _row(name: str, known: Mapping[str, ConversationSummary]) -> str:
    one = known.get(name)
    if one is None:
        gone = '<span class="muted">no longer kept</span>'
        return row([escape(name), gone, *"––––"], numbers=(3,))
    cells = (
        conversation_link(name),
        owner_badge(one.owner),
        escape(one.specialist or "–"),
        str(one.turns),
        escape(one.ticket_id or "–"),
        moment(one.last),
    )
    return row(cells, numbers=(3,))


def _next(asked: Counted, found: Page) -> str:
    if not found.next:
        return ""
    more = {"by": asked.by, "key": asked.key} if asked.key else {}
    return f"<p>{link(figure_path(asked.figure.path, asked.period, after=found.next, **more), 'More →')}</p>"
