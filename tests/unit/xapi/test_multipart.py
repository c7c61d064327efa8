"""Attachments in and out (Communication 1.5.2), and signatures among them (Data 2.6)."""

from base64 import b64encode, urlsafe_b64encode
from hashlib import sha224, sha256, sha384, sha512
from io import BytesIO
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passport_service.xapi.attachments import refuse_unmatched
from passport_service.xapi.certificates import PREFIXES
from passport_service.xapi.errors import Invalid
from passport_service.xapi.multipart import PIECE, Attached, headers_of, refuse_no_statements, stage
from passport_service.xapi.parts import Parts
from passport_service.xapi.signature import LONGEST, SIGNATURE, check_signatures
from passport_service.xapi.versions import Version
from tests.parts import attached, enclosed, multipart
from tests.unit.xapi.test_parts import cut
from tests.unit.xapi.test_statement import FILE, whole

HASH = sha256(b"data").hexdigest()
FILED = {"content-type": "text/plain", "content-transfer-encoding": "binary", "x-experience-api-hash": HASH}


def test_a_part_is_written_to_a_file_and_known_by_its_hash() -> None:
    file = BytesIO()
    first = stage(FILED, [b"da", b"ta"], file)
    second = stage(FILED | {"x-experience-api-hash": sha512(b"more").hexdigest().upper()}, [b"more"], file)
    assert (first.sha2, first.content(), second.content()) == (HASH, b"data", b"more")
    assert file.getvalue() == b"datamore"


def test_the_hash_of_nothing_is_a_hash() -> None:
    one = stage({"x-experience-api-hash": sha224(b"").hexdigest()}, [], BytesIO())
    assert (one.size, list(one.pieces())) == (0, [])


@pytest.mark.parametrize(
    "headers",
    [
        {"x-experience-api-hash": ""},
        {"x-experience-api-hash": sha256(b"date").hexdigest()},
        {"x-experience-api-hash": HASH[1:]},
        {"x-experience-api-hash": "g" * 64},
        {"content-transfer-encoding": "base64"},
    ],
)
def test_a_part_is_refused_by_its_headers(headers: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        stage(FILED | headers, [b"data"], BytesIO())


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/json", "content-transfer-encoding": "base64"},
    ],
)
def test_the_first_part_is_json_as_it_is(headers: dict[str, str]) -> None:
    refuse_no_statements({"content-type": "application/json; charset=utf-8"})
    with pytest.raises(Invalid):
        refuse_no_statements(headers)


def test_large_data_is_read_in_pieces() -> None:
    content = bytes(range(256)) * 2500
    assert [len(piece) for piece in attached(content).pieces()] == [PIECE, PIECE, 640_000 - 2 * PIECE]
    assert attached(content).content() == content


@given(st.binary(max_size=300), st.lists(st.binary(max_size=100), max_size=4, unique=True), st.data())
def test_what_is_written_is_read_again(first: bytes, contents: list[bytes], data: st.DataObject) -> None:
    content_type, body = multipart(first, contents)
    places = data.draw(st.lists(st.integers(0, len(body)), max_size=5))
    file = BytesIO()
    parts = iter(Parts(content_type, cut(body, places)))
    _, content = next(parts)
    assert b"".join(content) == first
    assert [stage(*part, file).content() for part in parts] == contents


@pytest.mark.parametrize("kind", ["", "text/plain\r\nSet-Cookie: x", "text/zoë", "a" * 300])
def test_a_type_that_cannot_stand_in_a_header_is_not_written(kind: str) -> None:
    """The type is a statement's word, and a statement may say anything (Data 2.4.11)."""
    assert headers_of(enclosed(b"x", kind)).startswith("Content-Type: application/octet-stream\r\nContent-T")


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
    algorithm = {"RS256": sha256, "RS384": sha384, "RS512": sha512}.get(str(header["alg"]), sha256)(signed)
    told = PREFIXES[algorithm.name] + algorithm.digest()
    padded = b"\x00\x01" + b"\xff" * (SIZE - len(told) - 3) + b"\x00" + told
    private = pow(EXPONENT, -1, (P - 1) * (Q - 1))
    return signed + b"." + web(pow(int.from_bytes(padded), private, MODULUS).to_bytes(SIZE))


def signed(data: bytes) -> tuple[dict[str, Any], dict[str, Attached]]:
    one = attached(data)
    mark = FILE | {"usageType": SIGNATURE, "contentType": "application/octet-stream", "sha2": one.sha2}
    return whole() | {"attachments": [FILE, mark]}, {one.sha2: one}


