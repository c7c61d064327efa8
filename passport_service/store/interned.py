"""Long texts that come again and again (agents, verbs, activities), each kept once and named by a number.

Numbers that are committed are remembered in the process. Those met inside a transaction are noted with it and become
known only after its commit, so that a rollback leaves no number behind that names nothing.
"""

from collections.abc import Iterable
from threading import Lock
from weakref import WeakKeyDictionary

from passport_service.store.database import Store

Numbers = dict[str, int]

AGENTS = ("statement_agent", "key")
VERBS = ("statement_verb", "iri")
ACTIVITIES = ("statement_activity", "iri")
Kind = tuple[str, str]

MOST_REMEMBERED = 50_000
AT_ONCE = 500
NOTE = "interned"
LONGEST = 2_000  # bytes; PostgreSQL indexes no text beyond 2,700

remembered: WeakKeyDictionary[Store, dict[Kind, Numbers]] = WeakKeyDictionary()
filling = Lock()


class TooLong(Exception):
    """An identifier that is longer than an index can hold."""

    def __init__(self, text: str) -> None:
        super().__init__(f"An identifier is longer than {LONGEST} bytes: {text[:60]}…")
        self.text = text


def intern(store: Store, kind: Kind, texts: Iterable[str]) -> Numbers:
    """The numbers of all these texts, new ones made as needed; inside ``writing()``. Raises TooLong.

    Texts are inserted in sorted order and without waiting on conflicts being errors, so concurrent batches never
    deadlock on them.
    """
    known = committed(store, kind)
    noted: Numbers = store.notes.setdefault(NOTE, {}).setdefault(kind, {})
    found: Numbers = {}
    missing = []
    for text in texts:
        number = known.get(text) or noted.get(text)
        if number is None:
            if len(text) > LONGEST or len(text.encode()) > LONGEST:
                raise TooLong(text)
            missing.append(text)
        else:
            found[text] = number
    if missing:
        made = make(store, kind, sorted(set(missing)))
        noted.update(made)
        found.update(made)
    return found


def make(store: Store, kind: Kind, texts: list[str]) -> Numbers:
    found = look_up(store, kind, texts)
    new = [text for text in texts if text not in found]
    table, column = kind
    for start in range(0, len(new), AT_ONCE):
        part = new[start : start + AT_ONCE]
        rows = ", ".join(["(?)"] * len(part))
        store.execute(f'INSERT INTO {table} ("{column}") VALUES {rows} ON CONFLICT DO NOTHING', part)
    return found | look_up(store, kind, new) if new else found


def look_up(store: Store, kind: Kind, texts: list[str]) -> Numbers:
    """The numbers of those texts that have one."""
    table, column = kind
    found: Numbers = {}
    for start in range(0, len(texts), AT_ONCE):
        part = texts[start : start + AT_ONCE]
        marks = ", ".join("?" * len(part))
        rows = store.execute(f'SELECT "{column}", id FROM {table} WHERE "{column}" IN ({marks})', part)
        found.update(rows.fetchall())
    return found


def number_of(store: Store, kind: Kind, text: str) -> int | None:
    """The number of one text, None when no statement ever named it."""
    return committed(store, kind).get(text) or look_up(store, kind, [text]).get(text)


def noted_in(store: Store) -> dict[Kind, Numbers]:
    """What the open transaction met; to be given to `remember` after its commit."""
    noted: dict[Kind, Numbers] = store.notes.get(NOTE, {})
    return noted


def remember(store: Store, noted: dict[Kind, Numbers]) -> None:
    """Makes numbers known that are now committed. A full memory starts afresh: filling it again costs one look-up each."""
    for kind, numbers in noted.items():
        known = committed(store, kind)
        if len(known) + len(numbers) > MOST_REMEMBERED:
            known.clear()
        known.update(numbers)


def committed(store: Store, kind: Kind) -> Numbers:
    with filling:
        return remembered.setdefault(store, {}).setdefault(kind, {})
