"""Keys at the door of learning systems: scopes, two secrets, tokens, limits, and no credentials over plain HTTP."""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from passport_service.app import create_app
from passport_service.config import Settings
from passport_service.services import authentication, keys, refusals
from passport_service.services.keys import Made
from passport_service.store import arrivals, security_log
from passport_service.store.database import Store
from passport_service.xapi.scopes import Scope, read_scopes
from tests.conftest import Clock
from tests.database.learning_system import Lms, error_of

WRITE, MINE, READ = Scope.STATEMENTS_WRITE, Scope.STATEMENTS_READ_MINE, Scope.STATEMENTS_READ
STATE, PROFILE, ALL_READ, ALL = Scope.STATE, Scope.PROFILE, Scope.ALL_READ, Scope.ALL
AGENT = '{"mbox":"mailto:sam@example.com"}'
ACTIVITY = "https://lms.example/course/7"
ABOUT_STATE = {"activityId": ACTIVITY, "agent": AGENT, "stateId": "bookmark"}
ABOUT_AGENT = {"agent": AGENT, "profileId": "style"}
ABOUT_ACTIVITY = {"activityId": ACTIVITY, "profileId": "limits"}
SOME_ID = "11111111-1111-4111-8111-111111111111"
HOUR = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
READERS = {MINE, READ, ALL_READ, ALL}
Maker = Callable[..., Made]


@pytest.fixture
def app(settings: Settings, store: Store, clock: Clock) -> Flask:
    made = create_app(settings, store, now=clock)
    made.testing = True
    return made


@pytest.fixture
def make(settings: Settings, store: Store, clock: Clock) -> Maker:
    def make(*scopes: Scope, **more: Any) -> Made:
        asked = {"label": "LMS", "purpose": "xapi", "scopes": scopes or None} | more
        pepper = settings.secret_key.get_secret_value()
        return keys.create(store, pepper=pepper, by="admin", now=clock(), **asked)

    return make


