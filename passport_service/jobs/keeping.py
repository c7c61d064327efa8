"""Jobs that look after what is kept: fold it again and compare, seal it, and drop what is no longer needed."""

from collections import Counter
from datetime import datetime, timedelta

from passport_service.config import Settings
from passport_service.domain.retention import Schedule
from passport_service.doors import Deployment
from passport_service.jobs.job import JobFailed, Outcome
from passport_service.services import exports, ledgers, retention
from passport_service.services.refusals import KEPT_FOR as REFUSED_KEPT_FOR
from passport_service.store import checks, job_runs, leases, refusals, requests, tries

SHOWN = 5
RATES_KEPT_FOR = timedelta(days=2)
RUNS_KEPT_FOR = timedelta(days=400)
FREQUENT_RUNS_KEPT_FOR = timedelta(days=2)
CHECKS_KEPT_FOR = timedelta(days=30)
USED_CHECKS_KEPT_FOR = timedelta(days=400)


def check(deployment: Deployment, now: datetime) -> Outcome:
    """Fold everybody again, verify the chain, look for items that no draw has seen. Any difference is a failure (R0.2)."""
    store = deployment.store
    rebuilt = ledgers.rebuild(store)
    different = [str(one) for one in rebuilt.differences or []]
    broken, missed = ledgers.verify(store), ledgers.unpooled(store)
    outcome = {
        "people": rebuilt.streams,
        "events": rebuilt.events,
        "differences": len(different),
        "broken_links": len(broken),
        "items_in_no_pool": len(missed),
    }
    found = [*broken, *different, *(f"{one} is in no draw's pool" for one in missed)]
    if found:
        more = f" … and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise JobFailed("; ".join(found[:SHOWN]) + more, outcome)
    return outcome


def seal(deployment: Deployment, now: datetime) -> Outcome:
    """One hash over the ends of all chains, so that not even the last events can be taken away unseen."""
    ledgers.seal(deployment.store, now=now)
    return {}


def clean_up(deployment: Deployment, now: datetime, frequent: frozenset[str]) -> Outcome:
    """Drop refused batches, windows of tries, checks and old runs when their time is over; never a fact."""
    store = deployment.store
    with store.writing():
        tries.forget(store, now - RATES_KEPT_FOR)
        leases.forget_ended(store, now - RATES_KEPT_FOR)
        return {
            "refused_batches": refusals.forget_before(store, now - REFUSED_KEPT_FOR) or 0,
            "checks": checks.forget(
                unused_before=now - CHECKS_KEPT_FOR, used_before=now - USED_CHECKS_KEPT_FOR
            ),
            "answers": requests.forget_before(now - USED_CHECKS_KEPT_FOR),
            "runs": sum(
                job_runs.forget_before(
                    store, job, now - (FREQUENT_RUNS_KEPT_FOR if job in frequent else RUNS_KEPT_FOR)
                )
                for job in job_runs.last_runs(store)
            ),
        }


def retain(deployment: Deployment, now: datetime) -> Outcome:
    """Carry out the schedule of what is kept: the settings `keep_…`. What is under legal hold stays (D.18.2)."""
    store, schedule = deployment.store, schedule_of(deployment.settings)
    done = Counter({"statements": 0, "people": 0})
    done.update(retention.leavers(store, schedule, now=now))
    for rule in (retention.statements, retention.documents, retention.security_log):
        done.update(rule(store, schedule, now=now))
    done.update(exports.forget_old(store, schedule, now=now))
    return dict(done)


def schedule_of(settings: Settings) -> Schedule:
    return Schedule(
        raw_months=settings.keep_raw_months,
        leavers_months=settings.keep_leavers_months,
        documents_months=settings.keep_documents_months,
        security_log_months=settings.keep_security_log_months,
        exports_days=settings.keep_exports_days,
    )
