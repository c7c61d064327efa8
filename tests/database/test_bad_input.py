"""Bad input at every door: a clear error, never a fault of ours, and nothing stored; on both databases."""

import gzip
import re
from base64 import b64encode
from hashlib import sha256
from typing import Any, TypeVar
from uuid import uuid4

import orjson
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import Client, TestResponse
from wtforms import Form

from passport_service.app import create_app
from passport_service.config import Settings
from passport_service.services import keys, passports
from passport_service.store.database import Store
from passport_service.store.tables import all_tables
from passport_service.web import (
    absences,
    account,
    answers,
    concerns,
    decisions,
    identities,
    items,
    mappings,
    people,
    prior_learning,
    quarantine,
    training,
    waivers,
)
from tests import builders
from tests.conftest import Clock
from tests.database.api_client import PEPPER, RIGHTS, CaseSystem
from tests.database.test_lrs import Lms
from tests.people import BY, Town
from tests.workforce import workforce_town

# Grown by being refused, or by being asked: what a refusal itself leaves, and how often somebody tried.
NOT_COUNTED = frozenset({"arrival", "key_address", "refused_batch", "security_log", "rate"})
LONG = "x" * 200_000
NOISE = "".join(
    sha256(str(number).encode()).hexdigest() for number in range(100)
)  # long, and not to be compressed
DEEP = b"[" * 5_000 + b"]" * 5_000
AREAS = (
    absences, account, answers, concerns, decisions, identities, items, mappings, people, prior_learning, quarantine,
    training, waivers,
)  # fmt: skip

Door = TypeVar("Door", Lms, CaseSystem)


@pytest.fixture
def made(store: Store, clock: Clock) -> Town:
    town = workforce_town(store, clock)
    town.holder("ben", by="rhys")
    return town


@pytest.fixture
def service(settings: Settings, made: Town, clock: Clock) -> Flask:
    app = create_app(settings, made.store, now=clock)
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False  # a fault of ours is answered with 500, as in production
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def lms(service: Flask, made: Town) -> Lms:
    key = keys.create(
        made.store,
        label="Moodle",
        purpose="xapi",
        pepper=PEPPER,
        by=BY,
        now=made.now,
        home_pages=[builders.MOODLE],
    )
    return Lms(service, key)


@pytest.fixture
def system(service: Flask, made: Town) -> CaseSystem:
    return CaseSystem(service, made.store, made.now, *RIGHTS)


def contents(store: Store) -> dict[str, int]:
    """How many rows each table has."""
    names = sorted({one._meta.table_name for one in all_tables()} - NOT_COUNTED)
    counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in names)
    return dict(store.execute(counts).fetchall())


def refused(answer: TestResponse, *statuses: int) -> None:
    assert answer.status_code in (statuses or (400,)), (answer.status_code, answer.text[:300])
    error = answer.get_json()["error"]
    assert error["code"]
    assert error["message"]
    assert len(answer.data) < 5_000


# The door of learning systems


def good(**more: Any) -> dict[str, Any]:
    return builders.moodle_course_completed(7) | more


