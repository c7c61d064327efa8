"""What was sent along: the metadata of attachments (Data 2.4.11)."""

import re
from typing import Any

from passport_service.xapi.errors import Invalid
from passport_service.xapi.values import (
    check_count,
    check_iri,
    check_language_map,
    check_list,
    check_properties,
    check_required,
    check_text,
)

RULE = "Data 2.4.11"
SHA2 = re.compile(r"[0-9A-Fa-f]{56}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{128}")


def check_sha2(value: Any) -> None:
    if type(value) is not str or SHA2.fullmatch(value) is None:
        raise Invalid(RULE, "must be a SHA-2 in hexadecimal digits")


ATTACHMENT = {
    "usageType": check_iri,
    "display": check_language_map,
    "description": check_language_map,
    "contentType": check_text,
    "length": check_count,
    "sha2": check_sha2,
    "fileUrl": check_iri,
}


def check_attachment(value: Any) -> None:
    check_properties(value, ATTACHMENT, RULE)
    check_required(value, ("usageType", "display", "contentType", "length", "sha2"), RULE)


def check_attachments(value: Any) -> None:
    check_list(value, check_attachment, RULE)
