"""What every door shares: the deployment behind it, the moment of the request, and how a refusal is answered."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import (
    Flask,
    Request,
    Response,
    current_app,
    g,
    has_request_context,
    jsonify,
    render_template,
    request,
)
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_login import AnonymousUserMixin
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError

from passport_service.config import Settings
from passport_service.domain.errors import Refused
from passport_service.plugins import Plugins
from passport_service.services.limits import Limits
from passport_service.services.outages import Outage, Seldom
from passport_service.store.database import Store
from passport_service.store.failures import DATABASE_ERRORS, Trouble, trouble_of

# Blueprints that answer programs, in JSON, and know them by their key; by what their addresses start with.
MACHINE_PATHS = {"/xapi/": "lrs", "/api/": "api"}
MACHINE_DOORS = frozenset(MACHINE_PATHS.values())
FAULT = "passport_service.fault"  # in a request's environment: what went wrong before it came to its view
_EXTENSION = "passport_service"

# A refusal by a rule of the sector is a conflict with what the ledger says; only these are something else.
STATUSES = {
    "MALFORMED": 400,
    "REASON_NEEDED": 400,
    "TOO_LONG": 400,
    "CONDITION_NEEDED": 400,
    "NOT_SIGNED_IN": 401,
    "NOT_ALLOWED": 403,
    "NOT_FOUND": 404,
    "PRECONDITION_FAILED": 412,
    "TOO_LARGE": 413,
    "UNSUPPORTED_TYPE": 415,
    "TOO_MANY": 429,
    "UNSUPPORTED": 501,
}
CODES = {
    400: "MALFORMED",
    401: "NOT_SIGNED_IN",
    403: "NOT_ALLOWED",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    408: "TOO_SLOW",
    409: "CONFLICT",
    413: "TOO_LARGE",
    414: "TOO_LONG",
    415: "UNSUPPORTED_TYPE",
    417: "UNSUPPORTED",
    429: "TOO_MANY",
    431: "TOO_LONG",
    501: "UNSUPPORTED",
    503: "UNAVAILABLE",
}

_KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")
_AGAIN = {"Retry-After": "10"}  # seconds

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
    limits: Limits = field(default_factory=Limits)
    outage: Outage = field(default_factory=Outage)
    told: Seldom = field(default_factory=Seldom)

    @property
    def machine_headers(self) -> tuple[tuple[str, str], ...]:
        """What every answer to a program carries: nothing for a browser to show, over HTTPS alone."""
        kept = () if self.settings.demo else (("Strict-Transport-Security", "max-age=31536000"),)
        return (*kept, ("X-Content-Type-Options", "nosniff"))


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


def door_at(path: str) -> str | None:
    """The door for programs that an address lies below, whether or not there is anything at it."""
    return next((door for start, door in MACHINE_PATHS.items() if path.startswith(start)), None)


def answers_programs() -> bool:
    """Whether the current request came by a door for programs, or to an address below one."""
    return has_request_context() and (request.blueprint or door_at(request.path)) in MACHINE_DOORS


class PeopleSessions(SecureCookieSessionInterface):
    """Sessions for people only: a program is known by its key, and opening a session costs as much as finding it."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of the cookie; an empty one, that no cookie fills, for a program."""
        return self.session_class() if door_at(request.path) else super().open_session(app, request)


class Service(Flask):
    """Flask without what is not needed here: coroutines, and, at the doors for programs, what is done around pages.

    Learning systems come by the thousand a second; looking for sessions, forms and who is signed in would cost as much
    as taking a statement in. Those doors do their own checks.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._around_pages: set[Callable[..., Any]] = set()
        self.before_all: Callable[..., Iterable[bytes] | None] | None = None
        self.answer_unread: Callable[..., bytes] | None = None  # asked by the web worker

    def wsgi_app(self, environ: dict[str, Any], start_response: Any) -> Any:
        """A request, unless ``before_all`` has answered it already."""
        if self.before_all is not None and (answer := self.before_all(environ, start_response)) is not None:
            return answer
        return super().wsgi_app(environ, start_response)

    @contextmanager
    def around_pages(self) -> Iterator[None]:
        """What is put before and after requests inside this is for pages; programs' doors go without."""
        earlier = self._hooks()
        yield
        self._around_pages |= self._hooks() - earlier

    def _hooks(self) -> set[Callable[..., Any]]:
        return {*self.before_request_funcs.get(None, ()), *self.after_request_funcs.get(None, ())}

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Every view is a plain function: there is nothing to look for."""
        return func

    def preprocess_request(self) -> ResponseReturnValue | None:
        """What comes before a view: for a program, what is for everybody and then its own door's."""
        name = request.blueprint
        if name not in MACHINE_DOORS:
            return super().preprocess_request()
        if FAULT in request.environ:
            raise request.environ[FAULT]
        for check in (*self.before_request_funcs.get(None, ()), *self.before_request_funcs.get(name, ())):
            if check not in self._around_pages and (answer := check()) is not None:
                return answer
        return None

    def process_response(self, response: Response) -> Response:
        """What comes after a view, or after a method that none has: for a program, its door's and then everybody's."""
        name = request.blueprint or door_at(request.path)
        if name not in MACHINE_DOORS:
            return super().process_response(response)
        for finish in (*self.after_request_funcs.get(name, ()), *self.after_request_funcs.get(None, ())):
            if finish not in self._around_pages:
                response = finish(response)
        return response


