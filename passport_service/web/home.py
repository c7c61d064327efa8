"""The pages that are about the service itself: the way in, accessibility, privacy, how decisions are made."""

import logging

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from passport_service.domain.retention import rules
from passport_service.doors import deployment, unavailable_in_json
from passport_service.jobs.keeping import schedule_of
from passport_service.services import setup
from passport_service.store.failures import DATABASE_ERRORS, Trouble, trouble_of
from passport_service.web.about import live_rules
from passport_service.web.access import EVERYONE, SIGN_IN, allow
from passport_service.web.navigation import visible

blueprint = Blueprint("home", __name__)
log = logging.getLogger(__name__)


@blueprint.get("/")
@allow(EVERYONE)
def start() -> ResponseReturnValue:
    """Leads to the first page that the person may see, or to the sign-in."""
    if not current_user.is_authenticated and SIGN_IN in current_app.view_functions:
        return redirect(url_for(SIGN_IN))
    entries = visible(current_app, current_user)
    if entries:
        return redirect(url_for(entries[0].endpoint))
    return render_template("home/start.html")


@blueprint.get("/accessibility")
@allow(EVERYONE)
def accessibility() -> str:
    return render_template("home/accessibility.html")


@blueprint.get("/privacy")
@allow(EVERYONE)
def privacy() -> str:
    """What is held, what for and how long: the schedule as it is carried out."""
    schedule = rules(schedule_of(deployment().settings))
    return render_template("home/privacy.html", schedule=schedule)


@blueprint.get("/how-decisions-are-made")
@allow(EVERYONE)
def decisions() -> str:
    return render_template("home/decisions.html", rules=live_rules())


@blueprint.get("/health")
@allow(EVERYONE)
def health() -> ResponseReturnValue:
    """For a load balancer: the process answers. What works behind it is for the jobs page to say."""
    return {"status": "ok"}


@blueprint.get("/ready")
@allow(EVERYONE)
def ready() -> ResponseReturnValue:
    """For a load balancer: the database answers, too; 503 in the shape for programs while it does not."""
    try:
        setup.is_set_up(deployment().store)  # whatever the answer is: the question is one query
    except DATABASE_ERRORS as fault:
        trouble = trouble_of(fault)
        if trouble is None:
            log.exception("the database does not answer as it should")
        return unavailable_in_json(trouble or Trouble.GONE, fault)
    return {"status": "ok"}
