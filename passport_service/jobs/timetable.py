"""When jobs are due, worked out from a moment alone: nothing here reads a clock.

A rhythm says when a job is due. Its last due moment names the period that a run is for, so that a run which was missed,
for however long, is caught up once. What runs many times a day goes by UTC and does not notice when the clocks change; what
runs once a day or a week goes by local time, and keeps away from the hour that is skipped in March and repeated in October.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from passport_service.domain.calendar import LONDON, business_date
from passport_service.domain.cutoffs import ONE_WEEK, Schedule, cutoffs_due, next_cutoff
from passport_service.domain.cutoffs import period_of as period_of_cutoff

UNCERTAIN_HOUR = 1  # from 01:00 to 02:00 local time there may be no such moment, or two
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Every:
    """Every so many seconds, counted from midnight UTC of 1 January 1970."""

    seconds: int

    def last_due(self, now: datetime) -> datetime:
        return datetime.fromtimestamp(int(now.timestamp()) // self.seconds * self.seconds, UTC)

    def next_due(self, now: datetime) -> datetime:
        return self.last_due(now) + timedelta(seconds=self.seconds)

    def period(self, due: datetime) -> str:
        return due.isoformat().replace("+00:00", "Z")

    def __str__(self) -> str:
        if self.seconds % 3600 == 0:
            return "every hour" if self.seconds == 3600 else f"every {self.seconds // 3600} hours"
        if self.seconds % 60 == 0:
            return "every minute" if self.seconds == 60 else f"every {self.seconds // 60} minutes"
        return f"every {self.seconds} seconds"


@dataclass(frozen=True, slots=True)
class Daily:
    """Once a day at a local time, once for each day of the calendar. Raises ValueError for the uncertain hour."""

    hour: int
    minute: int

    def __post_init__(self) -> None:
        if self.hour == UNCERTAIN_HOUR:
            raise ValueError("between 01:00 and 02:00 a day can have no such moment, or two")

    def last_due(self, now: datetime) -> datetime:
        today = self._on(business_date(now))
        return today if today <= now else self._on(business_date(now) - ONE_DAY)

    def next_due(self, now: datetime) -> datetime:
        today = self._on(business_date(now))
        return today if today > now else self._on(business_date(now) + ONE_DAY)

    def period(self, due: datetime) -> str:
        return business_date(due).isoformat()

    def _on(self, day: date) -> datetime:
        return datetime.combine(day, time(self.hour, self.minute), LONDON).astimezone(UTC)

    def __str__(self) -> str:
        return f"daily at {self.hour:02}:{self.minute:02}"


@dataclass(frozen=True, slots=True)
class AfterCutoff:
    """Once for each weekly cut-off, a little after it: what was stamped before it has been committed by then (R8.1)."""

    schedule: Schedule
    delay: timedelta

    def last_due(self, now: datetime) -> datetime:
        reached = now - self.delay
        return cutoffs_due(reached - ONE_WEEK - ONE_DAY, reached, self.schedule)[-1] + self.delay

    def next_due(self, now: datetime) -> datetime:
        return next_cutoff(now - self.delay, self.schedule) + self.delay

    def period(self, due: datetime) -> str:
        return period_of_cutoff(due - self.delay)

    def __str__(self) -> str:
        return f"{self.schedule}, {int(self.delay.total_seconds())} seconds later"


Rhythm = Every | Daily | AfterCutoff
