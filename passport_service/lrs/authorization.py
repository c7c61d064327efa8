"""The Authorization header: whose key it carries, by Basic (Communication 4.0) or as a bearer's token (RFC 6750)."""

from base64 import b64decode
from binascii import Error as NotBase64

from flask import Response, request

from passport_service.doors import answer_in_json, deployment, moment
from passport_service.entrance import words_for_unknown
from passport_service.services import authentication
from passport_service.services.keys import Key

BASIC = 'Basic realm="xAPI", charset="UTF-8"'
BEARER = 'Bearer realm="xAPI"'


def key_of(authorization: str) -> Key | None:
    """The key whose credentials a header carries; None for none, wrong or ended ones."""
    scheme, _, credentials = authorization.partition(" ")
    here = deployment()
    known = {
        "purpose": "xapi",
        "pepper": here.settings.secret_key.get_secret_value(),
    }
    if scheme.lower() == "bearer":
        return authentication.by_token(
            here.store, credentials.strip(), **known, now=moment(), address=request.remote_addr
        )
    given = basic_credentials(authorization)
    if given is None:
        return None
    return authentication.by_secret(here.store, *given, **known, now=moment(), address=request.remote_addr)


def basic_credentials(authorization: str) -> tuple[str, str] | None:
    """The id and the secret in a header of HTTP Basic authentication; None for any other."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        key_id, colon, secret = b64decode(credentials.strip(), validate=True).decode().partition(":")
    except (NotBase64, ValueError):
        return None
    return (key_id, secret) if colon else None


def answer_unknown(authorization: str) -> Response:
    """401, which names both ways in; to credentials that open nothing it says so, to a token by RFC 6750 §3.1 too."""
    needed = "A key's id and secret are needed, by HTTP Basic authentication, or a token of it as a bearer's."
    answer = answer_in_json(401, "NOT_SIGNED_IN", words_for_unknown(authorization, needed))
    answer.headers.add("WWW-Authenticate", BASIC)
    told = ', error="invalid_token"' if is_token(authorization) else ""
    answer.headers.add("WWW-Authenticate", BEARER + told)
    return answer


def is_token(authorization: str) -> bool:
    return authorization[:7].lower() == "bearer "
