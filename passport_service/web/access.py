"""Refuse by default: every view says who may use it, or the service does not start.

    @blueprint.get("/practitioners")
    @allow(Role.WORKFORCE_DEVELOPMENT, Role.SERVICE_MANAGER)
    def practitioners() -> str: ...

``allow(EVERYONE)`` is for pages without sign-in, ``allow(SIGNED_IN)`` for whoever has an account. What a person may see
*within* a page (their own team, their own passport) is for the service or the query behind it to say.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user

from passport_service.doors import MACHINE_DOORS

EVERYONE = "everyone"
SIGNED_IN = "signed in"
SIGN_IN = "account.sign_in"  # the endpoint of the page that asks who you are

View = TypeVar("View", bound=Callable[..., Any])

login = LoginManager()  # the sign-in area gives it its user_loader


def allow(*roles: str) -> Callable[[View], View]:
    """Marks a view with the roles that may use it; any one of them is enough."""
    if not roles:
        raise TypeError("allow() needs at least one role")

    def mark(view: View) -> View:
        view.allowed_roles = frozenset(str(role) for role in roles)  # type: ignore[attr-defined]
        return view

    return mark


def allowed_roles(app: Flask, endpoint: str) -> frozenset[str]:
    """The roles that may use an endpoint; none for one that is not marked."""
    return getattr(app.view_functions.get(endpoint), "allowed_roles", frozenset())


def may_use(app: Flask, endpoint: str, user: Any) -> bool:
    """Whether a user (Flask-Login's, with ``roles``) may use an endpoint."""
    allowed = allowed_roles(app, endpoint)
    if EVERYONE in allowed:
        return True
    if not user.is_authenticated:
        return False
    return SIGNED_IN in allowed or not allowed.isdisjoint(str(role) for role in user.roles)


def guard(app: Flask) -> None:
    """Puts the check before every page; machine doors check keys before every request of theirs."""
    login.init_app(app)
    if login._user_callback is None:
        login.user_loader(lambda _: None)

    @app.before_request
    def _check() -> ResponseReturnValue | None:
        if request.endpoint is None or _is_elsewhere_checked(request.endpoint):
            return None  # unknown addresses become 404 by themselves
        if may_use(app, request.endpoint, current_user):
            return None
        return abort(403) if current_user.is_authenticated else _ask_to_sign_in(app)


def unguarded(app: Flask) -> list[str]:
    """Endpoints that no check protects; the service does not start while there are any."""
    doors = [
        f"{name} (a door for programs that checks no key before each request)"
        for name in sorted(MACHINE_DOORS & set(app.blueprints))
        if not app.before_request_funcs.get(name)
    ]
    views = [
        endpoint
        for endpoint in app.view_functions
        if not _is_elsewhere_checked(endpoint) and not allowed_roles(app, endpoint)
    ]
    return doors + sorted(views)


def _is_elsewhere_checked(endpoint: str) -> bool:
    return endpoint == "static" or endpoint.partition(".")[0] in MACHINE_DOORS


def _ask_to_sign_in(app: Flask) -> ResponseReturnValue:
    if SIGN_IN not in app.view_functions or request.method not in ("GET", "HEAD"):
        abort(401)
    return redirect(url_for(SIGN_IN, next=request.full_path.rstrip("?")))
