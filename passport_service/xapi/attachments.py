"""What was sent along: the metadata of attachments (Data 2.4.11)."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from passport_service.xapi.errors import Invalid
from passport_service.xapi.values import (
    check_count,
    check_iri,
    check_language_map,
    check_list,
    check_properties,
    check_required,
)

RULE = "Data 2.4.11"
SHA2 = re.compile(r"[0-9A-Fa-f]{56}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{128}")


# RFC 6838 §4.2: a type, a subtype, and parameters of any kind.
MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+\-]*/[A-Za-z0-9][A-Za-z0-9!#$&^_.+\-]*\s*(?:;.*)?")


def check_media_type(value: Any) -> None:
    if type(value) is not str or MEDIA_TYPE.fullmatch(value) is None:
        raise Invalid(RULE, "must be a media type such as application/pdf")


def check_sha2(value: Any) -> None:
    if type(value) is not str or SHA2.fullmatch(value) is None:
        raise Invalid(RULE, "must be a SHA-2 in hexadecimal digits")


ATTACHMENT = {
    "usageType": check_iri,
    "display": check_language_map,
    "description": check_language_map,
    "contentType": check_media_type,
    "length": check_count,
    "sha2": check_sha2,
    "fileUrl": check_iri,
}


def check_attachment(value: Any) -> None:
    check_properties(value, ATTACHMENT, RULE)
    check_required(value, ("usageType", "display", "contentType", "length", "sha2"), RULE)


def check_attachments(value: Any) -> None:
    check_list(value, check_attachment, RULE)


def attachments_of(statement: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The attachments of a statement and of the sub-statement in it."""
    found = list(statement.get("attachments", ()))
    inner = statement["object"]
    if inner.get("objectType") == "SubStatement":
        found.extend(inner.get("attachments", ()))
    return found


def refuse_unmatched(statements: Sequence[Mapping[str, Any]], received: Collection[str]) -> None:
    """Each attachment has a fileUrl or its data among what was ``received`` (SHA-2s), and no data belongs to none."""
    wanted: set[str] = set()
    for place, statement in enumerate(statements):
        refuse_missing(statement, place, received)
        wanted.update(attachment["sha2"].lower() for attachment in attachments_of(statement))
    if not wanted.issuperset(received):
        raise Invalid("Communication 1.5.2", "holds a part that is no attachment of its statements")


def refuse_missing(statement: Mapping[str, Any], place: int, received: Collection[str] = ()) -> None:
    for number, attachment in enumerate(attachments_of(statement)):
        if "fileUrl" not in attachment and attachment["sha2"].lower() not in received:
            raise Invalid(
                "Communication 1.5.2",
                "needs a fileUrl, or its data in a part of the same request",
                "statements",
                place,
                "attachments",
                number,
            )
