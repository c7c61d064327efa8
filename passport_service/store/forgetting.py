"""Deleting what lies outside the ledger about an erased person: their statements, letters and account (D.18.2)."""

from collections.abc import Iterable
from datetime import UTC, datetime

from passport_service.store.database import Store
from passport_service.store.tables.access import Account
from passport_service.store.tables.statements import (
    Statement,
    StatementAgent,
    StatementAlsoActivity,
    StatementAlsoAgent,
    StatementReference,
    StatementThrough,
)
from passport_service.store.tables.work import Outbox

Held = tuple[str, datetime | None, datetime | None]  # an identifier, and whose it was from when to when
ALWAYS = datetime(1, 1, 2, tzinfo=UTC)
PART = 500


def forget_person(store: Store, stream: str, email: str | None, identifiers: Iterable[Held]) -> int:
    """Delete a person's statements, letters and account, inside a write transaction; returns how many statements.

    An identifier that somebody else has held since keeps the statements of its later holder.
    """
    pks = [pk for held in identifiers for pk in _statements_of(*held)]
    for place in range(0, len(pks), PART):
        _delete_statements(pks[place : place + PART])
    letters = Outbox.notice.startswith(f"{stream}-")
    Outbox.delete().where(letters | (Outbox.address == email) if email else letters).execute()
    Account.delete().where(Account.stream == stream).execute()
    return len(pks)


def _statements_of(key: str, since: datetime | None, until: datetime | None) -> list[int]:
    query = (
        Statement.select(Statement.pk)
        .join(StatementAgent, on=(StatementAgent.id == Statement.agent))
        .where(StatementAgent.key == key, Statement.timestamp >= (since or ALWAYS))
    )
    if until is not None:
        query = query.where(Statement.timestamp < until)
    return [pk for (pk,) in query.tuples()]


def _delete_statements(pks: list[int]) -> None:
    for table in (StatementAlsoAgent, StatementAlsoActivity, StatementReference, StatementThrough):
        table.delete().where(table.statement.in_(pks)).execute()
    StatementThrough.delete().where(StatementThrough.through.in_(pks)).execute()
    Statement.delete().where(Statement.pk.in_(pks)).execute()
