"""The worker: one process that wakes when a job is due, and shows by a lease that it lives.

APScheduler is only the alarm clock. Whether a job runs is settled in the database, by the unique row of its period; so
several workers, a restart, or a clock that was wrong do no harm. One thread does the jobs, one after the other.
"""

import logging
import os
import signal
import socket
import threading
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers import SchedulerNotRunningError
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

from passport_service.doors import Deployment
from passport_service.jobs import running
from passport_service.jobs.job import Job
from passport_service.jobs.table import JOBS
from passport_service.services import setup
from passport_service.store import leases
from passport_service.store.failures import DATABASE_ERRORS
from passport_service.store.job_runs import WORKER

LEASE = timedelta(seconds=60)
HEARTBEAT_SECONDS = 15.0
LOOK_SECONDS = 60
BETWEEN_TRIES = 0.05

log = logging.getLogger(__name__)


class Alarm(BaseTrigger):
    """When APScheduler is to wake for a job: the next due moment of its rhythm, by the service's clock.

    A rhythm may ask the database. What went wrong there would end the worker; so it is asked again in a minute.
    """

    def __init__(self, deployment: Deployment, job: Job) -> None:
        self.deployment = deployment
        self.job = job

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        here = self.deployment.clock()
        try:
            with self.deployment.store.reading():  # on a connection that is alive
                away = self.job.rhythm(self.deployment, here).next_due(here) - here
        except DATABASE_ERRORS as fault:
            what = f"when job {self.job.name} is due cannot be found out, and is asked again in a minute"
            if not self.deployment.outage.explains(fault, what, here):
                log.warning("job %s: when it is due cannot be found out: %s", self.job.name, fault)
            away = timedelta(seconds=LOOK_SECONDS)
        return now.astimezone(UTC) + max(away, timedelta(milliseconds=1))


class Worker:
    """One worker process over one deployment."""

    def __init__(self, deployment: Deployment, jobs: Iterable[Job] = JOBS) -> None:
        self.deployment = deployment
        self.jobs = tuple(jobs)
        self.holder = f"{socket.gethostname()[:40]}-{os.getpid()}-{uuid4().hex[:8]}"
        self._stopping = threading.Event()
        self._left = threading.Event()
        self._ended = threading.Event()
        self._scheduler = _scheduler()

    def work(self) -> None:
        """Catch up with what was missed, then run what is due until told to stop; the current job ends first."""
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, self._stop)
        self._beat()
        heart = threading.Thread(target=self._beat_on, name="heartbeat", daemon=True)
        heart.start()
        for job in self.jobs:
            if job.is_on(self.deployment):
                self._scheduler.add_job(running_of(self, job), Alarm(self.deployment, job), id=job.name)
        self._scheduler.add_job(
            self.look,
            IntervalTrigger(seconds=LOOK_SECONDS, timezone=UTC),
            id="look",
            next_run_time=datetime.now(UTC),
        )
        log.info("worker %s starts with %d jobs", self.holder, len(self.jobs))
        if not setup.is_set_up(self.deployment.store):
            log.warning("this council is not set up yet, so most jobs wait: run `passport setup`")
        stopper = threading.Thread(target=self._shut_down, name="stopper", daemon=True)
        stopper.start()
        try:
            self._scheduler.start()
        finally:
            self._left.set()
            self._stopping.set()
            stopper.join()  # the current job ends, and the heart beats until then
            self._ended.set()
            heart.join(timeout=5)
            self._release()
            self.deployment.store.close()
            log.info("worker %s has stopped", self.holder)

    def look(self) -> None:
        """Run whatever is due and was not run: missed periods, failed runs, runs of workers that died."""
        running.run_all_due(self.deployment, self.jobs, holder=self.holder, stopping=self._stopping.is_set)

    def run(self, job: Job) -> None:
        if not self._stopping.is_set():
            running.run_due(self.deployment, job, holder=self.holder)

    def _stop(self, number: int, frame: Any) -> None:
        self._stopping.set()

    def _shut_down(self) -> None:
        # Not in the signal's handler: it may have interrupted a holder of the scheduler's own locks.
        self._stopping.wait()
        log.info("worker %s stops; the current job ends first", self.holder)
        # Told to stop before the scheduler had started, it must stop all the same once it has.
        while not self._left.is_set():
            with suppress(SchedulerNotRunningError):
                self._scheduler.shutdown(wait=True)
                return
            self._left.wait(BETWEEN_TRIES)

    def _beat_on(self) -> None:
        while not self._ended.wait(HEARTBEAT_SECONDS):
            began = self.deployment.clock()
            try:
                self._beat()
            except Exception as fault:
                what = f"the heartbeat of worker {self.holder} was missed and is tried again in {HEARTBEAT_SECONDS:g} s"
                if not self.deployment.outage.explains(fault, what, self.deployment.clock()):
                    log.exception("the heartbeat of worker %s was missed", self.holder)
            else:
                self.deployment.outage.end(began)
        self.deployment.store.close()

    def _release(self) -> None:
        try:
            leases.release(self.deployment.store, WORKER + self.holder, holder=self.holder)
        except DATABASE_ERRORS as fault:
            what = f"the lease of worker {self.holder} is not given back and runs out by itself"
            if not self.deployment.outage.explains(fault, what, self.deployment.clock()):
                raise

    def _beat(self) -> None:
        now = self.deployment.clock()
        name = WORKER + self.holder
        leases.take(self.deployment.store, name, holder=self.holder, now=now, until_at=now + LEASE)


def running_of(worker: Worker, job: Job) -> Any:
    def run() -> None:
        worker.run(job)

    return run


def _scheduler() -> BlockingScheduler:
    # Its own log would repeat every wake of every job.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    return BlockingScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
