"""One database, SQLite or PostgreSQL, with transactions that behave the same on both."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from peewee import Database, DatabaseProxy, Model, SqliteDatabase
from playhouse.migrations import Runner

from passport_service.durable import alone_at
from passport_service.store.engines import (
    MEMORY,
    READ,
    READER_NAME,
    WRITE,
    connect_database,
    run,
    run_many,
    sqlite_path,
    write_lock,
)
from passport_service.store.turns import Turn
from passport_service.store.watch import Watch

MIGRATING = 7_366_219
SAID_AGAIN = timedelta(seconds=1)
MIGRATIONS = Path(__file__).parent / "migrations"

proxy = DatabaseProxy()


class Row(Model):
    """Base of every table: bound to the one open database, snake-case table name."""

    class Meta:
        database = proxy
        legacy_table_names = False


class Transaction(threading.local):
    """What the current thread's open transaction is for, and what it may remember until it ends."""

    purpose: str | None = None

    def __init__(self) -> None:
        self.notes: dict[str, Any] = {}


class Store:
    """The open database. ``db`` is peewee's; outside this package only the context managers are needed."""

    def __init__(self, db: Database, url: str) -> None:
        self.db = db
        self.url = url
        self.is_sqlite = isinstance(db, SqliteDatabase)
        self.in_memory = self.is_sqlite and db.database == MEMORY
        self._transaction = Transaction()
        self._write_lock = write_lock(url)
        self._expected: dict[int, datetime] = {}
        self._expected_lock = threading.Lock()
        self._consistent: tuple[datetime, datetime] | None = None
        self._has_lock = False  # this process may write to the SQLite file, so no other can
        is_file = self.is_sqlite and not self.in_memory
        self._watch = Watch(db.database, self._write_lock) if is_file else None
        self._turn: AbstractContextManager[None] = Turn(db.database) if is_file else nullcontext()

    @contextmanager
    def writing(self, at: datetime | None = None) -> Iterator[None]:
        """One write transaction: all or nothing. Used inside another it joins it, and the outer one commits.

        ``at`` is the moment that the transaction will stamp on what it writes; ``consistent_through`` stays
        at or below it until the end. Raises ``RuntimeError`` inside ``reading()``, which cannot be widened.
        """
        if self._transaction.purpose == WRITE:
            yield
            return
        if self._transaction.purpose == READ:
            raise RuntimeError("a write transaction cannot start inside a read transaction")
        with self.expecting(at), self._one_writer(), self._open(WRITE), self._locked():
            if at is not None and self._watch is not None:
                self._watch.quiet_until(at, is_ours=True)
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A read transaction: every query inside sees one moment. Joins an open one of either kind."""
        if self._transaction.purpose is not None:
            yield
        elif self.in_memory:
            # One shared connection: a reader in another thread would see a writer's half.
            with self._write_lock, self._open(READ):
                yield
        else:
            with self._open(READ):
                yield

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of a write transaction that can fail by itself: on an exception only the part is undone."""
        try:
            with self.db.savepoint():
                yield
        except BaseException:
            self._transaction.notes.clear()
            raise

    @contextmanager
    def expecting(self, at: datetime | None) -> Iterator[None]:
        """Announces that this process may yet commit something stamped ``at`` (a door sets it early)."""
        if at is None:
            yield
            return
        with self._expected_lock:
            token = max(self._expected, default=0) + 1
            self._expected[token] = at
        try:
            yield
        finally:
            with self._expected_lock:
                del self._expected[token]

    def consistent_through(self, now: datetime) -> datetime:
        """Everything stamped before this moment is stored and visible (xAPI 1.0.3 Consistent-Through).

        At most ``now``, and earlier while a transaction that may write is open: within this process, by the moment it
        announced (``writing(at)``); in another, by its start on PostgreSQL, and by when there was none on SQLite.
        """
        with self._expected_lock:
            moments = [now, *self._expected.values()]
        if self._watch is not None:
            moments.append(self._watch.quiet_until(now, is_ours=self._has_lock))
        elif not self.is_sqlite:
            moments.append(now - self._others_have_written_for())
        return min(moments)

    def consistent_recently(self, now: datetime) -> datetime:
        """What ``consistent_through`` said within the last second: true for ever, and cheap to say again.

        For answers to those who write: they have no use for the latest moment, and asking costs them a round trip.
        """
        said = self._consistent
        if said is None or not said[0] <= now < said[0] + SAID_AGAIN:
            said = self._consistent = (now, self.consistent_through(now))
        return said[1]

    @contextmanager
    def pipelined(self) -> Iterator[Callable[[], None]]:
        """Statements inside go to PostgreSQL without waiting for each other's answer; the next read, or the end, waits.

        To be entered before ``writing()``, so that the commit goes with the last of them. Gives a function that waits for
        all that was sent: to be called when the transaction is open and before the clock is read, because others take an
        open transaction for a sign that something may yet come (``consistent_through``). On SQLite nothing is different.
        """
        if self.is_sqlite or self.is_writing:
            yield lambda: None
            return
        self.refresh()
        with self.db.connection().pipeline() as line:
            yield line.sync

    @property
    def notes(self) -> dict[str, Any]:
        """What parts of the store remember for the length of the current transaction."""
        return self._transaction.notes

    @property
    def is_writing(self) -> bool:
        return self._transaction.purpose == WRITE

    def execute(self, sql: str, params: Sequence[Any] = ()) -> Any:
        """Runs one statement written with ``?`` for its parameters; returns the driver's cursor."""
        return run(self.db, sql, params)

    def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Runs one prepared statement for each row: the fastest way in, and one round trip on PostgreSQL."""
        if len(rows) == 1:
            self.execute(sql, rows[0])
        elif rows:
            run_many(self.db, sql, rows)

    @contextmanager
    def migrating(self) -> Iterator[None]:
        """Keeps a second release from migrating at the same time; each script has its own transaction."""
        if self.is_sqlite:
            # The write lock is of this process alone, and SQLite's own is let go of between two scripts.
            with alone_at_file(self), self._write_lock:
                yield
            return
        self.execute("SELECT pg_advisory_lock(?)", (MIGRATING,))
        try:
            yield
        finally:
            self.execute("SELECT pg_advisory_unlock(?)", (MIGRATING,))

    def refresh(self) -> None:
        """Drops the calling thread's connection if it broke, as when the server was restarted; costs no query.

        Transactions do so by themselves. To be called where work begins that may read outside one.
        """
        if not self.db.is_closed() and not self.db.is_connection_usable():
            self.db.close()

    def close(self) -> None:
        """Closes the calling thread's connection; the next use opens another."""
        if not self.db.is_closed():
            self.db.close()

    def _others_have_written_for(self) -> timedelta:
        # Both moments by the server's clock: it need not go as that of this host does, by which things are stamped.
        longest = self.execute(
            "SELECT max(clock_timestamp() - xact_start) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND application_name <> ?",
            (READER_NAME,),
        ).fetchone()[0]
        return timedelta(0) if longest is None else longest

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        # First the threads of this process among themselves, then the processes: neither sleeps and polls as SQLite does.
        with self._write_lock, self._turn:
            yield

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # Said only while the lock is certainly held: the commit that gives it back comes after this has ended.
        self._has_lock = True
        try:
            yield
        finally:
            self._has_lock = False

    @contextmanager
    def _open(self, purpose: str) -> Iterator[None]:
        self.refresh()
        with self.db.transaction(purpose):
            self._transaction.purpose = purpose
            self._transaction.notes = {}
            try:
                yield
            finally:
                self._transaction.purpose = None
                self._transaction.notes = {}


