"""Keys of machines: which there are, what each may do, its secrets, and where it was used from; make, change and end them."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from passport_service.config import require_secret
from passport_service.domain.errors import Refused
from passport_service.domain.roles import Act
from passport_service.doors import deployment, moment
from passport_service.services import keys as services
from passport_service.services import silence
from passport_service.services.keys import Key
from passport_service.store import arrivals
from passport_service.web.access import allow
from passport_service.web.key_forms import RIGHTS, SCOPES, ChangeForm, MakeForm, chosen, shown
from passport_service.web.reach import roles_with
from passport_service.web.users import user

blueprint = Blueprint("keys", __name__, url_prefix="/keys")

WHO_MAY = roles_with(Act.MANAGE_KEYS)


@blueprint.get("")
@allow(*WHO_MAY)
def listing() -> str:
    """Every key, those that ended last."""
    store = deployment().store
    found = sorted(services.every(store), key=lambda one: (one.revoked_at is not None, one.label.casefold()))
    return render_template(
        "keys/listing.html",
        found=found,
        heard=arrivals.last(store),
        quiet=quiet(),
        may={one.id: may(one) for one in found},
    )


@blueprint.route("/new", methods=["GET", "POST"])
@allow(*WHO_MAY)
def new() -> ResponseReturnValue:
    """Make a key. Its secret is in the answer to this one request and nowhere else."""
    form, here = MakeForm(), deployment()
    if form.validate_on_submit():
        try:
            purpose = form.purpose.data
            made = services.create(
                here.store,
                purpose=purpose,
                pepper=require_secret(here.settings),
                by=user().account.id,
                now=moment(),
                **chosen(form, purpose),
            )
        except Refused as refusal:
            form.refuse(refusal)
        else:
            return render_template("keys/secret.html", made=made, address=f"{here.settings.public_url}/xapi/")
    return render_template("keys/new.html", form=form)


@blueprint.get("/<key_id>")
@allow(*WHO_MAY)
def one(key_id: str) -> str:
    """What a key may do, its secrets, and where it was used from."""
    store = deployment().store
    key = services.load(store, key_id)
    return render_template(
        "keys/one.html",
        key=key,
        may=may(key),
        secrets=services.secrets_of(store, key_id),
        addresses=services.addresses_of(store, key_id),
        heard=arrivals.last(store).get(key_id),
        is_quiet=key_id in quiet(),
        usual=deployment().settings.key_rate_limit,
    )


@blueprint.route("/<key_id>/change", methods=["GET", "POST"])
@allow(*WHO_MAY)
def change(key_id: str) -> ResponseReturnValue:
    """Change what a key may do, from the next request on."""
    store = deployment().store
    key = services.live(store, key_id)
    form = ChangeForm(**shown(key))
    if form.validate_on_submit():
        try:
            values = chosen(form, key.purpose)
            services.change(store, key_id, by=user().account.id, now=moment(), **values)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            flash("The key is changed, from its next request on.", "success")
            return redirect(url_for("keys.one", key_id=key_id))
    return render_template("keys/change.html", form=form, key=key)


@blueprint.post("/<key_id>/secrets")
@allow(*WHO_MAY)
def rotate(key_id: str) -> ResponseReturnValue:
    """Make a second secret; it is in the answer to this one request and nowhere else."""
    here = deployment()
    pepper = require_secret(here.settings)
    made = services.rotate(here.store, key_id, pepper=pepper, by=user().account.id, now=moment())
    return render_template("keys/secret.html", made=made, address=f"{here.settings.public_url}/xapi/")


@blueprint.get("/<key_id>/secrets/<int:number>/end")
@allow(*WHO_MAY)
def end_secret(key_id: str, number: int) -> str:
    return render_template(
        "keys/end_secret.html", key=services.live(deployment().store, key_id), number=number
    )


@blueprint.post("/<key_id>/secrets/<int:number>/end")
@allow(*WHO_MAY)
def end_secret_now(key_id: str, number: int) -> ResponseReturnValue:
    """End one secret at once, with the tokens that were given for it."""
    services.end_secret(deployment().store, key_id, number, by=user().account.id, now=moment())
    flash(f"Secret {number} has ended.", "success")
    return redirect(url_for("keys.one", key_id=key_id))


@blueprint.get("/<key_id>/end")
@allow(*WHO_MAY)
def end(key_id: str) -> str:
    return render_template("keys/end.html", key=services.load(deployment().store, key_id))


@blueprint.post("/<key_id>/end")
@allow(*WHO_MAY)
def end_now(key_id: str) -> ResponseReturnValue:
    """End a key at once; what it sent stays."""
    services.revoke(deployment().store, key_id, now=moment(), by=user().account.id)
    flash("The key has ended. What it sent stays.", "success")
    return redirect(url_for("keys.listing"))


def quiet() -> set[str]:
    """The keys that have been silent for longer than is usual for them."""
    return {one.key.id for one in silence.alarms(deployment().store, moment())}


def may(key: Key) -> list[str]:
    """What a key may do, in words."""
    scopes = [words for scope, words in SCOPES.items() if scope in key.scopes]
    return scopes + [words for name, words in RIGHTS.items() if getattr(key, name)]
