"""CCV's pages: what waits, deciding blind, and whose it was afterwards."""

import pytest

from passport_service.services import dossiers, people
from passport_service.services.dossiers import changing
from passport_service.store import queries
from tests.people import town


@pytest.fixture
def here(sqlite_store, clock):
    made = town(sqlite_store, clock)
    made.person("asha", name="Asha Patel", team="North A", manager="mona")
    made.submit("asha", "A-1", facts={"cost_a_week": 400, "placement": False})
    return made


@pytest.fixture
def rhys(here, app):
    return here.signed_in(app, "rhys")


def decide(pages, item="A-1", **fields):
    return pages.get(f"/ccv/decide?item={item}").submit("Save the decision", **fields)


def pick(here, ref, item):
    with changing(here.store, here.streams[ref], now=here.now) as case:
        case.add("item_picked", {"item": item, "basis": "random", "due_on": "2026-03-16"})


def test_the_queue_shows_references_and_days_and_no_names(here, rhys):
    page = rhys.get("/ccv")

    assert "Approve (1)" in page.text
    assert "A-1" in page.links
    assert "4 March 2026" in page.text
    for secret in ("Asha", "Patel", "North", "P0000"):
        assert secret not in page.answer.text


def test_what_is_late_says_so(here, rhys, app):
    here.clock.move(days=4)

    assert "Approve (1, 1 late)" in here.signed_in(app, "rhys").get("/ccv").text


def test_each_stream_has_its_tab(here, rhys):
    here.holder("bea", by="rhys")
    here.submit("bea", "B-1")
    here.confirm("bea", "B-2")
    pick(here, "bea", "B-2")

    assert "B-1" in rhys.get("/ccv?stream=authorise").links
    assert "B-2" in rhys.get("/ccv?stream=moderate").links
    rhys.get("/ccv?stream=everything", status=404)


def test_the_form_shows_the_facts_and_not_whose_they_are_nor_why_it_was_drawn(here, rhys):
    here.holder("bea", by="rhys")
    here.confirm("bea", "B-2")
    pick(here, "bea", "B-2")
    for item in ("A-1", "B-2"):
        page = rhys.get(f"/ccv/decide?item={item}")
        for secret in ("Asha", "Patel", "Bea", "North", "P0000", "random", "audit"):
            assert secret not in page.answer.text
    page = rhys.get("/ccv/decide?item=A-1")
    assert "Cost a week 400" in page.text
    assert "Placement No" in page.text
    assert "safeguarding process" in page.text


def test_an_outcome_is_saved_and_then_the_reviewer_learns_whose_it_was(here, rhys):
    page = decide(rhys, outcome="approved", praise="Her own words carry it.")

    assert page.path == "/ccv/item"
    assert "Your decision is saved." in page.text
    assert "Asha Patel, North A" in page.text
    assert "Done well: Her own words carry it." in page.text
    assert "A-1" not in rhys.get("/ccv").links


@pytest.mark.parametrize(
    ("fields", "words", "field"),
    [
        ({}, "Choose an outcome.", "outcome"),
        ({"outcome": "returned"}, "Ask at least one question", "reason"),
        ({"outcome": "approved_with_comments", "reason": "  "}, "Write your comments.", "reason"),
        ({"outcome": "not_reviewable"}, "Say why it cannot be reviewed.", "reason"),
        ({"outcome": "concern", "reason": "Unclear."}, "Choose what the concern is about.", "category"),
        (
            {"outcome": "concern", "reason": "Unclear.", "category": "quality"},
            "Choose how serious it is.",
            "severity",
        ),
        ({"outcome": "returned", "reason": "Ring her on 07700 900123"}, "a phone number", "reason"),
        ({"outcome": "approved", "praise": "NHS 943 476 5919"}, "an NHS number", "praise"),
        ({"outcome": "approved", "reason": "x" * 4001}, "at most 4000", "reason"),
    ],
)
def test_what_an_outcome_lacks_is_said_beside_its_field(here, rhys, fields, words, field):
    page = decide(rhys, **fields)

    assert words in page.text
    assert f'href="#{field}"' in page.answer.text
    assert queries.find_item(here.store, "A-1").status == "submitted"


def test_a_concern_is_recorded_with_its_category_and_severity(here, rhys):
    decide(
        rhys, outcome="concern", category="capacity", severity="serious", reason="The assessment is missing."
    )

    (concern,) = queries.concerns_of(here.store, here.streams["asha"])
    assert (concern.category, concern.severity) == ("capacity", "serious")


def test_what_stands_in_the_concern_fields_is_ignored_for_another_outcome(here, rhys):
    decide(rhys, outcome="approved", category="capacity", severity="serious")

    assert queries.concerns_of(here.store, here.streams["asha"]) == []


def test_why_an_item_was_drawn_is_told_afterwards(here, rhys):
    here.holder("bea", by="rhys")
    here.confirm("bea", "B-2")
    pick(here, "bea", "B-2")

    assert "Drawn by chance" in decide(rhys, "B-2", outcome="approved").text


