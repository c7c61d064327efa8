"""How a story's values are read, and how what came is compared with what was expected."""

from datetime import UTC, date, datetime

import pytest

from passport_service.scenarios import values
from passport_service.scenarios.comparing import differences

MOMENT = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    ["2026-06-30T23:30:00Z", "2026-06-30T23:30Z", "2026-07-01T00:30:00+01:00", "2026-06-30 23:30:00", MOMENT],
)
def test_one_moment_may_be_written_in_many_ways(written: object) -> None:
    assert values.moment(written) == MOMENT


def test_a_day_with_no_time_is_midnight_in_london() -> None:
    assert values.moment("2026-07-01") == datetime(2026, 6, 30, 23, tzinfo=UTC)
    assert values.moment(date(2026, 1, 31)) == datetime(2026, 1, 31, tzinfo=UTC)


def test_the_day_of_a_moment_is_its_local_day() -> None:
    assert values.day("2026-06-30T23:30:00Z") == date(2026, 7, 1)
    assert values.day("2026-01-31T23:30:00Z") == date(2026, 1, 31)


@pytest.mark.parametrize(
    "wrong", ["soon", "2026-02-30", "2026-13-01T00:00:00Z", 7, None, True, ["2026-01-01"]]
)
def test_what_is_no_moment_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError):
        values.moment(wrong)


@pytest.mark.parametrize(
    ("expected", "came"),
    [
        ({"since": date(2026, 7, 1)}, {"since": MOMENT}),
        ({"since": MOMENT}, {"since": MOMENT}),
        ({"reasons": ("B", "A")}, {"reasons": ["A", "B"]}),
        ({"codes": ()}, {"codes": []}),
        ({"picks": ()}, {"picks": None}),
        ({"number": None}, {"number": None, "state": "active"}),
    ],
)
def test_what_agrees(expected: dict[str, object], came: dict[str, object]) -> None:
    assert differences(expected, came) == []


@pytest.mark.parametrize(
    ("expected", "came", "told"),
    [
        ({"codes": ("B", "A")}, {"codes": ["A", "B"]}, "codes: expected [B, A], got [A, B]"),
        ({"reasons": ()}, {"reasons": ["A"]}, "reasons: expected [], got [A]"),
        (
            {"since": date(2026, 6, 30)},
            {"since": MOMENT},
            "since: expected 2026-06-30, got 2026-06-30T23:30:00Z",
        ),
        ({"number": 1}, {"number": None}, "number: expected 1, got null"),
        ({"condition_met": True}, {"condition_met": False}, "condition_met: expected true, got false"),
    ],
)
def test_what_does_not_agree_is_told_in_words(
    expected: dict[str, object], came: dict[str, object], told: str
) -> None:
    assert differences(expected, came) == [told]
