"""How often something was tried, in windows of time: the limits on guessing."""

from datetime import UTC, datetime, timedelta

from passport_service.store.database import Store
from passport_service.store.tables.access import Rate


def window_of(now: datetime, length: timedelta) -> datetime:
    """The start of the window that a moment lies in."""
    seconds = int(length.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


def count(store: Store, bucket: str, window_at: datetime) -> int:
    """Note one try and return how many there are now in the window, inside ``store.writing()``."""
    row = store.execute(
        "INSERT INTO rate (bucket, window_at, tries) VALUES (?, ?, 1)"
        " ON CONFLICT (bucket, window_at) DO UPDATE SET tries = rate.tries + 1 RETURNING tries",
        (bucket, Rate.window_at.db_value(window_at)),
    ).fetchone()
    return int(row[0])


def take_back(store: Store, bucket: str, window_at: datetime) -> None:
    """A try that succeeded does not count against anybody."""
    here = (Rate.bucket == bucket) & (Rate.window_at == window_at)
    if not Rate.update(tries=Rate.tries - 1).where(here, Rate.tries > 1).execute():
        Rate.delete().where(here).execute()


def forget(store: Store, before: datetime) -> None:
    """Drop the windows that are over."""
    Rate.delete().where(Rate.window_at < before).execute()
