"""The feed: what happened to passports, once each, from a cursor on (R7.4)."""

from typing import Any

from flask import Response, url_for

from passport_service.api.bodies import Optional, count_parameter, parameters, word
from passport_service.api.door import blueprint, needs
from passport_service.api.replays import respond, text_of
from passport_service.doors import deployment
from passport_service.services import transitions
from passport_service.services.transitions import Published


@blueprint.get("/events")
@blueprint.get("/feed", endpoint="feed")
@needs("may_read")
def events() -> Response:
    """Events after a cursor, from the start without one. Ask again with the ``cursor`` of the answer, for ever."""
    asked = parameters({"after": Optional(word), "limit": Optional(count_parameter)})
    limit = min(asked["limit"] or transitions.MOST, transitions.MOST)
    found, cursor, more = transitions.published(deployment().store, asked["after"], limit)
    return respond({"events": [_event(one) for one in found], "cursor": cursor, "more": more})


def _event(one: Published) -> dict[str, Any]:
    told = {
        "id": one.id,
        "kind": one.kind,
        "who": one.who,
        "passport": one.passport,
        "item": one.item,
        "at": text_of(one.at),
        "recorded_at": text_of(one.recorded_at),
        "status": url_for("api.passport", who=one.who, _external=False) if one.who else None,
    }
    return {name: value for name, value in told.items() if value is not None}
