"""Tokens for learning systems that do not send their secret with each request (RFC 6749 §4.4, client credentials)."""

from urllib.parse import unquote_plus

import orjson
from flask import Response, request
from werkzeug.exceptions import MethodNotAllowed

from passport_service.domain.errors import Refused
from passport_service.doors import deployment, moment
from passport_service.entrance import OPENS_NOTHING, failed_too_often, too_often
from passport_service.lrs.authorization import basic_credentials
from passport_service.lrs.call import once, read_pairs
from passport_service.lrs.door import call
from passport_service.services import authentication
from passport_service.services.authentication import Token
from passport_service.services.credentials import TOKEN_LIVES
from passport_service.xapi.errors import Invalid
from passport_service.xapi.scopes import Scopes, read_scopes, scopes_text

# RFC 6749 §5.2 has no word for who asks too often; this one is from §4.1.2.1.
NOT_NOW = "temporarily_unavailable"
# LinkedIn Learning has words of its own, and asks for nothing else than the first of them.
EVERYTHING = "xapi:all"
OTHER_WORDS = {"xapi:write": "statements/write", "xapi:read": "statements/read/mine"}


class Faulty(Exception):
    """A request for a token that gets none: one of the words of RFC 6749 §5.2, and a sentence."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


def token_endpoint() -> Response:
    """POST of a form; the answers are those of RFC 6749, whatever else this door says elsewhere."""
    if request.method != "POST":
        raise MethodNotAllowed(["POST", "OPTIONS"])
    try:
        return answer_token()
    except Faulty as fault:
        return answer_fault(fault.error, fault.description)


def answer_token() -> Response:
    form = read_form()
    given = client_of(form)
    if form.get("grant_type", "") != "client_credentials":
        word = "unsupported_grant_type" if "grant_type" in form else "invalid_request"
        raise Faulty(word, "grant_type must be client_credentials.")
    token = issue(given, scopes_of(form))
    if token is None:
        limited = failed_too_often()
        return as_fault(limited) if limited else answer_fault("invalid_client", OPENS_NOTHING)
    if limited := too_often(token.key):
        return as_fault(limited)
    return answer(
        200,
        {
            "access_token": token.text,
            "token_type": "Bearer",
            "expires_in": int(TOKEN_LIVES.total_seconds()),
            "scope": scopes_text(token.scopes),
        },
    )


def read_form() -> dict[str, str]:
    """The fields; an empty one counts as left out (RFC 6749 §3.2)."""
    if request.mimetype != "application/x-www-form-urlencoded":
        raise Faulty("invalid_request", "Send a form, application/x-www-form-urlencoded.")
    if call().is_unread:
        raise Faulty("invalid_request", "The form is too long.")
    try:
        return {name: value for name, value in once(read_pairs(call().body)).items() if value}
    except Invalid as fault:
        raise Faulty("invalid_request", f"{fault.path or 'The form'}: {fault.message}.") from None


def client_of(form: dict[str, str]) -> tuple[str, str]:
    """The id and the secret of a key, by Basic or in the form, but not in both (RFC 6749 §2.3.1)."""
    authorization = request.headers.get("Authorization", "")
    if not authorization:
        return form.get("client_id", ""), form.get("client_secret", "")
    given = basic_credentials(authorization)
    if given is None:
        raise Faulty("invalid_client", "A client authenticates by HTTP Basic authentication or in the form.")
    # In this one place the standard wants both encoded as in a form; what needs no encoding stays as it is.
    key_id, secret = (unquote_plus(one) for one in given)
    if "client_secret" in form or form.get("client_id", key_id) != key_id:
        raise Faulty("invalid_request", "Authenticate in one way only.")
    return key_id, secret


def scopes_of(form: dict[str, str]) -> Scopes | None:
    """Those that are asked for; None: all that the key has."""
    words = form.get("scope", "").split()
    if not words or EVERYTHING in words:
        return None
    try:
        return read_scopes(" ".join(OTHER_WORDS.get(word, word) for word in words))
    except ValueError:
        raise Faulty("invalid_scope", "There is no such scope here.") from None


def issue(given: tuple[str, str], scopes: Scopes | None) -> Token | None:
    here = deployment()
    pepper = here.settings.secret_key.get_secret_value()
    try:
        return authentication.issue_token(
            here.store, *given, scopes=scopes, pepper=pepper, now=moment(), address=request.remote_addr
        )
    except Refused as refusal:
        raise Faulty("invalid_scope", refusal.message) from None


def as_fault(limited: Response) -> Response:
    told = answer_fault(NOT_NOW, limited.get_json()["error"]["message"], limited.status_code)
    told.headers["Retry-After"] = limited.headers["Retry-After"]
    return told


def answer_fault(error: str, description: str, status: int | None = None) -> Response:
    found = answer(
        status or (401 if error == "invalid_client" else 400),
        {"error": error, "error_description": description},
    )
    if found.status_code == 401:
        found.headers["WWW-Authenticate"] = 'Basic realm="xAPI", charset="UTF-8"'
    return found


def answer(status: int, body: dict[str, object]) -> Response:
    found = Response(orjson.dumps(body), status, mimetype="application/json")
    found.headers["Pragma"] = "no-cache"
    return found
