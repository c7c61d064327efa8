"""Transactions behave the same on both databases, also when several threads want to write."""

import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import sleep

import pytest

from passport_service.store import ledger
from passport_service.store.counters import new_stream
from passport_service.store.database import Store, open_store, unbound_store
from tests.database.facts import NOON, append, fact, numbers
from tests.waiting import PATIENCE


def together(number: int, work: Callable[[int], None]) -> list[BaseException]:
    """Runs work in that many threads at once; returns what they raised."""
    raised: list[BaseException] = []
    start = threading.Barrier(number)

    def run(which: int) -> None:
        start.wait()
        try:
            work(which)
        except BaseException as error:  # noqa: BLE001  the test looks at whatever it was
            raised.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in range(number)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return raised


class Broken(Exception):
    """Something went wrong in the middle."""


def append_and_break(store: Store, *streams: str) -> None:
    for stream in streams:
        append(store, stream, 7)
    raise Broken


def test_nothing_is_left_of_a_transaction_that_fails(store: Store) -> None:
    with pytest.raises(Broken), store.writing():
        append_and_break(store, "P000001")
    assert ledger.read(store, "P000001") == []


def test_an_inner_transaction_joins_the_outer_one(store: Store) -> None:
    with pytest.raises(Broken), store.writing():
        append_and_break(store, "P000001", "P000002")
    assert ledger.streams(store) == []


def test_a_part_that_fails_is_undone_alone(store: Store) -> None:
    with store.writing():
        append(store, "P000001", 1)
        with pytest.raises(Broken), store.savepoint():
            append_and_break(store, "P000001", "P000002")
        append(store, "P000001", 3)
    assert numbers(ledger.read(store, "P000001")) == [1, 3]
    assert ledger.streams(store) == ["P000001"]
    assert ledger.verify(store) == []


def test_a_reader_may_not_turn_into_a_writer(store: Store) -> None:
    with pytest.raises(RuntimeError, match="read transaction"), store.reading(), store.writing():
        pass


def test_a_reader_sees_one_moment_while_another_writes(store: Store) -> None:
    append(store, "P000001", 1)
    with store.reading():
        before = numbers(ledger.read(store, "P000001"))
        assert together(1, lambda _: close_after(store, lambda: append(store, "P000001", 2))) == []
        assert numbers(ledger.read(store, "P000001")) == before
    assert numbers(ledger.read(store, "P000001")) == [1, 2]


def close_after(store: Store, work: Callable[[], object]) -> None:
    try:
        work()
    finally:
        store.close()


def test_threads_that_read_and_then_write_never_find_the_database_locked(store: Store) -> None:
    def count_up(_: int) -> None:
        for _ in range(20):
            with store.writing():
                ledger.lock(store, ["P000001"])
                known = len(ledger.read(store, "P000001"))
                ledger.append(
                    store, "P000001", [fact(known)], recorded_at=NOON, caused_by="U7", policy_version=1
                )
        store.close()

    assert together(6, count_up) == []
    assert numbers(ledger.read(store, "P000001")) == list(range(120))
    assert ledger.verify(store) == []


def test_two_processes_that_read_and_then_write_never_find_the_database_locked(store: Store) -> None:
    """Two stores over one file know nothing of one another's lock, as two processes do not."""
    other = unbound_store(store.url)
    other._write_lock = threading.RLock()

    def count_up(which: int) -> None:
        mine = (store, other)[which]
        for _ in range(20):
            with mine.writing():
                ledger.lock(mine, ["P000001"])
                known = len(ledger.read(mine, "P000001"))
                ledger.append(
                    mine, "P000001", [fact(known)], recorded_at=NOON, caused_by="U7", policy_version=1
                )
        mine.close()

    assert together(2, count_up) == []
    assert numbers(ledger.read(store, "P000001")) == list(range(40))


def test_a_process_that_writes_again_and_again_lets_the_others_have_their_turn(sqlite_store: Store) -> None:
    other = unbound_store(sqlite_store.url)
    other._write_lock = threading.RLock()
    turns = {sqlite_store: 0, other: 0}
    has_begun = threading.Event()

    def write_on(_: int) -> None:
        while turns[other] < 20 and turns[sqlite_store] < 400:
            with sqlite_store.writing():
                has_begun.set()
                sleep(0.002)
            turns[sqlite_store] += 1
        sqlite_store.close()

    def write_sometimes(_: int) -> None:
        has_begun.wait()
        while turns[other] < 20:
            with other.writing():
                turns[other] += 1
        other.close()

    assert together(2, lambda which: (write_on, write_sometimes)[which](which)) == []
    assert turns[sqlite_store] < 400, "the other had to wait until nobody else wrote"


