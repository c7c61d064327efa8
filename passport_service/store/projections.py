"""The stored copies of the folds: written only where they differ, and read back in the form they are compared
in.

The canonical form of a row is a dict of plain values in the order of the table's columns: moments and days as
text, truth as ``bool``, JSON as its text. Two rows are the same, to the byte, exactly if their canonical
forms are equal.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

from peewee import BooleanField, Field, IntegrityError

from passport_service.domain.errors import Refused
from passport_service.store.database import Row, Store
from passport_service.store.fields import DayField, JsonField, UtcField, moment_text
from passport_service.store.tables import people

STREAMS_AT_ONCE = 200

Value = str | int | bool | None
CanonicalRow = dict[str, Value]
Packed = tuple[Value, ...]  # the same row without the names of its columns, for comparing many of them quickly
Keyed = dict[Any, Packed]  # by the value of the key, or by the tuple of its values
Rows = dict[str, list[CanonicalRow]]
GivenRows = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Projection:
    """One projected table: its columns, how each is made canonical, and the statements that read and write
    it.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    write: tuple[Callable[[Any], Value] | None, ...]
    read: tuple[Callable[[Any], Value] | None, ...]
    defaults: Mapping[str, Any]
    key_of: Callable[[Packed], Any]

    @cached_property
    def select(self) -> str:
        return f"SELECT {', '.join(self.columns)} FROM {self.name} WHERE stream"

    @cached_property
    def insert(self) -> str:
        marks = ", ".join("?" * len(self.columns))
        return f"INSERT INTO {self.name} ({', '.join(self.columns)}) VALUES ({marks})"

    @cached_property
    def update(self) -> str:
        changes = ", ".join(f"{column} = ?" for column in self.rest)
        return f"UPDATE {self.name} SET {changes} WHERE {self.by_key}"

    @cached_property
    def delete(self) -> str:
        return f"DELETE FROM {self.name} WHERE {self.by_key}"

    @cached_property
    def by_key(self) -> str:
        return " AND ".join(f"{column} = ?" for column in self.columns if column in self.key)

    @property
    def rest(self) -> tuple[str, ...]:
        return tuple(column for column in self.columns if column not in self.key)

    def pack(self, given: Mapping[str, Any]) -> Packed:
        """A row given as values, made canonical. Raises ``ValueError`` for a column that the table has not."""
        if given.keys() != self.defaults.keys():
            if not given.keys() <= self.defaults.keys():
                unknown = sorted(given.keys() - self.defaults.keys())
                raise ValueError(f"{self.name} has no column {', '.join(unknown)}")
            given = {**self.defaults, **given}
        # Strictness would cost a tenth here; the two are made side by side.
        return tuple(
            [
                value if (value := given[column]) is None or make is None else make(value)
                for column, make in zip(self.columns, self.write)  # noqa: B905
            ]
        )

    def unpack(self, values: Sequence[Any]) -> Packed:
        """A row of the database, made canonical."""
        return tuple([value if make is None else make(value) for make, value in zip(self.read, values)])  # noqa: B905

    def in_key(self, row: Packed) -> Packed:
        return tuple(value for column, value in zip(self.columns, row, strict=True) if column in self.key)

    def in_rest(self, row: Packed) -> Packed:
        return tuple(value for column, value in zip(self.columns, row, strict=True) if column not in self.key)

    def label(self, key: Any) -> str:
        return " ".join(str(part) for part in key) if isinstance(key, tuple) else str(key)

    def canonical(self, given: Mapping[str, Any]) -> CanonicalRow:
        return dict(zip(self.columns, self.pack(given), strict=True))

    def from_database(self, values: Sequence[Any]) -> CanonicalRow:
        return dict(zip(self.columns, self.unpack(values), strict=True))

    def keyed(self, rows: Iterable[CanonicalRow]) -> dict[tuple[Value, ...], CanonicalRow]:
        """Rows by their key, in its order. Raises ``ValueError`` for two rows with one key."""
        found: dict[tuple[Value, ...], CanonicalRow] = {}
        for row in rows:
            key = tuple(row[column] for column in self.key)
            if key in found:
                raise ValueError(f"{self.name} has two rows for {key}")
            found[key] = row
        return dict(sorted(found.items()))


def truth(value: Any) -> Value:
    return None if value is None else bool(value)


def moment(value: Any) -> Value:
    if value is None or value.__class__ is str:
        return value
    return moment_text(value)


def day(value: Any) -> Value:
    return value if value is None or isinstance(value, str) else value.isoformat()


def projection(table: type[Row]) -> Projection:
    fields: list[Field] = table._meta.sorted_fields
    columns = [field.column_name for field in fields]
    key = table._meta.primary_key
    names = key.field_names if hasattr(key, "field_names") else (key.column_name,)
    readers = {UtcField: moment, DayField: day, BooleanField: truth}
    return Projection(
        name=table._meta.table_name,
        columns=tuple(columns),
        key=names,
        write=tuple(writer(field) for field in fields),
        read=tuple(readers.get(type(field)) for field in fields),
        defaults={field.column_name: field.default for field in fields},
        key_of=itemgetter(*(columns.index(name) for name in names)),
    )


def writer(field: Field) -> Callable[[Any], Value] | None:
    if isinstance(field, UtcField):
        return moment
    if isinstance(field, DayField | JsonField):
        return field.db_value
    return truth if isinstance(field, BooleanField) else None


PROJECTIONS: dict[str, Projection] = {
    one.name: one
    for one in map(
        projection,
        # Parents first: rows go in in this order and out in the other.
        (people.Practitioner, people.Holding, people.Identifier, people.Item, people.Concern, people.Notice),
    )
}


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
                yield from ((name, one.label(key), column, was, says) for column, was, says in pairs if was != says)


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
