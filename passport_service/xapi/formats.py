"""A stored statement as it is given back: what was accepted, plus what the service assigned (Communication 2.1.3)."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
import orjson

from passport_service.xapi.actor import IDENTIFIERS
from passport_service.xapi.compare import as_list
from passport_service.xapi.context import OTHERS
from passport_service.xapi.languages import best_language
from passport_service.xapi.timestamps import format_timestamp, parse_timestamp

IDENTIFYING = (*IDENTIFIERS, "objectType")
ALWAYS_ASSIGNED = ("stored", "authority")
Definitions = Mapping[str, Any]
NONE_KNOWN: Definitions = {}
MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
# RFC 3339 with the offset of UTC, as the bytes of a JSON text.
IN_UTC = re.compile(rb'"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|\+00:00)"')
Members = Mapping[str, Any]  # the members of an object by name, each as its own bytes


def exact(payload: bytes, assigned: Mapping[str, Any]) -> bytes:
    """The statement as received, byte by byte. What was assigned is added to it.

    ``assigned``: id, stored, timestamp, authority and version; the sender's own id, timestamp and version stay, while
    stored and authority are always the service's (Data 2.4.8, 2.4.9). The standard wants two things in one form
    however they came: timestamps in UTC (Data 4.5), and the activities of a context in arrays (Data 2.4.6.2).
    """
    own = MEMBERS.decode(payload)
    added = {name: item for name, item in assigned.items() if name not in own or name in ALWAYS_ASSIGNED}
    changed = settled(own)
    if not changed and added.keys().isdisjoint(own):
        return payload.rstrip()[:-1].rstrip() + b"," + orjson.dumps(added)[1:]
    kept = {name: text for name, text in own.items() if name not in ALWAYS_ASSIGNED}
    return joined({**kept, **changed, **{name: orjson.dumps(item) for name, item in added.items()}})


def settled(own: Members) -> dict[str, bytes]:
    """Those members of a statement or sub-statement that are returned in another form than they came in."""
    changed: dict[str, bytes] = {}
    if "timestamp" in own and IN_UTC.fullmatch(own["timestamp"]) is None:
        moment = parse_timestamp(orjson.loads(bytes(own["timestamp"])))
        changed["timestamp"] = orjson.dumps(format_timestamp(moment))
    if "context" in own:
        changed |= in_arrays(own["context"])
    thing = MEMBERS.decode(own["object"])
    if "actor" in thing and (inner := settled(thing)):  # only a sub-statement has one
        changed["object"] = joined({**thing, **inner})
    return changed


def in_arrays(text: Any) -> dict[str, bytes]:
    """The context anew if an activity in it is in no array; nothing if none is."""
    context = MEMBERS.decode(text)
    related = MEMBERS.decode(context["contextActivities"]) if "contextActivities" in context else {}
    if not any(is_alone(found) for found in related.values()):
        return {}
    arrays = {name: b"[%b]" % found if is_alone(found) else found for name, found in related.items()}
    return {"context": joined({**context, "contextActivities": joined(arrays)})}


def is_alone(activities: Any) -> bool:
    return bytes(activities).startswith(b"{")


def joined(members: Members) -> bytes:
    """The object that has these members."""
    return b"{%b}" % b",".join(orjson.dumps(name) + b":" + bytes(text) for name, text in members.items())


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
    for name, member in OTHERS.items():
        if name in context:
            reduced[name] = [one | {member: actor_ids(one[member])} for one in context[name]]
    if "contextActivities" in context:
        reduced["contextActivities"] = {
            relation: [object_ids(activity) for activity in as_list(activities)]
            for relation, activities in context["contextActivities"].items()
        }
    return reduced


def canonical(
    statement: dict[str, Any], accepted: str | None, definitions: Definitions = NONE_KNOWN
) -> dict[str, Any]:
    """The ``canonical`` format: one language in each map of verbs and activities, the best for ``Accept-Language``.

    ``definitions``: what all statements together say of activities, by their IRIs; it stands for what this one says.
    """
    changed: dict[str, Any] = {"object": object_in_language(statement["object"], accepted, definitions)}
    if "display" in statement["verb"]:
        display = one_language(statement["verb"]["display"], accepted)
        changed["verb"] = statement["verb"] | {"display": display}
    context = statement.get("context")
    if context is not None and "contextActivities" in context:
        activities = {
            relation: [object_in_language(activity, accepted, definitions) for activity in as_list(found)]
            for relation, found in context["contextActivities"].items()
        }
        changed["context"] = context | {"contextActivities": activities}
    return statement | changed


def object_in_language(
    thing: dict[str, Any], accepted: str | None, definitions: Definitions = NONE_KNOWN
) -> dict[str, Any]:
    match thing.get("objectType", "Activity"):
        case "SubStatement":
            return canonical(thing, accepted, definitions)
        case "Activity":
            definition = definitions.get(thing["id"], thing.get("definition"))
            if definition is not None:
                return thing | {"definition": definition_in_language(definition, accepted)}
    return thing


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
