"""Bank holidays of England and Wales as data: reading, joining, and making a calendar of them (R15.1)."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from passport_service.domain.calendar import WorkingCalendar
from passport_service.domain.errors import Refused

DIVISION = "england-and-wales"
USUAL_COUNT = 8
LONGEST_TITLE = 200


def parse_government_json(text: str) -> dict[date, str]:
    """The England and Wales bank holidays of the government's file, day to title, in order.

    Other divisions are left aside: general UK lists omit Easter Monday and the August holiday (R15.1). Raises
    Refused MALFORMED naming the place that is at fault; nothing is taken from a file that is wrong anywhere.
    """
    events = _events(_loaded(text))
    days: dict[date, str] = {}
    for number, event in enumerate(events):
        where = f"{DIVISION}.events[{number}]"
        day, title = _holiday(event, where)
        if day in days:
            raise Refused("MALFORMED", f"{day} is listed twice.", f"{where}.date")
        days[day] = title
    return dict(sorted(days.items()))


def merged(held: Mapping[date, str], imported: Mapping[date, str]) -> dict[date, str]:
    """The held days, with the years that the import covers replaced by it: a file has some years only."""
    years = {day.year for day in imported}
    kept = {day: title for day, title in held.items() if day.year not in years}
    return dict(sorted((kept | dict(imported)).items()))


def working_calendar(version: str, days: Iterable[date], closures: Iterable[date] = ()) -> WorkingCalendar:
    """The calendar of these days; its ``years`` are those with at least one bank holiday."""
    holidays = frozenset(days)
    return WorkingCalendar(version, holidays, frozenset(day.year for day in holidays), frozenset(closures))


def thin_years(days: Iterable[date]) -> list[int]:
    """Years with fewer bank holidays than the usual eight: perhaps a list that is not England's (R15.1)."""
    counts = Counter(day.year for day in days)
    return sorted(year for year, count in counts.items() if count < USUAL_COUNT)


def calendar_data(calendar: WorkingCalendar) -> dict[str, Any]:
    """The calendar as plain JSON values, for the ledger."""
    return {
        "version": calendar.version,
        "holidays": [day.isoformat() for day in sorted(calendar.holidays)],
        "years": sorted(calendar.years),
        "closures": [day.isoformat() for day in sorted(calendar.closures)],
    }


def calendar_from(data: Mapping[str, Any]) -> WorkingCalendar:
    """The calendar that ``calendar_data`` wrote."""
    return WorkingCalendar(
        version=data["version"],
        holidays=frozenset(map(date.fromisoformat, data["holidays"])),
        years=frozenset(data["years"]),
        closures=frozenset(map(date.fromisoformat, data.get("closures", ()))),
    )


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Refused("MALFORMED", "The bank holidays are not JSON.") from None


def _events(document: Any) -> list[Any]:
    if not isinstance(document, dict) or not isinstance(document.get(DIVISION), dict):
        raise Refused("MALFORMED", "The file has no bank holidays for England and Wales.", DIVISION)
    events = document[DIVISION].get("events")
    if not isinstance(events, list) or not events:
        raise Refused("MALFORMED", "The list of bank holidays is missing or empty.", f"{DIVISION}.events")
    return events


def _holiday(event: Any, where: str) -> tuple[date, str]:
    if not isinstance(event, dict):
        raise Refused("MALFORMED", "A bank holiday needs a title and a date.", where)
    title = event.get("title")
    if not isinstance(title, str) or not title.strip() or len(title) > LONGEST_TITLE:
        raise Refused("MALFORMED", "A bank holiday needs a title.", f"{where}.title")
    return _day(event.get("date"), f"{where}.date"), title


def _day(value: Any, where: str) -> date:
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError):
        raise Refused("MALFORMED", "A bank holiday needs a date such as 2026-12-25.", where) from None
    if day.isoformat() != value:
        raise Refused("MALFORMED", "A bank holiday needs a date such as 2026-12-25.", where)
    return day
