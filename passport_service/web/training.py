"""Training: what is required, which courses and activities give it, and whether the learning systems are still heard."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovTextInput
from wtforms import IntegerField
from wtforms.validators import NumberRange, Optional

from passport_service.domain.catalogue import Catalogue, Mapping
from passport_service.domain.errors import Refused
from passport_service.domain.roles import Act
from passport_service.domain.training import CORE, Requirement
from passport_service.doors import deployment, moment
from passport_service.services import councils, keys, priors, silence, training
from passport_service.services import waivers as waiver_services
from passport_service.store import workforce_queries
from passport_service.store.workforce_queries import ActivityUse
from passport_service.web.access import allow
from passport_service.web.forms import Form, at_most, boxes, needed, radios, text
from passport_service.web.reach import can, roles_with
from passport_service.web.users import user

blueprint = Blueprint("training", __name__, url_prefix="/training")

WHO_SEES = roles_with(Act.SEE_PRACTITIONERS, Act.MANAGE_TRAINING)
WHO_MAY = roles_with(Act.MANAGE_TRAINING)


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """One activity that means a course, and what has been heard of it."""

    mapping: Mapping
    use: ActivityUse | None
    key: str

    @property
    def is_open(self) -> bool:
        return self.mapping.until_on is None


def month_count(label: str, hint: str) -> IntegerField:
    return IntegerField(
        label, [Optional(), NumberRange(1, 240, "Enter a number of months from 1 to 240, or leave it empty.")],
        description=hint, widget=GovTextInput(),
    )  # fmt: skip


def day_count(label: str, hint: str) -> IntegerField:
    return IntegerField(
        label, [Optional(), NumberRange(0, 366, "Enter a number of days from 0 to 366.")], description=hint,
        widget=GovTextInput(),
    )  # fmt: skip


class RequirementForm(Form):
    title = text("Title", needed("Enter a title."), at_most(100))
    months = month_count("Valid for how many months", "Leave empty if it never runs out")
    window_days = day_count("Renewal window in days", "A renewal this long before the end keeps the old end date as its start")
    grace_days = day_count("Days of grace after the end", "0 for none")
    pass_mark = IntegerField(
        "Pass mark in per cent", [Optional(), NumberRange(0, 100, "Enter a number from 0 to 100.")],
        description="Leave empty if a score plays no part; then no score is kept", widget=GovTextInput(),
    )  # fmt: skip
    needs_passed = radios(
        "Must it be passed, not only completed?", [("no", "No, completed is enough"), ("yes", "Yes, passed")],
        "Choose whether completed is enough.",
    )  # fmt: skip
    prior_max_age_months = month_count("Earlier learning may be how many months old", "Leave empty for any age")
    sets = boxes("What is it needed for?", [], "Choose at least one.")


@blueprint.get("")
@allow(*WHO_SEES)
def listing() -> str:
    """Requirements with what was heard of each, and the learning systems with when each was last heard."""
    store, now = deployment().store, moment()
    catalogue = councils.load(store).catalogue
    hearings = silence.hearings(store, now)
    lines = _activity_lines(catalogue)
    heard = {slug: _last_heard(lines[slug]) for slug in catalogue.requirements}
    return render_template(
        "training/listing.html", catalogue=catalogue, lines=lines, heard=heard, hearings=hearings,
        alarms=[one for one in hearings if one.is_alarming], core=CORE, may_change=can(Act.MANAGE_TRAINING),
        proposals=len(priors.pending(store)), requests=len(waiver_services.requests(store)),
    )  # fmt: skip


@blueprint.get("/requirements/<slug>")
@allow(*WHO_SEES)
def one(slug: str) -> str:
    """One requirement: its rules, its activities with what was heard of them, and its equivalents."""
    catalogue = councils.load(deployment().store).catalogue
    requirement = _requirement(catalogue, slug)
    return render_template(
        "training/one.html", requirement=requirement, lines=_activity_lines(catalogue)[slug], catalogue=catalogue,
        equivalents=catalogue.equivalents.get(slug, ()), may_change=can(Act.MANAGE_TRAINING), core=CORE,
    )  # fmt: skip


@blueprint.get("/requirements/<slug>/change")
@allow(*WHO_MAY)
def change(slug: str) -> str:
    requirement = _requirement(councils.load(deployment().store).catalogue, slug)
    return render_template("training/change.html", form=_filled(requirement), requirement=requirement)


@blueprint.post("/requirements/<slug>/change")
@allow(*WHO_MAY)
def change_now(slug: str) -> ResponseReturnValue:
    """Change a requirement; everybody is worked out afresh."""
    store = deployment().store
    requirement, form = _requirement(councils.load(store).catalogue, slug), _filled(None)
    if form.validate_on_submit():
        try:
            training.set_requirement(store, _definition(slug, form), now=moment(), caused_by=user().caused_by)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            flash(f"{form.title.data} is changed, and everybody has been worked out afresh.", "success")
            return redirect(url_for("training.one", slug=slug))
    return render_template("training/change.html", form=form, requirement=requirement), 400


def _requirement(catalogue: Catalogue, slug: str) -> Requirement:
    found = catalogue.requirements.get(slug)
    return found or abort(404)


def _activity_lines(catalogue: Catalogue) -> dict[str, list[ActivityLine]]:
    """The activities of each requirement's course; one query for what was heard of all of them."""
    store = deployment().store
    uses = workforce_queries.activity_uses(store, sorted(catalogue.activities))
    labels = {one.id: one.label for one in keys.every(store)}
    lines: dict[str, list[ActivityLine]] = {slug: [] for slug in catalogue.requirements}
    for entries in catalogue.activities.values():
        for mapping in entries:
            use = uses.get(mapping.source)
            line = ActivityLine(mapping, use, labels.get(use.key_id or "", "") if use else "")
            lines.setdefault(mapping.target, []).append(line)
    return lines


def _last_heard(lines: list[ActivityLine]) -> datetime | None:
    return max((one.use.last_at for one in lines if one.use), default=None)


def _filled(requirement: Requirement | None) -> RequirementForm:
    endorsements = councils.load(deployment().store).catalogue.endorsements
    values = {}
    if requirement is not None:
        names = ("title", "months", "window_days", "grace_days", "prior_max_age_months")
        values = {name: getattr(requirement, name) for name in names} | {
            "pass_mark": None if requirement.min_scaled is None else round(requirement.min_scaled * 100),
            "needs_passed": "yes" if requirement.needs_passed else "no",
            "sets": list(requirement.sets),
        }
    form = RequirementForm(formdata=request.form if request.method == "POST" else None, data=values)
    form.sets.choices = [(CORE, "Every passport"), *((one.slug, one.title) for one in endorsements.values())]
    return form


def _definition(slug: str, form: RequirementForm) -> dict[str, object]:
    pass_mark = form.pass_mark.data
    return {
        "slug": slug, "title": form.title.data.strip(), "months": form.months.data,
        "window_days": form.window_days.data or 0, "grace_days": form.grace_days.data or 0,
        "min_scaled": None if pass_mark is None else pass_mark / 100, "needs_passed": form.needs_passed.data == "yes",
        "prior_max_age_months": form.prior_max_age_months.data, "sets": form.sets.data,
    }  # fmt: skip