def test_somebody_else_may_have_been_first(here, app, rhys):
    here.person("rosa", "ccv_reviewer", "CCV")
    here.account("rosa", "ccv_reviewer")
    page = here.signed_in(app, "rosa").get("/ccv/decide?item=A-1")
    decide(rhys, outcome="approved")

    assert (
        "decided or withdrawn meanwhile"
        in page.submit("Save the decision", outcome="returned", status=403).text
    )


@pytest.mark.parametrize(
    "near",
    [
        {"team": "North A"},
        {"ref": "mona"},
    ],
)
def test_the_work_of_people_near_a_reviewer_is_not_offered(here, app, near):
    ref = near.get("ref", "rosa")
    here.person(ref, "ccv_reviewer", near.get("team", "Elsewhere"))
    here.account(ref, "ccv_reviewer")
    pages = here.signed_in(app, ref)

    assert "A-1" not in pages.get("/ccv").links
    page = pages.get("/ccv/decide?item=A-1", status=409)
    assert "This item is not for you" in page.text
    assert "team" not in page.text


def test_a_former_team_keeps_its_distance_for_a_year(here, app):
    stream = here.person("rosa", "ccv_reviewer", "North A")
    here.account("rosa", "ccv_reviewer")
    here.clock.move(days=1)
    people.change(here.store, stream, {"team": "CCV"}, now=here.now, caused_by="test")

    assert "A-1" not in here.signed_in(app, "rosa").get("/ccv").links
    here.clock.move(days=370)
    assert "A-1" in here.signed_in(app, "rosa").get("/ccv").links


def test_nobody_decides_on_their_own_work(here, app):
    stream = here.person("rosa", "social_worker", "Alone")
    here.submit("rosa", "R-1")
    people.change(here.store, stream, {"role": "ccv_reviewer", "team": "CCV"}, now=here.now, caused_by="test")
    here.account("rosa", "ccv_reviewer")
    pages = here.signed_in(app, "rosa")

    assert "R-1" not in pages.get("/ccv").links
    pages.get("/ccv/decide?item=R-1", status=409)


def test_a_reviewer_whose_role_has_gone_decides_nothing(here, app):
    """The account may still say so; the staff record does not."""
    pages = here.signed_in(app, "rhys")
    page = pages.get("/ccv/decide?item=A-1")
    people.change(here.store, here.streams["rhys"], {"role": "team_manager"}, now=here.now, caused_by="test")

    assert (
        "The role of this person does not allow it"
        in page.submit("Save the decision", outcome="approved").text
    )


def test_the_lead_sees_how_much_waits_and_not_the_items(here, app):
    page = here.signed_in(app, "lena").get("/ccv")

    assert "Approve (1)" in page.text
    assert "A-1" not in page.links
    here.signed_in(app, "lena").get("/ccv/decide?item=A-1", status=403)


def test_looking_an_item_up(here, app, rhys):
    here.person("rosa", "ccv_reviewer", "CCV")
    here.account("rosa", "ccv_reviewer")
    decide(rhys, outcome="returned", reason="Which options?")

    page = here.signed_in(app, "rosa").get("/ccv/find").submit("Look it up", item="A-1")
    page = here.signed_in(app, "rosa").get("/ccv/find?item=A-1")

    assert "Which options?" in page.text
    assert "Patel" not in page.text
    assert "Whose work it was is told to those who decided on it." in page.text
    assert "Asha Patel" in here.signed_in(app, "lena").get("/ccv/item?item=A-1").text
    assert "no item of this reference" in rhys.get("/ccv/find?item=Z-9", status=404).text


def test_an_item_that_waits_again_is_blind_again_even_for_who_returned_it(here, rhys):
    decide(rhys, outcome="returned", reason="Which options?")
    here.clock.move(minutes=1)
    here.submit("asha", "A-1")

    page = rhys.get("/ccv/item?item=A-1")

    assert "Patel" not in page.text
    assert "Nothing is shown of this item while it waits" in page.text


def test_a_decision_is_corrected_with_a_reason(here, rhys):
    page = decide(rhys, outcome="approved")
    here.clock.move(minutes=1)
    page = page.follow("Correct this decision")
    assert "It is “Approved” now" in page.text
    assert "Give a reason" in page.submit("Correct the decision", outcome="approved").text

    page = page.submit("Correct the decision", outcome="returned", reason="Two questions were open.")

    assert "The decision is corrected." in page.text
    assert "Returned with questions" in page.text


def test_what_waits_or_is_near_is_not_corrected(here, app, rhys):
    rhys.get("/ccv/correct?item=A-1", status=403)
    decide(rhys, outcome="approved")
    here.person("nora", "ccv_reviewer", "North A")
    here.account("nora", "ccv_reviewer")

    here.signed_in(app, "nora").get("/ccv/correct?item=A-1", status=403)


def test_the_facts_of_an_item_come_from_its_submission(here):
    assert dossiers.load(here.store, here.streams["asha"]).items["A-1"].facts["cost_a_week"] == 400
