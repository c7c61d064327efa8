"""Running a job that is due: claim its period, do it, write down what came of it, and let nothing stop the others."""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import timedelta

from passport_service.domain.errors import Refused
from passport_service.doors import Deployment
from passport_service.jobs.job import Job, JobFailed, Outcome
from passport_service.store import job_runs
from passport_service.store.job_runs import JobRun

TRY_AGAIN_AFTER = timedelta(minutes=10)

log = logging.getLogger(__name__)


def run_all_due(
    deployment: Deployment, jobs: Iterable[Job], *, holder: str, stopping: Callable[[], bool] = lambda: False
) -> list[JobRun]:
    """Run each of these jobs whose period has begun and was not run; what was missed is caught up once."""
    runs = []
    for job in jobs:
        if stopping():
            break
        run = run_due(deployment, job, holder=holder)
        if run is not None:
            runs.append(run)
    return runs


def run_due(deployment: Deployment, job: Job, *, holder: str) -> JobRun | None:
    """Run a job for its current period, unless it was run, is being run, or is not ready. Never raises what the job did."""
    try:
        if not job.is_on(deployment):
            return None
        period = _waiting_period(deployment, job)
        if period is None or not _may_start(deployment, job, period, holder):
            return None
    except Exception as fault:
        what = f"job {job.name} cannot be started and is tried again within a minute"
        if not deployment.outage.explains(fault, what, deployment.clock()):
            log.exception("job %s: cannot be started", job.name)
        return None
    return _carry_out(deployment, job, period, holder)


def run_now(deployment: Deployment, job: Job, *, holder: str) -> JobRun | None:
    """Run a job because a person asks, whatever its period; each such run has a period of its own.

    Raises Refused NOT_ALLOWED for a job whose time has not come: a cut-off of a few seconds ago, a council not set up.
    """
    now = deployment.clock()
    if not job.is_ready(deployment, now):
        raise Refused("NOT_ALLOWED", f"The job {job.name} is not ready yet; try again in a minute.", "name")
    period = f"{now.isoformat(timespec='milliseconds')} by hand"
    if not job_runs.start(
        deployment.store, job.name, period, holder=holder, now=now, failed_before=now - TRY_AGAIN_AFTER
    ):
        return None
    return _carry_out(deployment, job, period, holder)


def _waiting_period(deployment: Deployment, job: Job) -> str | None:
    """The current period of a job, unless it was run already."""
    now = deployment.clock()
    with (
        deployment.store.reading()
    ):  # and so on a connection that is alive, should the server have been restarted
        rhythm = job.rhythm(deployment, now)
        period = rhythm.period(rhythm.last_due(now))
        known = job_runs.find(deployment.store, job.name, period)
    return None if known is not None and known.state == "done" else period


def _may_start(deployment: Deployment, job: Job, period: str, holder: str) -> bool:
    now = deployment.clock()
    if not job.is_ready(deployment, now):
        return False
    return job_runs.start(
        deployment.store, job.name, period, holder=holder, now=now, failed_before=now - TRY_AGAIN_AFTER
    )


def _carry_out(deployment: Deployment, job: Job, period: str, holder: str) -> JobRun | None:
    store, began = deployment.store, time.monotonic()
    error, outcome = _done(deployment, job)
    ended = deployment.clock()
    try:
        if error is None:
            kept = job_runs.finish(store, job.name, period, holder=holder, now=ended, outcome=outcome)
        else:
            kept = job_runs.fail(
                store, job.name, period, holder=holder, now=ended, error=error, outcome=outcome
            )
        found = job_runs.find(store, job.name, period)
    except Exception as fault:
        what = f"the outcome of job {job.name} could not be written down"
        if not deployment.outage.explains(fault, what, ended):
            log.exception("job %s: its outcome could not be written down", job.name)
        return None
    if not kept:
        log.warning("job %s for %s was taken over by another worker meanwhile", job.name, period)
    if error is None:
        # Deliveries look every half minute: what found nothing to do is on the page of jobs, and would drown the rest here.
        level = logging.INFO if any((outcome or {}).values()) else logging.DEBUG
        log.log(level, "job %s for %s: %s (%.2f s)", job.name, period, outcome, time.monotonic() - began)
    return found


def _done(deployment: Deployment, job: Job) -> tuple[str | None, Outcome]:
    """What came of a job: the error, if it failed, and its figures."""
    try:
        return None, job.run(deployment, deployment.clock())
    except JobFailed as failure:
        log.error("job %s FAILED: %s %s", job.name, failure, failure.outcome or "")
        return str(failure), failure.outcome
    except Refused as refusal:
        log.error("job %s FAILED: %s: %s", job.name, refusal.code, refusal.message)
        return f"{refusal.code}: {refusal.message}", {}
    except Exception as fault:
        what = f"job {job.name} failed and is tried again after {TRY_AGAIN_AFTER.seconds // 60} minutes"
        if not deployment.outage.explains(fault, what, deployment.clock()):
            log.exception("job %s FAILED", job.name)
        return f"{type(fault).__name__}: {fault}", {}
