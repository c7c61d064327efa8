"""What the store can say of an agent or an activity by itself (Communication 2.4, 2.5)."""

from collections.abc import Mapping
from typing import Any

import orjson

from passport_service.services import statements
from passport_service.services.documents import refuse_agent
from passport_service.services.keys import Key
from passport_service.store import definitions
from passport_service.store.database import Store
from passport_service.xapi.actor import key_of
from passport_service.xapi.person import person
from passport_service.xapi.query import Query

NAMES_FROM = 25  # newest statements that a person's names are looked up in


def find_person(store: Store, agent: Mapping[str, Any], *, key: Key, home: str) -> dict[str, Any]:
    """The Person of an agent, by the names in statements that this key may read.

    Raises Refused NOT_ALLOWED for an account of a home page that the key does not speak for.
    """
    refuse_agent(key, agent)
    found = statements.search(store, Query(agent=key_of(agent)), key=key, home=home, most=NAMES_FROM)
    return person(agent, map(orjson.loads, found.statements))


def find_activity(store: Store, iri: str) -> dict[str, Any]:
    """The Activity with everything that any statement said of it; without a definition if none did."""
    activity = {"objectType": "Activity", "id": iri}
    with store.reading():
        described = definitions.find(store, [iri])
    return activity | ({"definition": described[iri]} if iri in described else {})
