"""How a stored statement is given back: what was accepted, what was assigned, and the formats (Communication 2.1.3)."""

from collections.abc import Sequence
from typing import Any

import orjson

from passport_service.store import definitions
from passport_service.store.database import Store
from passport_service.store.statement_rows import Kept
from passport_service.xapi.formats import NONE_KNOWN, Definitions, canonical, exact, ids_only
from passport_service.xapi.links import activities_of
from passport_service.xapi.query import Format
from passport_service.xapi.timestamps import format_assigned
from passport_service.xapi.versions import Version


def authority_of(key_id: str, home: str) -> dict[str, Any]:
    """Who vouches for a statement (Data 2.4.9): the key that sent it, as an account of this service."""
    return {"objectType": "Agent", "account": {"homePage": home, "name": key_id}}


def described(store: Store, kept: Sequence[Kept], form: Format) -> Definitions:
    """What all statements say of the activities of these, which only the ``canonical`` format gives back."""
    if form is not Format.CANONICAL:
        return NONE_KNOWN
    named = {iri for one in kept for iri in activities_of(orjson.loads(one.payload))}
    with store.reading():
        return definitions.find(store, named)


def given_back(
    kept: Kept,
    home: str,
    form: Format = Format.EXACT,
    language: str | None = None,
    known: Definitions = NONE_KNOWN,
) -> bytes:
    """A stored statement as JSON: what was accepted, plus what the service assigned. ``home``: its public address.

    ``known``: of `described`, for the ``canonical`` format.
    """
    assigned = {
        "id": kept.id,
        "stored": format_assigned(kept.stored),
        "timestamp": format_assigned(kept.timestamp),
        "authority": authority_of(kept.key_id, home),
        "version": Version.of(kept.edition).of_statement,
    }
    text = exact(kept.payload, assigned)
    match form:
        case Format.EXACT:
            return text
        case Format.IDS:
            return orjson.dumps(ids_only(orjson.loads(text)))
        case Format.CANONICAL:
            return orjson.dumps(canonical(orjson.loads(text), language, known))
