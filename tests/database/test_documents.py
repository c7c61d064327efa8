"""The document resources as learning tools meet them. Sections are those of xAPI 1.0.3, Communication."""

from hashlib import sha1
from typing import Any

import orjson
import pytest
from werkzeug.test import TestResponse

from passport_service.services import refusals
from passport_service.store import documents
from passport_service.store.database import Store
from tests.conftest import Clock
from tests.database.learning_system import VERSION, Lms, error_of

ACTIVITY = "https://moodle.example/course/view.php?id=7"
ACCOUNT = {"homePage": "https://moodle.example", "name": "12"}
AGENT = {"objectType": "Agent", "account": ACCOUNT}
REGISTRATION = "ec531277-b57b-4c15-8d91-d292c5b2b8f7"
BINARY = bytes(range(256)) * 3
ANY = {"If-None-Match": "*"}


class Shelf:
    """One of the three resources, in one context."""

    def __init__(self, lms: Lms, path: str, name: str, **context: str) -> None:
        self.lms = lms
        self.path = path
        self.name = name
        self.context = context

    def call(self, method: str, id: str | None = "place", body: Any = None, **options: Any) -> TestResponse:
        """Calls with an id, or with None for all; ``more`` are further parameters."""
        asked = self.context | ({} if id is None else {self.name: id}) | options.pop("more", {})
        return self.lms.call(method, body, path=self.path, query_string=asked, **options)

    def put(self, id: str, body: Any, **headers: str) -> TestResponse:
        return self.call("PUT", id, body, headers=headers or ANY)

    def read(self, id: str = "place") -> Any:
        answer = self.call("GET", id)
        assert answer.status_code == 200, answer.data
        return answer.get_json()

    def ids(self, **more: str) -> list[str]:
        answer = self.call("GET", None, more=more)
        assert answer.status_code == 200, answer.data
        found: list[str] = answer.get_json()
        return found


def text(value: Any) -> str:
    return orjson.dumps(value).decode()


def state(lms: Lms, **more: str) -> Shelf:
    context = {"activityId": ACTIVITY, "agent": text(AGENT), **more}
    return Shelf(lms, "activities/state", "stateId", **context)


def agent_profile(lms: Lms) -> Shelf:
    return Shelf(lms, "agents/profile", "profileId", agent=text(AGENT))


def activity_profile(lms: Lms) -> Shelf:
    return Shelf(lms, "activities/profile", "profileId", activityId=ACTIVITY)


@pytest.fixture(
    params=[state, agent_profile, activity_profile], ids=["2.3 State", "2.6 Agent", "2.7 Activity"]
)
def shelf(request: pytest.FixtureRequest, lms: Lms) -> Shelf:
    """Each of the three; a test runs for each, on both databases."""
    made: Shelf = request.param(lms)
    return made


@pytest.fixture(params=[agent_profile, activity_profile], ids=["2.6 Agent", "2.7 Activity"])
def profile(request: pytest.FixtureRequest, lms: Lms) -> Shelf:
    made: Shelf = request.param(lms)
    return made


# 2.2: any content, returned as it came


def test_a_document_comes_back_byte_for_byte(shelf: Shelf) -> None:
    """2.2 and 3.1: arbitrary data of any type; ETag is the SHA-1 in quotes; Last-Modified."""
    for name, kind, body in [
        ("bytes", "application/octet-stream", BINARY),
        ("text", "text/plain; charset=iso-8859-1", b"\xe9t\xe9"),
        ("claimed", "application/json", b'{"not quite": json'),
        ("list", "application/json", b" [1, 2.500]\n"),
        ("empty", "image/png", b""),
    ]:
        assert shelf.put(name, body, **ANY, **{"Content-Type": kind}).status_code == 204
        answer = shelf.call("GET", name)
        assert (answer.status_code, answer.data, answer.headers["Content-Type"]) == (200, body, kind)
        assert answer.headers["ETag"] == f'"{sha1(body).hexdigest()}"'
        assert answer.headers["Last-Modified"] == "Mon, 02 Mar 2026 09:00:00 GMT"
        assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_head_says_the_same_without_the_document(shelf: Shelf) -> None:
    """1.1: as GET, the body omitted."""
    shelf.put("place", BINARY)
    got, head = shelf.call("GET"), shelf.call("HEAD")
    assert (head.status_code, head.data) == (200, b"")
    for name in ("ETag", "Last-Modified", "Content-Type"):
        assert head.headers[name] == got.headers[name]
    assert shelf.call("HEAD", "elsewhere").status_code == 404


