"""The one table of scheduled jobs. A new job is one entry here; the worker, the command and the page all read it."""

from datetime import datetime

from passport_service.domain.errors import Refused
from passport_service.doors import Deployment
from passport_service.jobs import delivering, drawing, exchanging, keeping, standing
from passport_service.jobs.job import Job, Outcome, at
from passport_service.jobs.timetable import Daily, Every

HALF_A_MINUTE, MINUTE, QUARTER, HOUR = 30, 60, 900, 3600


def clean_up(deployment: Deployment, now: datetime) -> Outcome:
    return keeping.clean_up(deployment, now, FREQUENT)


JOBS: tuple[Job, ...] = (
    Job(
        "sweep",
        "Settles everyone whose moment has come: training that runs out, lapses, warnings.",
        at(Daily(0, 5)),
        standing.sweep,
        is_ready=standing.is_set_up,
    ),
    Job(
        "leavers",
        "Closes the accounts of people who have left; they cannot sign in before that either.",
        at(Daily(0, 10)),
        standing.close_accounts,
        is_ready=standing.is_set_up,
    ),
    Job(
        "draw",
        "Draws the confirmed items that CCV looks at, once for each cut-off, and writes the receipt.",
        drawing.rhythm,
        drawing.draw,
        is_ready=drawing.is_ready,
    ),
    Job(
        "deliver",
        "Sends the notices and messages that wait in the outbox.",
        at(Every(HALF_A_MINUTE)),
        delivering.deliver,
    ),
    Job(
        "self-check",
        "Folds everything again and compares, verifies the chain, looks for items that no draw has seen.",
        at(Daily(4, 15)),
        keeping.check,
        is_ready=standing.is_set_up,
    ),
    Job("seal", "Seals the ends of all chains of the ledger.", at(Every(HOUR)), keeping.seal),
    Job(
        "silence",
        "Writes to workforce development and administrators when a learning system is silent for longer than usual.",
        at(Daily(7, 30)),
        standing.listen,
        is_ready=standing.is_set_up,
    ),
    Job(
        "escalations",
        "Writes to the service managers about decisions that are past their day.",
        at(Daily(8, 0)),
        standing.escalate,
        is_ready=standing.is_set_up,
    ),
    Job(
        "pull",
        "Brings in new statements from a learning system that cannot push.",
        at(Every(QUARTER)),
        exchanging.pull,
        is_on=exchanging.pulls,
        is_ready=standing.is_set_up,
    ),
    Job(
        "forward",
        "Tells another record store of what happened to passports, once each.",
        at(Every(MINUTE)),
        exchanging.forward,
        is_on=exchanging.forwards,
        is_ready=standing.is_set_up,
    ),
    Job(
        "retention",
        "Deletes and erases what has been kept for as long as the schedule says, unless it is under legal hold.",
        at(Daily(3, 0)),
        keeping.retain,
        is_ready=standing.is_set_up,
    ),
    Job(
        "clean-up",
        "Drops refused batches, checks, limits on trying and old runs when their time is over; never a fact.",
        at(Daily(3, 30)),
        clean_up,
    ),
)
FREQUENT = frozenset({"deliver", "forward", "pull", "seal"})


def find_job(name: str) -> Job:
    """The job of that name. Raises Refused NOT_FOUND."""
    for one in JOBS:
        if one.name == name:
            return one
    raise Refused(
        "NOT_FOUND", f"There is no job {name}. The jobs are: {', '.join(one.name for one in JOBS)}.", "name"
    )
