"""Turns among the processes that write to one SQLite file, so that none waits while another writes again and again.

SQLite's own wait sleeps and polls, up to a tenth of a second at a time: a process that is busy writing has the lock again
long before another looks. This is courtesy only. What keeps two from writing at once is SQLite's lock.
"""

import fcntl
import os
from types import TracebackType


class Turn:
    """The turn of this process, to be waited for by one of its threads at a time.

    Whoever waits for the end of a turn is alone in doing so, and the others wait behind. So nobody who has just had a turn
    gets the next one before somebody who waited for it. Goes on at once where there can be no lock, as on a full disk.
    """

    def __init__(self, path: str) -> None:
        self._next, self._now = f"{path}-next", f"{path}-turn"
        self._held: int | None = None

    def __enter__(self) -> None:
        try:
            waiting = _locked(self._next)
            try:
                self._held = _locked(self._now)
            finally:
                os.close(waiting)
        except OSError:
            self._held = None

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._held is not None:
            os.close(self._held)


def _locked(path: str) -> int:
    # Opened each time: a handle that was kept would be shared with a forked process, and with it the lock.
    # For this account alone: who can open it can lock it, and hold everybody up.
    handle = os.open(path, os.O_RDONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
    except BaseException:
        os.close(handle)
        raise
    return handle
