"""Until when no other process was writing to a SQLite file: found out by taking its write lock for a moment.

PostgreSQL lists open transactions; SQLite knows only whether there is one. Whoever has the lock knows that there is none.
"""

import sqlite3
import threading
from datetime import UTC, datetime

BEGINNING = datetime.min.replace(tzinfo=UTC)


class Watch:
    """Looks at one file over a connection of its own, made when it is first needed (and so after any fork)."""

    def __init__(self, path: str, here: threading.RLock) -> None:
        """``here`` is the lock under which this process writes: its own writers wait there, and never for a look."""
        self._path = path
        self._here = here
        self._looking = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._quiet = BEGINNING

    def quiet_until(self, now: datetime, *, is_ours: bool) -> datetime:
        """``now`` if no other process is writing; else when that was last seen, or the beginning of time.

        Whatever is written later stamps a later moment, because the clock is read when the lock is held. ``is_ours``: this
        process has the lock, so that nobody else can.
        """
        with self._looking:
            if is_ours:
                self._quiet = max(self._quiet, now)
            elif self._here.acquire(blocking=False):
                try:
                    if self._is_quiet():
                        self._quiet = max(self._quiet, now)
                finally:
                    self._here.release()
            return min(self._quiet, now)

    def _is_quiet(self) -> bool:
        if self._connection is None:
            self._connection = sqlite3.connect(
                self._path, timeout=0, isolation_level=None, check_same_thread=False
            )
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        self._connection.execute("ROLLBACK")
        return True

    def close(self) -> None:
        with self._looking:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
