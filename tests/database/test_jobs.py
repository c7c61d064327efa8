"""Jobs run once for each period, whoever tries; what fails is loud and the others go on."""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from passport_service.app import open_deployment
from passport_service.config import Settings
from passport_service.doors import Deployment
from passport_service.jobs import drawing, running
from passport_service.jobs.job import Job, JobFailed, Outcome, at
from passport_service.jobs.overview import overview, workers
from passport_service.jobs.table import JOBS, find_job
from passport_service.jobs.timetable import Daily, Every
from passport_service.jobs.worker import Alarm
from passport_service.plugins import NotDelivered
from passport_service.services import concerns, councils, dossiers, items, ledgers, people, setup
from passport_service.store import deliveries, job_runs, leases, ledger
from passport_service.store.database import Store, open_store
from tests.conftest import Clock
from tests.database.api_client import decide, found_council, quietly, submit, train
from tests.postgres import end_connections
from tests.waiting import PATIENCE, wait_for

NOTHING: Outcome = {}


@pytest.fixture
def here(settings: Settings, store: Store, clock: Clock) -> Deployment:
    return open_deployment(settings, store, now=clock)


def beat(here: Deployment, holder: str) -> None:
    now = here.clock()
    leases.take(here.store, f"worker:{holder}", holder=holder, now=now, until_at=now + timedelta(minutes=1))


def counting(done: list[str], name: str = "count") -> Job:
    def run(deployment: Deployment, now: datetime) -> Outcome:
        done.append(now.isoformat())
        return {"times": len(done)}

    return Job(name, "Counts.", at(Daily(0, 5)), run)


def failing(deployment: Deployment, now: datetime) -> Outcome:
    raise ValueError("the disk is full")


def test_a_job_runs_once_for_each_day_however_often_it_is_looked_at(here: Deployment, clock: Clock) -> None:
    done: list[str] = []
    job = counting(done)
    for _ in range(3):
        running.run_all_due(here, [job], holder="one")
    clock.move(days=5)
    for _ in range(3):
        running.run_all_due(here, [job], holder="two")
    assert len(done) == 2
    assert [one.period for one in job_runs.recent_runs(here.store, "count")] == ["2026-03-07", "2026-03-02"]
    assert job_runs.recent_runs(here.store, "count")[0].outcome == {"times": 2}


def test_of_many_workers_at_once_one_does_the_job(here: Deployment) -> None:
    done: list[str] = []
    job, barrier = counting(done), threading.Barrier(6)

    def work(holder: str) -> None:
        with quietly(here.store):
            beat(here, holder)
            barrier.wait()
            running.run_due(here, job, holder=holder)

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(done) == 1


def test_a_job_that_fails_is_loud_and_the_others_go_on(
    here: Deployment, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []
    jobs = [Job("broken", "Fails.", at(Daily(0, 5)), failing), counting(done)]
    running.run_all_due(here, jobs, holder="one")
    assert len(done) == 1
    failed = job_runs.last_runs(here.store)["broken"]
    assert (failed.state, failed.error) == ("failed", "ValueError: the disk is full")
    assert any(one.levelno == logging.ERROR and "broken" in one.getMessage() for one in caplog.records)
    running.run_all_due(here, jobs, holder="one")
    assert job_runs.last_runs(here.store)["broken"].started_at == failed.started_at
    clock.move(minutes=11)
    running.run_all_due(here, jobs, holder="one")
    assert job_runs.last_runs(here.store)["broken"].started_at > failed.started_at


def test_a_run_of_a_worker_that_died_is_taken_over_when_its_lease_ran_out(
    here: Deployment, clock: Clock
) -> None:
    done: list[str] = []
    job = counting(done)
    beat(here, "dead")
    assert job_runs.start(
        here.store, "count", "2026-03-02", holder="dead", now=clock.now, failed_before=clock.now
    )
    running.run_due(here, job, holder="alive")
    assert done == []
    clock.move(seconds=61)
    running.run_due(here, job, holder="alive")
    assert len(done) == 1
    assert not job_runs.finish(here.store, "count", "2026-03-02", holder="dead", now=clock.now, outcome={})


@pytest.mark.parametrize(
    ("since", "until", "runs"),
    [
        (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 30, 12, tzinfo=UTC), 3),
        (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 26, 12, tzinfo=UTC), 3),
    ],
    ids=["skipped hour", "repeated hour"],
)
def test_a_worker_that_looks_every_minute_runs_each_day_once_when_the_clocks_change(
    here: Deployment, clock: Clock, since: datetime, until: datetime, runs: int
) -> None:
    done: list[str] = []
    job, clock.now = counting(done), since
    while clock.now < until:
        running.run_due(here, job, holder="one")
        clock.move(minutes=20)
    assert len(done) == runs


