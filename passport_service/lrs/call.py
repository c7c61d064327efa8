"""One request in either of the standard's two syntaxes: method, parameters, headers and body (Communication 1.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from flask import Request

from passport_service.xapi.errors import Invalid

RULE = "Communication 1.3"
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
    """What is asked. Names of headers are in lower case; ``body`` is whole, and as it was sent."""

    method: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """The media type, in lower case and without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def read_call(request: Request) -> Call:
    """The call that a request makes. Raises Invalid when it is neither of the two syntaxes, or names a thing twice."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    given = once(request.args.items(multi=True))
    if request.method == "POST" and "method" in given:
        return alternate(given, headers, request.get_data(cache=False))
    return Call(request.method, given, headers, request.get_data(cache=False))


def alternate(given: Mapping[str, str], headers: dict[str, str], form: bytes) -> Call:
    """The syntax for senders that can only POST: everything else is in a form."""
    method = given["method"]
    if method not in METHODS:
        raise Invalid(RULE, "must be GET, HEAD, PUT, POST or DELETE", "method")
    if len(given) > 1:
        raise Invalid(
            RULE, "must be the only parameter in the address; the others belong in the form", "method"
        )
    fields = once(read_form(form))
    content = fields.pop("content", "")
    moved = {name.lower(): value for name, value in fields.items() if name.lower() in HEADERS}
    parameters = {name: value for name, value in fields.items() if name.lower() not in HEADERS}
    own = {name: value for name, value in headers.items() if name not in ("content-type", "content-length")}
    return Call(method, parameters, {"content-type": "application/json"} | own | moved, content.encode())


def read_form(form: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(form.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except (ValueError, UnicodeError):
        raise Invalid(RULE, "is not a form in UTF-8") from None


def once(pairs: object) -> dict[str, str]:
    """Names and values as a mapping; a name given twice has no one meaning and is refused."""
    found: dict[str, str] = {}
    for name, value in pairs:  # type: ignore[attr-defined]
        if name in found:
            raise Invalid("Communication 3.2", "is given twice", name)
        found[name] = value
    return found
