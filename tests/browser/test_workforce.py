"""Two journeys of workforce development staff in a real browser, with axe on every page."""

import pytest

from tests.people import Town
from tests.workforce import completion, moodle_key, refused_batch, send, workforce_town


@pytest.fixture
def here(sqlite_store, clock) -> Town:
    return workforce_town(sqlite_store, clock)


@pytest.fixture
def wendy(here, page):
    page.goto("/sign-in")
    page.get_by_role("button", name="Wendy", exact=True).click()
    return page


def test_from_the_quarantine_to_evidence(here, wendy, accessible):
    send(here, moodle_key(here), completion(99), completion(8, who="77"))
    wendy.goto("/quarantine")
    accessible()

    wendy.get_by_role("link", name="Some title", exact=True).click()
    accessible()
    wendy.get_by_role("button", name="Say what it means").click()
    wendy.get_by_label("Course it means").select_option(label="Mental Capacity Act")
    accessible()
    wendy.get_by_role("button", name="Show who would change state").click()
    wendy.get_by_role("rowheader", name="Asha").wait_for()
    accessible()
    wendy.get_by_role("button", name="Save the mapping").click()
    assert "1 now count for somebody" in wendy.get_by_role("alert").inner_text()

    wendy.get_by_role("link", name="account https://moodle.example 77").click()
    wendy.get_by_label("Find the person").fill("ben")
    wendy.get_by_role("button", name="Search").click()
    accessible()
    wendy.get_by_role("link", name="Choose Ben").click()
    accessible()
    wendy.get_by_role("button", name="Link and read the statements again").click()
    assert "Statements that count: 1 of 1." in wendy.get_by_role("alert").inner_text()
    accessible()

    wendy.goto(f"/practitioners/{here.streams['ben']}")
    wendy.get_by_text("The statement behind it").first.click()
    wendy.get_by_text('"homePage": "https://moodle.example"').first.wait_for()
    accessible()


def test_from_a_file_to_a_person_with_earlier_learning(here, wendy, accessible, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(
        "reference,name,role,team,accounts\nC9,Cara,social_worker,North A,https://moodle.example 90\n"
    )
    wendy.goto("/people/import")
    accessible()

    wendy.get_by_label("CSV file").set_input_files(file)
    wendy.get_by_role("button", name="Check the file").click()
    accessible()
    wendy.get_by_role("button", name="Import these people").click()
    accessible()
    wendy.get_by_role("link", name="Cara").click()
    accessible()

    wendy.get_by_role("button", name="Propose earlier learning").click()
    wendy.get_by_label("Requirement it meets").select_option(label="Mental Capacity Act")
    for label, value in (("Day", "1"), ("Month", "5"), ("Year", "2025")):
        wendy.get_by_label(label, exact=True).fill(value)
    wendy.get_by_label("Who issued it").fill("Another council")
    wendy.get_by_label("Course", exact=True).fill("MCA refresher")
    wendy.get_by_label("Document reference").fill("File 12/4")
    wendy.get_by_label("I have seen the original").check()
    accessible()
    wendy.get_by_role("button", name="Propose it").click()
    wendy.get_by_text("Earlier learning waits for a second person").wait_for()


def test_every_other_list_is_accessible(here, wendy, accessible):
    key = moodle_key(here)
    send(here, key, completion(8))
    refused_batch(here, key, b'[{"note": "no actor"}]')

    for address in (
        "/practitioners", "/people", "/training", "/training/requirements/mca", "/training/requirements/mca/change",
        "/training/earlier-learning", "/training/waivers", "/refused", "/refused/1",
        f"/practitioners/{here.streams['asha']}/identities/link", f"/practitioners/{here.streams['asha']}/absences/new",
        f"/training/waivers/new/{here.streams['asha']}",
    ):  # fmt: skip
        wendy.goto(address)
        accessible()


def test_a_long_address_widens_no_list(here, page):
    page.goto("/sign-in")
    page.get_by_role("button", name="Olga", exact=True).click()
    page.goto("/accounts/new")
    page.get_by_label("E-mail address").fill(
        "administrator_of_the_learning_system@workforcedevelopment.council.example"
    )
    page.get_by_label("Name", exact=True).fill("Somebody With-A-Long-Name")
    for role in ("LMS administrator", "Workforce development"):
        page.get_by_label(role).check()
    page.get_by_role("button", name="Send the invitation").click()
    page.goto("/accounts")
    accounts = page.get_by_role("region", name="Accounts")
    accounts.get_by_text("workforcedevelopment.council.example").wait_for()
    assert accounts.evaluate("region => region.scrollWidth - region.clientWidth") == 0


def test_a_key_from_its_making_to_another_secret(here, page, accessible):
    page.goto("/sign-in")
    page.get_by_role("button", name="Olga", exact=True).click()
    page.goto("/keys")
    accessible()
    page.get_by_role("button", name="Make a key").click()
    accessible()
    page.get_by_label("What is the key for?").fill("County Moodle")
    page.get_by_label("Learning records (xAPI)").check()
    page.get_by_role("button", name="Make the key").click()
    page.get_by_text("Copy the secret now").wait_for()
    accessible()
    page.get_by_role("link", name="Go on to the key").click()
    accessible()
    page.get_by_role("button", name="Make a second secret").click()
    page.get_by_role("link", name="Go on to the key").click()
    page.get_by_role("link", name="End secret 1").click()
    accessible()
    page.get_by_role("button", name="End the secret").click()
    assert "Secret 1 has ended" in page.get_by_role("alert").inner_text()
