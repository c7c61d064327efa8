"""Activities as statements describe them, each description merged into what was known (Communication 2.5).

Nearly every statement repeats a description that is known. Those that were merged of late are remembered in the process
by a number, so that the database is asked only about others. Noted inside a transaction, they become known after its
commit.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import orjson

from passport_service.store.database import Store
from passport_service.store.interned import ACTIVITIES, intern
from passport_service.store.payloads import packed, unpacked
from passport_service.store.statement_rows import in_parts, insert_many, marks
from passport_service.xapi.definitions import described_in, merged

NOTE = "definitions"
MOST_REMEMBERED = 50_000
# After this a description is merged again, should another have come since: so an activity that gets its old name back has
# it soon, and two senders who call it differently do not take turns at every statement.
AGAIN_AFTER = timedelta(hours=1)
LARGEST = 64 * 1024  # bytes of JSON; what would grow beyond it is the newest description alone

Marks = dict[int, datetime]  # of an activity and a description, and until when it counts as merged
Described = dict[str, list[Mapping[str, Any]]]

remembered: WeakKeyDictionary[Store, Marks] = WeakKeyDictionary()
filling = Lock()


def note(store: Store, statements: Iterable[Mapping[str, Any]], at: datetime) -> None:
    """Merges what new statements say of activities; inside ``writing()``, after they are stored."""
    known = known_to(store)
    fresh: Marks = {}
    described: Described = {}
    for statement in statements:
        for iri, definition in described_in(statement):
            # Python's own hash is of 64 bits and keyed for each process, so nobody can make two that collide.
            mark = hash((iri, orjson.dumps(definition)))
            until = known.get(mark)
            if (until is None or until < at) and mark not in fresh:
                fresh[mark] = at + AGAIN_AFTER
                described.setdefault(iri, []).append(definition)
    if fresh:
        write(store, described)
        store.notes.setdefault(NOTE, {}).update(fresh)


def noted_in(store: Store) -> Marks:
    """What the open transaction merged; to be given to `remember` after its commit."""
    noted: Marks = store.notes.get(NOTE, {})
    return noted


def remember(store: Store, noted: Marks) -> None:
    """Makes known what is now committed. A full memory starts afresh: filling it again costs one look-up each."""
    if noted:
        known = known_to(store)
        if len(known) + len(noted) > MOST_REMEMBERED:
            known.clear()
        known.update(noted)


def known_to(store: Store) -> Marks:
    with filling:
        return remembered.setdefault(store, {})


def write(store: Store, described: Described) -> None:
    """First inserts what is new, then locks and changes what was there, both in order: no two batches wait for each other."""
    numbers = intern(store, ACTIVITIES, described)
    said = {numbers[iri]: found for iri, found in described.items()}
    there = load(store, sorted(said))
    lost = add(store, {number: grown(None, said[number]) for number in sorted(said) if number not in there})
    changed = [number for number, text in there.items() if grown(text, said[number]) != text]
    change(store, sorted([*changed, *lost]), said)


def add(store: Store, new: Mapping[int, bytes]) -> list[int]:
    """Inserts descriptions of activities that had none; returns those that another transaction was faster with."""
    rows = [(number, packed(text)) for number, text in new.items()]
    if store.is_sqlite:
        insert_many(store, "activity_definition", "activity_id, definition", rows)
        return []
    added: set[int] = set()
    for part in in_parts(rows):
        found = store.execute(
            f"INSERT INTO activity_definition (activity_id, definition) VALUES {', '.join(['(?, ?)'] * len(part))}"
            " ON CONFLICT DO NOTHING RETURNING activity_id",
            [value for row in part for value in row],
        )
        added.update(number for (number,) in found.fetchall())
    return [number for number in new if number not in added]


def change(store: Store, numbers: Sequence[int], said: Mapping[int, Sequence[Mapping[str, Any]]]) -> None:
    """Merges into descriptions as they are once they are locked."""
    held = load(store, numbers, lock="" if store.is_sqlite else " ORDER BY activity_id FOR UPDATE")
    rows = [
        (packed(text), number)
        for number in numbers
        if (text := grown(held[number], said[number])) != held[number]
    ]
    store.execute_many("UPDATE activity_definition SET definition = ? WHERE activity_id = ?", rows)


def load(store: Store, numbers: Sequence[int], *, lock: str = "") -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for part in in_parts(numbers):
        rows = store.execute(
            f"SELECT activity_id, definition FROM activity_definition WHERE activity_id IN ({marks(part)}){lock}",
            part,
        )
        found.update((number, unpacked(bytes(text))) for number, text in rows.fetchall())
    return found


def grown(text: bytes | None, said: Sequence[Mapping[str, Any]]) -> bytes:
    """The JSON of a definition with more descriptions merged into it, in their order."""
    known: dict[str, Any] = {} if text is None else orjson.loads(text)
    for newer in said:
        larger = merged(known, newer)
        known = larger if len(orjson.dumps(larger)) <= LARGEST else dict(newer)
    result = orjson.dumps(known)
    return result if len(result) <= LARGEST else text or b"{}"


def find(store: Store, iris: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The merged definitions of these activities; those that nobody described are left out."""
    found: dict[str, dict[str, Any]] = {}
    for part in in_parts(sorted(set(iris))):
        rows = store.execute(
            "SELECT a.iri, d.definition FROM statement_activity a"
            f" JOIN activity_definition d ON d.activity_id = a.id WHERE a.iri IN ({marks(part)})",
            part,
        )
        found.update((iri, orjson.loads(unpacked(bytes(text)))) for iri, text in rows.fetchall())
    return found
