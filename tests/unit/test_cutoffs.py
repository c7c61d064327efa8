"""The weekly cut-off of the draw (R8.1, R8.6)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passport_service.domain.calendar import business_date
from passport_service.domain.cutoffs import Schedule, cutoffs_due, next_cutoff, parse_schedule, period_of
from passport_service.domain.errors import Refused

MONDAY = Schedule(weekday=0, hour=6, minute=0)
MOMENTS = st.integers(0, 5_000_000).map(
    lambda minutes: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("after", "cutoff"),
    [
        ("2026-03-20T12:00:00Z", "2026-03-23T06:00:00Z"),
        ("2026-03-23T06:00:00Z", "2026-03-30T05:00:00Z"),
        ("2026-10-12T05:00:00Z", "2026-10-19T05:00:00Z"),
        ("2026-10-19T05:00:00Z", "2026-10-26T06:00:00Z"),
        ("2026-03-23T05:59:59Z", "2026-03-23T06:00:00Z"),
    ],
)
def test_r8_6_monday_six_o_clock_in_london_follows_the_clock_changes(after: str, cutoff: str) -> None:
    assert next_cutoff(moment(after), MONDAY) == moment(cutoff)


def test_r8_6_missed_cutoffs_are_due_oldest_first_each_once() -> None:
    due = cutoffs_due(moment("2026-03-16T06:00:00Z"), moment("2026-04-06T05:00:00Z"), MONDAY)
    assert [period_of(cutoff) for cutoff in due] == [
        "2026-03-23T06:00:00Z",
        "2026-03-30T05:00:00Z",
        "2026-04-06T05:00:00Z",
    ]


def test_r8_6_the_draw_runs_on_a_bank_holiday_too() -> None:
    easter_monday = moment("2026-04-06T05:00:00Z")
    assert cutoffs_due(moment("2026-03-30T05:00:00Z"), easter_monday, MONDAY) == [easter_monday]


def test_nothing_is_due_before_the_cutoff() -> None:
    assert cutoffs_due(moment("2026-03-16T06:00:00Z"), moment("2026-03-23T05:59:59Z"), MONDAY) == []


def test_an_hour_that_the_clocks_skip_or_repeat_gives_one_cutoff() -> None:
    sunday = parse_schedule("Sunday 01:30")
    assert cutoffs_due(moment("2026-03-22T12:00:00Z"), moment("2026-03-30T00:00:00Z"), sunday) == [
        moment("2026-03-29T01:30:00Z")
    ]
    assert cutoffs_due(moment("2026-10-18T12:00:00Z"), moment("2026-10-26T00:00:00Z"), sunday) == [
        moment("2026-10-25T00:30:00Z")
    ]


@given(MOMENTS, st.integers(0, 400))
def test_a_run_in_two_parts_gives_the_same_cutoffs_as_one(start: datetime, days: int) -> None:
    middle, end = start + timedelta(days=days // 3), start + timedelta(days=days)
    whole = cutoffs_due(start, end, MONDAY)
    first = cutoffs_due(start, middle, MONDAY)
    assert first + cutoffs_due(first[-1] if first else start, end, MONDAY) == whole
    assert all(business_date(cutoff).weekday() == 0 for cutoff in whole)


@pytest.mark.parametrize("text", ["Monday 06:00 Europe/London", "Monday 06:00"])
def test_a_schedule_is_a_weekday_and_a_time(text: str) -> None:
    assert parse_schedule(text) == MONDAY
    assert str(MONDAY) == "Monday 06:00 Europe/London"


@pytest.mark.parametrize(
    "text", ["", "Monday", "monday 06:00", "Monday 24:00", "Monday 6:00", "Monday 06:00 UTC"]
)
def test_any_other_schedule_is_malformed(text: str) -> None:
    with pytest.raises(Refused, match="MALFORMED"):
        parse_schedule(text)