@pytest.mark.parametrize(
    "header",
    [{"alg": "RS256"}, {"alg": "RS384", "x5c": [certificate()]}, {"alg": "RS512", "x5c": [certificate()]}],
)
def test_a_well_formed_signature_is_accepted(header: dict[str, Any]) -> None:
    check_signatures(*signed(signature_of(orjson.dumps(whole()), header)), 0)


def test_a_duration_in_a_signature_counts_to_the_hundredth_of_a_second() -> None:
    """Data 2.6 compares as Data 2.3.1 does; xAPI 2.0 4.2.7: nothing finer is compared."""
    statement, received = signed(signature_of(orjson.dumps(whole()), {"alg": "RS256"}))
    statement["result"] = whole()["result"] | {"duration": "PT1H30M0.1234S"}
    with pytest.raises(Invalid):
        check_signatures(statement, received, 0)
    finer = whole() | {"result": {"duration": "PT0.12S"}}
    statement, received = signed(signature_of(orjson.dumps(finer), {"alg": "RS256"}))
    statement["result"] = {"duration": "PT0.1299S"}
    check_signatures(statement, received, 0)


def test_a_signature_is_read_by_the_version_spoken() -> None:
    """xAPI 2.0 4.2.2.5: a signed statement may name agents of its context."""
    context = {"contextAgents": [{"objectType": "contextAgent", "agent": whole()["actor"]}]}
    statement, received = signed(signature_of(orjson.dumps(whole() | {"context": context}), {"alg": "RS256"}))
    statement["context"] = context
    check_signatures(statement, received, 0, Version.V2)
    with pytest.raises(Invalid):
        check_signatures(statement, received, 0, Version.V1)


@pytest.mark.parametrize("missing", ["id", "timestamp"])
def test_a_signature_need_not_cover_what_a_store_assigns(missing: str) -> None:
    """Data 2.6 compares as Data 2.3.1 does: ids and timestamps that the signer left out may have been assigned since."""
    bare = {name: value for name, value in whole().items() if name != missing}
    assert missing in whole()
    check_signatures(*signed(signature_of(orjson.dumps(bare), {"alg": "RS256"})), 0)


OTHER = whole() | {"result": {"success": False}}
GOOD = orjson.dumps(whole())
BAD_SIGNATURES = {
    "another algorithm": signature_of(GOOD, {"alg": "HS256"}),
    "no algorithm at all": signature_of(GOOD, {"alg": "none"}),
    "an algorithm that is no word": signature_of(GOOD, {"alg": ["RS256"]}),
    "an object for an algorithm": signature_of(GOOD, {"alg": {}}),
    "the id of another statement": signature_of(
        orjson.dumps(whole() | {"id": str(UUID(int=7))}), {"alg": "RS256"}
    ),
    "another moment": signature_of(
        orjson.dumps(whole() | {"timestamp": "2026-03-02T09:00:00Z"}), {"alg": "RS256"}
    ),
    "another statement": signature_of(orjson.dumps(OTHER), {"alg": "RS256"}),
    "no JSON": signature_of(GOOD.replace(b'"', b"'"), {"alg": "RS256"}),
    "no statement": signature_of(b"{}", {"alg": "RS256"}),
    "no certificate in x5c": signature_of(GOOD, {"alg": "RS256", "x5c": ["AAAA"]}),
    "an x5c that is none": signature_of(GOOD, {"alg": "RS256", "x5c": 7}),
    "a signature by another key": signature_of(GOOD, {"alg": "RS256", "x5c": [certificate()]})[:-8]
    + b"AAAAAAAA",
    "two parts": b"a.b",
    "no third part": signature_of(GOOD, {"alg": "RS256"}).rpartition(b".")[0] + b".",
    "more than base64url": b"!" + signature_of(GOOD, {"alg": "RS256"}),
    "nothing": b"",
}


@pytest.mark.parametrize("data", BAD_SIGNATURES.values(), ids=BAD_SIGNATURES.keys())
def test_a_signature_is_refused_with(data: bytes) -> None:
    with pytest.raises(Invalid) as fault:
        check_signatures(*signed(data), 3)
    assert fault.value.path.startswith("statements[3].attachments[1]")


def test_a_signature_that_is_no_signature_is_not_read() -> None:
    with pytest.raises(Invalid, match="longer than"):
        check_signatures(*signed(b"a" * (LONGEST + 1)), 0)
