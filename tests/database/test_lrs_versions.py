"""The door of learning systems speaks 1.0.3 and 2.0, each request by its own header."""

from typing import Any

import orjson
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from passport_service.app import create_app
from passport_service.config import Settings
from passport_service.services import keys, refusals, statements
from passport_service.store.database import Store
from passport_service.xapi.signature import SIGNATURE
from tests.conftest import Clock
from tests.database.learning_system import CONSISTENT, VERSION, Lms, error_of
from tests.database.sending import START, count, statement, uid, voiding
from tests.parts import attached, multipart
from tests.unit.xapi.test_multipart import certificate, signature_of

MENTOR = {"mbox": "mailto:mentor@council.example"}
CONTEXT = {"contextAgents": [{"objectType": "contextAgent", "agent": MENTOR}]}
SECOND = {VERSION: "2.0.0"}


@pytest.mark.parametrize(
    ("header", "answered"), [("1.0", "1.0.3"), ("1.0.1", "1.0.3"), ("2.0", "2.0.0"), ("2.0.0", "2.0.0")]
)
def test_each_request_is_answered_in_the_version_it_speaks(lms: Lms, header: str, answered: str) -> None:
    """Communication 3.3: the latest patch of the version asked for."""
    for answer in (
        lms.call("POST", [], headers={VERSION: header}),
        lms.call("GET", headers={VERSION: header}),
    ):
        assert (answer.status_code, answer.headers[VERSION]) == (200, answered)


def spoken_by_default(settings: Settings, store: Store, clock: Clock, version: str) -> Lms:
    app: Flask = create_app(settings.model_copy(update={"xapi_version": version}), store, now=clock)
    pepper = settings.secret_key.get_secret_value()
    return Lms(app, keys.create(store, label="LMS", purpose="xapi", pepper=pepper, by="admin", now=clock()))


@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
def test_who_names_no_version_is_refused_in_the_one_that_is_set(
    settings: Settings, store: Store, clock: Clock, version: str
) -> None:
    """Communication 3.3: a request without the header is refused, and even that answer names a version."""
    lms = spoken_by_default(settings, store, clock, version)
    for method, body in (("GET", None), ("POST", statement(1)), ("PUT", statement(1))):
        answer = lms.call(method, body, headers={VERSION: None})
        assert VERSION in error_of(answer, 400)["where"]
        assert answer.headers[VERSION] == version
    unknown = lms.call("GET", headers={VERSION: "0.95"})
    assert (unknown.status_code, unknown.headers[VERSION]) == (400, version)
    about = lms.call("GET", path="about", headers={VERSION: None, "Authorization": None})
    assert (about.status_code, about.headers[VERSION]) == (200, version)
    assert lms.call("OPTIONS", headers={VERSION: None}).headers[VERSION] == version


@pytest.mark.parametrize("path", ["", "nothing", "statements/1", "about"])
def test_every_address_below_the_door_names_the_version(lms: Lms, path: str) -> None:
    """Communication 3.3: the header is in every response; and a browser's script may read it."""
    for header, answered in (("2.0.0", "2.0.0"), ("1.0.0", "1.0.3")):
        answer = lms.call("GET", path=path, headers={VERSION: header})
        assert answer.status_code == (200 if path == "about" else 404)
        assert answer.headers[VERSION] == answered
        assert VERSION in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("TRACE", "/xapi/statements", 405),
        ("PROPFIND", "/xapi/about", 405),
        ("LOCK", "/xapi/nothing", 405),
        ("GET", "/xapi", 404),
        ("GET", "/xapi//statements", 308),
    ],
)
def test_so_does_what_is_answered_before_the_door_is_found(
    lms: Lms, method: str, address: str, status: int
) -> None:
    """Communication 3.3: the header is in every response, to methods and at addresses that nobody has too."""
    answer = lms.client.open(
        address, method=method, headers=lms.headers | SECOND, base_url="https://localhost"
    )
    assert status == 308 or error_of(answer, status)["message"]
    assert answer.status_code == status
    assert answer.headers[VERSION] == "2.0.0"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_by_another_host_s_name_the_refusal_has_the_same_shape(lms: Lms) -> None:
    """Communication 3.3, 3.2: the version and a message are in this answer too."""
    answer = lms.client.get("/xapi/about", base_url="https://elsewhere.example")
    assert error_of(answer, 400)["where"] == "Host"
    assert answer.headers[VERSION] == "1.0.3"


def test_about_needs_no_version_and_follows_one(lms: Lms) -> None:
    """Communication 2.8: About is for those who do not know yet what is spoken here."""
    for header, answered in (("2.0.0", "2.0.0"), ("1.0.0", "1.0.3"), ("0.95", "1.0.3"), (None, "1.0.3")):
        answer = lms.call("GET", path="about", headers={VERSION: header})
        assert (answer.status_code, answer.headers[VERSION]) == (200, answered)


