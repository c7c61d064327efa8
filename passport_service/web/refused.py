"""Batches that were refused: what, from which key, why, and bringing in what is valid in them. Seen by few."""

import re

import orjson
from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from passport_service.domain.roles import Act
from passport_service.doors import deployment, moment
from passport_service.services import keys, refusals
from passport_service.store import queries, security_log
from passport_service.web.access import allow
from passport_service.web.dossier_page import pretty
from passport_service.web.forms import asked
from passport_service.web.reach import roles_with
from passport_service.web.users import user

blueprint = Blueprint("refused", __name__, url_prefix="/refused")

WHO_SEES = roles_with(Act.SEE_REFUSED)
MOST_SHOWN = 20_000
# Neither HTML nor a terminal should ever be given these; a line break and a tab are harmless.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@blueprint.get("")
@allow(*WHO_SEES)
def listing() -> str:
    """Refused batches without their bodies, the latest first."""
    store, page = deployment().store, asked("page")
    with store.reading():
        found = queries.refused_batches(store, page=int(page) if page.isdecimal() else 1)
        labels = {one.id: one.label for one in keys.every(store)}
    return render_template("refused/listing.html", found=found, labels=labels)


@blueprint.get("/<int:number>")
@allow(*WHO_SEES)
def one(number: int) -> str:
    """One batch with its body as text; who looked is kept in the security log."""
    store = deployment().store
    if number > 2**62:
        abort(404)
    refusal = refusals.load(store, number)
    with store.writing():
        security_log.note(store, "refused_batch_seen", at=moment(), who=user().account.id, batch=number)
    key = next((one for one in keys.every(store) if one.id == refusal.key_id), None)
    body, is_cut = readable(refusal.body)
    return render_template("refused/one.html", refusal=refusal, key=key, body=body, is_cut=is_cut)


@blueprint.post("/<int:number>/replay")
@allow(*WHO_SEES)
def replay(number: int) -> ResponseReturnValue:
    """Bring in the valid statements of a batch, learned now."""
    done = refusals.replay(deployment().store, number, by=user().caused_by, now=moment())
    flash(
        f"{len(done.ids)} statements brought in, {done.new} of them new; {len(done.problems)} left out.",
        "success",
    )
    return redirect(url_for("refused.one", number=number))


def readable(body: bytes) -> tuple[str, bool]:
    """A body as text for people, JSON indented, and whether it was cut; nothing in it can be taken for markup."""
    try:
        text = pretty(orjson.loads(body))
    except orjson.JSONDecodeError:
        text = body.decode("utf-8", "replace")
    return CONTROL.sub("\ufffd", text[:MOST_SHOWN]), len(text) > MOST_SHOWN
