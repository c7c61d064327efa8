"""Items of a practitioner: may I confirm this, confirm it, send it to CCV, send it again, take it back."""

from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovCheckboxInput
from wtforms import BooleanField

from passport_service.domain.calendar import business_date
from passport_service.domain.errors import Refused
from passport_service.domain.policy import Policy
from passport_service.domain.roles import PRACTISING
from passport_service.doors import deployment, moment
from passport_service.services import councils, passports
from passport_service.services import items as services
from passport_service.services.explanations import type_title, work_title
from passport_service.services.items import DECLARATION, SENT_BACK, SEVERAL, WAITING
from passport_service.services.sentences import KINDS, STATUSES, on_day, reason
from passport_service.store import checks, queries
from passport_service.store.checks import KnownCheck
from passport_service.store.queries import WorkItem
from passport_service.web.access import allow
from passport_service.web.forms import Form, asked, boxes, needed, opaque, options, radios, text, words
from passport_service.web.users import own_stream, user

blueprint = Blueprint("items", __name__, url_prefix="/items")

practitioners = allow(*PRACTISING)
REFERENCE_HINT = "The reference in your case system: letters, figures and dashes, no name, no date of birth, no NHS number."


class Work(Form):
    kind = radios("What is it?", list(KINDS.items()), "Choose what it is.")
    types = boxes(
        "Which case type?", [], "Choose at least one case type.", hint="Choose all that the work includes."
    )


class Submission(Work):
    first = "item"
    item = text("Reference of the item", needed("Enter the reference."), opaque, hint=REFERENCE_HINT)


class Confirmation(Form):
    item = text("Reference of the item", needed("Enter the reference."), opaque, hint=REFERENCE_HINT)
    declaration = BooleanField(
        DECLARATION, [needed("Tick the box if you can make this declaration.")], widget=GovCheckboxInput()
    )


class Withdrawal(Form):
    reason = words(
        "Why do you take it back?",
        needed("Say why you take it back."),
        hint="For example: sent twice by mistake.",
    )


@blueprint.get("")
@practitioners
def mine() -> str:
    """My items, the latest first."""
    number = request.args.get("page", 1, type=int)
    page = queries.items_of(deployment().store, own_stream(), page=number, size=25)
    return render_template("items/mine.html", page=page, titles=_titles(), kinds=KINDS, status=_status)


@blueprint.get("/one")
@practitioners
def one() -> str:
    """One item of mine; what was said of it stands with my passport."""
    item = _own(asked("ref"))
    return render_template(
        "items/one.html",
        item=item,
        type=type_title(_titles(), item.type),
        kinds=KINDS,
        status=_status(item),
        may_send_again=item.status in SENT_BACK,
        may_withdraw=_may_withdraw(item),
        due_on=_due_on(item),
    )


@blueprint.route("/check", methods=["GET", "POST"])
@practitioners
def check() -> ResponseReturnValue:
    """May I confirm this, now?"""
    form = _with_types(Work())
    if form.validate_on_submit():
        answer = services.check(
            deployment().store,
            own_stream(),
            kind=form.kind.data,
            type=SEVERAL.join(form.types.data),
            now=moment(),
            caused_by=user().caused_by,
        )
        return redirect(url_for("items.answer", check=answer.id))
    return render_template("items/check.html", form=form)


@blueprint.route("/checks/<check>", methods=["GET", "POST"])
@practitioners
def answer(check: str) -> ResponseReturnValue:
    """The answer with its reasons; and, if it is yes, the declaration and the confirmation (R7.1)."""
    known = checks.find(check)
    if known is None or known.stream != own_stream():
        abort(404)
    if known.item is not None:
        return redirect(url_for("items.one", ref=known.item))
    form = Confirmation()
    routing = passports.standpoint(deployment().store, known.stream, now=moment()).route(
        known.type.split(SEVERAL)
    )
    if routing.may_confirm and form.validate_on_submit() and _confirm(form, known):
        flash(f"You have confirmed {form.item.data}.", "success")
        return redirect(url_for("items.one", ref=form.item.data))
    return render_template(
        "items/answer.html",
        form=form,
        known=known,
        routing=routing,
        reasons=[reason(one) for one in routing.reasons],
        work=work_title(_titles(), known.kind, known.type),
        is_over=moment() >= known.valid_until_at,
        good_to_on=known.valid_until_at - timedelta(seconds=1),
        rate=f"{_policy()['moderation.rate_bp'] / 100:g}%",
    )


