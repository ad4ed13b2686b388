"""What is promised, and until when: business hours decide."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from bot.desk.policy.business_hours import BusinessHours, Span, parse_span, promise_within

STORE = BusinessHours.model_validate({"open": "09:00", "close": "17:00"})
BERLIN = BusinessHours.model_validate({"timezone": "Europe/Berlin", "open": "09:00", "close": "17:00"})
ALWAYS = BusinessHours.model_validate(
    {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "open": "00:00", "close": "24:00"}
)


def at(text: str, zone: str = "UTC") -> float:
    """Return Unix seconds; 2026-11-16 is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("span", "now", "text", "until"),
    [
        ("15 minutes", "2026-11-16T10:00", "within 15 minutes", "2026-11-16T10:15"),
        ("15 minutes", "2026-11-16T09:00", "within 15 minutes", "2026-11-16T09:15"),
        ("15 minutes", "2026-11-16T16:45", "within 15 minutes", "2026-11-16T17:00"),
        ("15 minutes", "2026-11-16T16:50", "by Tuesday 09:05 UTC", "2026-11-17T09:05"),
        ("15 minutes", "2026-11-16T17:00", "by Tuesday 09:15 UTC", "2026-11-17T09:15"),
        ("15 minutes", "2026-11-16T07:30", "by Monday 09:15 UTC", "2026-11-16T09:15"),
        ("15 minutes", "2026-11-21T12:00", "by Monday 09:15 UTC", "2026-11-23T09:15"),
        ("4 hours", "2026-11-16T10:00", "within 4 hours", "2026-11-16T14:00"),
        ("4 hours", "2026-11-16T13:00", "within 4 hours", "2026-11-16T17:00"),
        ("4 hours", "2026-11-16T15:00", "by Tuesday 11:00 UTC", "2026-11-17T11:00"),
        ("4 hours", "2026-11-20T16:00", "by Monday 12:00 UTC", "2026-11-23T12:00"),
        ("4 hours", "2026-11-21T23:59", "by Monday 13:00 UTC", "2026-11-23T13:00"),
        ("1 business day", "2026-11-16T10:00", "within 1 business day", "2026-11-17T10:00"),
        ("1 business day", "2026-11-20T10:00", "within 1 business day", "2026-11-23T10:00"),
        ("1 business day", "2026-11-22T10:00", "by Monday 17:00 UTC", "2026-11-23T17:00"),
        ("2 business days", "2026-11-16T09:00", "within 2 business days", "2026-11-17T17:00"),
    ],
)
def test_business_time_alone_counts_and_outside_it_the_next_opening_starts_the_clock(
    span: str, now: str, text: str, until: str
) -> None:
    promised = promise_within(STORE, parse_span(span), at(now))

    assert promised.text == text
    assert promised.until == at(until)


def test_a_promise_by_the_clock_names_no_minute_that_ends_before_the_promise() -> None:
    promised = promise_within(STORE, parse_span("15 minutes"), at("2026-11-16T16:50:30"))

    assert promised.text == "by Tuesday 09:06 UTC"
    assert promised.until == at("2026-11-17T09:06")


def test_the_desks_own_timezone_decides_also_across_the_change_of_clocks() -> None:
    friday = at("2026-10-23T16:00", "Europe/Berlin")  # the clocks go back on Sunday the 25th

    promised = promise_within(BERLIN, parse_span("4 hours"), friday)

    assert promised.until == at("2026-10-26T12:00", "Europe/Berlin")
    assert promised.text == "by Monday 12:00 CET"


def test_a_desk_that_never_closes_promises_across_midnight() -> None:
    promised = promise_within(ALWAYS, parse_span("4 hours"), at("2026-11-21T22:00"))

    assert promised.text == "within 4 hours"
    assert promised.until == at("2026-11-22T02:00")


def test_a_holiday_is_closed_and_a_far_promise_names_the_date() -> None:
    hours = BusinessHours.model_validate(
        {"open": "09:00", "close": "17:00", "holidays": [f"2026-12-{day}" for day in range(21, 32)]}
    )

    promised = promise_within(hours, parse_span("15 minutes"), at("2026-12-18T18:00"))

    assert promised.until == at("2027-01-01T09:15")
    assert promised.text == "by Friday 1 January 09:15 UTC"
    assert not hours.is_open(at("2026-12-21T10:00"))


def test_opening_belongs_to_business_hours_and_closing_does_not() -> None:
    assert STORE.is_open(at("2026-11-16T09:00"))
    assert not STORE.is_open(at("2026-11-16T17:00"))
    assert not STORE.is_open(at("2026-11-16T08:59:59"))


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("15 minutes", Span(15, "minute")),
        ("1 minute", Span(1, "minute")),
        ("4 hours", Span(4, "hour")),
        ("1 business day", Span(1, "business day")),
    ],
)
def test_spans_are_read_as_they_are_written(text: str, span: Span) -> None:
    assert parse_span(text) == span
    assert str(span) == text


@pytest.mark.parametrize("text", ["15", "0 minutes", "soon", "1 day", "-4 hours", "4 h"])
def test_other_spans_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is written as"):
        parse_span(text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"open": "9", "close": "17:00"},
        {"open": "17:00", "close": "09:00"},
        {"open": "09:00", "close": "25:00"},
        {"open": "09:00", "close": "17:00", "days": ["monday"]},
        {"open": "09:00", "close": "17:00", "days": []},
        {"open": "09:00", "close": "17:00", "timezone": "Mars/Base"},
    ],
)
def test_hours_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        BusinessHours.model_validate(wrong)


def test_times_are_unix_seconds() -> None:
    assert at("2026-11-16T00:00") == datetime(2026, 11, 16, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({}, "Monday to Friday, 09:00 to 17:00 (UTC)"),
        ({"days": ("sat", "fri", "thu"), "timezone": "Japan"}, "Thursday to Saturday, 09:00 to 17:00 (Japan)"),
        ({"days": ("mon", "wed", "fri")}, "Monday, Wednesday and Friday, 09:00 to 17:00 (UTC)"),
        ({"days": ("sun", "mon")}, "Monday and Sunday, 09:00 to 17:00 (UTC)"),
        ({"days": ("tue",), "open": "0:00", "close": "24:00"}, "Tuesday, 00:00 to 24:00 (UTC)"),
    ],
)  # fmt: skip
def test_hours_are_said_as_people_say_them(rules: dict[str, object], said: str) -> None:
    assert str(BusinessHours.model_validate({"open": "09:00", "close": "17:00", **rules})) == said
