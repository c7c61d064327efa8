"""Data in rows of 256 kB, so that none is ever wholly in memory: attachments, and exports of a person's data.

A chunk is never changed and the name of its owner never given again, so reading needs no transaction that stays open.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from passport_service.store.database import Store


class Gone(Exception):
    """Data that was erased while somebody was reading it."""


@dataclass(frozen=True, slots=True)
class Chunks:
    """A table of chunks by owner, place and content; ``owner`` is the column that says whose they are."""

    table: str
    owner: str


def save(store: Store, kind: Chunks, owner: int | str, pieces: Iterable[bytes]) -> None:
    """Keeps the pieces as they come, one after the other; none may be empty. Inside ``writing()``."""
    for place, piece in enumerate(pieces):
        store.execute(f"INSERT INTO {kind.table} VALUES (?, ?, ?)", (owner, place, piece))


def read(store: Store, kind: Chunks, owner: int | str, size: int) -> Iterator[bytes]:
    """So many bytes piece by piece, each read by itself: nothing is held while a slow reader takes one. Raises Gone."""
    left, place = size, 0
    while left > 0:
        content = chunk(store, kind, owner, place)
        yield content
        left, place = left - len(content), place + 1


def chunk(store: Store, kind: Chunks, owner: int | str, place: int) -> bytes:
    with store.reading():
        row = store.execute(
            f"SELECT content FROM {kind.table} WHERE {kind.owner} = ? AND place = ?", (owner, place)
        ).fetchone()
    if row is None:
        raise Gone(f"piece {place} of {kind.owner} {owner}")
    return bytes(row[0])
