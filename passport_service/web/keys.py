"""Keys of machines: which there are, what each may do, when each was last used, and ending one."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from passport_service.domain.roles import Act
from passport_service.doors import deployment, moment
from passport_service.services import keys as services
from passport_service.services import silence
from passport_service.services.keys import Key
from passport_service.store import heard, security_log
from passport_service.web.access import allow
from passport_service.web.reach import roles_with
from passport_service.web.users import user

blueprint = Blueprint("keys", __name__, url_prefix="/keys")

WHO_MAY = roles_with(Act.MANAGE_KEYS)
RIGHTS = {
    "may_void": "void statements", "may_waive": "waive requirements", "may_decide": "record decisions",
    "may_confirm": "check and confirm", "may_read": "read standings",
}  # fmt: skip


@blueprint.get("")
@allow(*WHO_MAY)
def listing() -> str:
    """Every key, those that ended last."""
    store = deployment().store
    found = sorted(services.every(store), key=lambda one: (one.revoked_at is not None, one.label.casefold()))
    quiet = {one.key.id for one in silence.alarms(store, moment())}
    return render_template(
        "keys/listing.html",
        found=found,
        heard=heard.last(store),
        quiet=quiet,
        rights={one.id: rights(one) for one in found},
    )


@blueprint.get("/<key_id>/end")
@allow(*WHO_MAY)
def end(key_id: str) -> str:
    return render_template("keys/end.html", key=services.load(deployment().store, key_id))


@blueprint.post("/<key_id>/end")
@allow(*WHO_MAY)
def end_now(key_id: str) -> ResponseReturnValue:
    """End a key at once; what it sent stays."""
    store, now = deployment().store, moment()
    with store.writing():
        services.revoke(store, key_id, now=now)
        security_log.note(store, "key_ended", at=now, who=user().account.id, key=key_id)
    flash("The key has ended. What it sent stays.", "success")
    return redirect(url_for("keys.listing"))


def rights(key: Key) -> list[str]:
    """What a key may do beyond its purpose, in words."""
    return [words for name, words in RIGHTS.items() if getattr(key, name)]