BODIES = {
    "nothing": b"",
    "not JSON": b"{'actor': 1}",
    "cut off": orjson.dumps([good()])[:-20],
    "two values": orjson.dumps(good()) * 2,
    "not UTF-8": b'[{"actor": "\xff\xfe"}]',
    "deep": DEEP,
    "deep inside": b'{"actor":' + b'{"a":' * 3_000 + b"1" + b"}" * 3_001,
    "a number": b"7",
    "text": b'"statement"',
    "null": b"null",
    "a list of numbers": b"[1, 2]",
    "not a number": b'[{"result": {"score": {"raw": NaN}}}]',
    "infinity": orjson.dumps([good()])[:-2] + b',"result":{"score":{"raw":1e999}}}]',
    "a lone surrogate": orjson.dumps([good()])[:-2] + b',"result":{"response":"\\ud800"}}]',
    "a NUL": orjson.dumps([good(result={"response": "a\x00b"})]),
    "a NUL in a name": orjson.dumps(
        [good(actor={"account": {"homePage": builders.MOODLE, "name": "1\x002"}})]
    ),
    "a NUL in an activity": orjson.dumps([good(object={"id": "https://moodle.example/\x00"})]),
    "the same id twice": orjson.dumps([good(id=str(uuid4()))] * 2),
}
VALUES: dict[str, dict[str, Any]] = {
    "empty actor": {"actor": {}},
    "empty name": {"actor": {"account": {"homePage": builders.MOODLE, "name": ""}}},
    "a list for an actor": {"actor": []},
    "a number for a verb": {"verb": 7},
    "empty verb": {"verb": {"id": ""}},
    "no object": {"object": None},
    "unknown property": {"colour": "red"},
    "year nought": {"timestamp": "0000-01-01T00:00:00Z"},
    "the first year, east": {"timestamp": "0001-01-01T00:00:00+14:00"},
    "the last year, west": {"timestamp": "9999-12-31T23:59:59-14:00"},
    "February 30": {"timestamp": "2026-02-30T00:00:00Z"},
    "hour 25": {"timestamp": "2026-02-03T25:00:00Z"},
    "five digits": {"timestamp": "12026-02-03T05:00:00Z"},
    "a number for a moment": {"timestamp": 1_760_000_000},
    "empty moment": {"timestamp": ""},
    "an id that is none": {"id": "7"},
    "empty id": {"id": ""},
    "a score beyond one": {"result": {"score": {"scaled": 1.5}}},
    "text for a score": {"result": {"score": {"raw": "8"}}},
    "a duration in words": {"result": {"duration": "an hour"}},
    "yes for true": {"result": {"success": "yes"}},
    "a version of its own": {"version": "9.9"},
    "a registration that is none": {"context": {"registration": "x"}},
    "somebody else's home page": {"actor": {"account": {"homePage": "https://other.example", "name": "1"}}},
}


def test_bad_bodies_of_statements_are_refused_and_nothing_is_stored(lms: Lms, made: Town) -> None:
    before = contents(made.store)
    for body in BODIES.values():
        refused(lms.call("POST", body))
    for more in VALUES.values():
        answer = lms.call("POST", [good(), good(**more)])
        refused(answer, 400, 403)
        assert "statements[1]" in answer.text
    assert contents(made.store) == before


# What is strange, but allowed: it is stored, and no harm comes of it.
STRANGE: dict[str, dict[str, Any]] = {
    "the first year": {"timestamp": "0001-01-01T00:00:00Z"},
    "the last year": {"timestamp": "9999-12-31T23:59:59Z"},
    "a huge number": {"result": {"score": {"raw": 1e300}}},
    "a number of many digits": {"result": {"score": {"raw": 2**63}}},
    "a long response": {"result": {"response": LONG}},
    "a long name": {"actor": {"account": {"homePage": builders.MOODLE, "name": NOISE}}},
    "a long activity": {"object": {"id": f"https://moodle.example/{NOISE}"}},
    "an emoji": {"result": {"response": "👩🏽‍🚀"}},
    "a long duration": {"result": {"duration": "P9999Y"}},
}


@pytest.mark.parametrize("what", list(STRANGE))
def test_what_is_strange_but_allowed_does_no_harm(lms: Lms, made: Town, what: str) -> None:
    for verb in ("completed", "passed"):
        answer = lms.call("POST", [good(verb={"id": builders.VERBS[verb]}, **STRANGE[what])])
        assert answer.status_code in (200, 400), answer.text[:300]
        assert passports.sweep(made.store, now=made.now) == 0
    assert lms.get(limit="5").status_code == 200
    assert contents(made.store)["statement"] in (0, 2)


