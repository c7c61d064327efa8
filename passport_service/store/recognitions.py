"""What each completion-like statement meant here, or why it waits in quarantine; one row a statement (R2.2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from passport_service.store import statements
from passport_service.store.database import Store
from passport_service.store.fields import json_text, moment_text
from passport_service.store.statements import StoredStatement
from passport_service.store.tables.work import Recognition as Row

SAVE = (
    "INSERT INTO recognition (statement, stream, meaning, key_id, actor_key, activity_id, is_course, effective_at,"
    " course, reason, detail, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (statement) DO UPDATE SET stream = excluded.stream, course = excluded.course,"
    " reason = excluded.reason, detail = excluded.detail, recorded_at = excluded.recorded_at,"
    " is_course = excluded.is_course"
)


@dataclass(frozen=True, slots=True)
class Recognition:
    """``stream`` is whose it was taken to be, ``reason`` why it waits; ``also`` are further ids of the activity."""

    statement: str
    stream: str | None
    meaning: str
    key_id: str
    actor_key: str
    activity_id: str
    also: tuple[str, ...]
    activity_name: str | None
    activity_type: str | None
    is_course: bool | None
    effective_at: datetime
    course: str | None
    reason: str | None
    may_waive: bool
    recorded_at: datetime


def save(store: Store, rows: Sequence[Recognition]) -> None:
    """Write or overwrite recognitions, inside a write transaction."""
    # On the path of every batch that comes in: one prepared statement takes a tenth of what peewee's builder does.
    store.execute_many(SAVE, [_values(one) for one in rows])


def load(store: Store, ids: Sequence[str]) -> dict[str, Recognition]:
    return _found(Row.select().where(Row.statement.in_(list(ids))))


def by_activity(store: Store, activities: Sequence[str]) -> dict[str, Recognition]:
    """Recognitions about any of these activities, by their own id or, for cmi5, by the publisher's."""
    wanted = Row.activity_id.in_(list(activities))
    for one in activities:
        wanted |= (Row.detail.is_null(False)) & (Row.detail.contains(f'"{one}"'))
    return _found(Row.select().where(wanted))


def by_actor(store: Store, keys: Sequence[str]) -> dict[str, Recognition]:
    return _found(Row.select().where(Row.actor_key.in_(list(keys))))


def statements_of(store: Store, known: Iterable[str]) -> list[StoredStatement]:
    """The statements behind recognitions, in the order in which they were stored."""
    return statements.load(store, list(known))


def end_waiting(store: Store, ids: Sequence[str]) -> None:
    """A voided statement no longer waits in quarantine."""
    if ids:
        Row.update(reason=None).where(Row.statement.in_(list(ids)), Row.reason.is_null(False)).execute()


def forget(store: Store, stream: str) -> None:
    Row.delete().where(Row.stream == stream).execute()


def _found(query: Any) -> dict[str, Recognition]:
    return {one.statement: one for row in query.dicts() if (one := _recognition(row))}


def _values(one: Recognition) -> tuple[Any, ...]:
    detail = {
        "also": list(one.also),
        "name": one.activity_name,
        "type": one.activity_type,
        "may_waive": one.may_waive,
    }
    return (
        one.statement,
        one.stream,
        one.meaning,
        one.key_id,
        one.actor_key,
        one.activity_id,
        one.is_course,
        moment_text(one.effective_at),
        one.course,
        one.reason,
        json_text(detail),
        moment_text(one.recorded_at),
    )


def _recognition(row: dict[str, Any]) -> Recognition:
    detail = row.pop("detail") or {}
    return Recognition(
        **row,
        also=tuple(detail.get("also", ())),
        activity_name=detail.get("name"),
        activity_type=detail.get("type"),
        may_waive=bool(detail.get("may_waive")),
    )


def waiting_reasons(store: Store) -> list[str]:
    """The reasons for which anything waits in quarantine, each once."""
    rows = store.execute(
        "SELECT DISTINCT reason FROM recognition WHERE reason IS NOT NULL ORDER BY reason"
    ).fetchall()
    return [row[0] for row in rows]
