"""The components that pages are made of: well made, accessible, and alive where scripts run."""

from datetime import UTC, date, datetime

import pytest
from flask import Blueprint, flash, render_template_string

from passport_service import app as app_module
from passport_service.web.access import EVERYONE, allow
from tests.pages import Pages

PAGE = """
{% extends "base.html" %}
{% from "components/table.html" import table %}
{% from "components/summary-list.html" import summary_list %}
{% from "components/state.html" import passport_state, requirement_state %}
{% from "components/timeline.html" import timeline %}
{% from "components/pagination.html" import pagination %}
{% from "components/empty-state.html" import empty_state %}
{% from "components/link.html" import outside_link %}
{% set title = "Components" %}
{% set caption = "For tests" %}
{% set back = "/" %}
{% block body %}
{{ table("Practitioners", ["Name", {"text": "Held", "format": "numeric"}], rows, sortable=true) }}
{{ summary_list([("State", passport_state("active")), ("Training", requirement_state("expiring")), ("Left out", "")]) }}
{{ timeline([
  {"title": "Issued", "by": "the service", "at": moment, "text": "Three approvals"}, {"title": "Began", "on": day}
]) }}
{{ pagination("/before", "/after") }}
{{ empty_state("No batch was refused.", "Refused batches stay here for 30 days.") }}
<p class="govuk-body">{{ outside_link("https://lms.example/course?id=1") }} {{ outside_link("javascript:alert(1)") }}</p>
{% endblock %}
"""
ROWS = [
    ["Asha", {"text": "7", "format": "numeric", "sort": 7}],
    ["Rhys", {"text": "12", "format": "numeric", "sort": 12}],
]


@pytest.fixture(autouse=True)
def _page_of_components(monkeypatch):
    def show() -> str:
        flash("Saved", "success")
        flash("Look at this", "info")
        return render_template_string(
            PAGE, rows=ROWS, moment=datetime(2026, 7, 1, 8, 5, tzinfo=UTC), day=date(2026, 3, 4)
        )

    area = Blueprint("components", __name__)
    area.get("/components")(allow(EVERYONE)(show))
    monkeypatch.setattr(app_module, "BLUEPRINTS", (*app_module.BLUEPRINTS, area))


def test_the_components_are_accessible(page, accessible):
    page.goto("/components")

    accessible()


def test_a_table_sorts_by_a_click_on_its_head(page):
    page.goto("/components")
    page.get_by_role("button", name="Held").click()
    page.get_by_role("button", name="Held").click()

    assert page.locator("tbody th").all_inner_texts() == ["Rhys", "Asha"]


def test_the_components_make_a_well_made_page(settings, sqlite_store):
    shown = Pages(app_module.create_app(settings, sqlite_store)).get("/components")

    assert "1 July 2026 at 9:05am" in shown.text
    assert "4 March 2026" in shown.text
    assert "Left out" not in shown.text
    assert "https://lms.example/course?id=1" in shown.links
    assert not any(address.startswith("javascript") for address in shown.links.values())
