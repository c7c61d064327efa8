"""Who follows the ledger misses nothing, however writers overlap."""

import random
import threading
from datetime import timedelta

import pytest

from passport_service.domain.errors import Refused
from passport_service.store import ledger
from passport_service.store.database import Store, unbound_store
from passport_service.store.following import begin_epoch
from tests.database.facts import NOON, append, fact, numbers

LATER = NOON + timedelta(hours=1)


def follow_all(store: Store, after: str | None, limit: int = 2) -> tuple[list[tuple[str, int]], str]:
    """Everything after a cursor, as (stream, seq), and the cursor to go on from."""
    found: list[tuple[str, int]] = []
    while True:
        events, cursor = ledger.follow(store, after, limit)
        found.extend((one.stream, one.seq) for one in events)
        if not events:
            return found, cursor
        after = cursor


def test_a_reader_gets_every_fact_once_and_then_only_new_ones(store: Store) -> None:
    append(store, "P000001", 1, 2, 3)
    append(store, "P000002", 1, 2)
    found, cursor = follow_all(store, None)
    assert found == [("P000001", 1), ("P000001", 2), ("P000001", 3), ("P000002", 1), ("P000002", 2)]
    assert follow_all(store, cursor) == ([], cursor)
    append(store, "P000001", 4)
    assert follow_all(store, cursor)[0] == [("P000001", 4)]


def test_an_empty_ledger_gives_a_cursor_to_come_back_with(store: Store) -> None:
    events, cursor = ledger.follow(store, None, 10)
    assert events == []
    append(store, "P000001", 1)
    assert numbers(ledger.follow(store, cursor, 10)[0]) == [1]


def test_kinds_are_chosen_without_reading_the_others_again(store: Store) -> None:
    append(store, "P000001", 1, 2)
    events, cursor = ledger.follow(store, None, 10, kinds=["passport_issued"])
    assert events == []
    assert ledger.follow(store, cursor, 10) == ([], cursor)
    assert numbers(ledger.follow(store, None, 10, kinds=["item_decided"])[0]) == [1, 2]


@pytest.mark.parametrize(
    "cursor", ["", "7", "a.b.c", "1.2.3.4", "0.1.-5", "99999999999.1.1", "0.1.9" + "9" * 40]
)
def test_a_cursor_that_was_never_given_out_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(Refused, match="MALFORMED"):
        ledger.follow(store, cursor, 10)


@pytest.mark.postgres
def test_on_postgresql_a_fact_that_is_committed_late_is_not_skipped(postgres_url: str) -> None:
    """The first writer takes the lower numbers and commits last; on SQLite the second would have to wait."""
    store, other = unbound_store(postgres_url), unbound_store(postgres_url)
    with store.writing():
        ledger.append(store, "P000001", [fact(1)], recorded_at=NOON, caused_by="U7", policy_version=1)
        append(other, "P000002", 2)
        events, cursor = ledger.follow(other, None, 10)
        assert events == []
    found, _ = follow_all(other, cursor)
    assert sorted(found) == [("P000001", 1), ("P000002", 1)]
    store.close()
    other.close()


def test_readers_of_a_ledger_under_many_writers_get_everything_exactly_once(store: Store) -> None:
    writers, each = 4, 15
    stop = threading.Event()
    found: list[tuple[str, int]] = []

    def write(which: int) -> None:
        chance = random.Random(which)
        for number in range(each):
            with store.writing():
                people = [f"P{which:06d}", f"P{which + 10:06d}"]
                ledger.lock(store, people)
                for stream in people:
                    ledger.append(
                        store, stream, [fact(number)], recorded_at=NOON, caused_by="U7", policy_version=1
                    )
                if chance.random() < 0.5:
                    store.execute("SELECT 1" if store.is_sqlite else "SELECT pg_sleep(0.01)")
        store.close()

    def read() -> None:
        cursor: str | None = None
        done = False
        while not done:
            done = stop.is_set()
            more, cursor = follow_all(store, cursor, limit=7)
            found.extend(more)
        store.close()

    threads = [threading.Thread(target=write, args=(one,)) for one in range(writers)]
    reader = threading.Thread(target=read)
    for one in [reader, *threads]:
        one.start()
    for one in threads:
        one.join()
    stop.set()
    reader.join()
    assert len(found) == len(set(found)) == writers * each * 2


def test_a_cursor_from_before_a_restore_goes_on_where_it_was(store: Store) -> None:
    append(store, "P000001", 1, 2)
    _, early = follow_all(store, None)
    append(store, "P000001", 3)
    _, late = follow_all(store, None)
    with store.writing():
        assert begin_epoch(store, LATER) == 1
    append(store, "P000001", 4)
    assert follow_all(store, early)[0] == [("P000001", 3), ("P000001", 4)]
    assert follow_all(store, late)[0] == [("P000001", 4)]
    with store.writing():
        assert begin_epoch(store, LATER) == 2
    assert follow_all(store, early)[0] == [("P000001", 3), ("P000001", 4)]
    assert follow_all(store, None)[0] == [("P000001", number) for number in (1, 2, 3, 4)]
    assert ledger.verify(store) == []


def test_a_cursor_past_the_end_of_the_backup_gets_all_that_is_new(store: Store) -> None:
    append(store, "P000001", 1)
    epoch, transaction, place = follow_all(store, None)[1].split(".")
    ahead = f"{epoch}.{int(transaction) + 50}.{int(place) + 50}"
    with store.writing():
        begin_epoch(store, LATER)
    append(store, "P000001", 2)
    assert follow_all(store, ahead)[0] == [("P000001", 2)]
