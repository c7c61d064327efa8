"""What has been kept for long enough, found by an index and in portions, so that no transaction is long (D.18.2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from passport_service.store import interned, tombstones
from passport_service.store.database import Store
from passport_service.store.fields import microseconds_of, moment_text
from passport_service.store.interned import AGENTS, KEYS
from passport_service.store.statement_rows import ERASED, id_text, marks
from passport_service.store.traces import Held

PORTION = 500
OLDEST = (
    "SELECT pk, id, agent_id, key_id, stored FROM statement"
    " WHERE stored >= ? AND stored < ? AND (stored > ? OR pk > ?) AND state <> ? ORDER BY stored, pk LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Position:
    """How far the statements were looked through: the last one's moment of storing in microseconds, and its number."""

    stored: int = 0
    pk: int = 0


@dataclass(frozen=True, slots=True)
class Spared:
    """Whose statements stay whatever their age: numbers of agents and of keys under legal hold."""

    agents: tuple[int, ...]
    keys: frozenset[int]


@dataclass(frozen=True, slots=True)
class Portion:
    """What was done to some statements; ``after`` is the place behind the last of them, None when none was left."""

    deleted: int = 0
    evidence: int = 0
    held: int = 0
    after: Position | None = None


def spared(store: Store, held: Iterable[Held], keys: Sequence[str]) -> Spared:
    agents = interned.look_up(store, AGENTS, sorted({one.key for one in held}))
    return Spared(
        tuple(sorted(agents.values())), frozenset(interned.look_up(store, KEYS, list(keys)).values())
    )


def delete_portion(store: Store, before: datetime, begin: Position, spare: Spared) -> Portion:
    """Deletes, of the oldest statements behind a place, those that are no evidence and not held.

    Inside ``writing()`` with senders kept out. A statement that refers to evidence, as a voiding one does, stays with it.
    """
    span = (begin.stored, microseconds_of(before), begin.stored, begin.pk)
    rows = store.execute(OLDEST, (*span, ERASED, PORTION)).fetchall()
    if not rows:
        return Portion()
    pks = [row[0] for row in rows]
    evidence = as_evidence(store, {id_text(row[1]): row[0] for row in rows}) | about_evidence(store, pks)
    held = {pk for pk, _, agent, key, _ in rows if agent in spare.agents or key in spare.keys}
    held |= naming(store, pks, spare.agents)
    going = [pk for pk in pks if pk not in evidence and pk not in held]
    tombstones.delete(store, going)
    last = Position(rows[-1][4], rows[-1][0])
    return Portion(len(going), len(evidence), len(held - evidence), last)


def as_evidence(store: Store, pks: dict[str, int]) -> set[int]:
    """Those of these statements, numbers by id, that mean something in somebody's record."""
    ids = sorted(pks)
    rows = store.execute(
        f"SELECT statement FROM recognition WHERE stream IS NOT NULL AND statement IN ({marks(ids)})", ids
    )
    return {pks[found] for (found,) in rows.fetchall()}


def about_evidence(store: Store, pks: Sequence[int]) -> set[int]:
    """Those that refer to a statement that means something."""
    rows = store.execute(
        "SELECT t.statement_pk, s.id FROM statement_through t JOIN statement s ON s.pk = t.through_pk"
        f" WHERE t.statement_pk IN ({marks(pks)})",
        pks,
    ).fetchall()
    if not rows:
        return set()
    targets = {id_text(target): place for place, (_, target) in enumerate(rows)}
    meant = as_evidence(store, targets)
    wanted = {id_text(rows[place][1]) for place in meant}
    return {pk for pk, target in rows if id_text(target) in wanted}


def naming(store: Store, pks: Sequence[int], agents: Sequence[int]) -> set[int]:
    """Those that name one of these agents beside the actor."""
    if not agents:
        return set()
    rows = store.execute(
        f"SELECT statement_pk FROM statement_also_agent WHERE agent_id IN ({marks(agents)})"
        f" AND statement_pk IN ({marks(pks)})",
        [*agents, *pks],
    )
    return {pk for (pk,) in rows.fetchall()}


def delete_documents(store: Store, before: datetime, held: Iterable[Held]) -> int:
    """Deletes a portion of the documents about agents that nobody wrote since; returns how many there were.

    One that is written at this very moment stays: its sender has been told that it is kept.
    """
    keys = sorted({one.key for one in held})
    kept = f" AND agent NOT IN ({marks(keys)})" if keys else ""
    rows = store.execute(
        "SELECT context, registration, id FROM document"
        f" WHERE updated_at < ? AND agent IS NOT NULL{kept} ORDER BY updated_at LIMIT ?",
        [moment_text(before), *keys, PORTION],
    ).fetchall()
    store.execute_many(
        "DELETE FROM document WHERE context = ? AND registration = ? AND id = ? AND updated_at < ?",
        [(*row, moment_text(before)) for row in rows],
    )
    return len(rows)


def delete_log(store: Store, before: datetime) -> int:
    """Deletes a portion of the security log from before a moment; returns how many entries."""
    return int(
        store.execute(
            "DELETE FROM security_log WHERE id IN (SELECT id FROM security_log WHERE at < ? ORDER BY at LIMIT ?)",
            (moment_text(before), PORTION),
        ).rowcount
    )


def left_before(store: Store, day: date, limit: int) -> list[str]:
    """The streams of people who left before a day, the longest gone first; merged records go with their person."""
    rows = store.execute(
        "SELECT stream FROM practitioner WHERE left_on < ? AND merged_into IS NULL ORDER BY left_on, stream LIMIT ?",
        (day.isoformat(), limit),
    )
    return [stream for (stream,) in rows.fetchall()]
