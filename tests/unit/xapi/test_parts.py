"""A body of several parts, however it comes in (xAPI 1.0.3 Communication 1.5.2, xAPI 2.0 4.1.3, RFC 2046 §5.1)."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passport_service.xapi.errors import Invalid
from passport_service.xapi.parts import LONGEST_HEAD, MOST_PARTS, Parts, boundary_of
from tests.parts import read_whole

TYPE = 'multipart/mixed; boundary="edge"'
PLAIN = "0123456789abcxyzABCXYZ'()+_,-./:=?"
BOUNDARIES = st.text(PLAIN + " ", min_size=1, max_size=70).filter(lambda one: not one.endswith(" "))
# Bytes that look like the beginning of a boundary are likelier than chance would have it.
CONTENTS = st.lists(
    st.sampled_from([b"\r", b"\n", b"\r\n", b"-", b"--", b"\r\n--", b"edge", b"x", b"\x00", b"\xff"]),
    max_size=20,
).map(b"".join)


def parts_of(content_type: str, pieces: Iterable[bytes]) -> list[tuple[dict[str, str], bytes]]:
    return [(dict(headers), b"".join(content)) for headers, content in Parts(content_type, pieces)]


def cut(body: bytes, places: Iterable[int]) -> Iterator[bytes]:
    """A body in the pieces between these places; some are empty."""
    yield from (body[start:end] for start, end in pairwise([0, *sorted(places), len(body)]))


def body_of(boundary: str, contents: Iterable[bytes]) -> bytes:
    edge = b"--" + boundary.encode()
    heads = b"\r\nContent-Type: text/plain\r\nX: y\r\n\r\n"
    return b"".join(edge + heads + one + b"\r\n" for one in contents) + edge + b"--\r\n"


@given(BOUNDARIES, st.lists(CONTENTS, min_size=1, max_size=4), st.data())
def test_any_cut_of_a_body_gives_the_same_parts(
    boundary: str, contents: list[bytes], data: st.DataObject
) -> None:
    if any(b"--" + boundary.encode() in b"\r\n" + one for one in contents):
        return
    body = body_of(boundary, contents)
    places = data.draw(st.lists(st.integers(0, len(body)), max_size=12))
    found = parts_of(f'multipart/mixed; boundary="{boundary}"', cut(body, places))
    assert [content for _, content in found] == contents
    assert found == read_whole(boundary, body)
    assert found == parts_of(
        f'multipart/mixed; boundary="{boundary}"', ([one] and bytes([one]) for one in body)
    )


@given(st.lists(CONTENTS, max_size=3), st.binary(max_size=30), st.data())
def test_any_cut_of_any_bytes_ends_alike(contents: list[bytes], noise: bytes, data: st.DataObject) -> None:
    body = body_of("edge", contents)
    place = data.draw(st.integers(0, len(body)))
    body = body[:place] + noise + body[place:]
    places = data.draw(st.lists(st.integers(0, len(body)), max_size=12))
    assert outcome([body]) == outcome(cut(body, places))


def outcome(pieces: Iterable[bytes]) -> object:
    try:
        return parts_of(TYPE, pieces)
    except Invalid as fault:
        return fault.message


@given(st.binary(max_size=300))
def test_no_body_makes_the_reader_fail_otherwise(body: bytes) -> None:
    with suppress(Invalid):
        parts_of(TYPE, [b"--edge\r\n" + body + b"\r\n--edge--"])


@given(st.text(max_size=80))
def test_no_header_makes_the_reader_fail_otherwise(header: str) -> None:
    with suppress(Invalid):
        assert 1 <= len(boundary_of(header)) <= 70


def test_a_preamble_and_an_epilogue_are_passed_over() -> None:
    body = b"This is MIME.\r\n" + body_of("edge", [b"data"]) + b"\r\n--edge\r\nnot a part"
    assert [content for _, content in parts_of(TYPE, [body])] == [b"data"]


def test_headers_are_found_in_any_case_and_may_be_folded() -> None:
    body = b"--edge \t\r\nCONTENT-type:\ttext/plain;\r\n charset=utf-8 \r\n\r\n\r\n--edge--"
    assert parts_of(TYPE, [body]) == [({"content-type": "text/plain; charset=utf-8"}, b"")]


def test_a_part_may_end_with_its_headers() -> None:
    """RFC 2046 §5.1.1: what follows the headers may be left out, and their line break be that of the boundary."""
    assert parts_of(TYPE, [b"--edge\r\nX: y\r\n\r\n--edge--"]) == [({"x": "y"}, b"")]


@pytest.mark.parametrize(
    ("header", "boundary"),
    [
        ("multipart/mixed; boundary=edge", b"edge"),
        ("multipart/mixed;BOUNDARY=edge;charset=x", b"edge"),
        ('multipart/mixed; start="a; boundary=b"; boundary="the edge"', b"the edge"),
        (r'multipart/mixed; boundary="e\dge"', b"edge"),
        ("multipart/mixed; boundary=-------314159265358979323846", b"-------314159265358979323846"),
        ("multipart/mixed; boundary=" + "b" * 70, b"b" * 70),
    ],
)
def test_a_boundary_is_read_from_its_header(header: str, boundary: bytes) -> None:
    assert boundary_of(header) == boundary


@pytest.mark.parametrize(
    "header",
    [
        "multipart/mixed",
        "multipart/mixed; boundary=",
        'multipart/mixed; boundary=""',
        'multipart/mixed; boundary="ends with a space "',
        "multipart/mixed; boundary=" + "b" * 71,
        "multipart/mixed; boundary=\x01",
        "multipart/mixed; boundary=zoë",
        "multipart/mixed; charset=edge",
    ],
)
def test_a_boundary_that_cannot_be_one_is_refused(header: str) -> None:
    with pytest.raises(Invalid) as fault:
        boundary_of(header)
    assert fault.value.path == "Content-Type"


GOOD = body_of("edge", [b"data"])
BAD = {
    "nothing at all": b"",
    "no boundary": b"[]",
    "no closing boundary": GOOD.replace(b"--edge--", b""),
    "only half of the closing boundary": GOOD.replace(b"--edge--\r\n", b"--edge-"),
    "lines ended by LF alone": GOOD.replace(b"\r\n", b"\n"),
    "a boundary in the midst of a line": GOOD.replace(b"--edge", b"x--edge"),
    "a boundary that goes on": GOOD.replace(b"--edge\r", b"--edges\r"),
    "no empty line": b"--edge\r\nContent-Type: text/plain\r\n--edge--",
    "a header that is none": GOOD.replace(b"X: y", b"nonsense"),
    "a header without a name": GOOD.replace(b"X: y", b": y"),
    "a header with a line break of its own kind": GOOD.replace(b"X: y", b"X: y\nZ: z"),
    "a header with NUL": GOOD.replace(b"X: y", b"X: \x00"),
    "a header that stands twice": GOOD.replace(b"X: y", b"Content-Type: text/html"),
    "headers without end": GOOD.replace(b"X: y", b"X: " + b"y" * LONGEST_HEAD),
    "headers without number": GOOD.replace(
        b"X: y", b"\r\n".join(b"X%d: y" % one for one in range(LONGEST_HEAD))
    ),
    "a boundary line without end": GOOD.replace(b"--edge\r", b"--edge" + b" " * (LONGEST_HEAD + 1) + b"\r"),
    "parts without number": body_of("edge", [b""] * (MOST_PARTS + 1)),
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_a_body_is_refused_with(body: bytes) -> None:
    for pieces in ([body], cut(body, range(0, len(body), 7))):
        with pytest.raises(Invalid):
            parts_of(TYPE, pieces)


def test_no_more_is_held_than_may_be_a_boundary() -> None:
    """A gigabyte that came in pieces of 64 kB is handed on in pieces of 64 kB, without one being kept."""
    piece = b"\r\n--edg" * 8192
    pieces = [b"--edge\r\n\r\n", *[piece] * 100, b"\r\n--edge--"]
    (_, content), *_ = [(headers, list(content)) for headers, content in Parts(TYPE, pieces)]
    assert sum(map(len, content)) == 100 * len(piece)
    assert max(map(len, content)) <= len(piece) + 16
