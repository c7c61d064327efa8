"""The page of jobs, for those who look after the service."""

import pytest

from passport_service.app import open_deployment
from passport_service.config import Settings
from passport_service.jobs import running
from passport_service.jobs.job import Job, Outcome, at
from passport_service.jobs.table import JOBS
from passport_service.jobs.timetable import Daily
from passport_service.services import accounts, setup
from passport_service.store.database import Store
from tests.conftest import Clock
from tests.pages import Pages


def sign_in(pages: Pages, store: Store, settings: Settings, clock: Clock, role: str) -> None:
    made = accounts.invite(
        store,
        settings,
        email=f"{role}@council.example",
        name="A Person",
        roles=[role],
        now=clock.now,
        by="test",
    )
    found = accounts.load_by_email(store, made.email)
    pages.sign_in_as(f"{found.id}.{found.session_version}.{int(clock.now.timestamp())}")


def broken(deployment: object, now: object) -> Outcome:
    raise ValueError("the disk is full")


def test_the_page_shows_each_job_and_what_failed(
    pages: Pages, sqlite_store: Store, settings: Settings, clock: Clock
) -> None:
    setup.set_up(sqlite_store, now=clock.now)
    here = open_deployment(settings, sqlite_store, now=clock)
    sign_in(pages, sqlite_store, settings, clock, "administrator")
    page = pages.get("/jobs")
    assert page.heading == "Jobs"
    assert "No worker is running" in page.text
    running.run_all_due(here, JOBS, holder="one")
    clock.move(days=1)
    running.run_all_due(here, [Job("sweep", "Fails.", at(Daily(0, 5)), broken)], holder="one")
    sign_in(pages, sqlite_store, settings, clock, "administrator")
    page = pages.get("/jobs")
    for one in JOBS:
        assert one.does in page.text
    assert "the disk is full" in page.text
    assert "The last run failed: sweep" in page.text
    page = page.follow("sweep")
    assert "2026-03-03" in page.text
    assert "the disk is full" in page.text


def test_a_job_that_is_not_set_up_does_not_promise_to_run(
    pages: Pages, sqlite_store: Store, settings: Settings, clock: Clock
) -> None:
    setup.set_up(sqlite_store, now=clock.now)
    sign_in(pages, sqlite_store, settings, clock, "administrator")
    assert "when its time has come" in pages.get("/jobs/sweep").text
    page = pages.get("/jobs/forward")
    assert "It is not set up." in page.text
    assert "when its time has come" not in page.text


@pytest.mark.parametrize("role", ["ccv_reviewer", "workforce_development", "social_worker"])
def test_others_do_not_see_the_jobs(
    pages: Pages, sqlite_store: Store, settings: Settings, clock: Clock, role: str
) -> None:
    setup.set_up(sqlite_store, now=clock.now)
    sign_in(pages, sqlite_store, settings, clock, role)
    pages.get("/jobs", status=403)


def test_a_job_that_is_not_there_is_not_found(
    pages: Pages, sqlite_store: Store, settings: Settings, clock: Clock
) -> None:
    setup.set_up(sqlite_store, now=clock.now)
    sign_in(pages, sqlite_store, settings, clock, "administrator")
    pages.get("/jobs/nothing", status=404)
