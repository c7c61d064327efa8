"""Adding and changing requirements: what must be held, for how long, and what it is needed for (R2.1)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import IntegerField
from wtforms.validators import NumberRange, Optional, Regexp

from passport_service.domain.errors import Refused
from passport_service.domain.roles import Act
from passport_service.domain.training import CORE, Requirement
from passport_service.doors import deployment, moment
from passport_service.services import councils, training
from passport_service.web.access import allow
from passport_service.web.forms import Form, TextBox, at_most, boxes, needed, radios, text
from passport_service.web.reach import roles_with
from passport_service.web.training import requirement_of
from passport_service.web.users import user

blueprint = Blueprint("requirements", __name__, url_prefix="/training/requirements")

WHO_MAY = roles_with(Act.MANAGE_TRAINING)


def month_count(label: str, hint: str) -> IntegerField:
    return IntegerField(
        label, [Optional(), NumberRange(1, 240, "Enter a number of months from 1 to 240, or leave it empty.")],
        description=hint, widget=TextBox(),
    )  # fmt: skip


def day_count(label: str, hint: str) -> IntegerField:
    return IntegerField(
        label, [Optional(), NumberRange(0, 366, "Enter a number of days from 0 to 366.")], description=hint,
        widget=TextBox(),
    )  # fmt: skip


class RequirementForm(Form):
    title = text("Title", needed("Enter a title."), at_most(100))
    months = month_count("Valid for how many months", "Leave empty if it never runs out")
    window_days = day_count(
        "Renewal window in days", "A renewal this long before the end keeps the old end date as its start"
    )
    grace_days = day_count("Days of grace after the end", "0 for none")
    pass_mark = IntegerField(
        "Pass mark in per cent", [Optional(), NumberRange(0, 100, "Enter a number from 0 to 100.")],
        description="Leave empty if a score plays no part; then no score is kept", widget=TextBox(),
    )  # fmt: skip
    needs_passed = radios(
        "Must it be passed, not only completed?", [("no", "No, completed is enough"), ("yes", "Yes, passed")],
        "Choose whether completed is enough.",
    )  # fmt: skip
    prior_max_age_months = month_count(
        "Earlier learning may be how many months old", "Leave empty for any age"
    )
    sets = boxes("What is it needed for?", [], "Choose at least one.")


class NewRequirementForm(RequirementForm):
    first = "slug"
    slug = text(
        "Short name", needed("Enter a short name."), at_most(40),
        Regexp(r"[a-z0-9_]+\Z", message="Use small letters, digits and underscores only."),
        hint="Such as fire_safety. It never changes",
    )  # fmt: skip


@blueprint.get("/new")
@allow(*WHO_MAY)
def new() -> str:
    return render_template("training/change.html", form=_choices(NewRequirementForm()), requirement=None)


@blueprint.post("/new")
@allow(*WHO_MAY)
def add() -> ResponseReturnValue:
    """Add a requirement. One for every passport is outstanding for everybody from now on."""
    form, known = _choices(NewRequirementForm()), councils.load(deployment().store).catalogue.requirements
    if form.validate_on_submit():
        if form.slug.data in known:
            form.slug.errors = ["There is a requirement with this short name already."]
        elif _save(form.slug.data, form):
            return redirect(url_for("training.one", slug=form.slug.data))
    return render_template("training/change.html", form=form, requirement=None), 400


@blueprint.get("/<slug>/change")
@allow(*WHO_MAY)
def change(slug: str) -> str:
    requirement = requirement_of(councils.load(deployment().store).catalogue, slug)
    form = _choices(RequirementForm(formdata=None, data=_values(requirement)))
    return render_template("training/change.html", form=form, requirement=requirement)


@blueprint.post("/<slug>/change")
@allow(*WHO_MAY)
def change_now(slug: str) -> ResponseReturnValue:
    """Change a requirement; everybody is worked out afresh."""
    requirement = requirement_of(councils.load(deployment().store).catalogue, slug)
    form = _choices(RequirementForm(formdata=request.form))
    if form.validate_on_submit() and _save(slug, form):
        return redirect(url_for("training.one", slug=slug))
    return render_template("training/change.html", form=form, requirement=requirement), 400


def _save(slug: str, form: RequirementForm) -> bool:
    """Whether it could be saved; why not stands in the form then."""
    try:
        training.set_requirement(
            deployment().store, _definition(slug, form), now=moment(), caused_by=user().caused_by
        )
    except Refused as refusal:
        form.refuse(refusal)
        return False
    flash(f"{form.title.data} is saved, and everybody has been worked out afresh.", "success")
    return True


def _choices(form: RequirementForm) -> RequirementForm:
    endorsements = councils.load(deployment().store).catalogue.endorsements.values()
    form.sets.choices = [(CORE, "Every passport"), *((one.slug, one.title) for one in endorsements)]
    return form


def _values(requirement: Requirement) -> dict[str, object]:
    names = ("title", "months", "window_days", "grace_days", "prior_max_age_months")
    return {name: getattr(requirement, name) for name in names} | {
        "pass_mark": None if requirement.min_scaled is None else round(requirement.min_scaled * 100),
        "needs_passed": "yes" if requirement.needs_passed else "no",
        "sets": list(requirement.sets),
    }


def _definition(slug: str, form: RequirementForm) -> dict[str, object]:
    pass_mark = form.pass_mark.data
    return {
        "slug": slug, "title": form.title.data.strip(), "months": form.months.data,
        "window_days": form.window_days.data or 0, "grace_days": form.grace_days.data or 0,
        "min_scaled": None if pass_mark is None else pass_mark / 100, "needs_passed": form.needs_passed.data == "yes",
        "prior_max_age_months": form.prior_max_age_months.data, "sets": form.sets.data,
    }  # fmt: skip