def test_writers_of_the_same_people_in_any_order_never_wait_for_each_other_for_ever(store: Store) -> None:
    people = [f"P{number:06d}" for number in range(6)]

    def write(which: int) -> None:
        for turn in range(10):
            wanted = people[which % 3 :: 2] + people[turn % 2 :]
            with store.writing():
                ledger.lock(store, wanted if turn % 2 else reversed(wanted))
                for stream in sorted(set(wanted), reverse=bool(which % 2)):
                    ledger.append(
                        store, stream, [fact(turn)], recorded_at=NOON, caused_by="U7", policy_version=1
                    )
        store.close()

    assert together(4, write) == []
    assert ledger.verify(store) == []


def test_two_new_people_never_get_the_same_stream(store: Store) -> None:
    given: list[str] = []

    def give(_: int) -> None:
        for _ in range(10):
            with store.writing():
                given.append(new_stream(store))
        store.close()

    assert together(4, give) == []
    assert sorted(given) == [f"P{number:06d}" for number in range(1, 41)]


def test_sqlite_takes_the_write_lock_when_a_transaction_begins(sqlite_store: Store) -> None:
    begun: list[str] = []
    sqlite_store.db.query_hooks.append(lambda event: begun.append(event.sql))
    with sqlite_store.writing():
        pass
    with sqlite_store.reading():
        pass
    assert begun[:2] == ["BEGIN IMMEDIATE", "BEGIN"]


def test_sqlite_acknowledges_only_what_is_durable(sqlite_store: Store) -> None:
    assert sqlite_store.db.pragma("journal_mode") == "wal"
    assert sqlite_store.db.pragma("synchronous") == 2
    assert sqlite_store.db.pragma("foreign_keys") == 1


def test_consistent_through_is_now_when_nobody_writes(store: Store) -> None:
    assert store.consistent_through(NOON) == NOON


def test_consistent_through_stays_below_what_an_open_transaction_will_write(store: Store) -> None:
    inside, done = threading.Event(), threading.Event()

    def write() -> None:
        with store.writing(NOON):
            inside.set()
            done.wait(PATIENCE)
        store.close()

    writer = threading.Thread(target=write)
    writer.start()
    assert inside.wait(PATIENCE)
    try:
        assert store.consistent_through(NOON + timedelta(hours=1)) == NOON
    finally:
        done.set()
        writer.join()
    assert store.consistent_through(NOON + timedelta(hours=1)) == NOON + timedelta(hours=1)


def test_on_sqlite_consistent_through_is_when_no_other_process_was_seen_to_write(sqlite_store: Store) -> None:
    later = NOON + timedelta(seconds=5)
    other = sqlite3.connect(sqlite_store.db.database, isolation_level=None)
    assert sqlite_store.consistent_through(NOON) == NOON
    other.execute("BEGIN IMMEDIATE")
    assert sqlite_store.consistent_through(later) == NOON
    other.execute("COMMIT")
    other.execute("BEGIN")
    assert sqlite_store.consistent_through(later) == later  # a reader holds nothing back
    other.close()


def test_a_writer_here_has_seen_that_nobody_else_writes(sqlite_store: Store) -> None:
    with sqlite_store.writing(NOON):
        assert sqlite_store.consistent_through(NOON + timedelta(seconds=5)) == NOON
    other = sqlite3.connect(sqlite_store.db.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert sqlite_store.consistent_through(NOON + timedelta(seconds=9)) == NOON + timedelta(seconds=5)
    other.close()


@pytest.mark.postgres
def test_on_postgresql_a_writer_of_another_process_holds_consistent_through_and_a_reader_does_not(
    postgres_url: str,
) -> None:
    store, other = open_store(postgres_url), unbound_store(postgres_url)
    with store.reading():
        now = store.execute("SELECT now()").fetchone()[0]
    with other.reading():
        other.execute("SELECT 1")
        assert store.consistent_through(now) == now
    with other.writing():
        before = datetime.now(UTC)
        other.execute("SELECT 1")
        began = datetime.now(UTC)
        sleep(0.05)
        # Whichever way the server's clock differs from ours, by which the writer will stamp.
        for away in (timedelta(0), timedelta(hours=1), timedelta(hours=-1)):
            through = store.consistent_through(datetime.now(UTC) + away)
            assert before - timedelta(minutes=1) + away <= through <= began + away
    store.close()
    other.close()


def test_a_database_in_memory_is_one_for_all_threads() -> None:
    store = open_store("sqlite:///:memory:", create=True)
    with store.writing():
        store.execute("CREATE TABLE seen (number INTEGER)")
    assert together(3, lambda which: store.execute("INSERT INTO seen VALUES (?)", (which,))) == []
    assert store.execute("SELECT count(*) FROM seen").fetchone()[0] == 3
    store.close()


@pytest.mark.parametrize("url", ["mysql://somewhere/passport", "passport.sqlite"])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="database address"):
        open_store(url)


def test_a_missing_database_is_not_made_by_accident(tmp_path: object) -> None:
    with pytest.raises(FileNotFoundError):
        open_store(f"sqlite:///{tmp_path}/none.sqlite")
