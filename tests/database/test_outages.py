"""What an operator and a balancer see while the database is away: a line when it begins, one when it is over, and /ready."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Blueprint

from passport_service import app as app_module
from passport_service.app import create_app, open_deployment
from passport_service.config import Settings
from passport_service.doors import Deployment
from passport_service.jobs import running
from passport_service.jobs.job import Job, Outcome, at
from passport_service.jobs.timetable import Daily
from passport_service.services import setup
from passport_service.store.database import Store, open_store
from passport_service.store.failures import Trouble
from passport_service.web.access import EVERYONE, allow
from tests.conftest import Clock
from tests.database.learning_system import error_of
from tests.database.serving import Client, serving
from tests.database.test_jobs import environment
from tests.pages import ORIGIN
from tests.waiting import PATIENCE, wait_for

STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} "


def read_only(store: Store, is_it: bool) -> None:
    """Lets the connection of this thread write nothing, or again."""
    if store.is_sqlite:
        store.execute(f"PRAGMA query_only = {int(is_it)}")
    else:
        store.execute(f"SET default_transaction_read_only = {'on' if is_it else 'off'}")


# Jobs


def job_of(name: str, run: Any) -> Job:
    return Job(name, "Is for a test.", at(Daily(0, 5)), run)


def test_jobs_that_the_database_keeps_from_starting_are_told_once_and_run_when_it_works_again(
    store: Store, settings: Settings, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    here = open_deployment(settings, store, now=clock)
    jobs = [job_of(name, lambda deployment, now: {}) for name in ("one", "two")]
    read_only(store, True)
    for _ in range(3):
        assert running.run_all_due(here, jobs, holder="w") == []
        clock.move(seconds=30)
    [line] = caplog.records
    assert (line.levelname, line.exc_info) == ("ERROR", None)
    assert line.getMessage().startswith("the database is in trouble: READ_ONLY (")
    assert "\n" not in line.getMessage()
    assert line.getMessage().endswith("; job one cannot be started and is tried again within a minute")
    read_only(store, False)
    here.outage.end(clock.now)  # a heartbeat comes through, but jobs failed within the last minute
    assert len(caplog.records) == 1
    clock.move(seconds=60)
    here.outage.end(clock.now)
    here.outage.end(clock.now)
    assert [one.getMessage() for one in caplog.records[1:]] == [
        "the database works again after 150 s; 6 attempts had failed"
    ]
    assert [one.state for one in running.run_all_due(here, jobs, holder="w")] == ["done", "done"]
    read_only(store, True)
    clock.move(days=1)
    running.run_all_due(here, jobs, holder="w")
    assert [one.levelname for one in caplog.records] == ["ERROR", "INFO", "ERROR"]
    read_only(store, False)


def test_what_was_written_before_a_trouble_was_met_does_not_say_that_it_is_over(
    store: Store, settings: Settings, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """As when a heartbeat ends late that began before the database went away."""
    caplog.set_level("INFO")
    outage = open_deployment(settings, store, now=clock).outage
    began = clock.now
    gone = psycopg.OperationalError("connection refused")
    assert outage.explains(gone, "job one failed", clock.move(seconds=1))
    outage.end(began)
    assert len(caplog.records) == 1
    outage.end(clock.move(seconds=1))
    assert "works again after 1 s" in caplog.text


def test_a_job_that_meets_a_trouble_has_its_reason_on_the_page_of_jobs_and_no_traceback(
    store: Store, settings: Settings, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    here = open_deployment(settings, store, now=clock)

    def writes(deployment: Deployment, now: datetime) -> Outcome:
        read_only(store, True)
        try:
            return {"set up": setup.set_up(deployment.store, now=now)}
        finally:
            read_only(store, False)

    run = running.run_due(here, job_of("writes", writes), holder="w")
    assert run is not None
    assert (run.state, bool(run.error)) == ("failed", True)
    assert "the database is in trouble: READ_ONLY" in caplog.text
    assert "; job writes failed and is tried again after 10 minutes" in caplog.text
    assert "Traceback" not in caplog.text


def test_what_nobody_foresaw_keeps_its_traceback(
    store: Store, settings: Settings, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    here = open_deployment(settings, store, now=clock)

    def slips(deployment: Deployment, now: datetime) -> Outcome:
        deployment.store.execute("SELECT a_slip FROM nowhere")
        return {}

    for _ in range(2):
        running.run_due(here, job_of("slips", slips), holder="w")
        clock.move(minutes=11)
    assert caplog.text.count("job slips FAILED") == caplog.text.count("Traceback (most recent") // 2 == 2
    assert "in trouble" not in caplog.text


WORKER = """
import sys
from datetime import timedelta
from pathlib import Path
from passport_service import logs
from passport_service.commands import deployment_here
from passport_service.jobs import worker
from passport_service.jobs.job import Job, at
from passport_service.jobs.timetable import Every
logs.begin()
worker.LEASE, worker.HEARTBEAT_SECONDS, worker.LOOK_SECONDS = timedelta(seconds=3), 0.2, 1
def run(deployment, now):
    return {}
