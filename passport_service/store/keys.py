"""Keys of machines: who may come in at the machines' doors, and what each may do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from passport_service.store.database import Store
from passport_service.store.fields import read_json, read_moment
from passport_service.store.tables.access import ApiKey

FIELDS = (
    "id",
    "label",
    "purpose",
    "may_void",
    "may_waive",
    "may_decide",
    "may_confirm",
    "may_read",
    "created_at",
    "created_by",
    "revoked_at",
    "last_used_at",
)
FIND = f"SELECT {', '.join(FIELDS)}, home_pages, secret_hash FROM api_key WHERE id = ?"


def _moment(value: Any) -> datetime | None:
    return None if value is None else read_moment(value)


def _as_it_is(value: Any) -> Any:
    return value


READ: dict[str, Callable[[Any], Any]] = {
    name: bool if name.startswith("may_") else _moment if name.endswith("_at") else _as_it_is
    for name in FIELDS
}


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secret. ``purpose`` is ``xapi`` or ``api``; no home pages means that it speaks for any."""

    id: str
    label: str
    purpose: str
    home_pages: tuple[str, ...]
    may_void: bool
    may_waive: bool
    may_decide: bool
    may_confirm: bool
    may_read: bool
    created_at: datetime
    created_by: str
    revoked_at: datetime | None
    last_used_at: datetime | None


def add(store: Store, key: Key, secret_hash: bytes) -> None:
    """Writes a new key; inside ``writing()``."""
    values = {name: getattr(key, name) for name in FIELDS}
    ApiKey.insert(**values, home_pages=list(key.home_pages), secret_hash=secret_hash).execute()


def find(store: Store, key_id: str) -> tuple[Key, bytes] | None:
    """A key and the keyed hash of its secret; None when there is none of this id."""
    # Asked by every request of a machine, so without the query builder.
    row = store.execute(FIND, (key_id,)).fetchone()
    if row is None:
        return None
    *values, home_pages, secret_hash = row
    named = {name: read(value) for (name, read), value in zip(READ.items(), values, strict=True)}
    return Key(**named, home_pages=tuple(read_json(home_pages))), bytes(secret_hash)


def every(store: Store) -> list[Key]:
    """All keys, revoked ones too, oldest first."""
    return [key_of(row) for row in ApiKey.select().order_by(ApiKey.created_at, ApiKey.id)]


def revoke(store: Store, key_id: str, at: datetime) -> bool:
    """Ends a key; False when it is unknown or has ended already."""
    query = ApiKey.update(revoked_at=at).where(ApiKey.id == key_id, ApiKey.revoked_at.is_null())
    return int(query.execute()) == 1


def touch(store: Store, key_id: str, at: datetime) -> None:
    """Notes that a key was used."""
    ApiKey.update(last_used_at=at).where(ApiKey.id == key_id).execute()


def key_of(row: ApiKey) -> Key:
    values = {name: getattr(row, name) for name in FIELDS}
    return Key(**values, home_pages=tuple(row.home_pages))
