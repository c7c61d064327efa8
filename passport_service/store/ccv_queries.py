"""What CCV's pages ask: which items wait, which concerns wait for a reader, and whose standing waits for a person."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import fn

from passport_service.store.database import Store
from passport_service.store.queries import Page, RecordedConcern
from passport_service.store.queries.paging import page_of
from passport_service.store.tables.people import Concern, Item, Practitioner

WAITING = ("submitted", "picked")
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Load:
    """How many items of one CCV stream wait, and how many of them are past their day."""

    stream: str
    waiting: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A waiting item and whose it is; for working out who may read it, never for a page."""

    ref: str
    owner: str


def loads(store: Store, today: date) -> dict[str, Load]:
    """How much waits in each stream of work."""
    found: dict[str, Load] = {}
    query = (
        Item.select(Item.stream_of_work, Item.due_on, fn.COUNT(Item.ref))
        .where(Item.status.in_(WAITING))
        .group_by(Item.stream_of_work, Item.due_on)
    )
    for name, due_on, number in query.tuples():
        known = found.get(name, Load(name, 0, 0))
        late = number if due_on is not None and due_on < today else 0
        found[name] = Load(name, known.waiting + number, known.overdue + late)
    return found


def candidates(
    store: Store, stream_of_work: str, *, reader: str, team: str | None, ref: str | None, limit: int
) -> list[Candidate]:
    """Waiting items that are not the reader's own, nor of their team or people, due first; history is looked at later."""
    query = (
        Item.select(Item.ref, Item.stream)
        .join(Practitioner, on=(Practitioner.stream == Item.stream))
        .where(Item.status.in_(WAITING), Item.stream_of_work == stream_of_work, Item.stream != reader)
        .order_by(Item.due_on.asc(nulls="LAST"), Item.recorded_at, Item.ref)
    )
    if team:
        query = query.where(Practitioner.team.is_null() | (Practitioner.team != team))
    if ref:
        query = query.where(Practitioner.manager.is_null() | (Practitioner.manager != ref))
    return [Candidate(item, owner) for item, owner in query.limit(limit).tuples()]


def open_concerns(store: Store) -> list[RecordedConcern]:
    """Concerns that wait for a further reader, the longest waiting first."""
    rows = Concern.select().where(Concern.status == "open").order_by(Concern.recorded_at, Concern.id).dicts()
    return [RecordedConcern(**row) for row in rows]


def concerns_about(store: Store, item: str) -> list[RecordedConcern]:
    """The concerns about one item, oldest first."""
    rows = Concern.select().where(Concern.item == item).order_by(Concern.recorded_at, Concern.id).dicts()
    return [RecordedConcern(**row) for row in rows]


def find_concern(store: Store, concern: str) -> RecordedConcern | None:
    row = Concern.select().where(Concern.id == concern).dicts().first()
    return RecordedConcern(**row) if row else None


def concerns(
    store: Store, *, status: str | None = None, page: int = 1, size: int = PAGE_SIZE
) -> Page[RecordedConcern]:
    """Concerns, the latest first."""
    query = Concern.select().order_by(Concern.recorded_at.desc(), Concern.id)
    if status:
        query = query.where(Concern.status == status)
    return page_of(query, lambda row: RecordedConcern(**row), number=page, size=size)


def streams_waiting_for_a_person(store: Store) -> list[str]:
    """People something about whom may wait for a named person: an open serious concern, a pause, a withdrawal."""
    someone: Any = (Practitioner.open_concerns > 0) | Practitioner.passport_state.in_(
        ("suspended", "revoked")
    )
    query = Practitioner.select(Practitioner.stream).where(someone, Practitioner.merged_into.is_null())
    return [stream for (stream,) in query.order_by(Practitioner.stream).tuples()]
