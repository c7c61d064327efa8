"""Local dates, months, working days and the timeliness clock (R0.4, R0.7, R7.1, R7.5, T11.8, D.12, D.15)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passport_service.data import read_bank_holidays
from passport_service.domain.calendar import (
    Band,
    WorkingCalendar,
    add_months,
    band,
    business_date,
    closed_in_time,
    end_of_day,
    start_of_day,
)
from passport_service.domain.holidays import parse_government_json, working_calendar

CALENDAR = working_calendar("shipped", parse_government_json(read_bank_holidays()))
DAYS = st.dates(date(2012, 1, 1), date(2030, 12, 31))


def day(text: str) -> date:
    return date.fromisoformat(text)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("instant", "local"),
    [
        ("2026-06-30T23:30:00Z", "2026-07-01"),
        ("2026-01-31T23:30:00Z", "2026-01-31"),
        ("2026-03-31T22:59:59Z", "2026-03-31"),
        ("2026-03-31T23:00:00Z", "2026-04-01"),
        ("2026-04-01T00:30:00+02:00", "2026-03-31"),
    ],
)
def test_r0_4_the_business_date_is_the_local_date_in_london(instant: str, local: str) -> None:
    assert business_date(moment(instant)) == day(local)


def test_r0_4_a_moment_without_a_zone_has_no_business_date() -> None:
    with pytest.raises(ValueError, match="time zone"):
        business_date(moment("2026-03-01T12:00:00"))


@pytest.mark.parametrize(
    ("local", "instant"),
    [
        ("2026-01-15", "2026-01-15T00:00:00Z"),
        ("2026-04-01", "2026-03-31T23:00:00Z"),
        ("2026-03-29", "2026-03-29T00:00:00Z"),
        ("2026-03-30", "2026-03-29T23:00:00Z"),
        ("2026-10-26", "2026-10-26T00:00:00Z"),
    ],
)
def test_r0_4_a_day_starts_at_midnight_in_london(local: str, instant: str) -> None:
    assert start_of_day(day(local)) == moment(instant)
    assert start_of_day(day(local)).tzinfo is UTC


def test_a_day_ends_where_the_next_one_starts_also_when_it_has_25_hours() -> None:
    october = day("2026-10-25")
    assert end_of_day(october) - start_of_day(october) == timedelta(hours=25)


@given(DAYS)
def test_the_start_of_a_day_lies_on_that_day_and_a_moment_before_does_not(on: date) -> None:
    assert business_date(start_of_day(on)) == on
    assert business_date(start_of_day(on) - timedelta(microseconds=1)) == on - timedelta(days=1)


@pytest.mark.parametrize(
    ("start", "months", "result"),
    [
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2025-12-15", 1, "2026-01-15"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-01-10", -12, "2025-01-10"),
        ("2026-05-05", 0, "2026-05-05"),
        ("9899-01-01", 24, "9900-01-01"),
        ("0100-01-01", -1, "0100-01-01"),
    ],
)
def test_r0_7_adding_months_keeps_the_day_or_clamps_to_month_end(
    start: str, months: int, result: str
) -> None:
    assert add_months(day(start), months) == day(result)


@pytest.mark.parametrize(
    ("start", "on", "elapsed", "shown"),
    [
        ("2018-07-02", "2018-08-16", 33, Band.IN_TIME),
        ("2018-07-02", "2018-08-17", 34, Band.BECOMING_OVERDUE),
        ("2018-07-02", "2018-09-03", 44, Band.BECOMING_OVERDUE),
        ("2018-07-02", "2018-09-04", 45, Band.BECOMING_OVERDUE),
        ("2018-07-02", "2018-09-05", 46, Band.OVERDUE),
    ],
    ids=["T15.1", "T15.2", "T15.3", "T15.4", "T15.5"],
)
def test_r15_4_the_band_of_an_open_item(start: str, on: str, elapsed: int, shown: Band) -> None:
    assert CALENDAR.elapsed(day(start), day(on)) == elapsed
    assert band(elapsed) is shown


def test_t15_4_authorised_on_the_45th_day_is_in_time_and_on_the_46th_is_not() -> None:
    assert closed_in_time(45)
    assert not closed_in_time(46)


@pytest.mark.parametrize(
    ("start", "count", "on"),
    [
        ("2018-06-30", 45, "2018-09-03"),
        ("2026-03-02", 45, "2026-05-07"),
        ("2026-04-02", 34, "2026-05-26"),
        ("2026-04-02", 45, "2026-06-10"),
        ("2026-11-20", 45, "2027-01-27"),
        ("2026-12-24", 34, "2027-02-15"),
        ("2026-12-24", 45, "2027-03-02"),
    ],
    ids=["T15.6", "T15.7", "T15.8 amber", "T15.8", "T15.9", "T15.10 amber", "T15.10"],
)
def test_r15_2_the_nth_day_of_the_clock(start: str, count: int, on: str) -> None:
    assert CALENDAR.add_working_days(day(start), count) == day(on)
    assert CALENDAR.elapsed(day(start), day(on)) == count


def test_r15_2_the_start_day_is_day_nought_even_if_it_is_not_worked() -> None:
    assert CALENDAR.elapsed(day("2018-06-30"), day("2018-06-30")) == 0
    assert CALENDAR.elapsed(day("2018-06-30"), day("2018-07-02")) == 1


def test_r15_2_nothing_has_elapsed_before_the_start() -> None:
    assert CALENDAR.elapsed(day("2026-03-02"), day("2026-02-02")) == 0


def test_r15_4_the_bands_follow_the_settings() -> None:
    assert band(19, target=30, amber_from=20) is Band.IN_TIME
    assert band(20, target=30, amber_from=20) is Band.BECOMING_OVERDUE
    assert band(31, target=30, amber_from=20) is Band.OVERDUE


def test_r15_5_the_clock_splits_into_practitioner_days_and_authorisation_days() -> None:
    start, submitted, authorised = day("2018-07-02"), day("2018-08-28"), day("2018-09-05")
    assert CALENDAR.elapsed(start, submitted) == 40
    assert CALENDAR.elapsed(submitted, authorised) == 6
    assert CALENDAR.elapsed(start, authorised) == 46


@pytest.mark.parametrize(
    ("what", "start", "count", "due"),
    [
        ("R7.5 approval, over Easter", "2026-04-02", 2, "2026-04-08"),
        ("R8.6 moderation", "2026-03-16", 10, "2026-03-30"),
        ("T11.8 serious concern", "2026-05-21", 5, "2026-05-29"),
        ("R12.3 challenge, over Easter", "2026-04-02", 10, "2026-04-20"),
        ("R12.3 challenge, over May Day", "2026-04-20", 10, "2026-05-05"),
        ("R12.3 challenge, over Christmas", "2026-12-24", 10, "2027-01-12"),
        ("R12.5 decision of a challenge", "2026-05-01", 10, "2026-05-18"),
    ],
)
def test_a_target_falls_due_so_many_working_days_later(what: str, start: str, count: int, due: str) -> None:
    assert CALENDAR.add_working_days(day(start), count) == day(due), what


@pytest.mark.parametrize(
    ("absent", "last_day"),
    [
        ([], "2026-03-16"),
        ([("2026-03-04", "2026-03-06")], "2026-03-19"),
        ([("2026-03-07", "2026-03-08")], "2026-03-16"),
        ([("2026-02-20", "2026-03-03")], "2026-03-17"),
        (
            [("2026-03-06", "2026-03-09"), ("2026-03-04", "2026-03-06"), ("2026-03-05", "2026-03-05")],
            "2026-03-20",
        ),
        ([("2026-03-17", "2026-03-31")], "2026-03-16"),
        ([("2026-03-09", "2026-03-04")], "2026-03-16"),
    ],
    ids=[
        "none",
        "three days",
        "a weekend",
        "began before",
        "overlapping",
        "after the last day",
        "upside down",
    ],
)
def test_r12_3_days_of_recorded_absence_are_not_counted(absent: list[tuple[str, str]], last_day: str) -> None:
    ranges = [(day(first), day(last)) for first, last in absent]
    assert CALENDAR.add_working_days(day("2026-03-02"), 10, ranges) == day(last_day)


def test_r12_3_an_absence_without_end_never_ends_the_window() -> None:
    assert CALENDAR.add_working_days(day("2026-03-02"), 10, [(day("2026-03-04"), date.max)]) == date.max


def test_r7_1_a_check_of_a_friday_holds_to_the_end_of_monday() -> None:
    assert CALENDAR.next_working_day(day("2026-03-06")) == day("2026-03-09")


def test_r15_1_closure_days_of_the_council_are_not_worked() -> None:
    closed = WorkingCalendar(
        "c", frozenset(), frozenset({2026}), frozenset([day("2026-12-29"), day("2026-12-27")])
    )
    assert not closed.is_working_day(day("2026-12-29"))
    assert closed.elapsed(day("2026-12-24"), day("2026-12-30")) == 3


def test_r15_1_a_year_without_holidays_is_named() -> None:
    assert CALENDAR.missing_years(day("2029-12-01"), day("2032-01-01")) == [2031, 2032]
    assert CALENDAR.missing_years(day("2026-01-01"), day("2026-12-31")) == []


def test_working_days_are_counted_forwards_only() -> None:
    with pytest.raises(ValueError, match="forwards"):
        CALENDAR.add_working_days(day("2026-03-02"), -1)


@given(DAYS, st.integers(0, 400))
def test_elapsed_counts_the_same_days_as_looking_at_each(start: date, length: int) -> None:
    days = [start + timedelta(days=number) for number in range(1, length + 1)]
    assert CALENDAR.elapsed(start, start + timedelta(days=length)) == sum(map(CALENDAR.is_working_day, days))


@given(DAYS, st.integers(1, 300))
def test_the_nth_working_day_is_worked_and_has_n_elapsed(start: date, count: int) -> None:
    on = CALENDAR.add_working_days(start, count)
    assert CALENDAR.is_working_day(on)
    assert CALENDAR.elapsed(start, on) == count