def test_a_body_without_a_type_is_only_bytes(shelf: Shelf) -> None:
    assert shelf.call("PUT", body=BINARY, headers={"Content-Type": None, **ANY}).status_code == 204
    assert shelf.call("GET").headers["Content-Type"] == "application/octet-stream"


def test_a_type_that_is_none_is_refused(shelf: Shelf) -> None:
    for kind in ("json", "a/b\u00e9", "text/" + "x" * 300):
        error = error_of(shelf.call("PUT", body=b"x", headers={"Content-Type": kind, **ANY}), 400)
        assert "media type" in error["message"]


def test_what_is_not_there_is_404_and_can_be_deleted_all_the_same(shelf: Shelf) -> None:
    assert error_of(shelf.call("GET"), 404)["code"] == "NOT_FOUND"
    gone = shelf.call("DELETE")
    assert (gone.status_code, "Content-Type" in gone.headers) == (204, False)


def test_a_deleted_document_is_gone_and_its_neighbour_is_not(shelf: Shelf) -> None:
    shelf.put("place", {"a": 1})
    shelf.put("other", {"b": 2})
    answer = shelf.call("DELETE")
    assert (answer.status_code, answer.data) == (204, b"")
    assert shelf.call("GET").status_code == 404
    assert shelf.ids() == ["other"]


def test_nobody_needs_to_know_the_agent_or_the_activity_before(shelf: Shelf, store: Store) -> None:
    """2.2: not refused for want of prior knowledge."""
    assert shelf.put("place", {}).status_code == 204
    assert store.execute("SELECT count(*) FROM statement_agent").fetchone()[0] == 0


# 2.2: POST merges objects


def test_a_post_replaces_what_it_names_and_keeps_the_rest(shelf: Shelf) -> None:
    """2.2, the JSON procedure: only the top level is merged."""
    assert shelf.call("POST", body={"x": {"deep": 1}, "y": "bar"}).status_code == 204
    assert shelf.call("POST", body={"x": {"else": 2}, "z": "faz"}).status_code == 204
    assert shelf.read() == {"x": {"else": 2}, "y": "bar", "z": "faz"}


def test_a_post_where_nothing_is_writes_the_bytes_as_they_are(shelf: Shelf) -> None:
    body = b'{ "x" : 1.500 }'
    assert (
        shelf.call("POST", body=body, headers={"Content-Type": "application/json; charset=utf-8"}).status_code
        == 204
    )
    assert shelf.call("GET").data == body


def test_a_post_of_anything_but_an_object_changes_nothing(shelf: Shelf) -> None:
    """2.2: 400, and the target is not updated."""
    shelf.put("place", {"kept": True})
    for kind, body in [
        ("application/octet-stream", b'{"a":1}'),
        ("application/json", b'{"a":'),
        ("application/json", b"[1]"),
        ("application/json", b'"a"'),
        ("application/json", b""),
        ("application/json", b'{"a":"\xff"}'),
    ]:
        for name in ("place", "new"):
            error_of(shelf.call("POST", name, body, headers={"Content-Type": kind}), 400)
    assert (shelf.ids(), shelf.read()) == (["place"], {"kept": True})


