"""Accounts of people who sign in; no row leaves this module."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import IntegrityError

from passport_service.store.database import Store
from passport_service.store.tables.access import Account as Table
from passport_service.store.tables.people import Practitioner


@dataclass(frozen=True, slots=True)
class Account:
    """A user. ``stream`` is the person they are, if they are linked to one; ``roles`` what the account was granted."""

    id: str
    email: str
    name: str
    roles: tuple[str, ...]
    stream: str | None
    active: bool
    created_at: datetime
    invited_at: datetime | None
    token_until_at: datetime | None
    last_signed_in_at: datetime | None
    session_version: int
    has_password: bool


def add(store: Store, **values: Any) -> bool:
    """Keep a new account, inside ``store.writing()``; False when its address has one already."""
    return bool(Table.insert(**values).on_conflict_ignore().as_rowcount().execute())


def link(store: Store, account: str, stream: str) -> bool:
    """Say whose an account is, inside ``store.writing()``, which is to be given up when another is that person's: False."""
    try:
        change(store, account, stream=stream)
    except IntegrityError:  # of two at the same moment, neither has seen the other
        return False
    return True


def find(store: Store, account: str) -> Account | None:
    return _one(Table.id == account)


def find_by_email(store: Store, email: str) -> Account | None:
    return _one(Table.email == email)


def find_by_token(store: Store, token_hash: bytes) -> Account | None:
    """The account whose one-time token this is, run out or not."""
    return _one(Table.token_hash == token_hash)


def find_by_stream(store: Store, stream: str) -> Account | None:
    return _one(Table.stream == stream)


def password_hash(store: Store, account: str) -> str | None:
    return Table.select(Table.password_hash).where(Table.id == account).scalar()


def every(store: Store, *, active_only: bool = False, limit: int | None = None) -> list[Account]:
    """Accounts in the order in which they were made."""
    query = Table.select().order_by(Table.created_at, Table.id)
    if active_only:
        query = query.where(Table.active)
    return [_account(row) for row in query.limit(limit).dicts()]


def change(store: Store, account: str, **values: Any) -> None:
    """Set columns of one account, inside ``store.writing()``."""
    Table.update(**values).where(Table.id == account).execute()


def end_sessions(store: Store, account: str) -> None:
    """Whoever is signed in with this account is so no longer."""
    Table.update(session_version=Table.session_version + 1).where(Table.id == account).execute()


def use_token(store: Store, token_hash: bytes) -> bool:
    """Take a one-time token away; False when another was first."""
    changed = (
        Table.update(token_hash=None, token_until_at=None).where(Table.token_hash == token_hash).execute()
    )
    return bool(changed == 1)


def person_of(store: Store, stream: str) -> tuple[str | None, Any]:
    """(role, day of leaving) of the person an account is linked to, as last recorded."""
    row = (
        Practitioner.select(Practitioner.role, Practitioner.left_on)
        .where(Practitioner.stream == stream)
        .tuples()
        .first()
    )
    return row or (None, None)


def _one(condition: Any) -> Account | None:
    row = Table.select().where(condition).dicts().first()
    return _account(row) if row else None


def _account(row: dict[str, Any]) -> Account:
    kept = {name: row[name] for name in Account.__slots__ if name not in ("has_password", "roles")}
    return Account(**kept, roles=tuple(row["roles"]), has_password=row["password_hash"] is not None)
