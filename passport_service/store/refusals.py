"""Refused batches, kept for a while so that nothing good in them is lost."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from passport_service.store.database import Store
from passport_service.store.statement_rows import in_parts
from passport_service.store.tables.work import RefusedBatch
from passport_service.store.traces import Held, keys_at
from passport_service.xapi.redaction import is_named_in, wanted

MOST_BYTES = 1_048_576


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused batch. ``body`` is cut at one megabyte; ``size`` is what it was. ``statements`` is None if uncountable."""

    id: int
    key_id: str
    received_at: datetime
    reason: str
    rule: str | None
    path: str | None
    body: bytes
    size: int
    statements: int | None
    replayed_at: datetime | None
    replayed_by: str | None
    replay_outcome: Mapping[str, Any] | None

    @property
    def is_whole(self) -> bool:
        return len(self.body) == self.size


def keep(
    store: Store,
    *,
    key_id: str,
    received_at: datetime,
    reason: str,
    rule: str | None,
    path: str | None,
    body: bytes,
    size: int,
    statements: int | None,
    quota: int,
) -> int:
    """Keeps a refused body; the oldest of the same key give way to it. Returns its number."""
    number: int = RefusedBatch.insert(
        key_id=key_id,
        received_at=received_at,
        reason=reason,
        rule=rule,
        path=path,
        body=body[:MOST_BYTES],
        size=size,
        statements=statements,
    ).execute()
    newest = RefusedBatch.select(RefusedBatch.id).where(RefusedBatch.key_id == key_id)
    kept = newest.order_by(RefusedBatch.id.desc()).limit(quota)
    RefusedBatch.delete().where(RefusedBatch.key_id == key_id, RefusedBatch.id.not_in(kept)).execute()
    return number


def find(store: Store, number: int) -> Refusal | None:
    row = RefusedBatch.get_or_none(RefusedBatch.id == number)
    return None if row is None else refusal_of(row)


def newest(store: Store, limit: int) -> list[Refusal]:
    """The latest refusals of all keys."""
    rows = RefusedBatch.select().order_by(RefusedBatch.id.desc()).limit(limit)
    return [refusal_of(row) for row in rows]


def mark_replayed(store: Store, number: int, *, at: datetime, by: str, outcome: Mapping[str, Any]) -> bool:
    """Claims a refusal for one replay; False if it has had one."""
    query = RefusedBatch.update(replayed_at=at, replayed_by=by, replay_outcome=dict(outcome)).where(
        RefusedBatch.id == number, RefusedBatch.replayed_at.is_null()
    )
    return int(query.execute()) == 1


def forget_before(store: Store, moment: datetime) -> int:
    """Deletes what was refused before a moment; how many."""
    return int(RefusedBatch.delete().where(RefusedBatch.received_at < moment).execute())


def naming(store: Store, held: Sequence[Held], names: Iterable[str] = ()) -> list[int]:
    """The numbers of those that name a person, by the identifiers that were theirs when the batch came."""
    found, named = [], tuple(names)
    for number, received_at in RefusedBatch.select(RefusedBatch.id, RefusedBatch.received_at).tuples():
        keys = keys_at(held, received_at)
        body = bytes(RefusedBatch.select(RefusedBatch.body).where(RefusedBatch.id == number).scalar())
        if keys and is_named_in(body, wanted(keys, named)):
            found.append(number)
    return found


def forget(store: Store, numbers: Sequence[int]) -> None:
    """Deletes those with these numbers, body and reason: one that is not valid has nothing that could be taken out."""
    for part in in_parts(numbers):
        RefusedBatch.delete().where(RefusedBatch.id.in_(part)).execute()


def refusal_of(row: RefusedBatch) -> Refusal:
    return Refusal(
        id=row.id,
        key_id=row.key_id,
        received_at=row.received_at,
        reason=row.reason,
        rule=row.rule,
        path=row.path,
        body=bytes(row.body),
        size=row.size,
        statements=row.statements,
        replayed_at=row.replayed_at,
        replayed_by=row.replayed_by,
        replay_outcome=row.replay_outcome,
    )
