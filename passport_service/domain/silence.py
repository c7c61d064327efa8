"""When a key that usually sends has gone quiet (R2.12): the interval is learned from its own habit, in working days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from passport_service.domain.calendar import WorkingCalendar

LEARNED_FROM_DAYS = 90
LEAST_HEARD = 5
LEAST_INTERVAL = 3
USUALLY = 0.9


@dataclass(frozen=True, slots=True)
class Silence:
    """A key's habit and how long it has been quiet, both in working days; ``interval`` None: no habit is known yet."""

    last_on: date
    quiet: int
    interval: int | None

    @property
    def is_alarming(self) -> bool:
        return self.interval is not None and self.quiet >= self.interval


def silence(heard: Sequence[date], today: date, calendar: WorkingCalendar) -> Silence | None:
    """How quiet a key is today, from the days on which it sent something; None for one never heard.

    The learned interval is the gap, in working days, that nine in ten of its gaps of the last 90 days do not exceed;
    three at least. A key heard on fewer than five days has no habit, and raises no alarm. The day itself is not counted
    as quiet before it is over.
    """
    known = sorted({one for one in heard if one <= today})
    if not known:
        return None
    recent = [one for one in known if one >= known[-1] - timedelta(days=LEARNED_FROM_DAYS)]
    return Silence(known[-1], _quiet(known[-1], today, calendar), _interval(recent, calendar))


def _quiet(last_on: date, today: date, calendar: WorkingCalendar) -> int:
    """Whole working days without a word: those after the last one heard and before today."""
    return calendar.elapsed(last_on, today - timedelta(days=1))


def _interval(heard: Sequence[date], calendar: WorkingCalendar) -> int | None:
    if len(heard) < LEAST_HEARD:
        return None
    gaps = sorted(calendar.elapsed(first, then) for first, then in pairwise(heard))
    usual = gaps[min(len(gaps) - 1, int(len(gaps) * USUALLY))]
    return max(LEAST_INTERVAL, usual)
