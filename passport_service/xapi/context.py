"""In what setting: the context of a statement, and references to other statements (Data 2.4.6, 2.4.4.3; xAPI 2.0 4.2.2.5)."""

from typing import Any

from passport_service.xapi.activity import check_activity
from passport_service.xapi.actor import check_actor, check_agent, check_group_only
from passport_service.xapi.errors import Invalid
from passport_service.xapi.values import (
    check_extensions,
    check_iri,
    check_language,
    check_list,
    check_properties,
    check_required,
    check_text,
    check_uuid,
)

REFERENCE_RULE = "Data 2.4.4.3"


def check_reference_type(value: Any) -> None:
    if value != "StatementRef":
        raise Invalid(REFERENCE_RULE, "must be StatementRef")


REFERENCE = {"objectType": check_reference_type, "id": check_uuid}


def check_reference(value: Any) -> None:
    """A StatementRef; whether the statement it names is known does not matter."""
    check_properties(value, REFERENCE, REFERENCE_RULE)
    check_required(value, ("objectType", "id"), REFERENCE_RULE)


def check_one_or_more(value: Any) -> None:
    """Data 2.4.6.2: a single activity or an array of activities."""
    if type(value) is list:
        check_list(value, check_activity, "Data 2.4.6.2")
    else:
        check_activity(value)


CONTEXT_ACTIVITIES = dict.fromkeys(("parent", "grouping", "category", "other"), check_one_or_more)


def check_context_activities(value: Any) -> None:
    check_properties(value, CONTEXT_ACTIVITIES, "Data 2.4.6.2")


CONTEXT = {
    "registration": check_uuid,
    "instructor": check_actor,
    "team": check_group_only,
    "contextActivities": check_context_activities,
    "revision": check_text,
    "platform": check_text,
    "language": check_language,
    "statement": check_reference,
    "extensions": check_extensions,
}


def check_context(value: Any) -> None:
    check_properties(value, CONTEXT, "Data 2.4.6")


def check_relevant_types(value: Any) -> None:
    """As what somebody mattered: IRIs of activity types, at least one."""
    check_list(value, check_iri, "Data 2.4.6")
    if not value:
        raise Invalid("Data 2.4.6", "must hold at least one IRI, or be left out")


def check_context_agent_type(value: Any) -> None:
    if value != "contextAgent":
        raise Invalid("Data 2.4.6", "must be contextAgent")


def check_context_group_type(value: Any) -> None:
    if value != "contextGroup":
        raise Invalid("Data 2.4.6", "must be contextGroup")


CONTEXT_AGENT = {
    "objectType": check_context_agent_type,
    "agent": check_agent,
    "relevantTypes": check_relevant_types,
}
CONTEXT_GROUP = {
    "objectType": check_context_group_type,
    "group": check_group_only,
    "relevantTypes": check_relevant_types,
}


def check_context_agent(value: Any) -> None:
    check_properties(value, CONTEXT_AGENT, "Data 2.4.6")
    check_required(value, ("objectType", "agent"), "Data 2.4.6")


def check_context_group(value: Any) -> None:
    check_properties(value, CONTEXT_GROUP, "Data 2.4.6")
    check_required(value, ("objectType", "group"), "Data 2.4.6")


# Lists of who else was there, and the member of each entry that says who (xAPI 2.0 4.2.2.5).
OTHERS = {"contextAgents": "agent", "contextGroups": "group"}


def check_context_agents(value: Any) -> None:
    check_list(value, check_context_agent, "Data 2.4.6")


def check_context_groups(value: Any) -> None:
    check_list(value, check_context_group, "Data 2.4.6")


WIDE_CONTEXT = CONTEXT | {"contextAgents": check_context_agents, "contextGroups": check_context_groups}


def check_wide_context(value: Any) -> None:
    """xAPI 2.0 4.2.2.5: what 1.0.3 allows, and any number of other agents and groups with what made them matter."""
    check_properties(value, WIDE_CONTEXT, "Data 2.4.6")
