"""Files that appear whole or not at all, and are still there after the power went; files that nothing outlives; and
places with work for one alone."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import SpooledTemporaryFile, mkstemp
from typing import IO

IN_MEMORY = 262_144  # bytes


def write_once(path: Path, content: bytes) -> None:
    """Writes a file for its owner alone, unless it is there: then it stays as it is, whoever wrote it.

    Nobody ever reads half of it, and of several who write at once the first has written for all. Raises ``OSError``.
    """
    if path.exists():
        return
    handle, temporary = mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        os.unlink(temporary)
    _sync_folder(path.parent)


def make_private(path: Path) -> None:
    """Makes an empty file for its owner alone, unless there is one: what is written to it later keeps its mode."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def staging(folder: Path) -> IO[bytes]:
    """A file for what passes through: in memory while it is small, and without a name on disk, so that it ends with us."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return SpooledTemporaryFile(IN_MEMORY, dir=str(folder))


@contextmanager
def alone_at(path: Path) -> Iterator[None]:
    """Waits until nobody else, in any process, is alone at this file or folder; one that is killed leaves it free."""
    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    """The name of a file is kept in its folder, which reaches the disk apart from it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
