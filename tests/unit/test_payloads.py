"""Payloads are kept small and given back byte for byte."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passport_service.store.payloads import packed, unpacked
from tests import builders


@given(st.binary(max_size=5_000))
def test_what_is_packed_comes_back_byte_for_byte(payload: bytes) -> None:
    assert unpacked(packed(payload)) == payload


def test_a_payload_from_before_is_read_as_it_is() -> None:
    assert unpacked(b'{"actor": 1}') == b'{"actor": 1}'


def test_a_form_of_a_later_release_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="does not know"):
        unpacked(b"\x02abc")


@pytest.mark.parametrize(
    "made", [builders.moodle_course_completed(), builders.moodle_module(), builders.cmi5_course_satisfied()]
)
def test_a_usual_statement_takes_less_than_half_of_its_length(made: dict[str, object]) -> None:
    payload = orjson.dumps(made)
    assert len(packed(payload)) < len(payload) / 2
