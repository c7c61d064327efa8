"""What arrived, put into hours or days of London time for a page: nothing left out, so that silence shows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from passport_service.domain.calendar import LONDON, ONE_DAY, business_date, end_of_day, start_of_day
from passport_service.store.arrivals import Came, Hour

AN_HOUR = timedelta(hours=1)
HOURS_OF_A_DAY = 24
DAYS_OF_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Slot:
    """One hour or one day: ``word`` is short, ``name`` says it whole; ``day`` is set where it is a day."""

    since: datetime
    until: datetime
    word: str
    name: str
    day: date | None
    came: Came


@dataclass(frozen=True, slots=True)
class Span:
    """What a page is about, in [since, until), in hours or in days."""

    since: datetime
    until: datetime
    by_day: bool = False

    @staticmethod
    def last_day(now: datetime) -> "Span":
        """The 24 hours up to the end of the present one."""
        until = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + AN_HOUR
        return Span(until - HOURS_OF_A_DAY * AN_HOUR, until)

    @staticmethod
    def last_week(now: datetime) -> "Span":
        """Today and the six days before."""
        today = business_date(now)
        return Span(start_of_day(today - (DAYS_OF_A_WEEK - 1) * ONE_DAY), end_of_day(today), by_day=True)

    @staticmethod
    def of_day(day: date) -> "Span":
        return Span(start_of_day(day), end_of_day(day))


def slots_of(span: Span, hours: Iterable[Hour]) -> list[Slot]:
    """The hours or days of a span in order, with what came in each through whichever keys."""
    slots = _days(span) if span.by_day else _hours(span)
    places = {moment: place for place, one in enumerate(slots) for moment in _begins(one)}
    counts = [Came() for _ in slots]
    for hour in hours:
        place = places.get(hour.at)
        if place is not None:
            counts[place] = counts[place] + hour.came
    return [
        Slot(one.since, one.until, one.word, one.name, one.day, came)
        for one, came in zip(slots, counts, strict=True)
    ]


def _begins(slot: Slot) -> list[datetime]:
    return [slot.since + place * AN_HOUR for place in range(round((slot.until - slot.since) / AN_HOUR))]


def _hours(span: Span) -> list[Slot]:
    hours = round((span.until - span.since) / AN_HOUR)
    # When the clocks change an hour of the day comes twice, and its name has to say which one it is.
    is_changing = span.since.astimezone(LONDON).utcoffset() != span.until.astimezone(LONDON).utcoffset()
    found = []
    for place in range(hours):
        since = span.since + place * AN_HOUR
        local = since.astimezone(LONDON)
        word = f"{local.hour % 12 or 12}{'am' if local.hour < 12 else 'pm'}"
        zone = f" {local.tzname()}" if is_changing else ""
        name = f"{local:%a} {local.day} {local:%b}, {word}{zone}"
        found.append(Slot(since, since + AN_HOUR, word, name, None, Came()))
    return found


def _days(span: Span) -> list[Slot]:
    found, day = [], business_date(span.since)
    while start_of_day(day) < span.until:
        word, name = f"{day:%a} {day.day}", f"{day:%A} {day.day} {day:%B}"
        found.append(Slot(start_of_day(day), end_of_day(day), word, name, day, Came()))
        day += ONE_DAY
    return found
