"""The door of case systems: which key is there, what it may do, and how a refusal is answered."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, Response, g, jsonify, request
from flask.typing import ResponseReturnValue

from passport_service.domain.errors import Refused
from passport_service.doors import answer_in_json, deployment, moment, status_of
from passport_service.entrance import failed_too_often, refuse_plain, too_often, words_for_unknown
from passport_service.services import authentication
from passport_service.services.keys import Key

LARGEST_BODY = 64 * 1024
OPEN = ("api.openapi",)
NEEDED = "A key for this interface is needed: its id and secret by HTTP Basic authentication, or as `Bearer id:secret`."
RIGHTS = {
    "may_confirm": "submit, check and confirm work",
    "may_decide": "record what CCV says",
    "may_read": "read passports, events and draws",
}
View = TypeVar("View", bound=Callable[..., Any])

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


@blueprint.before_request
def enter() -> Response | None:
    """Before every request: no compressed or huge bodies, and a key that is good; only the description is open."""
    refuse_plain()
    request.max_content_length = LARGEST_BODY
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        return answer_in_json(
            415, "UNSUPPORTED_TYPE", "Send the body without Content-Encoding.", "Content-Encoding"
        )
    if request.endpoint in OPEN:
        return None
    authorization = request.headers.get("Authorization", "")
    key = key_of(authorization)
    if key is None:
        if authorization and (limited := failed_too_often()) is not None:
            return limited
        return answer_in_json(
            401,
            "NOT_SIGNED_IN",
            words_for_unknown(authorization, NEEDED),
            headers={"WWW-Authenticate": 'Basic realm="api", charset="UTF-8"'},
        )
    if (limited := too_often(key)) is not None:
        return limited
    g.key = key
    return None


@blueprint.after_request
def leave(answer: Response) -> Response:
    """What is answered here is of the moment, and of people: it is kept nowhere on the way."""
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


@blueprint.errorhandler(Refused)
def answer_refused(refusal: Refused) -> ResponseReturnValue:
    """The doors' one shape; where a rule gave several reasons, all of them stand beside it (R0.8)."""
    if refusal.codes == (refusal.code,):
        return answer_in_json(status_of(refusal), refusal.code, refusal.message, refusal.where)
    error = {
        "code": refusal.code,
        "message": refusal.message,
        "where": refusal.where,
        "codes": list(refusal.codes),
    }
    answer = jsonify(error={name: value for name, value in error.items() if value is not None})
    answer.status_code = status_of(refusal)
    return answer


def key_of(authorization: str) -> Key | None:
    """The key whose credentials a header carries, by Basic or Bearer; None for none, wrong or ended ones."""
    scheme, _, credentials = authorization.strip().partition(" ")
    try:
        match scheme.lower():
            case "basic":
                text = b64decode(credentials.strip(), validate=True).decode()
            case "bearer":
                text = credentials.strip()
            case _:
                return None
    except (NotBase64, ValueError):
        return None
    key_id, colon, secret = text.partition(":")
    if not colon:
        return None
    here = deployment()
    pepper = here.settings.secret_key.get_secret_value()
    return authentication.by_secret(
        here.store, key_id, secret, purpose="api", pepper=pepper, now=moment(), address=request.remote_addr
    )


def needs(right: str) -> Callable[[View], View]:
    """Marks a view with the right of a key that it needs."""

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not getattr(g.key, right):
                raise Refused("NOT_ALLOWED", f"This key may not {RIGHTS[right]} ({right}).")
            return view(*args, **kwargs)

        return guarded  # type: ignore[return-value]

    return mark


def caused_by() -> str:
    """How the ledger names the key of this request."""
    return f"key:{g.key.id}"


def key() -> Key:
    found: Key = g.key
    return found