def statement(**more: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "actor": {"mbox": "mailto:sam@example.com"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced"},
        "object": {"id": ACTIVITY},
    } | more


# xAPI 1.0.3 Communication 4.2: which scopes open a request, and what it answers when it is open.
REQUESTS: dict[str, tuple[str, str, dict[str, str], Any, int, set[Scope]]] = {
    "2.1.1 PUT statement": ("PUT", "statements", {"statementId": SOME_ID}, "one", 204, {WRITE, ALL}),
    "2.1.2 POST statements": ("POST", "statements", {}, "many", 200, {WRITE, ALL}),
    "2.1.3 GET statements": ("GET", "statements", {}, None, 200, READERS),
    "2.1.3 HEAD statements": ("HEAD", "statements", {}, None, 200, READERS),
    "2.3 PUT state": ("PUT", "activities/state", ABOUT_STATE, {}, 204, {STATE, ALL}),
    "2.3 POST state": ("POST", "activities/state", ABOUT_STATE, {}, 204, {STATE, ALL}),
    "2.3 GET state": ("GET", "activities/state", ABOUT_STATE, None, 404, {STATE, ALL_READ, ALL}),
    "2.3 DELETE state": ("DELETE", "activities/state", ABOUT_STATE, None, 204, {STATE, ALL}),
    "2.4 GET agents": ("GET", "agents", {"agent": AGENT}, None, 200, READERS),
    "2.5 GET activities": ("GET", "activities", {"activityId": ACTIVITY}, None, 200, READERS),
    "2.6 POST agent profile": ("POST", "agents/profile", ABOUT_AGENT, {}, 204, {PROFILE, ALL}),
    "2.6 GET agent profile": ("GET", "agents/profile", ABOUT_AGENT, None, 404, {PROFILE, ALL_READ, ALL}),
    "2.6 DELETE agent profile": ("DELETE", "agents/profile", ABOUT_AGENT, None, 204, {PROFILE, ALL}),
    "2.7 POST activity profile": ("POST", "activities/profile", ABOUT_ACTIVITY, {}, 204, {PROFILE, ALL}),
    "2.7 GET activity profile": ("GET", "activities/profile", ABOUT_ACTIVITY, None, 404, {PROFILE, ALL_READ, ALL}),
    "2.7 DELETE activity profile": ("DELETE", "activities/profile", ABOUT_ACTIVITY, None, 204, {PROFILE, ALL}),
    "2.8 GET about": ("GET", "about", {}, None, 200, set(Scope)),
}  # fmt: skip


@pytest.mark.parametrize("asked", REQUESTS)
def test_a_request_needs_one_of_its_scopes(app: Flask, make: Maker, asked: str) -> None:
    method, path, parameters, body, good, opened_by = REQUESTS[asked]
    bodies = {"one": statement(id=parameters.get("statementId")), "many": [statement()]}
    sent = bodies.get(body, body) if isinstance(body, str) else body
    answers = {
        scope: Lms(app, make(scope)).call(method, sent, path=path, query_string=parameters).status_code
        for scope in Scope
    }
    assert answers == {scope: good if scope in opened_by else 403 for scope in Scope}


def test_every_resource_is_in_the_table(app: Flask) -> None:
    paths = {
        rule.rule.removeprefix("/xapi/")
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("lrs.")
    }
    assert paths - {path for _, path, *_ in REQUESTS.values()} == {
        "",
        "/xapi",
        "<path:rest>",
        "oauth/token",
        "openapi.json",
    }


def test_a_key_finds_its_own_statements_and_with_a_wider_scope_everybodys(app: Flask, make: Maker) -> None:
    theirs, own = statement(), statement()
    Lms(app, make()).call("POST", [theirs])

    def found(*scopes: Scope) -> tuple[int, int]:
        lms = Lms(app, make(WRITE, *scopes))
        lms.call("POST", [own | {"id": str(uuid4())}])
        return len(lms.get().get_json()["statements"]), lms.get(statementId=theirs["id"]).status_code

    assert found(MINE) == (1, 404)
    assert found(READ) == (3, 200)
    assert found(ALL_READ) == (4, 200)
    assert found(ALL) == (5, 200)


@pytest.mark.parametrize("batch", [[], [statement()]], ids=["empty", "statement"])
def test_what_a_key_loses_it_loses_for_the_next_batch(
    app: Flask, make: Maker, store: Store, clock: Clock, batch: list[Any]
) -> None:
    """Moodle asks every minute with an empty batch, and shows its administrator whether that went well."""
    made = make()
    lms = Lms(app, made)
    assert lms.call("POST", batch).status_code == 200
    keys.change(store, made.key.id, by="admin", now=clock(), scopes=frozenset({STATE}))
    assert lms.call("POST", batch).status_code == 403
    keys.change(store, made.key.id, by="admin", now=clock(), scopes=frozenset({WRITE}))
    assert lms.call("POST", batch).status_code == 200
    keys.revoke(store, made.key.id, now=clock())
    assert lms.call("POST", batch).status_code == 401


def test_a_refusal_names_the_scope_that_is_missing(app: Flask, make: Maker) -> None:
    error = error_of(Lms(app, make(WRITE)).get(), 403)
    assert error["code"] == "NOT_ALLOWED"
    assert "statements/read/mine" in error["message"]


@pytest.mark.parametrize(
    ("scope", "asked", "headers", "where"),
    [
        (MINE, {}, {}, None),
        (WRITE, {"colour": "red"}, {}, "colour"),
        (WRITE, {}, {"X-Experience-API-Version": "0.95"}, "X-Experience-API-Version"),
        (WRITE, {}, {"X-Experience-API-Version": None}, "X-Experience-API-Version"),
    ],
    ids=["a key that may not", "an unknown parameter", "an old version", "no version"],
)
def test_a_batch_that_is_refused_before_it_is_read_is_kept_too(
    app: Flask, make: Maker, store: Store, scope: Scope, asked: Any, headers: Any, where: str | None
) -> None:
    lms = Lms(app, make(scope))
    answer = lms.call("POST", [statement(), statement()], query_string=asked, headers=headers)
    assert answer.status_code in (400, 403)
    (kept,) = refusals.newest(store)
    assert (kept.key_id, kept.path, kept.statements, kept.is_whole) == (lms.made.key.id, where, 2, True)
    assert kept.reason.rstrip(".") in answer.get_json()["error"]["message"]
    assert [one.came.refused for one in arrivals.between(store, *HOUR)] == [1]
    lms.call("GET", headers=headers)
    assert len(refusals.newest(store)) == 1


def test_what_nobody_known_sends_is_kept_by_nobody(app: Flask, make: Maker, store: Store) -> None:
    lms = Lms(app, make(WRITE))
    lms.headers["Authorization"] = "Basic eDp5"
    assert lms.call("POST", [statement()], headers={"X-Experience-API-Version": "0.95"}).status_code == 400
    assert refusals.newest(store) == []


def test_two_secrets_work_until_one_is_ended(
    app: Flask, make: Maker, store: Store, clock: Clock, settings: Settings
) -> None:
    old = make()
    new = keys.rotate(
        store, old.key.id, pepper=settings.secret_key.get_secret_value(), by="admin", now=clock()
    )
    assert [Lms(app, one).get().status_code for one in (old, new)] == [200, 200]
    clock.move(minutes=1)
    keys.end_secret(store, old.key.id, 1, by="admin", now=clock())
    assert [Lms(app, one).get().status_code for one in (old, new)] == [401, 200]


def token(app: Flask, made: Made, **form: str | None) -> TestResponse:
    asked = {
        "grant_type": "client_credentials",
        "client_id": made.key.id,
        "client_secret": made.secret,
    } | form
    fields = {name: value for name, value in asked.items() if value is not None}
    return app.test_client().post("/xapi/oauth/token", data=fields, base_url="https://localhost")


def with_token(app: Flask, made: Made, text: str) -> Lms:
    lms = Lms(app, made)
    lms.headers["Authorization"] = f"Bearer {text}"
    return lms


def test_a_token_opens_the_door_as_its_key_does(app: Flask, make: Maker) -> None:
    """RFC 6749 §4.4.3 and §5.1; RFC 6750 §2.1."""
    made = make()
    answer = token(app, made)
    assert answer.status_code == 200
    assert answer.headers.getlist("Cache-Control") == ["no-store"]
    given = answer.get_json()
    assert (given["token_type"], given["expires_in"]) == ("Bearer", 3600)
    assert read_scopes(given["scope"]) == made.key.scopes
    lms = with_token(app, made, given["access_token"])
    assert lms.call("POST", [statement()]).status_code == 200
    (found,) = lms.get().get_json()["statements"]
    assert found["authority"]["account"]["name"] == made.key.id


def test_a_client_may_authenticate_by_basic(app: Flask, make: Maker) -> None:
    """RFC 6749 §2.3.1: by HTTP Basic, which every server must take, or in the form; not both."""
    made = make()
    basic = base64.b64encode(f"{made.key.id}:{made.secret}".encode()).decode()

    def ask(**form: str) -> TestResponse:
        return app.test_client().post(
            "/xapi/oauth/token",
            data={"grant_type": "client_credentials"} | form,
            headers={"Authorization": f"Basic {basic}"},
            base_url="https://localhost",
        )

    assert ask().status_code == 200
    assert ask(client_id=made.key.id).status_code == 200
    assert ask(client_secret=made.secret).get_json()["error"] == "invalid_request"


def test_a_token_may_have_fewer_scopes_and_never_more(app: Flask, make: Maker) -> None:
    """RFC 6749 §3.3."""
    made = make(WRITE, READ)
    given = token(app, made, scope="statements/read/mine").get_json()
    assert given["scope"] == "statements/read/mine"
    lms = with_token(app, made, given["access_token"])
    assert (lms.get().status_code, lms.call("POST", [statement()]).status_code) == (200, 403)
    answer = lms.call("POST", [statement()])  # RFC 6750 §3.1
    told = 'Bearer realm="xAPI", error="insufficient_scope", scope="statements/write"'
    assert answer.headers.getlist("WWW-Authenticate") == [told]
    assert "WWW-Authenticate" not in Lms(app, make(WRITE)).get().headers
    for scope in ("state", "all", "statements/define"):
        answer = token(app, made, scope=scope)
        assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        ("xapi:write", "statements/write"),
        ("xapi:read", "statements/read/mine"),
        ("xapi:all", "statements/write statements/read"),
    ],
)
def test_what_linkedin_learning_asks_for_is_understood(
    app: Flask, make: Maker, asked: str, granted: str
) -> None:
    """It always asks for a scope, in words of its own, with its credentials in the form."""
    made = make(WRITE, READ)
    given = token(app, made, scope=asked).get_json()
    assert given["scope"] == granted
    assert (with_token(app, made, given["access_token"]).get().status_code == 200) is (asked != "xapi:write")


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "k0000000"}, 401, "invalid_client"),
        ({"client_id": None, "client_secret": None}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": None}, 400, "invalid_request"),
        ({"grant_type": ""}, 400, "invalid_request"),
    ],
    ids=["secret", "key", "nobody", "grant", "no grant", "empty grant"],
)
def test_what_is_wrong_with_a_request_for_a_token_is_told_in_the_words_of_oauth(
    app: Flask, make: Maker, form: dict[str, str | None], status: int, error: str
) -> None:
    """RFC 6749 §5.2."""
    answer = token(app, make(), **form)
    assert (answer.status_code, answer.get_json()["error"]) == (status, error)
    assert answer.get_json()["error_description"]
    assert ("WWW-Authenticate" in answer.headers) is (status == 401)


