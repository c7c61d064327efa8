"""What came in and waits for a person: the quarantine, and refused batches."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from passport_service.store.database import Store
from passport_service.store.fields import read_json, read_moment
from passport_service.store.queries.paging import Page, page_of
from passport_service.store.tables.work import RefusedBatch

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class WaitingActivity:
    """One unmapped activity with how many statements and actors wait for it (R2.2)."""

    activity_id: str
    name: str | None
    type: str | None
    is_course: bool
    statements: int
    actors: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class WaitingActor:
    """One actor that is linked to nobody, with how many statements wait for them."""

    actor_key: str
    statements: int
    activities: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class RefusedBody:
    """A refused batch without its body; ``size`` in bytes, ``path`` where in it the fault is, by which
    ``rule``.
    """

    id: int
    key_id: str
    received_at: datetime
    reason: str
    rule: str | None
    path: str | None
    size: int
    statements: int | None
    replayed_at: datetime | None
    replayed_by: str | None
    replay_outcome: dict[str, Any] | None


def waiting_activities(store: Store, *, with_non_courses: bool = False) -> list[WaitingActivity]:
    """The unmapped activities, one entry each, the most waited-for first; types that are no course on
    request.
    """
    folded = "" if with_non_courses else " HAVING max(CASE WHEN is_course THEN 1 ELSE 0 END) = 1"
    rows = store.execute(
        "SELECT activity_id, max(detail), max(CASE WHEN is_course THEN 1 ELSE 0 END), count(*),"
        " count(DISTINCT actor_key), min(effective_at), max(recorded_at) FROM recognition"
        f" WHERE reason = ? GROUP BY activity_id{folded} ORDER BY count(*) DESC, activity_id",
        ("UNMAPPED_ACTIVITY",),
    ).fetchall()
    return [waiting_activity(row) for row in rows]


def waiting_activity(row: tuple[Any, ...]) -> WaitingActivity:
    activity, detail, is_course, statements, actors, first, last = row
    known = read_json(detail) or {}
    return WaitingActivity(
        activity, known.get("name"), known.get("type"), bool(is_course), statements, actors,
        read_moment(first), read_moment(last),
    )  # fmt: skip


def waiting_actors(store: Store) -> list[WaitingActor]:
    """The unknown people, one entry each, the most waited-for first."""
    rows = store.execute(
        "SELECT actor_key, count(*), count(DISTINCT activity_id), min(effective_at), max(recorded_at)"
        " FROM recognition WHERE reason = ? GROUP BY actor_key ORDER BY count(*) DESC, actor_key",
        ("UNKNOWN_PERSON",),
    ).fetchall()
    return [
        WaitingActor(actor, statements, activities, read_moment(first), read_moment(last))
        for actor, statements, activities, first, last in rows
    ]


def count_quarantined(store: Store) -> dict[str, int]:
    """How many statements wait, by reason."""
    rows = store.execute(
        "SELECT reason, count(*) FROM recognition WHERE reason IS NOT NULL GROUP BY reason ORDER BY reason"
    )
    return dict(rows.fetchall())


def refused_batches(
    store: Store, *, key_id: str | None = None, page: int = 1, size: int = PAGE_SIZE
) -> Page[RefusedBody]:
    """Refused batches without their bodies, the latest first."""
    columns = [field for field in RefusedBatch._meta.sorted_fields if field.name != "body"]
    query = RefusedBatch.select(*columns).order_by(RefusedBatch.received_at.desc(), RefusedBatch.id.desc())
    if key_id:
        query = query.where(RefusedBatch.key_id == key_id)
    return page_of(query, lambda row: RefusedBody(**row), number=page, size=size)


def find_refused_body(store: Store, batch: int) -> tuple[RefusedBody, bytes] | None:
    """One refused batch with its body, byte for byte."""
    row = RefusedBatch.select().where(RefusedBatch.id == batch).dicts().first()
    if row is None:
        return None
    body = bytes(row.pop("body"))
    return RefusedBody(**row), body
