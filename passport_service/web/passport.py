"""My passport: how I stand, why, what is missing, what comes next, what was said of my work, what is held about me."""

import json

from flask import Blueprint, Response, abort, render_template, url_for

from passport_service.domain.calendar import business_date
from passport_service.domain.events import Event
from passport_service.domain.roles import PRACTISING
from passport_service.doors import deployment, moment
from passport_service.services import histories, passports
from passport_service.services.explanations import explain
from passport_service.services.passports import Standpoint
from passport_service.services.sentences import KINDS, OUTCOMES, number_in_words
from passport_service.store import queries, security_log
from passport_service.web.access import allow
from passport_service.web.users import own_stream, user

blueprint = Blueprint("passport", __name__, url_prefix="/passport")

FIRST_DECISIONS = 5
PARTS = (
    ("How you stand", "passport.mine"),
    ("Training", "passport.training"),
    ("What was said of your work", "passport.decisions"),
    ("History", "passport.history"),
    ("What we hold about you", "passport.held"),
)
practitioners = allow(*PRACTISING)


@blueprint.app_context_processor
def _parts() -> dict[str, object]:
    return {
        "passport_parts": lambda: [
            {"text": text, "href": url_for(name), "endpoint": name} for text, name in PARTS
        ]
    }


@blueprint.get("")
@practitioners
def mine() -> str:
    """How I stand, why, and what comes next."""
    at = _standpoint()
    found, today = explain(at), business_date(moment())
    return render_template(
        "passport/mine.html",
        found=found,
        notices=_notices(at),
        today=today.isoformat(),
        kinds=KINDS,
        outcomes=OUTCOMES,
        first=FIRST_DECISIONS,
        me=user(),
        needed=number_in_words(found.run_needed),
    )


@blueprint.get("/training")
@practitioners
def training() -> str:
    """Every requirement with the evidence behind it."""
    return render_template("passport/training.html", lines=histories.training(_standpoint()))


@blueprint.get("/decisions")
@practitioners
def decisions() -> str:
    """Every decision of CCV and every concern, with the words of the reviewer and who they are (R9.5, Q24)."""
    at = _standpoint()
    found = explain(at)
    readers = {one.decision.reviewer for one in found.decisions} | {
        one.reader for one in at.dossier.concerns.values()
    }
    people = queries.people_by_stream(deployment().store, sorted(readers))
    return render_template(
        "passport/decisions.html",
        found=found,
        concerns=histories.concerns(at),
        people=people,
        kinds=KINDS,
        outcomes=OUTCOMES,
    )


@blueprint.get("/history")
@practitioners
def history() -> str:
    return render_template("passport/history.html", life=histories.life(_standpoint()))


@blueprint.get("/notices/<notice>")
@practitioners
def notice(notice: str) -> str:
    """One notice with every element of R12.1."""
    at = _standpoint()
    given = next((one for one in at.dossier.notices if one.data["notice"] == notice), None)
    if given is None:
        abort(404)
    answers = _answers_to(at, given)
    people = queries.people_by_stream(deployment().store, _named(given, answers))
    return render_template(
        "passport/notice.html",
        given=given,
        data=given.data,
        answers=answers,
        people=people,
        is_open=given.data["respond_by"] >= business_date(moment()).isoformat(),
    )


def _answers_to(at: Standpoint, given: Event) -> list[Event]:
    """What people answered to a notice: to its code, its concern, or the concerns that the pause named."""
    of = {given.data["code"], given.data.get("concern")}
    for one in at.dossier.transitions:
        if one.data.get("code") == given.data["code"] and one.effective_at == given.effective_at:
            of |= {*one.data.get("details", ())}
    return [
        one for one in at.dossier.answers if one.data["of"] in of and one.effective_at >= given.effective_at
    ]


def _named(given: Event, answers: list[Event]) -> list[str]:
    return [one for one in [given.data.get("by"), *(answer.data["by"] for answer in answers)] if one]


@blueprint.get("/about-me")
@practitioners
def held() -> str:
    """What is held about me, in words."""
    at = _standpoint()
    person = queries.find_person(deployment().store, own_stream())
    identifiers = queries.identifiers_of(deployment().store, own_stream())
    return render_template(
        "passport/held.html", at=at, dossier=at.dossier, person=person, identifiers=identifiers
    )


@blueprint.get("/about-me.json")
@practitioners
def held_as_file() -> Response:
    """The same as a file that programs can read."""
    store, stream = deployment().store, own_stream()
    with store.writing():
        security_log.note(store, "own_record_taken", at=moment(), who=user().account.id)
    body = json.dumps(histories.everything(store, stream), indent=2, ensure_ascii=False)
    headers = {"Content-Disposition": 'attachment; filename="what-is-held-about-me.json"'}
    return Response(body, mimetype="application/json", headers=headers)


def _standpoint() -> Standpoint:
    return passports.standpoint(deployment().store, own_stream(), now=moment())


def _notices(at: Standpoint) -> list[Event]:
    return sorted(at.dossier.notices, key=lambda one: (one.effective_at, one.seq), reverse=True)
