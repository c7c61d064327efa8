"""Bank holidays as versioned data (R15.1)."""

import json
from datetime import date, timedelta

import holidays as oracle
import pytest

from passport_service.data import read_bank_holidays
from passport_service.domain.errors import Refused
from passport_service.domain.holidays import (
    calendar_data,
    calendar_from,
    merged,
    parse_government_json,
    thin_years,
    working_calendar,
)

SHIPPED = parse_government_json(read_bank_holidays())


def government(*events: object) -> str:
    return json.dumps({"england-and-wales": {"division": "england-and-wales", "events": list(events)}})


def test_the_shipped_holidays_cover_2012_to_2030_with_no_thin_year() -> None:
    assert {day.year for day in SHIPPED} == set(range(2012, 2031))
    assert thin_years(SHIPPED) == []


@pytest.mark.parametrize(
    "day",
    ["2012-06-04", "2012-06-05", "2020-05-08", "2022-06-02", "2022-06-03", "2022-09-19", "2023-05-08"],
)
def test_one_off_holidays_and_moved_days_are_data(day: str) -> None:
    assert date.fromisoformat(day) in SHIPPED


@pytest.mark.parametrize("day", ["2012-05-28", "2020-05-04", "2022-05-30"])
def test_a_day_whose_holiday_was_moved_is_worked(day: str) -> None:
    assert working_calendar("v", SHIPPED).is_working_day(date.fromisoformat(day))


@pytest.mark.parametrize("day", ["2026-12-28", "2027-12-27", "2027-12-28", "2028-01-03", "2021-12-28"])
def test_substitute_days_are_not_worked(day: str) -> None:
    assert not working_calendar("v", SHIPPED).is_working_day(date.fromisoformat(day))


def test_easter_monday_and_the_august_holiday_are_there_every_year() -> None:
    titles = [(day.year, title) for day, title in SHIPPED.items()]
    for year in range(2012, 2031):
        assert (year, "Easter Monday") in titles
        assert (year, "Summer bank holiday") in titles


def test_an_independent_calendar_of_england_agrees_on_every_weekday() -> None:
    england = oracle.country_holidays("GB", subdiv="ENG", years=range(2012, 2031))
    working = working_calendar("v", SHIPPED)
    days = (date(2012, 1, 1) + timedelta(days=number) for number in range(365 * 19))
    weekdays = [day for day in days if day.weekday() < 5]
    assert [day for day in weekdays if working.is_working_day(day) == (day in england)] == []


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("not json", None),
        ("[" * 100_000, None),
        ("[]", "england-and-wales"),
        ('{"scotland": {"division": "scotland", "events": []}}', "england-and-wales"),
        ('{"england-and-wales": []}', "england-and-wales"),
        ('{"england-and-wales": {}}', "england-and-wales.events"),
        (government(), "england-and-wales.events"),
        (government("2026-12-25"), "england-and-wales.events[0]"),
        (government({"date": "2026-12-25"}), "england-and-wales.events[0].title"),
        (government({"title": " ", "date": "2026-12-25"}), "england-and-wales.events[0].title"),
        (government({"title": "X", "date": "25/12/2026"}), "england-and-wales.events[0].date"),
        (government({"title": "X", "date": "20261225"}), "england-and-wales.events[0].date"),
        (government({"title": "X", "date": 20261225}), "england-and-wales.events[0].date"),
        (government({"title": "X", "date": "2026-02-30"}), "england-and-wales.events[0].date"),
        (
            government({"title": "X", "date": "2026-12-25"}, {"title": "Y", "date": "2026-12-25"}),
            "england-and-wales.events[1].date",
        ),
    ],
)
def test_a_malformed_file_is_refused_at_the_place_that_is_wrong(text: str, where: str | None) -> None:
    with pytest.raises(Refused) as refusal:
        parse_government_json(text)
    assert (refusal.value.code, refusal.value.where) == ("MALFORMED", where)


def test_an_import_replaces_the_years_it_speaks_of_and_keeps_the_others() -> None:
    held = {date(2029, 12, 25): "Christmas Day", date(2030, 1, 1): "New Year’s Day"}
    assert merged(held, {date(2030, 5, 9): "One-off"}) == {
        date(2029, 12, 25): "Christmas Day",
        date(2030, 5, 9): "One-off",
    }


def test_a_year_with_fewer_than_eight_holidays_is_suspect() -> None:
    assert thin_years([date(2031, 1, 1), date(2031, 12, 25)]) == [2031]


def test_a_calendar_returns_from_the_ledger_as_it_went_in() -> None:
    calendar = working_calendar("2026-01", SHIPPED, closures=[date(2026, 12, 29)])
    stored = json.loads(json.dumps(calendar_data(calendar)))
    assert calendar_from(stored) == calendar
    assert calendar.years == frozenset(range(2012, 2031))