def test_a_token_ends_by_itself_and_at_once_with_its_secret_or_its_key(
    app: Flask, make: Maker, store: Store, clock: Clock, settings: Settings
) -> None:
    made = make()
    pepper = settings.secret_key.get_secret_value()
    new = keys.rotate(store, made.key.id, pepper=pepper, by="admin", now=clock())
    old_token, new_token = (token(app, one).get_json()["access_token"] for one in (made, new))

    def status(text: str) -> int:
        return with_token(app, made, text).get().status_code

    clock.move(minutes=59)
    assert (status(old_token), status(new_token)) == (200, 200)
    keys.end_secret(store, made.key.id, 1, by="admin", now=clock())
    assert (status(old_token), status(new_token)) == (401, 200)
    clock.move(minutes=1)
    assert status(new_token) == 401
    late = token(app, new).get_json()["access_token"]
    assert status(late) == 200
    keys.revoke(store, made.key.id, now=clock())
    assert status(late) == 401
    assert token(app, new).get_json()["error"] == "invalid_client"


def test_a_token_loses_what_its_key_loses(app: Flask, make: Maker, store: Store, clock: Clock) -> None:
    made = make(WRITE, READ)
    lms = with_token(app, made, token(app, made).get_json()["access_token"])
    assert lms.get().status_code == 200
    keys.change(store, made.key.id, by="admin", now=clock(), scopes=frozenset({WRITE}))
    assert (lms.get().status_code, lms.call("POST", [statement()]).status_code) == (403, 200)


