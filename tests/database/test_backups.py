"""A backup taken while others write, restored into an empty place, is sound."""

import stat
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from passport_service.store import backups, ledger
from passport_service.store.database import Store, unbound_store
from passport_service.store.tables import all_tables
from tests import postgres
from tests.database.facts import NOON, append

LATER = NOON + timedelta(days=1)


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, store: Store, tmp_path: Path) -> object:
    """Where a restore may go: a file that is not there, or a database without tables."""
    if store.is_sqlite:
        yield f"sqlite:///{tmp_path}/restored.sqlite"
        return
    with postgres.database(request.getfixturevalue("postgres_server")) as address:
        yield address


def test_a_backup_while_others_write_is_restored_and_verifies(
    store: Store, empty_url: str, tmp_path: Path
) -> None:
    append(store, "P000001", 1, 2, 3)
    ledger.seal(store, NOON)
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            append(store, f"P{number % 7 + 2:06d}", number)
            number += 1
        store.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        backups.backup(store, tmp_path / "copy.backup")
    finally:
        stop.set()
        writer.join()
    known = len(ledger.read(store, "P000001"))
    assert backups.restore(tmp_path / "copy.backup", empty_url, now=LATER) == []
    restored = unbound_store(empty_url)
    assert len(ledger.read(restored, "P000001")) == known
    assert len(ledger.streams(restored)) <= len(ledger.streams(store))
    restored.close()


def test_after_a_restore_readers_and_writers_go_on(store: Store, empty_url: str, tmp_path: Path) -> None:
    append(store, "P000001", 1, 2)
    _, cursor = ledger.follow(store, None, 1)
    backups.backup(store, tmp_path / "copy.backup")
    backups.restore(tmp_path / "copy.backup", empty_url, now=LATER)
    restored = unbound_store(empty_url)
    append(restored, "P000001", 3)
    events, _ = ledger.follow(restored, cursor, 10)
    assert [one.seq for one in events] == [2, 3]
    assert ledger.verify(restored) == []
    restored.close()


def test_every_table_is_in_the_backup(store: Store, empty_url: str, tmp_path: Path) -> None:
    backups.backup(store, tmp_path / "copy.backup")
    backups.restore(tmp_path / "copy.backup", empty_url, now=LATER)
    restored = unbound_store(empty_url)
    assert {one._meta.table_name for one in all_tables()} <= set(restored.db.get_tables())
    restored.close()


def test_a_backup_is_for_its_owner_only_and_never_overwrites(store: Store, tmp_path: Path) -> None:
    target = tmp_path / "copy.backup"
    backups.backup(store, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with pytest.raises(backups.BackupFailed, match="there already"):
        backups.backup(store, target)
    assert [one.name for one in tmp_path.glob("copy*")] == ["copy.backup"]


def test_a_restore_never_writes_over_a_database(store: Store, tmp_path: Path) -> None:
    backups.backup(store, tmp_path / "copy.backup")
    with pytest.raises(backups.BackupFailed):
        backups.restore(tmp_path / "copy.backup", store.url, now=LATER)


def test_a_file_that_is_no_backup_is_refused(store: Store, empty_url: str, tmp_path: Path) -> None:
    with pytest.raises(backups.BackupFailed, match="no backup"):
        backups.restore(tmp_path / "none.backup", empty_url, now=LATER)
    (tmp_path / "letter.backup").write_text("Dear all, " * 1000)
    with pytest.raises(backups.BackupFailed):
        backups.restore(tmp_path / "letter.backup", empty_url, now=LATER)
