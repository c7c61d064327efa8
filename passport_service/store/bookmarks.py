"""How far a job has got: one small JSON object a name, moved in a transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from passport_service.store.database import Store
from passport_service.store.fields import json_text, moment_text
from passport_service.store.tables.work import Bookmark

MOVE = (
    "INSERT INTO bookmark (name, place, moved_at) VALUES (?, ?, ?)"
    " ON CONFLICT (name) DO UPDATE SET place = excluded.place, moved_at = excluded.moved_at"
)


def find(store: Store, name: str) -> dict[str, Any] | None:
    """The place of a name; None if it was never moved."""
    with store.reading():
        row = Bookmark.get_or_none(Bookmark.name == name)
    return None if row is None else row.place


def move(store: Store, name: str, place: Mapping[str, Any], *, now: datetime) -> None:
    """Keeps a new place. A transaction of its own unless one is open."""
    with store.writing():
        store.execute(MOVE, (name, json_text(dict(place)), moment_text(now)))
