"""In what setting: the context of a statement, and references to other statements (Data 2.4.6, 2.4.4.3)."""

from typing import Any

from passport_service.xapi.activity import check_activity
from passport_service.xapi.actor import check_actor, check_group_only
from passport_service.xapi.errors import Invalid
from passport_service.xapi.values import (
    check_extensions,
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
