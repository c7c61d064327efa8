"""The stored copies of the folds: written only where they differ, and read back in the form they are compared
in.

The canonical form of a row is a dict of plain values in the order of the table's columns: moments and days as
text, truth as ``bool``, JSON as its text. Two rows are the same, to the byte, exactly if their canonical
forms are equal.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from peewee import IntegrityError

from passport_service.domain.errors import Refused
from passport_service.store.database import Store
from passport_service.store.projected import PROJECTIONS, CanonicalRow, GivenRows, Keyed, Projection, Rows

STREAMS_AT_ONCE = 200
NOTHING_LESS: Mapping[str, Mapping[str, Collection[str]]] = MappingProxyType({})


def canonical(rows: GivenRows) -> Rows:
    """Rows given as values (datetimes, dates, lists …) in canonical form, each table in the order of its key."""
    return {
        name: list(PROJECTIONS[name].keyed(map(PROJECTIONS[name].canonical, rows[name])).values())
        for name in PROJECTIONS
        if name in rows
    }


def current(store: Store, stream: str) -> Rows:
    """What is stored of one stream, all tables, in canonical form."""
    return next(current_many(store, [stream]))[1]


def current_many(store: Store, streams: Iterable[str]) -> Iterator[tuple[str, Rows]]:
    """What is stored of each of these streams, in the order given; a few hundred are in memory at a time."""
    wanted = list(streams)
    for first in range(0, len(wanted), STREAMS_AT_ONCE):
        some = wanted[first : first + STREAMS_AT_ONCE]
        found: dict[str, Rows] = {stream: {name: [] for name in PROJECTIONS} for stream in some}
        for name, one in PROJECTIONS.items():
            marks = ", ".join("?" * len(some))
            rows = store.execute(f"{one.select} IN ({marks})", some).fetchall()
            for row in one.keyed(map(one.from_database, rows)).values():
                found[str(row["stream"])][name].append(row)
        yield from found.items()


def replace(store: Store, stream: str, rows: GivenRows) -> int:
    """`replace_many` of one stream."""
    return replace_many(store, {stream: rows})


def replace_many(
    store: Store,
    given: Mapping[str, GivenRows],
    *,
    only: Mapping[str, Mapping[str, Collection[str]]] = NOTHING_LESS,
) -> int:
    """Makes what is stored of these streams equal to their rows; returns how many rows had to be written.

    Tables that a stream's rows do not name are left as they are; columns a row does not name take the table's
    default. ``only`` names, by stream and for a table with a key of one column, the keys that are compared at all. Inside
    ``store.writing()``. Raises ``Refused`` (ID_CONFLICT) where a reference belongs to another stream already,
    ``ValueError`` for rows that do not fit their table.
    """
    changes, asked = [], []
    for name, one in PROJECTIONS.items():
        want = {stream: wanted(one, stream, rows[name]) for stream, rows in given.items() if name in rows}
        some = {stream: only[stream][name] for stream in want if name in only.get(stream, ())}
        whole = [stream for stream in want if stream not in some]
        # All is asked before the first answer is read: on PostgreSQL one round trip for all tables (`Store.pipelined`).
        asked.append((one, want, [*ask(store, one, whole), *ask_some(store, one, some)]))
    for one, want, answers in asked:
        have = {key: row for answer in answers for key, row in read(store, one, answer).items()}
        wanted_rows = {key: row for rows in want.values() for key, row in rows.items()}
        if len(wanted_rows) != sum(map(len, want.values())):
            raise in_use()
        if have != wanted_rows:
            changes.append((one, have, wanted_rows))
    try:
        removed = sum(remove(store, *change) for change in reversed(changes))
        return removed + sum(put(store, *change) for change in changes)
    except IntegrityError as error:
        raise in_use() from error


def in_use() -> Refused:
    return Refused("ID_CONFLICT", "a reference is in use for someone else already")


def stored_many(store: Store, streams: Sequence[str]) -> dict[str, dict[str, Keyed]]:
    """What is stored of these streams, each table by key, in one query a table; for ``compare``."""
    found: dict[str, dict[str, Keyed]] = {stream: {name: {} for name in PROJECTIONS} for stream in streams}
    for name, one in PROJECTIONS.items():
        place = one.columns.index("stream")
        for key, row in stored(store, one, streams).items():
            found[str(row[place])][name][key] = row
    return found


def compare(
    stream: str, have: Mapping[str, Keyed], rows: GivenRows
) -> Iterator[tuple[str, str, str, object, object]]:
    """What is stored of a stream against what the fold says: (table, row, column, stored, folded) of each difference.

    Of a row that only one of them has, the column is ``row`` and the values say which has it.
    """
    for name, given in rows.items():
        one, known = PROJECTIONS[name], have[name]
        want = wanted(one, stream, given)
        if known == want:
            continue
        for key in sorted({*known, *want}, key=str):
            if key not in known or key not in want:
                yield name, one.label(key), "row", key in known, key in want
            elif known[key] != want[key]:
                pairs = zip(one.columns, known[key], want[key], strict=True)
                yield from (
                    (name, one.label(key), column, was, says) for column, was, says in pairs if was != says
                )


def differences(stored_rows: Rows, folded: Rows) -> list[str]:
    """What differs between two canonical sets of rows, a sentence each; empty if they are the same to the
    byte.
    """
    found = []
    for name, one in PROJECTIONS.items():
        have, want = one.keyed(stored_rows.get(name, ())), one.keyed(folded.get(name, ()))
        for key in sorted({*have, *want}):
            label = f"{name} {' '.join(map(str, key))}"
            if key not in want:
                found.append(f"{label}: stored, but the fold has no such row")
            elif key not in have:
                found.append(f"{label}: not stored")
            else:
                found.extend(f"{label}: {text}" for text in changed_columns(have[key], want[key]))
    return found


def changed_columns(have: CanonicalRow, want: CanonicalRow) -> list[str]:
    return [
        f"{column} is {have[column]!r}, the fold says {want[column]!r}"
        for column in want
        if have[column] != want[column]
    ]


def stored(store: Store, one: Projection, streams: Sequence[str]) -> Keyed:
    """What is stored of these streams in one table, by key."""
    return {key: row for answer in ask(store, one, streams) for key, row in read(store, one, answer).items()}


def ask(store: Store, one: Projection, streams: Sequence[str]) -> list[Any]:
    """Asks for what is stored of these streams in one table; no answer if there are none, and else one to `read`."""
    if not streams:
        return []
    return [store.execute(f"{one.select} IN ({', '.join('?' * len(streams))})", streams)]


def ask_some(store: Store, one: Projection, some: Mapping[str, Collection[str]]) -> list[Any]:
    """The same, of each stream only the rows with these keys."""
    keys = [key for wanted in some.values() for key in wanted]
    if not keys:
        return []
    marks, key_marks = ", ".join("?" * len(some)), ", ".join("?" * len(keys))
    return [store.execute(f"{one.select} IN ({marks}) AND {one.key[0]} IN ({key_marks})", [*some, *keys])]


def read(store: Store, one: Projection, answer: Any) -> Keyed:
    rows = answer.fetchall()
    # SQLite gives back what is canonical already, but for truth as 0 and 1, which are equal to it.
    return {one.key_of(row): row for row in (rows if store.is_sqlite else map(one.unpack, rows))}


def wanted(one: Projection, stream: str, rows: Sequence[Mapping[str, Any]]) -> Keyed:
    """Rows by their key. Raises ``ValueError`` for two rows with one key, or a row of another stream."""
    found = {one.key_of(row): row for row in map(one.pack, rows)}
    if len(found) != len(rows):
        raise ValueError(f"{one.name} has two rows for one key")
    if any(row["stream"] != stream for row in rows):
        raise ValueError(f"{one.name}: a row of another stream than {stream}")
    return found


def remove(store: Store, one: Projection, have: Keyed, want: Keyed) -> int:
    gone = [one.in_key(row) for key, row in have.items() if key not in want]
    store.execute_many(one.delete, gone)
    return len(gone)


def put(store: Store, one: Projection, have: Keyed, want: Keyed) -> int:
    new = [row for key, row in want.items() if key not in have]
    changed = [
        (*one.in_rest(row), *one.in_key(row)) for key, row in want.items() if key in have and have[key] != row
    ]
    store.execute_many(one.insert, new)
    store.execute_many(one.update, changed)
    return len(new) + len(changed)
