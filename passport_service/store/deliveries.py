"""What waits to be sent; a worker claims a row by a conditional update and walks on if another was first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from passport_service.store.tables.work import Outbox

CLAIM_FOR = timedelta(minutes=5)
MOST_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one address. ``id`` is the row's, ``notice`` stays the same when it is sent again."""

    id: int
    notice: str
    channel: str
    address: str
    subject: str
    text: str
    html: str | None
    attempts: int


def put(
    notice: str,
    address: str,
    subject: str,
    text: str,
    now: datetime,
    *,
    channel: str = "mail",
    html: str | None = None,
) -> None:
    """Add one delivery; the same notice by the same channel is only ever there once."""
    Outbox.insert(
        notice=notice,
        channel=channel,
        address=address,
        subject=subject,
        text=text,
        html=html,
        created_at=now,
        next_at=now,
    ).on_conflict(conflict_target=[Outbox.notice, Outbox.channel], action="IGNORE").execute()


def due(now: datetime, limit: int) -> list[int]:
    """Rows whose turn has come, and rows whose claim ran out because a worker died."""
    waiting = (Outbox.state == "waiting") & (Outbox.next_at <= now)
    abandoned = (Outbox.state == "claimed") & (Outbox.claimed_at < now - CLAIM_FOR)
    query = (
        Outbox.select(Outbox.id).where(waiting | abandoned).order_by(Outbox.next_at, Outbox.id).limit(limit)
    )
    return [row for (row,) in query.tuples()]


def claim(row: int, holder: str, now: datetime) -> Delivery | None:
    """Take one row for this worker, or None when another was first."""
    free = (Outbox.state == "waiting") | ((Outbox.state == "claimed") & (Outbox.claimed_at < now - CLAIM_FOR))
    changed = (
        Outbox.update(state="claimed", claimed_by=holder, claimed_at=now, attempts=Outbox.attempts + 1)
        .where((Outbox.id == row) & free)
        .execute()
    )
    if changed != 1:
        return None
    found: dict[str, Any] = Outbox.select().where(Outbox.id == row).dicts().get()
    return Delivery(**{name: found[name] for name in Delivery.__slots__})


def sent(row: int, holder: str, now: datetime) -> None:
    Outbox.update(state="sent", sent_at=now, error=None).where(
        Outbox.id == row, Outbox.claimed_by == holder
    ).execute()


def failed(row: int, holder: str, now: datetime, *, error: str, again: bool, attempts: int) -> None:
    """Try again later, each time after twice as long, or give up and leave it for a person to see."""
    retry = again and attempts < MOST_ATTEMPTS
    Outbox.update(
        state="waiting" if retry else "failed",
        error=error[:500],
        next_at=now + timedelta(minutes=2**attempts),
    ).where(Outbox.id == row, Outbox.claimed_by == holder).execute()


def take_back(start: str) -> None:
    """Delete what waits under notices that begin so and that nobody has begun to send: it says what holds no more."""
    Outbox.delete().where(Outbox.state == "waiting", Outbox.notice.startswith(start)).execute()


def put_history_away(before: datetime) -> None:
    """Mark what was written before a moment as sent long ago: a demonstration posts no letters of last year."""
    Outbox.update(state="sent", sent_at=Outbox.created_at).where(
        Outbox.created_at < before, Outbox.state == "waiting"
    ).execute()


def count_by_state() -> dict[str, int]:
    counts: dict[str, int] = {}
    for (state,) in Outbox.select(Outbox.state).tuples():
        counts[state] = counts.get(state, 0) + 1
    return counts
