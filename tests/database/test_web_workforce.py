"""The pages of workforce development staff and managers: what they show and what can be done on them."""

import pytest

from passport_service.services import passports, training
from passport_service.store import queries, security_log
from tests.people import Town
from tests.workforce import (
    COURSES,
    completion,
    moodle_key,
    send,
    workforce_town,
)

ASHA, STRANGER = "account|https://moodle.example|12", "account|https://moodle.example|77"


@pytest.fixture
def here(sqlite_store, clock) -> Town:
    return workforce_town(sqlite_store, clock)


@pytest.fixture
def wendy(here, app):
    return here.signed_in(app, "wendy")


@pytest.fixture
def mona(here, app):
    return here.signed_in(app, "mona")


def state_of(here: Town, ref: str, slug: str = "mca") -> str:
    found = passports.standpoint(here.store, here.streams[ref], now=here.now)
    return next(
        line.state_basis
        for line in queries.holdings_of(here.store, found.dossier.stream)
        if line.requirement == slug
    )


# Practitioners


def test_the_list_finds_by_name_and_reference_and_narrows_by_team_state_and_place(here, wendy):
    assert {"Asha", "Ben"} <= set(wendy.get("/practitioners").links)
    assert "Ben" not in wendy.get("/practitioners?search=ash").links
    assert "Asha" not in wendy.get("/practitioners?team=South+B").links
    assert "Asha" not in wendy.get("/practitioners?locality=South").links
    assert "Nobody fits" in wendy.get("/practitioners?state=active").text
    assert "Asha" in wendy.get("/practitioners?state=working_towards&sort=expiry").links


def test_the_list_counts_people_by_state(here, wendy):
    here.holder("cara", by="rhys")

    page = wendy.get("/practitioners")

    assert "Active 1" in page.text
    assert "Working towards 2" in page.text
    assert page.follow("Active 1").links.get("Cara")


def test_the_list_takes_odd_questions_without_failing(here, wendy):
    for query in (
        "page=-1",
        "page=9999",
        "page=x",
        "page=²",
        "sort=%27",
        "state=none",
        "search=%25_%5C",
    ):
        wendy.get(f"/practitioners?{query}")


def test_an_export_cannot_be_run_by_a_spreadsheet(here, wendy):
    here.person("evil", name="=HYPERLINK(1)", team="@North")

    answer = wendy.client.get("/practitioners/export.csv", base_url="https://localhost")

    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "'=HYPERLINK(1)" in answer.text
    assert "'@North" in answer.text


def test_a_team_manager_sees_only_their_own_team_and_the_people_they_manage(here, mona):
    here.person("dora", team="West C", manager="mona")
    page = mona.get("/practitioners")

    assert {"Asha", "Dora"} <= set(page.links)
    assert "South B" not in page.text  # not even the names of other teams
    assert "Ben" not in page.links
    mona.get(f"/practitioners/{here.streams['ben']}", status=404)
    assert "Ben" not in mona.client.get("/practitioners/export.csv", base_url="https://localhost").text


def test_one_practitioner_is_shown_with_evidence_and_the_statement_behind_it(here, wendy):
    key = moodle_key(here)
    send(here, key, completion(8), completion(7))

    page = wendy.get(f"/practitioners/{here.streams['asha']}")

    assert "Mental Capacity Act" in page.text
    assert "County Moodle" in page.text
    assert '"homePage": "https://moodle.example"' in page.text
    assert COURSES["mca"] in page.links.values()


def test_a_manager_sees_evidence_but_not_what_the_learning_system_wrote(here, mona):
    send(here, moodle_key(here), completion(8))

    page = mona.get(f"/practitioners/{here.streams['asha']}")

    assert "2 February 2026" in page.text
    assert "homePage" not in page.text


def test_what_is_not_evidence_is_shown_with_the_reason(here, wendy):
    failed = completion(8) | {"result": {"success": False}}
    send(here, moodle_key(here), failed)

    page = wendy.get(f"/practitioners/{here.streams['asha']}")

    assert "not successful" in page.text
    assert "Not evidence" in page.text


def test_an_activity_that_is_no_web_address_is_never_a_link(here, wendy):
    training.map_activity(
        here.store, activity="javascript:alert(1)", course="mca", now=here.now, caused_by="test"
    )
    send(here, moodle_key(here), completion(8) | {"object": {"id": "javascript:alert(1)"}})

    page = wendy.get(f"/practitioners/{here.streams['asha']}")

    assert "javascript:alert(1)" in page.text
    assert not any(link.startswith("javascript") for link in page.links.values())


def test_names_that_hold_markup_are_shown_as_they_are(here, wendy):
    stream = here.person("odd", name="<script>alert(1)</script>")

    assert wendy.get(f"/practitioners/{stream}").heading == "<script>alert(1)</script>"


def test_looking_at_another_persons_concern_is_kept_in_the_security_log(here, mona):
    here.submit("asha", "A-1")
    here.decide(
        "A-1", "concern", by="rhys", severity="standard", category="quality", reason="Two parts contradict."
    )

    mona.get(f"/practitioners/{here.streams['asha']}")

    (entry,) = [one for one in security_log.latest(here.store) if one.kind == "concern_seen"]
    assert (entry.who, entry.detail["stream"]) == (here.accounts["mona"].id, here.streams["asha"])


# Identities and absences


def test_linking_an_identifier_reads_what_waited_under_it(here, wendy):
    send(here, moodle_key(here), completion(8, who="77"))

    page = wendy.get(f"/practitioners/{here.streams['ben']}/identities/link")
    page.submit("Link it", kind="account", home_page="https://moodle.example", name="77")

    assert state_of(here, "ben") == "evidence"


def test_an_unlinking_can_be_undone(here, wendy):
    send(here, moodle_key(here), completion(8))
    address = f"/practitioners/{here.streams['asha']}"

    page = wendy.get(address).follow(f"Unlink {ASHA}")
    page = page.submit("Unlink it", how="never")
    assert state_of(here, "asha") == "not_started"

    page.submit(f"Undo the unlinking of {ASHA}")
    assert state_of(here, "asha") == "evidence"


def test_an_identifier_that_is_somebody_elses_needs_a_day(here, wendy):
    page = wendy.get(f"/practitioners/{here.streams['ben']}/identities/link")

    page = page.submit("Link it", kind="account", home_page="https://moodle.example", name="12", status=400)

    assert "Somebody else holds this identifier" in page.text


def test_an_absence_is_recorded_and_taken_back(here, mona):
    address = f"/practitioners/{here.streams['asha']}"
    page = mona.get(f"{address}/absences/new")
    page = page.submit("Record the absence", from_on=["3", "8", "2026"], until_on=["14", "8", "2026"])
    assert "14 August 2026" in page.text

    page = page.submit("Take back the absence from 3 August 2026")
    assert "14 August 2026" not in page.text


def test_an_absence_that_ends_before_it_begins_is_refused_beside_its_field(here, mona):
    page = mona.get(f"/practitioners/{here.streams['asha']}/absences/new")

    page = page.submit(
        "Record the absence", from_on=["3", "8", "2026"], until_on=["1", "8", "2026"], status=400
    )

    assert "ends before it begins" in page.text


def test_absences_of_other_teams_are_out_of_reach(here, mona):
    mona.get(f"/practitioners/{here.streams['ben']}/absences/new", status=404)
