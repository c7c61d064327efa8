"""The pages that are about the service itself: the way in, accessibility, privacy, how decisions are made."""

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from passport_service.web.about import live_rules
from passport_service.web.access import EVERYONE, SIGN_IN, allow
from passport_service.web.navigation import visible

blueprint = Blueprint("home", __name__)


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
    return render_template("home/privacy.html")


@blueprint.get("/how-decisions-are-made")
@allow(EVERYONE)
def decisions() -> str:
    return render_template("home/decisions.html", rules=live_rules())


@blueprint.get("/health")
@allow(EVERYONE)
def health() -> ResponseReturnValue:
    """For a load balancer: the process answers. What works behind it is for the jobs page to say."""
    return {"status": "ok"}
