"""The data of attachments: written and read in chunks, once for each key that sent it, and linked to its statements."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from passport_service.store import chunks
from passport_service.store.chunks import Chunks
from passport_service.store.database import Store
from passport_service.store.statement_rows import BLANK, id_bytes, id_text, in_parts, insert_many, marks
from passport_service.xapi.multipart import Attached

Naming = tuple[str, str, str]
"""A statement's id, the SHA-2 (lower case) of an attachment that it names, and the type it gives it."""

CHUNKS = Chunks("attachment_chunk", "attachment_id")


@dataclass(frozen=True, slots=True)
class Resting:
    """Data that is stored: its number, what it is known by, its size in bytes, and a statement's word for its type."""

    number: int
    sha2: str
    size: int
    content_type: str


def save(store: Store, attached: Iterable[Attached], *, key_id: str) -> None:
    """Keeps data that this key has not sent before; inside ``writing()``, and `link` is to follow there.

    In the order of the hashes: two batches with the same data wait for each other one way only.
    """
    for one in sorted(attached, key=lambda one: one.sha2):
        rows = store.execute(
            "INSERT INTO attachment (key_id, sha2, size) VALUES (?, ?, ?) ON CONFLICT (key_id, sha2) DO NOTHING"
            " RETURNING id",
            (key_id, one.sha2, one.size),
        )
        for (number,) in rows.fetchall():
            chunks.save(store, CHUNKS, number, one.pieces())


def link(store: Store, named: Sequence[Naming], *, key_id: str) -> None:
    """Ties data of a key to the statements that name it; what of it no statement turns out to have goes again."""
    numbers = numbers_of(store, {sha2 for _, sha2, _ in named}, key_id)
    if not numbers:
        return
    places = places_of(store, {statement for statement, _, _ in named})
    rows = {
        (places[statement], numbers[sha2]): kind
        for statement, sha2, kind in reversed(named)
        if statement in places and sha2 in numbers
    }
    insert_many(
        store,
        "statement_attached",
        "statement_pk, attachment_id, content_type",
        [(*pair, kind) for pair, kind in sorted(rows.items())],
    )
    drop_unlinked(store, list(numbers.values()))


def numbers_of(store: Store, hashes: Iterable[str], key_id: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in in_parts(sorted(hashes)):
        asked = f"SELECT sha2, id FROM attachment WHERE key_id = ? AND sha2 IN ({marks(part)})"
        found.update(store.execute(asked, [key_id, *part]).fetchall())
    return found


def places_of(store: Store, ids: Iterable[str]) -> dict[str, int]:
    """The numbers of the statements with these ids; those that were erased, or had somebody taken out, have none."""
    found: dict[str, int] = {}
    for part in in_parts(sorted(ids)):
        asked = f"SELECT id, pk FROM statement WHERE id IN ({marks(part)}) AND digest <> ?"
        rows = store.execute(asked, [*(id_bytes(one) for one in part), BLANK])
        found.update((id_text(one), pk) for one, pk in rows.fetchall())
    return found


def drop_unlinked(store: Store, numbers: Sequence[int]) -> None:
    for part in in_parts(numbers):
        store.execute(
            f"DELETE FROM attachment WHERE id IN ({marks(part)}) AND NOT EXISTS"
            " (SELECT 1 FROM statement_attached WHERE attachment_id = attachment.id)",
            part,
        )


def forget(store: Store, statements: Sequence[int]) -> None:
    """Deletes the data of these statements (by number) that no other statement has; inside ``writing()``."""
    for part in in_parts(statements):
        condition = f"statement_pk IN ({marks(part)})"
        rows = store.execute(f"SELECT DISTINCT attachment_id FROM statement_attached WHERE {condition}", part)
        numbers = [number for (number,) in rows.fetchall()]
        store.execute(f"DELETE FROM statement_attached WHERE {condition}", part)
        drop_unlinked(store, numbers)


def forget_some(store: Store, statement: int, hashes: Iterable[str]) -> None:
    """The same for some of the data of one statement, by SHA-2 in lower case."""
    for part in in_parts(sorted(hashes)):
        rows = store.execute(
            "DELETE FROM statement_attached WHERE statement_pk = ? AND attachment_id IN"
            f" (SELECT id FROM attachment WHERE sha2 IN ({marks(part)})) RETURNING attachment_id",
            [statement, *part],
        )
        drop_unlinked(store, [number for (number,) in rows.fetchall()])


def of_statements(store: Store, statements: Sequence[int]) -> list[Resting]:
    """The data of these statements (by number), in the order of the hashes, each of them once."""
    found: dict[str, Resting] = {}
    for part in in_parts(statements):
        rows = store.execute(
            "SELECT a.id, a.sha2, a.size, l.content_type"
            " FROM statement_attached l JOIN attachment a ON a.id = l.attachment_id"
            f" WHERE l.statement_pk IN ({marks(part)})",
            part,
        )
        for row in rows.fetchall():
            found.setdefault(row[1], Resting(*row))
    return [found[sha2] for sha2 in sorted(found)]


def pieces(store: Store, one: Resting) -> Iterator[bytes]:
    """The data piece by piece, with nothing held in between. Raises `chunks.Gone` when it is erased meanwhile."""
    return chunks.read(store, CHUNKS, one.number, one.size)
