"""Refuse by default: a view that says not who may use it stops the start."""

import pytest
from flask import Blueprint

from passport_service import app as app_module
from passport_service.web.access import EVERYONE, allow, allowed_roles, unguarded

# Pages without sign-in: about the service, and the ways in. A new one is a decision, so it is written here too.
OPEN_AREAS = ("home.", "account.")
ABOUT_THE_SERVICE = {"start", "accessibility", "privacy", "decisions", "health", "ready"}


def test_every_view_says_who_may_use_it(app):
    assert unguarded(app) == []


def test_only_pages_about_the_service_and_the_ways_in_are_open_to_everyone(app):
    open_to_all = [endpoint for endpoint in app.view_functions if EVERYONE in allowed_roles(app, endpoint)]

    assert [endpoint for endpoint in open_to_all if not endpoint.startswith(OPEN_AREAS)] == []


def test_what_is_open_about_the_service_is_known_one_by_one(app):
    assert {f"home.{name}" for name in ABOUT_THE_SERVICE} == {
        endpoint for endpoint in app.view_functions if endpoint.startswith("home.")
    }


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_a_balancer_needs_neither_credentials_nor_https(app, path):
    client = app.test_client()

    assert client.get(path, base_url="http://localhost").status_code == 200
    assert client.head(path, base_url="http://localhost").status_code == 200
    assert client.post(path, base_url="http://localhost").status_code == 405


def test_a_view_that_says_nothing_stops_the_start(settings, sqlite_store, monkeypatch):
    careless = Blueprint("careless", __name__)
    careless.get("/careless")(lambda: "seen by all")
    monkeypatch.setattr(app_module, "BLUEPRINTS", (*app_module.BLUEPRINTS, careless))

    with pytest.raises(RuntimeError, match="careless"):
        app_module.create_app(settings, sqlite_store)


def test_allow_without_a_role_is_a_mistake():
    with pytest.raises(TypeError):
        allow()


def test_a_page_for_people_with_an_account_asks_who_is_there(app, settings, sqlite_store, monkeypatch):
    inner = Blueprint("inner", __name__)
    inner.post("/inner")(allow("ccv_reviewer")(lambda: "inside"))
    monkeypatch.setattr(app_module, "BLUEPRINTS", (*app_module.BLUEPRINTS, inner))
    app = app_module.create_app(settings, sqlite_store)
    app.config["WTF_CSRF_ENABLED"] = False

    assert app.test_client().post("/inner", base_url="https://localhost").status_code == 401
