"""People: who is known here, and bringing people in from a file in two steps, look first and then do."""

import zlib
from base64 import b64decode, b64encode
from binascii import Error as NotBase64

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField, FileRequired
from govuk_frontend_wtf.wtforms_widgets import GovFileInput
from wtforms import HiddenField

from passport_service.domain.errors import Refused
from passport_service.domain.people_columns import COLUMNS, TEMPLATE_ROWS
from passport_service.domain.people_file import MOST_BYTES, MOST_ROWS
from passport_service.domain.roles import Act
from passport_service.domain.spreadsheets import write_csv
from passport_service.doors import deployment, moment
from passport_service.services import importing
from passport_service.services.importing import Plan
from passport_service.store import workforce_queries
from passport_service.web.access import allow
from passport_service.web.forms import Form, asked
from passport_service.web.reach import roles_with
from passport_service.web.users import user

blueprint = Blueprint("people", __name__, url_prefix="/people")

MANAGERS_OF_PEOPLE = roles_with(Act.MANAGE_PEOPLE)
MOST_SHOWN = 200


class Upload(Form):
    file = FileField(
        "CSV file",
        [FileRequired("Choose a file.")],
        description=f"UTF-8, at most {MOST_ROWS:,} people and {MOST_BYTES // 1000} kB.",
        widget=GovFileInput(),
    )


class Checked(Form):
    """A file that was looked at, carried to the second step, and what was shown of it."""

    body = HiddenField()
    digest = HiddenField()


@blueprint.get("")
@allow(*MANAGERS_OF_PEOPLE)
def listing() -> str:
    """Everybody on record, whatever their role."""
    search, page = asked("search")[:100], asked("page")
    found = workforce_queries.people(
        deployment().store, search or None, page=int(page) if page.isdigit() else 1
    )
    return render_template("people/listing.html", found=found, search=search)


@blueprint.get("/template.csv")
@allow(*MANAGERS_OF_PEOPLE)
def template() -> Response:
    """A file with the headings and two invented people."""
    return csv_answer("people.csv", write_csv(list(COLUMNS), TEMPLATE_ROWS))


@blueprint.get("/import")
@allow(*MANAGERS_OF_PEOPLE)
def choose() -> str:
    return _ask(Upload())


@blueprint.post("/import")
@allow(*MANAGERS_OF_PEOPLE)
def check() -> ResponseReturnValue:
    """What the file would do; nothing is written."""
    form = Upload()
    if not form.validate_on_submit():
        return _ask(form), 400
    body = form.file.data.read(MOST_BYTES + 1)
    return _show(body, importing.plan(deployment().store, body, now=moment()))


@blueprint.post("/import/apply")
@allow(*MANAGERS_OF_PEOPLE)
def apply() -> ResponseReturnValue:
    """Do what was shown, all of it or nothing."""
    form = Checked()
    body = _unpacked(form.body.data or "")
    if not form.validate_on_submit() or body is None:
        return redirect(url_for("people.choose"))
    store, now = deployment().store, moment()
    try:
        done = importing.apply(store, body, now=now, caused_by=user().caused_by, digest=form.digest.data)
    except Refused as refusal:
        flash(refusal.message)
        return _show(body, importing.plan(store, body, now=now)), 409
    flash(_in_words(done), "success")
    return redirect(url_for("people.listing"))


def csv_answer(name: str, text: str) -> Response:
    """A file to keep, never to be shown in the browser."""
    answer = Response(text, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _ask(form: Upload) -> str:
    return render_template("people/import.html", form=form, columns=COLUMNS)


def _show(body: bytes, plan: Plan) -> str:
    form = Checked(formdata=None, body=_packed(body), digest=plan.digest)
    shown = [one for one in plan.steps if one.does != "nothing"][:MOST_SHOWN]
    return render_template(
        "people/check.html", plan=plan, checked=form, shown=shown, columns=COLUMNS,
        counts={does: plan.count(does) for does in ("new", "change", "nothing")},
    )  # fmt: skip


def _in_words(plan: Plan) -> str:
    return f"{plan.count('new')} added, {plan.count('change')} changed, {plan.count('nothing')} left as they were."


def _packed(body: bytes) -> str:
    # Compressed, since a form's field may not be as large as a file may.
    return b64encode(zlib.compress(body[: MOST_BYTES + 1])).decode()


def _unpacked(text: str) -> bytes | None:
    try:
        return zlib.decompressobj().decompress(b64decode(text, validate=True), MOST_BYTES + 1)
    except (NotBase64, zlib.error, ValueError):
        return None
