"""Columns that mean the same on both databases."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from passport_service.store.database import Store
from passport_service.store.fields import moment_text
from passport_service.store.tables.access import SecurityLog
from passport_service.store.tables.people import Practitioner

SUMMER = timezone(timedelta(hours=1))


def log(at: datetime, **detail: object) -> SecurityLog:
    return SecurityLog.create(at=at, kind="signed_in", detail=detail)


def test_a_moment_comes_back_aware_in_utc_to_the_microsecond(store: Store) -> None:
    with store.writing():
        row = log(datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=SUMMER))
    found = SecurityLog.get_by_id(row.id).at
    assert found == datetime(2026, 7, 1, 11, 0, 0, 123456, tzinfo=UTC)
    assert found.tzinfo is UTC


def test_a_naive_moment_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="time zone"), store.writing():
        log(datetime(2026, 7, 1, 12, 0))  # noqa: DTZ001


def test_moments_sort_and_compare_by_time_whatever_zone_they_came_in(store: Store) -> None:
    moments = [
        datetime(2026, 7, 1, 12, 0, tzinfo=SUMMER),
        datetime(2026, 7, 1, 11, 0, 0, 1, tzinfo=UTC),
        datetime(2026, 7, 1, 12, 30, tzinfo=SUMMER),
        datetime(999, 1, 1, tzinfo=UTC),
    ]
    with store.writing():
        for moment in moments:
            log(moment)
    found = [row.at for row in SecurityLog.select().order_by(SecurityLog.at)]
    assert found == sorted(moments)
    since = SecurityLog.select().where(SecurityLog.at > moments[0]).count()
    assert since == 2


def test_every_moment_is_written_with_the_same_width() -> None:
    assert len(moment_text(datetime(7, 1, 1, tzinfo=UTC))) == len(moment_text(datetime.now(UTC))) == 32


def test_json_keeps_the_order_of_its_keys(store: Store) -> None:
    with store.writing():
        row = log(datetime(2026, 7, 1, tzinfo=UTC), z=1, a=[1, 2.5, None], é="ü")
    assert list(SecurityLog.get_by_id(row.id).detail.items()) == [("z", 1), ("a", [1, 2.5, None]), ("é", "ü")]


def test_json_refuses_what_would_come_back_as_something_else(store: Store) -> None:
    with pytest.raises(TypeError), store.writing():
        log(datetime(2026, 7, 1, tzinfo=UTC), on=date(2026, 7, 1))


def test_a_day_refuses_a_moment(store: Store) -> None:
    with pytest.raises(ValueError, match="a day is a date"):
        Practitioner.select().where(Practitioner.left_on == datetime(2026, 7, 1, tzinfo=UTC)).sql()