def test_the_table_is_complete_and_says_how_each_job_stands(here: Deployment, clock: Clock) -> None:
    found_council(here.store, clock.now)
    before = {one.name: one.state for one in overview(here, clock.now)}
    assert before["pull"] == before["forward"] == "off"
    assert before["sweep"] == "late"
    ran = running.run_all_due(here, JOBS, holder="one")
    assert {one.state for one in ran} == {"done"}, [(one.job, one.error) for one in ran if one.error]
    lines = {one.name: one for one in overview(here, clock.now)}
    assert {one.state for one in lines.values()} == {"done", "off"}
    assert lines["sweep"].next_at == datetime(2026, 3, 3, 0, 5, tzinfo=UTC)
    assert workers(here, clock.now) == 0
    beat(here, "one")
    assert workers(here, clock.now) == 1


def test_a_job_is_run_by_hand_besides_its_periods(here: Deployment, clock: Clock) -> None:
    done: list[str] = []
    for _ in range(2):
        assert running.run_now(here, counting(done), holder="person") is not None
        clock.move(seconds=1)
    running.run_due(here, counting(done), holder="one")
    assert len(done) == 3


def test_before_the_council_is_set_up_the_jobs_wait(here: Deployment) -> None:
    ran = running.run_all_due(here, JOBS, holder="one")
    assert {one.job for one in ran} == {"deliver", "seal", "clean-up"}
    assert {one.state for one in ran} == {"done"}


# The draw


def confirmed(here: Deployment, clock: Clock, *refs: str) -> str:
    """A holder with these items confirmed now; their stream."""
    streams = found_council(here.store, clock.now - timedelta(days=10))
    train(here.store, streams["asha"], clock.now - timedelta(days=9))
    for number in range(3):
        then = clock.now - timedelta(days=8 - number)
        submit(here.store, streams["asha"], f"B-{number}", then)
        decide(here.store, f"B-{number}", streams["rhys"], then + timedelta(hours=1))
    for ref in refs:
        confirm(here.store, streams["asha"], ref, clock.now)
    return streams["asha"]


def confirm(store: Store, stream: str, item: str, now: datetime) -> None:
    found = items.check(
        store, stream, kind="assessment", type="care_act_assessment", now=now, caused_by="test"
    )
    items.confirm(store, check=found.id, item=item, now=now, caused_by="test")


def test_the_draw_runs_once_a_minute_after_each_cutoff_and_catches_up(here: Deployment, clock: Clock) -> None:
    confirmed(here, clock, "W-1", "W-2")
    job = find_job("draw")
    running.run_due(here, job, holder="one")
    council = councils.load(here.store)
    first = len(council.draws)
    clock.now = datetime(2026, 3, 9, 6, 0, 30, tzinfo=UTC)
    running.run_due(here, job, holder="one")
    assert len(councils.load(here.store).draws) == first
    clock.now = datetime(2026, 3, 23, 6, 1, 0, tzinfo=UTC)
    for holder in ("one", "two"):
        running.run_due(here, job, holder=holder)
    council = councils.load(here.store)
    assert [one.effective_at.day for one in council.draws[first:]] == [9, 16, 23]
    assert str(len(council.draws) + 1) in council.commitments
    assert ledgers.unpooled(here.store) == []


def test_the_draw_waits_for_a_writer_that_could_still_confirm_before_the_cutoff(
    here: Deployment, clock: Clock
) -> None:
    confirmed(here, clock, "W-1")
    before = len(councils.load(here.store).draws)
    slow = clock.now
    clock.now = datetime(2026, 3, 9, 6, 2, tzinfo=UTC)
    running.run_due(here, find_job("draw"), holder="one")
    drawn = len(councils.load(here.store).draws)
    assert drawn > before
    clock.now = datetime(2026, 3, 16, 6, 2, tzinfo=UTC)
    with here.store.expecting(slow):
        assert running.run_due(here, find_job("draw"), holder="one") is None
    running.run_due(here, find_job("draw"), holder="one")
    assert len(councils.load(here.store).draws) == drawn + 1


