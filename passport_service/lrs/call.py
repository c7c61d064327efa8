"""One request in either of the standard's two syntaxes: method, parameters, headers and body (Communication 1.3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import cast
from urllib.parse import parse_qsl

from flask import Request

from passport_service.entrance import whole_body
from passport_service.xapi.errors import Invalid

RULE = "Communication 1.3"
MOST_FIELDS = 100
MULTIPART = "multipart/mixed"
LARGE = 1_048_576  # bytes
STREAMED = "lrs.statements"
METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")
# Form fields that stand for headers; every other one but the content stands for a parameter.
HEADERS = (
    "authorization",
    "x-experience-api-version",
    "content-type",
    "content-length",
    "if-match",
    "if-none-match",
)


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked. Headers are asked for by names in lower case; ``body`` is whole, and as it was sent.

    ``is_unread``: it is still to be read from the socket, as it may be large.
    """

    method: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    is_alternate: bool = False
    is_unread: bool = False

    @property
    def content_type(self) -> str:
        """The media type, in lower case and without its parameters."""
        return media_type(self.headers)


def read_call(request: Request) -> Call:
    """The call that a request makes. Raises Invalid when it is neither of the two syntaxes, or names a thing twice."""
    given = once(read_pairs(request.query_string)) if request.query_string else {}
    if request.method == "POST" and "method" in given:
        copied = {name.lower(): value for name, value in request.headers.items()}
        return alternate(given, copied, whole_body(request))
    # Looked up where they are, and not copied: names of headers are found in any case.
    headers = cast(Mapping[str, str], request.headers)
    if is_streamed(request) or is_large(request):
        return Call(request.method, given, headers, b"", is_unread=True)
    return Call(request.method, given, headers, whole_body(request))


def with_body(call: Call, request: Request) -> Call:
    """The call with its body, once it is known who sends it. What has attachments stays at the socket, to be streamed."""
    if not call.is_unread or is_streamed(request):
        return call
    return replace(call, body=whole_body(request), is_unread=False)


def is_streamed(request: Request) -> bool:
    return request.endpoint == STREAMED and media_type(cast(Mapping[str, str], request.headers)) == MULTIPART


def is_large(request: Request) -> bool:
    """Whether the body is not read for just anybody. A smaller one is, so that a sender without a key is told, and not
    cut off in the midst of it."""
    length = request.content_length
    return "Transfer-Encoding" in request.headers if length is None else length > LARGE


def media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def alternate(given: Mapping[str, str], headers: dict[str, str], form: bytes) -> Call:
    """The syntax for senders that can only POST: everything else is in a form."""
    method = given["method"]
    if method not in METHODS:
        raise Invalid(RULE, "must be GET, HEAD, PUT, POST or DELETE", "method")
    if len(given) > 1:
        raise Invalid(
            RULE, "must be the only parameter in the address; the others belong in the form", "method"
        )
    fields = once(read_pairs(form))
    content = fields.pop("content", "")
    moved = {name.lower(): value for name, value in fields.items() if name.lower() in HEADERS}
    parameters = {name: value for name, value in fields.items() if name.lower() not in HEADERS}
    own = {name: value for name, value in headers.items() if name not in ("content-type", "content-length")}
    meant = {"content-type": "application/json"} | own | moved
    return Call(method, parameters, meant, content.encode(), is_alternate=True)


def read_pairs(text: bytes) -> list[tuple[str, str]]:
    """Names and values of a query string or a form, in UTF-8 (Communication 1.4). Raises Invalid for anything else."""
    try:
        pairs = parse_qsl(
            text.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=MOST_FIELDS
        )
        return [(utf_8(name), utf_8(value)) for name, value in pairs]
    except ValueError:
        raise Invalid(
            "Communication 1.4", "must be names and values in UTF-8, of which there are not too many"
        ) from None


def utf_8(text: str) -> str:
    return text.encode("latin-1").decode()


def once(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Names and values as a mapping; a name given twice has no one meaning and is refused."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise Invalid("Communication 3.2", "is given twice", name)
        found[name] = value
    return found
