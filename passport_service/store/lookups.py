"""Who an identifier, a reference, an item or a concern belongs to; small indexed questions that use cases ask."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from peewee import chunked

from passport_service.store.counters import new_stream
from passport_service.store.database import Store, ask
from passport_service.store.fields import read_moment
from passport_service.store.tables.people import Concern, Item, Practitioner

HOLDERS = (
    "SELECT i.key, i.stream, i.from_at, i.until_at, p.merged_into FROM identifier i"
    " JOIN practitioner p ON p.stream = i.stream WHERE i.key IN ({}) ORDER BY i.key, i.from_at"
)
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose record held an identifier, from when to when (R2.11); ``person`` is another's if the record was merged."""

    stream: str
    person: str
    from_at: datetime
    until_at: datetime | None


Holders = Mapping[str, Sequence[Holder]]


def holders_of(store: Store, keys: Iterable[str]) -> Holders:
    """Every record that ever held one of these identifiers, in order of time, by identifier."""
    found: dict[str, list[Holder]] = {}
    for some in chunked(sorted(set(keys)), AT_ONCE):
        rows = store.execute(HOLDERS.format(", ".join("?" * len(some))), some).fetchall()
        for key, stream, since, until, merged in rows:
            one = Holder(
                stream, merged or stream, read_moment(since), None if until is None else read_moment(until)
            )
            found.setdefault(key, []).append(one)
    return found


def holders(store: Store, key: str) -> Sequence[Holder]:
    """Every record that ever held an identifier, in order of time."""
    return holders_of(store, [key]).get(key, ())


def holder_at(holders: Iterable[Holder], moment: datetime) -> str | None:
    """The stream of the record whose identifier this was at a moment; what a duplicate learns, its person learns."""
    for one in holders:
        if one.from_at <= moment and (one.until_at is None or moment < one.until_at):
            return one.stream
    return None


def merged_into(store: Store, streams: Iterable[str]) -> list[str]:
    """Those that any of these records were merged into, and those that they were, and so on; sorted."""
    found: set[str] = set()
    asked = sorted(set(streams))
    while asked:
        marks = ", ".join("?" * len(asked))
        rows = store.execute(
            f"SELECT merged_into FROM practitioner WHERE merged_into IS NOT NULL AND stream IN ({marks})",
            asked,
        )
        asked = sorted({target for (target,) in rows.fetchall()} - found)
        found.update(asked)
    return sorted(found)


def find_stream(ref: str) -> str | None:
    """The stream of the person with the council's own reference."""
    row = ask("SELECT stream FROM practitioner WHERE ref = ?", (ref,)).fetchone()
    return row[0] if row else None


def find_refs(streams: Iterable[str]) -> dict[str, str]:
    query = Practitioner.select(Practitioner.stream, Practitioner.ref).where(
        Practitioner.stream.in_(list(streams))
    )
    return dict(query.tuples())


def find_item_owner(ref: str) -> str | None:
    row = ask("SELECT stream FROM item WHERE ref = ?", (ref,)).fetchone()
    return row[0] if row else None


def decided_on_by(store: Store, reviewer: str) -> list[str]:
    """The people on whose work a reviewer has decided."""
    sql = (
        "SELECT DISTINCT e.stream FROM event e JOIN event_payload p ON p.event_id = e.id"
        " WHERE e.kind IN ('item_decided', 'decision_corrected') AND p.body LIKE ?"
    )
    return [stream for (stream,) in store.execute(sql, (f'%"reviewer":"{reviewer}"%',))]


def find_concern_owner(concern: str) -> str | None:
    return Concern.select(Concern.stream).where(Concern.id == concern).scalar()


def due_for_review(moment: datetime, limit: int) -> list[str]:
    """People whose moment has come, the longest waiting first."""
    query = (
        Practitioner.select(Practitioner.stream)
        .where(Practitioner.review_at <= moment)
        .order_by(Practitioner.review_at, Practitioner.stream)
        .limit(limit)
    )
    return [stream for (stream,) in query.tuples()]


def first_review_at() -> datetime | None:
    """The earliest moment at which anybody's standing may change by time alone."""
    query = Practitioner.select(Practitioner.review_at).where(Practitioner.review_at.is_null(False))
    return query.order_by(Practitioner.review_at).limit(1).scalar()


def concerns_about(item: str) -> list[str]:
    """The ids of the concerns about an item, in the order in which they were recorded."""
    query = Concern.select(Concern.id).where(Concern.item == item)
    return [concern for (concern,) in query.order_by(Concern.recorded_at, Concern.id).tuples()]


def all_streams() -> list[str]:
    return [
        stream
        for (stream,) in Practitioner.select(Practitioner.stream).order_by(Practitioner.stream).tuples()
    ]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A self-confirmed item as the draw sees it (R8.1)."""

    ref: str
    stream: str
    kind: str
    locality: str | None
    recorded_at: datetime
    withdrawn_at: datetime | None
    basis: str | None


def confirmed_between(after: datetime | None, until: datetime) -> list[Confirmed]:
    """Items confirmed by recording time in (after, until], in order of their reference (R8.1)."""
    query = (
        Item.select(
            Item.ref,
            Item.stream,
            Item.kind,
            Practitioner.locality,
            Item.confirmed_recorded_at,
            Item.withdrawn_at,
            Item.basis,
        )
        .join(Practitioner, on=(Practitioner.stream == Item.stream))
        .where(Item.confirmed_recorded_at <= until)
    )
    if after is not None:
        query = query.where(Item.confirmed_recorded_at > after)
    return [Confirmed(*row) for row in query.order_by(Item.ref).tuples()]


def next_stream(store: Store) -> str:
    """A new, opaque name for a person's stream, the next in order; inside a write transaction."""
    return new_stream(store)


def last_seq(store: Store, stream: str) -> int:
    """The sequence of a stream's last event, without locking it; 0 for a stream not begun."""
    row = store.execute("SELECT seq FROM stream_head WHERE stream = ?", (stream,)).fetchone()
    return int(row[0]) if row else 0


def last_link(store: Store, stream: str) -> bytes:
    """The link of a stream's last event, which names all that came before it; empty for a stream not begun."""
    row = store.execute("SELECT link FROM stream_head WHERE stream = ?", (stream,)).fetchone()
    return bytes(row[0]) if row else b""
