"""The silence alarm (R2.12): what a key's habit is, and when it has been quiet for too long."""

from datetime import date, timedelta

import pytest

from passport_service.domain.calendar import WorkingCalendar
from passport_service.domain.silence import LEAST_HEARD, silence

EASTER = frozenset({date(2026, 4, 3), date(2026, 4, 6)})
CALENDAR = WorkingCalendar("test", EASTER, frozenset({2026}))
MONDAY = date(2026, 3, 2)


def working_days(first: date, count: int, step: int = 1) -> list[date]:
    days = [first]
    while len(days) < count:
        days.append(CALENDAR.add_working_days(days[-1], step))
    return days


def quiet(heard: list[date], today: date) -> bool:
    found = silence(heard, today, CALENDAR)
    return found is not None and found.is_alarming


@pytest.mark.parametrize(
    ("today", "alarm"),
    [
        (date(2026, 3, 13), False),  # the last day it sent
        (date(2026, 3, 16), False),  # a weekend is no silence
        (date(2026, 3, 18), False),  # Monday and Tuesday were quiet
        (date(2026, 3, 19), True),  # so was Wednesday: three whole working days
    ],
)
def test_a_key_that_sends_daily_alarms_after_three_whole_working_days(today, alarm):
    assert quiet(working_days(MONDAY, 10), today) is alarm


def test_bank_holidays_are_no_silence():
    heard = working_days(date(2026, 3, 18), 12)  # to Thursday before Easter
    assert heard[-1] == date(2026, 4, 2)

    assert not quiet(heard, date(2026, 4, 9))  # Tuesday and Wednesday were quiet
    assert quiet(heard, date(2026, 4, 10))


def test_a_key_that_sends_once_a_week_is_given_a_week():
    heard = working_days(date(2026, 1, 5), 8, step=5)
    last = heard[-1]

    assert not quiet(heard, last + timedelta(days=7))
    assert quiet(heard, last + timedelta(days=8))


def test_a_key_without_a_habit_never_alarms():
    assert not quiet(working_days(MONDAY, LEAST_HEARD - 1), date(2026, 6, 1))


def test_a_key_that_was_never_heard_has_no_silence():
    assert silence([], MONDAY, CALENDAR) is None


def test_one_long_gap_among_many_does_not_become_the_habit():
    heard = [*working_days(date(2026, 1, 5), 25), *working_days(date(2026, 2, 23), 15)]

    found = silence(heard, date(2026, 3, 14), CALENDAR)

    assert found is not None
    assert found.interval == 3


def test_order_and_repetition_of_days_do_not_matter():
    heard = working_days(MONDAY, 10)
    today = date(2026, 3, 20)

    assert silence([*reversed(heard), *heard], today, CALENDAR) == silence(heard, today, CALENDAR)


def test_only_the_last_ninety_days_before_the_last_word_are_learned_from():
    weekly, daily = working_days(date(2025, 6, 2), 20, step=5), working_days(date(2026, 1, 5), 40)

    found = silence([*weekly, *daily], daily[-1], CALENDAR)

    assert found is not None
    assert found.interval == 3