def test_the_draw_key_is_made_once_for_its_owner_alone(here: Deployment, tmp_path: Path) -> None:
    file = tmp_path / "keys" / "draw.key"
    key = drawing.draw_key(file)
    assert (len(key), file.stat().st_mode & 0o777) == (32, 0o600)
    assert drawing.draw_key(file) == key
    file.chmod(0o644)
    with pytest.raises(JobFailed, match="chmod 600"):
        drawing.draw_key(file)


def test_another_key_than_the_published_one_stops_the_draw_and_says_so(
    here: Deployment, clock: Clock
) -> None:
    confirmed(here, clock, "W-1")
    running.run_due(here, find_job("draw"), holder="one")
    here.settings.draw_key.write_bytes(b"k" * 32)
    clock.now = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)
    run = running.run_due(here, find_job("draw"), holder="one")
    assert run is not None
    assert run.state == "failed"
    assert "restore the key" in (run.error or "")


def test_a_key_that_is_gone_is_not_made_anew_once_its_hash_is_published(
    here: Deployment, clock: Clock
) -> None:
    confirmed(here, clock, "W-1")
    file = here.settings.draw_key
    running.run_due(here, find_job("draw"), holder="one")
    key = file.read_bytes()
    file.unlink()
    clock.now = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)
    run = running.run_due(here, find_job("draw"), holder="one")
    assert run is not None
    assert (run.state, file.exists()) == ("failed", False)
    assert f"put its copy back as {file}" in (run.error or "")
    assert "passport draw recommit" in (run.error or "")
    file.write_bytes(key)
    file.chmod(0o600)
    clock.move(minutes=11)
    again = running.run_due(here, find_job("draw"), holder="one")
    assert again is not None
    assert again.state == "done"


# Delivery


def waiting(here: Deployment, number: int) -> None:
    with here.store.writing():
        for one in range(number):
            deliveries.put(f"N-{one}", "asha@council.example", "Hello", "Text", here.clock())


def test_each_notice_is_delivered_once_into_the_outbox(here: Deployment) -> None:
    waiting(here, 3)
    for holder in ("one", "two"):
        running.run_due(here, find_job("deliver"), holder=holder)
    assert len(list(here.settings.outbox.glob("*.eml"))) == 3
    assert deliveries.count_by_state() == {"sent": 3}


class Post:
    """A way to deliver that fails as often as it is told."""

    def __init__(self, failures: int, *, again: bool = True) -> None:
        self.failures = failures
        self.again = again
        self.taken: list[str] = []

    def __call__(self, settings: Any) -> Callable[[Any], None]:
        return self.deliver

    def deliver(self, message: Any) -> None:
        if self.failures:
            self.failures -= 1
            raise NotDelivered("the server is busy", again=self.again)
        self.taken.append(message.id)


@pytest.fixture
def post(here: Deployment) -> Post:
    post = Post(failures=1)
    here.plugins.deliveries["outbox_file"] = post
    return post


def test_what_could_not_be_delivered_is_tried_again_later(here: Deployment, clock: Clock, post: Post) -> None:
    waiting(here, 2)
    run = running.run_due(here, find_job("deliver"), holder="one")
    assert run is not None
    assert run.outcome == {"sent": 1, "again": 1, "given_up": 0, "problem": "the server is busy"}
    clock.move(minutes=3)
    running.run_due(here, find_job("deliver"), holder="one")
    assert sorted(post.taken) == ["N-0", "N-1"]


def test_what_can_never_be_delivered_fails_the_job_and_waits_for_a_person(
    here: Deployment, post: Post
) -> None:
    post.again = False
    waiting(here, 2)
    run = running.run_due(here, find_job("deliver"), holder="one")
    assert run is not None
    assert run.state == "failed"
    assert run.outcome == {"sent": 1, "again": 0, "given_up": 1}
    assert post.taken == ["N-1"]


# Keeping


def test_the_self_check_is_loud_about_any_difference(here: Deployment, clock: Clock) -> None:
    streams = found_council(here.store, clock.now)
    running.run_due(here, find_job("self-check"), holder="one")
    assert job_runs.last_runs(here.store)["self-check"].state == "done"
    with here.store.writing():
        here.store.execute("UPDATE practitioner SET team = 'Elsewhere' WHERE stream = ?", (streams["ben"],))
    clock.move(days=1)
    run = running.run_due(here, find_job("self-check"), holder="one")
    assert run is not None
    assert run.state == "failed"
    assert run.outcome is not None
    assert run.outcome["differences"] == 1
    assert "Elsewhere" in (run.error or "")


