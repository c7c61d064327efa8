"""Another store is told of passport transitions, once each, and never why."""

import json
from datetime import timedelta

import pytest

from integrations.lrs.forward import as_statement, forward, statement_id
from passport_service.evidence import said
from passport_service.plugins import Transition
from tests.integrations.fake_store import START, FakeStore, send, serving
from tests.integrations.test_what_platforms_say import recognisers


def transition(number: int, kind: str = "issued") -> Transition:
    return Transition(
        id=f"outbound-{number}",
        kind=kind,
        home_page="https://moodle.example",
        name="12",
        passport=f"P-{number:06d}",
        at=START + timedelta(days=number),
        status_link=f"https://passport.example/p/{number}",
    )


@pytest.fixture
def store():
    with serving(FakeStore()) as made:
        yield made


@pytest.fixture
def sent():
    return []


def tell(store, transitions, sent, **settings):
    given = {
        "endpoint": store.endpoint,
        "allow_http": True,
        "allowed_private_hosts": ["127.0.0.1"],
        **settings,
    }
    return forward(given, transitions, sent=sent.append)


def test_each_transition_arrives_as_a_statement_in_order(store, sent):
    report = tell(store, [transition(1), transition(2, "suspended")], sent)
    assert report.sent == sent == ["outbound-1", "outbound-2"]
    assert [one["verb"]["display"]["en-GB"] for one in store.put.values()] == ["issued", "suspended"]


def test_it_says_who_what_when_and_where_to_read_more(store, sent):
    tell(store, [transition(1)], sent, vocabulary="https://passport.example/xapi")
    (statement,) = store.put.values()
    assert statement["actor"]["account"] == {"homePage": "https://moodle.example", "name": "12"}
    assert statement["verb"]["id"] == "https://passport.example/xapi/verbs/issued"
    assert statement["object"]["id"] == "https://passport.example/xapi/passports/P-000001"
    assert statement["object"]["definition"]["moreInfo"] == "https://passport.example/p/1"
    assert statement["timestamp"].startswith("2026-03-03T09:00:00")
    assert {"result", "context"}.isdisjoint(statement)


def test_sending_again_after_a_lost_answer_leaves_one_statement(store, sent):
    store.answer = lambda handler: None
    assert tell(store, [transition(1)], sent).problem
    assert sent == []
    store.answer = None
    tell(store, [transition(1)], sent)
    tell(store, [transition(1)], sent)
    assert list(store.put) == [str(statement_id(transition(1)))]


def test_a_statement_that_the_store_holds_already_counts_as_sent(store, sent):
    store.put_status = 409
    assert tell(store, [transition(1)], sent).sent == sent == ["outbound-1"]


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_a_store_in_trouble_ends_the_run_and_the_rest_waits(store, sent, status):
    store.put_status = status
    report = tell(store, [transition(1), transition(2)], sent)
    assert (report.sent, sent, len(store.requests)) == ([], [], 1)
    assert str(status) in report.problem


def test_what_the_store_will_never_take_is_reported_and_passed_over(store, sent):
    store.put_status = 400
    report = tell(store, [transition(1), transition(2)], sent)
    assert [one for one, _ in report.refused] == ["outbound-1", "outbound-2"]
    assert (report.sent, sent, report.problem) == ([], [], None)


def test_a_redirect_is_not_followed(store, sent):
    store.answer = lambda handler: send(handler, 307, b"", {"Location": "http://127.0.0.1:9/"})
    assert "redirects" in tell(store, [transition(1)], sent).problem


def test_a_private_address_is_refused_unless_named(store, sent):
    report = forward({"endpoint": store.endpoint, "allow_http": True}, [transition(1)], sent=sent.append)
    assert "private address" in report.problem
    assert store.requests == []


def test_the_id_is_the_same_for_the_same_transition_only():
    assert statement_id(transition(1)) == statement_id(transition(1, "revoked"))
    assert statement_id(transition(1)) != statement_id(transition(2))


def test_our_own_statements_mean_nothing_when_they_come_back():
    statement = json.loads(as_statement(transition(1), "https://passport.example/xapi").to_json())
    assert said(statement, recognisers()) is None
