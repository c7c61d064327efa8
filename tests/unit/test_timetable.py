"""When jobs are due, through both changes of the clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passport_service.domain.cutoffs import parse_schedule
from passport_service.jobs.timetable import AfterCutoff, Daily, Every, Rhythm

EARLY, LATE = 1_735_689_600, 1_956_528_000  # 2025 to 2031
LONDON = ZoneInfo("Europe/London")
SWEEP = Daily(0, 5)
DRAW = AfterCutoff(parse_schedule("Monday 06:00 Europe/London"), timedelta(minutes=1))
RHYTHMS = (SWEEP, Daily(4, 15), Every(30), Every(3600), DRAW)
MARCH, OCTOBER = datetime(2026, 3, 29, tzinfo=LONDON), datetime(2026, 10, 25, tzinfo=LONDON)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def runs(rhythm: Rhythm, since: datetime, until: datetime, *, step: timedelta) -> list[str]:
    """The periods that a worker which looks so often would run, each as it first finds it due."""
    found: list[str] = []
    now = since.astimezone(UTC)
    while now < until.astimezone(UTC):
        period = rhythm.period(rhythm.last_due(now))
        if period not in found:
            found.append(period)
        now += step
    return found


@pytest.mark.parametrize("change", [MARCH, OCTOBER], ids=["skipped hour", "repeated hour"])
def test_a_daily_job_runs_once_on_each_day_when_the_clocks_change(change: datetime) -> None:
    since, until = change - timedelta(days=2), change + timedelta(days=3)
    days = [(change + timedelta(days=number)).date().isoformat() for number in range(-3, 3)]
    assert runs(SWEEP, since, until, step=timedelta(minutes=10)) == days


@pytest.mark.parametrize(
    ("change", "hours"), [(MARCH, 23), (OCTOBER, 25)], ids=["skipped hour", "repeated hour"]
)
def test_an_hourly_job_runs_once_in_each_real_hour_when_the_clocks_change(
    change: datetime, hours: int
) -> None:
    tomorrow = (change + timedelta(days=1)).astimezone(UTC)
    assert len(runs(Every(3600), change, tomorrow, step=timedelta(minutes=5))) == hours


def test_the_draw_keeps_its_local_time() -> None:
    moments = [
        utc("2026-03-22T12:00"),
        utc("2026-03-29T12:00"),
        utc("2026-10-18T12:00"),
        utc("2026-10-25T12:00"),
    ]
    assert [DRAW.next_due(one) for one in moments] == [
        utc("2026-03-23T06:01"), utc("2026-03-30T05:01"), utc("2026-10-19T05:01"), utc("2026-10-26T06:01"),
    ]  # fmt: skip


def test_the_draw_is_named_by_its_cutoff_and_due_a_minute_later() -> None:
    before, after = utc("2026-03-23T06:00:59"), utc("2026-03-23T06:01:00")
    assert DRAW.period(DRAW.last_due(before)) == "2026-03-16T06:00:00Z"
    assert DRAW.period(DRAW.last_due(after)) == "2026-03-23T06:00:00Z"


def test_after_a_long_pause_a_daily_job_is_due_once() -> None:
    assert SWEEP.last_due(utc("2026-03-20T15:00")) == utc("2026-03-20T00:05")
    assert SWEEP.last_due(utc("2026-03-20T00:04")) == utc("2026-03-19T00:05")
    assert SWEEP.last_due(utc("2026-06-30T23:04")) == utc("2026-06-29T23:05")
    assert SWEEP.period(SWEEP.last_due(utc("2026-06-30T23:05"))) == "2026-07-01"


def test_no_daily_job_may_be_put_into_the_hour_that_is_skipped_or_repeated() -> None:
    with pytest.raises(ValueError, match="between 01:00 and 02:00"):
        Daily(1, 30)


def test_rhythms_read_as_people_say_them() -> None:
    assert [str(one) for one in (SWEEP, Every(30), Every(60), Every(900), Every(3600))] == [
        "daily at 00:05", "every 30 seconds", "every minute", "every 15 minutes", "every hour",
    ]  # fmt: skip


@given(
    st.sampled_from(RHYTHMS),
    st.integers(EARLY, LATE).map(lambda second: datetime.fromtimestamp(second, UTC)),
)
def test_the_last_due_moment_is_not_later_and_the_next_is_later_with_nothing_between(
    rhythm: Rhythm, now: datetime
) -> None:
    last, following = rhythm.last_due(now), rhythm.next_due(now)
    assert last <= now < following
    assert rhythm.next_due(last) == following
    assert rhythm.last_due(following) == following
    assert rhythm.period(last) != rhythm.period(following)
