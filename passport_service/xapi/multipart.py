"""Statements with attachments as one body of several parts (Communication 1.5.2), in and out, piece by piece."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha224, sha256, sha384, sha512
from typing import IO

from passport_service.xapi.errors import Invalid
from passport_service.xapi.parts import RULE, Headers

JSON = "application/json"
HASH = "x-experience-api-hash"
ENCODING = "content-transfer-encoding"
AS_IT_IS = ("binary", "8bit", "7bit")
ALGORITHMS = {56: sha224, 64: sha256, 96: sha384, 128: sha512}
PIECE = 262_144  # bytes
UNKNOWN_TYPE = "application/octet-stream"
PRINTABLE = re.compile(r"[\x20-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Attached:
    """The data of an attachment, known by the SHA-2 of its content (lower case), as a stretch of a file."""

    sha2: str
    size: int
    file: IO[bytes]
    start: int = 0

    def pieces(self) -> Iterator[bytes]:
        """The content in pieces of 256 kB, the last one shorter; none when it is empty."""
        for place in range(self.start, self.start + self.size, PIECE):
            self.file.seek(place)
            yield self.file.read(min(PIECE, self.start + self.size - place))

    def content(self) -> bytes:
        """All of it: for what is known to be small."""
        return b"".join(self.pieces())


@dataclass(frozen=True, slots=True)
class Enclosed:
    """An attachment that goes out: ``content_type`` is the statement's word for it, ``pieces`` reads its ``size`` bytes."""

    sha2: str
    content_type: str
    size: int
    pieces: Callable[[], Iterable[bytes]]


def refuse_no_statements(headers: Headers) -> None:
    """The first part holds the statements."""
    if media_type(headers) != JSON:
        raise Invalid(RULE, f"must be {JSON} in the first part", "Content-Type")
    if headers.get(ENCODING, "binary").lower() not in AS_IT_IS:
        raise Invalid(RULE, "must be binary", "Content-Transfer-Encoding")


def stage(headers: Headers, content: Iterable[bytes], file: IO[bytes]) -> Attached:
    """Writes the content of a later part to the end of a file. Its hash header must be there and be that of it."""
    declared = headers.get(HASH, "").lower()
    if not declared:
        raise Invalid(RULE, "is missing in a part after the first", "X-Experience-API-Hash")
    if headers.get(ENCODING, "binary").lower() != "binary":
        raise Invalid(RULE, "must be binary", "Content-Transfer-Encoding")
    if len(declared) not in ALGORITHMS:
        raise Invalid(RULE, "is no SHA-2 in hexadecimal digits", "X-Experience-API-Hash")
    found = ALGORITHMS[len(declared)]()
    start = file.tell()
    for piece in content:
        found.update(piece)
        file.write(piece)
    if found.hexdigest() != declared:
        raise Invalid(RULE, "is not the SHA-2 of its part", "X-Experience-API-Hash")
    return Attached(declared, file.tell() - start, file, start)


def media_type(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def write_multipart(
    statements: bytes, enclosed: Sequence[Enclosed], boundary: str
) -> tuple[str, int, Iterator[bytes]]:
    """The content type, the length and, piece by piece, the body that holds statements and their attachments.

    ``boundary``: so long and so random that it stands nowhere in them, as they are not read before.
    """
    edge = f"--{boundary}\r\n"
    first = f"{edge}Content-Type: {JSON}\r\n\r\n".encode() + statements
    heads = [f"\r\n{edge}{headers_of(one)}\r\n".encode() for one in enclosed]
    last = f"\r\n--{boundary}--\r\n".encode()
    size = len(first) + sum(map(len, heads)) + sum(one.size for one in enclosed) + len(last)

    def body() -> Iterator[bytes]:
        yield first
        for head, one in zip(heads, enclosed, strict=True):
            yield head
            yield from one.pieces()
        yield last

    return f'multipart/mixed; boundary="{boundary}"', size, body()


def headers_of(one: Enclosed) -> str:
    kind = one.content_type if PRINTABLE.fullmatch(one.content_type) else UNKNOWN_TYPE
    return (
        f"Content-Type: {kind}\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: {one.sha2}\r\n"
    )
