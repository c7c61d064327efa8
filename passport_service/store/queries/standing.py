"""What stands behind one person's passport: holdings, identifiers, items, concerns, notices."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from passport_service.store.database import Store
from passport_service.store.queries.paging import Page, page_of
from passport_service.store.tables.people import Concern, Holding, Identifier, Item, Notice

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class HeldRequirement:
    """One requirement of one person; ``evidence`` is as folded, each with its statement."""

    stream: str
    requirement: str
    state_basis: str
    since_on: date | None
    expires_on: date | None
    evidence: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class KnownIdentifier:
    key: str
    stream: str
    from_at: datetime
    until_at: datetime | None


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One item; ``stream_of_work`` is the CCV stream it waits or waited in."""

    ref: str
    stream: str
    kind: str
    type: str
    status: str
    stream_of_work: str
    recorded_at: datetime
    submitted_at: datetime | None
    resubmitted_at: datetime | None
    confirmed_at: datetime | None
    confirmed_recorded_at: datetime | None
    picked_at: datetime | None
    decided_at: datetime | None
    withdrawn_at: datetime | None
    due_on: date | None
    basis: str | None
    check_id: str | None
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RecordedConcern:
    id: str
    stream: str
    item: str
    category: str
    severity: str
    source: str
    occurred_on: date
    found_on: date
    recorded_at: datetime
    status: str
    counted: bool
    decide_by: date | None
    reader: str


@dataclass(frozen=True, slots=True)
class GivenNotice:
    id: str
    stream: str
    code: str
    given_at: datetime
    respond_by: date | None
    content: dict[str, Any]


def holdings_of(store: Store, stream: str) -> list[HeldRequirement]:
    """The requirements of which anything is known for this person, by slug."""
    rows = Holding.select().where(Holding.stream == stream).order_by(Holding.requirement).dicts()
    return [HeldRequirement(**row) for row in rows]


def identifiers_of(store: Store, stream: str) -> list[KnownIdentifier]:
    """By what the person was known, and when."""
    rows = Identifier.select().where(Identifier.stream == stream).order_by(Identifier.from_at, Identifier.key)
    return [KnownIdentifier(**row) for row in rows.dicts()]


def items_of(store: Store, stream: str, *, page: int = 1, size: int = PAGE_SIZE) -> Page[WorkItem]:
    """One person's items, the latest recorded first."""
    query = Item.select().where(Item.stream == stream).order_by(Item.recorded_at.desc(), Item.ref)
    return page_of(query, lambda row: WorkItem(**row), number=page, size=size)


def find_item(store: Store, ref: str) -> WorkItem | None:
    row = Item.select().where(Item.ref == ref).dicts().first()
    return WorkItem(**row) if row else None


def waiting_items(
    store: Store,
    statuses: tuple[str, ...],
    *,
    stream_of_work: str | None = None,
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[WorkItem]:
    """Items in these statuses, of one CCV stream or of all; those due first come first."""
    query = Item.select().where(Item.status.in_(statuses))
    if stream_of_work:
        query = query.where(Item.stream_of_work == stream_of_work)
    query = query.order_by(Item.due_on.asc(nulls="LAST"), Item.recorded_at, Item.ref)
    return page_of(query, lambda row: WorkItem(**row), number=page, size=size)


def concerns_of(store: Store, stream: str) -> list[RecordedConcern]:
    """One person's concerns, the latest first."""
    rows = Concern.select().where(Concern.stream == stream).order_by(Concern.recorded_at.desc(), Concern.id)
    return [RecordedConcern(**row) for row in rows.dicts()]


def notices_of(store: Store, stream: str) -> list[GivenNotice]:
    """One person's notices, the latest first."""
    rows = Notice.select().where(Notice.stream == stream).order_by(Notice.given_at.desc(), Notice.id)
    return [GivenNotice(**row) for row in rows.dicts()]


def find_notice(store: Store, notice: str) -> GivenNotice | None:
    row = Notice.select().where(Notice.id == notice).dicts().first()
    return GivenNotice(**row) if row else None
