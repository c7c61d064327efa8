"""What was done: activities, their definitions, and interactions (Data 2.4.4.1)."""

from typing import Any

from passport_service.xapi.errors import Invalid
from passport_service.xapi.values import (
    check_extensions,
    check_iri,
    check_language_map,
    check_list,
    check_properties,
    check_required,
    check_text,
)

RULE = "Data 2.4.4.1"
# Which lists of components belong to which interaction (Data 2.4.4.1, interaction activities).
COMPONENTS_OF: dict[str, tuple[str, ...]] = {
    "true-false": (),
    "choice": ("choices",),
    "fill-in": (),
    "long-fill-in": (),
    "matching": ("source", "target"),
    "performance": ("steps",),
    "sequencing": ("choices",),
    "likert": ("scale",),
    "numeric": (),
    "other": (),
}
COMPONENT_LISTS = ("choices", "scale", "source", "target", "steps")


def check_interaction_type(value: Any) -> None:
    if type(value) is not str or value not in COMPONENTS_OF:
        raise Invalid(RULE, "must be one of " + ", ".join(COMPONENTS_OF))


def check_patterns(value: Any) -> None:
    check_list(value, check_text, RULE)


COMPONENT = {"id": check_text, "description": check_language_map}


def check_component(value: Any) -> None:
    check_properties(value, COMPONENT, RULE)
    check_required(value, ("id",), RULE)


def check_components(value: Any) -> None:
    check_list(value, check_component, RULE)
    if len({component["id"] for component in value}) != len(value):
        raise Invalid(RULE, "must not contain two components with the same id")


DEFINITION = {
    "name": check_language_map,
    "description": check_language_map,
    "type": check_iri,
    "moreInfo": check_iri,
    "extensions": check_extensions,
    "interactionType": check_interaction_type,
    "correctResponsesPattern": check_patterns,
    **dict.fromkeys(COMPONENT_LISTS, check_components),
}


def check_definition(value: Any) -> None:
    check_properties(value, DEFINITION, RULE)
    kind = value.get("interactionType")
    for name in COMPONENT_LISTS:
        if name in value and (kind is None or name not in COMPONENTS_OF[kind]):
            raise Invalid(RULE, "does not belong to this interactionType", name)
    if kind is None and "correctResponsesPattern" in value:
        raise Invalid(RULE, "is missing, as the definition is of an interaction", "interactionType")


def check_type(value: Any) -> None:
    if value != "Activity":
        raise Invalid(RULE, "must be Activity")


ACTIVITY = {"objectType": check_type, "id": check_iri, "definition": check_definition}


def check_activity(value: Any) -> None:
    check_properties(value, ACTIVITY, RULE)
    check_required(value, ("id",), RULE)
