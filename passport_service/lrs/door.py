"""The door of learning systems: who is there, which version they speak, and what every answer carries."""

from base64 import b64decode
from binascii import Error as NotBase64

import orjson
from flask import Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from passport_service.domain.errors import Refused
from passport_service.doors import answer_in_json, deployment, moment
from passport_service.lrs.call import Call, read_call
from passport_service.services import keys, refusals
from passport_service.services.keys import Key
from passport_service.xapi.errors import Invalid
from passport_service.xapi.timestamps import format_timestamp
from passport_service.xapi.versions import HEADER, LATEST, negotiate

CONSISTENT = "X-Experience-API-Consistent-Through"
OPEN = ("lrs.about",)
CONSISTENT_ANSWERS = ("lrs.statements",)
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": f"Content-Type, ETag, Last-Modified, {CONSISTENT}, {HEADER}",
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": (
        f"Authorization, Content-Type, Accept, Accept-Language, If-Match, If-None-Match, {HEADER}"
    ),
    "Access-Control-Max-Age": "86400",
}


def enter() -> Response | None:
    """Before every request: read the call, then check the version, then the key; a browser's preflight needs neither."""
    if request.method == "OPTIONS":
        return Response(status=204, headers=PREFLIGHT)
    refuse_encoded()
    try:
        g.call = read_call(request)
    except RequestEntityTooLarge:
        note_too_large()
        raise
    if request.endpoint in OPEN:
        return None
    negotiate(g.call.headers.get(HEADER.lower()))
    key = key_of(g.call.headers.get("authorization", ""))
    if key is None:
        return answer_in_json(
            401,
            "NOT_SIGNED_IN",
            "A key's id and secret are needed, by HTTP Basic authentication.",
            headers={"WWW-Authenticate": 'Basic realm="xAPI", charset="UTF-8"'},
        )
    g.key = key
    return None


def refuse_encoded() -> None:
    """A compressed body could be any size when opened; no sender of statements needs one."""
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.")


def note_too_large() -> None:
    """A batch that nobody read is refused too, and whoever looks after its key must be able to see that."""
    sender = key_of(request.headers.get("Authorization", ""))
    if sender is not None:
        here = deployment()
        refusals.refuse(
            here.store,
            key=sender,
            body=b"",
            fault=Refused("TOO_LARGE", "was longer than this service takes, and was not read"),
            now=moment(),
            quota=here.settings.refused_quota,
            size=request.content_length or 0,
        )


def key_of(authorization: str) -> Key | None:
    """The key whose credentials a header carries (Communication 4.0); None for none, wrong or ended ones."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        key_id, colon, secret = b64decode(credentials.strip(), validate=True).decode().partition(":")
    except (NotBase64, ValueError):
        return None
    if not colon:
        return None
    here = deployment()
    pepper = here.settings.secret_key.get_secret_value()
    return keys.authenticate(here.store, key_id, secret, purpose="xapi", pepper=pepper, now=moment())


def leave(answer: Response) -> Response:
    """After every request, refused ones too: the version, and what lets a browser's script read the answer."""
    answer.headers[HEADER] = LATEST
    if request.endpoint in CONSISTENT_ANSWERS and "consistent" not in g:
        consistent_through()
    if "consistent" in g:
        answer.headers[CONSISTENT] = g.consistent
    answer.headers.update(CORS)
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def call() -> Call:
    """What the current request asks."""
    found: Call = g.call
    return found


def key() -> Key:
    """Who asks."""
    found: Key = g.key
    return found


def answer_invalid(fault: Invalid) -> Response:
    """Validation errors are 400, and say where and by which rule: the doors' one shape, with the rule beside it."""
    answer = answer_in_json(
        400, "MALFORMED", f"{fault.path or 'The request'}: {fault.message}.", fault.path or None
    )
    shown = answer.get_json()
    shown["error"]["rule"] = f"xAPI {LATEST} {fault.rule}"
    answer.set_data(orjson.dumps(shown))
    return answer


def consistent_through() -> None:
    """Notes, for the answer's header, the moment before which nothing can turn up any more; to be done before reading."""
    here = deployment()
    g.consistent = format_timestamp(here.store.consistent_through(here.clock()))
