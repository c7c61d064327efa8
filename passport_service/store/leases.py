"""Leases: who may do something now, for a while; a second scheduler finds it taken and does nothing."""

from datetime import datetime

from passport_service.store.database import Store
from passport_service.store.fields import moment_text

TAKE = (
    "INSERT INTO lease (name, holder, until_at) VALUES (?, ?, ?)"
    " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_at = excluded.until_at"
    " WHERE lease.holder = excluded.holder OR lease.until_at <= ?"
)


def take(store: Store, name: str, *, holder: str, now: datetime, until_at: datetime) -> bool:
    """Takes or renews a lease; False while someone else holds it. A transaction of its own unless one is
    open.
    """
    with store.writing():
        cursor = store.execute(TAKE, (name, holder, moment_text(until_at), moment_text(now)))
        return bool(cursor.rowcount == 1)


def release(store: Store, name: str, *, holder: str) -> None:
    """Gives a lease back; nothing happens if someone else holds it by now."""
    with store.writing():
        store.execute("DELETE FROM lease WHERE name = ? AND holder = ?", (name, holder))


def count(store: Store, prefix: str, now: datetime) -> int:
    """How many leases with names that begin so are held at a moment."""
    held = "SELECT count(*) FROM lease WHERE substr(name, 1, ?) = ? AND until_at > ?"
    with store.reading():
        return int(store.execute(held, (len(prefix), prefix, moment_text(now))).fetchone()[0])


def forget_ended(store: Store, before: datetime) -> int:
    """Drops leases that ended before a moment, of workers that died."""
    with store.writing():
        return int(store.execute("DELETE FROM lease WHERE until_at < ?", (moment_text(before),)).rowcount)
