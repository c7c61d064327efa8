"""A journey of whoever looks after the learning systems, in a real browser, with axe on every page."""

import orjson
import pytest
from playwright.sync_api import Locator

from tests.people import Town
from tests.workforce import completion, moodle_key, quiet_for, refused_batch, send, workforce_town

BAD = b'[{"actor": {"mbox": "mailto:a@council.example"}}, {"actor": {"mbox": 7}}]'


@pytest.fixture
def here(sqlite_store, clock) -> Town:
    made = workforce_town(sqlite_store, clock)
    quiet_for(made, moodle_key(made), 12)
    return made


@pytest.fixture
def lara(here, page):
    page.goto("/sign-in")
    page.get_by_role("button", name="Lara", exact=True).click()
    return page


def in_sight(mark: Locator) -> bool:
    """Whether nobody has to scroll what was sent to see the mark in it."""
    return bool(
        mark.evaluate(
            """mark => {
                const box = mark.closest("pre").getBoundingClientRect(), own = mark.getBoundingClientRect()
                return own.top >= box.top && own.bottom <= box.bottom
            }"""
        )
    )


def test_from_a_count_to_a_statement_and_from_a_refusal_to_a_trial(here, lara, accessible):
    key = moodle_key(here)
    send(here, key, completion(8), completion(99, who="77"))
    deep = completion(9) | {
        "result": {"extensions": {f"https://x.example/{n}": n for n in range(60)}, "score": 7}
    }
    body = (orjson.dumps([completion(9)])[:-1], BAD[1:-1], orjson.dumps([deep])[1:])
    refused_batch(here, key, b",".join(body))
    lara.goto("/arrivals")
    accessible()
    assert lara.locator("figure svg[role=img]").count() == 2
    lara.get_by_role("link", name="Last 7 days").click()
    accessible()

    lara.get_by_role("link", name="Statements", exact=True).click()
    lara.get_by_label("What became of it").select_option(label="Recognised")
    lara.get_by_role("button", name="Show").click()
    accessible()
    lara.locator("main table a").first.click()
    lara.get_by_text("somebody known here").wait_for()
    accessible()

    lara.get_by_role("link", name="Refused", exact=True).click()
    accessible()
    lara.locator("main table a").first.click()
    lara.locator("mark").last.wait_for()
    accessible()
    lara.get_by_role("button", name="Bring in its valid statements").click()
    lara.get_by_text("Statement 1: valid, brought in").click()
    lara.get_by_role("link", name="What statement 1 did").wait_for()
    accessible()

    assert all(in_sight(one) for one in lara.locator("mark").all())

    lara.get_by_role("link", name="Try a statement").click()
    accessible()
    lara.get_by_label("Try it as").select_option(key.id)
    lara.get_by_label("Statement, or a whole batch").fill(BAD.decode())
    lara.get_by_role("button", name="See what it would do").click()
    lara.get_by_text("It would be refused").wait_for()
    accessible()
    lara.get_by_label("Statement, or a whole batch").fill(orjson.dumps(completion(10)).decode())
    lara.get_by_role("button", name="See what it would do").click()
    lara.get_by_text("It is valid and would be taken in: 1 statement.").wait_for()
    accessible()

    lara.get_by_role("link", name="Learning systems").click()
    lara.get_by_text("has been quiet for").wait_for()
    accessible()
    lara.get_by_role("link", name="Quarantine").click()
    accessible()


def test_nothing_is_wider_than_a_telephone(here, lara):
    key = moodle_key(here)
    (one, _) = send(here, key, completion(8), completion(99, who="77"))
    number = refused_batch(here, key, BAD)
    lara.set_viewport_size({"width": 380, "height": 800})
    for address in (
        "/arrivals", "/arrivals/statements", f"/arrivals/statements/{one}", "/refused", f"/refused/{number}",
        "/arrivals/try", "/arrivals/systems", "/quarantine",
    ):  # fmt: skip
        lara.goto(address)
        wider = lara.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider == 0, address
    for cell in lara.locator("main th[scope=row]:visible").all():  # of the quarantine: no word is broken
        assert (cell.bounding_box() or {"width": 0})["width"] > 150
