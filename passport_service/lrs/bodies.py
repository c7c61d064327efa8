"""Bodies of several parts, from the socket to a file on disk: never wholly in memory, and no transaction waits for them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from passport_service.domain.errors import Refused
from passport_service.entrance import reading
from passport_service.xapi.errors import Invalid
from passport_service.xapi.multipart import Attached, refuse_no_statements, stage
from passport_service.xapi.parts import RULE, Parts

AT_ONCE = 65_536  # bytes asked of the socket


@dataclass(slots=True)
class Brought:
    """What a request brought so far. ``size`` is that of the request while its statements are not there to be counted."""

    statements: bytes
    attached: dict[str, Attached] = field(default_factory=dict)
    size: int | None = None


def receive(brought: Brought, content_type: str, pieces: Iterable[bytes], file: IO[bytes], most: int) -> None:
    """Takes in a ``multipart/mixed`` body: its first part, of at most ``most`` bytes, and the others into a file.

    Data that is sent twice is kept once. Raises Invalid and Refused, with what came before already in ``brought``.
    """
    parts = iter(Parts(content_type, pieces))
    headers, content = next(parts, (None, ()))
    if headers is None:
        raise Invalid(RULE, "holds no part")
    refuse_no_statements(headers)
    brought.statements, brought.size = whole(content, most), None
    for headers, content in parts:
        start = file.tell()
        one = stage(headers, content, file)
        if one.sha2 in brought.attached:
            file.seek(start)
        brought.attached.setdefault(one.sha2, one)


def whole(pieces: Iterable[bytes], most: int) -> bytes:
    """All of a part that is to be read as one. Raises Refused TOO_LARGE."""
    found = bytearray()
    for piece in pieces:
        found += piece
        if len(found) > most:
            raise Refused("TOO_LARGE", f"The part with the statements is longer than {most} bytes.")
    return bytes(found)


def piece_of(request: Request) -> bytes:
    with reading():
        return request.stream.read(AT_ONCE)


def pieces_of(request: Request, most: int) -> Iterator[bytes]:
    """The body of a request as it comes in. Raises Refused TOO_LARGE past ``most`` bytes, with the rest left unread,
    and Invalid when it breaks off."""
    too_large = Refused("TOO_LARGE", f"A request with attachments takes at most {most} bytes.")
    length, got = request.content_length, 0
    if length is not None and length > most:
        raise too_large
    request.max_content_length = most + 1  # one more, as the reader of a body stops when it has so many
    try:
        while piece := piece_of(request):
            got += len(piece)
            yield piece
    except RequestEntityTooLarge:
        raise too_large from None
    if length is not None and got < length:
        raise Invalid(RULE, f"broke off after {got} of {length} bytes")
