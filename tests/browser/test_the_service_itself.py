"""The pages about the service, in a real browser."""

import pytest


@pytest.mark.parametrize("path", ["/accessibility", "/privacy", "/how-decisions-are-made"])
def test_the_pages_about_the_service_are_accessible(page, accessible, path):
    page.goto(path)

    accessible()


def test_the_skip_link_leads_to_the_content(page):
    page.goto("/privacy")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("location.hash") == "#main-content"


def test_the_pages_are_not_those_of_central_government(page):
    page.goto("/privacy")

    family = page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily")
    assert "Helvetica" in family
    assert "GDS" not in family
    assert page.locator("[class*=crown], [class*=crest]").count() == 0


def test_the_scripts_run_under_the_content_security_policy(page):
    page.goto("/privacy")

    page.wait_for_function("document.body.classList.contains('govuk-frontend-supported')")
    page.wait_for_selector("[data-govuk-skip-link-init]")
