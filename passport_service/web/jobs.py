"""The scheduled jobs: when each ran and runs next, and how it went; and what waits to be sent."""

from flask import Blueprint, abort, render_template

from passport_service.domain.errors import Refused
from passport_service.domain.roles import Act
from passport_service.doors import deployment, moment
from passport_service.jobs.overview import outcome_text, overview, workers
from passport_service.jobs.table import find_job
from passport_service.store import deliveries, job_runs
from passport_service.web.access import allow
from passport_service.web.reach import roles_with

blueprint = Blueprint("jobs", __name__, url_prefix="/jobs")

WHO = roles_with(Act.RUN_JOBS)
SHOWN = 50
COLOURS = {
    "done": "green",
    "failed": "red",
    "late": "orange",
    "running": "blue",
    "waiting": "grey",
    "off": "grey",
}


@blueprint.get("")
@allow(*WHO)
def listing() -> str:
    """Every job of the one table."""
    here, now = deployment(), moment()
    with here.store.reading():
        waiting = deliveries.count_by_state()
    return render_template(
        "jobs/listing.html",
        lines=overview(here, now),
        workers=workers(here, now),
        waiting=waiting,
        colours=COLOURS,
    )


@blueprint.get("/<name>")
@allow(*WHO)
def one(name: str) -> str:
    """The last runs of one job."""
    try:
        job = find_job(name)
    except Refused:
        abort(404)
    here = deployment()
    line = next(found for found in overview(here, moment()) if found.name == name)
    runs = [(run, outcome_text(run)) for run in job_runs.recent_runs(here.store, name, limit=SHOWN)]
    return render_template("jobs/one.html", job=job, line=line, runs=runs, colours=COLOURS)
