"""Statements in: one batch, all or nothing, on the fastest way that both databases have.

Within ``store.writing()``. A statement's own bytes are kept as accepted; its columns are for finding it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from passport_service.store.database import Store
from passport_service.store.fields import moment_text
from passport_service.store.interned import ACTIVITIES, AGENTS, VERBS, intern
from passport_service.store.statement_links import (
    Reference,
    link,
    references_to,
    targets_of_voidings,
    void,
)
from passport_service.store.statement_rows import (
    StoredStatement,
    id_text,
    in_parts,
    load,
    marks,
)
from passport_service.xapi.actor import key_of
from passport_service.xapi.compare import fingerprint
from passport_service.xapi.links import activity_of, target_of
from passport_service.xapi.statement import is_voiding
from passport_service.xapi.timestamps import parse_timestamp

REFERRING = 7_366_220  # the advisory lock of `hold_references`
COLUMNS = (
    "id, key_id, agent_id, verb_id, activity_id, registration, timestamp, stored, voided, digest, payload"
)
WIDTH = 11


class Conflict(Exception):
    """A statement whose id is stored already with other content (R0.6); ``place`` in the batch."""

    def __init__(self, place: int, statement_id: str) -> None:
        super().__init__(f"a statement with the id {statement_id} is already stored, with other content")
        self.place = place


class NotYours(Exception):
    """A statement that would void one which another key sent; ``place`` in the batch."""

    def __init__(self, place: int) -> None:
        super().__init__("a key may void only statements that it sent itself")
        self.place = place


@dataclass(frozen=True, slots=True)
class Incoming:
    """A valid statement about to be stored: its id (lower case), its own bytes, and what they mean."""

    id: str
    payload: bytes
    value: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Inserted:
    """What a batch changed: statements that are new, in their order, and older ones that are voided now."""

    new: list[StoredStatement]
    voided: list[StoredStatement]


def insert(store: Store, batch: Sequence[Incoming], *, key_id: str, stored: datetime) -> Inserted:
    """Stores what is not known yet. Raises Conflict or NotYours; the transaction must then be given up."""
    hold_references(store, batch)
    known = refuse_conflicts(store, batch)
    new = [one for one in batch if one.id not in known]
    earlier = references_to(store, [one.id for one in new])
    rows = make_rows(store, new, born_voided(new, earlier, key_id), key_id, stored)
    numbers = insert_numbered(store, rows) if store.is_sqlite else insert_returning(store, rows)
    if None in numbers:
        refuse_conflicts(store, batch)  # another transaction was faster; the same content is quiet
    kept = [
        as_stored(one, row, pk, stored)
        for one, row, pk in zip(new, rows, numbers, strict=True)
        if pk is not None
    ]
    link(store, kept, earlier)
    return Inserted(kept, void_older(store, batch, kept, key_id))


def hold_references(store: Store, batch: Sequence[Incoming]) -> None:
    """Keeps a reference and its target from passing each other unseen in two transactions (PostgreSQL).

    Whoever stores a reference waits for the batches under way, and they for it; batches without one run side by side.
    """
    if not store.is_sqlite:
        shared = "" if any(target_of(one.value) for one in batch) else "_shared"
        store.execute(f"SELECT pg_advisory_xact_lock{shared}(?)", (REFERRING,))


def refuse_conflicts(store: Store, batch: Sequence[Incoming]) -> set[str]:
    """The ids of the batch that are stored already, with the same content. Raises Conflict where it is another."""
    known: dict[str, bytes] = {}
    for part in in_parts([id_text(one.id) for one in batch]):
        rows = store.execute(f"SELECT id, digest FROM statement WHERE id IN ({marks(part)})", part)
        known.update((str(UUID(str(found))), bytes(digest)) for found, digest in rows.fetchall())
    for place, one in enumerate(batch if known else ()):
        if one.id in known and known[one.id] != digest_of(one) and not is_same(store, one):
            raise Conflict(place, one.id)
    return set(known)


def digest_of(one: Incoming) -> bytes:
    """Of the payload as it came: a resend has the same, and what is stored can be checked against it."""
    return sha256(one.payload).digest()


def is_same(store: Store, one: Incoming) -> bool:
    """Whether a statement with other bytes is the stored one all the same (Data 2.3.1).

    The stored one may have come without a timestamp, and come back with the one it was given.
    """
    stored = load(store, [one.id])[0]
    if fingerprint(stored.statement) == fingerprint(one.value):
        return True
    written = one.value.get("timestamp")
    if not stored.timestamp_missing or written is None or parse_timestamp(written) != stored.timestamp:
        return False
    return fingerprint(stored.statement) == fingerprint(one.value, with_timestamp=False)


def born_voided(new: Sequence[Incoming], earlier: Sequence[Reference], key_id: str) -> set[str]:
    """Ids of new statements that the same key voids: before they came, or in the same batch (R2.10)."""
    voided = {one.target for one in earlier if one.is_voiding and one.key_id == key_id}
    voided.update(target_of(one.value) or "" for one in new if is_voiding(one.value))
    return {one.id for one in new if one.id in voided and not is_voiding(one.value)} if voided else voided


def make_rows(
    store: Store, new: Sequence[Incoming], voided: set[str], key_id: str, stored: datetime
) -> list[tuple[Any, ...]]:
    """The rows of new statements, in their order; their agents, verbs and activities turned into numbers."""
    actors = [key_of(one.value["actor"]) for one in new]
    objects = [activity_of(one.value) for one in new]
    agents = intern(store, AGENTS, (key for key in actors if key is not None))
    verbs = intern(store, VERBS, (one.value["verb"]["id"] for one in new))
    activities = intern(store, ACTIVITIES, (iri for iri in objects if iri is not None))
    moment = moment_text(stored)
    return [
        (
            id_text(one.id),
            key_id,
            None if actor is None else agents[actor],
            verbs[one.value["verb"]["id"]],
            None if activity is None else activities[activity],
            registration_of(one.value),
            timestamp_of(one.value, moment),
            moment,
            one.id in voided,
            digest_of(one),
            one.payload,
        )
        for one, actor, activity in zip(new, actors, objects, strict=True)
    ]


def registration_of(value: Mapping[str, Any]) -> str | None:
    context = value.get("context")
    registration = None if context is None else context.get("registration")
    return None if registration is None else id_text(registration)


def timestamp_of(value: Mapping[str, Any], stored: str) -> str:
    """Without a timestamp it happened when it was stored (R2.3)."""
    written = value.get("timestamp")
    return stored if written is None else moment_text(parse_timestamp(written))


def insert_numbered(store: Store, rows: Sequence[tuple[Any, ...]]) -> Sequence[int | None]:
    """SQLite has one writer: the next numbers are ours, and one prepared statement writes them all."""
    last = store.execute("SELECT coalesce(max(pk), 0) FROM statement").fetchone()[0]
    numbered = [(pk, *row) for pk, row in enumerate(rows, last + 1)]
    store.execute_many(f"INSERT INTO statement (pk, {COLUMNS}) VALUES ({'?, ' * WIDTH}?)", numbered)
    return range(last + 1, last + 1 + len(rows))


def insert_returning(store: Store, rows: Sequence[tuple[Any, ...]]) -> Sequence[int | None]:
    """PostgreSQL takes many rows in one statement, and says which were new; None for each that was not."""
    numbers: dict[str, int] = {}
    for part in in_parts(rows):
        filled = ", ".join([f"({marks(part[0])})"] * len(part))
        found = store.execute(
            f"INSERT INTO statement ({COLUMNS}) VALUES {filled} ON CONFLICT (id) DO NOTHING RETURNING id, pk",
            [value for row in part for value in row],
        )
        numbers.update((one.hex, pk) for one, pk in found.fetchall())
    return [numbers.get(row[0]) for row in rows]


def as_stored(one: Incoming, row: Sequence[Any], pk: int, stored: datetime) -> StoredStatement:
    written = one.value.get("timestamp")
    return StoredStatement(
        pk=pk,
        id=one.id,
        statement=one.value,
        actor_key=key_of(one.value["actor"]),
        verb=one.value["verb"]["id"],
        activity=activity_of(one.value),
        timestamp=stored if written is None else parse_timestamp(written),
        stored=stored,
        key_id=row[1],
        voided=row[8],
        timestamp_missing=written is None,
    )


def void_older(
    store: Store, batch: Sequence[Incoming], kept: Sequence[StoredStatement], key_id: str
) -> list[StoredStatement]:
    """Voids what new voiding statements mean and was stored before them. Raises NotYours for another key's statement."""
    meant = targets_of_voidings(kept)
    if not meant:
        return []
    new = {one.id for one in kept}
    targets = load(store, [target for target in meant if target not in new])
    for target in targets:
        if target.key_id != key_id:
            by = meant[target.id].id
            raise NotYours(next(place for place, one in enumerate(batch) if one.id == by))
    return void(store, targets)
