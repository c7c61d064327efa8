"""Trying a statement: paste what a learning system sends, and see what it would do before anything is stored."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField

from passport_service.domain.roles import Act
from passport_service.doors import deployment, moment
from passport_service.services import councils, keys, trials
from passport_service.services.keys import Key
from passport_service.services.refusals import Problem
from passport_service.services.trials import Trial
from passport_service.store import queries
from passport_service.web.access import allow
from passport_service.web.deeds import consequences
from passport_service.web.forms import Form, TextArea, asked, at_most, needed, not_blank, select
from passport_service.web.json_lines import Line, lines_of, text_lines
from passport_service.web.reach import can, roles_with
from passport_service.xapi.errors import split_path
from passport_service.xapi.links import target_of
from passport_service.xapi.statement import is_voiding
from passport_service.xapi.versions import Version

blueprint = Blueprint("trials", __name__, url_prefix="/arrivals/try")

WHO_MAY = roles_with(Act.SEE_ARRIVALS)
LONGEST = 200_000  # characters; what is longer is not pasted by hand
MOST_SHOWN = 50
LINES_SHOWN = 40


class TryForm(Form):
    key = select(
        "Try it as",
        [],
        needed("Choose a key."),
        hint="The key says which home pages count and whether it may void",
    )
    version = select(
        "Version of xAPI", [(one.value, one.value) for one in Version], needed("Choose a version.")
    )
    body = TextAreaField(
        "Statement, or a whole batch", [not_blank("Paste a statement."), at_most(LONGEST)],
        description="JSON as the learning system sends it: one statement, or several between [ and ]",
        widget=TextArea(),
    )  # fmt: skip


@blueprint.get("")
@allow(*WHO_MAY)
def ask() -> str:
    return render_template("trials/ask.html", form=_form(), trial=None)


@blueprint.post("")
@allow(*WHO_MAY)
def answer() -> ResponseReturnValue:
    """What it would do; the form stays, so that it can be put right and tried again."""
    form = _form()
    if not form.validate_on_submit():
        return render_template("trials/ask.html", form=form, trial=None), 400
    store = deployment().store
    body = (form.body.data or "").strip().encode()
    key = keys.load(store, form.key.data)
    trial = trials.try_out(store, key=key, body=body, now=moment(), version=Version(form.version.data))
    requirements = councils.load(store).catalogue.requirements
    sees_people = can(Act.SEE_PRACTITIONERS)
    streams = sorted({one.stream for one in trial.changed}) if sees_people else []
    return render_template(
        "trials/ask.html", form=form, trial=trial, key=key, sees_people=sees_people, most=MOST_SHOWN,
        people=queries.people_by_stream(store, streams) if streams else {}, requirements=requirements,
        problems=marked(body, faults(trial)), consequences=consequences,
        voids={one.place: voided_by(one.statement.statement) for one in trial.tried},
    )  # fmt: skip


def voided_by(value: Mapping[str, Any]) -> str | None:
    """The id of the statement that this one takes back, if it takes one back."""
    return target_of(value) if is_voiding(value) else None


def faults(trial: Trial) -> list[Problem]:
    """What is wrong, the fault that the sender would be told of first, and no statement twice."""
    first = [trial.refusal] if trial.refusal else []
    return first + [one for one in trial.problems if not first or one.place != first[0].place]


def marked(body: bytes, found: Sequence[Problem]) -> list[tuple[Problem, list[Line]]]:
    """Each problem with the lines of the statement it lies in, the place marked."""
    value = read(body)
    if value is None:
        return [(one, text_lines(body, LINES_SHOWN)) for one in found]
    return [(one, lines_at(value, one.path)) for one in found[:MOST_SHOWN]]


def lines_at(value: Any, path: str) -> list[Line]:
    """The lines of the statement that a path leads into, or of the whole body."""
    place, rest = split_path(path)
    if place < 0 or (isinstance(value, list) and place >= len(value)):
        return lines_of(value, rest)
    return lines_of(value[place] if isinstance(value, list) else value, rest)


def read(body: bytes) -> Any:
    """The JSON of a body, None when it is none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _form() -> TryForm:
    live: list[Key] = [
        one for one in keys.every(deployment().store) if one.purpose == "xapi" and one.revoked_at is None
    ]
    form = TryForm(
        formdata=request.form if request.method == "POST" else None,
        data={"key": asked("key"), "version": Version.V1.value},
    )
    form.key.choices = [("", "Choose a key"), *((one.id, one.label) for one in live)]
    return form
