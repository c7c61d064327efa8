"""The one place where parts are joined: settings, store, plug-ins, and the three doors."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Blueprint, Flask, abort, request
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from passport_service.config import Settings, SettingsError, require_secret
from passport_service.doors import (
    MACHINE_DOORS,
    Deployment,
    PeopleSessions,
    Service,
    answer_errors,
    clock,
    join,
)
from passport_service.lrs.plain import PlainPosts
from passport_service.patience import Patience
from passport_service.plugins import PluginFailed, Plugins, load
from passport_service.services import exports, learning
from passport_service.store.addresses import cannot_connect
from passport_service.store.database import Store, is_behind, open_store
from passport_service.store.failures import DATABASE_ERRORS
from passport_service.unread import answer_unread
from passport_service.web import (
    absences,
    access,
    account,
    accounts,
    answers,
    arrivals,
    concerns,
    decisions,
    equivalents,
    home,
    identities,
    items,
    jobs,
    keys,
    mappings,
    passport,
    people,
    personal_data,
    practitioners,
    prior_learning,
    quarantine,
    refused,
    requirements,
    security,
    statements,
    templating,
    training,
    trials,
    waivers,
)

# Every page area and every door for programs. A new one is one line here.
BLUEPRINTS: tuple[Blueprint, ...] = (
    home.blueprint,
    account.blueprint,
    accounts.blueprint,
    answers.blueprint,
    arrivals.blueprint,
    concerns.blueprint,
    decisions.blueprint,
    items.blueprint,
    jobs.blueprint,
    passport.blueprint,
    absences.blueprint,
    identities.blueprint,
    keys.blueprint,
    mappings.blueprint,
    people.blueprint,
    personal_data.blueprint,
    practitioners.blueprint,
    prior_learning.blueprint,
    quarantine.blueprint,
    refused.blueprint,
    equivalents.blueprint,
    requirements.blueprint,
    statements.blueprint,
    training.blueprint,
    trials.blueprint,
    waivers.blueprint,
)
_LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]

log = logging.getLogger(__name__)


class DatabaseAway(SettingsError):
    """The database cannot be reached: its address is wrong, or it is not there for a while."""


def create_app(
    settings: Settings, store: Store | None = None, *, now: Callable[[], datetime] = clock
) -> Flask:
    """Builds the service from its settings.

    ``store`` and ``now`` are given by tests and the demo; otherwise the store is opened from the settings and the clock
    is real. Raises SettingsError when something needed is missing, and RuntimeError when a view says not who may use it.
    """
    if not templating.is_built():
        log.warning(
            "pages have no styles and scripts, as these are not built: run `./run passport --version`"
        )
    app = Service("passport_service", static_folder="static", template_folder=None)
    _configure(app, settings)
    open_now = open_deployment(settings, store, now=now)
    join(app, open_now)
    templating.dress(app, settings)  # before anything else asks for the templates' environment
    with app.around_pages():
        access.guard(app)
        csrf = CSRFProtect(app)
    security.secure(app, settings)
    answer_errors(app)
    for blueprint in (*BLUEPRINTS, *_doors_not_joined_by_import()):
        app.register_blueprint(blueprint)
        if blueprint.name in MACHINE_DOORS:
            csrf.exempt(blueprint)
    _refuse_open_views(app)
    app.answer_unread = partial(answer_unread, open_now)
    app.before_all = PlainPosts(open_now, "/xapi/statements", app.config["TRUSTED_HOSTS"])
    return app


def open_deployment(
    settings: Settings, store: Store | None = None, *, now: Callable[[], datetime] = clock
) -> Deployment:
    """What the doors, the jobs and the commands work on, opened from the settings.

    Raises SettingsError when the database has not been made yet, or not brought up to date.
    """
    opened = Deployment(settings, store or _open_store(settings), open_plugins(settings), now)
    exports.delete_folder_of_before(settings.data_folder)
    return opened


def open_plugins(settings: Settings) -> Plugins:
    """Loads the plug-ins that the settings name and says which recognisers this process has. Raises SettingsError."""
    try:
        plugins = load(settings.integrations)
        learning.use(plugins.recognisers)
        return plugins
    except PluginFailed as failure:
        raise SettingsError([f"PASSPORT_INTEGRATIONS: {failure}"]) from failure


def open_database(settings: Settings, *, create: bool = False) -> Store:
    """The database that the settings name, as it is.

    Raises DatabaseAway when it cannot be reached, and SettingsError when it has not been made yet, unless ``create`` makes
    a SQLite file.
    """
    try:
        return open_store(settings.database, create=create)
    except DATABASE_ERRORS as fault:
        raise _away(settings, fault) from fault
    except OSError as fault:
        is_missing = isinstance(fault, FileNotFoundError) and not create
        problem = (
            "no database there yet; run `passport migrate` first"
            if is_missing
            else f"cannot make it at {fault.filename}: {fault.strerror}"
        )
    raise SettingsError([f"PASSPORT_DATABASE_URL: {problem}"])


def _away(settings: Settings, fault: Exception) -> DatabaseAway:
    return DatabaseAway([f"PASSPORT_DATABASE_URL: {cannot_connect(settings.database, fault)}"])


def _open_store(settings: Settings) -> Store:
    store = open_database(settings)
    try:
        behind = is_behind(store)
    except DATABASE_ERRORS as fault:
        raise _away(settings, fault) from fault
    store.close()  # a web server may fork after this
    if behind:
        raise SettingsError(
            ["PASSPORT_DATABASE_URL: this database is not up to date; run `passport migrate` first"]
        )
    return store


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=require_secret(settings),
        MAX_CONTENT_LENGTH=settings.body_limit,
        SESSION_COOKIE_NAME="passport" if settings.demo else "__Host-passport",
        SESSION_COOKIE_SECURE=not settings.demo,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_hours),
        TRUSTED_HOSTS=_LOOPBACK if settings.demo else [urlsplit(settings.public_url).netloc, *_LOOPBACK],
        WTF_CSRF_TIME_LIMIT=settings.session_hours * 3600,
        WTF_CSRF_SSL_STRICT=not settings.demo,
    )
    app.session_interface = PeopleSessions()
    app.json.sort_keys = False  # type: ignore[attr-defined]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    app.wsgi_app = Patience(app.wsgi_app, settings.body_seconds)  # type: ignore[method-assign]
    if settings.demo:
        app.before_request(_only_from_this_machine)


def _only_from_this_machine() -> None:
    # The demo signs anybody in by one click, so nobody else may come near it.
    if not ip_address(request.remote_addr or "0.0.0.0").is_loopback:
        abort(403)


def _doors_not_joined_by_import() -> list[Blueprint]:
    """The machine doors, while they are being built: joined as soon as their package exists."""
    names = [f"passport_service.{name}" for name in sorted(MACHINE_DOORS)]
    return [import_module(name).blueprint for name in names if find_spec(name)]


def _refuse_open_views(app: Flask) -> None:
    unguarded = access.unguarded(app)
    if unguarded:
        raise RuntimeError(f"these views do not say who may use them: {', '.join(unguarded)}")
