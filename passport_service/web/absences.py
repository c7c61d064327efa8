"""Absences: days on which somebody is away, without a reason; they only ever pause clocks in the person's favour."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from passport_service.domain.errors import Refused
from passport_service.domain.roles import Act
from passport_service.doors import deployment, moment
from passport_service.services import people
from passport_service.web.access import allow
from passport_service.web.forms import Form, day, given, needed
from passport_service.web.reach import person_in_reach, roles_with
from passport_service.web.users import user

blueprint = Blueprint("absences", __name__, url_prefix="/practitioners/<stream>/absences")

WHO_MAY = roles_with(Act.MANAGE_ABSENCES)


class AbsenceForm(Form):
    from_on = day("First day away", needed("Enter the first day."), hint="For example, 27 3 2026")
    until_on = day(
        "Last day away", needed("Enter the last day."), hint="The last day on which they are still away"
    )


@blueprint.get("/new")
@allow(*WHO_MAY)
def new(stream: str) -> str:
    return render_template("practitioners/absence.html", form=AbsenceForm(), person=person_in_reach(stream))


@blueprint.post("/new")
@allow(*WHO_MAY)
def record(stream: str) -> ResponseReturnValue:
    person, form = person_in_reach(stream), AbsenceForm()
    if form.validate_on_submit():
        try:
            people.record_absence(
                deployment().store, stream, from_on=given(form.from_on), until_on=given(form.until_on), now=moment(),
                caused_by=user().caused_by,
            )  # fmt: skip
        except Refused as refusal:
            form.refuse(refusal, {"until": "until_on", "from": "from_on"})
        else:
            flash("The absence is recorded.", "success")
            return redirect(url_for("practitioners.one", stream=stream, _anchor="absences"))
    return render_template("practitioners/absence.html", form=form, person=person), 400


@blueprint.post("/cancel")
@allow(*WHO_MAY)
def cancel(stream: str) -> ResponseReturnValue:
    """Take back an absence that was recorded with exactly these days."""
    person_in_reach(stream)
    try:
        first, last = (date.fromisoformat(request.form.get(name, "")) for name in ("from_on", "until_on"))
    except ValueError:
        raise Refused("MALFORMED", "Which absence is meant is not clear.") from None
    people.cancel_absence(
        deployment().store, stream, from_on=first, until_on=last, now=moment(), caused_by=user().caused_by
    )
    flash("The absence is taken back, as if it had never been recorded.", "success")
    return redirect(url_for("practitioners.one", stream=stream, _anchor="absences"))
