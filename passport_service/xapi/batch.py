"""A request body as statements that may be stored: read, checked one by one, and against each other."""

from collections.abc import Mapping, Sequence
from typing import Any

from passport_service.xapi.errors import Invalid
from passport_service.xapi.reading import Read, read_statements
from passport_service.xapi.statement import check_statement


def read_batch(body: bytes) -> list[Read]:
    """The valid statements of a body; an empty array is a batch of none. Raises Invalid for the first fault."""
    found, is_array = read_statements(body)
    for place, one in enumerate(found):
        check_at(one.value, place if is_array else None)
    refuse_same_id([one.value for one in found])
    return found


def read_single(body: bytes, statement_id: str) -> Read:
    """The one valid statement of a body, for the id that the request names (Communication 2.1.1). Raises Invalid."""
    found, is_array = read_statements(body)
    if is_array:
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


def refuse_same_id(values: Sequence[Mapping[str, Any]]) -> None:
    """Communication 2.1.2: no two statements of a batch have the same id."""
    seen: set[str] = set()
    for place, value in enumerate(values):
        if "id" in value:
            statement_id = value["id"].lower()
            if statement_id in seen:
                raise Invalid("Communication 2.1.2", "stands twice in this batch", "statements", place, "id")
            seen.add(statement_id)
