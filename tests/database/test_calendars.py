"""The calendar as versioned data, and the council as it is known after a transaction was given up."""

import json
from datetime import UTC, date, datetime

import pytest

from passport_service.domain.errors import Refused
from passport_service.services import calendars, councils, policies, setup
from passport_service.store.database import Store

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def council(store: Store) -> Store:
    setup.set_up(store, now=NOW)
    return store


def government(*days: str) -> str:
    events = [{"title": "A holiday", "date": day, "notes": "", "bunting": True} for day in days]
    return json.dumps({"england-and-wales": {"division": "england-and-wales", "events": events}})


def test_an_imported_year_replaces_that_year_only(council: Store) -> None:
    found = calendars.import_bank_holidays(council, government("2026-07-15"), now=NOW, caused_by="t")
    calendar = councils.load(council).calendar
    assert date(2026, 7, 15) in calendar.holidays
    assert date(2026, 12, 25) not in calendar.holidays
    assert date(2027, 12, 27) in calendar.holidays
    assert found == ["2026 has fewer bank holidays than England usually has: is the list complete?"]


def test_an_earlier_moment_knows_the_earlier_calendar(council: Store) -> None:
    later = datetime(2026, 4, 1, tzinfo=UTC)
    calendars.import_bank_holidays(council, government("2026-07-15"), now=later, caused_by="t")
    assert date(2026, 12, 25) in councils.load(council, NOW).calendar.holidays


def test_closure_days_are_no_working_days(council: Store) -> None:
    calendars.set_closures(council, [date(2026, 12, 29)], now=NOW, caused_by="t")
    assert not councils.load(council).calendar.is_working_day(date(2026, 12, 29))
    with pytest.raises(Refused, match="MALFORMED"):
        calendars.set_closures(council, [date(2026, 12, 25)], now=NOW, caused_by="t")


def test_a_year_without_bank_holidays_is_warned_of(council: Store) -> None:
    assert calendars.warnings(council, now=NOW) == []
    far = datetime(2030, 6, 1, tzinfo=UTC)
    assert calendars.warnings(council, now=far) == [
        "No bank holidays are loaded for 2031: every weekday counts as a working day."
    ]


def test_a_council_read_in_a_transaction_that_was_given_up_is_not_remembered(council: Store) -> None:
    def publish(length: int) -> None:
        policies.publish(
            council, {"streak.length": length}, effective_from=NOW, author="a", approver="b", now=NOW
        )

    def give_up() -> None:
        with council.writing(NOW):
            publish(4)
            assert councils.load(council).policies.latest["streak.length"] == 4
            raise RuntimeError

    with pytest.raises(RuntimeError):
        give_up()
    publish(5)
    assert councils.load(council).policies.latest["streak.length"] == 5