def status_of(refusal: Refused) -> int:
    """The HTTP status that says the same as a refusal."""
    return STATUSES.get(refusal.code, 409)


def error_of(code: str, message: str, where: str | None = None) -> dict[str, str]:
    """What the one JSON shape says of an error."""
    error = {"code": code, "message": message}
    return error if where is None else error | {"where": where}


def answer_in_json(
    status: int, code: str, message: str, where: str | None = None, headers: dict[str, str] | None = None
) -> Response:
    """The one JSON shape of every error: ``{"error": {"code", "message", "where"?}}``."""
    answer = jsonify(error=error_of(code, message, where))
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
        said = "This service is not known by that address."
        plain = Response(f"{said}\n", 400, mimetype="text/plain")
        return answer_in_json(400, "MALFORMED", said, "Host") if answers_programs() else plain
    status = error.code or 500
    headers = {name: value for name, value in error.get_headers() if name in _KEPT_HEADERS}
    if answers_programs():
        return answer_in_json(
            status, CODES.get(status, "FAILED"), error.description or error.name, headers=headers
        )
    return _page(status, None, headers)


def translate_failure(error: InternalServerError) -> ResponseReturnValue:
    """Answers a fault of ours: it is logged under a reference, which is all that the other side is told."""
    fault = error.original_exception
    if fault is not None and (trouble := trouble_of(fault)):  # met while an answer was being finished
        return _unavailable(trouble, fault)
    reference = secrets.token_hex(4).upper()
    log.error("failure %s at %s", reference, request.path, exc_info=error.original_exception or error)
    if answers_programs():
        return answer_in_json(
            500, "FAILED", f"The service failed; nothing was stored. Reference {reference}."
        )
    return render_template("errors/500.html", reference=reference), 500


def translate_database_error(fault: Exception) -> ResponseReturnValue:
    """Answers a database that is gone, full, read-only or busy, and a full disk of this host, with 503; raises again
    what is a fault of ours."""
    trouble = trouble_of(fault)
    if trouble is None:
        raise fault
    return _unavailable(trouble, fault)


def _unavailable(trouble: Trouble, fault: BaseException) -> ResponseReturnValue:
    if answers_programs():
        return unavailable_in_json(trouble, fault)
    deployment().told.tell(trouble, fault, request.path, deployment().clock())
    g._login_user = AnonymousUserMixin()  # or the page would ask the same database who is signed in
    return _page(503, trouble.value, _AGAIN)


def unavailable_in_json(trouble: Trouble, fault: BaseException) -> Response:
    """Answers a program that the database is in trouble, with 503; only the log has what the database said."""
    deployment().told.tell(trouble, fault, request.path, deployment().clock())
    return answer_in_json(503, "UNAVAILABLE", trouble.value, headers=_AGAIN)


def answer_errors(app: Flask) -> None:
    """Registers the translations; a blueprint's own error handlers go before them."""
    app.register_error_handler(Refused, translate_refusal)
    app.register_error_handler(HTTPException, translate_http)
    app.register_error_handler(InternalServerError, translate_failure)
    for kind in (*DATABASE_ERRORS, OSError):
        app.register_error_handler(kind, translate_database_error)


def _page(status: int, message: str | None, headers: dict[str, str] | None = None) -> ResponseReturnValue:
    template = current_app.jinja_env.select_template([f"errors/{status}.html", "errors/other.html"])
    return render_template(template, message=message, status=status), status, headers or {}
