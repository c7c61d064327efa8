"""What CCV says: decisions, their corrections, and concerns found elsewhere (D.10, D.11)."""

from typing import Any

from flask import Response

from passport_service.api.bodies import Optional, body, day, facts, past, word, words
from passport_service.api.door import blueprint, caused_by, needs
from passport_service.api.replays import carry_out
from passport_service.doors import deployment, moment
from passport_service.services import concerns, decisions, items, people, repeats
from passport_service.store import ledger, lookups

ID = Optional(word)


@blueprint.post("/decisions")
@needs("may_decide")
def decide() -> Response:
    """Record a reviewer's decision on an item; an outcome of concern records the concern with it."""
    asked = body(
        {"item": word, "outcome": word, "reviewer": word, "reason": Optional(words), "category": Optional(word),
         "severity": Optional(word), "facts": Optional(facts), "effective_at": Optional(past), "id": ID}
    )  # fmt: skip
    return carry_out(asked["id"], lambda: _decide(asked))


def _decide(asked: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    store = deployment().store
    reviewer = people.find_as(store, asked["reviewer"], "reviewer")
    repeats.lock_owner(store, asked["item"])
    said = {
        "item": asked["item"],
        "outcome": asked["outcome"],
        "reviewer": reviewer,
        "reason": asked["reason"] or "",
    }
    decision = repeats.decided(store, **said, facts=asked["facts"])
    is_new = decision is None
    if decision is None:
        decision = decisions.record(
            store,
            **said,
            category=asked["category"],
            severity=asked["severity"] or "standard",
            facts=asked["facts"],
            effective_at=asked["effective_at"],
            now=moment(),
            caused_by=caused_by(),
        )
    return _decision(decision, asked), is_new


def _decision(decision: str, asked: dict[str, Any]) -> dict[str, Any]:
    concern = f"C-{decision}" if asked["outcome"] == "concern" else None
    return {"decision": decision, "item": asked["item"], "outcome": asked["outcome"], "concern": concern}


@blueprint.post("/corrections")
@needs("may_decide")
def correct() -> Response:
    """Replace the latest decision on an item, at its time; both stay on record."""
    asked = body(
        {"item": word, "outcome": word, "reviewer": word, "reason": words, "category": Optional(word),
         "severity": Optional(word), "id": ID}
    )  # fmt: skip
    return carry_out(asked["id"], lambda: _correct(asked))


def _correct(asked: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    store = deployment().store
    reviewer = people.find_as(store, asked["reviewer"], "reviewer")
    repeats.lock_owner(store, asked["item"])
    said = {
        "item": asked["item"],
        "outcome": asked["outcome"],
        "reviewer": reviewer,
        "reason": asked["reason"],
    }
    decision = repeats.corrected(store, **said)
    is_new = decision is None
    if decision is None:
        decision = decisions.correct(
            store,
            **said,
            category=asked["category"],
            severity=asked["severity"] or "standard",
            now=moment(),
            caused_by=caused_by(),
        )
    return _decision(decision, asked), is_new


@blueprint.post("/concerns")
@needs("may_decide")
def concern() -> Response:
    """Record a concern found outside a decision. ``who`` is needed when the item is not known here."""
    asked = body(
        {"id": word, "item": word, "who": Optional(word), "severity": word, "source": word, "reader": word,
         "reason": words, "category": Optional(word), "occurred_on": Optional(day), "effective_at": Optional(past)}
    )  # fmt: skip
    return carry_out(asked["id"], lambda: _concern(asked))


def _concern(asked: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    store = deployment().store
    if asked["who"] is not None and lookups.find_item_owner(asked["item"]) is None:
        stream = people.find(store, asked["who"])
    else:
        stream = items.owner(store, asked["item"])
    reader = people.find_as(store, asked["reader"], "reader")
    ledger.lock(store, [stream])
    told = {name: asked[name] for name in asked if name not in ("who", "reader")}
    concerns.record(store, stream, **told, reader=reader, now=moment(), caused_by=caused_by())
    return {"concern": asked["id"], "item": asked["item"]}, True
