"""Keys of machines: who may come in at the machines' doors, what each may do, and the secrets it is known by."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from passport_service.store import counters
from passport_service.store.database import Store
from passport_service.store.fields import read_json, read_moment
from passport_service.store.tables.access import ApiKey, KeyAddress, KeySecret
from passport_service.xapi.scopes import Scopes, read_scopes, scopes_text

STAMP = "keys"
# In the order of Key's fields.
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
    "rate_limit",
)
SECRET_FIELDS = ("number", "hash", "created_at", "created_by", "ended_at", "last_used_at")
FIND = (
    f"SELECT {', '.join(f's.{name}' for name in SECRET_FIELDS)}, k.scopes, k.home_pages,"
    f" {', '.join(f'k.{name}' for name in FIELDS)}"
    " FROM api_key k LEFT JOIN key_secret s ON s.key_id = k.id AND s.ended_at IS NULL"
    " WHERE k.id = ? ORDER BY s.number"
)


def _moment(value: Any) -> datetime | None:
    return None if value is None else read_moment(value)


def _as_it_is(value: Any) -> Any:
    return value


READ: tuple[Callable[[Any], Any], ...] = tuple(
    bool if name.startswith("may_") else _moment if name.endswith("_at") else _as_it_is for name in FIELDS
)


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secrets. ``purpose`` is ``xapi`` or ``api``; no home pages means that it speaks for any.

    ``scopes``: what it may do, in the standard's words; while it comes in by a token, what that permits of them.
    ``rate_limit``: requests a minute, 0 for any number; None: what the settings say.
    """

    id: str
    label: str
    purpose: str
    may_void: bool
    may_waive: bool
    may_decide: bool
    may_confirm: bool
    may_read: bool
    created_at: datetime
    created_by: str
    revoked_at: datetime | None
    last_used_at: datetime | None
    rate_limit: int | None
    scopes: Scopes
    home_pages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret of a key: ``hash`` is all that is kept of it. ``number`` tells it from the key's others."""

    number: int
    hash: bytes
    created_at: datetime
    created_by: str
    ended_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Address:
    """An address that a key was used from, and when first and last."""

    address: str
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Credential:
    """All that credentials are checked against: a key and those of its secrets that have not ended, oldest first."""

    key: Key
    secrets: tuple[Secret, ...]


def stamp(store: Store) -> int:
    """A number that rises with every change to keys and secrets: while it stands still, what was found holds good."""
    row = store.execute("SELECT value FROM counter WHERE name = ?", (STAMP,)).fetchone()
    return 0 if row is None else int(row[0])


def find(store: Store, key_id: str) -> Credential | None:
    """A key, ended or not, with its live secrets; None when there is none of this id."""
    # Asked by every request of a machine, so in one statement and without the query builder.
    found = store.execute(FIND, (key_id,)).fetchall()
    if not found:
        return None
    first, count = found[0], len(SECRET_FIELDS)
    values = [read(value) for read, value in zip(READ, first[count + 2 :], strict=True)]
    key = Key(*[*values, read_scopes(first[count]), tuple(read_json(first[count + 1]))])
    return Credential(key, tuple(_secret(*row[:count]) for row in found if row[0] is not None))


def _secret(
    number: int, hash: bytes, created_at: Any, created_by: str, ended_at: Any, last_used_at: Any
) -> Secret:
    return Secret(
        number, bytes(hash), read_moment(created_at), created_by, _moment(ended_at), _moment(last_used_at)
    )


def every(store: Store) -> list[Key]:
    """All keys, revoked ones too, oldest first."""
    return [key_of(row) for row in ApiKey.select().order_by(ApiKey.created_at, ApiKey.id)]


def secrets_of(store: Store, key_id: str) -> list[Secret]:
    """All secrets of a key, ended ones too, oldest first."""
    query = KeySecret.select().where(KeySecret.key == key_id).order_by(KeySecret.number)
    return [Secret(*(getattr(row, name) for name in SECRET_FIELDS)) for row in query]


@contextmanager
def changing(store: Store) -> Iterator[None]:
    """A transaction that may change keys and secrets. It raises the stamp, and waits for any other such."""
    with store.writing():
        counters.next_number(store, STAMP)
        yield


def add(store: Store, key: Key) -> None:
    """Writes a new key, which opens nothing yet; inside ``changing()``, as all that follows but ``touch``."""
    ApiKey.insert(**_values(key)).execute()


def change(store: Store, key: Key) -> None:
    """Writes what a key is now."""
    ApiKey.update(**_values(key)).where(ApiKey.id == key.id).execute()


def _values(key: Key) -> dict[str, Any]:
    values = {name: getattr(key, name) for name in FIELDS}
    return values | {"home_pages": list(key.home_pages), "scopes": scopes_text(key.scopes)}


def revoke(store: Store, key_id: str, at: datetime) -> bool:
    """Ends a key and its secrets; False when it is unknown or has ended already."""
    query = ApiKey.update(revoked_at=at).where(ApiKey.id == key_id, ApiKey.revoked_at.is_null())
    if int(query.execute()) != 1:
        return False
    KeySecret.update(ended_at=at).where(KeySecret.key == key_id, KeySecret.ended_at.is_null()).execute()
    return True


def add_secret(store: Store, key_id: str, number: int, hash: bytes, *, by: str, at: datetime) -> None:
    """Writes the hash of a secret of a key."""
    KeySecret.insert(key=key_id, number=number, hash=hash, created_at=at, created_by=by).execute()


def end_secret(store: Store, key_id: str, number: int, at: datetime) -> bool:
    """Ends one secret; False when there is none of this number, or it has ended already."""
    here = (KeySecret.key == key_id) & (KeySecret.number == number) & KeySecret.ended_at.is_null()
    return int(KeySecret.update(ended_at=at).where(here).execute()) == 1


def touch(store: Store, key_id: str, number: int, at: datetime) -> None:
    """Notes that a key was used, and by which secret. Nothing that credentials are checked by, so the stamp stays."""
    ApiKey.update(last_used_at=at).where(ApiKey.id == key_id).execute()
    KeySecret.update(last_used_at=at).where(KeySecret.key == key_id, KeySecret.number == number).execute()


def addresses_of(store: Store, key_id: str) -> list[Address]:
    """Where a key was used from, the latest first."""
    query = KeyAddress.select().where(KeyAddress.key == key_id)
    return [
        Address(one.address, one.first_at, one.last_at) for one in query.order_by(KeyAddress.last_at.desc())
    ]


def note_address(store: Store, key_id: str, address: str, at: datetime, most: int) -> bool:
    """Notes that a key was used from an address; True when it never was before. At most so many are kept of a key."""
    here = (KeyAddress.key == key_id) & (KeyAddress.address == address)
    if KeyAddress.update(last_at=at).where(here).execute():
        return False
    if KeyAddress.select().where(KeyAddress.key == key_id).count() >= most:
        return False
    return bool(
        KeyAddress.insert(key=key_id, address=address, first_at=at, last_at=at)
        .on_conflict_ignore()
        .as_rowcount()
        .execute()
    )


def forget_addresses(store: Store, before: datetime) -> None:
    """Drops where keys have not been used from since."""
    KeyAddress.delete().where(KeyAddress.last_at < before).execute()


def key_of(row: ApiKey) -> Key:
    values = [getattr(row, name) for name in FIELDS]
    return Key(*[*values, read_scopes(row.scopes), tuple(row.home_pages)])