def test_a_post_onto_anything_but_an_object_changes_nothing(shelf: Shelf) -> None:
    """2.2: 400, and the target is not updated."""
    for name, kind, body in [
        ("a", "text/plain", b'{"a":1}'),
        ("b", "application/json", b"[1]"),
        ("c", "application/json", b""),
    ]:
        shelf.put(name, body, **ANY, **{"Content-Type": kind})
        assert error_of(shelf.call("POST", name, {"b": 2}), 400)["where"] == "document"
        assert shelf.call("GET", name).data == body


# 3.1: conditions


def test_if_match_lets_through_who_has_seen_the_document(shelf: Shelf) -> None:
    """3.1: PUT, POST and DELETE handle If-Match, and answer 412 without changing anything."""
    shelf.put("place", {"a": 1})
    tag = shelf.call("GET").headers["ETag"]
    wrong = {"If-Match": f'"{"1" * 40}"'}
    for method in ("PUT", "POST", "DELETE"):
        error = error_of(shelf.call(method, body={"b": 2}, headers=wrong), 412)
        assert error["code"] == "PRECONDITION_FAILED"
    assert shelf.read() == {"a": 1}
    assert shelf.call("PUT", body={"b": 2}, headers={"If-Match": tag}).status_code == 204
    assert shelf.call("PUT", body={"c": 3}, headers={"If-Match": tag}).status_code == 412
    tag = shelf.call("GET").headers["ETag"]
    assert shelf.call("POST", body={"c": 3}, headers={"If-Match": tag}).status_code == 204
    assert shelf.read() == {"b": 2, "c": 3}
    assert shelf.call("DELETE", headers={"If-Match": tag}).status_code == 412
    assert shelf.call("DELETE", headers={"If-Match": shelf.call("GET").headers["ETag"]}).status_code == 204
    assert shelf.call("GET").status_code == 404


def test_if_none_match_lets_through_only_where_nothing_is(shelf: Shelf) -> None:
    """3.1: PUT and POST handle If-None-Match: *."""
    for method in ("PUT", "POST"):
        assert shelf.call(method, method, {"a": 1}, headers=ANY).status_code == 204
        assert shelf.call(method, method, {"b": 1}, headers=ANY).status_code == 412
        assert shelf.read(method) == {"a": 1}


def test_if_match_on_nothing_fails(shelf: Shelf) -> None:
    for wanted in ("*", f'"{"0" * 40}"'):
        assert shelf.call("PUT", body={}, headers={"If-Match": wanted}).status_code == 412
    assert shelf.ids() == []


def test_one_library_sends_the_tag_without_quotes(shelf: Shelf) -> None:
    shelf.put("place", b"{}")
    headers = {"If-Match": sha1(b"{}").hexdigest().upper()}
    assert shelf.call("PUT", body={"b": 2}, headers=headers).status_code == 204


def test_a_profile_is_put_under_a_condition_only(profile: Shelf) -> None:
    """3.1: 400 for a new one, 409 with an explanation for one that would be replaced; POST and DELETE are free."""
    assert error_of(profile.call("PUT", body={"a": 1}), 400)["code"] == "CONDITION_NEEDED"
    assert profile.ids() == []
    assert profile.call("POST", body={"a": 1}).status_code == 204
    assert "If-Match" in error_of(profile.call("PUT", body={"b": 1}), 409)["message"]
    assert profile.read() == {"a": 1}
    assert profile.call("DELETE").status_code == 204


def test_state_is_put_without_conditions(lms: Lms) -> None:
    """3.1: State conflicts are unlikely, and requests without concurrency headers are permitted."""
    for number in (1, 2):
        assert state(lms).call("PUT", body={"a": number}).status_code == 204
    assert state(lms).read() == {"a": 2}