def test_a_token_that_was_tampered_with_opens_nothing(app: Flask, make: Maker) -> None:
    made, other = make(WRITE), make(ALL)
    text = token(app, made).get_json()["access_token"]
    key_id, number, until, scopes, signature = text.split(".")
    for wrong in (
        f"{other.key.id}.{number}.{until}.{scopes}.{signature}",
        f"{key_id}.{number}.{until}0.{scopes}.{signature}",
        f"{key_id}.{number}.{until}.127.{signature}",
        f"{key_id}.2.{until}.{scopes}.{signature}",
        text[:-1] + ("0" if text[-1] != "0" else "1"),
        key_id,
        f"{made.key.id}:{made.secret}",
        "é",
        "",
    ):
        assert with_token(app, made, wrong).get().status_code == 401, wrong


def test_both_ways_in_are_named_to_whoever_has_none(app: Flask, make: Maker) -> None:
    """RFC 7235 §3.1; RFC 6750 §3."""
    lms = Lms(app, make())
    answer = lms.call("GET", headers={"Authorization": None})
    assert answer.status_code == 401
    assert answer.headers.getlist("WWW-Authenticate") == [
        'Basic realm="xAPI", charset="UTF-8"',
        'Bearer realm="xAPI"',
    ]
    assert "open nothing" not in error_of(answer, 401)["message"]
    answer = with_token(app, lms.made, "old").get()
    assert 'error="invalid_token"' in answer.headers.getlist("WWW-Authenticate")[1]


