"""The three document resources (Communication 2.2): State, Agent Profile and Activity Profile."""

from collections.abc import Callable
from dataclasses import dataclass

import orjson
from flask import Response
from werkzeug.exceptions import MethodNotAllowed

from passport_service.domain.errors import Refused
from passport_service.doors import deployment, moment
from passport_service.lrs.answers import tagged
from passport_service.lrs.door import call, key, need, version
from passport_service.lrs.parameters import as_agent, as_id, needed, optional, refuse_unknown
from passport_service.services import documents
from passport_service.services.documents import Context, Place, Write, refuse_agent
from passport_service.xapi.actor import key_of
from passport_service.xapi.documents import JSON, UNTYPED, Content, check_type
from passport_service.xapi.preconditions import Conditions, demand_of, read_conditions
from passport_service.xapi.query import as_iri, as_uuid, moments_of
from passport_service.xapi.scopes import Scope

METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Resource:
    """One of the three: which parameters say what its documents belong to, and which names one of them."""

    id: str
    about: tuple[str, ...]

    @property
    def is_state(self) -> bool:
        return self.id == "stateId"

    @property
    def scope(self) -> Scope:
        return Scope.STATE if self.is_state else Scope.PROFILE

    def parameters(self, *more: str) -> tuple[str, ...]:
        return (self.id, *self.about, *more, *(("registration",) if self.is_state else ()))


STATE = Resource("stateId", ("activityId", "agent"))
AGENT_PROFILE = Resource("profileId", ("agent",))
ACTIVITY_PROFILE = Resource("profileId", ("activityId",))


def state() -> Response:
    """Communication 2.3: what a tool keeps about one learner in one activity, and maybe in one registration of it."""
    return answer(STATE)


def agent_profile() -> Response:
    """Communication 2.6."""
    return answer(AGENT_PROFILE)


def activity_profile() -> Response:
    """Communication 2.7."""
    return answer(ACTIVITY_PROFILE)


def answer(resource: Resource) -> Response:
    handlers: dict[str, Callable[[Resource], Response]] = {
        "GET": get,
        "HEAD": get,
        "PUT": put,
        "POST": post,
        "DELETE": delete,
    }
    handler = handlers.get(call().method)
    if handler is None:
        raise MethodNotAllowed(list(METHODS))
    need(resource.scope, *((Scope.ALL_READ,) if handler is get else ()))
    return handler(resource)


def put(resource: Resource) -> Response:
    """Writes a document, over another only as the version allows it; 204."""
    demand = demand_of(version(), is_state=resource.is_state)
    return write(resource, Write(content(), conditions(), demand=demand))


def post(resource: Resource) -> Response:
    """Writes an object over the properties of the one that is there; 204."""
    return write(resource, Write(content(), conditions(), merging=True))


def delete(resource: Resource) -> Response:
    """Deletes one document; of State, without an id, all that the context holds; 204."""
    if resource.is_state and resource.id not in call().parameters:
        refuse_unknown(resource.parameters())
        documents.remove_all(deployment().store, context_of(resource), now=moment())
        return Response(status=204)
    return write(resource, Write(None, conditions()))


def write(resource: Resource, what: Write) -> Response:
    refuse_unknown(resource.parameters())
    place = Place(context_of(resource), needed(resource.id, as_id))
    here = deployment()
    documents.change(here.store, place, what, now=moment(), clock=here.clock)
    return Response(status=204)


def context_of(resource: Resource) -> Context:
    """What the documents asked for belong to; about an agent only if the key may speak of it."""
    agent = activity = registration = None
    if "agent" in resource.about:
        value = needed("agent", as_agent)
        refuse_agent(key(), value)
        agent = key_of(value)
    if "activityId" in resource.about:
        activity = needed("activityId", as_iri)
    if resource.is_state:
        registration = optional("registration", as_uuid)
    return Context(agent, activity, registration)


def conditions() -> Conditions:
    return read_conditions(call().headers)


def content() -> Content:
    """The body as it is, with the type that was named for it."""
    named = call().headers.get("content-type", "").strip() or UNTYPED
    check_type(named)
    return Content(named, call().body)


def get(resource: Resource) -> Response:
    """One document as it was sent, or the ids of those that there are."""
    refuse_unknown(resource.parameters("since"))
    context = context_of(resource)
    since = optional("since", moments_of(version()))
    document_id = optional(resource.id, as_id)
    store = deployment().store
    if document_id is None:
        listed = documents.ids(store, context, since)
        newest = max((one.updated_at for one in listed), default=None)
        return tagged(orjson.dumps([one.id for one in listed]), JSON, newest)
    found = documents.find(store, Place(context, document_id))
    if found is None:
        raise Refused("NOT_FOUND", "There is no such document.", resource.id)
    return sandboxed(tagged(found.content.data, found.content.type, found.updated_at))


def sandboxed(answer: Response) -> Response:
    """Anybody with a key chose these bytes and their type: a browser must not take them for a page of this site."""
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer
