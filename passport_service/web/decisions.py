"""CCV: what waits, deciding on it blind, and whose it was once the outcome is saved (D.9, D.10)."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import Field

from passport_service.domain.calendar import business_date
from passport_service.domain.concerns import Severity
from passport_service.domain.errors import Refused
from passport_service.domain.roles import Act, Role, may_any
from passport_service.domain.streak import Outcome
from passport_service.doors import deployment, moment
from passport_service.services import ccv, councils
from passport_service.services import decisions as services
from passport_service.services.ccv import STREAMS
from passport_service.services.explanations import type_title
from passport_service.services.sentences import BASES, CATEGORIES, KINDS, OUTCOMES
from passport_service.store import queries
from passport_service.web.access import allow
from passport_service.web.forms import Form, asked, needed, opaque, radios, select, text, words
from passport_service.web.users import own_stream, user

blueprint = Blueprint("decisions", __name__, url_prefix="/ccv")

reviewers = allow(Role.CCV_REVIEWER)
readers = allow(Role.CCV_REVIEWER, Role.CCV_LEAD)
TABS = {"approve": "Approve", "authorise": "Authorise", "moderate": "Moderate"}
HINTS = {
    Outcome.APPROVED: "It is ready. Nothing needs to change.",
    Outcome.APPROVED_WITH_COMMENTS: "It is ready. You have something to say about it.",
    Outcome.RETURNED: "Something needs doing or answering before it is ready.",
    Outcome.CONCERN: "The work falls short in a way that has to be recorded.",
    Outcome.NOT_REVIEWABLE: "It cannot be read: the case was transferred, or the record is locked.",
}
NEEDED = {
    Outcome.APPROVED_WITH_COMMENTS: "Write your comments.",
    Outcome.RETURNED: "Ask at least one question, or say what is to be done.",
    Outcome.CONCERN: "Give the reasons for your concern.",
    Outcome.NOT_REVIEWABLE: "Say why it cannot be reviewed.",
}
PRAISE = "Done well: "
HOW_SERIOUS = [
    (Severity.STANDARD.value, "Standard – it counts, and the passport goes on"),
    (
        Severity.SERIOUS.value,
        "Serious – the passport is paused at once, and a person decides within five working days",
    ),
]


class OutcomeForm(Form):
    """An outcome, with the words that it needs (R10.1)."""

    outcome = radios("Outcome", [(one.value, text) for one, text in OUTCOMES.items()], "Choose an outcome.")
    category = select("What is the concern about?", [("", "Choose one"), *CATEGORIES.items()])
    severity = radios("How serious is it?", HOW_SERIOUS, "Choose how serious it is.")
    reason = words(
        "Questions, comments or reasons",
        hint="The practitioner reads this with your name. Leave out anything that says who the work is about, names too.",
    )

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.severity.validators = ()

    def validate_reason(self, field: Field) -> None:
        if self.outcome.data in NEEDED and not (field.data or "").strip():
            field.errors = [*field.errors, NEEDED[Outcome(self.outcome.data)]]

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if self.outcome.data == Outcome.CONCERN:
            if not self.category.data:
                self.category.errors = ["Choose what the concern is about."]
            if self.severity.data not in list(Severity):
                self.severity.errors = ["Choose how serious it is."]
        else:
            self.severity.errors = self.category.errors = []
        return not self.errors

    @property
    def concern(self) -> dict[str, Any]:
        """What a concern needs; nothing for any other outcome."""
        if self.outcome.data != Outcome.CONCERN:
            return {}
        return {"category": self.category.data, "severity": self.severity.data}


class DecisionForm(OutcomeForm):
    praise = words("What was done well? (optional)", hint="A sentence is enough. People rarely hear it.")

    @property
    def said(self) -> str:
        """Everything for the practitioner in one text; praise has its own paragraph."""
        parts = [
            self.reason.data or "",
            f"{PRAISE}{self.praise.data}" if (self.praise.data or "").strip() else "",
        ]
        return "\n\n".join(one.strip() for one in parts if one.strip())


class Lookup(Form):
    item = text("Reference of the item", needed("Enter the reference."), opaque)


@blueprint.get("")
@readers
def waiting() -> str:
    """What waits, in three tabs; a reviewer is offered only what they may decide (R9.1)."""
    stream = asked("stream") or STREAMS[0]
    if stream not in TABS:
        abort(404)
    stream_of_reader = user().stream
    may_decide = may_any(user().roles, Act.DECIDE) and stream_of_reader is not None
    lines = ccv.queue(deployment().store, own_stream(), stream, now=moment()) if may_decide else []
    return render_template(
        "decisions/waiting.html",
        lines=lines,
        loads=ccv.loads(deployment().store, moment()),
        stream=stream,
        tabs=TABS,
        may_decide=may_decide,
        kinds=KINDS,
        titles=titles(),
        today=business_date(moment()),
        lookup=Lookup(),
        readings=ccv.readings(deployment().store, stream_of_reader, now=moment()) if stream_of_reader else [],
    )


@blueprint.get("/decide")
@reviewers
def decide() -> str:
    """One item, blind, and the form to decide on it."""
    item = ccv.load_blind(deployment().store, own_stream(), asked("item"), now=moment())
    return _form(DecisionForm(), item)


@blueprint.post("/decide")
@reviewers
def decide_now() -> ResponseReturnValue:
    item = ccv.load_blind(deployment().store, own_stream(), asked("item"), now=moment())
    form = DecisionForm()
    if form.validate():
        try:
            services.record(
                deployment().store,
                item=item.ref,
                outcome=form.outcome.data,
                reviewer=own_stream(),
                reason=form.said,
                now=moment(),
                caused_by=user().caused_by,
                **form.concern,
            )
        except Refused as refusal:
            form.refuse(refusal, {"item": "outcome", "reviewer": "outcome"})
        else:
            flash("Your decision is saved.", "success")
            return redirect(url_for("decisions.decided", item=item.ref))
    return _form(form, item)


@blueprint.get("/item")
@readers
def decided() -> str:
    """What was decided on an item, and whose it was for whoever may know by now (R9.5)."""
    sees_people = may_any(user().roles, Act.SEE_PRACTITIONERS)
    found = ccv.find_decided(
        deployment().store, own_stream(), asked("item"), sees_people=sees_people, now=moment()
    )
    streams = [one.reviewer for one in found.decisions] + ([found.owner] if found.owner else [])
    return render_template(
        "decisions/decided.html",
        found=found,
        bases=BASES,
        item=found.item,
        type=type_title(titles(), found.item.type),
        kinds=KINDS,
        outcomes=OUTCOMES,
        people=queries.people_by_stream(deployment().store, streams),
    )


@blueprint.get("/find")
@readers
def find() -> ResponseReturnValue:
    """Look an item up by its reference."""
    form = Lookup(formdata=None)
    ref = asked("item")
    if not ref:
        return render_template("decisions/find.html", form=form, ref=ref, nothing=False)
    if queries.find_item(deployment().store, ref) is None:
        return render_template("decisions/find.html", form=form, ref=ref, nothing=True), 404
    return redirect(url_for("decisions.decided", item=ref))


@blueprint.route("/correct", methods=["GET", "POST"])
@readers
def correct() -> ResponseReturnValue:
    """Put a decision right; what it replaces stays on record (T3.12)."""
    store = deployment().store
    found = ccv.find_decided(store, own_stream(), asked("item"), sees_people=False, now=moment())
    if not found.may_correct:
        raise Refused("NOT_ALLOWED", "This decision is not one that you can correct.")
    form = OutcomeForm()
    if form.is_submitted() and form.validate():
        try:
            services.correct(
                store,
                item=found.item.ref,
                outcome=form.outcome.data,
                reviewer=own_stream(),
                reason=form.reason.data,
                now=moment(),
                caused_by=user().caused_by,
                **form.concern,
            )
        except Refused as refusal:
            form.refuse(refusal, {"item": "outcome", "reviewer": "outcome"})
        else:
            flash("The decision is corrected. The practitioner sees both.", "success")
            return redirect(url_for("decisions.decided", item=found.item.ref))
    return render_template(
        "decisions/correct.html",
        form=form,
        item=found.item,
        latest=found.decisions[-1],
        outcomes=OUTCOMES,
        hints=HINTS,
    )


def _form(form: DecisionForm, item: ccv.BlindItem) -> str:
    return render_template(
        "decisions/decide.html",
        form=form,
        item=item,
        type=type_title(titles(), item.type),
        kinds=KINDS,
        hints=HINTS,
        tabs=TABS,
        today=business_date(moment()),
    )


def titles() -> dict[str, str]:
    """Case types in words."""
    return {one.slug: one.title for one in councils.load(deployment().store).catalogue.case_types.values()}
