"""What every door shares: the deployment behind it, the moment of the request, and how a refusal is answered."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flask import Flask, Response, current_app, g, has_request_context, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError

from passport_service.config import Settings
from passport_service.domain.errors import Refused
from passport_service.plugins import Plugins
from passport_service.store.database import Store

MACHINE_DOORS = frozenset(
    {"lrs", "api"}
)  # blueprints that answer programs, in JSON, and know them by their key
_EXTENSION = "passport_service"

# A refusal by a rule of the sector is a conflict with what the ledger says; only these are something else.
STATUSES = {
    "MALFORMED": 400,
    "REASON_NEEDED": 400,
    "TOO_LONG": 400,
    "NOT_SIGNED_IN": 401,
    "NOT_ALLOWED": 403,
    "NOT_FOUND": 404,
    "TOO_LARGE": 413,
    "UNSUPPORTED_TYPE": 415,
    "TOO_MANY": 429,
}
_CODES = {
    400: "MALFORMED",
    401: "NOT_SIGNED_IN",
    403: "NOT_ALLOWED",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    413: "TOO_LARGE",
    415: "UNSUPPORTED_TYPE",
    429: "TOO_MANY",
    503: "UNAVAILABLE",
}

_KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")

log = logging.getLogger(__name__)


def clock() -> datetime:
    """The real time, in UTC; the demo and the stories pass another."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Deployment:
    """One council's running service: what the doors, the jobs and the commands work on."""

    settings: Settings
    store: Store
    plugins: Plugins
    clock: Callable[[], datetime] = field(default=clock)


def join(app: Flask, deployment: Deployment) -> None:
    """Puts the deployment behind the doors of ``app``."""
    app.extensions[_EXTENSION] = deployment

    @app.before_request
    def refresh() -> None:
        # Or one restart of the database would be an error in this thread for ever.
        deployment.store.refresh()


def deployment() -> Deployment:
    """The deployment behind the current request."""
    found: Deployment = current_app.extensions[_EXTENSION]
    return found


def moment() -> datetime:
    """The moment of this request: read from the clock once, the same wherever it is asked for."""
    if "moment" not in g:
        g.moment = deployment().clock()
    found: datetime = g.moment
    return found


def answers_programs() -> bool:
    """Whether the current request came by a door for programs, or to an address below one."""
    if not has_request_context():
        return False
    return request.blueprint in MACHINE_DOORS or request.path.startswith(("/xapi/", "/api/"))


def status_of(refusal: Refused) -> int:
    """The HTTP status that says the same as a refusal."""
    return STATUSES.get(refusal.code, 409)


def answer_in_json(
    status: int, code: str, message: str, where: str | None = None, headers: dict[str, str] | None = None
) -> Response:
    """The one JSON shape of every error: ``{"error": {"code", "message", "where"?}}``."""
    error = {"code": code, "message": message}
    if where is not None:
        error["where"] = where
    answer = jsonify(error=error)
    answer.status_code = status
    answer.headers.update(headers or {})
    return answer


def translate_refusal(refusal: Refused) -> ResponseReturnValue:
    """Answers a refusal in the manner of the door it happened at."""
    status = status_of(refusal)
    if answers_programs():
        return answer_in_json(status, refusal.code, refusal.message, refusal.where)
    return _page(status, refusal.message)


def translate_http(error: HTTPException) -> ResponseReturnValue:
    """Answers what Flask itself refuses: no such page, wrong method, a body too large."""
    if isinstance(error, SecurityError):  # another host's name: not even links can be written for it
        return Response("This service is not known by that address.\n", 400, mimetype="text/plain")
    status = error.code or 500
    headers = {name: value for name, value in error.get_headers() if name in _KEPT_HEADERS}
    if answers_programs():
        return answer_in_json(
            status, _CODES.get(status, "FAILED"), error.description or error.name, headers=headers
        )
    return _page(status, None, headers)


def translate_failure(error: InternalServerError) -> ResponseReturnValue:
    """Answers a fault of ours: it is logged under a reference, which is all that the other side is told."""
    reference = secrets.token_hex(4).upper()
    log.error("failure %s at %s", reference, request.path, exc_info=error.original_exception or error)
    if answers_programs():
        return answer_in_json(
            500, "FAILED", f"The service failed; nothing was stored. Reference {reference}."
        )
    return render_template("errors/500.html", reference=reference), 500


def answer_errors(app: Flask) -> None:
    """Registers the translations; a blueprint's own error handlers go before them."""
    app.register_error_handler(Refused, translate_refusal)
    app.register_error_handler(HTTPException, translate_http)
    app.register_error_handler(InternalServerError, translate_failure)


def _page(status: int, message: str | None, headers: dict[str, str] | None = None) -> ResponseReturnValue:
    template = current_app.jinja_env.select_template([f"errors/{status}.html", "errors/other.html"])
    return render_template(template, message=message, status=status), status, headers or {}
