"""The schema after migrating: as the tables say, with its constraints alive, and reversible."""

import re
from pathlib import Path

import pytest
from peewee import DatabaseError, IntegrityError
from playhouse.migrations import Runner
from playhouse.schema_diff import diff_models

from passport_service.store.database import MIGRATIONS, Store, migrate
from passport_service.store.tables import all_tables
from tests.database.facts import append

LINK = bytes(32)


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


def test_every_check_constraint_that_is_written_is_alive(store: Store) -> None:
    assert declared_checks()
    assert declared_checks() - live_checks(store) == set()


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
