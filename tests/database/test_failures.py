"""The database is full, gone, read-only or locked: a clear answer, nothing half stored, and on it goes afterwards."""

import os
import resource
import sqlite3
import sys
from pathlib import Path
from typing import Any

import peewee
import psycopg
import pytest
from psycopg import errors

from passport_service.app import create_app
from passport_service.config import Settings
from passport_service.services import keys
from passport_service.services.keys import Made
from passport_service.store.database import Store, open_store
from passport_service.store.failures import Trouble, trouble_of
from tests.conftest import Clock
from tests.database.learning_system import Lms, error_of
from tests.database.sending import count, statement, uid
from tests.database.serving import PEPPER, Client, Sender, headers_of, run_until, serving
from tests.pages import ORIGIN
from tests.people import Town, town
from tests.waiting import wait_for

LARGE = "".join(os.urandom(20_000).hex())  # not to be compressed


@pytest.fixture
def service(settings: Settings, store: Store, clock: Clock) -> Any:
    app = create_app(settings, store, now=clock)
    app.config["PROPAGATE_EXCEPTIONS"] = False  # answered as in production
    return app


def key(store: Store, clock: Clock, **may: Any) -> Made:
    return keys.create(store, label="LMS", purpose="xapi", pepper=PEPPER, by="admin", now=clock(), **may)


@pytest.fixture
def lms(service: Any, store: Store, clock: Clock) -> Lms:
    return Lms(service, key(store, clock))


# What an exception says


def sqlite_error(code: int) -> sqlite3.Error:
    fault = sqlite3.OperationalError("as SQLite says it")
    fault.sqlite_errorcode = code
    return fault


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (sqlite_error(sqlite3.SQLITE_FULL), Trouble.FULL),
        (sqlite_error(sqlite3.SQLITE_IOERR | 3 << 8), Trouble.FULL),
        (sqlite_error(sqlite3.SQLITE_BUSY), Trouble.BUSY),
        (sqlite_error(sqlite3.SQLITE_READONLY), Trouble.READ_ONLY),
        (sqlite_error(sqlite3.SQLITE_CANTOPEN), Trouble.GONE),
        (sqlite_error(sqlite3.SQLITE_ERROR), None),
        (sqlite3.IntegrityError("UNIQUE constraint failed"), None),
        (errors.AdminShutdown(), Trouble.GONE),
        (errors.CannotConnectNow(), Trouble.GONE),
        (errors.ConnectionFailure(), Trouble.GONE),
        (psycopg.OperationalError("connection refused"), Trouble.GONE),
        (errors.DiskFull(), Trouble.FULL),
        (errors.TooManyConnections(), Trouble.BUSY),
        (errors.DeadlockDetected(), Trouble.BUSY),
        (errors.ReadOnlySqlTransaction(), Trouble.READ_ONLY),
        (errors.UniqueViolation(), None),
        (errors.UndefinedTable(), None),
        (psycopg.ProgrammingError("a parameter too many"), None),
        (ValueError("disk full"), None),
        (None, None),
    ],
)
def test_a_fault_of_the_database_is_told_from_one_of_ours(
    fault: BaseException | None, trouble: Trouble | None
) -> None:
    assert trouble_of(fault) is trouble


def test_the_first_reason_is_found_where_undoing_failed_after_it() -> None:
    fault = peewee.OperationalError("cannot rollback")
    fault.__context__ = sqlite_error(sqlite3.SQLITE_FULL)
    assert trouble_of(fault) is Trouble.FULL


def test_a_fault_of_ours_is_not_excused_by_one_of_the_database_before_it() -> None:
    fault = KeyError("a slip")
    fault.__context__ = sqlite_error(sqlite3.SQLITE_FULL)
    assert trouble_of(fault) is None


# SQLite


