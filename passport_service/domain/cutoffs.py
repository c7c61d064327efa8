"""When the moderation draw closes its pool: the weekly schedule, and missed cut-offs (R8.1, R8.6)."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from passport_service.domain.calendar import LONDON, business_date
from passport_service.domain.errors import Refused

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ONE_WEEK = timedelta(days=7)
_SHAPE = re.compile(r"(\w+) ([01][0-9]|2[0-3]):([0-5][0-9])(?: Europe/London)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A weekly moment in local time: ``weekday`` 0 is Monday."""

    weekday: int
    hour: int
    minute: int

    def __str__(self) -> str:
        return f"{WEEKDAYS[self.weekday]} {self.hour:02}:{self.minute:02} Europe/London"


def parse_schedule(text: str) -> Schedule:
    """The schedule written as ``Monday 06:00 Europe/London``, or without zone. Raises Refused MALFORMED."""
    match = _SHAPE.fullmatch(text)
    if not match or match[1] not in WEEKDAYS:
        raise Refused(
            "MALFORMED", "A schedule is a weekday and a time, such as “Monday 06:00 Europe/London”."
        )
    return Schedule(WEEKDAYS.index(match[1]), int(match[2]), int(match[3]))


def next_cutoff(after: datetime, schedule: Schedule) -> datetime:
    """The first cut-off later than ``after`` (aware), in UTC.

    An hour that the clocks skip counts as the same time since midnight, one that they repeat as its first
    occurrence.
    """
    day = business_date(after)
    day += timedelta(days=(schedule.weekday - day.weekday()) % 7)
    cutoff = _cutoff_on(day, schedule)
    return cutoff if cutoff > after else _cutoff_on(day + ONE_WEEK, schedule)


def cutoffs_due(last: datetime, now: datetime, schedule: Schedule) -> list[datetime]:
    """Every cut-off after ``last`` up to and including ``now``, oldest first: each is its own draw (R8.6)."""
    due: list[datetime] = []
    cutoff = next_cutoff(last, schedule)
    while cutoff <= now:
        due.append(cutoff)
        cutoff = next_cutoff(cutoff, schedule)
    return due


def period_of(cutoff: datetime) -> str:
    """The name of the period ``cutoff`` closes, its moment in UTC; with the stratum a draw's key (R8.6)."""
    return cutoff.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _cutoff_on(day: date, schedule: Schedule) -> datetime:
    local = datetime(day.year, day.month, day.day, schedule.hour, schedule.minute, tzinfo=LONDON)
    return local.astimezone(UTC)
