"""Practitioners: who holds what and what runs out next; and one of them with everything behind it."""

from flask import Blueprint, Response, render_template, request, url_for

from passport_service.domain.passport import PassportState
from passport_service.domain.roles import Act
from passport_service.domain.spreadsheets import write_csv
from passport_service.doors import deployment, moment
from passport_service.store import security_log, workforce_queries
from passport_service.store.workforce_queries import SORTS, Filters
from passport_service.web.absences import AbsenceForm
from passport_service.web.access import allow
from passport_service.web.dossier_page import DossierPage, gather
from passport_service.web.forms import Form, select, text
from passport_service.web.identities import LinkForm
from passport_service.web.people import csv_answer
from passport_service.web.reach import can, own_reach, person_in_reach, roles_with
from passport_service.web.users import user

blueprint = Blueprint("practitioners", __name__, url_prefix="/practitioners")

WHO_SEES = roles_with(Act.SEE_PRACTITIONERS, Act.SEE_TEAM)
STATES = [("", "Any state"), *((str(one), str(one).replace("_", " ").capitalize()) for one in PassportState)]
ORDERS = [("name", "Name"), ("team", "Team"), ("state", "State"), ("expiry", "Next expiry")]
HEADINGS = (
    "reference", "name", "team", "locality", "role", "state", "since", "number", "next expiry", "approvals in a row",
    "reasons",
)  # fmt: skip


class FilterForm(Form):
    """What the list is narrowed and sorted by; sent by GET, so it is in the address and can be kept."""

    search = text("Name, reference or e-mail address")
    team = select("Team", [])
    locality = select("Locality", [])
    state = select("State", STATES)
    leavers = select("People who have left", [("", "Leave out"), ("yes", "Show too")])
    sort = select("Sort by", ORDERS)

    class Meta:
        csrf = False


@blueprint.get("")
@allow(*WHO_SEES)
def listing() -> str:
    """Practitioners within reach, a page at a time."""
    store, reach, form = deployment().store, own_reach(), _filter_form()
    filters, page = _filters(form), request.args.get("page", "")
    with store.reading():
        counts = workforce_queries.count_by_state(store, reach, filters)
        found = workforce_queries.practitioners(
            store, reach, filters, page=int(page) if page.isdecimal() else 1
        )
    kept = {name: value for name, value in request.args.items() if value and name != "page"}
    return render_template(
        "practitioners/listing.html",
        found=found,
        counts=counts,
        filters=form,
        kept=kept,
        reach=reach,
        may_approve=can(Act.APPROVE_PRIOR),
    )


@blueprint.get("/export.csv")
@allow(*WHO_SEES)
def export() -> Response:
    """The whole list as narrowed, as a file; cells that a spreadsheet would run are made harmless."""
    store, filters = deployment().store, _filters(_filter_form())
    found = workforce_queries.every_practitioner(store, own_reach(), filters)
    with store.writing():
        security_log.note(
            store, "exported", at=moment(), who=user().account.id, what="practitioners", rows=len(found)
        )
    rows = [
        (one.ref, one.name, one.team, one.locality, one.role, one.passport_state, one.since and one.since.date().isoformat(),
         one.passport_number, one.next_expiry_on, one.run, " ".join(one.reasons))
        for one in found
    ]  # fmt: skip
    return csv_answer("practitioners.csv", write_csv(HEADINGS, rows))


@blueprint.get("/<stream>")
@allow(*WHO_SEES)
def one(stream: str) -> str:
    """One practitioner: state and reasons, training with its evidence, identities, absences, history."""
    person = person_in_reach(stream)
    sees_statements = can(Act.MANAGE_TRAINING)
    page = gather(deployment().store, person, now=moment(), with_statements=sees_statements)
    _note_concerns_seen(page)
    return render_template(
        "practitioners/one.html", page=page, person=person, sees_statements=sees_statements,
        may_train=can(Act.MANAGE_TRAINING), may_propose=can(Act.PROPOSE_PRIOR), may_link=can(Act.MANAGE_PEOPLE),
        may_give=can(Act.MANAGE_PERSONAL_DATA),
        may_absent=can(Act.MANAGE_ABSENCES), link_form=LinkForm(formdata=None), absence_form=AbsenceForm(formdata=None),
        answer_url=url_for("prior_learning.listing"),
    )  # fmt: skip


def _note_concerns_seen(page: DossierPage) -> None:
    """Looking at another's concern is kept in the security log (D.18.5)."""
    if page.found.dossier.concerns and page.person.stream != user().stream:
        store = deployment().store
        with store.writing():
            security_log.note(
                store, "concern_seen", at=moment(), who=user().account.id, stream=page.person.stream
            )


def _filter_form() -> FilterForm:
    form = FilterForm(formdata=request.args)
    teams, localities = workforce_queries.places(deployment().store, own_reach())
    form.team.choices = [("", "All teams"), *((one, one) for one in teams)]
    form.locality.choices = [("", "All localities"), *((one, one) for one in localities)]
    return form


def _filters(form: FilterForm) -> Filters:
    return Filters(
        search=(form.search.data or "").strip()[:100] or None,
        team=form.team.data or None,
        locality=form.locality.data or None,
        state=form.state.data if form.state.data in set(PassportState) else None,
        leavers=form.leavers.data == "yes",
        sort=form.sort.data if form.sort.data in SORTS else "name",
    )
