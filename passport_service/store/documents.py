"""Documents by what they belong to: an agent, an activity or both, and within State perhaps a registration."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from passport_service.store.database import Store
from passport_service.store.fields import moment_text, read_moment
from passport_service.store.statement_rows import in_parts, marks
from passport_service.xapi.documents import Content

LONGEST = 2_000  # bytes of an identifier; PostgreSQL indexes no text beyond 2,700
COLUMNS = "agent, activity, registration, id, updated_at, tag, content_type, content"
AT = "context = ? AND registration = ? AND id = ?"


@dataclass(frozen=True, slots=True)
class Context:
    """What documents belong to: ``agent`` a key of `xapi.actor.key_of`, ``activity`` an IRI. Both: they are of State.

    ``registration``: a UUID; None, when many are asked for, means all of them, and for a single one that it has none.
    """

    agent: str | None = None
    activity: str | None = None
    registration: str | None = None

    @property
    def digest(self) -> bytes:
        """The same for the same agent and activity. No identifier holds NUL, so no two pairs read alike."""
        return sha256(f"{self.agent or ''}\0{self.activity or ''}".encode()).digest()

    @property
    def registered(self) -> str:
        return "" if self.registration is None else self.registration.replace("-", "").lower()


@dataclass(frozen=True, slots=True)
class Place:
    """Where one document is: its own id within a context."""

    context: Context
    id: str

    @property
    def key(self) -> tuple[bytes, str, str]:
        return (self.context.digest, self.context.registered, self.id)


@dataclass(frozen=True, slots=True)
class Document:
    """A document that is there. ``tag`` is that of its content."""

    place: Place
    content: Content
    tag: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """An id, and when the newest document of that name in a context was written."""

    id: str
    updated_at: datetime


def find(store: Store, place: Place) -> Document | None:
    """The document in a place, if there is one."""
    row = store.execute(f"SELECT {COLUMNS} FROM document WHERE {AT}", place.key).fetchone()
    return None if row is None else document_of(row)


def hold(store: Store, place: Place) -> Document | None:
    """The same, kept as it is for others until the transaction ends; inside ``writing()``."""
    lock = "" if store.is_sqlite else " FOR UPDATE"  # SQLite's one writer holds everything already
    row = store.execute(f"SELECT {COLUMNS} FROM document WHERE {AT}{lock}", place.key).fetchone()
    return None if row is None else document_of(row)


def add(store: Store, place: Place, content: Content, at: datetime) -> bool:
    """Writes a document where none was; False when another transaction has been faster."""
    context = place.context
    values = (
        *place.key,
        context.agent,
        context.activity,
        moment_text(at),
        content.tag,
        content.type,
        content.data,
    )
    added = store.execute(
        "INSERT INTO document (context, registration, id, agent, activity, updated_at, tag, content_type, content)"
        f" VALUES ({marks(values)}) ON CONFLICT DO NOTHING",
        values,
    )
    return int(added.rowcount) == 1


def replace(store: Store, place: Place, content: Content, at: datetime) -> None:
    """Writes over a document that is held."""
    store.execute(
        f"UPDATE document SET updated_at = ?, tag = ?, content_type = ?, content = ? WHERE {AT}",
        (moment_text(at), content.tag, content.type, content.data, *place.key),
    )


def remove(store: Store, place: Place) -> None:
    """Deletes a document, if it is there."""
    store.execute(f"DELETE FROM document WHERE {AT}", place.key)


def remove_all(store: Store, context: Context) -> None:
    """Deletes what a context holds: without a registration, the documents of every registration too."""
    where, values = within(context)
    store.execute(f"DELETE FROM document WHERE {where}", values)


def ids(store: Store, context: Context, since: datetime | None = None) -> list[Listed]:
    """What a context holds, written after a moment if one is given, each id once, in order."""
    where, values = within(context)
    if since is not None:
        where, values = f"{where} AND updated_at > ?", (*values, moment_text(since))
    rows = store.execute(
        f"SELECT id, max(updated_at) FROM document WHERE {where} GROUP BY id ORDER BY id", values
    )
    return [Listed(found, read_moment(at)) for found, at in rows.fetchall()]


def within(context: Context) -> tuple[str, tuple[Any, ...]]:
    if context.registration is None:
        return "context = ?", (context.digest,)
    return "context = ? AND registration = ?", (context.digest, context.registered)


def of_agents(store: Store, keys: Iterable[str]) -> list[Document]:
    """All documents about these agents, for a person who wants to see them."""
    found: list[Document] = []
    for part in in_parts(sorted(set(keys))):
        rows = store.execute(
            f"SELECT {COLUMNS} FROM document WHERE agent IN ({marks(part)})"
            " ORDER BY agent, coalesce(activity, ''), registration, id",
            part,
        )
        found.extend(document_of(row) for row in rows.fetchall())
    return found


def document_of(row: Sequence[Any]) -> Document:
    agent, activity, registration, found, updated_at, tag, content_type, content = row
    context = Context(agent, activity, registration or None)
    return Document(
        Place(context, found), Content(content_type, bytes(content)), tag, read_moment(updated_at)
    )
