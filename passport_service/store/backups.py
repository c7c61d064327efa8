"""Copies of the whole database while it is in use, and the way back.

SQLite is copied by its own online backup in one read transaction; PostgreSQL by ``pg_dump``. Neither stops
writers. A restore goes into a database that is not there yet (SQLite) or has no tables (PostgreSQL), begins a
new epoch for those who follow the ledger, and ends by verifying the chain.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from passport_service.durable import make_private
from passport_service.store import ledger
from passport_service.store.database import Store, migrate, unbound_store
from passport_service.store.engines import sqlite_path
from passport_service.store.following import begin_epoch

PRIVATE = 0o600
SQLITE = "SQLite"
POSTGRESQL = "PostgreSQL"
BEGINNINGS = {b"SQLite format 3\0": SQLITE, b"PGDMP": POSTGRESQL}  # of the files that each makes
DEBIAN_BINARIES = "/usr/lib/postgresql"
LIBPQ_NAMES = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "options": "PGOPTIONS",
}


class BackupFailed(Exception):
    """A backup or restore that was not completed; what it left unfinished was removed."""


def backup(store: Store, target: Path) -> None:
    """Writes a copy of everything committed so far to a new file, readable by its owner only.

    The file appears under its name only when it is complete. Raises ``BackupFailed``, also if the file exists or its
    folder does not: that of a disk which is not mounted must not be filled in its place.
    """
    if target.exists():
        raise BackupFailed(f"{target} is there already; a backup never overwrites one")
    if not target.absolute().parent.is_dir():
        raise BackupFailed(f"there is no folder {target.absolute().parent}; make it, or mount its disk")
    part = target.with_name(target.name + ".part")
    os.close(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, PRIVATE))
    try:
        copy_sqlite(store, part) if store.is_sqlite else dump_postgres(store.url, part)
        settle_on_disk(part)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)


def restore(source: Path, url: str, *, now: datetime) -> list[str]:
    """Makes the database at ``url`` out of a backup, brings it up to date and verifies it.

    Returns what ``verify`` found: empty if the restored ledger is sound. Raises ``BackupFailed`` where there
    is a database already, or the file is not a backup of this kind.
    """
    if not source.is_file():
        raise BackupFailed(f"there is no backup at {source}")
    kind, wanted = kind_of(source), SQLITE if url.startswith("sqlite:") else POSTGRESQL
    if kind != wanted:
        raise BackupFailed(
            f"{source} is a backup of {kind}, and PASSPORT_DATABASE_URL names {wanted}: restore it into {kind}"
        )
    if kind == SQLITE:
        place_sqlite(source, Path(sqlite_path(url)))
    else:
        load_postgres(source, url)
    store = unbound_store(url)
    try:
        migrate(store)
        with store.writing(now):
            begin_epoch(store, now)
            store.execute("DELETE FROM lease")  # of workers that were alive when the backup was taken
        return ledger.verify(store)
    finally:
        store.close()


def kind_of(source: Path) -> str:
    """Which database a backup is of. Raises ``BackupFailed`` for a file that is none."""
    with source.open("rb") as file:
        start = file.read(max(map(len, BEGINNINGS)))
    for beginning, kind in BEGINNINGS.items():
        if start.startswith(beginning):
            return kind
    raise BackupFailed(
        f"{source} is no backup: `passport backup` did not write it, or not all of it is there"
    )


def copy_sqlite(store: Store, part: Path) -> None:
    with closing(sqlite3.connect(part)) as copy:
        if store.in_memory:
            store.db.connection().backup(copy)
        else:
            # A connection of its own: the thread's may be in the middle of a transaction.
            with closing(sqlite3.connect(sqlite_path(store.url))) as live:
                live.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        check_sqlite(copy)


def check_sqlite(copy: sqlite3.Connection) -> None:
    """Raises ``BackupFailed`` unless SQLite itself finds the file sound."""
    try:
        found = copy.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise BackupFailed(f"this is not a sound SQLite database: {error}") from error
    if found != "ok":
        raise BackupFailed(f"this is not a sound SQLite database: {found}")


def place_sqlite(source: Path, target: Path) -> None:
    if target.exists():
        raise BackupFailed(f"{target} is there already; move it away first")
    with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as copy:
        check_sqlite(copy)
        if not copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'event'").fetchone():
            raise BackupFailed(f"{source} is a SQLite database, but no backup of this service")
    part = target.with_name(target.name + ".part")
    part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        make_private(part)
        part.chmod(PRIVATE)  # one that was left over may be another's to read
        shutil.copyfile(source, part)
        settle_on_disk(part)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)


def dump_postgres(url: str, part: Path) -> None:
    run_tool(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={part}"], url)


def load_postgres(source: Path, url: str) -> None:
    store = unbound_store(url)
    tables = store.db.get_tables()
    store.close()
    if tables:
        raise BackupFailed(
            f"the database has tables already ({', '.join(tables[:3])} …); restore into an empty one"
        )
    name = conninfo_to_dict(url).get("dbname") or ""
    options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    run_tool(["pg_restore", *options, f"--dbname={name}", str(source)], url)


def run_tool(command: Sequence[str], url: str) -> None:
    """Runs one of PostgreSQL's tools. The address goes by the environment: arguments can be seen by everyone."""
    known = {
        LIBPQ_NAMES[name]: str(value) for name, value in conninfo_to_dict(url).items() if name in LIBPQ_NAMES
    }
    environment: Mapping[str, str] = {**os.environ, **known}
    done = subprocess.run(
        [find_tool(command[0]), *command[1:]], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupFailed(f"{command[0]} failed: {done.stderr.strip()[-500:]}")


def find_tool(name: str) -> str:
    """A tool on the PATH, else of the newest Debian package. Raises ``BackupFailed``."""
    found = shutil.which(name)
    if found:
        return found
    packaged = sorted(Path(DEBIAN_BINARIES).glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if not packaged:
        raise BackupFailed(f"{name} is not installed (package postgresql-client)")
    return str(packaged[-1])


def settle_on_disk(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