jobs = [Job(f"job-{n}", "Is for a test.", at(Every(1)), run) for n in range(3)]
worker.Worker(deployment_here(), jobs).work()
"""


@pytest.mark.postgres
@pytest.mark.crash
def test_a_worker_says_once_that_the_database_went_away_and_once_that_it_is_back(
    own_server: Any, tmp_path: Path
) -> None:
    store = open_store(own_server.address)
    setup.set_up(store, now=datetime.now(UTC) - timedelta(days=1))
    log = tmp_path / "worker.log"
    with log.open("wb") as said:
        command = [sys.executable, "-c", WORKER]
        env = environment(own_server.address, tmp_path)
        one = subprocess.Popen(command, env=env, stdout=said, stderr=said)
    try:
        wait_for(lambda: done_runs(store) >= 6)
        own_server.stop()
        wait_for(lambda: "in trouble" in log.read_text())
        time.sleep(4)  # a dozen heartbeats and as many jobs fail, without a word
        own_server.start()
        wait_for(lambda: "works again" in log.read_text())
        before = done_runs(store)
        wait_for(lambda: done_runs(store) > before + 6)
        own_server.stop()
        wait_for(lambda: log.read_text().count("in trouble") >= 2)
        one.send_signal(signal.SIGTERM)
        assert one.wait(PATIENCE) == 0, log.read_text()
    finally:
        one.kill()
        own_server.start()
        store.close()
    lines = [
        line for line in log.read_text().splitlines() if " INFO passport_service.jobs.worker " not in line
    ]
    wanted = [
        r"ERROR \S+ the database is in trouble: GONE \(.+\); .+",
        r"INFO \S+ the database works again after \d+ s; \d+ attempts had failed",
        r"ERROR \S+ the database is in trouble: GONE \(.+\); .+",
    ]
    assert len(lines) == len(wanted), "\n".join(lines)
    for line, one_wanted in zip(lines, wanted, strict=True):
        assert re.fullmatch(STAMP + one_wanted, line), line


def done_runs(store: Store) -> int:
    store.refresh()
    return int(store.execute("SELECT count(*) FROM job_run WHERE state = 'done'").fetchone()[0])


# The web


def test_of_many_refused_requests_one_in_ten_seconds_is_logged_with_how_many_more_there_were(
    settings: Settings,
    store: Store,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    writing = Blueprint("writing", __name__)
    writing.get("/writing")(allow(EVERYONE)(lambda: str(setup.set_up(store, now=clock.now))))
    monkeypatch.setattr(app_module, "BLUEPRINTS", (*app_module.BLUEPRINTS, writing))
    app = create_app(settings, store, now=clock)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    read_only(store, True)
    for seconds in (0, 1, 8.9, 0.1, 5, 20):  # from the one before it
        clock.move(seconds=seconds)
        assert app.test_client().get("/writing", base_url=ORIGIN).status_code == 503
    read_only(store, False)
    said = [one.getMessage() for one in caplog.records]
    assert all(one.startswith("unavailable at /writing: READ_ONLY (") for one in said)
    assert [one.partition("); ")[2] for one in said] == [
        "",
        "2 more since the last such line",
        "1 more since the last such line",
    ]


def test_the_database_is_ready_for_anybody_who_asks(settings: Settings, store: Store, clock: Clock) -> None:
    client = create_app(settings, store, now=clock).test_client()
    for origin in (ORIGIN, "http://localhost"):
        answer = client.get("/ready", base_url=origin)
        assert (answer.status_code, answer.json) == (200, {"status": "ok"})
        assert answer.headers["Cache-Control"] == "no-store"
        answer = client.head("/ready", base_url=origin)
        assert (answer.status_code, answer.data) == (200, b"")


def test_a_file_that_is_gone_is_not_ready(
    settings: Settings, sqlite_store: Store, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The disk was taken away; and then it is back, but empty."""
    client = create_app(settings, sqlite_store, now=clock).test_client()
    file = Path(sqlite_store.url.removeprefix("sqlite://"))
    folder = file.parent.rename(file.parent.with_name(f"{file.parent.name}-away"))
    sqlite_store.close()  # as for a thread that has not asked yet
    answer = client.get("/ready", base_url=ORIGIN)
    assert error_of(answer, 503) == {"code": "UNAVAILABLE", "message": Trouble.GONE.value}
    assert answer.headers["Retry-After"]
    assert client.get("/health", base_url=ORIGIN).json == {"status": "ok"}
    assert "Traceback" not in caplog.text
    file.parent.mkdir()
    sqlite_store.close()
    assert error_of(client.get("/ready", base_url=ORIGIN), 503)["message"] == Trouble.GONE.value
    assert "Traceback" in caplog.text  # nobody foresaw a database without tables
    sqlite_store.close()
    shutil.rmtree(file.parent)
    folder.rename(file.parent)
    assert client.get("/ready", base_url=ORIGIN).status_code == 200


