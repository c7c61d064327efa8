"""A journey of whoever answers requests about personal data, in a real browser, with axe on every page."""

import pytest

from passport_service.services import people
from tests.people import BY, Town
from tests.workforce import completion, moodle_key, send, workforce_town


@pytest.fixture
def here(sqlite_store, clock) -> Town:
    made = workforce_town(sqlite_store, clock)
    send(made, moodle_key(made), completion(7), completion(8), completion(99))
    people.leave(made.store, made.streams["asha"], on=clock.now.date(), now=clock.now, caused_by=BY)
    return made


@pytest.fixture
def wendy(here, page):
    page.goto("/sign-in")
    page.get_by_role("button", name="Wendy", exact=True).click()
    return page


def test_nothing_runs_off_a_narrow_screen(wendy):
    wendy.set_viewport_size({"width": 320, "height": 800})
    for path in ("/personal-data", "/personal-data/one?who=asha", "/personal-data/erase?who=asha"):
        wendy.goto(path)
        assert wendy.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_from_a_request_to_the_file_a_hold_and_an_erasure(wendy, accessible):
    wendy.goto("/personal-data")
    accessible()
    wendy.get_by_label("Staff reference or identifier").fill("asha")
    wendy.get_by_role("button", name="Find").click()
    accessible()
    wendy.get_by_role("button", name="Make the file").click()
    accessible()
    with wendy.expect_download() as taken:
        wendy.get_by_role("link", name="Download").click()
    assert taken.value.suggested_filename == "what-is-held.zip"

    wendy.get_by_label("Why may nothing of it go?").fill("An employment tribunal")
    wendy.get_by_role("button", name="Put it under hold").click()
    accessible()
    wendy.get_by_role("link", name="Lift it").click()
    accessible()
    wendy.get_by_label("Why is it lifted?").fill("It was settled")
    wendy.get_by_role("button", name="Lift the hold").click()

    wendy.goto("/personal-data/erase?who=asha")
    accessible()
    wendy.get_by_label("The person asked for it").check()
    wendy.get_by_role("button", name="Erase it for good").click()
    wendy.get_by_text("It is erased.").wait_for()
    accessible()