def test_the_rule_is_named_in_the_version_spoken(lms: Lms) -> None:
    """xAPI 2.0 4.2.2.5 came with contextAgents; before it, they are a property too many."""
    bad = statement(1, context={"contextAgents": [{"objectType": "Agent", "agent": MENTOR}]})
    error = error_of(lms.call("POST", bad, headers=SECOND), 400)
    assert (error["where"], error["rule"]) == (
        "statement.context.contextAgents[0].objectType",
        "xAPI 2.0 4.2.2.5",
    )
    error = error_of(lms.call("POST", statement(1, context=CONTEXT)), 400)
    assert (error["where"], error["rule"]) == ("statement.context.contextAgents", "xAPI 1.0.3 Data 2.2")


def test_agents_of_the_context_are_found_by_related_agents(lms: Lms) -> None:
    """xAPI 2.0 4.1.6.1: ``related_agents`` also looks at contextAgents and contextGroups."""
    lms.call("POST", statement(1, context=CONTEXT), headers=SECOND)
    group = {"objectType": "Group", "mbox": "mailto:team@council.example", "member": [MENTOR]}
    wide = {"contextGroups": [{"objectType": "contextGroup", "group": group}]}
    lms.call("POST", statement(2, context=wide), headers=SECOND)
    lms.call("POST", statement(3))

    def found(agent: object, **more: str) -> list[str]:
        answer = lms.get(agent=orjson.dumps(agent).decode(), **more)
        return [one["id"] for one in answer.get_json()["statements"]]

    assert found(MENTOR) == []
    assert found(MENTOR, related_agents="true") == [uid(2), uid(1)]
    assert found({"objectType": "Group", "mbox": group["mbox"]}, related_agents="true") == [uid(2)]


def test_a_statement_keeps_the_version_it_came_in(lms: Lms) -> None:
    """Data 2.4.10, xAPI 2.0 4.2.4.3: its own version, else that of the request; whoever asks for it later."""
    lms.call("POST", statement(1))
    lms.call("POST", statement(2), headers=SECOND)
    lms.call("POST", statement(3, version="1.0.2"), headers=SECOND)
    lms.call("PUT", statement(4, context=CONTEXT), headers=SECOND, query_string={"statementId": uid(4)})
    versions = {1: "1.0.0", 2: "2.0.0", 3: "1.0.2", 4: "2.0.0"}
    for number, version in versions.items():
        for header in ("1.0.3", "2.0.0"):
            answer = lms.call("GET", query_string={"statementId": uid(number)}, headers={VERSION: header})
            assert answer.get_json()["version"] == version
            assert answer.get_json().get("context") == (CONTEXT if number == 4 else None)


def test_a_statement_sent_again_in_the_other_version_is_the_same_one(lms: Lms) -> None:
    """Data 2.3.1: the version is assigned on receipt, and no difference."""
    assert lms.call("POST", statement(1)).status_code == 200
    assert lms.call("POST", statement(1), headers=SECOND).status_code == 200
    assert lms.call("POST", statement(2), headers=SECOND).status_code == 200
    assert lms.call("POST", statement(2), headers=SECOND).status_code == 200
    assert lms.call("POST", statement(2)).status_code == 200
    assert lms.get(statementId=uid(1)).get_json()["version"] == "1.0.0"


