"""Makes the elements of which the console's pages consist; texts are escaped here, what is named HTML is not."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

from bot.domain.conversation import Owner

TONES: Mapping[str, str] = {
    Owner.BOT: "accent",
    Owner.ESCALATED: "warn",
    Owner.HUMAN: "good",
}


def table(head: Sequence[str], rows: Iterable[str], label: str, *, numbers: Iterable[str] = ()) -> str:
    """Return a table that scrolls by itself, by keyboard too.

    Args:
        rows: each as `row` made it.
        label: what it shows, for those who do not see it.
        numbers: columns with numbers, which stand to the right.
    """
    right = frozenset(numbers)
    cells = "".join(f"<th scope=col{_right(name in right)}>{escape(name)}</th>" for name in head)
    return (
        f'<div class="scroll" role="region" aria-label="{escape(label)}" tabindex="0"><table>'
        f"<caption>{escape(label)}</caption><thead><tr>{cells}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def row(cells: Sequence[str], *, numbers: Iterable[int] = (), prose: Iterable[int] = ()) -> str:
    """Return a row; its cells are HTML already, the first one names it.

    Args:
        numbers: places of the cells that stand to the right.
        prose: places of those whose text is broken into lines.
    """
    kinds = dict.fromkeys(numbers, ' class="n"') | dict.fromkeys(prose, ' class="because"')
    first = f"<th scope=row>{cells[0]}</th>"
    rest = "".join(f"<td{kinds.get(place, '')}>{cell}</td>" for place, cell in enumerate(cells[1:], 1))
    return f"<tr>{first}{rest}</tr>"


def _right(is_number: bool) -> str:
    return ' class="n"' if is_number else ""


def badge(text: str, tone: str = "") -> str:
    """Return a few words on a coloured ground.

    Args:
        tone: `good`, `bad`, `warn`, `accent`, or empty.
    """
    return f'<span class="badge {tone}">{escape(text)}</span>'


def owner_badge(owner: Owner) -> str:
    """Return who owns a conversation."""
    return badge(spaced(owner), TONES.get(owner, ""))


def facts(pairs: Mapping[str, str]) -> str:
    """Return names and values; the values are HTML already, empty ones are left out."""
    shown = "".join(f"<div><dt>{escape(name)}</dt><dd>{value}</dd></div>" for name, value in pairs.items() if value)
    return f'<dl class="facts">{shown}</dl>'


def tiles(counts: Iterable[tuple[str, str, str]]) -> str:
    """Return large numbers, each with its name and a tone."""
    shown = "".join(
        f"<li><b{f' class={chr(34)}{tone}{chr(34)}' if tone else ''}>{escape(number)}</b>{escape(name)}</li>"
        for number, name, tone in counts
    )
    return f'<ul class="tiles">{shown}</ul>'


def nothing(text: str) -> str:
    """Return what stands where there is nothing to show; HTML."""
    return f'<p class="empty">{text}</p>'


def button(path: str, label: str, token: str, fields: Mapping[str, str], *, kind: str = "") -> str:
    """Return a form of one button.

    Args:
        path: where it is sent.
        token: the page's own.
        fields: what is sent along.
        kind: `main`, `danger`, or empty.
    """
    hidden = {**fields, "csrf_token": token}
    inputs = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in hidden.items())
    return f'<form method="post" action="{escape(path)}">{inputs}<button class="{kind}">{escape(label)}</button></form>'


def link(path: str, text: str) -> str:
    """Return a link."""
    return f'<a href="{escape(path)}">{escape(text)}</a>'


def conversation_link(name: str) -> str:
    """Return the way to one conversation's story."""
    return link(story_path(name), name)


def story_path(name: str) -> str:
    """Return where a conversation's story is told."""
    return f"/console/conversations/{quote(name, safe=':')}"


def moment(at: float) -> str:
    """Return a time for people and machines.

    Args:
        at: Unix seconds; 0 is no time.
    """
    if not at:
        return "–"
    time = datetime.fromtimestamp(at, UTC)
    return f'<time datetime="{time:%Y-%m-%dT%H:%M:%SZ}">{time:%Y-%m-%d %H:%M:%S}</time>'


def ago(seconds: float) -> str:
    """Return a duration as people say it: `42 s`, `7 min`, `3 h`, `5 days`."""
    for size, name in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{max(0.0, seconds):.0f} s"


def marked(text: str) -> str:
    """Return a text with its `**bold**` parts bold."""
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(text))


def amount(number: str, thing: str) -> str:
    """Return "1 rating" or "2 ratings".

    Args:
        number: as it is shown.
    """
    return f"{number} {thing}" if number == "1" else f"{number} {thing}s"


def spaced(name: str) -> str:
    """Return an identifier as words."""
    return str(name).replace("_", " ")
