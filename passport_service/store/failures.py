"""Why the database did not do what it was asked, where that is no fault of the program: gone, full, read-only, busy."""

import errno
import sqlite3
from collections.abc import Iterator
from enum import Enum

import peewee
import psycopg

DATABASE_ERRORS = (peewee.PeeweeException, sqlite3.Error, psycopg.Error)


class Trouble(Enum):
    """What keeps the database from working, in a sentence for whoever asked. It may pass; asking again is right."""

    GONE = "The database cannot be reached at the moment. Try again in a little while."
    FULL = "The service has no room left to store anything; nothing was stored. Try again in a little while."
    READ_ONLY = (
        "The database can only be read at the moment; nothing was stored. Try again in a little while."
    )
    BUSY = "The database is too busy at the moment; nothing was stored. Try again in a little while."


NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
# The primary result codes of SQLite. A failing disk says I/O error, and so does one with a limit to the size of files.
OF_SQLITE = {
    sqlite3.SQLITE_FULL: Trouble.FULL,
    sqlite3.SQLITE_IOERR: Trouble.FULL,
    sqlite3.SQLITE_READONLY: Trouble.READ_ONLY,
    sqlite3.SQLITE_BUSY: Trouble.BUSY,
    sqlite3.SQLITE_LOCKED: Trouble.BUSY,
    sqlite3.SQLITE_CANTOPEN: Trouble.GONE,
}
# The classes of PostgreSQL's codes, and single codes where a class has others too (its manual, appendix A).
OF_POSTGRESQL = {
    "08": Trouble.GONE,
    "57P": Trouble.GONE,
    "25006": Trouble.READ_ONLY,
    "40001": Trouble.BUSY,
    "40P01": Trouble.BUSY,
    "53100": Trouble.FULL,
    "53": Trouble.BUSY,
    "55P03": Trouble.BUSY,
    "57014": Trouble.BUSY,
    "58": Trouble.FULL,
}


def trouble_of(fault: BaseException | None) -> Trouble | None:
    """What an exception says of the database; None when it is a fault of the program, or has nothing to do with it.

    A disk of this host that is full is the same to whoever asked, and so it is told in the same words.
    """
    if isinstance(fault, OSError) and fault.errno in NO_ROOM:
        return Trouble.FULL
    for one in chain(fault):
        found = of_sqlite(one) if isinstance(one, sqlite3.Error) else of_postgresql(one)
        if found is not None:
            return found
    return None


def chain(fault: BaseException | None) -> Iterator[BaseException]:
    """The exception and what it came of, as far as all of it is the database's: undoing may fail after doing did."""
    while isinstance(fault, DATABASE_ERRORS):
        yield fault
        fault = fault.__cause__ or fault.__context__


def of_sqlite(fault: sqlite3.Error) -> Trouble | None:
    code = getattr(fault, "sqlite_errorcode", None)
    return None if code is None else OF_SQLITE.get(code & 0xFF)


def of_postgresql(fault: BaseException) -> Trouble | None:
    """A connection that is lost or was never made has no code."""
    if not isinstance(fault, psycopg.Error):
        return None
    if fault.sqlstate is None:
        return Trouble.GONE if isinstance(fault, psycopg.OperationalError) else None
    return next((what for code, what in OF_POSTGRESQL.items() if fault.sqlstate.startswith(code)), None)
