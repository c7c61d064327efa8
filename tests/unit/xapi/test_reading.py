"""Bodies read strictly: what is refused at the edge, and that each statement's own bytes stay as they were."""

import json
from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passport_service.xapi.batch import read_batch, read_single
from passport_service.xapi.errors import Invalid, Malformed
from passport_service.xapi.reading import DEEPEST, count_statements, read_json
from tests import builders

ID = "12345678-1234-4234-8234-123456789ABC"
PLAIN = {
    "actor": {"mbox": "mailto:a@b.example"},
    "verb": {"id": "http://x.example/v"},
    "object": {"id": "http://x.example/o"},
}

BROKEN = {
    "nothing": b"",
    "white space": b"  \n",
    "half an object": b'{"a": 1',
    "half an array": b'[{"a": 1}',
    "two values": b"[] []",
    "a trailing comma": b'{"a": 1,}',
    "a comment": b"[] // done",
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": Infinity}',
    "single quotes": b"{'a': 1}",
    "bytes that are not UTF-8": b'{"a": "\xff"}',
    "a lone surrogate": b'{"a": "\\ud800"}',
    "a byte order mark": b"\xef\xbb\xbf[]",
    "another encoding": "[]".encode("utf-16"),
    "NUL": b'{"a": "x\x00"}',
    "an escaped NUL": b'{"a": "x\\u0000"}',
    "an escaped NUL in a name": b'{"a\\u0000": 1}',
    "one property twice": b'{"a": 1, "a": 2}',
    "one property twice, deep down": b'[{"a": [{"b": {"c": 1, "c": 1}}]}]',
    "one property twice, once with an escape": b'{"a": 1, "\\u0061": 2}',
    "one property twice beside a hidden colon": b'{"a": "\\u003a", "b": 1, "b": 2}',
    "one property twice beside a colon in a text": b'{"b": "::", "b": ":"}',
    "a bomb of arrays": b"[" * 100_000,
    "arrays 300 deep": b'{"a": ' + b"[" * 300 + b"]" * 300 + b"}",
    "arrays 1000 deep": b'{"a": ' + b"[" * 1_000 + b"]" * 1_000 + b"}",
    "a number of 5000 digits beside a property twice": b'{"a": 1, "a": ' + b"9" * 5_000 + b"}",
    "deep arrays that close": b"[" * 2_000 + b"]" * 2_000,
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
def test_a_body_is_refused_that_holds(body: bytes) -> None:
    with pytest.raises(Invalid):
        read_batch(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b" \n", "is empty, where JSON is expected"),
        (b'{"a": "\xff"}', "is not in UTF-8, as JSON is"),
        (b'{"a": 1,}', "is not valid JSON: trailing comma is not allowed: line 1 column 8 (char 7)"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words_that_help(body: bytes, words: str) -> None:
    with pytest.raises(Malformed) as told:
        read_batch(body)
    assert told.value.message == words


@pytest.mark.parametrize("body", [b"7", b"null", b'"x"', b"true", b"[7]", b"[null]", b"[[]]"])
def test_a_body_of_another_type_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        read_batch(body)


def test_the_text_of_an_escape_is_no_escape() -> None:
    assert read_json(b'{"a": "\\\\u0000"}') == {"a": "\\u0000"}


def test_extensions_may_be_deep_but_not_too_deep() -> None:
    def nested(levels: int) -> dict[str, Any]:
        value: Any = 1
        for _ in range(levels):
            value = [value]
        return PLAIN | {"context": {"extensions": {"http://x.example/e": value}}}

    read_batch(json.dumps(nested(DEEPEST - 3)).encode())
    with pytest.raises(Malformed, match="levels"):
        read_batch(json.dumps(nested(DEEPEST)).encode())


def test_an_empty_array_is_a_batch_of_none() -> None:
    assert read_batch(b" [ ] ") == []


def test_a_statement_keeps_its_own_bytes() -> None:
    one = b'{ "actor":{"mbox":"mailto:a@b.example"},"verb":{"id":"http:\\/\\/x.example/v"}, "object": {"id":"http://x.example/o"},"result":{"score":{"raw":1.50e1}}}'
    other = orjson.dumps(PLAIN)
    assert [read.payload for read in read_batch(b"[" + one + b" ,\n" + other + b"]")] == [one, other]
    assert [read.payload for read in read_batch(b"\n" + one + b"\n")] == [one]


def test_a_fault_names_its_place_in_the_batch() -> None:
    bad = PLAIN | {"actor": {"mbox": "nobody"}}
    with pytest.raises(Invalid) as fault:
        read_batch(orjson.dumps([PLAIN, PLAIN, PLAIN, bad]))
    assert fault.value.path == "statements[3].actor.mbox"


def test_a_fault_in_a_statement_that_stands_alone_names_it() -> None:
    with pytest.raises(Invalid) as fault:
        read_batch(orjson.dumps(PLAIN | {"verb": {}}))
    assert fault.value.path == "statement.verb.id"


def test_two_statements_of_one_batch_never_have_one_id() -> None:
    with pytest.raises(Invalid) as fault:
        read_batch(orjson.dumps([PLAIN | {"id": ID}, PLAIN | {"id": ID.lower()}]))
    assert fault.value.path == "statements[1].id"


def test_a_statement_that_is_put_has_the_id_of_the_request_or_none() -> None:
    read_single(orjson.dumps(PLAIN), ID)
    read_single(orjson.dumps(PLAIN | {"id": ID.lower()}), ID)
    with pytest.raises(Invalid):
        read_single(orjson.dumps(PLAIN | {"id": ID.replace("1", "2")}), ID)
    with pytest.raises(Invalid):
        read_single(orjson.dumps([PLAIN]), ID)


def test_statements_are_counted_even_in_a_body_that_is_refused() -> None:
    assert count_statements(b'[{"a": 1}, 7]') == 2
    assert count_statements(b"[{]") is None
    assert count_statements(b" ") == 0


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
numbers = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(values, st.booleans(), st.sampled_from([None, 2]))
def test_any_json_is_read_as_what_it_says(value: Any, ascii_only: bool, indent: int | None) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    assert read_json(body) == value


@given(st.dictionaries(texts, values, min_size=1), st.data())
def test_a_property_named_twice_is_always_found(value: dict[str, Any], data: st.DataObject) -> None:
    twin = data.draw(st.sampled_from(sorted(value)))
    body = json.dumps(value)[:-1] + f", {json.dumps(twin)}: 1}}"
    with pytest.raises(Malformed, match="twice"):
        read_json(body.encode())


@given(st.binary(max_size=200))
def test_no_body_makes_the_reader_fail_otherwise(body: bytes) -> None:
    with suppress(Invalid):
        read_batch(body)


def damaged(body: bytes, at: int, by: bytes) -> bytes:
    place = at % len(body)
    return body[:place] + by + body[place + 1 :]


@given(st.integers(0), st.binary(max_size=3))
def test_a_damaged_batch_is_read_or_refused_and_never_fails(at: int, by: bytes) -> None:
    whole = orjson.dumps([builders.moodle_course_completed(), builders.moodle_quiz_attempt()])
    with suppress(Invalid):
        read_batch(damaged(whole, at, by))


def test_a_body_of_nothing_but_values_is_refused_before_it_fills_the_memory() -> None:
    assert len(read_json(b"[" + b",".join([b"1"] * 1_000_000) + b"]")) == 1_000_000
    with pytest.raises(Invalid, match="more than 1,000,000 values"):
        read_json(b"[" + b",".join([b"{}"] * 1_000_001) + b"]")
