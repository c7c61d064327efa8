"""Who has something that waits for a person, and who is to be told when nobody decides."""

from dataclasses import dataclass

from passport_service.store.tables.people import Practitioner


@dataclass(frozen=True, slots=True)
class Reachable:
    """Somebody with an address."""

    stream: str
    ref: str
    name: str
    email: str


def with_something_open() -> list[str]:
    """The people with a serious concern that nobody has decided, or an open cause of a suspension."""
    query = (
        Practitioner.select(Practitioner.stream)
        .where((Practitioner.open_concerns > 0) | (Practitioner.passport_state == "suspended"))
        .order_by(Practitioner.stream)
    )
    return [stream for (stream,) in query.tuples()]


def in_role(role: str) -> list[Reachable]:
    """The people in a role who are still here and have an address."""
    query = (
        Practitioner.select(Practitioner.stream, Practitioner.ref, Practitioner.name, Practitioner.email)
        .where(Practitioner.role == role, Practitioner.left_on.is_null(), Practitioner.email.is_null(False))
        .order_by(Practitioner.stream)
    )
    return [Reachable(*row) for row in query.tuples()]
