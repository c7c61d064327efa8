"""Two workers at once do each thing once."""

import threading
from datetime import timedelta

from passport_service.store import job_runs, leases
from passport_service.store.database import Store
from tests.database.facts import NOON

HOUR = timedelta(hours=1)


def start(store: Store, holder: str, *, hours: int = 0) -> bool:
    now = NOON + hours * HOUR
    return job_runs.start(store, "sweep", "2026-03-02", holder=holder, now=now, failed_before=now - HOUR)


def beat(store: Store, holder: str) -> None:
    """The worker shows that it lives, for an hour."""
    leases.take(store, f"worker:{holder}", holder=holder, now=NOON, until_at=NOON + HOUR)


def finish(store: Store, holder: str) -> bool:
    return job_runs.finish(
        store, "sweep", "2026-03-02", holder=holder, now=NOON + HOUR, outcome={"lapsed": 2}
    )


def fail(store: Store, holder: str) -> bool:
    return job_runs.fail(store, "sweep", "2026-03-02", holder=holder, now=NOON, error="no connection")


def test_a_job_runs_once_for_a_period(store: Store) -> None:
    beat(store, "one")
    assert start(store, "one")
    assert not start(store, "two")
    assert finish(store, "one")
    assert not start(store, "two", hours=5)
    done = job_runs.find(store, "sweep", "2026-03-02")
    assert done is not None
    assert (done.state, done.outcome, done.finished_at) == ("done", {"lapsed": 2}, NOON + HOUR)


def test_a_failed_run_can_be_tried_again_after_a_while(store: Store) -> None:
    start(store, "one")
    assert fail(store, "one")
    failed = job_runs.find(store, "sweep", "2026-03-02")
    assert failed is not None
    assert failed.error == "no connection"
    assert not start(store, "two")
    assert start(store, "two", hours=1)


def test_a_run_of_a_worker_that_died_is_taken_over_and_the_dead_cannot_finish_it(store: Store) -> None:
    beat(store, "one")
    start(store, "one")
    assert not start(store, "two", hours=0)
    assert start(store, "two", hours=1)
    assert not finish(store, "one")
    assert finish(store, "two")


def test_a_run_whose_end_could_not_be_written_is_tried_again_by_the_same_worker(store: Store) -> None:
    beat(store, "one")
    assert start(store, "one")
    assert not start(store, "one")
    leases.take(store, "worker:one", holder="one", now=NOON + HOUR, until_at=NOON + 2 * HOUR)
    assert not start(store, "two", hours=1)
    assert start(store, "one", hours=1)
    assert finish(store, "one")


def test_of_many_workers_at_once_one_gets_the_run_and_one_the_lease(store: Store) -> None:
    got: list[str] = []
    for number in range(5):
        beat(store, f"worker {number}")

    def work(holder: str) -> None:
        if start(store, holder):
            got.append("run")
        if leases.take(store, "scheduler", holder=holder, now=NOON, until_at=NOON + HOUR):
            got.append("lease")
        store.close()

    threads = [threading.Thread(target=work, args=(f"worker {number}",)) for number in range(5)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(got) == ["lease", "run"]


def test_the_last_run_of_each_job_is_shown(store: Store) -> None:
    for number, job in enumerate(["sweep", "draw", "sweep"]):
        now = NOON + number * HOUR
        job_runs.start(store, job, str(number), holder="one", now=now, failed_before=NOON - HOUR)
    assert {job: run.period for job, run in job_runs.last_runs(store).items()} == {"sweep": "2", "draw": "1"}
    assert [run.period for run in job_runs.recent_runs(store, "sweep")] == ["2", "0"]


def test_old_runs_can_be_forgotten_but_never_the_latest(store: Store) -> None:
    start(store, "one")
    assert job_runs.forget_before(store, "sweep", NOON + HOUR) == 0
    finish(store, "one")
    assert job_runs.forget_before(store, "sweep", NOON + HOUR) == 0
    job_runs.start(store, "sweep", "2026-03-03", holder="one", now=NOON + HOUR, failed_before=NOON)
    assert job_runs.forget_before(store, "sweep", NOON + HOUR) == 1
    assert job_runs.find(store, "sweep", "2026-03-03")


def test_a_lease_is_renewed_by_its_holder_and_free_when_it_runs_out(store: Store) -> None:
    assert leases.take(store, "scheduler", holder="one", now=NOON, until_at=NOON + HOUR)
    assert not leases.take(store, "scheduler", holder="two", now=NOON, until_at=NOON + HOUR)
    assert leases.take(store, "scheduler", holder="one", now=NOON, until_at=NOON + 2 * HOUR)
    assert not leases.take(store, "scheduler", holder="two", now=NOON + HOUR, until_at=NOON + 3 * HOUR)
    assert leases.take(store, "scheduler", holder="two", now=NOON + 2 * HOUR, until_at=NOON + 3 * HOUR)
    leases.release(store, "scheduler", holder="one")
    assert not leases.take(store, "scheduler", holder="one", now=NOON + 2 * HOUR, until_at=NOON + 3 * HOUR)
    leases.release(store, "scheduler", holder="two")
    assert leases.take(store, "scheduler", holder="one", now=NOON + 2 * HOUR, until_at=NOON + 3 * HOUR)
