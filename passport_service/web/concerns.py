"""Concerns: found outside a decision, read again by somebody else, listed, overturned (D.11)."""

import secrets

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import ValidationError
from wtforms.validators import Optional

from passport_service.domain.calendar import business_date
from passport_service.domain.concerns import ConcernStatus
from passport_service.domain.errors import Refused
from passport_service.domain.roles import Role
from passport_service.doors import deployment, moment
from passport_service.services import ccv, histories, passports, people
from passport_service.services import concerns as services
from passport_service.services.explanations import type_title
from passport_service.services.sentences import CATEGORIES, CONCERN_STATUSES, KINDS, SEVERITIES, SOURCES
from passport_service.store import ccv_queries, queries
from passport_service.web.access import allow
from passport_service.web.decisions import HOW_SERIOUS, titles
from passport_service.web.forms import (
    Form,
    asked,
    day,
    needed,
    not_blank,
    opaque,
    radios,
    select,
    text,
    words,
)
from passport_service.web.users import own_stream, user

blueprint = Blueprint("concerns", __name__, url_prefix="/concerns")

readers = allow(Role.CCV_REVIEWER, Role.CCV_LEAD)
deciders = allow(Role.CCV_LEAD, Role.SERVICE_MANAGER)
FOUND_BY = ("audit", "complaint", "other")
SHORT = {
    ConcernStatus.OPEN: "Waits for a reader",
    ConcernStatus.COUNTED: "Counted",
    ConcernStatus.UNDER_CHALLENGE: "Challenged",
    ConcernStatus.OVERTURNED: "Overturned",
    ConcernStatus.WITHDRAWN: "Withdrawn",
}


class ConcernForm(Form):
    who = text(
        "Staff reference of the practitioner",
        needed("Enter the staff reference."),
        hint="The council’s own number.",
    )
    item = text("Reference of the item", needed("Enter the reference of the work."), opaque)
    source = radios(
        "How was it found?",
        [(one, SOURCES[one].capitalize()) for one in FOUND_BY],
        "Choose how it was found.",
    )
    occurred_on = day(
        "When was the work done? (optional)",
        Optional(),
        hint="For example 31 3 2026. Needed only for work that was never here; otherwise the service knows.",
    )
    category = select(
        "What is it about?", [("", "Choose one"), *CATEGORIES.items()], needed("Choose what it is about.")
    )
    severity = radios("How serious is it?", HOW_SERIOUS, "Choose how serious it is.")
    reason = words(
        "Your reasons",
        not_blank("Give your reasons."),
        hint="The practitioner reads this with your name. Leave out anything that says who the work is about.",
    )

    def validate_occurred_on(self, field: object) -> None:
        if self.occurred_on.data and self.occurred_on.data > business_date(moment()):
            raise ValidationError("The work cannot be later than today.")


class ReadingForm(Form):
    agrees = radios(
        "Is there a concern about this work?",
        [("yes", "Yes – this is a concern, and it counts"), ("no", "No – I would not record a concern")],
        "Choose yes or no.",
    )
    reason = words(
        "Your reasons", not_blank("Give your reasons."), hint="In your own words, from the work alone."
    )


class OverturnForm(Form):
    reason = words(
        "Why does it not stand?",
        not_blank("Give your reasons."),
        hint="In your own words. The record will say that the practitioner was right.",
    )


@blueprint.get("")
@deciders
def listing() -> str:
    """Every concern, the latest first, for those who answer for them."""
    status = asked("status")
    if status and status not in list(ConcernStatus):
        abort(404)
    number = request.args.get("page", 1, type=int)
    page = ccv_queries.concerns(deployment().store, status=status or None, page=number)
    persons = queries.people_by_stream(deployment().store, sorted({one.stream for one in page.lines}))
    return render_template(
        "concerns/listing.html",
        page=page,
        people=persons,
        status=status,
        short=SHORT,
        categories=CATEGORIES,
        severities=SEVERITIES,
    )


