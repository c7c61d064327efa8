"""Earlier learning: one person proposes it, another decides (R2.8)."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from passport_service.domain.errors import Refused
from passport_service.domain.roles import Act
from passport_service.doors import deployment, moment
from passport_service.services import councils, priors
from passport_service.store import queries
from passport_service.store.queries import Person
from passport_service.store.waiting_queries import Proposal
from passport_service.web.access import allow
from passport_service.web.forms import (
    Form,
    at_most,
    day,
    given,
    needed,
    not_personal,
    radios,
    select,
    text,
    words,
)
from passport_service.web.reach import can, own_reach, person_in_reach, roles_with, signature
from passport_service.web.users import user

blueprint = Blueprint("prior_learning", __name__, url_prefix="/training/earlier-learning")

WHO_PROPOSES = roles_with(Act.PROPOSE_PRIOR)
WHO_APPROVES = roles_with(Act.APPROVE_PRIOR)
AUTHENTICITY = [
    ("original_seen", "I have seen the original"),
    ("issuer_confirmed", "The issuer has confirmed it"),
    ("copy_only", "I have seen a copy only"),
]


class ProposalForm(Form):
    requirement = select("Requirement it meets", [], needed("Choose a requirement."))
    completed_on = day("Completed on", needed("Enter the day on which it was completed."))
    issuer = text("Who issued it", needed("Enter who issued it."), at_most(priors.LONGEST), not_personal)
    course = text("Course", needed("Enter the course."), at_most(priors.LONGEST), not_personal)
    document = text(
        "Document reference", needed("Enter where the proof is kept."), at_most(priors.LONGEST), not_personal,
        hint="Where the certificate is kept, such as a file number. No documents are stored here.",
    )  # fmt: skip
    authenticity = radios(
        "How was the document checked?", AUTHENTICITY, "Choose how the document was checked."
    )


class AnswerForm(Form):
    answer = radios(
        "Your decision", [("approve", "Approve"), ("decline", "Decline")], "Choose approve or decline."
    )
    reason = words("Reason", hint="Needed to decline. The proposer reads it.")


@blueprint.get("")
@allow(*WHO_APPROVES)
def listing() -> str:
    """What waits for a second person, of people within reach."""
    store, reach = deployment().store, own_reach()
    waiting = priors.pending(store)
    people = queries.people_by_stream(store, sorted({one.stream for one in waiting}))
    shown = [one for one in waiting if one.stream in people and reach.covers(people[one.stream])]
    return render_template("training/proposals.html", waiting=shown, people=people, titles=_titles())


@blueprint.get("/new/<stream>")
@allow(*WHO_PROPOSES)
def propose(stream: str) -> str:
    person = _person(stream)
    return render_template("training/propose.html", form=_form(), person=person)


@blueprint.post("/new/<stream>")
@allow(*WHO_PROPOSES)
def propose_now(stream: str) -> ResponseReturnValue:
    person, form = _person(stream), _form()
    if form.validate_on_submit():
        try:
            priors.propose(
                deployment().store, stream, requirement=form.requirement.data, completed_on=given(form.completed_on),
                issuer=form.issuer.data, course=form.course.data, document=form.document.data,
                authenticity=form.authenticity.data, by=signature(), now=moment(), caused_by=user().caused_by,
            )  # fmt: skip
        except Refused as refusal:
            form.refuse(refusal, {"on": "completed_on"})
        else:
            flash(
                "Proposed. It counts from its completion date once another person has approved it.", "success"
            )
            return redirect(
                url_for("practitioners.one", stream=stream) if _sees(person) else url_for("home.start")
            )
    return render_template("training/propose.html", form=form, person=person), 400


@blueprint.get("/<proposal>")
@allow(*WHO_APPROVES)
def one(proposal: str) -> str:
    found, person = _found(proposal)
    return _show(AnswerForm(formdata=None), found, person)


@blueprint.post("/<proposal>")
@allow(*WHO_APPROVES)
def answer(proposal: str) -> ResponseReturnValue:
    """Approve or decline."""
    form, (found, person) = AnswerForm(), _found(proposal)
    if not form.validate_on_submit():
        return _show(form, found, person), 400
    store, now = deployment().store, moment()
    try:
        if form.answer.data == "approve":
            priors.approve(store, proposal, approver=signature(), now=now, caused_by=user().caused_by)
        else:
            priors.decline(
                store,
                proposal,
                by=signature(),
                reason=form.reason.data or "",
                now=now,
                caused_by=user().caused_by,
            )
    except Refused as refusal:
        form.refuse(refusal)
        return _show(form, found, person), 400
    flash(
        "Approved: it counts from its completion date." if form.answer.data == "approve" else "Declined.",
        "success",
    )
    return redirect(url_for("prior_learning.listing"))


def _show(form: AnswerForm, found: Proposal, person: Person) -> str:
    is_own = found.caused_by == user().caused_by or signature() in (found.proposed_by, found.stream)
    ways = dict(AUTHENTICITY) | {
        "original_seen": "Original seen",
        "issuer_confirmed": "Confirmed by the issuer",
    }
    return render_template(
        "training/proposal.html", form=form, found=found, person=person, titles=_titles(), is_own=is_own,
        checked=(ways | {"copy_only": "Copy seen only"})[found.details["authenticity"]],
    )  # fmt: skip


def _found(proposal: str) -> tuple[Proposal, Person]:
    found = priors.load(deployment().store, proposal)
    return found, person_in_reach(found.stream)


def _person(stream: str) -> Person:
    """Somebody within reach, or oneself: practitioners propose their own earlier learning."""
    if stream == user().stream and (own := queries.find_person(deployment().store, stream)):
        return own
    return person_in_reach(stream)


def _sees(person: Person) -> bool:
    return (can(Act.SEE_PRACTITIONERS) or can(Act.SEE_TEAM)) and own_reach().covers(person)


def _form() -> ProposalForm:
    form = ProposalForm()
    form.requirement.choices = [("", "Choose a requirement"), *_titles().items()]
    return form


def _titles() -> dict[str, str]:
    return {one.slug: one.title for one in councils.load(deployment().store).catalogue.requirements.values()}
