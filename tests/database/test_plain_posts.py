"""Plain POSTs of statements are taken in ahead of the framework: nobody can tell, but by the clock (decision 0015)."""

from base64 import b64encode
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from passport_service.doors import Service
from passport_service.services import keys
from passport_service.services.statements import write
from passport_service.store import keys as kept
from passport_service.store.database import Store
from passport_service.xapi.scopes import Scope
from tests import builders
from tests.conftest import Clock
from tests.database.learning_system import Lms, error_of

ONE = "0190a1b2-0000-7000-8000-000000000001"
NOW_AND_THEN = {"Date"}
STATEMENT = builders.moodle_module("answered")


@pytest.fixture
def service(lms: Lms) -> Service:
    app: Any = lms.client.application
    while not isinstance(app, Flask):
        app = app.app
    assert isinstance(app, Service)
    return app


@pytest.fixture
def ahead(service: Service, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each request was answered ahead of the framework."""
    told: list[bool] = []
    first = service.before_all
    assert first is not None

    def watched(environ: dict[str, Any], start: Any) -> Any:
        answer = first(environ, start)
        told.append(answer is not None)
        return answer

    monkeypatch.setattr(service, "before_all", watched)
    return told


def shown(answer: TestResponse) -> tuple[int, dict[str, str], Any]:
    headers = {name: value for name, value in answer.headers.items() if name not in NOW_AND_THEN}
    return answer.status_code, headers, answer.get_data()


@pytest.mark.parametrize(
    ("body", "options", "is_ahead"),
    [
        ([STATEMENT | {"id": ONE}], {}, True),
        (STATEMENT | {"id": ONE}, {"headers": {"X-Experience-API-Version": "2.0.0"}}, True),
        (STATEMENT | {"id": ONE}, {"headers": {"X-Experience-API-Version": "1.0.0"}}, True),
        ([], {}, True),
        ([STATEMENT | {"verb": 1}], {}, False),
        (b"{", {}, False),
        (b"", {}, False),
        (STATEMENT, {"headers": {"Authorization": None}}, False),
        (STATEMENT, {"headers": {"Authorization": "Basic eDp5"}}, False),
        (STATEMENT, {"headers": {"Authorization": "Basic %%"}}, False),
        (STATEMENT, {"headers": {"X-Experience-API-Version": None}}, False),
        (STATEMENT, {"headers": {"X-Experience-API-Version": "0.95"}}, False),
        (STATEMENT, {"headers": {"Content-Type": "text/plain"}}, False),
        (STATEMENT, {"headers": {"Content-Encoding": "gzip"}}, False),
        (STATEMENT, {"query_string": {"statementId": ONE}}, False),
        (STATEMENT | {"id": ONE}, {"headers": {"Content-Type": "application/json; charset=utf-8"}}, False),
    ],
)
def test_the_answer_is_the_same_as_the_ordinary_door_s(
    lms: Lms, service: Service, ahead: list[bool], body: Any, options: dict[str, Any], is_ahead: bool
) -> None:
    first = lms.call("POST", body, **options)
    assert ahead == [is_ahead]
    service.before_all = None
    assert shown(lms.call("POST", body, **options)) == shown(first)


def test_what_was_taken_in_ahead_can_be_read(lms: Lms, ahead: list[bool]) -> None:
    lms.call("POST", STATEMENT | {"id": ONE})
    assert ahead == [True]
    assert lms.get(statementId=ONE).get_json()["id"] == ONE


def test_a_refusal_is_told_and_kept_once(lms: Lms, store: Store, ahead: list[bool]) -> None:
    lms.call("POST", STATEMENT | {"id": ONE})
    error_of(lms.call("POST", STATEMENT | {"id": ONE, "verb": {"id": "https://verb.example"}}), 409)
    assert ahead == [True, False]
    assert store.execute("SELECT count(*) FROM refused_batch").fetchone()[0] == 1
    assert store.execute("SELECT count(*) FROM statement").fetchone()[0] == 1


def test_a_refusal_counts_as_one_request(lms: Lms, store: Store, clock: Clock) -> None:
    """Whatever is looked at twice was asked once, and a key's limit is of what is asked."""
    keys.change(store, lms.made.key.id, by="admin", now=clock(), rate_limit=4)
    assert [lms.call("POST", [STATEMENT | {"verb": 1}]).status_code for _ in range(5)] == [400] * 4 + [429]


def test_a_key_that_has_ended_is_refused_by_the_very_next_request(
    lms: Lms, store: Store, clock: Clock, ahead: list[bool]
) -> None:
    assert lms.call("POST", STATEMENT).status_code == 200
    keys.revoke(store, lms.made.key.id, by="admin", now=clock())
    assert lms.call("POST", STATEMENT).status_code == 401
    assert ahead == [True, False]


def test_a_secret_that_has_ended_is_refused_while_the_other_is_taken(
    lms: Lms, settings: Any, store: Store, clock: Clock
) -> None:
    pepper = settings.secret_key.get_secret_value()
    assert lms.call("POST", STATEMENT).status_code == 200
    other = Lms.__new__(Lms)
    other.client, other.made = (
        lms.client,
        keys.rotate(store, lms.made.key.id, pepper=pepper, by="admin", now=clock()),
    )
    other.headers = lms.headers | {"Authorization": basic(other.made.key.id, other.made.secret)}
    assert other.call("POST", STATEMENT).status_code == 200
    keys.end_secret(store, lms.made.key.id, 1, by="admin", now=clock())
    assert lms.call("POST", STATEMENT).status_code == 401
    assert other.call("POST", STATEMENT).status_code == 200


def test_what_a_key_may_no_longer_do_is_refused_at_once(lms: Lms, store: Store, clock: Clock) -> None:
    assert lms.call("POST", STATEMENT).status_code == 200
    keys.change(store, lms.made.key.id, by="admin", now=clock(), scopes=frozenset({Scope.STATEMENTS_READ}))
    assert lms.call("POST", STATEMENT).status_code == 403
    keys.change(
        store,
        lms.made.key.id,
        by="admin",
        now=clock(),
        scopes=frozenset({Scope.ALL}),
        home_pages=("https://elsewhere.example",),
    )
    assert lms.call("POST", STATEMENT).status_code == 403


def test_a_change_in_the_midst_is_noticed_by_the_transaction(
    lms: Lms, store: Store, clock: Clock, ahead: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    lms.call("POST", STATEMENT)

    def after_another_process_ended_it(*given: Any) -> Any:
        monkeypatch.undo()
        with kept.changing(store):
            kept.revoke(store, lms.made.key.id, clock())
        return write(*given)

    monkeypatch.setattr("passport_service.services.statements.write", after_another_process_ended_it)
    answer = lms.call("POST", STATEMENT)
    assert answer.status_code == 401
    assert store.execute("SELECT count(*) FROM statement").fetchone()[0] == 1


def test_a_failure_is_not_tried_twice(lms: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def fails(*_: Any) -> Any:
        tried.append(1)
        raise RuntimeError("a fault of ours")

    lms.call("POST", STATEMENT)
    monkeypatch.setattr("passport_service.services.statements.write", fails)
    lms.client.application.testing = False  # type: ignore[union-attr]
    assert error_of(lms.call("POST", STATEMENT), 500)["code"] == "FAILED"
    assert tried == [1]


def test_over_plain_http_from_elsewhere_nothing_is_taken(lms: Lms, store: Store) -> None:
    lms.call("POST", STATEMENT)
    answer = lms.client.post(
        "/xapi/statements",
        json=STATEMENT,
        headers=lms.headers,
        base_url="http://localhost",
        environ_base={"REMOTE_ADDR": "192.0.2.7"},
    )
    assert error_of(answer, 403)["code"] == "NOT_ALLOWED"
    assert store.execute("SELECT count(*) FROM statement").fetchone()[0] == 1


def basic(key_id: str, secret: str) -> str:
    return "Basic " + b64encode(f"{key_id}:{secret}".encode()).decode()
