"""The weekly draw, and the one file that only it reads: the key from which the secrets of the draws are made (R8.4)."""

import logging
import stat
from datetime import datetime, timedelta
from pathlib import Path

from passport_service.domain.cutoffs import Schedule, cutoffs_due, parse_schedule
from passport_service.doors import Deployment
from passport_service.jobs.job import JobFailed, Outcome
from passport_service.jobs.timetable import AfterCutoff
from passport_service.services import councils, draw_keys, draws, setup

DELAY = timedelta(minutes=1)
BEFORE_SET_UP = Schedule(0, 6, 0)

log = logging.getLogger(__name__)


def rhythm(deployment: Deployment, now: datetime) -> AfterCutoff:
    """One minute after each cut-off of the policy in force: requests stamped before it have been committed by then."""
    return AfterCutoff(_schedule(deployment, now), DELAY)


def _schedule(deployment: Deployment, now: datetime) -> Schedule:
    if not setup.is_set_up(deployment.store):
        return BEFORE_SET_UP
    return parse_schedule(councils.load(deployment.store).policies.at(now)["moderation.schedule"])


def is_ready(deployment: Deployment, now: datetime) -> bool:
    """Whether nothing stamped before the last cut-off can turn up any more; publishes the next hash on the way."""
    if not setup.is_set_up(deployment.store):
        return False
    publish_hash(deployment, now)
    schedule = _schedule(deployment, now)
    if cutoffs_due(now - DELAY, now, schedule):
        return False  # one has just passed, and its minute is not over
    last = rhythm(deployment, now).last_due(now) - DELAY
    return deployment.store.consistent_through(now) > last


def publish_hash(deployment: Deployment, now: datetime) -> None:
    """Publish the hash of the next draw's secret if that has not been done: at the start, and after each draw."""
    council, file = councils.load(deployment.store), deployment.settings.draw_key
    # Without the key the draw itself fails, and says why where people look.
    if draws.published(council) is None and not draw_keys.is_lost(council, file):
        draws.commit(deployment.store, key=draw_key(file), now=now)


def draw(deployment: Deployment, now: datetime) -> Outcome:
    """Run each cut-off that has come and was not drawn, oldest first (R8.6).

    Raises JobFailed when the draw key is gone: its hash is published, and a new one would not answer that.
    """
    file = deployment.settings.draw_key
    if draw_keys.is_lost(councils.load(deployment.store), file):
        raise JobFailed(
            f"the draw key is gone: put its copy back as {file}. If there is none, "
            '`passport draw recommit --reason "…"` makes a new key and publishes its hash'
        )
    done = draws.run_due(deployment.store, now=now, key=draw_key(file))
    receipts = [one for strata in done for one in strata]
    return {
        "draws": len(done),
        "pool": sum(one["pool_size"] for one in receipts),
        "picks": sum(len(one["picks"]) + len(one["other_picks"]) for one in receipts),
    }


def draw_key(file: Path) -> bytes:
    """The key of the draws; made once, for this account alone, if it is not there. For the worker alone, and for
    putting another key in the place of one that was lost.

    Raises JobFailed for a file that others could read, Refused for one that is no key.
    """
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        log.warning("a new draw key is made: %s. Keep a copy of it, apart from those of the database.", file)
    key = draw_keys.read_or_make(file)
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise JobFailed(f"{file} can be read by others: make it `chmod 600`, or nobody can trust the draw")
    return key
