"""The two databases, made to behave alike: what a connection sets, and how a transaction begins."""

import select
import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from peewee import Database, PostgresqlDatabase, QueryEvent, SqliteDatabase, __exception_wrapper__
from psycopg import RawCursor

from passport_service.durable import make_private
from passport_service.store.fields import UTC_TYPE

BUSY_SECONDS = 30
MEMORY = ":memory:"
READ = "READ"
READER_NAME = "passport reading"
WRITE = "WRITE"

# How long a server that does not answer is waited for, in seconds and in milliseconds, unless the address says it.
PATIENCE = {"connect_timeout": 10, "tcp_user_timeout": 30_000}

BEGIN_READING = (
    f"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL application_name = '{READER_NAME}'"
)
SQLITE_PRAGMAS = {
    "journal_mode": "wal",
    # Acknowledged means durable: NORMAL can lose the last commits when the power goes.
    "synchronous": "full",
    "foreign_keys": 1,
    "temp_store": "memory",
    "cache_size": -8000,
    # What is erased is overwritten, not only forgotten (D.18.2).
    "secure_delete": 1,
}


class SqliteStoreDatabase(SqliteDatabase):
    """SQLite whose transactions say what they are for when they begin."""

    def begin(self, purpose: str = WRITE) -> None:
        """A writer takes the write lock at once: read-then-write under a plain BEGIN ends in "locked"."""
        self.execute_sql("BEGIN IMMEDIATE" if purpose == WRITE else "BEGIN")


class PostgresStoreDatabase(PostgresqlDatabase):
    """PostgreSQL in UTC, whose readers are marked so that they do not hold back ``consistent_through``."""

    def _initialize_connection(self, conn: Any) -> None:
        conn.execute("SET TIME ZONE 'UTC'")

    def is_connection_usable(self) -> bool:
        """Not if the server ended it, as when it was restarted: an idle connection with something to read was."""
        if not super().is_connection_usable():
            return False
        waiting = select.poll()
        waiting.register(self.connection().pgconn.socket, select.POLLIN)
        return not waiting.poll(0)

    def execute_numbered(self, sql: str, params: Sequence[Any]) -> Any:
        """`execute_sql` for a statement that is written as the server reads it (`numbered`).

        psycopg looks for its own marks in every statement, and in a long one each time anew: a fifth of what a batch cost.
        """
        return self._execute_cursor(sql, params, is_numbered=True)

    def cursor(self, named_cursor: str | None = None, *, is_numbered: bool = False) -> Any:
        plain = super().cursor(named_cursor)
        return RawCursor(plain.connection) if is_numbered else plain

    def begin(self, purpose: str = WRITE) -> None:
        # Past execute_sql: several statements in one round trip go only without parameters.
        self.cursor().execute(BEGIN_READING if purpose == READ else "BEGIN")


def connect_database(url: str, *, create: bool) -> Database:
    """The database of an address, not yet connected.

    ``sqlite:///abs/path.sqlite``, ``sqlite:///:memory:`` or ``postgresql://…``. Raises ``ValueError`` for
    another scheme and ``FileNotFoundError`` for a missing SQLite file unless ``create`` allows a new one.
    """
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        return sqlite_database(sqlite_path(url), create=create)
    if scheme in ("postgresql", "postgres"):
        address = url.replace("postgres://", "postgresql://", 1)
        patience = {name: value for name, value in PATIENCE.items() if f"{name}=" not in address}
        return PostgresStoreDatabase(
            address, field_types={UTC_TYPE: "TIMESTAMPTZ"}, prefer_psycopg3=True, **patience
        )
    raise ValueError(f"a database address starts with sqlite:// or postgresql://, not {scheme!r}")


def sqlite_path(url: str) -> str:
    """``sqlite:///abs/path.sqlite`` to ``/abs/path.sqlite``; ``sqlite:///:memory:`` to ``:memory:``."""
    path = unquote(urlsplit(url).path)
    return MEMORY if path == f"/{MEMORY}" else "/" + path.lstrip("/")


def sqlite_database(path: str, *, create: bool) -> Database:
    """SQLite with WAL and full durability; in memory, one connection shared by all threads."""
    options: dict[str, Any] = {"pragmas": SQLITE_PRAGMAS, "field_types": {UTC_TYPE: "TEXT"}}
    if path == MEMORY:
        return SqliteStoreDatabase(path, thread_safe=False, check_same_thread=False, **options)
    if create:
        Path(path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        make_private(Path(path))  # its other files take the mode of this one
    elif not Path(path).exists():
        raise FileNotFoundError(f"there is no database at {path}; create it first")
    return SqliteStoreDatabase(path, timeout=BUSY_SECONDS, **options)


@lru_cache(maxsize=64)
def write_lock(url: str) -> threading.RLock:
    """The process-wide lock of one SQLite file, shared by every store that opens it."""
    return threading.RLock()


@lru_cache(maxsize=1024)
def numbered(sql: str) -> str:
    """``?`` parameters as PostgreSQL numbers them, ``$1``; our own statements hold no other question mark."""
    first, *rest = sql.split("?")
    return first + "".join(f"${place}{part}" for place, part in enumerate(rest, 1))


def run(db: Database, sql: str, params: Sequence[Any]) -> Any:
    """Runs one statement written with ``?`` for its parameters; returns the driver's cursor."""
    if isinstance(db, PostgresStoreDatabase):
        return db.execute_numbered(numbered(sql), params)
    return db.execute_sql(sql, params)


def run_many(db: Database, sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Runs one such statement for each row, over the driver's own way for many."""
    for hook in db.query_hooks:
        hook(QueryEvent(sql, rows, 0.0, None))
    with __exception_wrapper__:
        if isinstance(db, PostgresStoreDatabase):
            db.cursor(is_numbered=True).executemany(numbered(sql), rows)
        else:
            db.cursor().executemany(sql, rows)
