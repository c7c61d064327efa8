"""The table of jobs as people read it: what each does, when it ran last and how that went, when it runs next."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from passport_service.doors import Deployment
from passport_service.jobs.job import Job
from passport_service.jobs.table import JOBS
from passport_service.store import job_runs, leases
from passport_service.store.job_runs import WORKER, JobRun

LATE_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Line:
    """One job. ``state`` is done, failed, running, late, waiting (not yet run) or off; ``outcome`` is in words."""

    name: str
    does: str
    when: str
    state: str
    last: JobRun | None
    next_at: datetime | None
    outcome: str


def overview(deployment: Deployment, now: datetime) -> list[Line]:
    """Every job of the table, in its order."""
    with deployment.store.reading():
        last = job_runs.last_runs(deployment.store)
        return [_line(deployment, one, last.get(one.name), now) for one in JOBS]


def workers(deployment: Deployment, now: datetime) -> int:
    """How many workers are alive."""
    return leases.count(deployment.store, WORKER, now)


def _line(deployment: Deployment, job: Job, last: JobRun | None, now: datetime) -> Line:
    if not job.is_on(deployment):
        return Line(job.name, job.does, "not set up", "off", last, None, outcome_text(last))
    rhythm = job.rhythm(deployment, now)
    due = rhythm.last_due(now)
    missed = (last is None or last.started_at < due) and now - due > LATE_AFTER
    state = "waiting" if last is None else last.state
    if missed and state != "running":
        state = "late"
    return Line(job.name, job.does, str(rhythm), state, last, rhythm.next_due(now), outcome_text(last))


def outcome_text(run: JobRun | None) -> str:
    """What a run did, in a line."""
    if run is None:
        return ""
    figures = ", ".join(
        f"{name.replace('_', ' ')} {_plain(value)}" for name, value in (run.outcome or {}).items()
    )
    return f"{run.error} ({figures})" if run.error and figures else run.error or figures


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name} {_plain(one)}" for name, one in value.items())
    return ", ".join(map(_plain, value)) or "none" if isinstance(value, list) else str(value)
