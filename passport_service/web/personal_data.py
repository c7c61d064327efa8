"""What is held of one person, for those who answer requests: see it, give it to them, hold it, erase it (D.18.2)."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug import Response

from passport_service.domain.errors import Refused
from passport_service.domain.retention import rules
from passport_service.domain.roles import Act
from passport_service.doors import deployment, moment
from passport_service.jobs.keeping import schedule_of
from passport_service.services import erasures, exports, holds
from passport_service.services.erasures import WORDS, Why
from passport_service.services.known import Known, known_by
from passport_service.store import exports as made_exports
from passport_service.store import holds as hold_rows
from passport_service.store import queries, security_log
from passport_service.store.holds import Hold, Kind
from passport_service.store.queries import Person
from passport_service.web.access import allow
from passport_service.web.forms import Form, asked, at_most, needed, not_blank, radios, text, words
from passport_service.web.reach import roles_with
from passport_service.web.users import user

blueprint = Blueprint("personal_data", __name__, url_prefix="/personal-data")

WHO_MAY = roles_with(Act.MANAGE_PERSONAL_DATA)


class FindForm(Form):
    who = text(
        "Staff reference or identifier",
        at_most(2000),
        hint="An identifier of somebody who is no practitioner here: mbox|mailto:name@example.org or "
        "account|https://lms.example.org|name",
    )

    class Meta:
        csrf = False


class HoldForm(Form):
    reason = words("Why may nothing of it go?", needed("Say why."), not_blank("Say why."))


class ReleaseForm(Form):
    reason = words("Why is it lifted?", needed("Say why."), not_blank("Say why."))


class EraseForm(Form):
    why = radios("Why is it erased?", [(str(one), WORDS[one]) for one in Why], "Choose why it is erased.")


@blueprint.get("")
@allow(*WHO_MAY)
def overview() -> ResponseReturnValue:
    """Whom to look for, how long what is kept, and what is under hold."""
    form = FindForm(formdata=request.args)
    if asked("who"):
        try:
            known_by(deployment().store, asked("who"))
            return redirect(url_for("personal_data.one", who=asked("who")))
        except Refused as refusal:
            form.refuse(refusal, {"key": "who"})
    elif "who" in request.args:
        form.refuse(Refused("MALFORMED", "Enter a staff reference or an identifier.", "who"))
    standing = hold_rows.standing(deployment().store)
    people = queries.people_by_stream(
        deployment().store, [one.name for one in standing if one.kind is Kind.PERSON]
    )
    return render_template(
        "personal_data/overview.html",
        form=form,
        rules=rules(schedule_of(deployment().settings)),
        standing=[(one, people.get(one.name)) for one in standing],
    )


@blueprint.get("/one")
@allow(*WHO_MAY)
def one() -> str:
    """What is held of somebody: how much, under which identifiers, which exports were made, and whether it is held."""
    who = known_by(deployment().store, asked("who"))
    store = deployment().store
    with store.writing():
        named = {"stream": who.streams[0]} if who.streams else {}
        security_log.note(store, "personal_data_seen", at=moment(), who=user().account.id, **named)
    return page(who, HoldForm(formdata=None))


def about(who: Known) -> dict[str, Any]:
    """What every page about somebody's data says of them."""
    store = deployment().store
    return {
        "who": who,
        "asked": asked_again(who),
        "person": person_of(who),
        "extent": erasures.extent(store, who),
        "standing": holds.on(store, who),
    }


def page(who: Known, form: HoldForm) -> str:
    store = deployment().store
    return render_template(
        "personal_data/one.html",
        **about(who),
        exported=made_exports.of(store, subjects(who)),
        form=form,
    )


def person_of(who: Known) -> Person | None:
    return queries.find_person(deployment().store, who.streams[0]) if who.streams else None


def asked_again(who: Known) -> str:
    """What names the same person in an address."""
    person = person_of(who)
    return person.ref if person else asked("who") or request.form.get("who", "")


def subjects(who: Known) -> list[str]:
    return [*who.streams, *(one.key for one in who.held)]


def who_sent() -> Known:
    return known_by(deployment().store, request.form.get("who", ""))


