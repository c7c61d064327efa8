"""What arrived and could not be placed: unmapped activities, unknown people, and what is dated before 2000 (R2.2, R2.3)."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from passport_service.domain.calendar import start_of_day
from passport_service.domain.errors import Refused
from passport_service.domain.roles import Act
from passport_service.doors import deployment, moment
from passport_service.services import keys, people
from passport_service.store import queries, security_log, waiting_queries, workforce_queries
from passport_service.store.queries import Person
from passport_service.store.statement_rows import load as load_statements
from passport_service.store.waiting_queries import Waiting
from passport_service.web.access import allow
from passport_service.web.dossier_page import pretty
from passport_service.web.forms import Form, asked, day, needed
from passport_service.web.reach import can, roles_with
from passport_service.web.users import user

blueprint = Blueprint("quarantine", __name__, url_prefix="/quarantine")

WHO_SEES = roles_with(Act.SEE_ARRIVALS, Act.MAP_ACTIVITIES)
WHO_MAY = roles_with(Act.MAP_ACTIVITIES)
MOST_SHOWN = 100
SAMPLES = 10


class PersonForm(Form):
    """Whose identifier it is; the person was chosen from the search."""

    stream = HiddenField(validators=[needed("Choose the person.")])
    actor = HiddenField()
    from_on = day("From which day is it theirs?", hint="Leave empty if it has always been theirs")


@blueprint.get("")
@allow(*WHO_SEES)
def listing() -> str:
    """Everything that waits, one entry an activity or actor, courses first and what is no course folded away."""
    store = deployment().store
    with store.reading():
        courses, others = queries.waiting_activities(store, MOST_SHOWN)
        actors = queries.waiting_actors(store, MOST_SHOWN)
        early = waiting_queries.waiting_statements(store, "BEFORE_2000", limit=MOST_SHOWN + 1)
        labels = {one.id: one.label for one in keys.every(store)}
    return render_template(
        "quarantine/listing.html", courses=courses, others=others, actors=actors, early=early, labels=labels,
        most=MOST_SHOWN,
    )  # fmt: skip


@blueprint.get("/activity")
@allow(*WHO_SEES)
def activity() -> str:
    """One unmapped activity, with some of the statements that wait for it."""
    store = deployment().store
    found = waiting_queries.waiting_activity(store, asked("id")) or abort(404)
    samples = waiting_queries.waiting_statements(
        store, "UNMAPPED_ACTIVITY", activity=found.activity, limit=SAMPLES
    )
    labels = {one.id: one.label for one in keys.every(store)}
    return render_template(
        "quarantine/activity.html", found=found, samples=samples, bodies=_bodies(samples), labels=labels,
        maps=can(Act.MAP_ACTIVITIES),
    )  # fmt: skip


@blueprint.get("/person")
@allow(*WHO_SEES)
def person() -> str:
    """One unknown actor: what waits, and for those who may link it a search for the person it belongs to."""
    return _ask(asked("actor")[:2000], asked("search")[:100])


@blueprint.get("/person/link")
@allow(*WHO_MAY)
def confirm() -> str:
    """The chosen person, before the identifier becomes theirs."""
    chosen = queries.find_person(deployment().store, asked("stream")) or abort(404)
    return _confirm(
        PersonForm(formdata=None, data={"stream": chosen.stream, "actor": asked("actor")}), chosen
    )


@blueprint.post("/person/link")
@allow(*WHO_MAY)
def link() -> ResponseReturnValue:
    """Link the identifier, read its statements again, and say how many now count."""
    store, form = deployment().store, PersonForm()
    chosen = queries.find_person(store, form.stream.data or "") or abort(404)
    if not form.validate_on_submit():
        return _confirm(form, chosen), 400
    actor = _actor(form.actor.data or "")
    since = start_of_day(form.from_on.data) if form.from_on.data else None
    before = len(_waiting(actor))
    try:
        people.link(
            store,
            chosen.stream,
            actor,
            now=moment(),
            caused_by=user().caused_by,
            from_at=since,
            why="from quarantine",
        )
    except Refused as refusal:
        form.refuse(refusal, {"from": "from_on"})
        return _confirm(form, chosen), 400
    still = len(_waiting(actor))
    flash(
        f"The identifier is {chosen.name or chosen.ref}’s now. Statements that count: {before - still} of {before}.",
        "success",
    )
    return redirect(url_for("quarantine.listing"))


def _ask(actor: str, search: str) -> str:
    store = deployment().store
    samples = _waiting(_actor(actor), SAMPLES)
    bodies = _bodies(samples)
    maps = can(Act.MAP_ACTIVITIES)
    search = search if maps else ""
    found = workforce_queries.find_people(store, search) if search else []
    return render_template(
        "quarantine/person.html", actor=actor, search=search, samples=samples, bodies=bodies, found=found,
        names=_names_sent(samples), maps=maps,
    )  # fmt: skip


def _confirm(form: PersonForm, chosen: Person) -> str:
    actor = form.actor.data or ""
    return render_template(
        "quarantine/link.html", form=form, chosen=chosen, actor=actor, count=len(_waiting(_actor(actor)))
    )


def _waiting(actor: str, limit: int = 100_000) -> list[Waiting]:
    return waiting_queries.waiting_statements(deployment().store, "UNKNOWN_PERSON", actor=actor, limit=limit)


def _actor(key: str) -> str:
    """The identifier that is asked for. Only one that sent something can be asked for at all."""
    if not key or "|" not in key or "\x00" in key:
        abort(404)
    return key


def _bodies(samples: list[Waiting]) -> dict[str, str]:
    """The statements word for word; who looked is in the security log."""
    store, ids = deployment().store, [one.statement for one in samples]
    found = load_statements(store, ids)
    if ids:
        with store.writing():
            security_log.note(store, "statements_seen", at=moment(), who=user().account.id, statements=ids)
    return {one.id: pretty(one.statement) for one in found}


def _names_sent(samples: list[Waiting]) -> list[str]:
    """The names that came with the actor: a help to search by, never a proof of who it is (R2.11)."""
    found = load_statements(deployment().store, [one.statement for one in samples])
    names = [one.statement.get("actor", {}).get("name") for one in found]
    return sorted({str(one) for one in names if one})[:3]
