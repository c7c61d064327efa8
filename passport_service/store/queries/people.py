"""People as pages list them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from peewee import fn

from passport_service.store.database import Store
from passport_service.store.queries.paging import Page, page_of
from passport_service.store.tables.people import Holding, Practitioner

PAGE_SIZE = 50
NOT_PRACTISING = "none"


@dataclass(frozen=True, slots=True)
class Person:
    """One person as they stand. ``reasons`` are codes; ``causes`` the open causes of a suspension, as folded."""

    stream: str
    ref: str
    name: str
    email: str | None
    role: str | None
    team: str | None
    locality: str | None
    manager: str | None
    profession: str | None
    newly_qualified: bool
    agency: bool
    registration: str | None
    left_on: date | None
    merged_into: str | None
    passport_state: str
    passport_number: int | None
    since: datetime | None
    earned_on: date | None
    reasons: list[str]
    causes: list[dict[str, Any]]
    run: int
    next_expiry_on: date | None
    review_at: datetime | None
    open_tasks: int
    open_concerns: int
    updated_seq: int


@dataclass(frozen=True, slots=True)
class Expiry:
    """One requirement of one person that ends on a day."""

    stream: str
    ref: str
    name: str
    team: str | None
    requirement: str
    expires_on: date


def practitioners(
    store: Store,
    *,
    search: str | None = None,
    teams: Sequence[str] | None = None,
    locality: str | None = None,
    state: str | None = None,
    manager: str | None = None,
    with_leavers: bool = False,
    by_expiry: bool = False,
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[Person]:
    """One page of practitioners by name, or by next expiry. ``search`` looks in name, reference and e-mail
    address.

    People without a practising role are listed only with ``state="none"``; merged duplicates never.
    """
    query = narrowed(teams=teams, locality=locality, state=state, manager=manager, with_leavers=with_leavers)
    if search:
        found = Practitioner.name.contains(search) | Practitioner.ref.contains(search)
        query = query.where(found | Practitioner.email.contains(search))
    if by_expiry:
        query = query.order_by(
            Practitioner.next_expiry_on.asc(nulls="LAST"), Practitioner.name, Practitioner.stream
        )
    else:
        query = query.order_by(Practitioner.name, Practitioner.stream)
    return page_of(query, lambda row: Person(**row), number=page, size=size)


def count_by_state(
    store: Store, *, teams: Sequence[str] | None = None, locality: str | None = None
) -> dict[str, int]:
    """How many practitioners are in each passport state; states without anyone are left out."""
    query = narrowed(teams=teams, locality=locality)
    counted = query.select(Practitioner.passport_state, fn.COUNT(Practitioner.stream))
    return dict(counted.group_by(Practitioner.passport_state).tuples())


def narrowed(
    *,
    teams: Sequence[str] | None = None,
    locality: str | None = None,
    state: str | None = None,
    manager: str | None = None,
    with_leavers: bool = False,
) -> Any:
    query = Practitioner.select().where(Practitioner.merged_into.is_null())
    if state:
        query = query.where(Practitioner.passport_state == state)
    else:
        query = query.where(Practitioner.passport_state != NOT_PRACTISING)
    if teams is not None:
        query = query.where(Practitioner.team.in_(list(teams)))
    if locality:
        query = query.where(Practitioner.locality == locality)
    if manager:
        query = query.where(Practitioner.manager == manager)
    if not with_leavers:
        query = query.where(Practitioner.left_on.is_null())
    return query


def find_person(store: Store, stream: str) -> Person | None:
    """The person of a stream, whatever their role; None if there is none."""
    row = Practitioner.select().where(Practitioner.stream == stream).dicts().first()
    return Person(**row) if row else None


def find_person_by_ref(store: Store, ref: str) -> Person | None:
    """The person with the council's own staff reference."""
    row = Practitioner.select().where(Practitioner.ref == ref).dicts().first()
    return Person(**row) if row else None


def people_by_stream(store: Store, streams: Sequence[str]) -> dict[str, Person]:
    """Several people at once, for lists that name them; unknown streams are left out."""
    rows = Practitioner.select().where(Practitioner.stream.in_(list(streams))).dicts()
    return {row["stream"]: Person(**row) for row in rows}


def teams(store: Store) -> list[str]:
    """Every team that someone is in, by name."""
    return distinct(Practitioner.team)


def localities(store: Store) -> list[str]:
    """Every locality that someone is in, by name."""
    return distinct(Practitioner.locality)


def distinct(column: Any) -> list[str]:
    rows = Practitioner.select(column).where(column.is_null(False)).distinct().tuples()
    return sorted(value for (value,) in rows)


def next_expiries(
    store: Store, *, from_on: date, until_on: date, teams: Sequence[str] | None = None, limit: int = 200
) -> list[Expiry]:
    """Requirements that end within these days (both included), of people still here; the earliest first."""
    person = Practitioner
    query = (
        Holding.select(
            person.stream, person.ref, person.name, person.team, Holding.requirement, Holding.expires_on
        )
        .join(person, on=(person.stream == Holding.stream))
        .where(Holding.expires_on.between(from_on, until_on))
        .where(person.left_on.is_null(), person.merged_into.is_null())
        .order_by(Holding.expires_on, person.name, Holding.requirement)
        .limit(limit)
    )
    if teams is not None:
        query = query.where(person.team.in_(list(teams)))
    return [Expiry(*row) for row in query.tuples()]
