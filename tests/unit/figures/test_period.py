"""What a period may be, and what it is without dates."""

from datetime import UTC, date

import pytest

from bot.figures.report import NoSuchPeriod, Period

TODAY = date(2026, 11, 29)


def test_the_usual_period_is_the_last_seven_days() -> None:
    assert Period.of("", "", TODAY) == Period(date(2026, 11, 23), TODAY)
    assert Period.newest(1_795_996_800.0, UTC) == Period(date(2026, 11, 24), date(2026, 11, 30))


def test_one_date_is_the_begin_or_the_end() -> None:
    assert Period.of("2026-11-01", "", TODAY) == Period(date(2026, 11, 1), TODAY)
    assert Period.of("", "2026-11-10", TODAY) == Period(date(2026, 11, 4), date(2026, 11, 10))


def test_the_period_before_is_as_long() -> None:
    assert Period(date(2026, 3, 1), date(2026, 3, 2)).before == Period(date(2026, 2, 27), date(2026, 2, 28))


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("yesterday", ""),
        ("2026-02-30", ""),
        ("", "29.11.2026"),
        ("2026-11-30T00:00", ""),
        ("2026-11-20", "2026-11-19"),
        ("1066-10-14", "2026-11-19"),
        ("", "0001-01-02"),
        ("", "0001-01-07"),
        ("2026-11-1٣", ""),
    ],
)
def test_what_is_no_period_is_told(first: str, last: str) -> None:
    with pytest.raises(NoSuchPeriod):
        Period.of(first, last, TODAY)
