"""Reading the ledger as it grows, missing nothing.

PostgreSQL's sequences become visible out of order: event 7 may be committed after event 8. A reader therefore
goes by (transaction, id) and stops below the oldest transaction still open, whose events could yet appear.
SQLite has one writer: there the transaction is always 0 and the id alone counts.

A position is ``epoch.transaction.id``. A restore into another cluster, whose transaction numbers start
elsewhere, begins a new epoch: it moves all numbers below zero, in their order, and says by how much, so that
a reader with a position from before goes on at the same place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from passport_service.domain.errors import Refused
from passport_service.domain.events import Event
from passport_service.store.database import Store
from passport_service.store.fields import moment_text
from passport_service.store.reading import EVENTS, read_events

LOWEST = -(2**62)
VISIBLE = {True: "", False: " AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"}


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the ledger as readers see it: the last event they have read."""

    epoch: int
    transaction: int
    id: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.transaction}.{self.id}"


def follow(
    store: Store, after: str | None, limit: int, kinds: Sequence[str] | None = None
) -> tuple[list[Event], str]:
    """Up to ``limit`` facts after a position (``None``: from the start), and the position to ask from next.

    Of one stream, facts usually come in the order of ``seq``, but under concurrent writers this is not
    promised. Raises ``Refused`` (MALFORMED) for a position that this service never gave out.
    """
    with store.reading():
        position = now_at(store, parse(after))
        rows = visible_after(store, position, limit, kinds)
        if len(rows) == limit:
            last = rows[-1]
            reached = Position(position.epoch, last[-1], last[-2])
        else:
            reached = max(position, watermark(store, position.epoch))
        return read_events(row[:-1] for row in rows), str(reached)


def visible_after(store: Store, position: Position, limit: int, kinds: Sequence[str] | None) -> list[Any]:
    chosen = f" AND e.kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
    return store.execute(
        f"{EVENTS.replace(' FROM', ', e.transaction_id FROM', 1)}"
        f" WHERE (e.transaction_id, e.id) > (?, ?){VISIBLE[store.is_sqlite]}{chosen}"
        " ORDER BY e.transaction_id, e.id LIMIT ?",
        (position.transaction, position.id, *(kinds or ()), limit),
    ).fetchall()


def watermark(store: Store, epoch: int) -> Position:
    """The last event that every reader may see now."""
    row = store.execute(
        f"SELECT e.transaction_id, e.id FROM event e WHERE TRUE{VISIBLE[store.is_sqlite]}"
        " ORDER BY e.transaction_id DESC, e.id DESC LIMIT 1"
    ).fetchone()
    return Position(epoch, *row) if row else Position(epoch, LOWEST, 0)


def parse(text: str | None) -> Position | None:
    """The position of its text. Raises ``Refused`` (MALFORMED)."""
    if text is None:
        return None
    try:
        epoch, transaction, place = (int(part) for part in text.split("."))
    except ValueError:
        raise Refused("MALFORMED", "this cursor was not given out by this service", "cursor") from None
    if not (0 <= epoch < 2**31 and LOWEST <= transaction < 2**62 and 0 <= place < 2**62):
        raise Refused("MALFORMED", "this cursor was not given out by this service", "cursor")
    return Position(epoch, transaction, place)


def now_at(store: Store, position: Position | None) -> Position:
    """The position in the numbers of the current epoch."""
    later = store.execute(
        "SELECT epoch, shift, last_transaction_id, last_id FROM ledger_epoch WHERE epoch > ? ORDER BY epoch",
        (position.epoch if position else -1,),
    ).fetchall()
    if position is None:
        return Position(later[-1][0] if later else 0, LOWEST, 0)
    for epoch, shift, last_transaction, last_id in later:
        moved = Position(epoch, max(position.transaction + shift, LOWEST), position.id)
        # What the reader saw after the backup was taken is gone: go on from the backup's end.
        position = min(moved, Position(epoch, last_transaction, last_id))
    return position


def begin_epoch(store: Store, now: datetime) -> int:
    """After a restore, inside ``writing()``: renumbers transactions below zero and returns the new epoch's
    number.
    """
    highest = store.execute("SELECT coalesce(max(transaction_id), 0) FROM event").fetchone()[0]
    epoch = store.execute("SELECT coalesce(max(epoch), 0) + 1 FROM ledger_epoch").fetchone()[0]
    shift = 0 if store.is_sqlite else -(highest + 1)
    if shift:
        store.execute("UPDATE event SET transaction_id = transaction_id + ?", (shift,))
    last = watermark(store, epoch)
    store.execute(
        "INSERT INTO ledger_epoch (epoch, began_at, shift, last_transaction_id, last_id)"
        " VALUES (?, ?, ?, ?, ?)",
        (epoch, moment_text(now), shift, last.transaction, last.id),
    )
    return epoch
