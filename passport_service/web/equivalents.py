"""Courses that satisfy another requirement too, between two days; with a look first at whose state would change (R2.7)."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from passport_service.domain.roles import Act
from passport_service.domain.training import Requirement
from passport_service.doors import deployment, moment
from passport_service.services import councils, training
from passport_service.store import queries
from passport_service.web.access import allow
from passport_service.web.forms import DayField, Form, day, needed, select
from passport_service.web.reach import roles_with
from passport_service.web.training import requirement_of
from passport_service.web.users import user

blueprint = Blueprint("equivalents", __name__, url_prefix="/training/requirements/<slug>/equivalents")

WHO_MAY = roles_with(Act.MANAGE_TRAINING)


class EquivalentForm(Form):
    course = select("Course that satisfies it too", [], needed("Choose a course."))
    from_on = day("From which day?", hint="Completions from this day on count. Leave empty for always")
    until_on = day("Until which day?", hint="Completions up to this day count. Leave empty for no end")
    confirmed = HiddenField()

    def validate_until_on(self, field: DayField) -> None:
        if field.data and self.from_on.data and field.data < self.from_on.data:
            raise ValueError("The last day is before the first.")


@blueprint.get("/new")
@allow(*WHO_MAY)
def new(slug: str) -> str:
    requirement = _requirement(slug)
    return render_template("training/equivalent.html", form=_form(slug), requirement=requirement)


@blueprint.post("/new")
@allow(*WHO_MAY)
def preview_or_save(slug: str) -> ResponseReturnValue:
    """First the preview, then, once that was confirmed, the equivalence."""
    requirement, form = _requirement(slug), _form(slug)
    if not form.validate_on_submit():
        form.confirmed.data = ""
        return render_template("training/equivalent.html", form=form, requirement=requirement), 400
    if form.confirmed.data != "yes":
        return _preview(form, requirement)
    training.set_equivalent(
        deployment().store, course=form.course.data, requirement=slug, now=moment(), caused_by=user().caused_by,
        from_on=form.from_on.data, until_on=form.until_on.data,
    )  # fmt: skip
    flash(f"{_requirement(form.course.data).title} satisfies {requirement.title} too.", "success")
    return redirect(url_for("training.one", slug=slug))


def _preview(form: EquivalentForm, requirement: Requirement) -> str:
    store = deployment().store
    changed = training.preview_equivalent(
        store, course=form.course.data, requirement=requirement.slug, now=moment(), from_on=form.from_on.data,
        until_on=form.until_on.data,
    )  # fmt: skip
    form.confirmed.data = "yes"
    return render_template(
        "training/equivalent-preview.html", form=form, requirement=requirement, changed=changed,
        course=_requirement(form.course.data), people=queries.people_by_stream(store, [one for one, _, _ in changed]),
    )  # fmt: skip


def _requirement(slug: str) -> Requirement:
    return requirement_of(councils.load(deployment().store).catalogue, slug)


def _form(slug: str) -> EquivalentForm:
    form = EquivalentForm()
    others = councils.load(deployment().store).catalogue.requirements.values()
    form.course.choices = [
        ("", "Choose a course"),
        *((one.slug, one.title) for one in others if one.slug != slug),
    ]
    return form
