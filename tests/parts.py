"""Bodies of several parts for tests: made in memory, and read back by a reader that is not the service's own."""

from collections.abc import Iterable
from hashlib import sha256
from io import BytesIO

from passport_service.xapi.multipart import Attached, Enclosed, write_multipart

BOUNDARY = "the edge of the part"
TYPE = f'multipart/mixed; boundary="{BOUNDARY}"'


def attached(content: bytes) -> Attached:
    """The data of an attachment as the service holds it."""
    return Attached(sha256(content).hexdigest(), len(content), BytesIO(content))


def enclosed(content: bytes, content_type: str = "text/plain") -> Enclosed:
    return Enclosed(sha256(content).hexdigest(), content_type, len(content), lambda: iter([content]))


def multipart(statements: bytes, contents: Iterable[bytes] = ()) -> tuple[str, bytes]:
    """The content type and the body of a request with attachments."""
    content_type, size, pieces = write_multipart(statements, [enclosed(one) for one in contents], BOUNDARY)
    body = b"".join(pieces)
    assert len(body) == size
    return content_type, body


def read_whole(boundary: str, body: bytes) -> list[tuple[dict[str, str], bytes]]:
    """The parts of a body that is wholly there, by the simplest means."""
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    assert pieces[-1].startswith(b"--")
    found = []
    for piece in pieces[1:-1]:
        head, _, content = piece.partition(b"\r\n\r\n")
        lines = [line.partition(":") for line in head.decode().split("\r\n")[1:]]
        found.append(({name.lower(): value.strip() for name, _, value in lines}, content))
    return found
