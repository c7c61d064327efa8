"""Accounts, for those who look after them: invite people, change what an account may do, close it."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectMultipleField
from wtforms.validators import Optional

from passport_service.domain.errors import Refused
from passport_service.domain.roles import LABELS, PRACTISING, Role
from passport_service.doors import deployment, moment
from passport_service.services import accounts as services
from passport_service.store import accounts, queries
from passport_service.store.accounts import Account
from passport_service.web.access import allow
from passport_service.web.forms import Boxes, Form, asked, needed, not_blank, options, text
from passport_service.web.users import user

blueprint = Blueprint("accounts", __name__, url_prefix="/accounts")

keepers = allow(Role.WORKFORCE_DEVELOPMENT, Role.ADMINISTRATOR)
ROLES_HINT = "Leave all empty for a practitioner: their own pages come with their staff record."


def _granted() -> SelectMultipleField:
    choices = options([(one.value, label) for one, label in LABELS.items() if one not in PRACTISING])
    return SelectMultipleField("Roles", choices=choices, description=ROLES_HINT, widget=Boxes())


class InvitationForm(Form):
    email = text("E-mail address", needed("Enter the e-mail address."))
    name = text("Name", not_blank("Enter the name."))
    who = text(
        "Staff reference",
        Optional(),
        hint="Whose account it is. Only people without a staff record have none.",
    )
    roles = _granted()


class AccountForm(Form):
    who = text("Staff reference", Optional(), hint="Whose account it is.")
    roles = _granted()


@blueprint.get("")
@keepers
def listing() -> str:
    """Every account with its state, its roles and whose it is."""
    store = deployment().store
    lines = sorted(accounts.every(store), key=lambda one: (not one.active, one.name))
    people = queries.people_by_stream(store, [one.stream for one in lines if one.stream])
    return render_template(
        "accounts/listing.html",
        lines=lines,
        people=people,
        labels=LABELS,
        state=state_of,
        roles_of=_shown_roles,
    )


@blueprint.route("/new", methods=["GET", "POST"])
@keepers
def invite() -> ResponseReturnValue:
    """Make an account and post its invitation."""
    form = InvitationForm()
    if form.validate_on_submit():
        try:
            services.refuse_beyond(user().roles, form.roles.data)
            made = services.invite(
                deployment().store,
                deployment().settings,
                email=form.email.data,
                name=form.name.data,
                roles=form.roles.data,
                who=(form.who.data or "").strip() or None,
                now=moment(),
                by=user().caused_by,
            )
        except Refused as refusal:
            form.refuse(refusal)
        else:
            before = " The one before no longer works." if made.invited_at else ""
            flash(
                f"An invitation is on its way to {made.email}. It works once, for seven days.{before}",
                "success",
            )
            return redirect(url_for("accounts.one", account=made.id))
    return render_template("accounts/invite.html", form=form)


@blueprint.route("/one", methods=["GET", "POST"])
@keepers
def one() -> ResponseReturnValue:
    """One account: whose it is and what it may do."""
    account = _named(asked("account"))
    person = queries.find_person(deployment().store, account.stream) if account.stream else None
    form = AccountForm(who=person.ref if person else "", roles=list(account.roles))
    if form.validate_on_submit():
        try:
            _change(account, form, person.ref if person else "")
        except Refused as refusal:
            form.refuse(refusal)
        else:
            flash("The account is changed. Whoever was signed in with it signs in again.", "success")
            return redirect(url_for("accounts.one", account=account.id))
    return render_template(
        "accounts/one.html",
        form=form,
        account=account,
        person=person,
        state=state_of(account),
        is_mine=_is_mine(account),
    )


def _change(account: Account, form: AccountForm, known: str) -> None:
    if _is_mine(account):
        raise Refused("NOT_ALLOWED", "Somebody else changes your own account.", "roles")
    services.refuse_beyond(user().roles, set(form.roles.data) ^ set(account.roles))
    wanted = (form.who.data or "").strip()
    with deployment().store.writing():
        if wanted != known:
            services.link(deployment().store, account.id, wanted, now=moment(), by=user().caused_by)
        if set(form.roles.data) != set(account.roles):
            services.grant(deployment().store, account.id, form.roles.data, now=moment(), by=user().caused_by)


@blueprint.post("/again")
@keepers
def invite_again() -> ResponseReturnValue:
    """Post the invitation again to somebody who has not set a password yet."""
    account = _named(request.form.get("account", ""))
    services.invite(
        deployment().store,
        deployment().settings,
        email=account.email,
        name=account.name,
        roles=account.roles,
        now=moment(),
        by=user().caused_by,
    )
    flash(f"An invitation is on its way to {account.email}. The one before no longer works.", "success")
    return redirect(url_for("accounts.one", account=account.id))


@blueprint.post("/close")
@keepers
def close() -> ResponseReturnValue:
    """Close an account for good; whoever is signed in with it is out at once."""
    account = _named(request.form.get("account", ""))
    if _is_mine(account):
        raise Refused("NOT_ALLOWED", "Somebody else closes your own account.")
    services.refuse_beyond(user().roles, account.roles)
    services.deactivate(deployment().store, account.id, now=moment(), by=user().caused_by)
    flash(f"The account of {account.name} is closed.", "success")
    return redirect(url_for("accounts.listing"))


def state_of(account: Account) -> str:
    """How an account stands, in a word or two."""
    if not account.active:
        return "Closed"
    if account.has_password:
        return "Open"
    return "Invited" if account.invited_at else "No invitation yet"


def _shown_roles(account: Account) -> list[str]:
    return [LABELS[Role(one)] for one in sorted(services.roles_of(deployment().store, account))]


def _named(account: str) -> Account:
    found = accounts.find(deployment().store, account)
    if found is None:
        abort(404)
    return found


def _is_mine(account: Account) -> bool:
    return account.id == user().account.id
