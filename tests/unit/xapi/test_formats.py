"""What is given back: the sender's own bytes, and what was assigned to them."""

import orjson

from passport_service.xapi.formats import canonical, exact, ids_only
from passport_service.xapi.formats import whole as completed
from tests.unit.xapi.test_statement import ASHA, COURSE, INNER, RHYS, whole

ASSIGNED = {
    "id": "12345678-1234-4234-8234-123456789abc",
    "stored": "2026-03-02T09:00:01.000Z",
    "timestamp": "2026-03-02T09:00:01.000Z",
    "authority": {"objectType": "Agent", "account": {"homePage": "https://passport.example", "name": "k1"}},
    "version": "1.0.0",
}
BARE = (
    b'{"actor":{"mbox":"mailto:a@b.example"},"verb":{"id":"http://x.example/v"},'
    b'"object":{"id":"http://x.example/o"},"result":{"score":{"raw":1.500,"max":12345678901234567890123}}} '
)


def test_numbers_come_back_digit_by_digit() -> None:
    given = exact(BARE, ASSIGNED)
    assert b'"raw":1.500,"max":12345678901234567890123' in given
    value = orjson.loads(given)
    assert {name: value[name] for name in ASSIGNED} == ASSIGNED


def test_what_the_sender_said_of_itself_stays_but_stored_and_authority_are_ours() -> None:
    value = orjson.loads(exact(orjson.dumps(whole()), ASSIGNED))
    assert value["timestamp"] == whole()["timestamp"]
    assert value["version"] == "1.0.3"
    assert (value["stored"], value["authority"]) == (ASSIGNED["stored"], ASSIGNED["authority"])


def test_a_single_context_activity_comes_back_in_an_array() -> None:
    value = completed(whole(), ASSIGNED)
    assert value["context"]["contextActivities"]["category"] == [COURSE]
    inner = {
        "actor": RHYS,
        "verb": {"id": "http://x.example/v"},
        "object": INNER | {"context": whole()["context"]},
    }
    assert completed(inner, ASSIGNED)["object"]["context"]["contextActivities"]["category"] == [COURSE]


def test_ids_only_keeps_what_identifies() -> None:
    reduced = ids_only(completed(whole(), ASSIGNED))
    assert reduced["actor"] == {"objectType": "Agent", **ASHA}
    assert reduced["verb"] == {"id": whole()["verb"]["id"]}
    assert reduced["object"] == {"id": COURSE["id"]}
    assert reduced["context"]["contextActivities"]["parent"] == [{"id": COURSE["id"]}]
    assert reduced["context"]["team"]["member"] == [ASHA]
    assert reduced["result"] == whole()["result"]


def test_ids_only_reaches_into_sub_statements() -> None:
    outer = {
        "actor": {**ASHA, "name": "x"},
        "verb": {"id": "v"},
        "object": INNER | {"actor": {**RHYS, "name": "y"}},
    }
    assert ids_only(outer)["object"]["actor"] == RHYS


def test_the_canonical_format_has_one_language_each() -> None:
    statement = whole()
    statement["verb"]["display"] = {"en": "completed", "cy": "wedi cwblhau"}
    statement["object"]["definition"]["choices"][0]["description"] = {"en": "One", "cy": "Un"}
    shown = canonical(statement, "cy")
    assert shown["verb"]["display"] == {"cy": "wedi cwblhau"}
    assert shown["object"]["definition"]["name"] == {"en": "Mental Capacity Act"}
    assert shown["object"]["definition"]["choices"][0]["description"] == {"cy": "Un"}