def _confirm(form: Confirmation, known: KnownCheck) -> bool:
    try:
        services.confirm(
            deployment().store, check=known.id, item=form.item.data, now=moment(), caused_by=user().caused_by
        )
    except Refused as refusal:
        if len(refusal.codes) > 1 or refusal.message.startswith("This item goes to CCV"):
            refusal.message = " ".join(
                ["This item goes to CCV now.", *(reason(one) for one in refusal.codes)]
            )
        form.refuse(refusal, {"check": "item"})
        return False
    return True


@blueprint.route("/submit", methods=["GET", "POST"])
@practitioners
def submit() -> ResponseReturnValue:
    """Send a piece of work to CCV."""
    known = checks.find(asked("check"))
    form = _with_types(Submission())
    if not form.is_submitted() and known and known.stream == own_stream():
        form.kind.data, form.types.data = known.kind, known.type.split(SEVERAL)
    if form.validate_on_submit():
        try:
            due = services.submit(
                deployment().store,
                own_stream(),
                item=form.item.data,
                kind=form.kind.data,
                type=SEVERAL.join(form.types.data),
                now=moment(),
                caused_by=user().caused_by,
            )
        except Refused as refusal:
            form.refuse(refusal, {"type": "types"})
        else:
            flash(f"{form.item.data} is with CCV. They decide by {on_day(due)}.", "success")
            return redirect(url_for("items.one", ref=form.item.data))
    return render_template("items/submit.html", form=form)


@blueprint.post("/again")
@practitioners
def again() -> ResponseReturnValue:
    """Send a returned item to CCV again, once what was asked is done."""
    item = _own(request.form.get("ref", ""))
    due = services.submit(
        deployment().store,
        own_stream(),
        item=item.ref,
        kind=item.kind,
        type=item.type,
        now=moment(),
        caused_by=user().caused_by,
    )
    flash(f"{item.ref} is with CCV again. They decide by {on_day(due)}.", "success")
    return redirect(url_for("items.one", ref=item.ref))


@blueprint.route("/withdraw", methods=["GET", "POST"])
@practitioners
def withdraw() -> ResponseReturnValue:
    """Take an item back, with a reason."""
    item = _own(asked("ref"))
    form = Withdrawal()
    if form.validate_on_submit():
        try:
            services.withdraw(
                deployment().store,
                item=item.ref,
                reason=form.reason.data,
                now=moment(),
                caused_by=user().caused_by,
            )
        except Refused as refusal:
            form.refuse(refusal, {"item": "reason"})
        else:
            flash(f"{item.ref} is withdrawn.", "success")
            return redirect(url_for("items.one", ref=item.ref))
    return render_template("items/withdraw.html", form=form, item=item)


def _own(ref: str) -> WorkItem:
    """An item of whoever is signed in; somebody else's does not exist for them."""
    item = queries.find_item(deployment().store, ref)
    if item is None or item.stream != own_stream():
        abort(404)
    return item


def _titles() -> dict[str, str]:
    catalogue = councils.load(deployment().store).catalogue
    return {one.slug: one.title for one in catalogue.case_types.values()}


def _with_types(form: Work) -> Work:
    form.types.choices = options(list(_titles().items()))
    return form


def _hides_picks() -> bool:
    """Whether the policy tells of a draw only after the outcome (``moderation.notify``)."""
    return bool(_policy()["moderation.notify"] == "after outcome")


def _policy() -> Policy:
    return councils.load(deployment().store).policies.at(moment())


def _status(item: WorkItem) -> str:
    return STATUSES["confirmed" if item.status == "picked" and _hides_picks() else item.status]


def _due_on(item: WorkItem) -> str:
    """By when CCV decides, while it waits for them."""
    if item.status not in WAITING or item.due_on is None or (item.status == "picked" and _hides_picks()):
        return ""
    late = " – this day has passed; your manager can ask CCV" if item.due_on < business_date(moment()) else ""
    return f"{on_day(item.due_on)}{late}"


def _may_withdraw(item: WorkItem) -> bool:
    return item.status in (*WAITING, *SENT_BACK, "confirmed")