def test_old_runs_of_frequent_jobs_are_forgotten_and_those_of_daily_ones_kept(
    here: Deployment, clock: Clock
) -> None:
    daily = replace(find_job("sweep"), is_ready=lambda deployment, now: True)
    frequent = Job("deliver", "Sends.", at(Every(30)), lambda deployment, now: {})
    setup.set_up(here.store, now=clock.now)
    for job in (daily, frequent):
        running.run_due(here, job, holder="one")
    clock.move(days=3)
    for job in (daily, frequent, find_job("clean-up")):
        running.run_due(here, job, holder="one")
    assert len(job_runs.recent_runs(here.store, "sweep")) == 2
    assert len(job_runs.recent_runs(here.store, "deliver")) == 1


def test_an_undecided_serious_concern_goes_once_to_the_service_managers(
    here: Deployment, clock: Clock
) -> None:
    stream = confirmed(here, clock, "W-1")
    people.register(
        here.store, ref="sam", attributes={"role": "service_manager", "name": "Sam", "email": "sam@council.example"},
        now=clock.now, caused_by="test",
    )  # fmt: skip
    reader = people.find(here.store, "rhys")
    concerns.record(
        here.store, stream, id="C-1", item="W-1", severity="serious", source="audit", reader=reader, reason="unsafe",
        now=clock.now, caused_by="test",
    )  # fmt: skip
    for days, overdue in ((1, 0), (7, 1), (1, 1)):
        clock.move(days=days)
        run = running.run_due(here, find_job("escalations"), holder="one")
        assert run is not None
        assert (run.outcome or {})["overdue"] == overdue
    told = here.store.execute("SELECT text FROM outbox WHERE address = 'sam@council.example'").fetchall()
    assert len(told) == 1
    assert "asha" in told[0][0]
    assert dossiers.load(here.store, stream).live is not None


# Real processes


def environment(url: str, folder: Path) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if name not in ("DATABASE_URL",)},
        "PASSPORT_DATABASE_URL": url,
        "PASSPORT_DATA_FOLDER": str(folder),
        "PASSPORT_SECRET_KEY": "a secret that is only ever used in tests",
        "PASSPORT_PUBLIC_URL": "https://passport.example",
    }


