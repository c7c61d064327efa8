"""Somebody taken out of a statement that is about others: nothing of them is left, and it is a statement still (D.18.2)."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passport_service.xapi.actor import sha1_of_mbox
from passport_service.xapi.redaction import ERASED, is_named_in, masked, masked_unchecked, redacted, wanted
from passport_service.xapi.statement import check_statement
from passport_service.xapi.versions import Version

NAME, MAIL, HOME = "Noor Achterberg", "mailto:Noor@Council.example", "https://lms.example"
KEYS = [
    "mbox|mailto:Noor@council.example",
    f"account|{HOME}|4711",
    f"mbox_sha1sum|{sha1_of_mbox(MAIL)}",
    "openid|https://id.example/noor",
]
WHO = wanted(KEYS, [NAME])
THEIRS = [
    {"mbox": MAIL}, {"account": {"homePage": HOME, "name": "4711"}}, {"mbox_sha1sum": sha1_of_mbox(MAIL).upper()},
    {"openid": "https://id.example/noor"},
]  # fmt: skip
OTHER = {"account": {"homePage": HOME, "name": "4712"}, "name": "Ben Okafor"}
WORDS = (b"noor", b"achterberg", b'"4711"', sha1_of_mbox(MAIL).encode())

them = st.sampled_from(THEIRS).flatmap(lambda one: st.sampled_from([one, one | {"name": NAME}]))
agent = st.one_of(them, st.just(OTHER))
group = st.builds(
    lambda members, own: {"objectType": "Group", "member": members} | own,
    st.lists(agent, min_size=1, max_size=3),
    st.one_of(st.just({}), st.just({"account": {"homePage": HOME, "name": "all"}}), them),
)
anybody = st.one_of(agent, group)
texts = st.sampled_from(["fine", f"with {NAME.upper()}.", "ask noor@council.example", "the noorth"])
activity = st.builds(
    lambda words: {"id": "https://lms.example/1", "definition": {"name": {"en": words}}}, texts
)
extensions = st.builds(
    lambda who, words: {
        "https://lms.example/x": {"who": who, "also": [words], "account": who.get("account", {})}
    },
    agent,
    texts,
)
context = st.fixed_dictionaries({}, optional={"instructor": anybody, "team": group, "extensions": extensions})
statement = st.builds(
    lambda who, about, within, said: {
        "actor": who, "verb": {"id": "https://lms.example/did"}, "object": about, "context": within,
        "result": {"response": said},
    },
    anybody,
    st.one_of(activity, anybody.map(lambda one: {"objectType": "Agent"} | one)),
    context,
    texts,
)  # fmt: skip


@given(statement)
def test_nothing_of_them_is_left_and_it_is_a_statement_still(value: dict[str, Any]) -> None:
    check_statement(value, Version.V1)
    rest = redacted(value, WHO)
    text = orjson.dumps(rest).lower()
    assert not any(word in text.replace(b"the noorth", b"") for word in WORDS)
    assert not is_named_in(text, WHO)
    check_statement(rest, Version.V1)
    assert redacted(rest, WHO) == rest


@given(statement)
def test_a_statement_that_does_not_name_them_is_left_as_it_is(value: dict[str, Any]) -> None:
    assert (redacted(value, WHO) == value) is not is_named_in(orjson.dumps(value), WHO)


@given(statement)
def test_masked_everybody_else_is_left_out(value: dict[str, Any]) -> None:
    text = orjson.dumps(masked(value, KEYS))
    assert b"Okafor" not in text
    assert b'"4712"' not in text
    assert b"result" not in text


@given(statement)
def test_masked_unchecked_their_own_stays_and_of_others_nobody_else_is_left(value: dict[str, Any]) -> None:
    told = masked_unchecked(value, KEYS)
    text = orjson.dumps(told)
    if value["actor"].get("name") != "Ben Okafor" and any(
        {**value["actor"], **one} == value["actor"] for one in THEIRS
    ):
        assert told == value
    else:
        assert b"Okafor" not in text
        assert b'"4712"' not in text
        assert b"result" not in text


@pytest.mark.parametrize(
    "other",
    [
        "mailto:ben@else.example", "Ben",
        ["ben@else.example", {"name": "Ben"}], {"mbox": "ben@else.example"}, {"name": "Ben"},
        {"mbox": "natasha-noor@council.example"}, {"mbox": "abcdefgnoor@council.example", "name": "ben"},
        {"account": {"name": "ben"}}, {"homePage": HOME, "name": "ben"}, {"mbox": ["ben"]}, {"account": "ben"},
        {"objectType": "Agent", "who": "ben"}, {"objectType": "Group", "member": ["ben", {"user": "ben"}]},
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["actor", "instructor", "team", "user", "object"])
def test_nobody_else_is_told_of_in_whatever_shape_they_stand(place: str, other: Any) -> None:
    instructor = {"mbox": MAIL, "name": NAME}
    value = {"actor": OTHER, "context": {"instructor": instructor}, place: other} | (
        {"context": {"instructor": instructor, place: other}} if place == "team" else {}
    )
    if place == "instructor":
        value = {"actor": OTHER, "context": {"instructor": [instructor, other]}}
    told = orjson.dumps(masked_unchecked(value, KEYS)).lower()
    assert NAME.lower().encode() in told
    assert not any(one in told for one in (b"ben", b"okafor", b"natasha", b"abcdefg"))


@pytest.mark.parametrize(
    ("body", "is_named"),
    [
        (b'[{"actor": {"mbox": "mailto:noor\\u0040council.example"', True),
        (b'[{"actor": {"account": {"homePage": "https:\\/\\/lms.example", "name": "4711"', True),
        (b'[{"actor": {"account": {"homePage": "https://lms.example", "name": "47110"', False),
        (b"\xff\x00 Noor  Achterberg", False),
        (b"\xff\x00 Noor Achterberg", True),
        (b'{"name": "noor"}', False),
    ],
)
def test_a_body_that_is_no_json_is_searched_as_text(body: bytes, is_named: bool) -> None:
    assert is_named_in(body, WHO) is is_named


def test_a_first_name_alone_says_nobody() -> None:
    who = wanted([], ["Noor", "", "A B"])
    assert who.texts is None
    assert redacted({"actor": OTHER, "object": {"name": "Noor"}}, who)["object"]["name"] == "Noor"


def test_a_signature_goes_with_what_it_signed() -> None:
    kept = {"usageType": "https://lms.example/certificate"}
    signed = {"usageType": "http://adlnet.gov/expapi/attachments/signature"}
    value = {"actor": OTHER, "object": {"id": "https://lms.example/1"}, "attachments": [kept, signed]}
    assert redacted(value, WHO)["attachments"] == [kept]
    assert "attachments" not in redacted(value | {"attachments": [signed]}, WHO)
    assert redacted({"actor": THEIRS[0], "object": {}}, WHO)["actor"]["name"] == ERASED