def test_credentials_that_open_nothing_are_told_so_and_never_why(
    app: Flask, make: Maker, store: Store, clock: Clock
) -> None:
    ended, other = make(), make()
    keys.revoke(store, ended.key.id, now=clock())
    unknown = Made(replace(other.key, id="nobody"), other.secret)
    systems = [Lms(app, one) for one in (ended, Made(other.key, "wrong"), unknown)]
    [said] = {error_of(one.get(), 401)["message"] for one in (*systems, with_token(app, other, "old"))}
    assert said.startswith("These credentials open nothing here: they are wrong, ended or expired.")


def test_a_key_that_asks_too_often_waits(app: Flask, make: Maker, clock: Clock) -> None:
    lms = Lms(app, make(rate_limit=6))
    assert [lms.get().status_code for _ in range(7)] == [200] * 6 + [429]
    answer = lms.get()
    assert error_of(answer, 429)["code"] == "TOO_MANY"
    assert answer.headers["Retry-After"] == "10"
    clock.move(seconds=10)
    assert [lms.get().status_code for _ in range(2)] == [200, 429]
    assert Lms(app, make()).get().status_code == 200


def test_a_key_without_a_limit_never_waits(
    settings: Settings, store: Store, clock: Clock, make: Maker
) -> None:
    app = create_app(settings.model_copy(update={"key_rate_limit": 2}), store, now=clock)
    free, other = Lms(app, make(rate_limit=0)), Lms(app, make())
    assert [free.get().status_code for _ in range(5)] == [200] * 5
    assert [other.get().status_code for _ in range(3)] == [200, 200, 429]


def test_wrong_credentials_are_limited_and_shut_nobody_else_out(app: Flask, make: Maker) -> None:
    good = make()
    bad = Lms(app, Made(good.key, "wrong"))
    assert [bad.get().status_code for _ in range(31)] == [401] * 30 + [429]
    answer = bad.get()
    says = f"open nothing came from here too often. Wait {answer.headers['Retry-After']} second"
    assert says in error_of(answer, 429)["message"]
    assert token(app, good, client_secret="wrong").status_code == 429
    assert Lms(app, good).get().status_code == 200


@pytest.mark.parametrize("path", ["/xapi/statements", "/xapi/oauth/token", "/xapi/about", "/api/v1/items"])
@pytest.mark.parametrize(
    ("address", "scheme", "is_plain"),
    [
        ("127.0.0.1", "http", False),
        ("::1", "http", False),
        ("::ffff:127.0.0.1", "http", False),
        ("192.0.2.7", "https", False),
        ("192.0.2.7", "http", True),
        ("::ffff:192.0.2.7", "http", True),
        ("", "http", True),
    ],
)
def test_plain_http_from_elsewhere_is_refused(
    app: Flask, path: str, address: str, scheme: str, is_plain: bool
) -> None:
    answer = app.test_client().post(
        path, base_url=f"{scheme}://localhost", environ_base={"REMOTE_ADDR": address}
    )
    assert (answer.status_code == 403 and "https" in answer.get_json()["error"]["message"]) is is_plain


