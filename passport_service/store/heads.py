"""The heads of the streams: what a writer locks before it reads, and where the next event goes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from passport_service.domain.errors import Refused
from passport_service.store.chain import START
from passport_service.store.database import Store

HEADS = "heads"
NEXT_ID = "next event id"
HELD = "what statements are read by"
HOLDING = 7_366_221  # the advisory lock of `share` and `alone`


@dataclass(slots=True)
class Head:
    """The end of one stream as the current transaction knows it."""

    seq: int
    link: bytes
    erased: bool


def share(store: Store) -> None:
    """Keeps the council, and who holds which identifier, as they are until the transaction ends; others may do the same.

    Without it a statement could be read by an old mapping while the mapping changes, each unseen by the other
    (PostgreSQL), and wait in quarantine for ever. To be called before any head is locked; ``lock`` does.
    """
    _hold(store, "shared")


def alone(store: Store) -> None:
    """Waits until nobody else changes a person, and keeps others waiting until the transaction ends.

    For what changes how everybody is read: the council's own facts, identifiers, a draw. To be called first: raises
    ``RuntimeError`` when something is shared already, because two who did so would wait for each other.
    """
    _hold(store, "alone")


def _hold(store: Store, how: str) -> None:
    if not store.is_writing:
        raise RuntimeError("this is held inside store.writing()")
    held = store.notes.get(HELD)
    if held == "alone" or held == how:
        return
    if held == "shared":
        raise RuntimeError("what changes how everybody is read is begun before anybody is opened")
    if not store.is_sqlite:  # the one writer of SQLite holds everything already
        shared = "_shared" if how == "shared" else ""
        store.execute(f"SELECT pg_advisory_xact_lock{shared}(?)", (HOLDING,))
    store.notes[HELD] = how


def lock(store: Store, streams: Iterable[str]) -> None:
    """Locks the streams' heads until the transaction ends, creating those that are new.

    Always in sorted order, so that two writers never wait for each other. Raises ``RuntimeError`` outside
    ``store.writing()``.
    """
    share(store)
    known = known_heads(store)
    wanted = sorted({one for one in streams if one not in known})
    if not wanted:
        return
    if store.is_sqlite:
        # The one writer of SQLite holds everything already; heads are created when first written.
        known.update({one: Head(0, START, False) for one in wanted})
    else:
        store.execute_many(
            "INSERT INTO stream_head (stream, seq, link) VALUES (?, 0, ?) ON CONFLICT DO NOTHING",
            [(one, START) for one in wanted],
        )
    known.update(read_heads(store, wanted))


def read_heads(store: Store, streams: Sequence[str]) -> dict[str, Head]:
    marks = ", ".join("?" * len(streams))
    locking = "" if store.is_sqlite else " FOR UPDATE"
    rows = store.execute(
        f"SELECT stream, seq, link, erased FROM stream_head WHERE stream IN ({marks})"
        f" ORDER BY stream{locking}",
        streams,
    )
    return {stream: Head(seq, bytes(link), bool(erased)) for stream, seq, link, erased in rows.fetchall()}


def locked_head(store: Store, stream: str) -> Head:
    """The locked head of one stream. Raises ``Refused`` (NOT_FOUND) for a person who was erased."""
    lock(store, [stream])
    head = known_heads(store)[stream]
    if head.erased:
        raise Refused("NOT_FOUND", "this person was erased; nothing more can be recorded of them")
    return head


def move(store: Store, stream: str, head: Head) -> None:
    """Writes where the stream now ends."""
    store.execute(
        "INSERT INTO stream_head (stream, seq, link) VALUES (?, ?, ?)"
        " ON CONFLICT (stream) DO UPDATE SET seq = excluded.seq, link = excluded.link",
        (stream, head.seq, head.link),
    )


def next_ids(store: Store, number: int) -> range | list[int]:
    """Places in the whole ledger for that many events, rising within the stream because its head is locked."""
    if not store.is_sqlite:
        rows = store.execute("SELECT nextval('event_id_seq') FROM generate_series(1, ?)", (number,))
        return [one for (one,) in rows.fetchall()]
    first = store.notes.get(NEXT_ID) or sqlite_next_id(store)
    store.notes[NEXT_ID] = first + number
    return range(first, first + number)


def sqlite_next_id(store: Store) -> int:
    row = store.execute("SELECT seq FROM sqlite_sequence WHERE name = 'event'").fetchone()
    return (row[0] if row else 0) + 1


def known_heads(store: Store) -> dict[str, Head]:
    return store.notes.setdefault(HEADS, {})
