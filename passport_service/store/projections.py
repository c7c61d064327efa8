"""The stored copies of the folds: written only where they differ, and read back in the form they are compared
in.

The canonical form of a row is a dict of plain values in the order of the table's columns: moments and days as
text, truth as ``bool``, JSON as its text. Two rows are the same, to the byte, exactly if their canonical
forms are equal.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from peewee import IntegrityError

from passport_service.domain.errors import Refused
from passport_service.store.database import Store
from passport_service.store.projected import PROJECTIONS, CanonicalRow, GivenRows, Keyed, Projection, Rows

STREAMS_AT_ONCE = 200


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


def replace(
    store: Store, stream: str, rows: GivenRows, *, only: Mapping[str, Collection[str]] | None = None
) -> int:
    """Makes what is stored of a stream equal to ``rows``; returns how many rows had to be written.

    Tables that ``rows`` does not name are left as they are; columns a row does not name take the table's
    default. ``only`` names, for a table with a key of one column, the keys that are compared at all. Inside
    ``store.writing()``. Raises ``Refused`` (ID_CONFLICT) where a reference belongs to another stream already,
    ``ValueError`` for rows that do not fit their table.
    """
    changes = [
        (one, stored(store, one, stream, only.get(name) if only else None), wanted(one, stream, rows[name]))
        for name, one in PROJECTIONS.items()
        if name in rows
    ]
    changes = [change for change in changes if change[1] != change[2]]
    try:
        removed = sum(remove(store, *change) for change in reversed(changes))
        return removed + sum(put(store, *change) for change in changes)
    except IntegrityError as error:
        raise Refused("ID_CONFLICT", "a reference is in use for someone else already") from error


def stored_many(store: Store, streams: Sequence[str]) -> dict[str, dict[str, Keyed]]:
    """What is stored of these streams, each table by key, in one query a table; for ``compare``."""
    found: dict[str, dict[str, Keyed]] = {stream: {name: {} for name in PROJECTIONS} for stream in streams}
    marks = ", ".join("?" * len(streams))
    for name, one in PROJECTIONS.items():
        place = one.columns.index("stream")
        rows = store.execute(f"{one.select} IN ({marks})", list(streams)).fetchall()
        for row in rows if store.is_sqlite else map(one.unpack, rows):
            found[str(row[place])][name][one.key_of(row)] = row
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


def stored(store: Store, one: Projection, stream: str, only: Collection[str] | None = None) -> Keyed:
    if only is None:
        rows = store.execute(f"{one.select} = ?", (stream,)).fetchall()
    elif only:
        marks = ", ".join("?" * len(only))
        rows = store.execute(f"{one.select} = ? AND {one.key[0]} IN ({marks})", (stream, *only)).fetchall()
    else:
        rows = []
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