def test_the_scheme_is_that_of_the_trusted_proxy(
    settings: Settings, store: Store, clock: Clock, make: Maker
) -> None:
    made = make()

    def status(proxies: int, **headers: str) -> int:
        app = create_app(settings.model_copy(update={"trusted_proxies": proxies}), store, now=clock)
        lms = Lms(app, made)
        asked = lms.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        environ = {"REMOTE_ADDR": "10.0.0.5"}
        return (
            app.test_client()
            .get("/xapi/statements", headers=asked, base_url="http://localhost", environ_base=environ)
            .status_code
        )

    sent = {"X_Forwarded_For": "192.0.2.7", "X_Forwarded_Proto": "https"}
    assert status(1, **sent) == 200
    assert status(0, **sent) == 403
    assert status(1, X_Forwarded_For="192.0.2.7", X_Forwarded_Proto="http") == 403
    assert status(1, X_Forwarded_For="192.0.2.7") == 403
    assert status(2, **sent) == 403


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("proxies", "headers", "is_let_in"),
    [
        (0, {"X-Forwarded-For": "192.0.2.7"}, False),
        (0, {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http"}, False),
        (0, {"Forwarded": "for=192.0.2.7;proto=http"}, False),
        (1, {"X-Forwarded-For": "127.0.0.1, 192.0.2.7"}, False),
        (1, {"X-Forwarded-For": "127.0.0.1"}, True),  # somebody on this machine, through the proxy
        (1, {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}, True),
        (2, {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "http"}, False),
        (2, {}, True),
    ],
)
def test_plain_http_through_a_proxy_on_this_machine_is_not_taken_for_this_machines(
    settings: Settings,
    store: Store,
    clock: Clock,
    make: Maker,
    method: str,
    proxies: int,
    headers: dict[str, str],
    is_let_in: bool,
) -> None:
    app = create_app(settings.model_copy(update={"trusted_proxies": proxies}), store, now=clock)
    asked = Lms(app, make()).headers | headers | {"Content-Type": "application/json"}
    answer = app.test_client().open(
        "/xapi/statements", method=method, data="[]", headers=asked, base_url="http://localhost",
        environ_base={"REMOTE_ADDR": "127.0.0.1"},
    )  # fmt: skip
    assert answer.status_code == (200 if is_let_in else 403)


def test_use_from_a_new_address_is_a_security_event(
    app: Flask, make: Maker, store: Store, clock: Clock
) -> None:
    """D.18.5."""
    lms = Lms(app, make())
    for address in ("192.0.2.7", "192.0.2.7", "192.0.2.8"):
        lms.call("GET", environ_base={"REMOTE_ADDR": address})
        clock.move(minutes=6)
    events = [one for one in security_log.latest(store) if one.kind == "key_used_from_new_address"]
    assert [one.detail["address"] for one in events] == ["192.0.2.8", "192.0.2.7"]
    assert {one.address for one in keys.addresses_of(store, lms.made.key.id)} == {"192.0.2.7", "192.0.2.8"}


def test_a_known_key_that_is_tried_in_vain_is_a_security_event(app: Flask, make: Maker, store: Store) -> None:
    made = make()
    for _ in range(3):
        Lms(app, Made(made.key, "wrong")).get()
    Lms(app, Made(made.key, made.secret)).get()
    (event,) = [one for one in security_log.latest(store) if one.kind == "key_refused"]
    assert event.detail == {"key": made.key.id, "address": "127.0.0.1", "why": "wrong credentials"}


def test_knowing_a_key_takes_one_question_and_no_write(
    app: Flask, make: Maker, store: Store, clock: Clock, settings: Settings
) -> None:
    lms = Lms(app, make())
    lms.get()
    asked: list[str] = []
    store.db.query_hooks.append(lambda event: asked.append(event.sql))
    pepper = settings.secret_key.get_secret_value()
    given = (lms.made.key.id, lms.made.secret)
    found = authentication.by_secret(
        store, *given, purpose="xapi", pepper=pepper, now=clock(), address="127.0.0.1"
    )
    store.db.query_hooks.pop()
    assert found is not None
    assert len(asked) == 1
    assert asked[0].startswith("SELECT")
