"""A stored statement as a value, and the ways in which its rows are read and written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import orjson

from passport_service.store.database import Store
from passport_service.store.fields import read_moment

T = TypeVar("T")

AT_ONCE = 500
SELECT = (
    "SELECT s.pk, s.id, s.payload, a.key, v.iri, o.iri, s.timestamp, s.stored, s.key_id, s.voided"
    " FROM statement s"
    " JOIN statement_verb v ON v.id = s.verb_id"
    " LEFT JOIN statement_agent a ON a.id = s.agent_id"
    " LEFT JOIN statement_activity o ON o.id = s.activity_id"
)


@dataclass(frozen=True, slots=True)
class StoredStatement:
    """A statement as the store has it.

    ``id``: UUID text in lower case. ``statement``: what was accepted, as a value; it need not contain its id.
    ``actor_key``: `xapi.actor.key_of` its actor, None for an anonymous group. ``verb`` and ``activity`` are IRIs;
    ``activity`` is None when the object is something else. ``timestamp`` is ``stored`` when the sender gave none
    (``timestamp_missing``, R2.3). ``pk`` rises in the order of storing.
    """

    pk: int
    id: str
    statement: Mapping[str, Any]
    actor_key: str | None
    verb: str
    activity: str | None
    timestamp: datetime
    stored: datetime
    key_id: str
    voided: bool
    timestamp_missing: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A statement's own bytes with what was assigned to it: all that giving it back needs."""

    pk: int
    id: str
    payload: bytes
    timestamp: datetime
    stored: datetime
    voided: bool


def load(store: Store, ids: Sequence[str]) -> list[StoredStatement]:
    """The statements with these ids, whoever sent them, in the order they were stored; unknown ids are left out."""
    found: list[StoredStatement] = []
    for part in in_parts(ids):
        rows = store.execute(f"{SELECT} WHERE s.id IN ({marks(part)})", [id_text(one) for one in part])
        found.extend(statement_of(row) for row in rows.fetchall())
    return sorted(found, key=lambda one: one.pk)


def statement_of(row: Sequence[Any]) -> StoredStatement:
    pk, found, payload, actor, verb, activity, timestamp, stored, key_id, voided = row
    value = orjson.loads(payload)
    return StoredStatement(
        pk=pk,
        id=str(UUID(str(found))),
        statement=value,
        actor_key=actor,
        verb=verb,
        activity=activity,
        timestamp=read_moment(timestamp),
        stored=read_moment(stored),
        key_id=key_id,
        voided=bool(voided),
        timestamp_missing="timestamp" not in value,
    )


def kept_of(row: Sequence[Any]) -> Kept:
    pk, found, payload, timestamp, stored, voided = row
    return Kept(
        pk,
        str(UUID(str(found))),
        bytes(payload),
        read_moment(timestamp),
        read_moment(stored),
        bool(voided),
    )


def id_text(identifier: str) -> str:
    """A UUID as both databases take it: 32 digits in lower case."""
    return identifier.replace("-", "").lower()


def marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def in_parts(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Slices that stay below what one statement can take as parameters."""
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]


def insert_many(store: Store, table: str, columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Writes new rows the fastest way: one prepared statement on SQLite, many rows at once on PostgreSQL.

    A row that is already there stays as it is.
    """
    if not rows:
        return
    if store.is_sqlite:
        store.execute_many(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks(rows[0])})", rows)
        return
    for part in in_parts(rows):
        filled = ", ".join([f"({marks(rows[0])})"] * len(part))
        store.execute(
            f"INSERT INTO {table} ({columns}) VALUES {filled} ON CONFLICT DO NOTHING",
            [value for row in part for value in row],
        )
