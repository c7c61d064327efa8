"""The working-day calendar as versioned data: imported from the government's file, closure days added (R15.1)."""

from collections.abc import Iterable
from datetime import date, datetime

from passport_service.domain.calendar import business_date
from passport_service.domain.errors import Refused
from passport_service.domain.events import NewEvent
from passport_service.domain.holidays import (
    calendar_data,
    merged,
    parse_government_json,
    thin_years,
    working_calendar,
)
from passport_service.services import councils
from passport_service.store.database import Store


def import_bank_holidays(store: Store, text: str, *, now: datetime, caused_by: str) -> list[str]:
    """Take the years that a government file speaks of from it; returns warnings in sentences.

    Raises Refused MALFORMED naming the place at fault. Due days given before stay as they were said.
    """
    imported = parse_government_json(text)
    with store.writing(now):
        known = councils.load_for_change(store).calendar
        days = merged(dict.fromkeys(known.holidays, ""), imported)
        _load(store, days, known.closures, now, caused_by)
    return [
        f"{year} has fewer bank holidays than England usually has: is the list complete?"
        for year in thin_years(imported)
    ]


def set_closures(store: Store, closures: Iterable[date], *, now: datetime, caused_by: str) -> None:
    """Replace the council's own closure days; a bank holiday among them is refused as MALFORMED."""
    wanted = frozenset(closures)
    with store.writing(now):
        known = councils.load_for_change(store).calendar
        if doubled := wanted & known.holidays:
            raise Refused("MALFORMED", f"{min(doubled)} is a bank holiday already.", "closures")
        _load(store, known.holidays, wanted, now, caused_by)


def _load(
    store: Store, days: Iterable[date], closures: Iterable[date], now: datetime, caused_by: str
) -> None:
    version = f"loaded {now.isoformat(timespec='seconds')}"
    data = calendar_data(working_calendar(version, days, closures))
    councils.append(store, [NewEvent("calendar_loaded", now, data)], now=now, caused_by=caused_by)


def warnings(store: Store, *, now: datetime) -> list[str]:
    """Years that clocks will soon count in and for which no bank holidays are loaded: they would count as working days."""
    today = business_date(now)
    calendar = councils.load(store).calendar
    missing = calendar.missing_years(today, date(today.year + 1, 12, 31))
    return [
        f"No bank holidays are loaded for {year}: every weekday counts as a working day." for year in missing
    ]