def test_a_full_database_is_told_and_taken_up_again_when_there_is_room(
    sqlite_store: Store, settings: Settings, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(settings, sqlite_store, now=clock)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    lms = Lms(app, key(sqlite_store, clock))
    assert lms.call("POST", [statement(1)]).status_code == 200
    pages = sqlite_store.execute("PRAGMA page_count").fetchone()[0]
    sqlite_store.execute(f"PRAGMA max_page_count = {pages}")
    large = {"result": {"response": LARGE}}
    answer = lms.call("POST", [statement(2), statement(3, **large)])
    assert error_of(answer, 503) == {"code": "UNAVAILABLE", "message": Trouble.FULL.value}
    assert answer.headers["Retry-After"]
    assert "unavailable at /xapi/statements: FULL" in caplog.text
    assert "Traceback" not in caplog.text
    assert (count(sqlite_store), lms.get(statementId=uid(2)).status_code) == (1, 404)
    assert lms.get(statementId=uid(1)).status_code == 200
    sqlite_store.execute(f"PRAGMA max_page_count = {pages * 10}")
    assert lms.call("POST", [statement(2), statement(3, **large)]).status_code == 200
    assert count(sqlite_store) == 3


def test_a_database_that_may_only_be_read_is_told_so(
    sqlite_store: Store, settings: Settings, clock: Clock
) -> None:
    app = create_app(settings, sqlite_store, now=clock)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    lms = Lms(app, key(sqlite_store, clock))
    sqlite_store.execute("PRAGMA query_only = 1")
    assert error_of(lms.call("POST", [statement(1)]), 503)["message"] == Trouble.READ_ONLY.value
    sqlite_store.execute("PRAGMA query_only = 0")
    assert lms.call("POST", [statement(1)]).status_code == 200


def test_a_database_that_stays_locked_is_told_to_be_busy(
    sqlite_store: Store, settings: Settings, clock: Clock
) -> None:
    app = create_app(settings, sqlite_store, now=clock)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    lms = Lms(app, key(sqlite_store, clock))
    sqlite_store.execute("PRAGMA busy_timeout = 1")
    path = sqlite_store.url.removeprefix("sqlite://")
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        assert error_of(lms.call("POST", [statement(1)]), 503)["message"] == Trouble.BUSY.value
        other.execute("ROLLBACK")
    assert lms.call("POST", [statement(1)]).status_code == 200


@pytest.mark.crash
@pytest.mark.skipif(sys.platform != "linux", reason="another process's limits are set on Linux only")
def test_a_server_whose_disk_is_full_stores_nothing_by_half_and_goes_on_when_there_is_room(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    headers = headers_of(key(sqlite_store, clock))
    large = [statement(number, result={"response": LARGE}) for number in range(100)]
    with serving(sqlite_store, tmp_path) as server:
        client = Client(server.port, headers)
        assert client.post(large[0]).status == 200
        for worker in server.workers():
            resource.prlimit(worker, resource.RLIMIT_FSIZE, (2_000_000, resource.RLIM_INFINITY))
        told = [client.post(*large[at : at + 10]) for at in range(10, 100, 10)]
        acknowledged = [at for at, one in zip(range(10, 100, 10), told, strict=True) if one.status == 200]
        refused = [one for one in told if one.status != 200]
        assert acknowledged
        assert refused
        assert {(one.status, one.error["message"]) for one in refused} == {(503, Trouble.FULL.value)}
        assert all(one.headers["Retry-After"] for one in refused)
        assert client.get(f"/xapi/statements?statementId={uid(0)}").status == 200
        for worker in server.workers():
            resource.prlimit(worker, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert count(sqlite_store) == 1 + 10 * len(acknowledged)
        assert client.post(*large[10:]).status == 200
        server.assert_no_fault()
    assert count(sqlite_store) == 91
    assert sqlite_store.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


# PostgreSQL


@pytest.mark.postgres
@pytest.mark.crash
def test_a_database_that_goes_away_is_told_and_found_again_when_it_is_back(
    own_server: Any, clock: Clock, tmp_path: Path
) -> None:
    store = open_store(own_server.address)
    headers = headers_of(key(store, clock))
    store.close()
    acknowledged: list[str] = []
    refused: list[Any] = []

    def post(client: Client, turn: int) -> None:
        answer = client.post(statement(), statement())
        if answer.status == 200:
            acknowledged.extend(answer.value)
        else:
            refused.append(answer)

    with serving(store, tmp_path, workers=2) as server:
        senders = [Sender(Client(server.port, headers), post) for _ in range(4)]
        run_until(senders, turns=5, server=server)
        own_server.stop()
        _wait_for_more(refused, 8)
        own_server.start()
        _wait_for_more(acknowledged, 20)
        for one in senders:
            one.ended()
        own_server.stop()
        own_server.start()
        # Every thread's connection was ended while nobody looked: not one request pays for it.
        # A new client each: a kept connection may end by itself on a machine that is busy.
        answers = [Client(server.port, headers).post(statement()) for _ in range(16)]
        assert [one.status for one in answers] == [200] * 16
        server.assert_no_fault()
    assert {(one.status, one.error["code"]) for one in refused} == {(503, "UNAVAILABLE")}
    assert all(one.headers["Retry-After"] for one in refused)
    there = store.execute("SELECT id FROM statement").fetchall()
    assert {bytes.fromhex(one.replace("-", "")) for one in acknowledged} <= {bytes(one) for (one,) in there}
    assert len(there) % 2 == 0
    store.close()


def _wait_for_more(found: list[Any], number: int) -> None:
    wanted = len(found) + number
    wait_for(lambda: len(found) >= wanted, lambda: (found, wanted))


@pytest.mark.postgres
def test_a_page_says_in_plain_words_that_the_database_is_gone(
    own_server: Any, settings: Settings, clock: Clock
) -> None:
    store = open_store(own_server.address)
    made: Town = town(store, clock)
    app = create_app(settings, store, now=clock)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    pages = made.signed_in(app, "rhys")
    assert pages.get("/").heading
    own_server.stop()
    try:
        page = pages.get("/", status=503)
        assert Trouble.GONE.value in page.text
        assert page.answer.headers["Retry-After"]
        answer = pages.client.get("/api/v1/events", base_url=ORIGIN, auth=("k1", "a secret"))
        assert error_of(answer, 503)["code"] == "UNAVAILABLE"
    finally:
        own_server.start()
    assert pages.get("/").heading
    store.close()
