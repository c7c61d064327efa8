"""The door of learning systems, as they meet it: statuses, headers, errors, and the manners they rely on."""

import base64
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson
import pytest
from werkzeug.test import TestResponse

from passport_service.app import create_app
from passport_service.config import Settings
from passport_service.services import keys, refusals
from passport_service.store.database import Store
from tests import builders
from tests.conftest import Clock
from tests.database.learning_system import CONSISTENT, VERSION, Lms, error_of
from tests.database.sending import count, statement, uid, voiding
from tests.parts import attached, multipart

# Moodle's manners


def test_an_empty_batch_succeeds(lms: Lms) -> None:
    answer = lms.call("POST", [], headers={VERSION: "1.0.0", "User-Agent": None})
    assert (answer.status_code, answer.get_json()) == (200, [])


def test_success_is_200_with_the_ids(lms: Lms) -> None:
    answer = lms.call("POST", [builders.moodle_course_completed(), statement(1)])
    assert answer.status_code == 200
    assert answer.get_json()[1] == uid(1)
    assert len(answer.get_json()) == 2


def test_one_statement_alone_is_a_batch_of_one(lms: Lms) -> None:
    assert lms.call("POST", statement(1)).get_json() == [uid(1)]


def test_open_edx_may_put_what_is_known_already(lms: Lms) -> None:
    for _ in range(2):
        answer = lms.call("PUT", statement(1), query_string={"statementId": uid(1)})
        assert (answer.status_code, answer.data) == (204, b"")
    assert error_of(lms.call("PUT", statement(1, result={}), query_string={"statementId": uid(1)}), 409)


# Errors


def test_an_invalid_statement_is_told_with_its_path_and_rule_and_the_batch_is_kept(
    lms: Lms, store: Store
) -> None:
    error = error_of(lms.call("POST", [statement(1), statement(2, actor={"mbox": "x"})]), 400)
    assert (error["where"], error["rule"]) == ("statements[1].actor.mbox", "xAPI 1.0.3 Data 2.4.2.3")
    assert count(store) == 0
    kept = refusals.newest(store)[0]
    assert (kept.key_id, kept.path, kept.statements) == (lms.made.key.id, error["where"], 2)
    assert lms.made.secret not in repr(kept)


def test_a_conflict_is_409_and_what_a_key_may_not_do_403(lms: Lms, store: Store, clock: Clock) -> None:
    lms.call("POST", [statement(1)])
    assert error_of(lms.call("POST", [statement(1, result={})]), 409)["code"] == "ID_CONFLICT"
    keys.change(store, lms.made.key.id, by="admin", now=clock(), may_void=False)
    assert error_of(lms.call("POST", [voiding(2, 1)]), 403)["code"] == "NOT_ALLOWED"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Encoding": "gzip"}, 415),
        ({"Content-Type": "text/plain"}, 400),
        ({"Content-Type": None}, 400),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 400),
        ({VERSION: None}, 400),
        ({VERSION: "0.95"}, 400),
        ({VERSION: "2.1.0"}, 400),
        ({"Authorization": None}, 401),
        ({"Authorization": "Basic !!!"}, 401),
        ({"Authorization": "Basic a2V5"}, 401),
        ({"Authorization": "Bearer abc"}, 401),
        ({"Authorization": "Basic " + base64.b64encode(b"k:\xff").decode()}, 401),
        ({"Content-Encoding": "identity"}, 200),
        ({"Content-Type": "application/json; charset=utf-8"}, 200),
    ],
)
def test_a_request_with_a_header_is_answered(lms: Lms, headers: dict[str, str], status: int) -> None:
    answer = lms.call("POST", [], headers=headers)
    assert answer.status_code == status
    assert answer.headers[VERSION] == "1.0.3"
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)


@pytest.mark.parametrize("path", ["", "nothing", "statement"])
def test_an_address_with_nothing_at_it_is_told_what_there_is(lms: Lms, path: str) -> None:
    said = error_of(lms.call("GET", path=path), 404)["message"]
    assert said.startswith("There is no such resource here. There are /xapi/about, /xapi/statements, ")
    assert "path:rest" not in said


