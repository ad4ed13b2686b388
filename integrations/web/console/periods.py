"""Chooses the period that a page tells of: the last days, or any two dates."""

from collections.abc import Mapping
from datetime import timedelta
from html import escape
from urllib.parse import urlencode

from fastapi import HTTPException
from starlette.requests import Request

from bot.figures.report import WAYS, By, NoSuchPeriod, Period

SPANS: Mapping[int, str] = {7: "7 days", 28: "28 days", 91: "13 weeks", 364: "52 weeks"}
USUAL = 7
MOST_DAYS_AS_DAYS = 92
"""Of a longer period weeks are drawn: days would be hair-thin on a phone."""


def chosen_days(text: str) -> int:
    """Return the span that was asked for, the usual one for anything else."""
    return int(text) if text.isascii() and text.isdigit() and int(text) in SPANS else USUAL


def last_days(newest: Period, days: int) -> Period:
    """Return so many days up to the last one of a period."""
    return Period(newest.last - timedelta(days=days - 1), newest.last)


def by_time(period: Period) -> By:
    """Return by what a chart over the whole period is drawn."""
    return "day" if period.days <= MOST_DAYS_AS_DAYS else "week"


def period_of(request: Request, usual: Period, days: str) -> Period:
    """Return the period that an address names.

    Raises:
        HTTPException: 422, the dates are none.
    """
    if days.isascii() and days.isdigit() and int(days) in SPANS:
        return last_days(usual, int(days))
    return named_period(request, usual)


def named_period(request: Request, usual: Period) -> Period:
    """Return the period between two dates of an address, the usual one where it names none.

    Raises:
        HTTPException: 422, the dates are none.
    """
    asked = request.query_params
    try:
        return Period.of(asked.get("from", ""), asked.get("to", ""), usual.last)
    except NoSuchPeriod as error:
        raise HTTPException(422, str(error)) from error


def way_of(text: str) -> By | None:
    """Return what the rows stand for, None where nothing was said.

    Raises:
        HTTPException: 422, there is no such way.
    """
    return named_way(text) if text else None


def named_way(text: str) -> By:
    """Return what the rows stand for.

    Raises:
        HTTPException: 422, there is no such way.
    """
    found = next((way for way in WAYS if way == text), None)
    if found is None:
        raise HTTPException(422, f"by is one of {', '.join(WAYS)}")
    return found


def dates(period: Period) -> dict[str, str]:
    """Return the period as fields of an address."""
    return {"from": period.first.isoformat(), "to": period.last.isoformat()}


def figure_path(figure: str, period: Period, **more: str) -> str:
    """Return where exactly the conversations are listed that a figure counts."""
    return f"/console/conversations?{urlencode({'figure': figure, **dates(period), **more})}"


def said(period: Period) -> str:
    """Return the period for people."""
    if period.first == period.last:
        return f"{period.first:%-d %b %Y}"
    first = f"{period.first:%-d %b}" if period.first.year == period.last.year else f"{period.first:%-d %b %Y}"
    return f"{first} – {period.last:%-d %b %Y}"


def span_links(path: str, shown: int, **more: str) -> str:
    """Return links to the usual spans.

    Args:
        shown: the span that is shown in days, 0 for another period.
        more: further fields of the addresses.
    """
    links = []
    for days, name in SPANS.items():
        here = ' aria-current="true"' if days == shown else ""
        address = f"{path}?{urlencode({'days': days, **more})}"
        links.append(f'<a href="{escape(address)}"{here}>{name}</a>')
    return f'<div class="spans" role="group" aria-label="Period">{"".join(links)}</div>'