def test_bad_requests_of_statements_are_refused_and_nothing_is_stored(lms: Lms, made: Town) -> None:
    before = contents(made.store)
    body = orjson.dumps([good()])
    refused(lms.call("POST", gzip.compress(body), headers={"Content-Encoding": "gzip"}), 415)
    refused(lms.call("POST", body, headers={"Content-Encoding": "br"}), 415)
    refused(lms.call("POST", body, headers={"Content-Type": "text/plain"}))
    refused(lms.call("POST", body, headers={"Content-Type": None}))
    refused(lms.call("POST", body, headers={"Content-Type": "multipart/mixed"}))
    refused(lms.call("POST", body, headers={"Content-Type": "multipart/mixed; boundary=\x01"}))
    refused(lms.call("POST", body, headers={"X-Experience-API-Version": "7"}))
    refused(lms.call("POST", body, query_string={"statementId": str(uuid4())}))
    refused(lms.call("POST", b"x" * 17 * 1024 * 1024), 413)
    refused(lms.call("PUT", good()))
    refused(lms.call("PUT", good(), query_string={"statementId": "7"}))
    refused(lms.call("PUT", good(id=str(uuid4())), query_string={"statementId": str(uuid4())}))
    refused(lms.call("DELETE"), 405)
    refused(lms.call("POST", b"method=GET", query_string={"method": "DANCE"}))
    for name, value in (
        ("statementId", "x"), ("statementId", ""), ("agent", "{"), ("agent", "[]"), ("agent", DEEP.decode()),
        ("verb", "\x00"), ("activity", "\x00"), ("activity", "no"), ("registration", "1"), ("since", "0000"),
        ("since", "0001-01-01T00:00:00+14:00"), ("until", "tomorrow"), ("limit", "-1"), ("limit", "a"),
        ("ascending", "perhaps"), ("format", "pdf"), ("cursor", "\x00"), ("cursor", "x" * 9000), ("colour", "red"),
    ):  # fmt: skip
        answer = lms.get(**{name: value})
        assert answer.status_code in (400, 404), (name, value[:20], answer.status_code)
    assert contents(made.store) == before


def test_a_body_of_ten_megabytes_is_answered(lms: Lms, made: Town) -> None:
    before = contents(made.store)
    refused(lms.call("POST", b"[" + b"1," * 5_000_000 + b"1]"))
    refused(lms.call("POST", b'{"actor":"' + b"x" * 10_000_000))
    assert contents(made.store) == before
    answer = lms.call("POST", [good(result={"response": "x" * 10_000_000})])
    assert answer.status_code in (200, 400, 413)


def test_nobody_without_a_right_key_is_let_in(lms: Lms, system: CaseSystem, made: Town) -> None:
    own = lms.headers["Authorization"]
    other = system.headers["Authorization"]
    keys.revoke(made.store, (ended := _another_key(made)).key.id, now=made.now)
    before = contents(made.store)
    wrong = [
        "",
        "Basic",
        "Basic !!",
        "Basic bm9jb2xvbg==",
        "Bearer x",
        own[:-6],
        own + "AAAA",
        other,
        _basic(ended),
    ]
    wrong += [
        _plain(f"{lms.made.key.id}:"),
        _plain(f":{lms.made.secret}"),
        _plain("a\x00b:c"),
        _plain("é:ü"),
        "Basic " + "A" * 9000,
    ]
    for one in wrong:
        refused(lms.call("POST", [good()], headers={"Authorization": one}), 401)
    for one in [*wrong[:-7], own, _basic(ended)]:
        if one != other:
            refused(
                system.app.test_client().post("/api/v1/checks", json={}, headers={"Authorization": one}),
                401,
                403,
            )
    assert contents(made.store) == before


def _another_key(made: Town) -> keys.Made:
    return keys.create(made.store, label="Old", purpose="xapi", pepper=PEPPER, by=BY, now=made.now)


def _basic(made: keys.Made) -> str:
    return _plain(f"{made.key.id}:{made.secret}")


def _plain(text: str) -> str:
    return "Basic " + b64encode(text.encode()).decode()


def test_a_batch_sent_again_changes_nothing(lms: Lms, made: Town) -> None:
    batch = [good(id=str(uuid4()), timestamp=f"2026-02-0{day}T09:00:00Z") for day in range(1, 6)]
    assert lms.call("POST", batch).status_code == 200
    before = contents(made.store)
    for again in (batch, batch[::-1], batch[:2]):
        assert lms.call("POST", again).status_code == 200
    refused(lms.call("POST", [batch[0], batch[1] | {"timestamp": "2026-02-03T09:00:01Z"}]), 409)
    assert contents(made.store) == before


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20), st.sampled_from(["\x00", "", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "mailto:a@b"]),
)  # fmt: skip
ANYTHING = st.recursive(
    SCALARS,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=3),
    max_leaves=6,
)
PLACES = [
    ("actor",), ("actor", "account"), ("actor", "account", "name"), ("verb", "id"), ("verb", "display"), ("object",),
    ("object", "id"), ("object", "definition"), ("object", "definition", "type"), ("object", "definition", "extensions"),
    ("timestamp",), ("context",), ("context", "registration"), ("context", "contextActivities"), ("context", "extensions"),
    ("context", "language"), ("result",), ("id",), ("version",), ("stored",), ("authority",), ("attachments",),
]  # fmt: skip


