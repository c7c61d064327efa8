"""Attachments in and out (Communication 1.5.2), and signatures among them (Data 2.6)."""

from base64 import b64encode, urlsafe_b64encode
from contextlib import suppress
from hashlib import sha256, sha512
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passport_service.xapi.attachments import refuse_unmatched
from passport_service.xapi.certificates import PREFIXES
from passport_service.xapi.errors import Invalid
from passport_service.xapi.multipart import Attached, read_multipart, write_multipart
from passport_service.xapi.signature import SIGNATURE, check_signatures
from tests.unit.xapi.test_statement import FILE, whole

TYPE = 'multipart/mixed; boundary="edge"'


def attached(content: bytes) -> Attached:
    return Attached(sha256(content).hexdigest(), "text/plain", content)


def body_of(*parts: bytes, end: bytes = b"--edge--\r\n") -> bytes:
    return b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + end


JSON = b"Content-Type: application/json\r\n\r\n[]"
HASH = sha256(b"data").hexdigest().encode()
DATA = (
    b"Content-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n"
    b"X-Experience-API-Hash: " + HASH + b"\r\n\r\ndata"
)


def test_parts_are_told_apart() -> None:
    statements, found = read_multipart(TYPE, body_of(JSON, DATA))
    assert (statements, found) == (b"[]", [attached(b"data")])


def test_a_preamble_and_an_unquoted_boundary_are_fine() -> None:
    assert read_multipart("multipart/mixed;boundary=edge", b"hello\r\n" + body_of(JSON))[0] == b"[]"


BAD = {
    "no boundary in the header": ("multipart/mixed", body_of(JSON)),
    "no boundary in the body": (TYPE, b"[]"),
    "no closing boundary": (TYPE, body_of(JSON, end=b"")),
    "a first part that is not JSON": (TYPE, body_of(DATA, DATA)),
    "no hash": (TYPE, body_of(JSON, b"Content-Type: text/plain\r\n\r\ndata")),
    "a wrong hash": (TYPE, body_of(JSON, DATA.replace(b"\r\n\r\ndata", b"\r\n\r\ndate"))),
    "another encoding": (TYPE, body_of(JSON, DATA.replace(b"binary", b"base64"))),
    "no empty line": (TYPE, body_of(JSON, b"Content-Type: text/plain")),
    "a header that is none": (TYPE, body_of(b"nonsense\r\n\r\n[]")),
    "nothing": (TYPE, b""),
}


@pytest.mark.parametrize(("content_type", "body"), BAD.values(), ids=BAD.keys())
def test_a_body_of_parts_is_refused_with(content_type: str, body: bytes) -> None:
    with pytest.raises(Invalid):
        read_multipart(content_type, body)


@given(st.binary(max_size=300), st.lists(st.binary(max_size=100), max_size=4, unique=True))
def test_what_is_written_is_read_again(first: bytes, contents: list[bytes]) -> None:
    content_type, body = write_multipart(first, [attached(content) for content in contents])
    assert read_multipart(content_type, body) == (first, [attached(content) for content in contents])


@given(st.binary(max_size=300))
def test_no_body_makes_the_reader_fail_otherwise(body: bytes) -> None:
    with suppress(Invalid):
        read_multipart(TYPE, b"--edge\r\n" + body + b"\r\n--edge--")


def test_an_attachment_has_an_address_or_its_data() -> None:
    statement = whole()
    refuse_unmatched([statement], ())
    del statement["attachments"][0]["fileUrl"]
    with pytest.raises(Invalid) as fault:
        refuse_unmatched([whole(), statement], ())
    assert fault.value.path == "statements[1].attachments[0]"
    refuse_unmatched([statement], {FILE["sha2"]})


def test_data_of_no_attachment_is_refused() -> None:
    with pytest.raises(Invalid, match="no attachment"):
        refuse_unmatched([whole()], {"00" * 32})


# Signatures: a key of two well-known primes signs for the tests, and protects nothing.
P, Q, EXPONENT = 2**521 - 1, 2**607 - 1, 65537
MODULUS = P * Q
SIZE = (MODULUS.bit_length() + 7) // 8


def web(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


def der(tag: int, *values: bytes) -> bytes:
    content = b"".join(values)
    size = bytes([len(content)]) if len(content) < 128 else b"\x82" + len(content).to_bytes(2)
    return bytes([tag]) + size + content


def number(value: int) -> bytes:
    return der(2, value.to_bytes(value.bit_length() // 8 + 1))


def certificate() -> str:
    key = der(0x30, number(MODULUS), number(EXPONENT))
    holder = der(0x30, der(0x30), der(3, b"\x00" + key))
    body = der(0x30, der(0xA0, number(2)), number(1), der(0x30), der(0x30), der(0x30), der(0x30), holder)
    return b64encode(der(0x30, body, der(0x30), der(3, b"\x00"))).decode()


def signature_of(payload: bytes, header: dict[str, Any]) -> bytes:
    signed = web(orjson.dumps(header)) + b"." + web(payload)
    algorithm = {"RS256": sha256, "RS512": sha512}.get(header["alg"], sha256)(signed)
    told = PREFIXES[algorithm.name] + algorithm.digest()
    padded = b"\x00\x01" + b"\xff" * (SIZE - len(told) - 3) + b"\x00" + told
    private = pow(EXPONENT, -1, (P - 1) * (Q - 1))
    return signed + b"." + web(pow(int.from_bytes(padded), private, MODULUS).to_bytes(SIZE))


def signed(data: bytes) -> tuple[dict[str, Any], dict[str, Attached]]:
    one = attached(data)
    mark = FILE | {"usageType": SIGNATURE, "contentType": "application/octet-stream", "sha2": one.sha2}
    return whole() | {"attachments": [FILE, mark]}, {one.sha2: one}


@pytest.mark.parametrize("header", [{"alg": "RS256"}, {"alg": "RS512", "x5c": [certificate()]}])
def test_a_well_formed_signature_is_accepted(header: dict[str, Any]) -> None:
    check_signatures(*signed(signature_of(orjson.dumps(whole()), header)), 0)


OTHER = whole() | {"result": {"success": False}}
GOOD = orjson.dumps(whole())
BAD_SIGNATURES = {
    "another algorithm": signature_of(GOOD, {"alg": "HS256"}),
    "no algorithm at all": signature_of(GOOD, {"alg": "none"}),
    "another statement": signature_of(orjson.dumps(OTHER), {"alg": "RS256"}),
    "no JSON": signature_of(GOOD.replace(b'"', b"'"), {"alg": "RS256"}),
    "no statement": signature_of(b"{}", {"alg": "RS256"}),
    "no certificate in x5c": signature_of(GOOD, {"alg": "RS256", "x5c": ["AAAA"]}),
    "an x5c that is none": signature_of(GOOD, {"alg": "RS256", "x5c": 7}),
    "a signature by another key": signature_of(GOOD, {"alg": "RS256", "x5c": [certificate()]})[:-8]
    + b"AAAAAAAA",
    "two parts": b"a.b",
    "nothing": b"",
}


@pytest.mark.parametrize("data", BAD_SIGNATURES.values(), ids=BAD_SIGNATURES.keys())
def test_a_signature_is_refused_with(data: bytes) -> None:
    with pytest.raises(Invalid) as fault:
        check_signatures(*signed(data), 3)
    assert fault.value.path.startswith("statements[3].attachments[1]")
