"""The work of a practitioner: sending it to CCV, taking it back, checking and confirming it (D.7)."""

from datetime import datetime
from typing import Any

from flask import Response

from passport_service.api.bodies import Optional, body, facts, number, past, word, words
from passport_service.api.door import blueprint, caused_by, needs
from passport_service.api.replays import carry_out, text_of
from passport_service.doors import deployment, moment
from passport_service.services import items, people, repeats
from passport_service.services.items import DECLARATION, DECLARATION_VERSION
from passport_service.services.sentences import reason
from passport_service.store import ledger, queries

ID = Optional(word)


@blueprint.post("/items")
@needs("may_confirm")
def submit() -> Response:
    """Send an item to CCV; the same item again, once it came back, is its resubmission."""
    asked = body(
        {"who": word, "item": word, "kind": word, "type": word, "facts": Optional(facts), "effective_at": Optional(past),
         "id": ID}
    )  # fmt: skip
    return carry_out(asked["id"], lambda: _submit(asked))


def _submit(asked: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    store = deployment().store
    stream = people.find(store, asked["who"])
    ledger.lock(store, [stream])
    what = {name: asked[name] for name in ("item", "kind", "type", "facts")}
    due_on = repeats.submitted(store, stream, **what)
    is_new = due_on is None
    if due_on is None:
        due_on = items.submit(
            store, stream, **what, effective_at=asked["effective_at"], now=moment(), caused_by=caused_by()
        )
    known = queries.find_item(store, asked["item"])
    assert known is not None
    answer = {"item": known.ref, "stream": known.stream_of_work, "due_on": due_on.isoformat()}
    return answer, is_new


@blueprint.post("/items/<item>/withdraw")
@needs("may_confirm")
def withdraw(item: str) -> Response:
    """Take an item back, with a reason."""
    asked = body({"reason": words, "id": ID})
    return carry_out(asked["id"], lambda: _withdraw(item, asked["reason"]))


def _withdraw(item: str, why: str) -> tuple[dict[str, Any], bool]:
    store = deployment().store
    repeats.lock_owner(store, item)
    answer = {"item": item, "status": "withdrawn"}
    if repeats.withdrawn(store, item):
        return answer, False
    items.withdraw(store, item=item, reason=why, now=moment(), caused_by=caused_by())
    return answer, True


@blueprint.post("/checks")
@needs("may_confirm")
def check() -> Response:
    """May this person confirm work like this now? The answer is quoted by the confirm (R7.1)."""
    asked = body({"who": word, "kind": word, "type": word, "facts": Optional(facts), "id": ID})
    return carry_out(asked["id"], lambda: _check(asked))


def _check(asked: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    store = deployment().store
    found = items.check(
        store,
        people.find(store, asked["who"]),
        kind=asked["kind"],
        type=asked["type"],
        facts=asked["facts"],
        now=moment(),
        caused_by=caused_by(),
    )
    answer = {
        "check": found.id,
        "route": found.route,
        "may_confirm": found.route == "self_confirm",
        "reasons": [{"code": code, "sentence": reason(code)} for code in found.reasons],
        "valid_until": text_of(found.valid_until_at),
        "declaration": {"version": DECLARATION_VERSION, "text": DECLARATION},
    }
    return answer, True


@blueprint.post("/confirmations")
@needs("may_confirm")
def confirm() -> Response:
    """Confirm an item on the strength of a check; everything is looked at again (R7.1)."""
    asked = body({"check": word, "item": word, "declaration": number, "facts": Optional(facts)})
    return carry_out(None, lambda: _confirm(asked, moment()))


def _confirm(asked: dict[str, Any], now: datetime) -> tuple[dict[str, Any], bool]:
    done = items.confirm(deployment().store, **asked, now=now, caused_by=caused_by())
    answer = {"item": done.item, "check": done.check, "confirmed_at": text_of(done.confirmed_at)}
    return answer, done.confirmed_at == now
