"""Journeys of a practitioner, a reviewer and a CCV lead in a real browser, with axe on each page."""

import pytest

from passport_service.services import passports
from tests.people import Town, town
from tests.waiting import PATIENCE


@pytest.fixture
def here(sqlite_store, clock) -> Town:
    made = town(sqlite_store, clock)
    made.holder("asha", by="rhys")
    made.account("asha")
    made.person("bea")
    made.account("bea")
    return made


@pytest.fixture
def come_in(page, accessible):
    """Sign in as one of the demonstration's people, with one click."""

    def click(name: str) -> None:
        page.goto("/sign-in")
        accessible()
        page.get_by_role("button", name=name, exact=True).click()
        accessible()

    return click


def test_a_holder_asks_and_confirms(here, page, accessible, come_in):
    come_in("Asha")
    page.get_by_role("link", name="Confirm a piece of work").click()
    accessible()
    page.get_by_label("Assessment", exact=True).check()
    page.get_by_label("Care Act assessment").check()
    page.get_by_role("button", name="Ask").click()
    accessible()
    page.get_by_role("button", name="Confirm").click()
    accessible()
    page.get_by_label("Reference of the item").fill("A-9")
    page.get_by_label("I have read this piece of work through").check()
    page.get_by_role("button", name="Confirm").click()

    page.get_by_text("You have confirmed A-9.").wait_for()
    accessible()


def test_the_error_summary_leads_to_the_field(here, page, accessible, come_in):
    come_in("Bea")
    page.get_by_role("link", name="Send a piece of work to CCV").click()
    page.get_by_role("button", name="Send to CCV").click()
    accessible()
    page.get_by_role("link", name="Enter the reference.").click()

    assert page.evaluate("document.activeElement.id") == "item"


def test_from_submitted_work_to_a_decision_and_back(here, page, accessible, come_in):
    come_in("Bea")
    page.get_by_role("link", name="Send a piece of work to CCV").click()
    accessible()
    page.get_by_label("Reference of the item").fill("B-1")
    page.get_by_label("Support plan", exact=True).first.check()
    page.get_by_label("Support plan", exact=True).last.check()
    page.get_by_role("button", name="Send to CCV").click()
    page.get_by_role("button", name="Sign out").click()

    come_in("Rhys")
    page.get_by_role("link", name="B-1").click()
    accessible()
    assert "Bea" not in page.locator("main").inner_text()
    page.get_by_label("Returned with questions").check()
    page.get_by_label("Questions, comments or reasons").fill("Which options did you consider?")
    page.get_by_role("button", name="Save the decision").click()
    accessible()
    assert "Bea" in page.locator("main").inner_text()
    page.get_by_role("button", name="Sign out").click()

    come_in("Bea")
    page.get_by_role("link", name="Read what was said of your work").click()
    page.get_by_text("Which options did you consider?").wait_for()
    accessible()


def test_a_serious_concern_is_decided_by_the_lead(here, page, accessible, come_in):
    here.confirm("asha", "A-9")
    here.decide(
        "A-9", "concern", by="rhys", severity="serious", category="capacity", reason="Capacity is missing."
    )
    come_in("Lena")
    page.get_by_role("link", name="Waiting for a person").click()
    accessible()
    page.get_by_role("link", name="Decide").click()
    accessible()
    page.get_by_label("It was a concern, and the passport goes on").check()
    page.get_by_label("Your reasons").fill("I have read the work and talked to her.")
    page.get_by_role("button", name="Save the decision").click()
    accessible()

    assert passports.standpoint(here.store, here.streams["asha"], now=here.now).state == "active"


@pytest.mark.parametrize("part", ["", "/training", "/decisions", "/history", "/about-me"])
def test_the_parts_of_my_passport_are_accessible(here, page, accessible, come_in, part):
    come_in("Asha")
    page.goto(f"/passport{part}")
    accessible()


def test_nothing_runs_off_a_narrow_screen(here, page, come_in):
    page.set_viewport_size({"width": 320, "height": 800})
    come_in("Asha")
    for path in ("/passport", "/passport/decisions", "/items", "/items/check", "/account"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_the_pages_work_without_scripts(here, browser, address):
    context = browser.new_context(base_url=address, java_script_enabled=False)
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_role("button", name="Asha", exact=True).click()
    page.goto("/items/check")
    page.get_by_label("Assessment", exact=True).check()
    page.get_by_label("Care Act assessment").check()
    page.get_by_role("button", name="Ask").click()

    assert page.locator("h1").inner_text() == "Yes, you may confirm this"
    context.close()
