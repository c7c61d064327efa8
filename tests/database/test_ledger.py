"""The ledger: what goes in comes out, and nothing can be changed, moved or cut off unseen."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from passport_service.domain.errors import Refused
from passport_service.domain.events import NewEvent
from passport_service.store import ledger
from passport_service.store.database import Store
from passport_service.store.engines import sqlite_path
from tests.database.facts import NOON, append, fact, numbers


@contextmanager
def triggers_off(store: Store) -> Iterator[None]:
    """As someone with full access to the database would, past every trigger."""
    if store.is_sqlite:
        rows = store.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in rows:
            store.execute(f"DROP TRIGGER {name}")
        store.execute("PRAGMA foreign_keys = 0")
        yield
        for _, sql in rows:
            store.execute(sql)
        return
    store.execute("SET session_replication_role = replica")
    yield
    store.execute("SET session_replication_role = origin")


@pytest.fixture
def filled(store: Store) -> Store:
    append(store, "P000001", 1, 2, 3)
    append(store, "P000002", 1, 2)
    append(store, "P000001", 4)
    return store


def test_facts_come_out_as_they_were_returned_when_they_went_in(store: Store) -> None:
    given = append(store, "P000001", 1, 2) + append(store, "P000001", 3)
    found = ledger.read(store, "P000001")
    assert found == given
    assert [one.seq for one in found] == [1, 2, 3]
    assert sorted({one.id for one in found}) == [one.id for one in found]
    first = found[0]
    assert (first.kind, first.caused_by, first.policy_version) == ("item_decided", "U7", 1)
    assert first.effective_at == NOON + timedelta(minutes=1)
    assert first.recorded_at.tzinfo is UTC


def test_each_stream_counts_for_itself(filled: Store) -> None:
    assert [one.seq for one in ledger.read(filled, "P000002")] == [1, 2]
    assert ledger.streams(filled) == ["P000001", "P000002"]
    everyone = dict(ledger.read_many(filled))
    assert {stream: numbers(facts) for stream, facts in everyone.items()} == {
        "P000001": [1, 2, 3, 4],
        "P000002": [1, 2],
    }
    assert [stream for stream, _ in ledger.read_many(filled, ["P000002", "P000009"])] == ["P000002"]


def test_what_was_recorded_later_is_not_known_earlier(store: Store) -> None:
    append(store, "P000001", 1)
    append(store, "P000001", 2, at=NOON + timedelta(days=1))
    assert numbers(ledger.read(store, "P000001", known_at=NOON)) == [1]
    assert numbers(ledger.read(store, "P000001", known_at=NOON + timedelta(days=1))) == [1, 2]
    assert ledger.read(store, "P000001", known_at=NOON - timedelta(microseconds=1)) == []


def test_a_fact_needs_a_transaction_a_time_zone_and_plain_data(store: Store) -> None:
    with pytest.raises(RuntimeError):
        ledger.append(store, "P000001", [fact()], recorded_at=NOON, caused_by="U7", policy_version=1)
    naive = replace(fact(), effective_at=datetime(2026, 3, 2))  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"), store.writing():
        ledger.append(store, "P000001", [naive], recorded_at=NOON, caused_by="U7", policy_version=1)
    odd = NewEvent("odd", NOON, {"at": NOON})
    with pytest.raises(TypeError), store.writing():
        ledger.append(store, "P000001", [odd], recorded_at=NOON, caused_by="U7", policy_version=1)


def test_a_sound_ledger_verifies_before_and_after_sealing(filled: Store) -> None:
    assert ledger.verify(filled) == []
    assert ledger.seal(filled, NOON)
    assert ledger.verify(filled) == []
    append(filled, "P000003", 1)
    append(filled, "P000001", 5)
    assert ledger.seal(filled, NOON)
    assert not ledger.seal(filled, NOON)
    append(filled, "P000001", 6)
    assert ledger.verify(filled) == []


TAMPERING = {
    "caused_by": "UPDATE event SET caused_by = 'U8' WHERE stream = 'P000001' AND seq = 2",
    "kind": "UPDATE event SET kind = 'item_picked' WHERE stream = 'P000001' AND seq = 2",
    "moment": "UPDATE event SET effective_at = recorded_at WHERE stream = 'P000001' AND seq = 2",
    "learned": "UPDATE event SET recorded_at = effective_at WHERE stream = 'P000001' AND seq = 2",
    "policy": "UPDATE event SET policy_version = 2 WHERE stream = 'P000001' AND seq = 2",
    "rests_on": "UPDATE event SET rests_on = NULL WHERE stream = 'P000001' AND seq = 2",
    "place": "UPDATE event SET id = 99 WHERE stream = 'P000001' AND seq = 2",
    "digest": "UPDATE event SET digest = link WHERE stream = 'P000001' AND seq = 2",
    "link": "UPDATE event SET link = digest WHERE stream = 'P000001' AND seq = 2",
    "payload": "UPDATE event_payload SET body = '{\"number\":7}' WHERE event_id = 2",
    "salt": "UPDATE event_payload SET salt = (SELECT salt FROM event_payload WHERE event_id = 1) WHERE event_id = 2",
    "payload gone": "DELETE FROM event_payload WHERE event_id = 2",
    "deleted": "DELETE FROM event WHERE stream = 'P000001' AND seq = 2",
}


@pytest.mark.parametrize("statement", TAMPERING.values(), ids=TAMPERING.keys())
def test_any_change_is_found_and_the_first_broken_link_is_named(filled: Store, statement: str) -> None:
    with triggers_off(filled):
        filled.execute(statement)
    problems = ledger.verify(filled)
    assert problems
    assert problems[0].startswith("stream P000001, event 2:")
    assert not any("P000002" in one for one in problems)


def test_two_facts_that_changed_places_are_found(filled: Store) -> None:
    with triggers_off(filled):
        filled.execute("UPDATE event SET seq = 99 WHERE stream = 'P000001' AND seq = 1")
        filled.execute("UPDATE event SET seq = 1 WHERE stream = 'P000001' AND seq = 2")
        filled.execute("UPDATE event SET seq = 2 WHERE stream = 'P000001' AND seq = 99")
    assert ledger.verify(filled)[0].startswith("stream P000001, event 1:")


def test_last_facts_that_were_cut_off_are_found_by_the_head(filled: Store) -> None:
    with triggers_off(filled):
        filled.execute("DELETE FROM event WHERE stream = 'P000001' AND seq >= 3")
    assert ledger.verify(filled)[0].startswith("stream P000001, event 3:")


def test_a_whole_stream_that_was_removed_is_found(filled: Store) -> None:
    with triggers_off(filled):
        filled.execute("DELETE FROM event WHERE stream = 'P000002'")
    assert ledger.verify(filled) == ["stream P000002, event 1: all of its 2 events are missing"]


def test_an_end_cut_off_together_with_its_head_is_found_by_the_seal(filled: Store) -> None:
    ledger.seal(filled, NOON)
    with triggers_off(filled):
        filled.execute("DELETE FROM event WHERE stream = 'P000001' AND seq = 4")
        filled.execute(
            "UPDATE stream_head SET seq = 3, link = (SELECT link FROM event WHERE stream = 'P000001' AND seq = 3)"
            " WHERE stream = 'P000001'"
        )
    (problem,) = ledger.verify(filled)
    assert problem.startswith("seal 1 of 2026-03-02")


def test_a_changed_or_missing_seal_is_found(filled: Store) -> None:
    for number in (5, 6, 7):
        append(filled, "P000001", number)
        ledger.seal(filled, NOON)
    with triggers_off(filled):
        filled.execute("DELETE FROM seal WHERE id = 2")
    assert ledger.verify(filled)[0].startswith("seal 3 of ")


def test_an_erased_person_leaves_no_words_and_a_ledger_that_verifies(filled: Store) -> None:
    ledger.seal(filled, NOON)
    ledger.erase(filled, "P000001", NOON)
    assert ledger.verify(filled) == []
    assert ledger.read(filled, "P000001") == []
    assert ledger.streams(filled) == ["P000002"]
    left = filled.execute("SELECT count(*) FROM event_payload").fetchone()[0]
    assert left == 2
    append(filled, "P000002", 3)
    ledger.seal(filled, NOON)
    assert ledger.verify(filled) == []


def test_nothing_more_can_be_recorded_of_an_erased_person(filled: Store) -> None:
    ledger.erase(filled, "P000001", NOON)
    with pytest.raises(Refused, match="NOT_FOUND"):
        append(filled, "P000001", 5)
    with pytest.raises(Refused, match="NOT_FOUND"):
        ledger.erase(filled, "P000001", NOON)
    with pytest.raises(Refused, match="NOT_FOUND"):
        ledger.erase(filled, "P000009", NOON)


def test_what_remains_of_an_erased_person_is_still_guarded(filled: Store) -> None:
    ledger.erase(filled, "P000001", NOON)
    with triggers_off(filled):
        filled.execute("UPDATE event SET caused_by = 'U8' WHERE stream = 'P000001' AND seq = 3")
    assert ledger.verify(filled)[0].startswith("stream P000001, event 3:")


def test_the_same_words_have_another_digest_each_time(filled: Store) -> None:
    digests = filled.execute("SELECT digest FROM event WHERE seq = 1").fetchall()
    assert len({bytes(digest) for (digest,) in digests}) == 2


def test_reading_and_appending_take_a_fixed_number_of_queries(filled: Store) -> None:
    seen: list[str] = []
    filled.db.query_hooks.append(lambda event: seen.append(event.sql))
    ledger.read(filled, "P000001")
    assert len(seen) == 1
    seen.clear()
    append(filled, "P000001", 5, 6, 7)
    # SQLite: begin, head, number, events, payloads, head. PostgreSQL first shares the council (docs/decisions/0008).
    assert len(seen) == (6 if filled.is_sqlite else 7)


def test_the_words_about_an_erased_person_are_overwritten_in_the_file(sqlite_store: Store) -> None:
    for number in range(50):
        append_words(sqlite_store, "P000001", f"reflection {number}")
    file = Path(sqlite_path(sqlite_store.url))
    sqlite_store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"reflection" in file.read_bytes()
    ledger.erase(sqlite_store, "P000001", NOON)
    sqlite_store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"reflection" not in file.read_bytes()


def append_words(store: Store, stream: str, words: str) -> None:
    with store.writing():
        ledger.append(store, stream, [fact(words=words)], recorded_at=NOON, caused_by="U7", policy_version=1)
