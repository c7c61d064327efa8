"""What refused batches say of one person, for the file that is given to them: nothing in them has been checked."""

from collections.abc import Iterator
from typing import Any

import orjson

from passport_service.services.known import Known
from passport_service.store import refusals
from passport_service.store.database import Store
from passport_service.store.refusals import Refusal
from passport_service.store.traces import keys_at
from passport_service.xapi.redaction import is_named, masked_unchecked, wanted

NO_JSON = "The body is no JSON. It names you, and its text is left out, as it may name others too."
CUT_OFF = "The body was too long to be kept whole. It names you, and its text is left out, as it may name others too."


def refused_of(store: Store, who: Known) -> Iterator[dict[str, Any]]:
    """Refused batches that name the person, one at a time: when, why and where, and those of its statements that name them.

    Their own statements stand as they were sent; of others' it is told where the person appears.
    """
    for number in refusals.naming(store, who.held, who.names):
        found = refusals.find(store, number)
        if found is not None:
            yield {
                "received_at": found.received_at.isoformat(),
                "key": found.key_id,
                "reason": found.reason,
                "rule": found.rule,
                "where": found.path,
                **said_of(found, who),
            }


def said_of(found: Refusal, who: Known) -> dict[str, Any]:
    try:
        value = orjson.loads(found.body)
    except orjson.JSONDecodeError:
        return {"body": NO_JSON if found.is_whole else CUT_OFF}
    keys = keys_at(who.held, found.received_at)
    whom = wanted(keys, who.names)
    parts = value if isinstance(value, list) else [value]
    statements = [one for one in parts if isinstance(one, dict) and is_named(one, whom)]
    return {"statements": [masked_unchecked(one, keys) for one in statements]}