def back(who: str) -> ResponseReturnValue:
    return redirect(url_for("personal_data.one", who=who))


@blueprint.post("/export")
@allow(*WHO_MAY)
def export() -> ResponseReturnValue:
    """Make the file for a request of access; it is downloaded from the page."""
    who, here = who_sent(), deployment()
    try:
        exports.make(
            here.store, here.settings.incoming_folder, who, home=here.settings.public_url, now=moment(),
            by=user().account.id,
        )  # fmt: skip
    except Refused as refusal:
        flash(refusal.message, "error")
    else:
        flash("The file is made. Check to whom you give it.", "success")
    return back(asked_again(who))


@blueprint.get("/exports/<export_id>")
@allow(*WHO_MAY)
def download(export_id: str) -> Response:
    """The file itself, piece by piece, whichever web node made it. Each taking is noted."""
    here = deployment()
    found = made_exports.find(here.store, export_id)
    if found is None:
        raise Refused("NOT_FOUND", "The file is not there any more.")
    with here.store.writing():
        named = {} if "|" in found.subject else {"stream": found.subject}
        security_log.note(
            here.store, "export_taken", at=moment(), who=user().account.id, export=found.id, **named
        )
    answer = Response(made_exports.pieces(here.store, found), mimetype="application/zip")
    answer.content_length = found.size
    answer.headers["Content-Disposition"] = 'attachment; filename="what-is-held.zip"'
    return answer


@blueprint.post("/hold")
@allow(*WHO_MAY)
def hold() -> ResponseReturnValue:
    """Put somebody under legal hold."""
    who, form = who_sent(), HoldForm()
    if form.validate_on_submit():
        kind, name = (Kind.PERSON, who.streams[0]) if who.streams else (Kind.IDENTIFIER, request.form["who"])
        try:
            holds.set_hold(
                deployment().store, kind, name, reason=form.reason.data, now=moment(), by=user().account.id
            )
        except Refused as refusal:
            form.refuse(refusal)
        else:
            flash("It is under legal hold. Neither the schedule nor a request erases it.", "success")
            return back(asked_again(who))
    return page(who, form), 400


@blueprint.get("/holds/<int:number>/release")
@allow(*WHO_MAY)
def release(number: int) -> str:
    return render_template("personal_data/release.html", hold=standing_hold(number), form=ReleaseForm())


@blueprint.post("/holds/<int:number>/release")
@allow(*WHO_MAY)
def release_now(number: int) -> ResponseReturnValue:
    """Lift a hold: from now on the schedule applies again."""
    found, form = standing_hold(number), ReleaseForm()
    if form.validate_on_submit():
        try:
            holds.lift(deployment().store, number, why=form.reason.data, now=moment(), by=user().account.id)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            flash("The hold is lifted. From now on the schedule applies again.", "success")
            return redirect(url_for("personal_data.overview"))
    return render_template("personal_data/release.html", hold=found, form=form), 400


def standing_hold(number: int) -> Hold:
    found = hold_rows.find(deployment().store, number)
    if found is None or found.lifted_at is not None:
        raise Refused("NOT_FOUND", "No such hold stands.")
    return found


@blueprint.get("/erase")
@allow(*WHO_MAY)
def erase() -> str:
    """The first step: what would go."""
    return ask_to_erase(known_by(deployment().store, asked("who")), EraseForm(formdata=None))


@blueprint.post("/erase")
@allow(*WHO_MAY)
def erase_now() -> ResponseReturnValue:
    """The second step: it goes."""
    who, form, here = who_sent(), EraseForm(), deployment()
    if form.validate_on_submit():
        try:
            erasures.erase(
                here.store,
                request.form["who"],
                why=Why(form.why.data),
                now=moment(),
                by=user().account.id,
            )
        except Refused as refusal:
            form.refuse(refusal)
        else:
            flash("It is erased. What was counted stays counted, and the chain still verifies.", "success")
            return redirect(url_for("personal_data.overview"))
    return ask_to_erase(who, form), 400


def ask_to_erase(who: Known, form: EraseForm) -> str:
    return render_template("personal_data/erase.html", **about(who), form=form)
