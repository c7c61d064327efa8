"""Jobs that speak with another record store: what is pulled comes in once, what is told is told once."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from passport_service.app import open_deployment
from passport_service.config import Settings
from passport_service.doors import Deployment
from passport_service.jobs import running
from passport_service.jobs.job import Job
from passport_service.jobs.table import find_job
from passport_service.services import keys, passports
from passport_service.store import bookmarks
from passport_service.store.database import Store
from passport_service.store.job_runs import JobRun
from tests.conftest import Clock
from tests.database.api_client import PEPPER, found_council
from tests.database.test_jobs import confirm, confirmed
from tests.integrations.fake_store import START, FakeStore, serving, stored

LRS = "lrs"


def deployment(tmp_path: Path, store: Store, clock: Clock, plugin: dict[str, str]) -> Deployment:
    settings = Settings(
        data_folder=tmp_path,
        secret_key=PEPPER,
        allowed_private_hosts=("127.0.0.1", "localhost"),
        plugin=plugin,
    )
    return open_deployment(settings, store, now=clock)


def run(here: Deployment, name: str) -> JobRun:
    job: Job = find_job(name)
    done = running.run_due(here, job, holder="one")
    assert done is not None
    return done


@pytest.fixture
def pulling(store: Store, clock: Clock, tmp_path: Path) -> Any:
    clock.now = START + timedelta(hours=1)
    found_council(store, clock.now)
    key = keys.create(store, label="old store", purpose="xapi", pepper=PEPPER, by="test", now=clock.now).key

    def made(endpoint: str, **more: str) -> Deployment:
        given = {"endpoint": endpoint, "allow_http": "true", "page_statements": "10", "as": key.id, **more}
        return deployment(
            tmp_path, store, clock, {f"lrs_pull_{name}": value for name, value in given.items()}
        )

    return made


def test_the_jobs_are_off_until_the_settings_name_the_other_side(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    here = deployment(tmp_path, store, clock, {})
    found_council(store, clock.now)
    assert running.run_due(here, find_job("pull"), holder="one") is None
    assert running.run_due(here, find_job("forward"), holder="one") is None


def test_what_another_store_holds_comes_in_once_and_the_next_run_takes_only_what_is_new(
    pulling: Any, store: Store, clock: Clock
) -> None:
    other = FakeStore([stored(number) for number in range(1, 36)])
    with serving(other):
        here = pulling(other.endpoint)
        assert run(here, "pull").outcome == {
            LRS: {"received": 35, "new": 35, "known": 0, "refused": 0, "finished": True}
        }
        other.statements.append(stored(40))
        clock.move(minutes=15)
        outcome = run(here, "pull").outcome or {}
    assert outcome[LRS]["new"] == 1
    assert store.execute("SELECT count(*) FROM statement").fetchone()[0] == 36
    assert bookmarks.find(store, "pull:lrs")


def test_a_store_that_cannot_be_reached_fails_the_run_and_says_so(pulling: Any) -> None:
    done = run(pulling("http://127.0.0.1:1/xapi"), "pull")
    assert done.state == "failed"
    assert (done.error or "").startswith("lrs: ")


def test_without_a_key_to_keep_them_under_nothing_is_pulled(pulling: Any) -> None:
    done = run(pulling("http://127.0.0.1:1/xapi", **{"as": ""}), "pull")
    assert "PASSPORT_PLUGIN_LRS_PULL_AS" in (done.error or "")


def test_a_setting_that_cannot_be_understood_is_named(pulling: Any) -> None:
    done = run(pulling("http://127.0.0.1:1/xapi", pages="many"), "pull")
    assert "pages: 'many' cannot be understood" in (done.error or "")


@pytest.fixture
def telling(store: Store, clock: Clock, tmp_path: Path) -> Any:
    def made(endpoint: str) -> Deployment:
        given = {"endpoint": endpoint, "allow_http": "true"}
        return deployment(
            tmp_path, store, clock, {f"lrs_forward_{name}": value for name, value in given.items()}
        )

    return made


def test_each_transition_is_told_once(telling: Any, store: Store, clock: Clock) -> None:
    other = FakeStore()
    with serving(other):
        here = telling(other.endpoint)
        stream = confirmed(here, clock, "W-1")
        assert run(here, "forward").outcome == {LRS: {"sent": 2, "refused": 0}}
        clock.move(minutes=1)
        assert run(here, "forward").outcome == {LRS: {"sent": 0, "refused": 0}}
        passports.give_up(store, stream, now=clock.now, caused_by="test")
        clock.move(minutes=1)
        assert run(here, "forward").outcome == {LRS: {"sent": 1, "refused": 0}}
    verbs = sorted(one["verb"]["display"]["en-GB"] for one in other.put.values())
    assert verbs == ["confirmed", "ended", "issued"]
    assert sum(method == "PUT" for method, _ in other.requests) == 3


def test_when_the_other_store_fails_in_the_middle_the_next_run_goes_on_there(
    telling: Any, store: Store, clock: Clock
) -> None:
    other = FakeStore()
    with serving(other):
        here = telling(other.endpoint)
        stream = confirmed(here, clock, "W-1")
        other.put_status = 503
        failed = run(here, "forward")
        assert (failed.state, failed.outcome) == ("failed", {LRS: {"sent": 0, "refused": 0}})
        other.put_status = None
        clock.move(minutes=1)
        confirm(store, stream, "W-2", clock.now)
        assert run(here, "forward").outcome == {LRS: {"sent": 3, "refused": 0}}
    assert len(other.put) == 3
