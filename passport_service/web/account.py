"""Coming in and going out: sign in, choose a password by a link, ask for a new one, see one's own account."""

from urllib.parse import urlsplit

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from passport_service.domain.errors import Refused
from passport_service.domain.passwords import SHORTEST
from passport_service.domain.roles import LABELS, Role
from passport_service.doors import deployment, moment
from passport_service.services import accounts as services
from passport_service.services import signing_in
from passport_service.store import accounts, queries, security_log
from passport_service.store.accounts import Account
from passport_service.web.access import EVERYONE, SIGNED_IN, allow
from passport_service.web.forms import Form, asked, needed, password, text
from passport_service.web.users import User, forget_others, user

blueprint = Blueprint("account", __name__)

TOKEN = "password token"  # where the session keeps the word of a link, so that it leaves the address bar
DEMO_PEOPLE = 40
EVENTS = {
    "signed_in": "Signed in",
    "signed_out": "Signed out",
    "sign_in_failed": "Somebody tried to sign in and did not succeed",
    "password_set": "Password set",
    "reset_asked": "A new password was asked for",
    "invited": "Invited",
    "linked": "Linked to a staff record",
    "roles_changed": "Roles changed",
    "account_made": "Account made",
    "deactivated": "Account closed",
}


class SignIn(Form):
    email = text("E-mail address", needed("Enter your e-mail address."))
    password = password("Password", needed("Enter your password."))


class Forgotten(Form):
    email = text("E-mail address", needed("Enter your e-mail address."), hint="The one you sign in with.")


class NewPassword(Form):
    password = password(
        "New password",
        needed("Enter a password."),
        hint=f"At least {SHORTEST} characters. Three random words work well; signs and figures are welcome, not needed.",
    )


@blueprint.get("/sign-in")
@allow(EVERYONE)
def sign_in() -> ResponseReturnValue:
    """Who are you?"""
    if current_user.is_authenticated:
        return redirect(_next())
    return _ask(SignIn())


@blueprint.post("/sign-in")
@allow(EVERYONE)
def sign_in_now() -> ResponseReturnValue:
    form = SignIn()
    if not form.validate_on_submit():
        return _ask(form)
    found = signing_in.sign_in(
        deployment().store,
        deployment().settings,
        email=form.email.data,
        password=form.password.data,
        address=request.remote_addr or "",
        now=moment(),
    )
    if found.account:
        return _let_in(found.account)
    if found.too_many:
        form.email.errors = ["Too many tries. Wait 15 minutes, then try again."]
        return _ask(form), 429
    form.email.errors = ["The e-mail address or the password is not right."]
    return _ask(form)


@blueprint.post("/sign-in/demo")
@allow(EVERYONE)
def sign_in_demo() -> ResponseReturnValue:
    """One click for invented people: only in the demo, and only from this machine (the app checks that on every request)."""
    if not deployment().settings.demo:
        abort(404)
    account = accounts.find(deployment().store, request.form.get("account", ""))
    if account is None or not account.active or services.has_left(deployment().store, account, moment()):
        abort(404)
    address = request.remote_addr or ""
    signing_in.note_sign_in(deployment().store, account, address=address, now=moment(), way="demo")
    return _let_in(account)


@blueprint.post("/sign-out")
@allow(EVERYONE)
def sign_out() -> ResponseReturnValue:
    if current_user.is_authenticated:
        signing_in.note_sign_out(deployment().store, user().account.id, now=moment())
    logout_user()
    session.clear()
    flash("You have signed out.", "success")
    return redirect(url_for("account.sign_in"))


@blueprint.get("/account/forgotten")
@allow(EVERYONE)
def forgotten() -> str:
    return render_template("account/forgotten.html", form=Forgotten())


@blueprint.post("/account/forgotten")
@allow(EVERYONE)
def forgotten_now() -> str:
    """The same answer whether or not there is such an account."""
    form = Forgotten()
    if not form.validate_on_submit():
        return render_template("account/forgotten.html", form=form)
    signing_in.forgotten(
        deployment().store,
        deployment().settings,
        email=form.email.data,
        address=request.remote_addr or "",
        now=moment(),
    )
    return render_template("account/forgotten-sent.html")


