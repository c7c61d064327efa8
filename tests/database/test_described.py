"""The door of learning systems keeps to its own description, whatever is asked."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from passport_service.app import create_app
from passport_service.config import Settings
from passport_service.data import read_xapi_openapi
from passport_service.lrs.routes import RESOURCES
from passport_service.services import keys
from passport_service.store.database import Store
from tests.conftest import Clock
from tests.database.described import Asked, Description
from tests.database.learning_system import Lms
from tests.database.serving import PEPPER, Client, headers_of, serving

DESCRIPTION = Description(orjson.loads(read_xapi_openapi()))
# A token's endpoint answers in the shapes of OAuth; it is described as the way to come in.
SENDABLE = re.compile(r"[\x20-\x7e]*")
INNER = ("/openapi.json", "/oauth/token", "", "/", "/<path:rest>")


@pytest.fixture
def system(settings: Settings, store: Store, clock: Clock, lms: Lms) -> Lms:
    app = create_app(settings, store, now=clock)
    app.config["PROPAGATE_EXCEPTIONS"] = False  # a fault is a 500, which no operation lists
    return Lms(app, lms.made)


def test_every_resource_is_described_and_the_description_is_open_to_all(system: Lms) -> None:
    answer = system.call("GET", path="openapi.json", headers={"Authorization": None})
    assert answer.get_json() == DESCRIPTION.document
    assert set(DESCRIPTION.document["paths"]) == {path for path, _, _ in RESOURCES} - set(INNER)


@given(asked=DESCRIPTION.requests())
@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_whatever_is_asked_the_answer_is_one_that_the_description_lists(system: Lms, asked: Asked) -> None:
    names: dict[str, Any] = {"X-Experience-API-Version": None, "Content-Type": None} | asked.headers
    answer = system.call(
        asked.method, asked.body, path=asked.path[1:], query_string=asked.parameters, headers=names
    )
    event(f"{asked.method} {answer.status_code}")
    assert_listed(asked, answer.status_code, answer.get_data())


@pytest.fixture
def running(store: Store, clock: Clock, tmp_path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The real server's port and the headers of a key; in its log there must be no fault at the end."""
    made = keys.create(
        store, label="LMS", purpose="xapi", pepper=PEPPER, by="admin", now=clock(), may_void=True
    )
    with serving(store, tmp_path) as server:
        yield server.port, headers_of(made)
        server.assert_no_fault()


@given(asked=DESCRIPTION.requests())
@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_the_running_service_answers_as_its_description_lists(
    running: tuple[int, dict[str, str]], asked: Asked
) -> None:
    assume(
        all(SENDABLE.fullmatch(value) for value in asked.headers.values())
    )  # else no client sends it at all
    port, headers = running
    query = f"?{urlencode(asked.parameters)}" if asked.parameters else ""
    client = Client(port, {"Authorization": headers["Authorization"]} | asked.headers)
    answer = client.ask(asked.method, f"/xapi{asked.path}{query}", asked.body)
    client.connection.close()
    assert_listed(asked, answer.status, answer.body)


def assert_listed(asked: Asked, status: int, text: bytes) -> None:
    assert status in asked.statuses, (asked, text[:500])
    if status >= 400 and asked.method != "HEAD":
        error = orjson.loads(text)["error"]
        assert error["code"]
        assert error["message"]
        assert set(error) <= {"code", "message", "where", "rule"}


@given(data=st.data())
@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_a_statement_as_described_is_taken_and_given_back(system: Lms, data: st.DataObject) -> None:
    schema = DESCRIPTION.document["components"]["schemas"]["Statement"]
    sent = data.draw(DESCRIPTION.values(schema))
    sent.pop("id", None)
    answer = system.call("POST", [sent])
    assert answer.status_code in (200, 400, 403), answer.text
    if answer.status_code == 200:
        found = system.get(statementId=answer.get_json()[0])
        assert found.status_code in (200, 404)  # 404 when an earlier one voided it
