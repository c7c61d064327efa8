"""The projected tables as values: their columns, how each is made canonical, and the statements that read and write them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

from peewee import BooleanField, Field

from passport_service.store.database import Row
from passport_service.store.fields import DayField, JsonField, UtcField, moment_text
from passport_service.store.tables import people

Value = str | int | bool | None
CanonicalRow = dict[str, Value]
# The same row without the names of its columns, for comparing many of them quickly.
Packed = tuple[Value, ...]
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
