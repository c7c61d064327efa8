"""Deleting what lies outside the ledger about an erased person: statements, letters, account, refused batches (D.18.2)."""

from collections.abc import Iterable, Sequence

from passport_service.store import documents, refusals, tombstones, traces
from passport_service.store.database import Store
from passport_service.store.tables.access import Account
from passport_service.store.tables.work import Outbox
from passport_service.store.traces import Held, Traces


def forget_statements(store: Store, held: Sequence[Held], names: Iterable[str]) -> Traces:
    """Erase what a person left in the record store under these identifiers; returns what that was.

    Inside a write transaction with senders kept out. An identifier that somebody else has held since keeps the
    statements of its later holder.
    """
    found = traces.find(store, held)
    tombstones.erase(store, found, held, names)
    refusals.forget(store, refusals.naming(store, held, names))
    for place in traces.places_of(store, held):
        documents.remove(store, place)
    return found


def forget_person(store: Store, stream: str, email: str | None) -> None:
    """Delete a person's letters and account, inside a write transaction."""
    letters = Outbox.notice.startswith(f"{stream}-")
    Outbox.delete().where(letters | (Outbox.address == email) if email else letters).execute()
    Account.delete().where(Account.stream == stream).execute()


def overwrite(store: Store) -> None:
    """Lets go of the pages on which SQLite still holds what was erased; as far as no reader keeps them. After a commit.

    What is erased in its file is overwritten at once. PostgreSQL keeps it until its vacuum (docs/privacy.md).
    """
    if store.is_sqlite and not store.is_writing:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