@given(place=st.sampled_from(PLACES), value=ANYTHING)
@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_stands_in_a_statement_it_is_stored_or_refused(
    lms: Lms, place: tuple[str, ...], value: Any
) -> None:
    sent = good()
    inner = sent
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    try:
        body = orjson.dumps([sent])
    except TypeError:  # a surrogate, or a number that JSON cannot say
        return
    answer = lms.call("POST", body)
    assert answer.status_code in (200, 400, 403), (place, value, answer.text[:300])
    if answer.status_code == 200:
        found = lms.get(statementId=answer.get_json()[0])
        assert found.status_code == 200, (place, value, found.text[:300])


# The door of case systems

ASKED: dict[str, dict[str, Any]] = {
    "/items": {"who": "ben", "item": "W-1", "kind": "review", "type": "review"},
    "/items/BEN-1/withdraw": {"reason": "It was sent twice."},
    "/checks": {"who": "ben", "kind": "review", "type": "review"},
    "/confirmations": {"check": "k1", "item": "W-1", "declaration": 1},
    "/decisions": {"item": "BEN-1", "outcome": "returned", "reviewer": "rhys", "reason": "Not finished."},
    "/corrections": {"item": "BEN-1", "outcome": "returned", "reviewer": "lena", "reason": "Not finished."},
    "/concerns": {"id": "C-1", "who": "ben", "item": "BEN-1", "severity": "standard", "source": "audit", "reader": "rhys",
                  "reason": "Not finished."},
}  # fmt: skip
NASTY: list[Any] = [
    None, True, 0, -1, 2**63, 1e300, [], {}, [[[[]]]], "", " ", "\x00", "a\x00b", "nobody", "\u202e", "x" * 6_000, "🦄",
    "../..", "'; DROP TABLE item; --", "<script>", "0001-01-01", "9999-12-31T23:59:59-14:00",
]  # fmt: skip


# References and reasons are the case system's own; a type that nobody knows is sent to CCV; an item names its person.
MAY_BE_STRANGE = ("reason", "item", "id", "type", "who")


@pytest.mark.parametrize("path", list(ASKED))
def test_bad_values_in_the_api_are_refused_and_nothing_is_stored(
    system: CaseSystem, made: Town, path: str
) -> None:
    before = contents(made.store)
    for name in ASKED[path]:
        for value in NASTY:
            answer = system.post(path, ASKED[path] | {name: value})
            if answer.status_code in (200, 201):
                assert name in MAY_BE_STRANGE, (path, name, value)
                before = contents(made.store)
                continue
            refused(answer, 400, 403, 404, 409)
    for value in NASTY:
        refused(system.post(path, ASKED[path] | {"effective_at": value, "facts": value, "colour": value}))
    assert contents(made.store) == before


@pytest.mark.parametrize("path", list(ASKED))
def test_bad_bodies_in_the_api_are_refused_and_nothing_is_stored(
    system: CaseSystem, made: Town, path: str
) -> None:
    before = contents(made.store)
    for body in [*BODIES.values(), b"[]", b"{}", b'{"who": "ben", "who": "asha"']:
        refused(system.post(path, data=body, content_type="application/json"))
    whole = orjson.dumps(ASKED[path])
    refused(system.post(path, data=whole, content_type="text/plain"), 400, 415)
    refused(system.post(path, data=b" " * 17 * 1024 * 1024, content_type="application/json"), 413)
    answer = system.post(
        path, data=gzip.compress(whole), content_type="application/json", headers={"Content-Encoding": "gzip"}
    )
    refused(answer, 400, 415)
    assert contents(made.store) == before