@blueprint.get("/one")
@deciders
def one() -> str:
    """One concern with its reasons, its readings and what became of it."""
    row = _row(asked("concern"))
    at = passports.standpoint(deployment().store, row.stream, now=moment())
    line = next(one for one in histories.concerns(at) if one.concern.id == row.id)
    named = [row.stream, row.reader, *(reader for reader, _ in line.concern.reads)]
    return render_template(
        "concerns/one.html",
        line=line,
        concern=line.concern,
        people=queries.people_by_stream(deployment().store, named),
        stream=row.stream,
        statuses=CONCERN_STATUSES,
    )


@blueprint.route("/new", methods=["GET", "POST"])
@readers
def record() -> ResponseReturnValue:
    """Record a concern that was found otherwise than by a decision (Q12)."""
    form = ConcernForm()
    if form.validate_on_submit():
        try:
            services.record(
                deployment().store,
                people.find(deployment().store, form.who.data.strip()),
                id=f"C-{secrets.token_hex(5).upper()}",
                item=form.item.data,
                severity=form.severity.data,
                source=form.source.data,
                reader=own_stream(),
                reason=form.reason.data,
                category=form.category.data,
                occurred_on=form.occurred_on.data,
                now=moment(),
                caused_by=user().caused_by,
            )
        except Refused as refusal:
            form.refuse(refusal, {"reader": "who"})
        else:
            flash("The concern is recorded, and the practitioner is told.", "success")
            return redirect(url_for("decisions.waiting"))
    return render_template("concerns/record.html", form=form)


@blueprint.get("/to-read")
@readers
def readings() -> str:
    """Concerns that wait for a further reader: references only."""
    lines = ccv.readings(deployment().store, own_stream(), now=moment())
    return render_template("concerns/readings.html", lines=lines, kinds=KINDS, titles=titles())


@blueprint.route("/read", methods=["GET", "POST"])
@readers
def read() -> ResponseReturnValue:
    """A further reading, without sight of the first (R9.6)."""
    store = deployment().store
    concern, reading = ccv.load_reading(store, own_stream(), asked("item"), now=moment())
    form = ReadingForm()
    if form.validate_on_submit():
        agrees = form.agrees.data == "yes"
        services.second_read(
            store,
            concern,
            reader=own_stream(),
            agrees=agrees,
            reason=form.reason.data,
            now=moment(),
            caused_by=user().caused_by,
        )
        flash(
            "Saved. You agree with the first reader: the concern counts now."
            if agrees
            else "Saved. You do not share the concern: it does not count, and a third person may be asked.",
            "success",
        )
        return redirect(url_for("concerns.readings"))
    work = type_title(titles(), reading.type) if reading.type else ""
    return render_template("concerns/read.html", form=form, reading=reading, kinds=KINDS, type=work)


@blueprint.route("/overturn", methods=["GET", "POST"])
@deciders
def overturn() -> ResponseReturnValue:
    """Strike a concern out; what rested on it is looked at again by itself."""
    row = _row(asked("concern"))
    form = OverturnForm()
    if form.validate_on_submit():
        try:
            services.overturn(
                deployment().store,
                row.id,
                by=own_stream(),
                reason=form.reason.data,
                now=moment(),
                caused_by=user().caused_by,
            )
        except Refused as refusal:
            form.refuse(refusal, {"by": "reason", "concern": "reason"})
        else:
            flash("The concern is overturned. What rested on it has been worked out again.", "success")
            return redirect(url_for("concerns.one", concern=row.id))
    person = queries.find_person(deployment().store, row.stream)
    return render_template("concerns/overturn.html", form=form, row=row, person=person)


def _row(concern: str) -> queries.RecordedConcern:
    row = ccv_queries.find_concern(deployment().store, concern)
    if row is None:
        abort(404)
    return row
