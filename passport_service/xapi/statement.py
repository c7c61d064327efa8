"""A statement, whole (Data 2.2 to 2.4; xAPI 2.0 4.2): every rule of the standard on a value as JSON gave it.

The checks are tables of functions by property name. Each version of the standard has its own tables over the same small
checks, made once; `versions` says which one a request speaks.
"""

from collections.abc import Mapping
from typing import Any

from passport_service.xapi.activity import check_activity
from passport_service.xapi.actor import check_actor, check_agent, check_group, identifiers
from passport_service.xapi.attachments import check_attachments
from passport_service.xapi.context import check_context, check_reference, check_wide_context
from passport_service.xapi.errors import Invalid
from passport_service.xapi.result import check_result
from passport_service.xapi.values import (
    Check,
    check_full_timestamp,
    check_iri,
    check_language_map,
    check_properties,
    check_required,
    check_timestamp,
    check_uuid,
)
from passport_service.xapi.versions import SPOKEN, Version, understood

VOIDED = "http://adlnet.gov/expapi/verbs/voided"
REQUIRED = ("actor", "verb", "object")
VERB = {"id": check_iri, "display": check_language_map}
OAUTH_MEMBERS = 2


def check_verb(value: Any) -> None:
    check_properties(value, VERB, "Data 2.4.3")
    check_required(value, ("id",), "Data 2.4.3")


def check_authority(value: Any) -> None:
    """Data 2.4.9: an agent, or the anonymous group of two that three-legged OAuth makes."""
    if type(value) is not dict or value.get("objectType") != "Group":
        check_agent(value)
        return
    check_group(value)
    if identifiers(value) or len(value["member"]) != OAUTH_MEMBERS:
        raise Invalid("Data 2.4.9", "must be an Agent, or an anonymous Group of exactly two Agents")


def check_version(value: Any) -> None:
    if type(value) is not str or SPOKEN[Version.V1].fullmatch(value) is None:
        raise Invalid("Data 2.4.10", "must be 1.0 or start with 1.0.")


def check_either_version(value: Any) -> None:
    """xAPI 2.0 4.2.4.3: statements of the version before are taken as well."""
    if understood(value if type(value) is str else None) is None:
        raise Invalid("Data 2.4.10", "must be 1.0 or 2.0, or start with 1.0. or 2.0.")


def check_substatement_type(value: Any) -> None:
    if value != "SubStatement":
        raise Invalid("Data 2.4.4.3", "must be SubStatement")


def check_kind(value: Any, objects: Mapping[str, Check]) -> None:
    """Data 2.4.4: an activity unless its object type says agent, group, reference or sub-statement."""
    kind = value.get("objectType", "Activity") if type(value) is dict else "Activity"
    check = objects.get(kind) if type(kind) is str else None
    if check is None:
        raise Invalid(
            "Data 2.4.4", "must be Activity, Agent, Group, StatementRef or SubStatement", "objectType"
        )
    check(value)


def refuse_nested(value: Any) -> None:
    raise Invalid("Data 2.4.4.3", "must not be a SubStatement within a SubStatement", "objectType")


INNER_OBJECTS: dict[str, Check] = {
    "Activity": check_activity,
    "Agent": check_agent,
    "Group": check_group,
    "StatementRef": check_reference,
    "SubStatement": refuse_nested,
}


def make_check(*, context: Check, timestamp: Check, version: Check) -> Check:
    """The check of a whole statement by a version of the standard, put together from what it has of its own."""
    inner: dict[str, Check] = {
        "actor": check_actor,
        "verb": check_verb,
        "object": lambda value: check_kind(value, INNER_OBJECTS),
        "result": check_result,
        "context": context,
        "timestamp": timestamp,
        "attachments": check_attachments,
    }
    substatement = inner | {"objectType": check_substatement_type}

    def check_substatement(value: Any) -> None:
        """Data 2.4.4.3: a statement without id, stored, authority and version, and not nested."""
        check_properties(value, substatement, "Data 2.4.4.3")
        check_whole(value)

    objects = INNER_OBJECTS | {"SubStatement": check_substatement}
    statement = inner | {
        "id": check_uuid,
        "object": lambda value: check_kind(value, objects),
        "stored": timestamp,
        "authority": check_authority,
        "version": version,
    }

    def check(value: Any) -> None:
        check_properties(value, statement, "Data 2.2")
        check_whole(value)

    return check


def check_whole(value: Mapping[str, Any]) -> None:
    """What no property can tell alone: what is required, and what only some objects allow."""
    check_required(value, REQUIRED, "Data 2.2")
    kind = value["object"].get("objectType", "Activity")
    if value["verb"]["id"] == VOIDED and kind != "StatementRef":
        raise Invalid("Data 2.3.2", "must be a StatementRef when the verb is voided", "object")
    context = value.get("context")
    if context is not None and kind != "Activity":
        for name in ("revision", "platform"):
            if name in context:
                raise Invalid(
                    "Data 2.4.6", "may be used only when the object is an Activity", "context", name
                )


CHECKS = {
    Version.V1: make_check(context=check_context, timestamp=check_timestamp, version=check_version),
    Version.V2: make_check(
        context=check_wide_context, timestamp=check_full_timestamp, version=check_either_version
    ),
}


def check_statement(value: Any, version: Version = Version.V1) -> None:
    """Whether a value is a valid statement of xAPI 1.0.x, or of 2.0.

    ``value``: what orjson made of it. Raises Invalid, whose path starts inside the statement (``actor.mbox``).
    """
    CHECKS[version](value)


def is_voiding(statement: Mapping[str, Any]) -> bool:
    verb: str = statement["verb"]["id"]
    return verb == VOIDED
