"""Statements with attachments as one body of several parts (Communication 1.5.2, RFC 2046), in and out."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha224, sha256, sha384, sha512

from passport_service.xapi.errors import Invalid

RULE = "Communication 1.5.2"
HASH = "x-experience-api-hash"
ENCODING = "content-transfer-encoding"
BOUNDARY = re.compile(r';\s*boundary=(?:"([^"\x00-\x1f]{1,70})"|([^\s;,"\x00-\x1f]{1,70}))', re.IGNORECASE)
ALGORITHMS = {56: sha224, 64: sha256, 96: sha384, 128: sha512}
MOST_PARTS = 1_000


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a body; names of headers are in lower case."""

    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class Attached:
    """The data of an attachment, known by the SHA-2 of its content (lower case)."""

    sha2: str
    content_type: str
    content: bytes


def read_multipart(content_type: str, body: bytes) -> tuple[bytes, list[Attached]]:
    """The statements' part and the attachments of a ``multipart/mixed`` body. Raises Invalid."""
    parts = split_parts(content_type, body)
    first = parts[0]
    if media_type(first) != "application/json":
        raise Invalid(RULE, "must be application/json in the first part", "Content-Type")
    attached: dict[str, Attached] = {}
    for part in parts[1:]:
        one = attached_of(part)
        attached[one.sha2] = one
    return first.content, list(attached.values())


def split_parts(content_type: str, body: bytes) -> list[Part]:
    """The parts between the boundaries that the content type names."""
    found = BOUNDARY.search(content_type)
    if found is None:
        raise Invalid(RULE, "must name a boundary", "Content-Type")
    mark = b"\r\n--" + (found[1] or found[2]).encode("latin-1", "replace")
    pieces = (b"\r\n" + body).split(mark, MOST_PARTS + 2)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise Invalid(RULE, "does not hold parts between its boundaries, up to the closing one")
    if len(pieces) > MOST_PARTS + 2 - 1:
        raise Invalid(RULE, f"holds more than {MOST_PARTS} parts")
    return [read_part(piece) for piece in pieces[1:-1]]


def read_part(piece: bytes) -> Part:
    """A part from the end of its boundary line on: headers, an empty line, content."""
    rest = piece.lstrip(b" \t")
    if not rest.startswith(b"\r\n"):
        raise Invalid(RULE, "has a boundary that does not end its line")
    head, gap, content = rest.partition(b"\r\n\r\n")
    if not gap:
        raise Invalid(RULE, "has a part without an empty line after its headers")
    headers = {}
    for line in head.decode("latin-1").split("\r\n")[1:]:
        name, colon, value = line.partition(":")
        if not colon:
            raise Invalid(RULE, "has a part with a header that is none")
        headers[name.strip().lower()] = value.strip()
    return Part(headers, content)


def attached_of(part: Part) -> Attached:
    """The attachment of a part; its hash header must be there and be that of its content."""
    declared = part.headers.get(HASH, "").lower()
    if not declared:
        raise Invalid(RULE, "is missing in a part after the first", "X-Experience-API-Hash")
    if part.headers.get(ENCODING, "binary").lower() != "binary":
        raise Invalid(RULE, "must be binary", "Content-Transfer-Encoding")
    algorithm = ALGORITHMS.get(len(declared))
    if algorithm is None or algorithm(part.content).hexdigest() != declared:
        raise Invalid(RULE, "is not the SHA-2 of its part", "X-Experience-API-Hash")
    return Attached(declared, media_type(part) or "application/octet-stream", part.content)


def media_type(part: Part) -> str:
    return part.headers.get("content-type", "").partition(";")[0].strip().lower()


def write_multipart(statements: bytes, attached: Iterable[Attached]) -> tuple[str, bytes]:
    """The content type and the body that hold statements and their attachments."""
    found = list(attached)
    boundary = boundary_for([statements, *(one.content for one in found)])
    edge = b"--" + boundary.encode() + b"\r\n"
    pieces = [edge, b"Content-Type: application/json\r\n\r\n", statements, b"\r\n"]
    for one in found:
        head = (
            f"Content-Type: {one.content_type}\r\nContent-Transfer-Encoding: binary\r\n"
            f"X-Experience-API-Hash: {one.sha2}\r\n\r\n"
        )
        pieces += [edge, head.encode("latin-1", "replace"), one.content, b"\r\n"]
    pieces.append(b"--" + boundary.encode() + b"--\r\n")
    return f'multipart/mixed; boundary="{boundary}"', b"".join(pieces)


def boundary_for(contents: list[bytes]) -> str:
    """A boundary that does not occur in what it separates: made from it, so that the same answer has the same one."""
    digest = sha256(b"".join(sha256(content).digest() for content in contents))
    while any(digest.hexdigest().encode() in content for content in contents):
        digest.update(b"again")
    return digest.hexdigest()
