"""The security log: who came in, who tried, what was changed about access; apart from the business history (D.18.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from passport_service.store.database import Store
from passport_service.store.fields import read_json, read_moment
from passport_service.store.tables.access import SecurityLog


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    kind: str
    who: str | None
    detail: dict[str, Any]


def note(store: Store, kind: str, *, at: datetime, who: str | None = None, **detail: Any) -> None:
    """Add an entry. ``detail`` never holds a password, a token, or an address that was only tried."""
    SecurityLog.insert(at=at, kind=kind, who=who, detail=detail).execute()


def latest(store: Store, *, who: str | None = None, limit: int = 20) -> list[Entry]:
    """The latest entries, of one account or of all, the newest first."""
    query = SecurityLog.select().order_by(SecurityLog.at.desc(), SecurityLog.id.desc()).limit(limit)
    if who is not None:
        query = query.where(SecurityLog.who == who)
    return [Entry(row["at"], row["kind"], row["who"], row["detail"]) for row in query.dicts()]


def about(store: Store, streams: Sequence[str]) -> list[Entry]:
    """Entries whose detail names one of these streams, the oldest first: who looked at somebody's record."""
    found = []
    for stream in streams:
        rows = store.execute(
            "SELECT at, kind, who, detail FROM security_log WHERE detail LIKE ?", (f'%"stream":"{stream}"%',)
        )
        found += [Entry(read_moment(at), kind, who, read_json(detail)) for at, kind, who, detail in rows]
    return sorted(found, key=lambda one: one.at)
