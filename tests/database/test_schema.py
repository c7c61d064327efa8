"""The schema after migrating: as the tables say, with its constraints alive, and reversible."""

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from peewee import DatabaseError, IntegrityError
from playhouse.migrations import Runner
from playhouse.schema_diff import diff_models

from passport_service.store.database import MIGRATIONS, Store, migrate, unbound_store
from passport_service.store.tables import all_tables
from tests import postgres
from tests.database.facts import append

LINK = bytes(32)
GONE = {"heard_batches_from_one"}  # with the table that 0011 drops


def declared_checks() -> set[str]:
    """The names of all CHECK constraints that the migrations spell out."""
    texts = [path.read_text() for path in Path(MIGRATIONS).glob("[0-9]*.py")]
    return {name for text in texts for name in re.findall(r"CONSTRAINT (\w+)\s+CHECK", text)}


def live_checks(store: Store) -> set[str]:
    if store.is_sqlite:
        rows = store.execute("SELECT sql FROM sqlite_master WHERE type = 'table'").fetchall()
        return {name for (sql,) in rows if sql for name in re.findall(r"CONSTRAINT (\w+)\s+CHECK", sql)}
    return {
        name for (name,) in store.execute("SELECT conname FROM pg_constraint WHERE contype = 'c'").fetchall()
    }


def test_migrating_leaves_no_difference_between_tables_and_database(store: Store) -> None:
    assert not diff_models(store.db, all_tables())


def test_migrating_twice_does_nothing_the_second_time(store: Store) -> None:
    assert migrate(store) == []


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/new.sqlite"
    else:
        with postgres.database(request.getfixturevalue("postgres_server")) as address:
            yield address


def test_of_several_that_migrate_at_once_the_first_does_it_for_all(empty_url: str) -> None:
    """As when a web process and a worker start together; like them, none knows of another's lock in its own process."""
    start = threading.Barrier(4)

    def run(_: int) -> list[str]:
        start.wait()
        one = unbound_store(empty_url, create=True)
        one._write_lock = threading.RLock()
        try:
            return migrate(one)
        finally:
            one.close()

    with ThreadPoolExecutor(4) as pool:
        applied = sorted(pool.map(run, range(4)), key=len)
    assert applied[:3] == [[]] * 3
    assert applied[3] == sorted(one.stem for one in MIGRATIONS.glob("[0-9]*.py"))


def test_of_several_that_make_a_file_at_once_none_finds_it_locked(tmp_path: Path) -> None:
    for turn in range(50):
        start = threading.Barrier(4)

        def make(_: int, url: str = f"sqlite:///{tmp_path}/{turn}.sqlite", start: Any = start) -> None:
            start.wait()
            unbound_store(url, create=True).close()

        with ThreadPoolExecutor(4) as pool:
            assert [*pool.map(make, range(4))] == [None] * 4


def test_every_check_constraint_that_is_written_is_alive(store: Store) -> None:
    assert declared_checks()
    assert declared_checks() - live_checks(store) == GONE


def test_all_migrations_can_be_taken_back_and_done_again(store: Store) -> None:
    Runner(store.db, str(MIGRATIONS)).down("0001_ledger")
    assert set(store.db.get_tables()) <= {"schema_migration", "sqlite_sequence"}
    assert migrate(store)[0] == "0001_ledger"
    assert not diff_models(store.db, all_tables())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET caused_by = 'someone else'",
        "UPDATE event SET effective_at = recorded_at",
        "DELETE FROM event",
        "UPDATE event_payload SET body = '{}'",
        "DELETE FROM event_payload",
    ],
)
def test_the_ledger_refuses_to_be_changed(store: Store, statement: str) -> None:
    append(store, "P000001", 1, 2)
    with pytest.raises(DatabaseError, match="append-only"), store.writing():
        store.execute(statement)


def test_a_number_within_a_stream_is_given_once(store: Store) -> None:
    append(store, "P000001", 1)
    with pytest.raises(IntegrityError), store.writing():
        store.execute(
            "INSERT INTO event (stream, seq, kind, effective_at, recorded_at, caused_by, policy_version, digest, link)"
            " VALUES ('P000001', 1, 'k', '2026-03-02T12:00:00.000000+00:00', '2026-03-02T12:00:00.000000+00:00',"
            " 'U7', 1, ?, ?)",
            (LINK, LINK),
        )


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO lease (name, holder, until_at) VALUES ('sweep', NULL, '2026-03-02T12:00:00.000000+00:00')",
        "INSERT INTO counter (name, value) VALUES ('stream', -1)",
        "INSERT INTO stream_head (stream, seq, link) VALUES ('', 0, ?)",
        "INSERT INTO holding (stream, requirement, state_basis, evidence) VALUES ('P9', 'mca', 'evidence', '[]')",
    ],
    ids=["null", "negative", "nameless", "orphan"],
)
def test_rows_that_make_no_sense_are_refused(store: Store, statement: str) -> None:
    with pytest.raises(IntegrityError), store.writing():
        store.execute(statement, (LINK,) if "?" in statement else ())