@pytest.mark.parametrize("path", ["xapi", "xapi/statements"])
def test_an_address_with_xapi_twice_is_told_so(lms: Lms, path: str) -> None:
    assert "has xapi twice" in error_of(lms.call("POST", [], path=path), 404)["message"]
    assert "has xapi twice" not in error_of(lms.call("POST", [], path="xapis"), 404)["message"]


def test_a_key_for_the_other_door_or_a_revoked_one_does_not_open(
    lms: Lms, store: Store, clock: Clock
) -> None:
    keys.revoke(store, lms.made.key.id, now=clock())
    assert error_of(lms.call("POST", []), 401)["code"] == "NOT_SIGNED_IN"


@pytest.mark.parametrize(
    "body", [b"", b"[", b'{"a":1,"a":2}', b"[7]", b"\xff", b"[" * 100_000, b'["\\u0000"]']
)
def test_a_broken_body_is_400_and_kept(lms: Lms, store: Store, body: bytes) -> None:
    assert error_of(lms.call("POST", body), 400)["code"] == "MALFORMED"
    assert refusals.newest(store)[0].body == body


def test_a_body_beyond_the_limit_is_413(store: Store, clock: Clock, settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"body_limit": 65_536}), store, now=clock)
    pepper = settings.secret_key.get_secret_value()
    made = keys.create(store, label="LMS", purpose="xapi", pepper=pepper, by="admin", now=clock())
    answer = Lms(app, made).call("POST", b" " * 70_000)
    assert error_of(answer, 413)["code"] == "TOO_LARGE"
    assert "65536 bytes" in answer.get_json()["error"]["message"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    kept = refusals.newest(store)[0]
    assert (kept.key_id, kept.rule, kept.size, kept.is_whole) == (made.key.id, "TOO_LARGE", 70_000, False)


@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
def test_another_method_is_405(lms: Lms, method: str) -> None:
    """Communication 2.1.3: what the Statement resource answers says up to when it is complete, this too."""
    answer = lms.call(method)
    assert error_of(answer, 405)["code"] == "METHOD_NOT_ALLOWED"
    assert answer.headers["Allow"] == "GET, HEAD, POST, PUT, OPTIONS"
    assert CONSISTENT in answer.headers


def test_a_put_needs_its_statement_id_and_a_post_takes_no_parameter(lms: Lms) -> None:
    assert error_of(lms.call("PUT", statement(1)), 400)["where"] == "statementId"
    assert error_of(lms.call("POST", [], query_string={"statementId": uid(1)}), 400)["where"] == "statementId"
    assert error_of(lms.call("GET", query_string="limit=1&limit=2"), 400)["where"] == "limit"
    assert lms.call("POST", [], query_string={"cachebuster": "7"}).status_code == 200


# Reading


def test_a_statement_comes_back_with_what_was_assigned(lms: Lms, clock: Clock) -> None:
    clock.move(seconds=5)
    lms.call("POST", [statement(1)])
    answer = lms.get(statementId=uid(1).upper())
    assert answer.get_json() == statement(1) | {
        "stored": "2026-03-02T09:00:05.000000Z",
        "authority": {
            "objectType": "Agent",
            "account": {"homePage": "https://localhost", "name": lms.made.key.id},
        },
        "version": "1.0.0",
    }
    assert answer.headers["Last-Modified"] == "Mon, 02 Mar 2026 09:00:05 GMT"
    assert len(answer.headers["ETag"].strip('"')) == 40


def test_a_statement_that_is_not_there_is_404(lms: Lms) -> None:
    lms.call("POST", [statement(1), voiding(2, 1)])
    assert error_of(lms.get(statementId=uid(1)), 404)["where"] == "statementId"
    assert lms.get(voidedStatementId=uid(1)).status_code == 200
    assert lms.get(voidedStatementId=uid(2)).status_code == 404


def test_more_is_an_absolute_path_to_the_rest_and_empty_at_the_end(lms: Lms) -> None:
    lms.call("POST", [statement(number) for number in range(1, 6)])
    found, more = [], "/xapi/statements?limit=2&verb=" + statement()["verb"]["id"].replace(":", "%3A")
    while more:
        assert more.startswith("/xapi/statements?")
        address = urlsplit(more)
        page = lms.call("GET", query_string=address.query).get_json()
        found += [one["id"] for one in page["statements"]]
        more = page["more"]
    assert found == [uid(number) for number in range(5, 0, -1)]


@pytest.mark.parametrize("parameters", [{}, {"statementId": uid(1)}, {"statementId": uid(7)}, {"limit": "x"}])
def test_every_get_says_up_to_when_it_is_complete(lms: Lms, clock: Clock, parameters: dict[str, str]) -> None:
    lms.call("POST", [statement(1)])
    clock.move(seconds=9)
    for method in ("GET", "HEAD"):
        answer = lms.call(method, query_string=parameters)
        assert answer.headers[CONSISTENT] == "2026-03-02T09:00:09.000000Z"
        assert answer.headers[VERSION] == "1.0.3"
    assert answer.data == b""


def test_a_wrong_parameter_is_refused_by_its_name(lms: Lms) -> None:
    assert error_of(lms.get(until="yesterday"), 400)["where"] == "until"
    assert error_of(lms.get(Until="2026-03-02T09:00:00Z"), 400)["where"] == "Until"
    assert lms.get(cachebuster="0.123").status_code == 200


def test_the_language_of_the_canonical_format_follows_the_reader(lms: Lms) -> None:
    display = {"en": "experienced", "cy": "profiad"}
    lms.call("POST", [statement(1, verb=statement()["verb"] | {"display": display})])
    answer = lms.call(
        "GET",
        query_string={"statementId": uid(1), "format": "canonical"},
        headers={"Accept-Language": "cy, en;q=0.5"},
    )
    assert answer.get_json()["verb"]["display"] == {"cy": "profiad"}


def test_about_names_the_versions_to_anybody(lms: Lms) -> None:
    answer = lms.call("GET", path="about", headers={"Authorization": None, VERSION: None})
    assert answer.get_json() == {"version": ["1.0.0", "1.0.1", "1.0.2", "1.0.3", "2.0.0"]}
    assert answer.headers[VERSION] == "1.0.3"


# Attachments

FILE = {
    "usageType": "http://x.example/certificate",
    "display": {"en": "Certificate"},
    "contentType": "text/plain",
}


def with_file(number: int, data: bytes) -> dict[str, Any]:
    return statement(number, attachments=[FILE | {"length": len(data), "sha2": attached(data).sha2}])


def test_attachments_come_in_and_go_out_in_parts(lms: Lms) -> None:
    data = b"a certificate\r\n--\x00\xff"
    content_type, body = multipart(orjson.dumps([with_file(1, data)]), [data])
    assert lms.call("POST", body, headers={"Content-Type": content_type}).status_code == 200
    plain = lms.get(statementId=uid(1))
    assert plain.mimetype == "application/json"
    answer = lms.get(statementId=uid(1), attachments="true")
    assert answer.mimetype == "multipart/mixed"
    assert data in answer.data
    assert answer.data.count(b"X-Experience-API-Hash") == 1


def test_an_attachment_without_data_or_address_is_refused(lms: Lms) -> None:
    error = error_of(lms.call("POST", [with_file(1, b"data")]), 400)
    assert error["where"] == "statements[0].attachments[0]"


# The alternate syntax, and browsers


def alternate(lms: Lms, method: str, **fields: str) -> TestResponse:
    fields = {"Authorization": lms.headers["Authorization"], VERSION: "1.0.3"} | fields
    return lms.client.post(
        f"/xapi/statements?method={method}",
        data=urlencode(fields),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        base_url="https://localhost",
    )


def test_everything_can_be_said_by_a_form(lms: Lms, store: Store) -> None:
    content = orjson.dumps(statement(actor=builders.mailbox("zoë@council.example"))).decode()
    assert alternate(lms, "PUT", statementId=uid(1), content=content).status_code == 204
    assert alternate(lms, "POST", content="[]").get_json() == []
    assert alternate(lms, "GET", statementId=uid(1)).get_json()["id"] == uid(1)
    assert alternate(lms, "GET", limit="1").get_json()["more"] == ""
    assert error_of(alternate(lms, "POST", content="[{}]"), 400)["where"] == "statements[0].actor"
    assert refusals.newest(store)[0].body == b"[{}]"  # the form's credentials are not kept


def test_more_of_what_a_form_asked_for_fits_into_the_line_of_a_get(lms: Lms) -> None:
    """Data 2.5: it must be usable, with the longest agent, verb and activity that are kept too (Procfile: 8,190)."""
    long = "https://x.example/" + "a/" * 950
    who = {"account": {"homePage": long, "name": "1"}}
    made = {"actor": who, "verb": {"id": long}, "object": {"id": long}}
    lms.call("POST", [statement(1, **made), statement(2, **made)])
    asked = {"verb": long, "activity": long, "agent": orjson.dumps(who).decode(), "limit": "1"}
    more = alternate(lms, "GET", **asked).get_json()["more"]
    assert len(f"GET {more} HTTP/1.1") < 8190
    page = lms.call("GET", query_string=urlsplit(more).query).get_json()
    assert ([one["id"] for one in page["statements"]], page["more"]) == ([uid(1)], "")


def test_a_form_that_says_too_much_or_nothing_is_refused(lms: Lms) -> None:
    assert alternate(lms, "PATCH").status_code == 400
    assert alternate(lms, "DELETE").status_code == 405
    assert alternate(lms, "GET&limit=1").status_code == 400
    assert alternate(lms, "GET", Authorization="").status_code == 401
    assert lms.call("PUT", query_string={"method": "POST"}).status_code == 400
    assert lms.call("POST", b"\xff=1", query_string={"method": "GET"}).status_code == 400


def test_a_browser_may_ask_from_anywhere(lms: Lms) -> None:
    for path in ("statements", "activities/state", "about"):
        answer = lms.call("OPTIONS", path=path, headers={"Authorization": None, VERSION: None})
        assert answer.status_code == 204
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        allowed = answer.headers["Access-Control-Allow-Headers"].lower()
        assert all(name in allowed for name in ("authorization", "content-type", "x-experience-api-version"))
        assert all(
            method in answer.headers["Access-Control-Allow-Methods"] for method in ("GET", "PUT", "DELETE")
        )


def test_what_is_no_resource_is_404_that_a_browser_may_read(lms: Lms) -> None:
    answer = lms.call("GET", path="activities/elsewhere", query_string={"stateId": "x"})
    assert error_of(answer, 404)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


# Costs


@pytest.fixture
def queries(lms: Lms, store: Store) -> Any:
    """Counts the queries of a piece of work."""

    def counted(work: Any) -> int:
        seen: list[str] = []
        hook = lambda event: seen.append(str(event))  # noqa: E731
        store.db.query_hooks.append(hook)
        try:
            work()
        finally:
            store.db.query_hooks.remove(hook)
        return len(seen)

    return counted


def test_a_batch_costs_the_same_few_queries_however_long_it_is(lms: Lms, queries: Any) -> None:
    one = builders.moodle_module("answered")
    lms.call("POST", [one])
    # Rows are written in portions of powers of two, 64 at most; whether there is one row or a whole portion is the same.
    assert queries(lambda: lms.call("POST", [one])) == queries(lambda: lms.call("POST", [one] * 32)) <= 12
    assert queries(lambda: lms.call("POST", [one] * 63)) <= 24
