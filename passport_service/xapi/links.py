"""What a statement touches beyond its actor, verb and object, for the broad filters (Communication 2.1.3)."""

from collections.abc import Iterator, Mapping
from typing import Any

from passport_service.xapi.actor import keys_of
from passport_service.xapi.compare import as_list
from passport_service.xapi.context import OTHERS

NAMING = frozenset(("instructor", "team", *OTHERS))


def target_of(statement: Mapping[str, Any]) -> str | None:
    """The id, in lower case, of the statement that this one is about; None unless its object is a StatementRef."""
    thing = statement["object"]
    return thing["id"].lower() if thing.get("objectType") == "StatementRef" else None


def activity_of(statement: Mapping[str, Any]) -> str | None:
    """The id of the activity that is the object, if one is."""
    thing = statement["object"]
    return thing["id"] if thing.get("objectType", "Activity") == "Activity" else None


def is_plain(statement: Mapping[str, Any]) -> bool:
    """Whether the actor is the only agent that any filter could find a statement by, as in most of them."""
    context = statement.get("context")
    return (
        "member" not in statement["actor"]
        and statement["object"].get("objectType", "Activity") in ("Activity", "StatementRef")
        and (context is None or NAMING.isdisjoint(context))
    )


def direct_agents(statement: Mapping[str, Any]) -> set[str]:
    """Identifiers that the plain ``agent`` filter finds: actor, object, and the members of either."""
    found = set(keys_of(statement["actor"]))
    if statement["object"].get("objectType") in ("Agent", "Group"):
        found.update(keys_of(statement["object"]))
    return found


def related_agents(statement: Mapping[str, Any]) -> set[str]:
    """Identifiers that only ``related_agents`` finds: those of the context, and all of a sub-statement's."""
    return set(broad_agents(statement)) - direct_agents(statement)


def broad_agents(statement: Mapping[str, Any]) -> Iterator[str]:
    for actor in agents_of(statement.get("context", {})):
        yield from keys_of(actor)
    inner = statement["object"]
    if inner.get("objectType") == "SubStatement":
        yield from direct_agents(inner)
        yield from broad_agents(inner)


def agents_of(context: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every agent and group that a context names."""
    for name in ("instructor", "team"):
        if name in context:
            yield context[name]
    for name, member in OTHERS.items():
        for one in context.get(name, ()):
            yield one[member]


def related_activities(statement: Mapping[str, Any]) -> set[str]:
    """Activities that only ``related_activities`` finds: the context's, and all of a sub-statement's."""
    return set(broad_activities(statement)) - {activity_of(statement)}


def activities_of(statement: Mapping[str, Any]) -> set[str]:
    """Every activity that a statement names."""
    own = activity_of(statement)
    return set(broad_activities(statement)) | ({own} if own is not None else set())


def broad_activities(statement: Mapping[str, Any]) -> Iterator[str]:
    context = statement.get("context")
    if context is not None and "contextActivities" in context:
        for activities in context["contextActivities"].values():
            for activity in as_list(activities):
                yield activity["id"]
    inner = statement["object"]
    if inner.get("objectType") == "SubStatement":
        own = activity_of(inner)
        if own is not None:
            yield own
        yield from broad_activities(inner)
