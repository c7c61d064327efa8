"""Column kinds that mean the same on SQLite and PostgreSQL.

A moment is kept as fixed-width ISO text in SQLite (it sorts as text, parses at C speed and can be read in any
SQLite browser) and as ``timestamptz`` in PostgreSQL; both keep microseconds, both give back aware UTC.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
from peewee import DateField, Field, TextField

UTC_TYPE = "UTC"
"""Column type word; ``database`` maps it to TEXT or TIMESTAMPTZ."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PLAIN_JSON = (
    orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS
)


def moment_text(moment: datetime) -> str:
    """``2026-03-02T09:00:00.000000+00:00``: always 32 characters, so text order is time order.

    Raises ``ValueError`` for a naive moment: nothing here guesses a time zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"a moment needs a time zone, {moment!r} has none")
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")


def read_moment(value: str | datetime) -> datetime:
    """The aware UTC datetime of what either driver hands back."""
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    return value.astimezone(UTC)


def microseconds_of(moment: datetime) -> int:
    """Microseconds since the start of 1970 in UTC, exactly: how rows that come by the million keep a moment.

    Raises ``ValueError`` for a naive moment.
    """
    if moment.tzinfo is None:
        raise ValueError(f"a moment needs a time zone, {moment!r} has none")
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def moment_of(microseconds: int) -> datetime:
    """The aware UTC datetime of ``microseconds_of``."""
    return EPOCH + timedelta(microseconds=microseconds)


def json_text(value: Any) -> str:
    """JSON text in the order of the value's own keys; only what JSON itself knows, else ``TypeError``.

    Dates and moments are refused rather than turned to text here: what is read back equals what was written.
    """
    return orjson.dumps(value, option=PLAIN_JSON).decode()


def read_json(text: str | bytes | None) -> Any:
    """The value of stored JSON text; ``None`` for a null column."""
    return None if text is None else orjson.loads(text)


class UtcField(Field):
    """An aware UTC datetime with microseconds; refuses naive ones (``ValueError``)."""

    field_type = UTC_TYPE

    def db_value(self, value: datetime | None) -> str | None:
        return None if value is None else moment_text(value)

    def python_value(self, value: str | datetime | None) -> datetime | None:
        return None if value is None else read_moment(value)


class DayField(DateField):
    """A calendar day; refuses a datetime, whose day would depend on a time zone (R0.4)."""

    def db_value(self, value: date | None) -> str | None:
        if value is None:
            return None
        if isinstance(value, datetime) or not isinstance(value, date):
            raise ValueError(f"a day is a date, not {value!r}")
        return value.isoformat()


class JsonField(TextField):
    """Any JSON value as text, with its key order kept (``jsonb`` would reorder keys and change numbers)."""

    def db_value(self, value: Any) -> str | None:
        return None if value is None else json_text(value)

    def python_value(self, value: str | None) -> Any:
        return read_json(value)
