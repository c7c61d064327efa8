"""Statements in, all or nothing, on the fastest way that both databases have.

Within ``store.writing()``. A statement's own bytes are kept as accepted; its columns are for finding it. What comes in
together need not come from one sender: each statement says whose it is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from passport_service.store.database import Store
from passport_service.store.fields import microseconds_of
from passport_service.store.incoming import Incoming
from passport_service.store.interned import ACTIVITIES, AGENTS, KEYS, VERBS, Numbers, intern
from passport_service.store.statement_links import (
    Reference,
    link,
    references_to,
    targets_of_voidings,
    void,
)
from passport_service.store.statement_rows import (
    BLANK,
    FOUND,
    VOIDED,
    StoredStatement,
    filled,
    id_bytes,
    id_text,
    in_parts,
    in_portions,
    load,
    marks,
)
from passport_service.xapi.compare import fingerprint
from passport_service.xapi.links import target_of
from passport_service.xapi.statement import is_voiding
from passport_service.xapi.timestamps import parse_timestamp

REFERRING = 7_366_220  # the advisory lock of `hold_references`
COLUMNS = "stored, timestamp, key_id, agent_id, verb_id, activity_id, state, edition, id, registration, digest, payload"
STATE, ID = 6, 8  # where they stand in a row


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
class Inserted:
    """What a batch changed: statements that are new, in their order, and older ones that are voided now."""

    new: list[StoredStatement]
    voided: list[StoredStatement]


def insert(store: Store, batch: Sequence[Incoming], *, stored: datetime) -> Inserted:
    """Stores what is not known yet. Raises Conflict or NotYours; the transaction must then be given up."""
    hold_references(store, batch)
    known = refuse_conflicts(store, batch)
    new = [one for one in batch if one.id not in known] if known else list(batch)
    if not new:
        return Inserted([], [])
    # Nothing can refer to an id that was made just now.
    earlier = references_to(store, [one.id for one in new if one.is_given])
    numbers = number_all(store, new)
    written = write_rows(store, new, make_rows(new, numbers, born_voided(new, earlier), stored))
    if len(written) < len(new):
        refuse_conflicts(store, batch)  # another transaction was faster; the same content is quiet
    kept = [(as_stored(pk, one, row, stored), one.names) for pk, one, row in written]
    link(store, kept, numbers[AGENTS], numbers[ACTIVITIES], earlier)
    inserted = [one for one, _ in kept]
    return Inserted(inserted, void_older(store, batch, inserted))


def hold_references(store: Store, batch: Sequence[Incoming]) -> None:
    """Keeps a reference and its target from passing each other unseen in two transactions (PostgreSQL).

    Whoever stores a reference waits for the batches under way, and they for it; batches without one run side by side.
    """
    if not store.is_sqlite:
        shared = "" if any(target_of(one.value) for one in batch) else "_shared"
        store.execute(f"SELECT pg_advisory_xact_lock{shared}(?)", (REFERRING,))


def refuse_conflicts(store: Store, batch: Sequence[Incoming]) -> set[str]:
    """The ids of the batch that are stored already, with the same content. Raises Conflict where it is another.

    What was erased, or had somebody taken out, is known and compared with nothing: it does not come back, and its sender
    hears no reproach.
    """
    known: dict[str, bytes] = {}
    for part in in_parts([id_bytes(one.id) for one in batch if one.is_given]):
        rows = store.execute(f"SELECT id, digest FROM statement WHERE id IN ({marks(part)})", part)
        known.update((id_text(found), bytes(digest)) for found, digest in rows.fetchall())
    for place, one in enumerate(batch if known else ()):
        if one.id not in known:
            continue
        if known[one.id] not in (BLANK, one.digest) and not is_same(store, one):
            raise Conflict(place, one.id)
    return set(known)


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


def born_voided(new: Sequence[Incoming], earlier: Sequence[Reference]) -> set[tuple[str, str]]:
    """Ids, with the key, of new statements that the same key voids: before they came, or in the same batch (R2.10)."""
    found = {(one.target, one.key_id) for one in earlier if one.is_voiding}
    found.update((target_of(one.value) or "", one.key_id) for one in new if is_voiding(one.value))
    return found


def number_all(store: Store, new: Sequence[Incoming]) -> dict[tuple[str, str], Numbers]:
    """Everything that the statements name, turned into numbers: kind by kind and sorted, so that nobody deadlocks."""
    return {
        KEYS: intern(store, KEYS, (one.key_id for one in new)),
        AGENTS: intern(store, AGENTS, each_agent(new)),
        VERBS: intern(store, VERBS, (one.names.verb for one in new)),
        ACTIVITIES: intern(store, ACTIVITIES, each_activity(new)),
    }


def each_agent(new: Iterable[Incoming]) -> Iterator[str]:
    for one in new:
        if one.names.actor is not None:
            yield one.names.actor
        for key, _ in one.names.agents:
            yield key


def each_activity(new: Iterable[Incoming]) -> Iterator[str]:
    for one in new:
        if one.names.activity is not None:
            yield one.names.activity
        yield from one.names.activities


def make_rows(
    new: Sequence[Incoming],
    numbers: Mapping[tuple[str, str], Numbers],
    voided: set[tuple[str, str]],
    stored: datetime,
) -> list[tuple[Any, ...]]:
    """The rows of new statements, in their order, all but their numbers."""
    agents, verbs, activities, keys = (numbers[kind] for kind in (AGENTS, VERBS, ACTIVITIES, KEYS))
    moment = microseconds_of(stored)
    return [
        (
            moment,
            timestamp_of(one.value, moment),
            keys[one.key_id],
            None if one.names.actor is None else agents[one.names.actor],
            verbs[one.names.verb],
            None if one.names.activity is None else activities[one.names.activity],
            VOIDED if voided and (one.id, one.key_id) in voided and not is_voiding(one.value) else FOUND,
            one.edition,
            id_bytes(one.id),
            registration_of(one.value),
            one.digest,
            one.kept,
        )
        for one in new
    ]


def registration_of(value: Mapping[str, Any]) -> bytes | None:
    context = value.get("context")
    registration = None if context is None else context.get("registration")
    return None if registration is None else id_bytes(registration)


def timestamp_of(value: Mapping[str, Any], stored: int) -> int:
    """Without a timestamp it happened when it was stored (R2.3)."""
    written = value.get("timestamp")
    return stored if written is None else microseconds_of(parse_timestamp(written))


def write_rows(
    store: Store, new: Sequence[Incoming], rows: Sequence[tuple[Any, ...]]
) -> list[tuple[int, Incoming, tuple[Any, ...]]]:
    """Writes the rows of new statements; those that are there now, with their numbers. On PostgreSQL another transaction
    may have been faster with the same id."""
    if store.is_sqlite:  # one writer: the next numbers are its own
        last = store.execute("SELECT coalesce(max(pk), 0) FROM statement").fetchone()[0]
        write_numbered(store, [(pk, *row) for pk, row in enumerate(rows, last + 1)])
        return list(zip(range(last + 1, last + 1 + len(rows)), new, rows, strict=True))
    if sum(one.is_given for one in new) > 1:
        given = store.execute(
            "SELECT nextval('statement_pk_seq') FROM generate_series(1, ?)", (len(rows),)
        ).fetchall()
        # In the order of their ids, so that two that bring the same never wait for each other both ways.
        numbered = sorted(
            ((pk, *row) for (pk,), row in zip(given, rows, strict=True)), key=itemgetter(ID + 1)
        )
        there = write_numbered(store, numbered)
    else:
        there = write_unnumbered(store, rows)
    # Of several requests that came with the same id, the first has the number; the others are compared with it.
    numbered_as = [(there.pop(row[ID], None), one, row) for one, row in zip(new, rows, strict=True)]
    return [(pk, one, row) for pk, one, row in numbered_as if pk is not None]


def write_numbered(store: Store, rows: Sequence[tuple[Any, ...]]) -> dict[bytes, int]:
    return write_portions(store, f"INSERT INTO statement (pk, {COLUMNS}) VALUES", rows)


def write_unnumbered(store: Store, rows: Sequence[tuple[Any, ...]]) -> dict[bytes, int]:
    return write_portions(store, f"INSERT INTO statement ({COLUMNS}) VALUES", rows)


def write_portions(store: Store, insert: str, rows: Sequence[tuple[Any, ...]]) -> dict[bytes, int]:
    """On PostgreSQL, the numbers by id of those that were not there."""
    said = "" if store.is_sqlite else " ON CONFLICT (id) DO NOTHING RETURNING id, pk"
    # All are sent before the first answer is read: reading it waits for the server.
    written = [
        store.execute(
            f"{insert} {filled(len(part), len(part[0]))}{said}", [value for row in part for value in row]
        )
        for part in in_portions(rows)
    ]
    return {bytes(one): pk for found in written for one, pk in (found.fetchall() if said else ())}


def as_stored(pk: int, one: Incoming, row: Sequence[Any], stored: datetime) -> StoredStatement:
    written = one.value.get("timestamp")
    return StoredStatement(
        pk=pk,
        id=one.id,
        statement=one.value,
        actor_key=one.names.actor,
        verb=one.names.verb,
        activity=one.names.activity,
        timestamp=stored if written is None else parse_timestamp(written),
        stored=stored,
        key_id=one.key_id,
        voided=row[STATE] == VOIDED,
        timestamp_missing=written is None,
        edition=one.edition,
    )


def void_older(
    store: Store, batch: Sequence[Incoming], kept: Sequence[StoredStatement]
) -> list[StoredStatement]:
    """Voids what new voiding statements mean and was stored before them. Raises NotYours for another key's statement."""
    meant = targets_of_voidings(kept)
    if not meant:
        return []
    new = {one.id for one in kept}
    targets = load(store, [target for target in meant if target not in new])
    for target in targets:
        for by in meant[target.id]:
            if target.key_id != by.key_id:
                raise NotYours(next(place for place, one in enumerate(batch) if one.id == by.id))
    return void(store, targets)