def worker(url: str, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, *(arguments or ("-m", "passport_service", "worker"))]
    return subprocess.Popen(
        command, env=environment(url, folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def ran(store: Store, *names: str) -> bool:
    last = job_runs.last_runs(store)
    return all(name in last and last[name].state == "done" for name in names)


@pytest.mark.crash
def test_two_workers_at_once_do_each_thing_once_and_end_when_told(
    store: Store, database_url: str, tmp_path: Path, settings: Settings
) -> None:
    now = datetime.now(UTC)
    here = open_deployment(settings, store)
    stream = confirmed(here, Clock(now - timedelta(days=8)), "W-1", "W-2")
    written = len(store.execute("SELECT id FROM outbox").fetchall())
    assert written
    both = [worker(database_url, tmp_path), worker(database_url, tmp_path)]
    try:
        wait_for(lambda: leases.count(store, job_runs.WORKER, datetime.now(UTC)) == len(both))
        wait_for(lambda: ran(store, "sweep", "draw", "deliver", "self-check", "seal", "clean-up"))
        wait_for(lambda: deliveries.count_by_state().keys() == {"sent"})
    finally:
        for one in both:
            one.send_signal(signal.SIGTERM)
        outputs = [one.communicate(timeout=PATIENCE)[0] for one in both]
    assert [one.returncode for one in both] == [0, 0], outputs
    assert not any("Traceback" in text for text in outputs), "\n=====\n".join(outputs)
    pools = [
        ref
        for draw in councils.load(store).draws
        for receipt in draw.data["receipts"]
        for ref in receipt["pool"]
    ]
    assert sorted(pools) == ["W-1", "W-2"]
    sent = store.execute("SELECT count(*), count(DISTINCT notice) FROM outbox").fetchone()
    assert sent[0] == sent[1] == len(list((tmp_path / "outbox").glob("*.eml")))
    assert (tmp_path / "draw.key").stat().st_mode & 0o777 == 0o600
    assert store.execute("SELECT count(*) FROM lease WHERE name LIKE 'worker:%'").fetchone()[0] == 0
    picked = [one for one in ledger.read(store, stream) if one.kind == "item_picked"]
    assert len({one.data["item"] for one in picked}) == len(picked)
    assert ledgers.verify(store) == []


SLOW = """
import sys, time
from pathlib import Path
from datetime import timedelta
from passport_service.commands import deployment_here
from passport_service.domain.events import NewEvent
from passport_service.jobs import worker
from passport_service.jobs.job import Job, at
from passport_service.jobs.timetable import Every
from passport_service.services import councils
worker.LEASE, worker.HEARTBEAT_SECONDS, worker.LOOK_SECONDS = timedelta(seconds=3), 0.5, 1
mark, seconds = Path(sys.argv[1]), float(sys.argv[2])
def slow(deployment, now):
    with deployment.store.writing(now):
        new = [NewEvent("endorsement_set", now, {"slug": "slow", "title": "Slow"})]
        councils.append(deployment.store, new, now=now, caused_by="slow")
        mark.touch()
        time.sleep(seconds)
    return {"slept": seconds}
once = Every(1_000_000_000)  # seconds: no period begins in the midst of a test
worker.Worker(deployment_here(), [Job("slow", "Is slow.", at(once), slow)]).work()
"""


def slow_events(store: Store) -> int:
    return sum(one.caused_by == "slow" for one in ledger.read(store, "council"))


@pytest.mark.crash
def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    setup.set_up(store, now=datetime.now(UTC) - timedelta(days=1))
    store.close()
    mark = tmp_path / "in the middle"
    first = worker(database_url, tmp_path, "-c", SLOW, str(mark), "60")
    wait_for(mark.exists)
    first.kill()
    first.communicate(timeout=PATIENCE)
    assert slow_events(store) == 0
    assert job_runs.last_runs(store)["slow"].state == "running"
    second = worker(database_url, tmp_path, "-c", SLOW, str(mark), "0")
    try:
        wait_for(lambda: ran(store, "slow"))
    finally:
        second.terminate()
        output = second.communicate(timeout=PATIENCE)[0]
    assert second.returncode == 0, output
    assert slow_events(store) == 1
    assert ledgers.verify(store) == []


@pytest.mark.crash
def test_a_worker_that_is_told_to_stop_ends_its_job_first(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    setup.set_up(store, now=datetime.now(UTC) - timedelta(days=1))
    store.close()
    mark = tmp_path / "in the middle"
    one = worker(database_url, tmp_path, "-c", SLOW, str(mark), "5")
    wait_for(mark.exists)
    one.terminate()
    output = one.communicate(timeout=PATIENCE)[0]
    assert one.returncode == 0, output
    assert ran(store, "slow")
    assert slow_events(store) == 1


@pytest.mark.postgres
def test_after_the_database_was_restarted_the_jobs_go_on(
    settings: Settings, postgres_url: str, clock: Clock
) -> None:
    store = open_store(postgres_url)
    here = open_deployment(settings, store, now=clock)
    done: list[str] = []
    running.run_due(here, counting(done), holder="one")
    end_connections(postgres_url)
    clock.move(days=1)
    for _ in range(2):
        running.run_due(here, counting(done), holder="one")
    assert len(done) == 2
    store.close()


@pytest.mark.postgres
def test_after_the_database_was_restarted_the_worker_still_knows_when_the_draw_is_due(
    settings: Settings, postgres_url: str, clock: Clock
) -> None:
    store = open_store(postgres_url)
    here = open_deployment(settings, store, now=clock)
    setup.set_up(store, now=clock.now)
    alarm = Alarm(here, find_job("draw"))
    due = alarm.get_next_fire_time(None, clock.now)
    assert due > clock.now + timedelta(days=1)
    end_connections(postgres_url)
    assert alarm.get_next_fire_time(due, clock.now) == due
    store.close()


def test_a_worker_that_cannot_ask_when_a_job_is_due_asks_again_in_a_minute(
    here: Deployment, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    def asks(deployment: Deployment, now: datetime) -> Every:
        deployment.store.execute("SELECT day FROM policy_that_is_not_there")
        raise AssertionError

    alarm = Alarm(here, replace(counting([]), rhythm=asks))
    assert alarm.get_next_fire_time(None, clock.now) == clock.now + timedelta(minutes=1)
    assert "job count: when it is due cannot be found out" in caplog.text