def test_in_2_0_a_put_replaces_under_a_condition_only(shelf: Shelf) -> None:
    """xAPI 2.0 4.1.4: 409 with an explanation, State included; a new one, POST and DELETE are free."""
    shelf.lms.headers[VERSION] = "2.0.0"
    assert shelf.call("PUT", body={"a": 1}).status_code == 204
    assert "If-Match" in error_of(shelf.call("PUT", body={"b": 1}), 409)["message"]
    assert shelf.call("POST", body={"c": 1}).status_code == 204
    assert shelf.read() == {"a": 1, "c": 1}
    answer = shelf.call("PUT", body={"d": 1}, headers={"If-Match": shelf.call("GET").headers["ETag"]})
    assert (answer.status_code, answer.headers[VERSION]) == (204, "2.0.0")
    assert shelf.call("DELETE", headers={"If-Match": '"1234"'}).status_code == 412
    assert shelf.call("DELETE").status_code == 204


# Many documents


def test_since_gives_what_was_written_after_it(shelf: Shelf, clock: Clock) -> None:
    """2.3, 2.6, 2.7: ids, limited to those stored or updated since, exclusive; Last-Modified is that of the newest."""
    shelf.put("b", {})
    before = clock.now
    clock.move(minutes=1)
    shelf.put("a", {})
    assert shelf.ids() == ["a", "b"]
    assert shelf.ids(since=before.isoformat()) == ["a"]
    assert shelf.ids(since=clock.now.isoformat()) == []
    answer = shelf.call("GET", None)
    assert answer.headers["Last-Modified"] == "Mon, 02 Mar 2026 09:01:00 GMT"
    assert answer.headers["ETag"] == f'"{sha1(answer.data).hexdigest()}"'
    clock.move(minutes=1)
    shelf.call("POST", "b", {"changed": True})
    assert shelf.ids(since=before.isoformat()) == ["a", "b"]


def test_states_of_a_registration_lie_apart(lms: Lms) -> None:
    """2.3: a registration is part of the context; without it, ids are those of every registration."""
    plain, registered = state(lms), state(lms, registration=REGISTRATION)
    plain.put("place", {"of": "none"})
    registered.put("place", {"of": "one"})
    registered.put("more", {})
    assert (plain.read(), registered.read()) == ({"of": "none"}, {"of": "one"})
    assert (plain.ids(), registered.ids()) == (["more", "place"], ["more", "place"])
    assert state(lms, registration=REGISTRATION.upper()).read() == {"of": "one"}
    assert registered.call("DELETE", None).status_code == 204
    assert (plain.ids(), registered.ids()) == (["place"], [])
    registered.put("place", {})
    assert plain.call("DELETE", None).status_code == 204
    assert (plain.ids(), registered.ids()) == ([], [])


def test_deleting_all_states_leaves_other_agents_and_activities(lms: Lms) -> None:
    """2.3, multiple document DELETE."""
    others = [
        state(lms, activityId=ACTIVITY + "8"),
        state(lms, agent=text({"account": ACCOUNT | {"name": "13"}})),
        agent_profile(lms),
        activity_profile(lms),
    ]
    for one in (state(lms), *others):
        one.put("place", {})
    assert state(lms).call("DELETE", None).status_code == 204
    assert [one.ids() for one in (state(lms), *others)] == [[], *[["place"]] * 4]


def test_profiles_are_not_deleted_all_at_once(profile: Shelf) -> None:
    """2.6, 2.7: profileId is required."""
    profile.put("place", {})
    assert error_of(profile.call("DELETE", None), 400)["where"] == "profileId"
    assert profile.ids() == ["place"]


# Whose they are


@pytest.mark.parametrize(
    "same",
    [
        '{"account":{"name":"12","homePage":"https://moodle.example"}}',
        ' {"name": "Asha", "account": {"homePage": "https:\\u002f/moodle.example", "name": "12"}} ',
    ],
)
def test_an_agent_is_told_by_its_identifier_and_not_by_its_text(lms: Lms, same: str) -> None:
    for one in (state(lms), agent_profile(lms)):
        one.put("place", {"mine": True})
        one.context["agent"] = same
        assert one.read() == {"mine": True}


