"""What came in and waits for a person: the quarantine, and refused batches."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from passport_service.store.database import Store
from passport_service.store.fields import read_json, read_moment
from passport_service.store.queries.paging import Line, Page, page_of
from passport_service.store.tables.work import RefusedBatch

PAGE_SIZE = 50
DETAIL = ": "


# Counted in an index alone, however many wait; what came last is looked up only for the lines that are shown.
ACTIVITIES = """
WITH waiting AS (
    SELECT activity_id, min(CASE WHEN NOT is_course THEN 0 ELSE 1 END) AS course, count(*) AS statements,
        min(recorded_at) AS first_at, max(recorded_at) AS last_at
    FROM recognition WHERE reason = 'UNMAPPED_ACTIVITY' GROUP BY activity_id
), ranked AS (
    SELECT waiting.*, row_number() OVER (PARTITION BY course ORDER BY statements DESC, activity_id) AS place,
        count(*) OVER (PARTITION BY course) AS total
    FROM waiting
)
SELECT o.course, o.total, o.activity_id, o.statements, o.first_at, o.last_at,
    (SELECT detail FROM recognition WHERE reason = 'UNMAPPED_ACTIVITY' AND activity_id = o.activity_id
        ORDER BY recorded_at DESC LIMIT 1),
    (SELECT key_id FROM recognition WHERE reason = 'UNMAPPED_ACTIVITY' AND activity_id = o.activity_id
        ORDER BY recorded_at DESC LIMIT 1)
FROM ranked o WHERE o.place <= ? ORDER BY o.place
"""
ACTORS = """
WITH waiting AS (
    SELECT actor_key, count(*) AS statements, max(recorded_at) AS last_at, count(*) OVER () AS total
    FROM recognition WHERE reason = 'UNKNOWN_PERSON' GROUP BY actor_key ORDER BY count(*) DESC, actor_key LIMIT ?
)
SELECT o.total, o.actor_key, o.statements, o.last_at, (
    SELECT count(DISTINCT activity_id) FROM recognition WHERE reason = 'UNKNOWN_PERSON' AND actor_key = o.actor_key
)
FROM waiting o ORDER BY o.statements DESC, o.actor_key
"""


@dataclass(frozen=True, slots=True)
class WaitingActivity:
    """One unmapped activity with how many statements wait for it (R2.2); name and key are those of what came last."""

    activity_id: str
    name: str | None
    key_id: str | None
    statements: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class WaitingActor:
    """One actor that is linked to nobody, with how many statements wait for them."""

    actor_key: str
    statements: int
    activities: int
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


def waiting_activities(
    store: Store, size: int = PAGE_SIZE
) -> tuple[Page[WaitingActivity], Page[WaitingActivity]]:
    """The unmapped activities, one entry each, the most waited-for first: courses, and what is no course apart."""
    rows = store.execute(ACTIVITIES, (size,)).fetchall()
    courses, others = ([row[1:] for row in rows if bool(row[0]) is wanted] for wanted in (True, False))
    return _first_page(courses, _activity, size), _first_page(others, _activity, size)


def _activity(
    activity: str, statements: int, first: Any, last: Any, detail: Any, key_id: str | None
) -> WaitingActivity:
    name = (read_json(detail) or {}).get("name")
    return WaitingActivity(activity, name, key_id, statements, read_moment(first), read_moment(last))


def waiting_actors(store: Store, size: int = PAGE_SIZE) -> Page[WaitingActor]:
    """The unknown people, one entry each, the most waited-for first."""
    return _first_page(store.execute(ACTORS, (size,)).fetchall(), _actor, size)


def _actor(actor: str, statements: int, last: Any, activities: int) -> WaitingActor:
    return WaitingActor(actor, statements, activities, read_moment(last))


def _first_page(rows: Sequence[Sequence[Any]], make: Callable[..., Line], size: int) -> Page[Line]:
    """The first page; each row begins with how many there are in all."""
    return Page([make(*row[1:]) for row in rows], 1, size, rows[0][0] if rows else 0)


def refused_batches(
    store: Store,
    *,
    key_id: str | None = None,
    reason: str | None = None,
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[RefusedBody]:
    """Refused batches without their bodies, the latest first; of one key, and for one kind of reason."""
    columns = [field for field in RefusedBatch._meta.sorted_fields if field.name != "body"]
    query = RefusedBatch.select(*columns).order_by(RefusedBatch.received_at.desc(), RefusedBatch.id.desc())
    if key_id:
        query = query.where(RefusedBatch.key_id == key_id)
    if reason:
        query = query.where(
            (RefusedBatch.reason == reason) | RefusedBatch.reason.startswith(f"{reason}{DETAIL}")
        )
    return page_of(query, lambda row: RefusedBody(**row), number=page, size=size)


def count_refused(store: Store, *, key_id: str | None = None) -> dict[str, int]:
    """How many batches are kept for each kind of reason, the most frequent first; no key has more than its quota.

    What is no JSON says after a colon where it breaks off, which is another place each time.
    """
    chosen, values = ("", []) if key_id is None else (" WHERE key_id = ?", [key_id])
    rows = store.execute(
        f"SELECT reason, count(*) FROM refused_batch{chosen} GROUP BY reason ORDER BY reason", values
    )
    counts: Counter[str] = Counter()
    for reason, count in rows.fetchall():
        counts[reason.partition(DETAIL)[0]] += count
    return dict(counts.most_common())


def find_refused_body(store: Store, batch: int) -> tuple[RefusedBody, bytes] | None:
    """One refused batch with its body, byte for byte."""
    row = RefusedBatch.select().where(RefusedBatch.id == batch).dicts().first()
    if row is None:
        return None
    body = bytes(row.pop("body"))
    return RefusedBody(**row), body
