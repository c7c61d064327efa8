"""The Agents and the Activities resource (Communication 2.4, 2.5): what is known of one of them."""

import orjson
from flask import Response
from werkzeug.exceptions import MethodNotAllowed

from passport_service.doors import deployment
from passport_service.lrs.answers import tagged
from passport_service.lrs.door import call, key, need
from passport_service.lrs.parameters import as_agent, needed, refuse_unknown
from passport_service.services import directory
from passport_service.xapi.documents import JSON
from passport_service.xapi.query import as_iri
from passport_service.xapi.scopes import Scope


def agents() -> Response:
    """The Person of an agent; of one that nobody ever named, what the request itself says."""
    refuse_others("agent")
    here = deployment()
    found = directory.find_person(
        here.store, needed("agent", as_agent), key=key(), home=here.settings.public_url
    )
    return tagged(orjson.dumps(found), JSON)


def activities() -> Response:
    """The Activity with its merged definition; one that nobody described has none."""
    refuse_others("activityId")
    found = directory.find_activity(deployment().store, needed("activityId", as_iri))
    return tagged(orjson.dumps(found), JSON)


def refuse_others(parameter: str) -> None:
    if call().method not in ("GET", "HEAD"):
        raise MethodNotAllowed(["GET", "HEAD", "OPTIONS"])
    need(Scope.STATEMENTS_READ_MINE)
    refuse_unknown((parameter,))
