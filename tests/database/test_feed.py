"""The feed tells each thing once, in order of the ledger, and misses nothing while others write."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from passport_service.app import create_app
from passport_service.config import Settings
from passport_service.services import decisions, items, passports, people, transitions
from passport_service.store.database import Store
from tests.conftest import Clock
from tests.database.api_client import CaseSystem, found_council, quietly, refusal, train

LIKE = {"who": "asha", "kind": "assessment", "type": "care_act_assessment"}


@pytest.fixture
def service(settings: Settings, store: Store, clock: Clock) -> Flask:
    app = create_app(settings, store, now=clock)
    app.testing = True
    return app


@pytest.fixture
def streams(store: Store, clock: Clock) -> dict[str, str]:
    return found_council(store, clock.now)


@pytest.fixture
def system(service: Flask, store: Store, clock: Clock, streams: dict[str, str]) -> CaseSystem:
    return CaseSystem(service, store, clock.now, "may_confirm", "may_decide", "may_read")


def earn(system: CaseSystem, store: Store, clock: Clock, stream: str) -> None:
    train(store, stream, clock.now)
    for number, reviewer in enumerate(["rhys", "rosa", "rhys"], 1):
        clock.move(hours=1)
        system.did("/items", {**LIKE, "item": f"A-{number}"})
        clock.move(hours=1)
        system.did("/decisions", {"item": f"A-{number}", "outcome": "approved", "reviewer": reviewer})


def kinds(system: CaseSystem, after: str = "") -> tuple[list[str], str]:
    found = system.read(f"/events?after={after}" if after else "/events")
    return [one["kind"] for one in found["events"]], found["cursor"]


def test_the_life_of_a_passport_is_told_once_and_status_leads_to_the_present(
    system: CaseSystem, store: Store, clock: Clock, streams: dict[str, str]
) -> None:
    asha, lena = streams["asha"], streams["lena"]
    assert kinds(system)[0] == []
    earn(system, store, clock, asha)
    told, cursor = kinds(system)
    assert told == ["issued"]
    for act, reason in (
        (passports.take_precaution, "A look first."),
        (passports.lift_precaution, "All is well."),
    ):
        clock.move(hours=1)
        act(store, asha, by=lena, reason=reason, now=clock.now, caused_by="test")
    clock.move(hours=1)
    check = system.did("/checks", LIKE)["check"]
    system.did("/confirmations", {"check": check, "item": "A-9", "declaration": 1})
    told, cursor = kinds(system, cursor)
    assert told == ["suspended", "lifted", "confirmed"]
    passports.give_up(store, asha, now=clock.now, caused_by="test")
    found = system.read(f"/events?after={cursor}")
    event = found["events"][0]
    assert (event["kind"], event["who"], event["passport"], len(found["events"])) == ("ended", "asha", 1, 1)
    now = system.app.test_client().get(event["status"], headers=system.headers).get_json()
    assert now["state"] == "ended"
    assert kinds(system, found["cursor"])[0] == []
    assert system.read("/feed") == system.read("/events")


def test_a_second_cause_is_no_second_suspension_and_one_of_two_cleared_no_lifting(
    system: CaseSystem, store: Store, clock: Clock, streams: dict[str, str]
) -> None:
    asha, lena = streams["asha"], streams["lena"]
    earn(system, store, clock, asha)
    cursor = kinds(system)[1]
    clock.move(hours=1)
    passports.take_precaution(store, asha, by=lena, reason="A look first.", now=clock.now, caused_by="test")
    people.change(store, asha, {"registration": "ended"}, now=clock.now, caused_by="test")
    told, cursor = kinds(system, cursor)
    assert told == ["suspended"]
    clock.move(hours=1)
    passports.lift_precaution(store, asha, by=lena, reason="All is well.", now=clock.now, caused_by="test")
    assert kinds(system, cursor)[0] == []


def test_pages_join_without_a_gap(
    system: CaseSystem, store: Store, clock: Clock, streams: dict[str, str]
) -> None:
    earn(system, store, clock, streams["asha"])
    for number in range(7):
        clock.move(minutes=1)
        check = system.did("/checks", LIKE)["check"]
        system.did("/confirmations", {"check": check, "item": f"B-{number}", "declaration": 1})
    whole = [one["id"] for one in system.read("/events")["events"]]
    found: list[str] = []
    path = "/events?limit=3"
    while True:
        page = system.read(path)
        found += [one["id"] for one in page["events"]]
        if not page["more"]:
            break
        path = f"/events?limit=3&after={page['cursor']}"
    assert found == whole
    assert len(set(found)) == 8


@pytest.mark.parametrize(
    "query", ["after=nonsense", "after=1.2", "limit=0", "limit=many", "colour=red", "limit=1&limit=2"]
)
def test_a_wrong_question_is_refused(system: CaseSystem, query: str) -> None:
    refusal(system.get(f"/events?{query}"), 400, "MALFORMED", None)


def test_nothing_is_missed_or_told_twice_while_others_write(store: Store, clock: Clock) -> None:
    streams = found_council(store, clock.now)
    work: list[Callable[[], None]] = []
    for ref in ("asha", "ben"):
        train(store, streams[ref], clock.now)
        work.append(lambda ref=ref: write(store, streams[ref], streams["rhys"], ref, clock))
    stop, found = threading.Event(), []

    def follow() -> None:
        with quietly(store):
            cursor, last = None, False
            while not last:
                last = stop.is_set()
                events, cursor, _ = transitions.published(store, cursor, 5)
                found.extend(one.id for one in events)
                if events:
                    last = False

    reader = threading.Thread(target=follow)
    writers = [threading.Thread(target=one) for one in work]
    for one in (reader, *writers):
        one.start()
    for one in writers:
        one.join()
    stop.set()
    reader.join()
    assert sorted(found) == sorted(one.id for one in transitions.all_published(store))
    assert len(found) == 2 * (1 + CONFIRMED)


CONFIRMED = 8


def write(store: Store, stream: str, reviewer: str, ref: str, clock: Clock) -> None:
    with quietly(store):
        for number in range(3):
            then = clock.now + timedelta(hours=number)
            items.submit(
                store, stream, item=f"{ref}-{number}", kind="review", type="review", now=then, caused_by="t"
            )
            decisions.record(
                store, item=f"{ref}-{number}", outcome="approved", reviewer=reviewer, now=then, caused_by="t"
            )
        for number in range(CONFIRMED):
            then = clock.now + timedelta(hours=9, minutes=number)
            check = items.check(store, stream, kind="review", type="review", now=then, caused_by="t")
            items.confirm(store, check=check.id, item=f"{ref}-c{number}", now=then, caused_by="t")