@pytest.mark.postgres
@pytest.mark.crash
@pytest.mark.skipif(sys.platform != "linux", reason="another process's children are found on Linux only")
def test_a_worker_killed_while_the_database_is_away_does_not_end_the_service(
    own_server: Any, tmp_path: Path
) -> None:
    store = open_store(own_server.address)
    store.close()
    with serving(store, tmp_path) as server:
        own_server.stop()
        [worker] = server.workers()
        os.kill(worker, signal.SIGKILL)
        wait_for(lambda: server.log.read_text().count("cannot connect to 127.0.0.1") >= 2)
        own_server.start()
        assert Client(server.port, {}).get("/ready").status == 200
        assert server.process.poll() is None
        server.assert_no_fault()


@pytest.mark.postgres
def test_a_service_that_is_started_while_the_database_is_away_says_so_and_ends(
    own_server: Any, tmp_path: Path
) -> None:
    store = open_store(own_server.address)
    store.close()
    own_server.stop()
    with pytest.raises(AssertionError, match="cannot connect to") as told, serving(store, tmp_path):
        pass
    own_server.start()
    assert "Worker failed to boot" in str(told.value)
    assert "Traceback" not in str(told.value)


@pytest.mark.postgres
@pytest.mark.crash
def test_a_balancer_sees_when_the_database_is_away_and_the_log_has_a_line_with_its_moment(
    own_server: Any, tmp_path: Path
) -> None:
    store = open_store(own_server.address)
    store.close()
    with serving(store, tmp_path) as server:
        balancer = Client(server.port, {})
        assert (balancer.get("/ready").status, balancer.get("/ready").value) == (200, {"status": "ok"})
        own_server.stop()
        answers = [balancer.get("/ready") for _ in range(5)]
        assert {(one.status, one.error["message"]) for one in answers} == {(503, Trouble.GONE.value)}
        assert all(set(one.value["error"]) == {"code", "message"} for one in answers)
        assert all(one.headers["Retry-After"] == "10" for one in answers)
        head = balancer.ask("HEAD", "/ready")
        assert (head.status, head.body) == (503, b"")
        assert balancer.get("/health").status == 200
        own_server.start()
        assert balancer.get("/ready").status == 200
        server.assert_no_fault()
        said = server.log.read_text().splitlines()
    lines = [one for one in said if "unavailable" in one]
    assert 1 <= len(lines) < 6  # requests that found it gone; another line after ten seconds
    assert all(re.match(STAMP + r"ERROR \S+ unavailable at /ready: GONE \(", one) for one in lines), lines
    assert sum("Booting worker" in one for one in said) == 1
    assert sum('"GET /health HTTP/1.1" 200' in one for one in said) == 1