def test_the_alternate_syntax_is_of_the_first_version_only(lms: Lms) -> None:
    """Communication 1.3; xAPI 2.0 has left it out."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    asked = {"query_string": {"method": "GET"}}
    assert lms.call("POST", b"limit=1", headers=form, **asked).status_code == 200
    assert error_of(lms.call("POST", b"limit=1", headers=form | SECOND, **asked), 400)["where"] == "method"
    inside = b"limit=1&X-Experience-API-Version=2.0.0"
    assert error_of(lms.call("POST", inside, headers=form | {VERSION: None}, **asked), 400)
    assert error_of(lms.call("PUT", statement(1), headers=SECOND, query_string={"method": "POST"}), 400)


def test_a_refused_batch_is_kept_with_the_rule_as_it_was_told_and_replayed_in_its_version(
    lms: Lms, store: Store
) -> None:
    """xAPI 2.0 4.2.2.5: what only the second version knows is not lost when its batch is brought in later."""
    broken = statement(3, actor={"mbox": "x"})
    error_of(lms.call("POST", [statement(1, context=CONTEXT), statement(2), broken], headers=SECOND), 400)
    kept = refusals.newest(store)[0]
    assert kept.rule == "xAPI 2.0 4.2.2.1"
    done = refusals.replay(store, kept.id, by="admin", now=START)
    assert (done.ids, [one.place for one in done.problems]) == ([uid(1), uid(2)], [2])
    for number in (1, 2):
        assert lms.get(statementId=uid(number)).get_json()["version"] == "2.0.0"


def test_a_batch_refused_for_what_it_may_not_say_is_replayed_whichever_version_it_was_in(
    lms: Lms, store: Store
) -> None:
    store.execute("UPDATE api_key SET may_void = ?", (False,))
    lms.call("POST", [statement(1, context=CONTEXT), voiding(2, 1)], headers=SECOND)
    done = refusals.replay(store, refusals.newest(store)[0].id, by="admin", now=START)
    assert (done.ids, [one.place for one in done.problems]) == ([uid(1)], [1])
    assert lms.get(statementId=uid(1)).get_json()["version"] == "2.0.0"


def test_pulled_statements_are_read_by_the_version_they_name(lms: Lms, store: Store) -> None:
    """xAPI 2.0 4.2.4.3: every statement that a store gives out names the version it came in."""
    pulled = [
        statement(1, version="2.0.0", context=CONTEXT),
        statement(2, version="1.0.0", timestamp="2026-03-01T09:00:00"),
        statement(3),
    ]
    statements.accept_values(store, key=lms.made.key, values=pulled, now=START)
    versions = [lms.get(statementId=uid(number)).get_json()["version"] for number in (1, 2, 3)]
    assert versions == ["2.0.0", "1.0.0", "1.0.0"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_head_that_comes_as_a_post_has_no_body_either(lms: Lms, method: str) -> None:
    """Communication 1.1 and 1.3: as a GET would be answered, without the message."""
    lms.call("POST", statement(1))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = f"statementId={uid(1)}".encode()
    answer = lms.call("POST", body, headers=form, query_string={"method": method})
    assert (answer.status_code, bool(answer.data)) == (200, method == "GET")
    plain = lms.call(method, query_string={"statementId": uid(1)})
    for name in ("ETag", "Last-Modified", "Content-Type", VERSION):
        assert answer.headers[name] == plain.headers[name]
    assert CONSISTENT in answer.headers


@pytest.mark.parametrize("query", ["verb=%ff", "v%ff=1"])
def test_parameters_that_are_not_utf_8_are_refused(lms: Lms, query: str) -> None:
    """Communication 1.4: all strings are in UTF-8."""
    assert error_of(lms.call("GET", query_string=query), 400)["rule"] == "xAPI 1.0.3 Communication 1.4"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = lms.call("POST", query.encode("latin-1"), headers=form, query_string={"method": "GET"})
    assert error_of(answer, 400)["rule"] == "xAPI 1.0.3 Communication 1.4"


def test_what_was_given_back_may_be_sent_again_in_either_version(lms: Lms, store: Store) -> None:
    """Data 2.3.1 and Communication 2.1.2: what only the receiver changed makes no conflict."""
    activity = {"id": "https://moodle.example/course/view.php?id=7"}
    odd = statement(
        1,
        timestamp="20260301T100000.1234567+0100",
        result={"duration": "PT1M0.1239S"},
        context={"contextActivities": {"parent": activity}},
    )
    untimed = {name: value for name, value in statement(2).items() if name != "timestamp"}
    assert lms.call("POST", [odd, untimed]).status_code == 200
    returned = lms.get().get_json()["statements"]
    assert returned[1]["timestamp"] == "2026-03-01T09:00:00.123456Z"
    for headers in ({}, SECOND):
        assert lms.call("POST", returned, headers=headers).get_json() == [uid(2), uid(1)]
    assert count(store) == 2
    assert error_of(lms.call("POST", returned[1] | {"result": {"duration": "PT1M0.13S"}}), 409)


@pytest.mark.parametrize("header", ["1.0.3", "2.0.0"])
@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_a_signed_statement_is_verified_in_the_version_spoken(lms: Lms, header: str, algorithm: str) -> None:
    """Data 2.6, xAPI 2.0 4.2.6: the payload is the same statement, as far as statements are compared."""
    bare = statement(1, result={"duration": "PT1M0.12S"})
    if header == "2.0.0":
        bare["context"] = CONTEXT
    signature = signature_of(orjson.dumps(bare), {"alg": algorithm, "x5c": [certificate()]})
    mark = {
        "usageType": SIGNATURE,
        "display": {"en": "Signature"},
        "contentType": "application/octet-stream",
        "length": len(signature),
        "sha2": attached(signature).sha2,
    }

    def send(**other: Any) -> TestResponse:
        sent = bare | {"attachments": [mark]} | other
        content_type, body = multipart(orjson.dumps(sent), [signature])
        return lms.call("POST", body, headers={"Content-Type": content_type, VERSION: header})

    error = error_of(send(result={"duration": "PT1M0.13S"}), 400)
    assert error["rule"] == ("xAPI 1.0.3 Data 2.6" if header == "1.0.3" else "xAPI 2.0 4.2.6")
    assert send(result={"duration": "PT1M0.1299S"}).status_code == 200
    assert signature in lms.get(statementId=uid(1), attachments="true").data
