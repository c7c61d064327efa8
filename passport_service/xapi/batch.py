"""A request body as statements that may be stored: read, checked one by one, and against each other."""

from collections.abc import Mapping
from typing import Any

from passport_service.xapi.errors import Invalid
from passport_service.xapi.reading import Read, is_array, read_one, read_statements, split_statements
from passport_service.xapi.statement import check_statement


def read_batch(body: bytes) -> list[Read]:
    """The valid statements of a body; an empty array is a batch of none. Raises Invalid for the first fault."""
    if not is_array(body):
        found, _ = read_statements(body)
        check_at(found[0].value, None)
        return found
    found = []
    for place, part in enumerate(split_statements(body)):
        # One after the other: millions of values that are no statements are given up at the first.
        one = read_one(part, "statements", place)
        check_at(one.value, place)
        found.append(one)
    seen: set[str] = set()
    for place, one in enumerate(found):
        note_id(seen, one.value, place)
    return found


def read_single(body: bytes, statement_id: str) -> Read:
    """The one valid statement of a body, for the id that the request names (Communication 2.1.1). Raises Invalid."""
    found, several = read_statements(body)
    if several:
        raise Invalid("Communication 2.1.1", "must be one statement, not an array")
    check_at(found[0].value, None)
    if found[0].value.get("id", statement_id).lower() != statement_id.lower():
        raise Invalid("Communication 2.1.1", "must be the statementId of the request", "statement", "id")
    return found[0]


def check_at(value: Any, place: int | None) -> None:
    """The checks of one statement, whose faults are told with its place in the batch (None: it stands alone)."""
    try:
        check_statement(value)
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