def test_what_one_tool_saves_another_reads(lms: Lms, store: Store) -> None:
    """2.3: a scratch area across devices; documents belong to no key."""
    state(lms).put("place", {"a": 1})
    store.execute("UPDATE api_key SET label = 'another'")
    assert state(lms).read() == {"a": 1}


def test_a_key_speaks_of_its_own_home_pages_only(lms: Lms, store: Store) -> None:
    for one in (state(lms), agent_profile(lms)):
        one.put("place", {})
    store.execute("UPDATE api_key SET home_pages = ?", ('["https://other.example"]',))
    for one in (state(lms), agent_profile(lms)):
        for method, name in [
            ("GET", "place"),
            ("GET", None),
            ("PUT", "place"),
            ("POST", "place"),
            ("DELETE", "place"),
        ]:
            error = error_of(one.call(method, name, {}), 403)
            assert (error["code"], error["where"]) == ("NOT_ALLOWED", "agent.account.homePage")
    store.execute("UPDATE api_key SET home_pages = ?", ('["https://moodle.example"]',))
    assert [one.ids() for one in (state(lms), agent_profile(lms))] == [["place"]] * 2


def test_a_persons_documents_can_be_found(lms: Lms, store: Store) -> None:
    for one in (state(lms), agent_profile(lms), activity_profile(lms)):
        one.put("place", {"n": 1})
    key = "account|https://moodle.example|12"
    assert documents.of_agents(store, ["mbox|mailto:a@b.example"]) == []
    found = documents.of_agents(store, [key, key])
    assert [(one.place.context.agent, one.place.context.activity) for one in found] == [
        (key, None),
        (key, ACTIVITY),
    ]
    assert found[0].content.data == b'{"n":1}'


# What is asked wrongly


def test_every_part_of_the_context_is_needed(shelf: Shelf) -> None:
    for method in ("GET", "PUT", "POST", "DELETE"):
        for name in (*shelf.context, *([shelf.name] if method in ("PUT", "POST") else [])):
            asked = shelf.context | {shelf.name: "place"}
            del asked[name]
            answer = shelf.lms.call(method, {}, path=shelf.path, query_string=asked)
            assert error_of(answer, 400)["where"] == name


def test_a_wrong_parameter_is_refused_by_name(shelf: Shelf) -> None:
    """2.3, 2.6, 2.7, 3.2: on every method; a parameter that the resource does not have is refused too."""
    for name, wrong in [
        ("activityId", "not an IRI"),
        ("agent", "not JSON"),
        ("agent", "true"),
        ("agent", "{}"),
        ("agent", '{"objectType":"Group","mbox":"mailto:a@b.example"}'),
        ("agent", '{"mbox":"mailto:a@b.example","openid":"https://b.example/a"}'),
        ("registration", "true"),
        ("stateId", ""),
        ("profileId", ""),
        ("stateId", "a\x00b"),
        ("profileId", "a\x00b"),
        ("unknown", "1"),
    ]:
        for method in ("GET", "PUT", "POST", "DELETE"):
            asked = shelf.context | {shelf.name: "place"} | {name: wrong}
            answer = shelf.lms.call(method, {}, path=shelf.path, query_string=asked)
            assert error_of(answer, 400)["where"].startswith(name)


def test_since_must_be_a_moment(shelf: Shelf) -> None:
    """Data 4.5, ISO 8601; xAPI 2.0 4.2.7, RFC 3339."""
    assert error_of(shelf.call("GET", None, more={"since": "yesterday"}), 400)["where"] == "since"
    assert shelf.ids(since="2026-03-02T09") == []
    shelf.lms.headers[VERSION] = "2.0.0"
    assert error_of(shelf.call("GET", None, more={"since": "2026-03-02T09"}), 400)["where"] == "since"


