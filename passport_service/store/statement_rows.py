"""A stored statement as a value, and the ways in which its rows are read and written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

import orjson

from passport_service.store.database import Store
from passport_service.store.fields import moment_of
from passport_service.store.payloads import unpacked

T = TypeVar("T")

AT_ONCE = 500
LARGEST_PORTION = 64
FOUND, VOIDED, ERASED = 0, 1, 2  # what `state` says
# The digest of what was erased or had somebody taken out: what comes again is compared with nothing.
BLANK = bytes(32)
SELECT = (
    "SELECT s.pk, s.id, s.payload, a.key, v.iri, o.iri, s.timestamp, s.stored, k.key, s.state, s.edition"
    " FROM statement s"
    " JOIN statement_verb v ON v.id = s.verb_id"
    " JOIN statement_key k ON k.id = s.key_id"
    " LEFT JOIN statement_agent a ON a.id = s.agent_id"
    " LEFT JOIN statement_activity o ON o.id = s.activity_id"
)


@dataclass(frozen=True, slots=True)
class StoredStatement:
    """A statement as the store has it.

    ``id``: UUID text in lower case. ``statement``: what was accepted, as a value; it need not contain its id.
    ``actor_key``: `xapi.actor.key_of` its actor, None for an anonymous group. ``verb`` and ``activity`` are IRIs;
    ``activity`` is None when the object is something else. ``timestamp`` is ``stored`` when the sender gave none
    (``timestamp_missing``, R2.3). ``pk`` rises in the order of storing. ``edition`` is that of the standard, 1 or 2.
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
    edition: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A statement's own bytes with what was assigned to it: all that giving it back needs. ``key_id`` sent it."""

    pk: int
    id: str
    payload: bytes
    timestamp: datetime
    stored: datetime
    voided: bool
    edition: int
    key_id: str


def load(store: Store, ids: Sequence[str]) -> list[StoredStatement]:
    """The statements with these ids, whoever sent them, in the order they were stored; unknown and erased ones are left
    out."""
    found: list[StoredStatement] = []
    for part in in_parts(ids):
        rows = store.execute(
            f"{SELECT} WHERE s.id IN ({marks(part)}) AND s.state <> ?",
            [*(id_bytes(one) for one in part), ERASED],
        )
        found.extend(statement_of(row) for row in rows.fetchall())
    return sorted(found, key=lambda one: one.pk)


def statement_of(row: Sequence[Any]) -> StoredStatement:
    pk, found, payload, actor, verb, activity, timestamp, stored, key_id, state, edition = row
    value = orjson.loads(unpacked(payload))
    return StoredStatement(
        pk=pk,
        id=id_text(found),
        statement=value,
        actor_key=actor,
        verb=verb,
        activity=activity,
        timestamp=moment_of(timestamp),
        stored=moment_of(stored),
        key_id=key_id,
        voided=state == VOIDED,
        timestamp_missing="timestamp" not in value,
        edition=edition,
    )


def kept_of(row: Sequence[Any]) -> Kept:
    pk, found, payload, timestamp, stored, state, edition, key_id = row
    return Kept(
        pk=pk,
        id=id_text(found),
        payload=unpacked(payload),
        timestamp=moment_of(timestamp),
        stored=moment_of(stored),
        voided=state == VOIDED,
        edition=edition,
        key_id=key_id,
    )


def id_bytes(identifier: str) -> bytes:
    """A UUID as it is kept: 16 bytes."""
    return bytes.fromhex(identifier.replace("-", ""))


def id_text(kept: bytes) -> str:
    """A kept UUID as the standard writes it, in lower case."""
    return str(UUID(bytes=bytes(kept)))


def marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def in_parts(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Slices that stay below what one statement can take as parameters."""
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]


def in_portions(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """Slices whose lengths are powers of two, so that a handful of prepared statements write any number of rows."""
    start = 0
    while start < len(rows):
        size = min(LARGEST_PORTION, 1 << ((len(rows) - start).bit_length() - 1))
        yield rows[start : start + size]
        start += size


def insert_many(store: Store, table: str, columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Writes new rows, many in one statement: a driver's way of one after the other lets go of the interpreter at each,
    and other threads make it wait. A row that is already there stays as it is.
    """
    for part in in_portions(rows):
        store.execute(
            f"INSERT INTO {table} ({columns}) VALUES {filled(len(part), len(part[0]))} ON CONFLICT DO NOTHING",
            [value for row in part for value in row],
        )


@cache
def filled(rows: int, columns: int) -> str:
    """``(?, ?), (?, ?)``: the places of so many rows."""
    return ", ".join([f"({', '.join('?' * columns)})"] * rows)
