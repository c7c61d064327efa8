"""Days as a council counts them: local dates, months, working days, the timeliness clock (R0.4, R0.7, D.15).

Moments (``…_at``) are aware UTC datetimes; days (``…_on``) are dates in Europe/London.
"""

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
ONE_DAY = timedelta(days=1)
SATURDAY = 5
# Days beyond these are taken as these: an absurd date never stops a fold, and there is room to count on from each.
FIRST_DAY, LAST_DAY = date(100, 1, 1), date(9900, 1, 1)

DayRanges = Iterable[tuple[date, date]]


class Band(StrEnum):
    """Where an open item stands against the target (R15.4); the words are those people read."""

    IN_TIME = "In Time"
    BECOMING_OVERDUE = "Becoming Overdue"
    OVERDUE = "Overdue"


# Since 1972 London is at UTC or an hour ahead: before 22:00 UTC both have the same date.
FIRST_SURE_YEAR, SURELY_SAME_DAY = 1972, 22


def business_date(instant: datetime) -> date:
    """The local date in Europe/London of an aware ``instant`` (R0.4), within ``FIRST_DAY`` and ``LAST_DAY``.

    Raises ValueError for a naive one.
    """
    if instant.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    if not FIRST_DAY.year < instant.year < LAST_DAY.year:
        return FIRST_DAY if instant.year <= FIRST_DAY.year else LAST_DAY
    if instant.tzinfo is UTC and instant.hour < SURELY_SAME_DAY and instant.year >= FIRST_SURE_YEAR:
        return instant.date()  # asked for so often that the zone is looked up only where it matters
    return instant.astimezone(LONDON).date()


@lru_cache(maxsize=4096)
def start_of_day(day: date) -> datetime:
    """00:00 Europe/London of ``day`` as aware UTC: when what time alone brings takes effect (R0.4)."""
    return datetime(day.year, day.month, day.day, tzinfo=LONDON).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """The moment at which ``day`` is over: 00:00 of the next day. Compare with ``<``."""
    return start_of_day(day + ONE_DAY)


@lru_cache(maxsize=4096)
def add_months(day: date, months: int) -> date:
    """``day`` moved by ``months`` (negative: back), clamped to the month's end (R0.7).

    Never beyond ``FIRST_DAY`` and ``LAST_DAY``.
    """
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year >= LAST_DAY.year:
        return LAST_DAY
    if year < FIRST_DAY.year:
        return FIRST_DAY
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))


def band(elapsed: int, *, target: int = 45, amber_from: int = 34) -> Band:
    """The band of an open item at ``elapsed`` working days (R15.4): overdue past ``target``."""
    if elapsed > target:
        return Band.OVERDUE
    return Band.BECOMING_OVERDUE if elapsed >= amber_from else Band.IN_TIME


def closed_in_time(elapsed: int, *, target: int = 45) -> bool:
    """Whether an item that closed at ``elapsed`` working days was in time (R15.4)."""
    return elapsed <= target


def _weekdays_through(day: date) -> int:
    """Mondays to Fridays from 1 January of the year 1, a Monday, up to and including ``day``."""
    weeks, left = divmod(day.toordinal(), 7)
    return weeks * 5 + min(left, 5)


@dataclass(frozen=True)
class WorkingCalendar:
    """One version of the council's working days (R15.1): Monday to Friday less bank holidays and closures.

    ``years`` are those whose bank holidays are loaded; in others every weekday counts, which
    ``missing_years`` tells.
    """

    version: str
    holidays: frozenset[date]
    years: frozenset[int]
    closures: frozenset[date] = field(default=frozenset())

    @cached_property
    def _free(self) -> tuple[date, ...]:
        """The weekdays that are not worked, in order: what ``elapsed`` takes away."""
        return tuple(sorted(day for day in self.holidays | self.closures if day.weekday() < SATURDAY))

    def is_working_day(self, day: date) -> bool:
        """Whether ``day`` is worked (R15.1)."""
        return day.weekday() < SATURDAY and day not in self.holidays and day not in self.closures

    def elapsed(self, start: date, day: date) -> int:
        """Working days after ``start`` up to and including ``day`` (R15.2); 0 if ``day`` is not later."""
        if day <= start:
            return 0
        free = bisect_right(self._free, day) - bisect_right(self._free, start)
        return _weekdays_through(day) - _weekdays_through(start) - free

    def add_working_days(self, day: date, count: int, absent: DayRanges = ()) -> date:
        """The ``count``-th working day after ``day``; ``day`` itself for 0 (R7.5, R12.3, R12.5).

        ``absent`` holds (from, until) ranges of recorded absence, both ends included: their days are not
        counted. Never beyond ``date.max``. Raises ValueError for a negative count.
        """
        if count < 0:
            raise ValueError("working days are counted forwards")
        away = _joined(absent)
        while count and day < date.max:
            day = _after_absence(day + ONE_DAY, away)
            count -= self.is_working_day(day)
        return day

    def next_working_day(self, day: date) -> date:
        """The first working day after ``day`` (R7.1: a check is valid to the end of it)."""
        return self.add_working_days(day, 1)

    def missing_years(self, first: date, last: date) -> list[int]:
        """Years from ``first`` to ``last`` without loaded holidays: a warning, not a silence (R15.1)."""
        return [year for year in range(first.year, last.year + 1) if year not in self.years]


def _joined(ranges: DayRanges) -> list[tuple[date, date]]:
    """The ranges in order of their start, those that overlap or touch made one; empty ones dropped."""
    joined: list[tuple[date, date]] = []
    for from_on, until_on in sorted(ranges):
        if until_on < from_on:
            continue
        if joined and from_on.toordinal() <= joined[-1][1].toordinal() + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], until_on))
        else:
            joined.append((from_on, until_on))
    return joined


def _after_absence(day: date, away: list[tuple[date, date]]) -> date:
    """``day``, or if it lies in an absence the first day after it (``date.max`` for one without end)."""
    place = bisect_left(away, day, key=lambda span: span[1])
    if place == len(away) or away[place][0] > day:
        return day
    until_on = away[place][1]
    return until_on if until_on == date.max else until_on + ONE_DAY
