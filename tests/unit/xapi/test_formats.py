"""What is given back: the sender's own bytes, and what was assigned to them."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from passport_service.xapi.formats import canonical, exact, ids_only
from passport_service.xapi.timestamps import parse_timestamp
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
    assert parse_timestamp(value["timestamp"]) == parse_timestamp(whole()["timestamp"])
    assert value["version"] == "1.0.3"
    assert (value["stored"], value["authority"]) == (ASSIGNED["stored"], ASSIGNED["authority"])


def completed(statement: dict[str, Any]) -> dict[str, Any]:
    value: dict[str, Any] = orjson.loads(exact(orjson.dumps(statement), ASSIGNED))
    return value


IN_UTC = {
    "2026-03-02T09:00:00Z": "2026-03-02T09:00:00Z",
    "2026-03-02T09:00:00.1234567+00:00": "2026-03-02T09:00:00.1234567+00:00",
    "2026-03-02T09:00:00.125+01:00": "2026-03-02T08:00:00.125Z",
    "2026-03-02T09:00:00": "2026-03-02T09:00:00.000Z",
    "2026-03-02 09:00:00z": "2026-03-02T09:00:00.000Z",
    "20260302T090000-0100": "2026-03-02T10:00:00.000Z",
}


@pytest.mark.parametrize(("sent", "returned"), IN_UTC.items())
def test_a_timestamp_comes_back_in_utc(sent: str, returned: str) -> None:
    """Data 4.5, xAPI 2.0 4.2.7; what is in UTC already keeps its digits, and a sub-statement's is no other."""
    assert completed(whole() | {"timestamp": sent})["timestamp"] == returned
    inner = {"actor": RHYS, "verb": {"id": "http://x.example/v"}, "object": INNER | {"timestamp": sent}}
    assert completed(inner)["object"] == INNER | {"timestamp": returned}


def test_a_single_context_activity_comes_back_in_an_array() -> None:
    """Data 2.4.6.2: every value in contextActivities is returned as an array, in a sub-statement too."""
    value = completed(whole())
    assert value["context"]["contextActivities"] == {"parent": [COURSE], "category": [COURSE]}
    assert value["context"]["registration"] == whole()["context"]["registration"]
    context = {"contextActivities": {"parent": COURSE}}
    inner = {"actor": RHYS, "verb": {"id": "http://x.example/v"}, "object": INNER | {"context": context}}
    assert completed(inner)["object"] == INNER | {"context": {"contextActivities": {"parent": [COURSE]}}}


ODD = b'[1.500,12345678901234567890123, 1E400,"\\u00e9\\/",null]'


def test_whatever_must_be_added_or_replaced_the_rest_keeps_its_bytes() -> None:
    """Communication 2.1.3: exactly as it was received; Data 2.2: no other serialisation."""
    context = (
        b'"context":{"extensions":{"http://x.example/e":'
        + ODD
        + b'},"contextActivities":{"other":{"id":"http://x.example/o"}}}'
    )
    more = b'"stored":"2026-01-01T00:00:00Z","version":"1.0.1",' + context + b"}"
    given = exact(BARE.strip()[:-1] + b" ,\n " + more, ASSIGNED)
    assert ODD in given
    assert b'"raw":1.500,"max":12345678901234567890123' in given
    assert b'"other":[{"id":"http://x.example/o"}]' in given
    value = json.loads(given)
    assert (value["stored"], value["version"]) == (ASSIGNED["stored"], "1.0.1")


texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=9)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=9,
)


@given_any(anything, st.booleans(), st.booleans(), st.booleans())
def test_no_byte_of_an_extension_is_lost(held: Any, spaced: bool, alone: bool, stored: bool) -> None:
    """Communication 2.1.3: ``exact`` is for taking statements over into another store."""
    text = json.dumps(held, ensure_ascii=not spaced, indent=2 if spaced else None)
    activity = json.dumps(COURSE if alone else [COURSE])
    said = '"stored":"2026-01-01T00:00:00Z",' if stored else ""
    context = (
        '{"extensions":{"http://x.example/e":' + text + '},"contextActivities":{"parent":' + activity + "}}"
    )
    payload = BARE.strip()[:-1].decode() + "," + said + '"context":' + context + "}"
    given = exact(payload.encode(), ASSIGNED)
    assert text.encode() in given
    value = json.loads(given.decode())
    assert value["context"]["contextActivities"]["parent"] == [COURSE]
    assert {name: value[name] for name in ASSIGNED} == ASSIGNED


def test_ids_only_keeps_what_identifies() -> None:
    reduced = ids_only(completed(whole()))
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


def test_ids_of_who_else_was_there_are_all_that_is_kept_of_them() -> None:
    """xAPI 2.0 4.1.6.1: agents and groups of the context are reduced like any other; what made them matter stays."""
    types = ["http://x.example/mentor"]
    group = {"objectType": "Group", "name": "Team", "member": [ASHA | {"name": "Asha"}]}
    context = {
        "contextAgents": [
            {"objectType": "contextAgent", "agent": RHYS | {"name": "Rhys"}, "relevantTypes": types}
        ],
        "contextGroups": [{"objectType": "contextGroup", "group": group}],
    }
    reduced = ids_only(whole() | {"context": context})["context"]
    assert reduced["contextAgents"] == [{"objectType": "contextAgent", "agent": RHYS, "relevantTypes": types}]
    assert reduced["contextGroups"][0]["group"] == {"objectType": "Group", "member": [ASHA]}
    assert canonical(whole() | {"context": context}, "cy")["context"] == context