def alone_at_file(store: Store) -> AbstractContextManager[None]:
    """Around what no two processes may do to an SQLite file at the same time."""
    if not store.is_sqlite or store.in_memory:
        return nullcontext()
    return alone_at(Path(sqlite_path(store.url)).parent)


def ask(sql: str, params: Sequence[Any] = ()) -> Any:
    """One statement written with ``?`` on the bound database, for the few questions that every request asks.

    Building the same text anew by the query builder takes longer than the answer does.
    """
    return run(proxy.obj, sql, params)


def open_store(url: str, *, create: bool = False) -> Store:
    """Opens an address (see ``connect_database``) and binds the tables to it; the last opened wins.

    Raises ``ValueError`` for an unknown scheme, ``FileNotFoundError`` for a missing SQLite file without
    ``create``, and peewee's ``OperationalError`` where the server cannot be reached.
    """
    store = unbound_store(url, create=create)
    proxy.initialize(store.db)
    return store


def unbound_store(url: str, *, create: bool = False) -> Store:
    """The same without binding the tables: for another database beside the service's own, as in a restore."""
    db = connect_database(url, create=create)
    store = Store(db, url)
    # Of several who make the same file SQLite lets only one switch it to WAL; the others would find it locked at once.
    with alone_at_file(store) if create else nullcontext():
        db.connect()
    if not store.in_memory:
        # A web server may fork after this, and a connection must never be shared across a fork.
        db.close()
    return store


def migrate(store: Store) -> list[str]:
    """Applies the numbered scripts that this database has not had; returns their names in order."""
    with store.migrating():
        return list(Runner(store.db, str(MIGRATIONS)).up())


def is_behind(store: Store) -> bool:
    """Whether this database has not had all of the numbered scripts."""
    return any(one.path and not one.applied for one in Runner(store.db, str(MIGRATIONS)).status())
