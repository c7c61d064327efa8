"""Runs of scheduled jobs: each job once for each period, whoever tries, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import fn

from passport_service.store.database import Store
from passport_service.store.fields import json_text, moment_text
from passport_service.store.tables.work import JobRun as Row

# A worker shows by its lease that it lives; a run whose worker has none any more may be taken over. A worker does one
# job at a time: if it asks for a run that it has begun, the database went away before it could say how that ended.
WORKER = "worker:"
START = (
    "INSERT INTO job_run (job, period, state, holder, started_at) VALUES (?, ?, 'running', ?, ?)"
    " ON CONFLICT (job, period) DO UPDATE SET state = 'running', holder = excluded.holder,"
    " started_at = excluded.started_at, finished_at = NULL, outcome = NULL, error = NULL"
    " WHERE (job_run.state = 'failed' AND job_run.finished_at <= ?)"
    " OR (job_run.state = 'running' AND NOT EXISTS (SELECT 1 FROM lease"
    f" WHERE lease.name = '{WORKER}' || job_run.holder AND lease.until_at > ?))"
    " OR (job_run.state = 'running' AND job_run.holder = excluded.holder AND job_run.started_at <= ?)"
)
FINISH = (
    "UPDATE job_run SET state = ?, finished_at = ?, outcome = ?, error = ?"
    " WHERE job = ? AND period = ? AND holder = ? AND state = 'running'"
)
FORGET = (
    "DELETE FROM job_run WHERE job = ? AND started_at < ? AND state <> 'running'"
    " AND id < (SELECT max(id) FROM job_run latest WHERE latest.job = ?)"
)
LONGEST_ERROR = 2_000


@dataclass(frozen=True, slots=True)
class JobRun:
    """One run: ``state`` is running, done or failed; ``outcome`` is what the job says it did."""

    job: str
    period: str
    state: str
    holder: str
    started_at: datetime
    finished_at: datetime | None
    outcome: dict[str, Any] | None
    error: str | None

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs."""
        return None if self.finished_at is None else (self.finished_at - self.started_at).total_seconds()


def start(
    store: Store, job: str, period: str, *, holder: str, now: datetime, failed_before: datetime
) -> bool:
    """Claims the run of a job for a period; False if it is done, under way elsewhere, or failed a moment ago.

    A run that failed before ``failed_before`` may be tried again, as may one that the same holder began before then and
    never ended, and one whose worker's lease has run out is taken over. A transaction of its own unless one is open.
    """
    with store.writing():
        at, before = moment_text(now), moment_text(failed_before)
        values = (job, period, holder, at, before, at, before)
        return bool(store.execute(START, values).rowcount == 1)


def finish(
    store: Store, job: str, period: str, *, holder: str, now: datetime, outcome: Mapping[str, Any]
) -> bool:
    """Notes that the run is done; False if it was taken over by someone else meanwhile."""
    return end(store, ("done", moment_text(now), json_text(dict(outcome)), None, job, period, holder))


def fail(
    store: Store,
    job: str,
    period: str,
    *,
    holder: str,
    now: datetime,
    error: str,
    outcome: Mapping[str, Any] | None = None,
) -> bool:
    """Notes that the run failed; it may be tried again."""
    told = json_text(dict(outcome)) if outcome else None
    return end(store, ("failed", moment_text(now), told, error[:LONGEST_ERROR], job, period, holder))


def end(store: Store, values: tuple[Any, ...]) -> bool:
    with store.writing():
        return bool(store.execute(FINISH, values).rowcount == 1)


def find(store: Store, job: str, period: str) -> JobRun | None:
    """The run of a job for a period, if it was ever started."""
    row = Row.select().where(Row.job == job, Row.period == period).dicts().first()
    return run_of(row) if row else None


def last_runs(store: Store) -> dict[str, JobRun]:
    """The run of each job that was started last."""
    one = Row.alias("one")
    latest = Row.select(fn.MAX(Row.started_at)).where(Row.job == one.job)
    rows = one.select().where(one.started_at == latest).order_by(one.job, one.id).dicts()
    return {row["job"]: run_of(row) for row in rows}


def recent_runs(store: Store, job: str, *, limit: int = 20) -> list[JobRun]:
    """The last runs of a job, the latest first."""
    query = Row.select().where(Row.job == job).order_by(Row.started_at.desc(), Row.id.desc()).limit(limit)
    return [run_of(row) for row in query.dicts()]


def forget_before(store: Store, job: str, moment: datetime) -> int:
    """Removes a job's finished runs that started before a moment, but never its latest; returns how many."""
    with store.writing():
        return int(store.execute(FORGET, (job, moment_text(moment), job)).rowcount)


def run_of(row: dict[str, Any]) -> JobRun:
    return JobRun(**{name: row[name] for name in JobRun.__slots__})
