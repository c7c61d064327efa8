"""The days on which each key sent something: what the silence alarm learns from (R2.12)."""

from collections.abc import Mapping
from datetime import date, datetime

from passport_service.store.database import Store
from passport_service.store.fields import moment_text, read_moment
from passport_service.store.tables.access import LastHeard


def note(store: Store, key_id: str, *, at: datetime, day_on: date) -> None:
    """Counts one batch of a key on a day; inside ``writing()``."""
    moment = moment_text(at)
    store.execute(
        "INSERT INTO last_heard (key_id, day_on, last_at, batches) VALUES (?, ?, ?, 1)"
        " ON CONFLICT (key_id, day_on) DO UPDATE SET last_at = ?, batches = last_heard.batches + 1",
        (key_id, day_on.isoformat(), moment, moment),
    )


def days(store: Store, key_id: str) -> list[date]:
    """The days on which a key sent something, in order."""
    rows = LastHeard.select(LastHeard.day_on).where(LastHeard.key_id == key_id).order_by(LastHeard.day_on)
    return [row.day_on for row in rows]


def last(store: Store) -> Mapping[str, datetime]:
    """When each key last sent something."""
    rows = store.execute("SELECT key_id, max(last_at) FROM last_heard GROUP BY key_id")
    return {key_id: read_moment(moment) for key_id, moment in rows.fetchall()}