@blueprint.get("/account/link/<token>")
@allow(EVERYONE)
def open_link(token: str) -> ResponseReturnValue:
    """The link of a letter: its word moves into the session, so that no address bar, log or referrer keeps it."""
    logout_user()
    forget_others()
    session[TOKEN] = token
    return redirect(url_for("account.choose_password"))


@blueprint.get("/account/password")
@allow(EVERYONE)
def choose_password() -> ResponseReturnValue:
    account = services.find_invited(deployment().store, session.get(TOKEN, ""), now=moment())
    if account is None:
        return render_template("account/link-over.html"), 404
    return render_template("account/password.html", form=NewPassword(), account=account)


@blueprint.post("/account/password")
@allow(EVERYONE)
def choose_password_now() -> ResponseReturnValue:
    form = NewPassword()
    token = session.get(TOKEN, "")
    account = services.find_invited(deployment().store, token, now=moment())
    if account is None:
        return render_template("account/link-over.html"), 404
    if form.validate_on_submit():
        try:
            services.set_password(
                deployment().store, deployment().settings, token, form.password.data, now=moment()
            )
        except Refused as refusal:
            form.refuse(refusal)
        else:
            session.clear()
            flash("Your password is set. Sign in with it now.", "success")
            return redirect(url_for("account.sign_in"))
    return render_template("account/password.html", form=form, account=account)


@blueprint.get("/account")
@allow(SIGNED_IN)
def mine() -> str:
    """Your account: who you are here, what you may do, and what happened with it."""
    store, me = deployment().store, user()
    person = queries.find_person(store, me.stream) if me.stream else None
    events = [
        {"title": EVENTS.get(one.kind, one.kind), "at": one.at, "text": _where(one)}
        for one in security_log.latest(store, who=me.account.id)
    ]
    roles = [LABELS[Role(one)] for one in sorted(me.roles)]
    return render_template("account/mine.html", me=me, person=person, roles=roles, events=events)


@blueprint.post("/account/new-password")
@allow(SIGNED_IN)
def new_password() -> ResponseReturnValue:
    """Post a link to one's own address; a password is only ever set by a link."""
    signing_in.forgotten(
        deployment().store,
        deployment().settings,
        email=user().account.email,
        address=request.remote_addr or "",
        now=moment(),
    )
    flash(f"A link is on its way to {user().account.email}. It works once, for one hour.", "success")
    return redirect(url_for("account.mine"))


def _where(entry: security_log.Entry) -> str:
    return f"From the address {entry.detail['address']}" if entry.detail.get("address") else ""


def _ask(form: SignIn) -> str:
    store = deployment().store
    demo = accounts.every(store, active_only=True, limit=DEMO_PEOPLE) if deployment().settings.demo else []
    people = queries.people_by_stream(store, [one.stream for one in demo if one.stream])
    shown = sorted(((one, _described(one, people)) for one in demo), key=lambda pair: (pair[1], pair[0].name))
    return render_template("account/sign-in.html", form=form, demo=shown, next=_next(default=""))


def _described(account: Account, people: dict[str, queries.Person]) -> str:
    """What a demo person is: their roles, and how their passport stands."""
    person = people.get(account.stream or "")
    roles = [
        LABELS[Role(one)]
        for one in sorted({*account.roles, *([person.role] if person and person.role else [])})
    ]
    state = person.passport_state.replace("_", " ") if person and person.passport_state != "none" else ""
    return ", ".join([*roles, *([f"passport {state}"] if state else [])])


def _let_in(account: Account) -> ResponseReturnValue:
    wanted = _next()
    forget_others()
    login_user(User(account, services.roles_of(deployment().store, account), moment()))
    return redirect(wanted)


def _next(default: str | None = None) -> str:
    """Where the person wanted to go, if that is a page of this service."""
    wanted = request.form.get("next") or asked("next")
    parts = urlsplit(wanted.replace("\\", "/"))
    is_ours = wanted.startswith("/") and not wanted.startswith("//") and not parts.scheme and not parts.netloc
    if is_ours and all(ord(one) > 31 for one in wanted):
        return wanted
    return url_for("home.start") if default is None else default
