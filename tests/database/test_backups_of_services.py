"""A backup taken while people work is restored whole: every statement with what it meant, every state as folded."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from passport_service.services import erasures, exports, ledgers, passports, people
from passport_service.services.erasures import Why
from passport_service.services.known import of_person
from passport_service.store import backups, ledger
from passport_service.store import exports as rows
from passport_service.store.chunks import Gone
from passport_service.store.database import Store, open_store, unbound_store
from passport_service.store.statement_rows import id_text
from tests import postgres
from tests.conftest import Clock
from tests.database.sending import HOME
from tests.people import BY, Town
from tests.waiting import PATIENCE
from tests.workforce import completion, link, moodle_key, send, workforce_town

PEOPLE = 4


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, store: Store, tmp_path: Path) -> Iterator[str]:
    """Where a restore may go: a file that is not there, or a database without tables."""
    if store.is_sqlite:
        yield f"sqlite:///{tmp_path}/restored.sqlite"
        return
    with postgres.database(request.getfixturevalue("postgres_server")) as address:
        yield address


def work_until(made: Town, stop: threading.Event, began: threading.Event) -> None:
    """Completions, items, decisions and sweeps, one after the other."""
    key, turn = moodle_key(made), 0
    while not stop.is_set():
        ref = f"p{turn % PEOPLE}"
        send(made, key, *(completion(7 + (turn + n) % 7, who=f"10{n}") for n in range(PEOPLE)))
        made.approve(ref, f"I-{turn}", by="rhys")
        passports.sweep(made.store, now=made.now)
        turn += 1
        if turn == 3:
            began.set()
    made.store.close()


def test_a_backup_while_people_work_is_restored_whole(
    store: Store, clock: Clock, empty_url: str, tmp_path: Path
) -> None:
    made = workforce_town(store, clock)
    for number in range(PEOPLE):
        made.person(f"p{number}")
        link(made, f"p{number}", f"10{number}")
    stop, began = threading.Event(), threading.Event()
    worker = threading.Thread(target=work_until, args=(made, stop, began), daemon=True)
    worker.start()
    try:
        assert began.wait(PATIENCE)
        backups.backup(store, tmp_path / "copy.backup")
    finally:
        stop.set()
        worker.join(PATIENCE)
    assert not worker.is_alive()
    later = max(one.recorded_at for _, found in ledger.read_many(store) for one in found)
    assert backups.restore(tmp_path / "copy.backup", empty_url, now=later) == []
    restored = open_store(empty_url)
    try:
        assert_whole(restored)
        assert len(ledger.streams(restored)) == len(ledger.streams(store))
    finally:
        restored.close()
        open_store(store.url)  # the tables are bound to the test's own database again


def assert_whole(restored: Store) -> None:
    events = [one for _, found in ledger.read_many(restored) for one in found]
    learned = {one.rests_on for one in events if one.kind == "completion_recorded"}
    stored = {id_text(one) for (one,) in restored.execute("SELECT id FROM statement").fetchall()}
    assert stored == learned
    assert stored
    assert len(stored) % PEOPLE == 0
    assert [str(one) for one in ledgers.rebuild(restored).differences or []] == []


def test_an_export_is_restored_with_its_file_and_not_when_the_person_was_erased_before(
    store: Store, clock: Clock, empty_url: str, tmp_path: Path
) -> None:
    made = workforce_town(store, clock)
    asha, ben = (
        exports.make(store, tmp_path, of_person(store, made.streams[ref]), home=HOME, now=made.now, by=BY)
        for ref in ("asha", "ben")
    )
    kept = b"".join(rows.pieces(store, ben))
    people.leave(store, made.streams["asha"], on=made.now.date(), now=made.now, caused_by=BY)
    later = clock.move(days=1)
    erasures.erase_person(store, made.streams["asha"], why=Why.ASKED, now=later, by=BY)
    backups.backup(store, tmp_path / "copy.backup")
    assert backups.restore(tmp_path / "copy.backup", empty_url, now=later) == []
    restored = unbound_store(empty_url)
    assert b"".join(rows.pieces(restored, ben)) == kept
    with pytest.raises(Gone):
        next(rows.pieces(restored, asha))
    restored.close()
