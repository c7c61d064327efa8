"""What an operator meets who follows docs/operations.md: files for nobody else, and one line that says what is wrong."""

import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from passport_service.jobs.table import JOBS
from passport_service.services import setup
from passport_service.store import job_runs, leases
from passport_service.store.addresses import UNREADABLE, cannot_connect
from passport_service.store.database import Store, open_store
from tests import postgres
from tests.conftest import Clock
from tests.database.test_commands import passport


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, store: Store, tmp_path: Path) -> object:
    """Where a restore may go: a file that is not there, or a database without tables."""
    if store.is_sqlite:
        yield f"sqlite:///{tmp_path}/elsewhere/restored.sqlite"
        return
    with postgres.database(request.getfixturevalue("postgres_server")) as address:
        yield address


def test_a_sqlite_database_and_its_folder_are_for_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        store = open_store(f"sqlite:///{tmp_path}/made/new.sqlite", create=True)
        with store.writing():
            store.execute("CREATE TABLE one (two INTEGER)")
    finally:
        os.umask(before)
    made = sorted((tmp_path / "made").iterdir())
    assert {one.name.removeprefix("new.sqlite") for one in made} == {"", "-next", "-shm", "-turn", "-wal"}
    assert [mode(one) for one in made] == [0o600] * 5
    assert mode(tmp_path / "made") == 0o700
    store.close()


@pytest.mark.parametrize("words", [["migrate"], ["jobs"], ["verify"], ["worker"], ["backup", "b"]])
def test_a_server_that_is_not_there_is_one_line_without_the_password(
    words: list[str], tmp_path: Path
) -> None:
    said = passport("postgresql://who:geheim@127.0.0.1:1/county", tmp_path, *words, status=2)
    assert said == "PASSPORT_DATABASE_URL: cannot connect to 127.0.0.1:1/county: Connection refused\n"


@pytest.mark.postgres
def test_a_database_that_is_not_there_is_one_line(
    postgres_url: str, sqlite_store: Store, sqlite_url: str, tmp_path: Path
) -> None:
    name = postgres.name_of(postgres_url)
    wrong = postgres_url.replace(name, "nowhere")
    passport(sqlite_url, tmp_path, "backup", str(tmp_path / "copy"))
    for words in (["migrate"], ["jobs"], ["restore", str(tmp_path / "copy")]):
        said = passport(wrong, tmp_path, *words, status=2)
        assert said.startswith("PASSPORT_DATABASE_URL: cannot connect to ")
        assert said.endswith('/nowhere: database "nowhere" does not exist\n')


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "letter.sqlite").write_text("Dear all, " * 1000)
    said = passport(f"sqlite:///{tmp_path}/letter.sqlite", tmp_path, "jobs", status=2)
    assert said == f"PASSPORT_DATABASE_URL: cannot open {tmp_path}/letter.sqlite: file is not a database\n"


def test_no_part_of_a_password_is_told_of_an_address_that_was_written_wrong() -> None:
    for password in ("ge@heim", "ge/heim", "ge?heim", "ge#heim", "g@e/heim", "geheim%"):
        url = f"postgresql://who:{password}@there/county"
        assert cannot_connect(url, ValueError("failed to resolve host 'heim'")) == UNREADABLE, password
    said = cannot_connect("postgresql://who:geheim@there/county", ValueError("it failed: geheim is wrong"))
    assert said == "cannot connect to there:5432/county: … is wrong"


def test_jobs_that_are_all_well_are_wrong_when_no_worker_is_alive(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    setup.set_up(store, now=now)
    for job in JOBS:
        assert job_runs.start(store, job.name, "now", holder="w", now=now, failed_before=now)
        assert job_runs.finish(store, job.name, "now", holder="w", now=now, outcome={})
    assert "no worker is running" in passport(database_url, tmp_path, "jobs", status=1)
    leases.take(store, "worker:w", holder="w", now=now, until_at=now + timedelta(hours=1))
    assert "1 worker alive" in passport(database_url, tmp_path, "jobs")


def test_a_restored_database_has_no_worker_and_asks_for_its_draw_key(
    store: Store, database_url: str, empty_url: str, tmp_path: Path, clock: Clock
) -> None:
    setup.set_up(store, now=clock.now)
    now = datetime.now(UTC)
    leases.take(store, "worker:w", holder="w", now=now, until_at=now + timedelta(hours=1))
    copy, here, there = str(tmp_path / "copy.backup"), tmp_path / "here", tmp_path / "there"
    passport(database_url, here, "jobs", "run", "draw")
    passport(database_url, here, "backup", copy)
    said = passport(empty_url, there, "restore", copy)
    assert f"Put the draw key back before the worker starts, as {there}/draw.key" in said
    assert "no worker is running" in passport(empty_url, there, "jobs", status=1)


def test_a_restore_does_not_ask_for_a_draw_key_that_is_in_its_place_or_was_never_published(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path, clock: Clock
) -> None:
    setup.set_up(sqlite_store, now=clock.now)
    passport(sqlite_url, tmp_path, "backup", str(tmp_path / "before"))
    passport(sqlite_url, tmp_path, "jobs", "run", "draw")
    passport(sqlite_url, tmp_path, "backup", str(tmp_path / "after"))
    for name in ("before", "after"):
        said = passport(f"sqlite:///{tmp_path}/of_{name}", tmp_path, "restore", str(tmp_path / name))
        assert said == "restored, brought up to date and verified\n"
    (tmp_path / "draw.key").write_bytes(b"k" * 32)
    assert "Put the draw key back" in passport(
        f"sqlite:///{tmp_path}/of_another", tmp_path, "restore", str(tmp_path / "after")
    )


def test_what_cannot_be_restored_says_what_it_is(
    store: Store, database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    ours, other = ("SQLite", "PostgreSQL") if store.is_sqlite else ("PostgreSQL", "SQLite")
    file = tmp_path / "some.backup"
    file.write_bytes(b"PGDMP" + bytes(100) if store.is_sqlite else b"SQLite format 3\0" + bytes(100))
    url = f"sqlite:///{tmp_path}/elsewhere.sqlite" if store.is_sqlite else database_url
    said = passport(url, tmp_path, "restore", str(file), status=1)
    assert f"is a backup of {other}, and PASSPORT_DATABASE_URL names {ours}" in said
    file.write_text("Dear all, " * 1000)
    assert "is no backup" in passport(url, tmp_path, "restore", str(file), status=1)


def test_another_programs_sqlite_database_is_no_backup(tmp_path: Path) -> None:
    other = open_store(f"sqlite:///{tmp_path}/other.sqlite", create=True)
    other.execute("CREATE TABLE bookmark (address TEXT)")
    other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other.close()
    said = passport(
        f"sqlite:///{tmp_path}/new.sqlite", tmp_path, "restore", f"{tmp_path}/other.sqlite", status=1
    )
    assert "no backup of this service" in said


def test_a_backup_makes_no_folder(store: Store, database_url: str, tmp_path: Path) -> None:
    target = tmp_path / "not mounted" / "copy.backup"
    said = passport(database_url, tmp_path, "backup", str(target), status=1)
    assert f"there is no folder {target.parent}; make it, or mount its disk" in said
    assert not target.parent.exists()


def test_a_setting_of_the_policy_that_there_is_not_says_where_the_names_are(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path
) -> None:
    said = passport(sqlite_url, tmp_path, "setup", "--preset", "essex-baseline", "--set", "foo=1", status=1)
    assert said == "MALFORMED: There is no setting of that name; `passport setup --help` has all. (foo)\n"
    assert "streak.length" in passport(sqlite_url, tmp_path, "setup", "--help")
