"""Waivers: granted by one person to another, and asked for by learning systems (R2.2, R2.9)."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from passport_service.domain.errors import Refused
from passport_service.domain.roles import Act
from passport_service.doors import deployment, moment
from passport_service.services import councils, training
from passport_service.services import waivers as services
from passport_service.services.waivers import Asked
from passport_service.store.statement_rows import load as load_statements
from passport_service.web.access import allow
from passport_service.web.dossier_page import pretty
from passport_service.web.forms import Form, day, given, needed, not_blank, radios, select, words
from passport_service.web.reach import person_in_reach, roles_with, signature

blueprint = Blueprint("waivers", __name__, url_prefix="/training/waivers")

WHO_MAY = roles_with(Act.MANAGE_TRAINING)


class WaiverForm(Form):
    requirement = select("Requirement", [], needed("Choose a requirement."))
    kind = radios(
        "How long does it last?",
        [("time", "For a time, twelve months at most"), ("role", "While the present role is held: it does not apply to it")],
        "Choose how long it lasts.",
    )  # fmt: skip
    from_on = day("From", needed("Enter the first day."))
    until_on = day("Until", hint="Leave empty for twelve months. It is never renewed by itself.")
    reason = words("Reason", not_blank("Give a reason."))


class AnswerForm(Form):
    grant = radios(
        "Your decision",
        [("yes", "Grant it for twelve months"), ("no", "Refuse it")],
        "Choose grant or refuse.",
    )
    reason = words("Reason", not_blank("Give a reason."))


@blueprint.get("")
@allow(*WHO_MAY)
def listing() -> str:
    """What learning systems ask for and a person must decide."""
    store = deployment().store
    return render_template("training/requests.html", waiting=services.requests(store), titles=_titles())


@blueprint.get("/requests/<stream>/<statement>")
@allow(*WHO_MAY)
def one(stream: str, statement: str) -> str:
    return _show(AnswerForm(formdata=None), _asked(stream, statement))


@blueprint.post("/requests/<stream>/<statement>")
@allow(*WHO_MAY)
def answer(stream: str, statement: str) -> ResponseReturnValue:
    form, found = AnswerForm(), _asked(stream, statement)
    if form.validate_on_submit():
        try:
            services.answer(
                deployment().store, stream, statement=statement, grant=form.grant.data == "yes", by=signature(),
                reason=form.reason.data, now=moment(),
            )  # fmt: skip
        except Refused as refusal:
            form.refuse(refusal)
        else:
            flash("Granted." if form.grant.data == "yes" else "Refused.", "success")
            return redirect(url_for("waivers.listing"))
    return _show(form, found), 400


@blueprint.get("/new/<stream>")
@allow(*WHO_MAY)
def grant(stream: str) -> str:
    return render_template("training/waive.html", form=_form(), person=person_in_reach(stream))


@blueprint.post("/new/<stream>")
@allow(*WHO_MAY)
def grant_now(stream: str) -> ResponseReturnValue:
    """Grant a waiver; nobody grants one to themselves."""
    person, form = person_in_reach(stream), _form()
    role = person.role if form.kind.data == "role" else None
    if form.validate_on_submit():
        try:
            training.waive(
                deployment().store, stream, requirement=form.requirement.data, from_on=given(form.from_on),
                until_on=None if role else form.until_on.data, role=role, by="", approver=signature(),
                reason=form.reason.data, now=moment(),
            )  # fmt: skip
        except Refused as refusal:
            form.refuse(refusal, {"until": "until_on", "approver": "requirement"})
        else:
            flash("The waiver is granted.", "success")
            return redirect(url_for("practitioners.one", stream=stream, _anchor="training"))
    return render_template("training/waive.html", form=form, person=person), 400


def _asked(stream: str, statement: str) -> Asked:
    waiting = services.requests(deployment().store)
    return next(
        (one for one in waiting if (one.person.stream, one.statement) == (stream, statement)), None
    ) or abort(404)


def _show(form: AnswerForm, found: Asked) -> str:
    sent = load_statements(deployment().store, [found.statement])
    body = pretty(sent[0].statement) if sent else ""
    return render_template("training/request.html", form=form, found=found, titles=_titles(), body=body)


def _form() -> WaiverForm:
    form = WaiverForm()
    form.requirement.choices = [("", "Choose a requirement"), *_titles().items()]
    return form


def _titles() -> dict[str, str]:
    return {one.slug: one.title for one in councils.load(deployment().store).catalogue.requirements.values()}