QUESTIONS = ["/practitioners/{}/passport", "/practitioners/{}/can-confirm?type=review", "/draws/{}"]
PARAMETERS = [
    "/practitioners/ben/passport?as_of={}", "/practitioners/ben/passport?known_at={}",
    "/practitioners/ben/can-confirm?type={}",
    "/events?after={}", "/events?limit={}", "/feed?after={}", "/draws?colour={}",
]  # fmt: skip
IN_ADDRESSES = [
    "%00", "a%00b", "%ff", "%ED%A0%80", "nobody", "x" * 3000, "-1", "9" * 50, "0001-01-01T00:00:00%2B14:00",
    "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z", "%F0%9F%A6%84", "..%2F..", "' OR 1=1",
]  # fmt: skip


def test_strange_addresses_of_the_api_are_refused(system: CaseSystem) -> None:
    for question in [*QUESTIONS, *PARAMETERS]:
        for value in IN_ADDRESSES:
            answer = system.get(question.format(value))
            assert answer.status_code in (200, 308, 400, 404), (question, value, answer.status_code)
            if answer.status_code != 200:
                assert answer.status_code == 308 or answer.get_json()["error"]["message"]


# The pages


def form_fields() -> set[str]:
    """The names of the fields of every form of the pages."""
    forms = {
        one for area in AREAS for one in vars(area).values() if isinstance(one, type) and issubclass(one, Form)
    }  # fmt: skip
    return {name for one in forms for name, _ in one()._fields.items()} - {"csrf_token"}


def addresses(service: Flask, method: str) -> list[str]:
    rules = [
        one
        for one in service.url_map.iter_rules()
        if method in (one.methods or ()) and not str(one).startswith(("/xapi", "/api", "/static"))
    ]
    return sorted(str(one) for one in rules)


OTHERS = {
    "item",
    "check",
    "concern",
    "activity",
    "course",
    "actor",
    "key",
    "who",
    "body",
    "digest",
    "stream",
    "statement",
    "of",
    "code",
}
PARAMS = (
    "page",
    "q",
    "search",
    "team",
    "state",
    "locality",
    "item",
    "check",
    "concern",
    "activity",
    "course",
    "actor",
    "of",
    "key",
)


ONLY_A_BUTTON = ("/sign-out", "/account/new-password", "/keys/<key_id>/end")


@pytest.fixture
def everybody(service: Flask, made: Town) -> Client:
    """The browser of somebody who may do everything."""
    roles = ("team_manager", "workforce_development", "service_manager", "ccv_lead", "administrator")
    made.account("ben", *roles)
    return made.signed_in(service, "ben").client


def test_no_address_of_a_page_is_a_fault_of_ours(service: Flask, everybody: Client) -> None:
    for rule in addresses(service, "GET"):
        for value in ("nobody", "%00", "9" * 30, "%F0%9F%A6%84"):
            path = re.sub(r"<[^>]+>", value, rule)
            query = "&".join(f"{name}={value}" for name in PARAMS)
            answer = everybody.get(f"{path}?{query}", base_url="https://localhost")
            assert answer.status_code < 500, (path[:100], value[:20], answer.text[:500])


def test_bad_values_in_forms_are_refused_and_nothing_is_stored(
    service: Flask, made: Town, everybody: Client
) -> None:
    with service.test_request_context():
        names = form_fields() | OTHERS
    before = contents(made.store)
    known = {"stream": made.streams["ben"], "who": "ben", "item": "BEN-1"}
    for rule in addresses(service, "POST"):
        if rule in ONLY_A_BUTTON:
            continue
        for value in ("", "a\x00b", "9" * 40, "99999", "x" * 20_000, "🦄", "nobody\r\nX: y"):
            path = re.sub(r"<(?:int:)?([^>]+)>", lambda one: known.get(one[1], "7"), rule)
            fields = dict.fromkeys(names, value) | {
                f"{name}-{part}": value for name in names for part in ("day", "month", "year")
            }
            answer = everybody.post(
                path,
                data=fields,
                base_url="https://localhost",
                headers={"Referer": "https://localhost/"},
                query_string=known,
            )
            assert answer.status_code < 500, (path, value[:20], answer.text[:500])
            assert contents(made.store) == before, (path, value[:20])
