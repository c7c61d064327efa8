"""Batches that were refused: what, from which key, why, and bringing in what is valid in them. Seen by few."""

import orjson
from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from passport_service.domain.roles import Act
from passport_service.doors import deployment, moment
from passport_service.services import keys, refusals
from passport_service.services.refusals import Examined
from passport_service.store import accounts, queries, security_log
from passport_service.store.refusals import Refusal
from passport_service.web.access import allow
from passport_service.web.forms import asked
from passport_service.web.json_lines import Line, lines_of, text_lines
from passport_service.web.reach import roles_with
from passport_service.web.standard import cited
from passport_service.web.users import user
from passport_service.xapi.errors import split_path

blueprint = Blueprint("refused", __name__, url_prefix="/refused")

WHO_SEES = roles_with(Act.SEE_REFUSED)
MOST_STATEMENTS = 50  # shown at once; what is wrong is shown whatever its place
MOST_LINES = 400


@blueprint.get("")
@allow(*WHO_SEES)
def listing() -> str:
    """Refused batches without their bodies, the latest first; of one key, for one reason, if so asked."""
    store, page = deployment().store, asked("page")
    key_id, reason = asked("key"), asked("reason")
    with store.reading():
        found = queries.refused_batches(
            store, key_id=key_id, reason=reason, page=int(page) if page.isdecimal() else 1
        )
        counts = queries.count_refused(store, key_id=key_id or None)
        known = [one for one in keys.every(store) if one.purpose == "xapi"]
    return render_template(
        "refused/listing.html", found=found, labels={one.id: one.label for one in known}, known=known,
        counts=counts, key_id=key_id, reason=reason,
    )  # fmt: skip


@blueprint.get("/<int:number>")
@allow(*WHO_SEES)
def one(number: int) -> str:
    """One batch: what is wrong where, what is good in it, and its body as text. Who looked is in the security log."""
    store = deployment().store
    if number > 2**62:
        abort(404)
    refusal = refusals.load(store, number)
    with store.writing():
        security_log.note(store, "refused_batch_seen", at=moment(), who=user().account.id, batch=number)
    key = keys.load(store, refusal.key_id)
    examined = refusals.examine(refusal, key)
    return render_template(
        "refused/one.html", refusal=refusal, key=key, examined=examined, parts=parts_of(refusal, examined),
        cited=cited(refusal.rule), most=MOST_STATEMENTS, brought_in=brought_in(refusal),
        hindrance=refusals.hindrance(refusal, key, examined), by=refusal.replayed_by and named(refusal.replayed_by),
    )  # fmt: skip


@blueprint.post("/<int:number>/replay")
@allow(*WHO_SEES)
def replay(number: int) -> ResponseReturnValue:
    """Bring in the valid statements of a batch, learned now."""
    done = refusals.replay(deployment().store, number, by=user().caused_by, now=moment())
    brought = (
        f"{len(done.ids)} statement{'' if len(done.ids) == 1 else 's'} brought in, {done.new} of them new"
    )
    flash(f"{brought}; {len(done.problems)} left out.", "success")
    return redirect(url_for("refused.one", number=number))


def named(caused_by: str) -> str:
    """Whoever did something, by the name of their account where it has one."""
    account = accounts.find(deployment().store, caused_by.removeprefix("account:"))
    return account.name if account else caused_by


def parts_of(refusal: Refusal, examined: Examined) -> list[list[Line]]:
    """The lines of each statement of the body, the place of its fault marked; of the whole body where none can be read."""
    try:
        value = orjson.loads(refusal.body)
    except orjson.JSONDecodeError:
        return [text_lines(refusal.body, MOST_LINES)] if refusal.body else []
    if not examined.places:
        return [lines_of(value, refusal.path or "")]
    statements = value if isinstance(value, list) else [value]
    paths = {place: split_path(one.path)[1] for place, one in examined.problems.items()}
    return [lines_of(one, paths.get(place, "")) for place, one in enumerate(statements)]


def brought_in(refusal: Refusal) -> dict[int, str]:
    """Which statement of a batch that was replayed got which id; those left out are not among them."""
    outcome = refusal.replay_outcome
    if outcome is None:
        return {}
    left_out = {split_path(one["path"])[0] for one in outcome["problems"]}
    places = (place for place in range(len(left_out) + len(outcome["ids"])) if place not in left_out)
    return dict(zip(places, outcome["ids"], strict=False))
