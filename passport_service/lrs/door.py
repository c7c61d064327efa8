"""The door of learning systems: who is there, which version they speak, and what every answer carries."""

import orjson
from flask import Response, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from passport_service.domain.errors import Refused
from passport_service.doors import answer_in_json, deployment, moment, translate_http
from passport_service.entrance import failed_too_often, refuse_plain, too_often
from passport_service.lrs.authorization import BEARER, answer_unknown, is_token, key_of
from passport_service.lrs.call import STREAMED, Call, read_call, with_body
from passport_service.services import refusals
from passport_service.services.keys import Key
from passport_service.xapi.errors import Invalid
from passport_service.xapi.scopes import Scope, allows
from passport_service.xapi.timestamps import format_assigned
from passport_service.xapi.versions import HEADER, Version, negotiate, understood

CONSISTENT = "X-Experience-API-Consistent-Through"
OPEN = ("lrs.about", "lrs.description", "lrs.token")
CONSISTENT_ANSWERS = ("lrs.statements",)
# What lets a browser's script read an answer, and keeps it out of everybody's store on the way.
ALWAYS = (
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Expose-Headers",
        f"Content-Type, ETag, Last-Modified, Retry-After, WWW-Authenticate, {CONSISTENT}, {HEADER}",
    ),
    ("Cache-Control", "no-store"),
)
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": (
        f"Authorization, Content-Type, Accept, Accept-Language, If-Match, If-None-Match, {HEADER}"
    ),
    "Access-Control-Max-Age": "86400",
}


def enter() -> Response | None:
    """Before every request: read the call, then check the version, then the key, and only then read what may be large.

    A browser's preflight needs neither version nor key.
    """
    refuse_plain()
    if request.method == "OPTIONS":
        return Response(status=204, headers=PREFLIGHT)
    refuse_encoded()
    g.call = read_call(request)
    if request.endpoint in OPEN:
        return None
    try:
        g.version = negotiate(g.call.headers.get(HEADER.lower()))
    except Invalid as fault:
        keep_unversioned(fault)
        raise
    if g.call.is_alternate and g.version is not Version.V1:
        raise Invalid("Communication 1.3", "belongs to xAPI 1.0.x only; send the request itself", "method")
    authorization = g.call.headers.get("authorization", "")
    key = key_of(authorization)
    if key is None:
        return (failed_too_often() if authorization else None) or answer_unknown(authorization)
    if (limited := too_often(key)) is not None:
        return limited
    g.key = key
    g.call = with_body(g.call, request)
    return None


def refuse_encoded() -> None:
    """A compressed body could be any size when opened; no sender of statements needs one."""
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.")
    # A server undoes the chunks alone, and a document would be kept as whatever they were cut from (RFC 9112 §6.1).
    if request.headers.get("Transfer-Encoding", "chunked").strip().lower() != "chunked":
        raise Refused("UNSUPPORTED", "Only the transfer coding `chunked` is understood.", "Transfer-Encoding")


def keep_refused(sender: Key, fault: Invalid | Refused, body: bytes, size: int | None) -> None:
    """Keeps a refused batch for whoever looks after its key; ``size`` where its body was not read."""
    here = deployment()
    refusals.refuse(
        here.store,
        key=sender,
        body=body,
        fault=fault,
        now=moment(),
        quota=here.settings.refused_quota,
        version=version(),
        size=size,
    )


def keep_unversioned(fault: Invalid) -> None:
    """Authoring tools from before xAPI 1.0 speak no version that is known here; what they send must be seen as well."""
    if request.endpoint != STREAMED or g.call.method not in ("POST", "PUT"):
        return
    sender = key_of(g.call.headers.get("authorization", ""))
    if sender is not None and too_often(sender) is None:
        keep_refused(sender, fault, g.call.body, (request.content_length or 0) if g.call.is_unread else None)


def answer_too_large(fault: RequestEntityTooLarge) -> ResponseReturnValue:
    """A batch that nobody read is refused too, and whoever looks after its key must be able to see that."""
    sender = key_of(request.headers.get("Authorization", ""))
    if sender is not None and request.endpoint == STREAMED:  # a document is nobody's batch
        words = Refused("TOO_LARGE", "was longer than this service takes, and was not read")
        keep_refused(sender, words, b"", request.content_length or deployment().settings.body_limit + 1)
    return translate_http(fault)


def leave(answer: Response) -> Response:
    """After every request, refused ones too: the version, and what lets a browser's script read the answer."""
    answer.headers[HEADER] = version()
    if request.endpoint in CONSISTENT_ANSWERS and "consistent" not in g and answer.status_code != 503:
        consistent_through()
    if "consistent" in g:
        answer.headers[CONSISTENT] = g.consistent
    if answer.status_code == 204:
        answer.headers.pop("Content-Type", None)  # nothing has no type
    if "call" in g and g.call.method == "HEAD" != request.method:
        answer.set_data(b"")  # a HEAD that came as a POST (Communication 1.3) is answered by no body either
    if "lacking" in g and is_token(g.call.headers.get("authorization", "")):
        answer.headers["WWW-Authenticate"] = (
            f'{BEARER}, error="insufficient_scope", scope="{" ".join(g.lacking)}"'
        )
    # They are not there yet, and looking for each first takes longer than all the rest.
    answer.headers.extend(ALWAYS)
    return answer


def call() -> Call:
    """What the current request asks."""
    found: Call = g.call
    return found


def key() -> Key:
    """Who asks."""
    found: Key = g.key
    return found


def need(*any_of: Scope) -> None:
    """Raises Refused NOT_ALLOWED, 403, unless who asks has one of these scopes or a wider one (Communication 4.2)."""
    held = key().scopes
    if not any(allows(held, one) for one in any_of):
        g.lacking = any_of
        raise Refused("NOT_ALLOWED", f"This key may not do that; it would need {' or '.join(any_of)}.")


def version() -> Version:
    """The version of the standard that the request speaks; while it has said none, the one that the settings name."""
    if "version" not in g:
        asked = understood(request.headers.get(HEADER))
        g.version = asked or Version(deployment().settings.xapi_version)
    found: Version = g.version
    return found


def answer_invalid(fault: Invalid) -> Response:
    """Validation errors are 400, and say where and by which rule: the doors' one shape, with the rule beside it."""
    answer = answer_in_json(
        400, "MALFORMED", f"{fault.path or 'The request'}: {fault.message}.", fault.path or None
    )
    shown = answer.get_json()
    shown["error"]["rule"] = version().cite(fault.rule)
    answer.set_data(orjson.dumps(shown))
    return answer


def consistent_through(*, is_read: bool = True) -> None:
    """Notes, for the answer's header, the moment before which nothing can turn up any more; to be done before reading.

    Whoever writes is told one that may be a second older.
    """
    here = deployment()
    ask = here.store.consistent_through if is_read else here.store.consistent_recently
    g.consistent = format_assigned(ask(here.clock()))
