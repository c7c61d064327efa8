"""A request body as statements that may be stored: read, checked one by one, and against each other."""

from collections.abc import Mapping
from typing import Any

from passport_service.xapi.errors import Invalid
from passport_service.xapi.reading import SPACE, Read, is_array, read_one, split_statements
from passport_service.xapi.statement import check_statement
from passport_service.xapi.versions import Version


def read_batch(body: bytes, version: Version | None = Version.V1) -> list[Read]:
    """The statements of a body, valid by a version of the standard; an empty array is a batch of none.

    ``version`` None: each by the one that it names itself. Raises Invalid for the first fault.
    """
    if not is_array(body):
        one = read_one(body.strip(SPACE), version, "statement")
        check_at(one, None)
        return [one]
    found = []
    for place, part in enumerate(split_statements(body)):
        # One after the other: millions of values that are no statements are given up at the first.
        one = read_one(part, version, "statements", place)
        check_at(one, place)
        found.append(one)
    seen: set[str] = set()
    for place, one in enumerate(found):
        note_id(seen, one.value, place)
    return found


def read_single(body: bytes, statement_id: str, version: Version | None = Version.V1) -> Read:
    """The one valid statement of a body, for the id that the request names (Communication 2.1.1). Raises Invalid."""
    if is_array(body):
        raise Invalid("Communication 2.1.1", "must be one statement, not an array")
    found = read_one(body.strip(SPACE), version, "statement")
    check_at(found, None)
    if found.value.get("id", statement_id).lower() != statement_id.lower():
        raise Invalid("Communication 2.1.1", "must be the statementId of the request", "statement", "id")
    return found


def check_at(one: Read, place: int | None) -> None:
    """The checks of one statement, whose faults are told with its place in the batch (None: it stands alone)."""
    try:
        check_statement(one.value, one.version)
    except Invalid as fault:
        if place is None:
            fault.under("statement")
        else:
            fault.under(place).under("statements")
        raise


def note_id(seen: set[str], value: Mapping[str, Any], place: int) -> None:
    """Communication 2.1.2: no two statements of a batch have the same id. Those ``seen`` are in lower case."""
    if "id" in value:
        statement_id = value["id"].lower()
        if statement_id in seen:
            raise Invalid("Communication 2.1.2", "stands twice in this batch", "statements", place, "id")
        seen.add(statement_id)
