"""What is answered to a request that the server could not read: the doors' one shape, with what was wrong and which limit.

gunicorn refuses these before the application sees them; ``web_worker`` asks here what to say. Nothing that was sent is said
again but the names of well-known headers: a header that cannot be read may hold a secret anywhere.
"""

import logging
import secrets
from email.utils import formatdate
from http import HTTPStatus
from traceback import walk_tb
from typing import Any

import orjson
from gunicorn.http.errors import (
    ConfigurationProblem,
    ExpectationFailed,
    InvalidHeader,
    InvalidHeaderName,
    InvalidHTTPVersion,
    InvalidRequestLine,
    InvalidRequestMethod,
    InvalidSchemeHeaders,
    LimitRequestHeaders,
    LimitRequestLine,
    ObsoleteFolding,
    UnsupportedTransferCoding,
)
from gunicorn.http.message import Request

from passport_service.doors import CODES, Deployment, door_at, error_of
from passport_service.lrs.door import ALWAYS
from passport_service.xapi.versions import HEADER, understood

Words = tuple[str, str | None]  # a sentence, and the header at fault

SAID: dict[type[BaseException], Words] = {
    InvalidRequestLine: (
        "The first line is none of HTTP: a method, an address and the version, such as `GET /xapi/about HTTP/1.1`, then "
        "CR LF. An address is in ASCII; other characters are sent as %XX.",
        None,
    ),
    InvalidRequestMethod: ("The method is none of HTTP; methods are words in capitals, such as GET.", None),
    InvalidHTTPVersion: ("The version of HTTP is not spoken here; HTTP/1.1 and HTTP/1.0 are.", None),
    InvalidHeaderName: ("The name of a header has characters that such names cannot have.", None),
    ObsoleteFolding: ("A header goes on in the next line; send each in one line.", None),
    InvalidSchemeHeaders: (
        "The headers about HTTPS, such as X-Forwarded-Proto, contradict each other.",
        None,
    ),
    ExpectationFailed: ("Only the expectation `100-continue` is understood.", "Expect"),
    UnsupportedTransferCoding: ("Only the transfer coding `chunked` is understood.", "Transfer-Encoding"),
    ConfigurationProblem: ("The address does not begin with what the proxy sent as SCRIPT_NAME.", None),
}
NOT_READ = ("The request could not be read.", None)
NO_HEADER = "A header could not be read: each is a line `Name: value`, ended by CR LF, with no control character such as NUL."
# For these gunicorn hands on the request, unless it is a mere character in them that is wrong.
MISUSED = {
    "Host": "Host may be sent only once.",
    "Content-Type": "Content-Type may be sent only once.",
    "Content-Length": "Content-Length must be one whole number, and cannot stand beside Transfer-Encoding.",
    "Transfer-Encoding": "Transfer-Encoding must be `chunked` alone, and in HTTP/1.1.",
}
WELL_KNOWN = {
    name.upper(): name
    for name in (*MISUSED, HEADER, "Authorization", "Cookie", "If-Match", "If-None-Match", "User-Agent")
}

log = logging.getLogger(__name__)


def answer_unread(here: Deployment, status: int, fault: BaseException, request: Request | None) -> bytes:
    """A whole answer, ready to be sent, after which the connection is closed (RFC 9112 §9.6).

    ``status`` is gunicorn's, ``request`` its request, None when it could not be read to the end of its headers. A
    failure of the application is logged under a reference, which is all that the other side is told.
    """
    request = request or read_so_far(fault)
    words = words_for(fault, request)
    if words is None:
        words = NOT_READ if status < 500 else (_failed(request), None)
    body = orjson.dumps({"error": error_of(CODES.get(status, "FAILED"), *words)})
    headers = (
        ("Date", formatdate(usegmt=True)),
        ("Connection", "close"),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        *_headers_at(here, request),
    )
    lines = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        *(f"{name}: {value}" for name, value in headers),
    )
    head = "\r\n".join((*lines, "", "")).encode("ascii")
    return head if request is not None and request.method == "HEAD" else head + body


def read_so_far(fault: BaseException) -> Request | None:
    """The request that was being read when this was raised, with what was known of it by then: gunicorn gives it to
    nobody, but the frames of the fault still have it."""
    for frame, _ in walk_tb(fault.__traceback__):
        if isinstance(found := frame.f_locals.get("self"), Request):
            return found
    return None


def words_for(fault: Any, request: Request | None) -> Words | None:
    """What was wrong, and the header at fault where it is known to be one; None for what has no words here."""
    if type(fault) is InvalidHeader:  # not what the application sent, which is a kind of it
        name = WELL_KNOWN.get(fault.hdr)
        return (MISUSED.get(name or "") if fault.req is not None else None) or NO_HEADER, name
    if request is not None and isinstance(fault, LimitRequestLine):
        return f"The first line, with the address, is longer than {request.limit_request_line} bytes.", None
    if request is not None and isinstance(fault, LimitRequestHeaders):
        return _headers_beyond(fault.msg, request), None
    return SAID.get(type(fault))


def _headers_beyond(limit: str, request: Request) -> str:
    most, longest = request.limit_request_fields, request.limit_request_field_size
    return {
        "limit request headers fields": f"There are more than {most} headers.",
        "limit request headers fields size": f"The line of a header is longer than {longest} bytes.",
        "max buffer headers": f"All headers together are longer than {request.max_buffer_headers} bytes.",
    }.get(limit, f"There are more than {most} headers, or one is longer than {longest} bytes.")


def _failed(request: Request | None) -> str:
    reference = secrets.token_hex(4).upper()
    log.error("failure %s at %s, logged by the server", reference, request and request.path)
    return f"The service failed. Reference {reference}."


def _headers_at(here: Deployment, request: Request | None) -> tuple[tuple[str, str], ...]:
    """What the other answers of the same address carry. One that could not be read may have been of the learning
    systems' door, where every answer names a version (Communication 3.3); elsewhere nobody looks for it."""
    path = request.path if request is not None else None
    if path and door_at(path) != "lrs":
        return (("Cache-Control", "no-store"), *here.machine_headers)
    asked = dict(request.headers).get(HEADER.upper()) if request is not None else None
    version = understood(asked) or here.settings.xapi_version
    return ((HEADER, str(version)), *ALWAYS, *here.machine_headers)
