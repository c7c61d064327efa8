"""Erasing a person from the ledger: payloads and salts go, the chain and a tombstone stay (D.18.2)."""

from datetime import datetime

from passport_service.domain.errors import Refused
from passport_service.store import heads
from passport_service.store.database import Store
from passport_service.store.fields import moment_text


def erase(store: Store, stream: str, now: datetime) -> None:
    """Deletes what a stream's events say, with their salts; nothing can be appended to it any more.

    Joins or opens a write transaction. The envelopes stay (numbers, kinds, moments, opaque ids) and
    ``verify`` still passes. Projections and statements of the person are the caller's to remove. Raises
    ``Refused`` (NOT_FOUND) if there is nothing to erase.
    """
    with store.writing(now):
        head = heads.locked_head(store, stream)
        if head.seq == 0:
            raise Refused("NOT_FOUND", "there is nothing recorded of this person")
        heads.move(store, stream, head)
        store.execute("UPDATE stream_head SET erased = TRUE WHERE stream = ?", (stream,))
        # First the tombstone: the trigger lets payloads go only where there is one.
        store.execute(
            "INSERT INTO tombstone (stream, erased_at, through_seq) VALUES (?, ?, ?)",
            (stream, moment_text(now), head.seq),
        )
        store.execute(
            "DELETE FROM event_payload WHERE event_id IN (SELECT id FROM event WHERE stream = ?)", (stream,)
        )
        head.erased = True
