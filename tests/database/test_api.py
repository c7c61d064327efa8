"""The interface for case systems, end to end on both databases."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from passport_service.app import create_app
from passport_service.config import Settings
from passport_service.services import keys, passports
from passport_service.store import ledger
from passport_service.store.database import Store, open_store
from tests.conftest import Clock
from tests.database.api_client import PEPPER, RIGHTS, CaseSystem, found_council, quietly, refusal, train
from tests.postgres import end_connections

ITEM = {"who": "asha", "kind": "assessment", "type": "care_act_assessment"}
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
    return CaseSystem(service, store, clock.now, *RIGHTS)


@pytest.fixture
def holder(system: CaseSystem, store: Store, clock: Clock, streams: dict[str, str]) -> CaseSystem:
    """The same, when Asha holds a passport."""
    train(store, streams["asha"], clock.now)
    for number, reviewer in enumerate(["rhys", "rosa", "rhys"], 1):
        clock.move(hours=1)
        system.did("/items", {**ITEM, "item": f"A-{number}"})
        clock.move(hours=1)
        system.did("/decisions", {"item": f"A-{number}", "outcome": "approved", "reviewer": reviewer})
    assert system.read("/practitioners/asha/passport")["state"] == "active"
    return system


def test_three_approvals_and_the_training_issue_a_passport_with_its_reasons(holder: CaseSystem) -> None:
    found = holder.read("/practitioners/asha/passport")
    assert (found["number"], found["run"], found["outstanding"]) == (1, 3, [])
    assert [one["code"] for one in found["reasons"]] == ["CRITERIA_MET"]
    assert "approved by CCV" in found["reasons"][0]["sentence"]


def test_while_something_is_missing_every_reason_is_told(system: CaseSystem) -> None:
    found = system.read("/practitioners/asha/passport")
    assert found["state"] == "working_towards"
    assert {one["code"] for one in found["reasons"]} == {"TRAINING_OUTSTANDING", "RUN_TOO_SHORT"}
    assert "mca" in found["outstanding"]


def test_a_passport_is_read_as_of_a_moment_by_what_was_known(holder: CaseSystem, now: Any) -> None:
    then = now.isoformat()
    assert holder.read(f"/practitioners/asha/passport?as_of={then}")["state"] == "working_towards"
    assert holder.read(f"/practitioners/asha/passport?known_at={then}")["state"] == "working_towards"
    refusal(holder.get("/practitioners/asha/passport?as_of=2031-01-01T00:00:00Z"), 400, "MALFORMED", "as_of")
    refusal(holder.get("/practitioners/asha/passport?as_of=yesterday"), 400, "MALFORMED", "as_of")
    refusal(holder.get("/practitioners/asha/passport?colour=red"), 400, "MALFORMED", "colour")
    refusal(holder.get("/practitioners/nobody/passport"), 404, "NOT_FOUND", "who")


def test_can_confirm_gives_the_codes_of_the_rules(holder: CaseSystem) -> None:
    def codes(who: str, type: str) -> list[str]:
        found = holder.read(f"/practitioners/{who}/can-confirm?type={type}")
        assert found["may_confirm"] == (found["route"] == "self_confirm")
        return [one["code"] for one in found["reasons"]]

    assert codes("asha", "care_act_assessment") == []
    assert codes("asha", "equipment_simple") == []
    assert codes("asha", "something_else") == ["TYPE_UNKNOWN"]
    assert codes("ben", "care_act_assessment") == ["NO_PASSPORT"]
    refusal(holder.get("/practitioners/asha/can-confirm"), 400, "MALFORMED", "type")


def test_a_holder_checks_and_confirms_and_the_second_confirm_is_the_first(
    holder: CaseSystem, clock: Clock
) -> None:
    found = holder.did("/checks", {**LIKE, "facts": {"first_visit": True}})
    assert (found["route"], found["may_confirm"], found["reasons"]) == ("self_confirm", True, [])
    asked = {"check": found["check"], "item": "A-9", "declaration": found["declaration"]["version"]}
    first = holder.did("/confirmations", asked)
    clock.move(minutes=5)
    assert holder.did("/confirmations", asked, status=200) == first
    holder.refused("/confirmations", {**asked, "item": "A-10"}, 409, "ID_CONFLICT", "check")


def test_a_confirm_is_refused_with_every_reason_when_the_passport_went_meanwhile(
    holder: CaseSystem, store: Store, clock: Clock, streams: dict[str, str]
) -> None:
    found = holder.did("/checks", LIKE)
    clock.move(minutes=1)
    passports.take_precaution(
        store, streams["asha"], by=streams["lena"], reason="A look first.", now=clock.now, caused_by="test"
    )
    asked = {"check": found["check"], "item": "A-9", "declaration": 1}
    error = holder.refused("/confirmations", asked, 409, "PRECAUTION", "item")
    assert error["message"]


@pytest.mark.parametrize(
    ("change", "code", "where"),
    [
        ({"facts": {"first_visit": False}}, "FACTS_CHANGED", "facts"),
        ({"declaration": 7}, "MALFORMED", "declaration"),
        ({"check": "nothing"}, "NOT_FOUND", "check"),
        ({"item": "A-1"}, "ID_CONFLICT", "item"),
        ({"item": "mrs smith 1 2 1944"}, "MALFORMED", "item"),
    ],
)
def test_a_wrong_confirm_is_refused(
    holder: CaseSystem, change: dict[str, Any], code: str, where: str
) -> None:
    found = holder.did("/checks", LIKE)
    asked = {"check": found["check"], "item": "A-9", "declaration": 1, **change}
    refusal(
        holder.post("/confirmations", asked), {"MALFORMED": 400, "NOT_FOUND": 404}.get(code, 409), code, where
    )


def test_a_check_runs_out_at_the_end_of_the_next_working_day(holder: CaseSystem, clock: Clock) -> None:
    found = holder.did("/checks", LIKE)
    clock.move(days=2)
    asked = {"check": found["check"], "item": "A-9", "declaration": 1}
    holder.refused("/confirmations", asked, 409, "CHECK_EXPIRED", "check")


def test_a_submission_has_a_due_day_and_is_quiet_when_sent_again(system: CaseSystem, clock: Clock) -> None:
    asked = {**ITEM, "item": "A-1", "facts": {"risk": "low"}}
    first = system.did("/items", asked)
    assert first == {"item": "A-1", "stream": "approve", "due_on": "2026-03-04"}
    clock.move(hours=1)
    assert system.did("/items", asked, status=200) == first
    system.refused("/items", {**asked, "kind": "review"}, 409, "ID_CONFLICT", "item")
    system.refused("/items", {**asked, "who": "ben"}, 409, "ID_CONFLICT", "item")


def test_an_item_is_withdrawn_once(system: CaseSystem) -> None:
    system.did("/items", {**ITEM, "item": "A-1"})
    system.refused("/items/A-1/withdraw", {"reason": " "}, 400, "REASON_NEEDED", "reason")
    assert system.did("/items/A-1/withdraw", {"reason": "sent twice"})["status"] == "withdrawn"
    assert system.did("/items/A-1/withdraw", {"reason": "sent twice"}, status=200)["status"] == "withdrawn"
    system.refused("/items/A-2/withdraw", {"reason": "sent twice"}, 404, "NOT_FOUND", "item")


def test_the_same_decision_again_is_one_decision(
    system: CaseSystem, store: Store, clock: Clock, streams: dict[str, str]
) -> None:
    system.did("/items", {**ITEM, "item": "A-1"})
    clock.move(hours=1)
    named = {
        "item": "A-1",
        "outcome": "returned",
        "reviewer": "rhys",
        "reason": "the plan is missing",
        "id": "D-77",
    }
    first = system.did("/decisions", named)
    assert system.did("/decisions", named, status=200) == first
    system.refused("/decisions", {**named, "outcome": "approved"}, 409, "ID_CONFLICT", "id")
    unnamed = {name: value for name, value in named.items() if name != "id"}
    assert system.did("/decisions", unnamed, status=200) == first
    decided = [one for one in ledger.read(store, streams["asha"]) if one.kind == "item_decided"]
    assert len(decided) == 1
    assert decided[0].caused_by == f"key:{system.key.id}"


def test_a_resubmitted_item_can_be_decided_in_the_same_way_again(system: CaseSystem, clock: Clock) -> None:
    said = {"item": "A-1", "outcome": "returned", "reviewer": "rhys", "reason": "the plan is missing"}
    system.did("/items", {**ITEM, "item": "A-1"})
    first = system.did("/decisions", said)
    clock.move(hours=1)
    system.did("/items", {**ITEM, "item": "A-1"})
    clock.move(hours=1)
    assert system.did("/decisions", said)["decision"] != first["decision"]


def test_a_decision_is_corrected_openly_and_once(system: CaseSystem, clock: Clock) -> None:
    system.did("/items", {**ITEM, "item": "A-1"})
    first = system.did("/decisions", {"item": "A-1", "outcome": "approved", "reviewer": "rhys"})
    clock.move(hours=1)
    asked = {"item": "A-1", "outcome": "concern", "reviewer": "lena", "reason": "the capacity part is wrong"}
    assert system.did("/corrections", asked) == {
        "decision": first["decision"], "item": "A-1", "outcome": "concern", "concern": f"C-{first['decision']}",
    }  # fmt: skip
    system.did("/corrections", asked, status=200)
    system.refused("/corrections", {**asked, "item": "A-2"}, 404, "NOT_FOUND", "item")
    system.refused("/corrections", {**asked, "reviewer": "ben", "outcome": "approved"}, 403, "NOT_ALLOWED")


def test_nobody_decides_on_their_own_work(system: CaseSystem) -> None:
    system.did("/items", {**ITEM, "who": "rhys", "item": "A-1"})
    asked = {"item": "A-1", "outcome": "approved", "reviewer": "rhys"}
    system.refused("/decisions", asked, 409, "REVIEWER_CONFLICT", "reviewer")


def test_two_concerns_on_different_items_cost_the_passport(holder: CaseSystem, clock: Clock) -> None:
    for number in (21, 22):
        clock.move(days=1)
        found = holder.did("/checks", LIKE)
        holder.did("/confirmations", {"check": found["check"], "item": f"A-{number}", "declaration": 1})
    clock.move(hours=1)
    told = {"severity": "standard", "source": "audit", "reader": "rhys", "reason": "voice is missing"}
    holder.did("/concerns", {"id": "C-1", "item": "A-21", **told})
    holder.did("/concerns", {"id": "C-1", "item": "A-21", **told}, status=200)
    assert holder.read("/practitioners/asha/passport")["state"] == "active"
    holder.did("/concerns", {"id": "C-2", "item": "A-22", **told})
    found = holder.read("/practitioners/asha/passport")
    assert (found["state"], [one["code"] for one in found["reasons"]]) == ("revoked", ["REPEATED_CONCERNS"])
    kinds = [one["kind"] for one in holder.read("/events")["events"]]
    assert kinds == ["issued", "confirmed", "confirmed", "revoked"]


@pytest.mark.parametrize(
    ("change", "status", "code", "where"),
    [
        ({"severity": "dreadful"}, 400, "MALFORMED", "severity"),
        ({"source": "gossip"}, 400, "MALFORMED", "source"),
        ({"reader": "nobody"}, 404, "NOT_FOUND", "reader"),
        ({"reader": "asha"}, 403, "NOT_ALLOWED", None),
        ({"reason": ""}, 400, "REASON_NEEDED", "reason"),
        ({"reason": "ring her on 01632 960123"}, 400, "MALFORMED", "reason"),
        ({"occurred_on": "2026-03-32"}, 400, "MALFORMED", "occurred_on"),
        ({"occurred_on": "2026-12-01"}, 400, "MALFORMED", "occurred_on"),
        ({"item": "Z-1"}, 404, "NOT_FOUND", "item"),
        ({"effective_at": "2026-03-02"}, 400, "MALFORMED", "effective_at"),
        ({"effective_at": "2027-03-02T09:00:00Z"}, 400, "MALFORMED", "effective_at"),
    ],
)
def test_a_wrong_concern_is_refused(
    system: CaseSystem, change: dict[str, Any], status: int, code: str, where: str | None
) -> None:
    system.did("/items", {**ITEM, "item": "A-1"})
    told = {
        "id": "C-1",
        "item": "A-1",
        "severity": "standard",
        "source": "audit",
        "reader": "rhys",
        "reason": "no",
    }
    system.refused("/concerns", {**told, **change}, status, code, where)


@pytest.mark.parametrize(
    ("body", "status", "code", "where"),
    [
        ({"item": "A-1", "outcome": "splendid", "reviewer": "rhys"}, 400, "MALFORMED", "outcome"),
        ({"item": "A-1", "outcome": "returned", "reviewer": "rhys"}, 400, "REASON_NEEDED", "reason"),
        ({"item": "A-1", "outcome": "approved", "reviewer": "nobody"}, 404, "NOT_FOUND", "reviewer"),
        ({"item": "A-1", "outcome": "approved", "reviewer": "asha"}, 403, "NOT_ALLOWED", None),
        ({"item": "A-1", "outcome": "approved", "reviewer": "ben"}, 403, "NOT_ALLOWED", None),
        ({"item": "A-7", "outcome": "approved", "reviewer": "rhys"}, 404, "NOT_FOUND", "item"),
        ({"item": 7, "outcome": "approved", "reviewer": "rhys"}, 400, "MALFORMED", "item"),
        ({"item": None, "outcome": "approved", "reviewer": "rhys"}, 400, "MALFORMED", "item"),
        ({"item": "A-1", "outcome": "approved"}, 400, "MALFORMED", "reviewer"),
        ({"item": "A-1", "outcome": "approved", "reviewer": "rhys", "mood": 1}, 400, "MALFORMED", "mood"),
        ({"item": "A-1", "outcome": "approved", "reviewer": "rhys", "facts": []}, 400, "MALFORMED", "facts"),
        (
            {"item": "A-1", "outcome": "approved", "reviewer": "rhys", "reason": "see 943 476 5919"},
            400, "MALFORMED", "reason",
        ),
        ({"item": "A-1", "outcome": "approved", "reviewer": "rh\x00ys"}, 400, "MALFORMED", "reviewer"),
        ({"item": "A-1", "outcome": "approved", "reviewer": "rhys", "id": ""}, 400, "MALFORMED", "id"),
        ([], 400, "MALFORMED", "body"),
        ("A-1", 400, "MALFORMED", "body"),
    ],
)  # fmt: skip
def test_a_wrong_decision_is_refused_and_changes_nothing(
    system: CaseSystem,
    store: Store,
    streams: dict[str, str],
    body: Any,
    status: int,
    code: str,
    where: str | None,
) -> None:
    system.did("/items", {**ITEM, "item": "A-1"})
    before = len(ledger.read(store, streams["asha"]))
    system.refused("/decisions", body, status, code, where)
    assert len(ledger.read(store, streams["asha"])) == before


@pytest.mark.parametrize(
    ("data", "headers", "status", "code"),
    [
        (b"{", {}, 400, "MALFORMED"),
        (b"", {}, 400, "MALFORMED"),
        (b'{"item": NaN}', {}, 400, "MALFORMED"),
        (b'{"item": "\\ud800"}', {}, 400, "MALFORMED"),
        (b"[" * 2000 + b"]" * 2000, {}, 400, "MALFORMED"),
        (b'{"facts": {"a": {"b": {"c": 1}}}}', {}, 400, "MALFORMED"),
        (b'{"item": "' + b"a" * 70_000 + b'"}', {}, 413, "TOO_LARGE"),
        (b"{}", {"Content-Type": "text/plain"}, 415, "UNSUPPORTED_TYPE"),
        (b"{}", {"Content-Encoding": "gzip"}, 415, "UNSUPPORTED_TYPE"),
    ],
)
def test_a_body_that_is_no_request_is_refused(
    system: CaseSystem, data: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    refusal(
        system.post("/decisions", data=data, headers={"Content-Type": "application/json", **headers}),
        status,
        code,
    )


def test_only_a_good_key_comes_in(system: CaseSystem, service: Flask, store: Store, clock: Clock) -> None:
    client = service.test_client()
    for header in (
        "",
        "Basic",
        "Basic !!",
        "Basic YQ==",
        "Bearer nothing",
        f"Bearer {system.key.id}:wrong",
        "Digest x",
    ):
        answer = client.get("/api/v1/events", headers={"Authorization": header})
        refusal(answer, 401, "NOT_SIGNED_IN")
        assert ("open nothing" in answer.get_json()["error"]["message"]) is bool(header)
        assert "Basic" in answer.headers["WWW-Authenticate"]
    bearer = {"Authorization": f"Bearer {system.credentials}"}
    assert client.get("/api/v1/events", headers=bearer).status_code == 200
    keys.revoke(store, system.key.id, now=clock.now)
    refusal(client.get("/api/v1/events", headers=bearer), 401, "NOT_SIGNED_IN")


def test_a_key_for_learning_systems_does_not_open_this_door(
    service: Flask, store: Store, clock: Clock
) -> None:
    made = keys.create(store, label="moodle", purpose="xapi", pepper=PEPPER, by="t", now=clock.now)
    header = {"Authorization": f"Bearer {made.key.id}:{made.secret}"}
    refusal(service.test_client().get("/api/v1/events", headers=header), 401, "NOT_SIGNED_IN")


POSTS = {
    "/items": "may_confirm",
    "/items/A-1/withdraw": "may_confirm",
    "/checks": "may_confirm",
    "/confirmations": "may_confirm",
    "/decisions": "may_decide",
    "/corrections": "may_decide",
    "/concerns": "may_decide",
}
GETS = (
    "/practitioners/asha/passport",
    "/practitioners/asha/can-confirm",
    "/events",
    "/feed",
    "/draws",
    "/draws/x",
)


@pytest.mark.parametrize("right", RIGHTS)
def test_a_key_does_only_what_it_has_the_right_for(
    service: Flask, store: Store, clock: Clock, streams: dict[str, str], right: str
) -> None:
    """Every endpoint with every right but its own."""
    system = CaseSystem(service, store, clock.now, right)
    for path, needed in POSTS.items():
        if needed != right:
            system.refused(path, {}, 403, "NOT_ALLOWED")
    for path in GETS:
        if right != "may_read":
            refusal(system.get(path), 403, "NOT_ALLOWED")


def test_the_description_names_every_address_and_is_open(service: Flask) -> None:
    answer = service.test_client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    described = {
        (path.replace("{", "<").replace("}", ">"), method)
        for path, methods in answer.get_json()["paths"].items()
        for method in methods
    }
    built = {
        (rule.rule.removeprefix("/api/v1"), method.lower())
        for rule in service.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.openapi"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == built


def test_unknown_addresses_and_methods_are_answered_in_json(system: CaseSystem) -> None:
    refusal(system.get("/nothing"), 404, "NOT_FOUND")
    refusal(system.get("/decisions"), 405, "METHOD_NOT_ALLOWED")


def test_two_writers_at_once_record_one_decision(
    system: CaseSystem, store: Store, clock: Clock, streams: dict[str, str]
) -> None:
    system.did("/items", {**ITEM, "item": "A-1"})
    clock.move(hours=1)
    for asked in (
        {"item": "A-1", "outcome": "approved", "reviewer": "rhys"},
        {"item": "A-1", "outcome": "approved", "reviewer": "rhys", "id": "D-1"},
    ):
        statuses = at_once(store, lambda asked=asked: system.post("/decisions", asked).status_code)
        assert set(statuses) <= {200, 201}
    decided = [one for one in ledger.read(store, streams["asha"]) if one.kind == "item_decided"]
    assert len(decided) == 1


def test_of_two_confirmations_of_one_check_at_once_both_get_the_first(
    holder: CaseSystem, store: Store
) -> None:
    asked = {"check": holder.did("/checks", LIKE)["check"], "item": "A-9", "declaration": 1}
    answers = at_once(store, lambda: holder.post("/confirmations", asked).get_json())
    assert answers[0]["confirmed_at"]
    assert all(one == answers[0] for one in answers)
    kinds = [one["kind"] for one in holder.read("/events")["events"]]
    assert kinds.count("confirmed") == 1


def at_once(store: Store, work: Callable[[], Any], number: int = 6) -> list[Any]:
    """What several threads get that do the same at the same time."""
    barrier, found = threading.Barrier(number), []

    def run() -> None:
        with quietly(store):
            barrier.wait()
            found.append(work())

    threads = [threading.Thread(target=run) for _ in range(number)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return found


def test_a_backdated_decision_counts_from_its_own_day(system: CaseSystem, clock: Clock) -> None:
    system.did("/items", {**ITEM, "item": "A-1", "effective_at": (clock.now - timedelta(days=3)).isoformat()})
    asked = {"item": "A-1", "outcome": "approved", "reviewer": "rhys"}
    system.did("/decisions", {**asked, "effective_at": (clock.now - timedelta(days=1)).isoformat()})
    assert system.read("/practitioners/asha/passport")["run"] == 1


@pytest.mark.postgres
def test_after_the_database_was_restarted_every_request_is_answered(
    settings: Settings, postgres_url: str, clock: Clock
) -> None:
    store = open_store(postgres_url)
    found_council(store, clock.now)
    system = CaseSystem(create_app(settings, store, now=clock), store, clock.now, "may_read")
    end_connections(postgres_url)
    assert [system.get("/events").status_code for _ in range(3)] == [200, 200, 200]
    store.close()
