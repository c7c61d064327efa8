"""Exports of a person's data that were made, and are still there: a note of each, and the file itself in chunks (D.18.2).

Wherever the note goes, the chunks go with it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from passport_service.store import chunks
from passport_service.store.chunks import Chunks
from passport_service.store.database import Store
from passport_service.store.statement_rows import in_parts
from passport_service.store.tables.keeping import PersonExport

CHUNKS = Chunks("person_export_chunk", "export_id")


@dataclass(frozen=True, slots=True)
class Export:
    """A file that was made: ``subject`` is a stream, or the identifier of a stranger; ``size`` in bytes."""

    id: str
    subject: str
    made_at: datetime
    made_by: str
    statements: int
    size: int


def add(store: Store, one: Export, pieces: Iterable[bytes]) -> None:
    """Keeps an export whose file has these pieces, as many bytes as it says. Inside ``writing()``."""
    PersonExport.insert({name: getattr(one, name) for name in Export.__slots__}).execute()
    chunks.save(store, CHUNKS, one.id, pieces)


def pieces(store: Store, one: Export) -> Iterator[bytes]:
    """The file piece by piece, with nothing held in between. Raises `chunks.Gone` when it is deleted meanwhile."""
    return chunks.read(store, CHUNKS, one.id, one.size)


def find(store: Store, export: str) -> Export | None:
    row = PersonExport.select().where(PersonExport.id == export).dicts().first()
    return Export(**row) if row else None


def of(store: Store, subjects: Iterable[str]) -> list[Export]:
    """Those of these people, the newest first."""
    found = [
        Export(**row)
        for part in in_parts(sorted(set(subjects)))
        for row in PersonExport.select().where(PersonExport.subject.in_(part)).dicts()
    ]
    return sorted(found, key=lambda one: (one.made_at, one.id), reverse=True)


def before(store: Store, moment: datetime) -> list[Export]:
    """Those made before a moment."""
    query = PersonExport.select().where(PersonExport.made_at < moment).order_by(PersonExport.made_at)
    return [Export(**row) for row in query.dicts()]


def forget(store: Store, export: str) -> None:
    PersonExport.delete().where(PersonExport.id == export).execute()


def forget_of(store: Store, subjects: Iterable[str]) -> None:
    """Deletes every file that was made of these people."""
    for part in in_parts(sorted(set(subjects))):
        PersonExport.delete().where(PersonExport.subject.in_(part)).execute()
