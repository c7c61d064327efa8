"""What statements say of activities over time, gathered into one definition each (Communication 2.5)."""

from collections.abc import Iterator, Mapping
from typing import Any

from passport_service.xapi.activity import COMPONENT_LISTS

TEXTS = ("name", "description")
# These mean something together only: a pattern of answers fits its own choices.
OF_INTERACTION = ("interactionType", "correctResponsesPattern", *COMPONENT_LISTS)


def described_in(statement: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each activity that a valid statement or sub-statement defines: its IRI and the definition, as often as it does."""
    thing = statement["object"]
    kind = thing.get("objectType", "Activity")
    if kind == "Activity":
        if thing.get("definition"):
            yield thing["id"], thing["definition"]
    elif kind == "SubStatement":
        yield from described_in(thing)
    context = statement.get("context")
    if context is not None and "contextActivities" in context:
        for found in context["contextActivities"].values():
            for activity in found if type(found) is list else (found,):
                if activity.get("definition"):
                    yield activity["id"], activity["definition"]


def merged(known: Mapping[str, Any], newer: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of an activity once it has been described anew.

    Language maps and extensions are joined, and where both say something the newer counts. An interaction that is
    described again replaces the old one, but its components keep the languages that they had.
    """
    result = {**known, **newer}
    for name in TEXTS:
        if name in known and name in newer:
            result[name] = known[name] | newer[name]
    if "extensions" in known and "extensions" in newer:
        result["extensions"] = known["extensions"] | newer["extensions"]
    if "interactionType" in newer:
        for name in OF_INTERACTION:
            result.pop(name, None)
        result |= {name: newer[name] for name in OF_INTERACTION if name in newer}
        for name in COMPONENT_LISTS:
            if name in known and name in newer:
                result[name] = merged_components(known[name], newer[name])
    return result


def merged_components(known: list[dict[str, Any]], newer: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The newer components in their order, each with what was known of the one with its id."""
    texts = {one["id"]: one.get("description", {}) for one in known}
    return [
        one | {"description": texts[one["id"]] | one.get("description", {})} if texts.get(one["id"]) else one
        for one in newer
    ]
