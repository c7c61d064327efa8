"""What a POST makes of two documents, and which conditions let a write through."""

import json
from hashlib import sha1

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passport_service.xapi.documents import JSON, Content, posted_onto
from passport_service.xapi.errors import Invalid
from passport_service.xapi.preconditions import Conditions, Demand, Verdict, demand_of, judge, read_conditions
from passport_service.xapi.versions import Version

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=5)
BYTES = st.binary(max_size=30)
TAG = "a" * 40


def document(value: object) -> Content:
    return Content(JSON, json.dumps(value).encode())


@given(OBJECTS, OBJECTS)
def test_each_property_of_the_posted_object_is_set_on_the_existing_one(
    existing: dict[str, object], posted: dict[str, object]
) -> None:
    """Communication 2.2, the JSON procedure."""
    merged = posted_onto(document(existing), document(posted))
    assert json.loads(merged.data) == existing | posted
    assert list(json.loads(merged.data)) == list(existing | posted)


@given(OBJECTS, OBJECTS, OBJECTS)
def test_posting_one_after_the_other_is_posting_both_at_once(
    first: dict[str, object], second: dict[str, object], third: dict[str, object]
) -> None:
    onto = posted_onto(document(first), document(second))
    both = posted_onto(onto, document(third))
    assert json.loads(both.data) == json.loads(posted_onto(document(first), document(second | third)).data)
    assert posted_onto(both, document(third)).tag == both.tag


@given(BYTES, BYTES)
def test_what_is_no_object_is_refused_and_never_breaks(existing: bytes, posted: bytes) -> None:
    for one, other in [(existing, posted), (existing, b"{}"), (b"{}", posted)]:
        try:
            merged = posted_onto(Content(JSON, one), Content(JSON, other))
        except Invalid:
            continue
        assert type(json.loads(merged.data)) is dict


def test_numbers_keep_their_digits() -> None:
    merged = posted_onto(
        Content(JSON, b'{"kept":1.500, "changed":1}'),
        Content(JSON, b'{"changed":12345678901234567890123,"new":[1e2]}'),
    )
    assert merged.data == b'{"kept":1.500,"changed":12345678901234567890123,"new":[1e2]}'


@given(BYTES)
def test_a_tag_is_the_sha_1_of_the_content(data: bytes) -> None:
    """Communication 3.1."""
    assert Content("text/plain", data).tag == sha1(data).hexdigest()


@pytest.mark.parametrize(
    ("match", "none_match", "on_it", "on_another", "on_nothing"),
    [
        (f'"{TAG}"', None, True, False, False),
        (f'"{TAG.upper()}"', None, True, False, False),
        (TAG, None, True, False, False),
        (f'W/"{TAG}"', None, False, False, False),
        (f'"x", "{TAG}" , "y"', None, True, False, False),
        ("*", None, True, True, False),
        ("", None, False, False, False),
        (None, "*", False, False, True),
        (None, f'"{TAG}"', False, True, True),
        (None, f'W/"{TAG}"', False, True, True),
        (None, "", True, True, True),
        (f'"{TAG}"', "*", False, False, False),
        (f'"{TAG}"', '"x"', True, False, False),
    ],
)
def test_a_condition_is_met_as_http_says(
    match: str | None, none_match: str | None, on_it: bool, on_another: bool, on_nothing: bool
) -> None:
    """RFC 2616 §14.24 and §14.26."""
    headers = {"if-match": match, "if-none-match": none_match}
    conditions = read_conditions({name: value for name, value in headers.items() if value is not None})
    for tag, met in [(TAG, on_it), ("b" * 40, on_another), (None, on_nothing)]:
        for demand in Demand:
            expected = Verdict.PROCEED if met else Verdict.UNMET
            assert judge(conditions, tag, demand) is expected, (tag, demand)


@pytest.mark.parametrize(
    ("version", "is_state", "new", "over"),
    [
        (Version.V1, True, Verdict.PROCEED, Verdict.PROCEED),
        (Version.V1, False, Verdict.UNCONDITIONAL, Verdict.WOULD_REPLACE),
        (Version.V2, True, Verdict.PROCEED, Verdict.WOULD_REPLACE),
        (Version.V2, False, Verdict.PROCEED, Verdict.WOULD_REPLACE),
    ],
)
def test_a_put_without_a_condition_is_judged_by_the_version_and_the_resource(
    version: Version, is_state: bool, new: Verdict, over: Verdict
) -> None:
    """xAPI 1.0.3 Communication 3.1; xAPI 2.0 4.1.4."""
    demand = demand_of(version, is_state=is_state)
    assert (judge(Conditions(), None, demand), judge(Conditions(), TAG, demand)) == (new, over)
