"""What every answer has, whoever made it: well-made pages, headers, errors in the manner of the door."""

import pytest
from flask import Blueprint, abort

from passport_service import app as app_module
from passport_service.domain.errors import Refused
from passport_service.web.access import EVERYONE, allow
from tests.pages import ORIGIN, Pages

FAILING = [400, 401, 403, 404, 405, 409, 413, 415, 429, 503]


@pytest.fixture
def failing(settings, sqlite_store, monkeypatch) -> Pages:
    """Pages of a service with an area where everything goes wrong."""
    wrong = Blueprint("wrong", __name__)
    wrong.get("/wrong/<int:status>", endpoint="status")(allow(EVERYONE)(lambda status: abort(status)))
    wrong.get("/wrong/refused")(allow(EVERYONE)(_refuse))
    wrong.get("/wrong/fault", endpoint="fault")(allow(EVERYONE)(lambda: 1 / 0))
    monkeypatch.setattr(app_module, "BLUEPRINTS", (*app_module.BLUEPRINTS, wrong))
    return Pages(app_module.create_app(settings, sqlite_store))


def _refuse():
    raise Refused("REVIEWER_CONFLICT", "The reviewer is the practitioner's manager.", "reviewer")


@pytest.mark.parametrize("path", ["/accessibility", "/privacy", "/how-decisions-are-made"])
def test_the_pages_about_the_service_are_well_made(pages, path):
    assert pages.get(path).heading


@pytest.mark.parametrize("status", FAILING)
def test_every_error_is_a_well_made_page_in_plain_words(failing, status):
    page = failing.get(f"/wrong/{status}", status=status)

    assert str(status) not in page.text


def test_an_error_without_a_page_of_its_own_has_a_common_one(failing):
    assert failing.get("/wrong/418", status=418).heading == "This could not be done"


def test_a_refusal_tells_a_person_its_reason(failing):
    assert "The reviewer is the practitioner's manager." in failing.get("/wrong/refused", status=409).text


def test_a_fault_tells_only_a_reference(failing):
    page = failing.get("/wrong/fault", status=500)

    assert "reference" in page.text
    assert "ZeroDivisionError" not in page.text


def test_programs_get_errors_in_one_json_shape(pages):
    answer = pages.client.get("/api/v1/nowhere", base_url=ORIGIN)

    assert answer.status_code in (401, 404)
    assert set(answer.json["error"]) >= {"code", "message"}


def test_every_answer_limits_what_a_browser_may_do_with_it(pages):
    headers = pages.get("/privacy").answer.headers
    policy = headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Strict-Transport-Security"]


def test_the_nonce_is_new_each_time(pages):
    first, second = (pages.get("/privacy").answer.headers["Content-Security-Policy"] for _ in range(2))

    assert first != second


def test_another_host_name_is_not_answered(pages):
    assert pages.client.get("/privacy", base_url="https://elsewhere.example").status_code == 400


def test_a_form_without_its_token_is_refused(pages):
    assert pages.client.post("/privacy", base_url=ORIGIN).status_code in (400, 405)


def test_the_demo_answers_this_machine_only(settings, sqlite_store):
    demo = app_module.create_app(settings.model_copy(update={"demo": True}), sqlite_store)
    client = demo.test_client()

    assert client.get("/privacy", environ_base={"REMOTE_ADDR": "127.0.0.1"}).status_code == 200
    assert client.get("/privacy", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 403
