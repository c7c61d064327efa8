"""A stored statement as it is given back: what was accepted, plus what the service assigned (Communication 2.1.3)."""

from collections.abc import Mapping
from typing import Any

import orjson

from passport_service.xapi.actor import IDENTIFIERS
from passport_service.xapi.compare import as_list
from passport_service.xapi.languages import best_language

IDENTIFYING = (*IDENTIFIERS, "objectType")
ALWAYS_ASSIGNED = ("stored", "authority")


def exact(payload: bytes, assigned: Mapping[str, Any]) -> bytes:
    """The statement as received. What was assigned is added to its own bytes, so that numbers keep their digits.

    ``assigned``: id, stored, timestamp, authority and version; the sender's own id, timestamp and version stay, while
    stored and authority are always the service's (Data 2.4.8, 2.4.9).
    """
    value = orjson.loads(payload)
    if any(name in value for name in ALWAYS_ASSIGNED) or has_single_activity(value):
        return orjson.dumps(whole(value, assigned))
    added = {name: item for name, item in assigned.items() if name not in value}
    return payload.rstrip()[:-1].rstrip() + b"," + orjson.dumps(added)[1:]


def whole(value: dict[str, Any], assigned: Mapping[str, Any]) -> dict[str, Any]:
    """The statement as a value, complete: what the sender left out added, context activities always as arrays."""
    own = {name: item for name, item in value.items() if name not in ALWAYS_ASSIGNED}
    return with_arrays({**assigned, **own})


def ids_only(statement: dict[str, Any]) -> dict[str, Any]:
    """The ``ids`` format: of actors, verbs and activities only what identifies them."""
    reduced = dict(statement)
    reduced["actor"] = actor_ids(statement["actor"])
    reduced["verb"] = {"id": statement["verb"]["id"]}
    reduced["object"] = object_ids(statement["object"])
    if "authority" in statement:
        reduced["authority"] = actor_ids(statement["authority"])
    if "context" in statement:
        reduced["context"] = context_ids(statement["context"])
    return reduced


def actor_ids(actor: dict[str, Any]) -> dict[str, Any]:
    """An identified group needs no members; an anonymous one is nothing but its members."""
    reduced = {name: actor[name] for name in IDENTIFYING if name in actor}
    if not any(name in actor for name in IDENTIFIERS):
        reduced["member"] = [actor_ids(member) for member in actor["member"]]
    return reduced


def object_ids(thing: dict[str, Any]) -> dict[str, Any]:
    match thing.get("objectType", "Activity"):
        case "Activity":
            return {"id": thing["id"]}
        case "SubStatement":
            return ids_only(thing)
        case "StatementRef":
            return thing
        case _:
            return actor_ids(thing)


def context_ids(context: dict[str, Any]) -> dict[str, Any]:
    reduced = dict(context)
    for name in ("instructor", "team"):
        if name in context:
            reduced[name] = actor_ids(context[name])
    if "contextActivities" in context:
        reduced["contextActivities"] = {
            relation: [object_ids(activity) for activity in as_list(activities)]
            for relation, activities in context["contextActivities"].items()
        }
    return reduced


def canonical(statement: dict[str, Any], accepted: str | None) -> dict[str, Any]:
    """The ``canonical`` format: one language in each map of verbs and activities, the best for ``Accept-Language``.

    There is no canonical definition apart from what the statement itself carries.
    """
    changed: dict[str, Any] = {"object": object_in_language(statement["object"], accepted)}
    if "display" in statement["verb"]:
        display = one_language(statement["verb"]["display"], accepted)
        changed["verb"] = statement["verb"] | {"display": display}
    context = statement.get("context")
    if context is not None and "contextActivities" in context:
        activities = {
            relation: [object_in_language(activity, accepted) for activity in as_list(found)]
            for relation, found in context["contextActivities"].items()
        }
        changed["context"] = context | {"contextActivities": activities}
    return statement | changed


def object_in_language(thing: dict[str, Any], accepted: str | None) -> dict[str, Any]:
    if thing.get("objectType") == "SubStatement":
        return canonical(thing, accepted)
    if "definition" not in thing:
        return thing
    return thing | {"definition": definition_in_language(thing["definition"], accepted)}


def definition_in_language(definition: dict[str, Any], accepted: str | None) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for name in ("name", "description"):
        if name in definition:
            changed[name] = one_language(definition[name], accepted)
    for name in ("choices", "scale", "source", "target", "steps"):
        if name in definition:
            changed[name] = [definition_in_language(component, accepted) for component in definition[name]]
    return definition | changed


def one_language(texts: dict[str, str], accepted: str | None) -> dict[str, str]:
    chosen = best_language(tuple(texts), accepted)
    return {} if chosen is None else {chosen: texts[chosen]}


def has_single_activity(value: Mapping[str, Any]) -> bool:
    """Whether a context holds an activity that is not in an array, as it must be returned (Data 2.4.6.2)."""
    related = value.get("context", {}).get("contextActivities", {})
    if any(not isinstance(found, list) for found in related.values()):
        return True
    inner = value["object"]
    return inner.get("objectType") == "SubStatement" and has_single_activity(inner)


def with_arrays(value: dict[str, Any]) -> dict[str, Any]:
    if not has_single_activity(value):
        return value
    changed = dict(value)
    context = value.get("context", {})
    if "contextActivities" in context:
        arrays = {relation: as_list(found) for relation, found in context["contextActivities"].items()}
        changed["context"] = context | {"contextActivities": arrays}
    if value["object"].get("objectType") == "SubStatement":
        changed["object"] = with_arrays(value["object"])
    return changed