def test_an_identifier_beyond_what_an_index_holds_is_refused(shelf: Shelf) -> None:
    assert error_of(shelf.put("x" * 2_001, {}), 400)["code"] == "TOO_LONG"
    assert shelf.put("x" * 2_000, {}).status_code == 204


def test_another_method_is_405(shelf: Shelf) -> None:
    assert error_of(shelf.call("PATCH"), 405)["code"] == "METHOD_NOT_ALLOWED"


def test_a_key_is_needed(shelf: Shelf) -> None:
    assert shelf.call("GET", headers={"Authorization": None}).status_code == 401
    assert shelf.call("GET", headers={VERSION: None}).status_code == 400


def test_a_document_beyond_the_limit_is_413_and_no_refused_batch(shelf: Shelf, store: Store) -> None:
    shelf.lms.client.application.config["MAX_CONTENT_LENGTH"] = 1_000  # type: ignore[attr-defined]
    assert "1000 bytes" in error_of(shelf.put("place", b"x" * 1_001), 413)["message"]
    assert refusals.newest(store) == []
    assert shelf.put("place", b"x" * 1_000).status_code == 204


def test_a_document_is_never_kept_as_it_was_coded_for_the_way(shelf: Shelf) -> None:
    """RFC 9112 6.1: a coding that is not understood is 501; a server undoes the chunks and no more."""
    answer = shelf.put("place", b"\x1f\x8b", **{"Transfer-Encoding": "gzip, chunked"}, **ANY)
    error = error_of(answer, 501)
    assert (error["code"], error["where"]) == ("UNSUPPORTED", "Transfer-Encoding")
    assert shelf.ids() == []
    assert shelf.put("place", {}, **{"Transfer-Encoding": "Chunked"}, **ANY).status_code == 204


def test_the_alternate_syntax_says_all_of_it_in_a_form(shelf: Shelf) -> None:
    """1.3: parameters, conditions, type and content are form fields."""
    form = {
        **shelf.context,
        shelf.name: "place",
        "content": '{"a":"é"}',
        "Content-Type": "application/json",
        **ANY,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answers = [
        shelf.lms.client.post(
            f"/xapi/{shelf.path}",
            query_string={"method": "PUT"},
            data=form,
            headers={**shelf.lms.headers, **headers},
            base_url="https://localhost",
        )
        for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [204, 412]
    assert shelf.read() == {"a": "é"}


# 4.2: what a key may do


@pytest.mark.parametrize(
    ("scopes", "read_state", "write_state", "read_profile", "write_profile", "look_up"),
    [
        ("all", 200, 204, 200, 204, 200),
        ("all/read", 200, 403, 200, 403, 200),
        ("state", 200, 204, 403, 403, 403),
        ("profile", 403, 403, 200, 204, 403),
        ("statements/read/mine", 403, 403, 403, 403, 200),
        ("statements/write", 403, 403, 403, 403, 403),
    ],
)
def test_a_key_does_what_its_scopes_permit(
    lms: Lms,
    store: Store,
    scopes: str,
    read_state: int,
    write_state: int,
    read_profile: int,
    write_profile: int,
    look_up: int,
) -> None:
    """4.2: state and profile permit to read and to write documents; all/read, to read everything."""
    store.execute("UPDATE api_key SET scopes = ?", (scopes,))
    expected = [
        (state(lms), read_state, write_state),
        (agent_profile(lms), read_profile, write_profile),
        (activity_profile(lms), read_profile, write_profile),
    ]
    for one, read, write in expected:
        for method in ("PUT", "POST", "DELETE"):
            assert one.call(method, "place", {}, headers={"If-None-Match": '"x"'}).status_code == write, (
                method
            )
        for method in ("GET", "HEAD"):
            assert one.call(method, None).status_code == read, method
    for path, asked in [("agents", {"agent": text(AGENT)}), ("activities", {"activityId": ACTIVITY})]:
        assert lms.call("GET", path=path, query_string=asked).status_code == look_up, path
