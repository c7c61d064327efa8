"""My passport, read as the practitioner reads it."""

import json
from datetime import date

import pytest

from passport_service.domain.passport import Code
from passport_service.services import decisions, passports, people, sentences
from passport_service.services.explanations import explain
from passport_service.store.tables.work import Outbox
from tests.people import town


@pytest.fixture
def here(sqlite_store, clock):
    return town(sqlite_store, clock)


def mine(here, app, ref="asha"):
    return here.signed_in(app, ref).get("/passport")


def test_every_code_has_a_sentence_of_its_own():
    assert [one for one in Code if one not in sentences.REASONS] == []
    assert len(set(sentences.REASONS.values())) == len(sentences.REASONS)


def test_somebody_who_has_nothing_yet_is_told_how_it_works(here, app):
    here.person("asha")

    page = mine(here, app)

    assert "Nothing has been recorded for you yet, and that is fine" in page.text
    assert "Three approved in a row are needed" in page.text
    assert "Mental Capacity Act: complete the course" in page.text
    assert "Have three pieces of work approved by CCV, in a row" in page.text
    assert page.follow("Send a piece of work to CCV").heading == "Send work to CCV"


@pytest.mark.parametrize(
    "part", ["Training", "What was said of your work", "History", "What we hold about you"]
)
def test_every_part_reads_well_with_nothing_in_it(here, app, part):
    here.person("asha")

    assert mine(here, app).follow(part).heading


def test_a_holder_reads_why_and_what_to_renew_by_when(here, app):
    here.person("asha")
    here.train("asha", on=date(2024, 4, 20))
    here.approve("asha", "A-1", "A-2", "A-3", by="rhys")

    page = mine(here, app)

    assert "Active You may confirm your own work." in page.text
    assert "Approved in a row: A-1, A-2 and A-3." in page.text
    assert "Mental Capacity Act: renew by 20 April 2026" in page.text
    assert "49 days are left" in page.text
    assert "Covered by your endorsement: simple equipment." in page.text


def test_a_state_is_said_in_words_and_never_by_colour_alone(here, app):
    here.holder("asha", by="rhys")

    tags = [one for one in mine(here, app).every("strong") if "govuk-tag" in one.get("class", "")]

    assert [one.text for one in tags] == ["Active"]


def test_a_run_is_shown_with_each_decision_and_what_it_did(here, app):
    here.person("asha")
    here.approve("asha", "A-1", by="rhys")
    here.submit("asha", "A-2")
    here.clock.move(minutes=5)
    here.decide("A-2", "returned", by="rhys", reason="Which options were considered?\nAnd when?")
    here.approve("asha", "A-3", by="rhys")

    pages = here.signed_in(app, "asha")
    page = pages.get("/passport")
    assert "1 of 3 in a row, 2 to go" in page.text
    assert "The run starts again after it" in page.text
    page = page.follow("Read what was said of your work")
    assert "A-2: returned with questions" in page.text
    assert "Which options were considered?" in page.text
    assert "By Rhys" in page.text
    assert "Which options were considered?<br>And when?" in page.answer.text


def test_what_a_reviewer_wrote_is_text_and_nothing_else(here, app):
    here.person("asha")
    here.submit("asha", "A-1")
    here.decide("A-1", "returned", by="rhys", reason="<script>alert(1)</script>")

    assert "&lt;script&gt;alert(1)" in here.signed_in(app, "asha").get("/passport/decisions").answer.text


def test_training_that_ran_out_pauses_and_says_what_to_complete(here, app):
    here.person("asha")
    here.train("asha", on=date(2024, 3, 10))
    here.approve("asha", "A-1", "A-2", "A-3", by="rhys")
    here.clock.move(days=10)

    page = mine(here, app)

    assert "Your passport is paused" in page.text
    assert "Mental Capacity Act: complete the course" in page.text
    assert "It ran out on 10 March 2026." in page.text
    assert "All your work goes to CCV" in page.text


def test_a_notice_has_every_element(here, app):
    here.holder("asha", by="rhys")
    for item in ("A-4", "A-5"):
        here.clock.move(days=1)
        here.confirm("asha", item)
        here.decide(item, "concern", by="rhys", reason="Her own views are missing.", category="own_views")

    page = mine(here, app)
    assert (
        "Your passport has been withdrawn. CCV approves your work, and you can earn a new passport."
        in page.text
    )
    assert "Have three pieces of work approved by CCV, in a row" in page.text
    page = page.follow(
        "Your passport has been withdrawn because concerns about different pieces of work were repeated."
    )

    for element in (
        "Takes effect 4 March 2026", "Automatically, by a rule", "L8, policy version 1", "Standard concern about A-4",
        "Standard concern about A-5", "Work you have already confirmed stays confirmed", "three new pieces of work in a row",
        "Write to the CCV lead", "A person who had no part", "The last day to ask is 18 March 2026",
        "Who decides: The CCV lead", "trade union", "data protection officer", "says nothing about pay or conduct",
    ):  # fmt: skip
        assert element in page.text


def test_the_notice_of_somebody_else_is_not_there(here, app):
    here.holder("asha", by="rhys")
    here.confirm("asha", "A-4")
    here.decide("A-4", "concern", by="rhys", reason="Unclear.")
    here.person("bea")
    notice = (
        passports.standpoint(here.store, here.streams["asha"], now=here.now).dossier.notices[0].data["notice"]
    )

    here.signed_in(app, "asha").get(f"/passport/notices/{notice}")
    here.signed_in(app, "bea").get(f"/passport/notices/{notice}", status=404)


def test_a_serious_concern_says_that_a_person_decides_and_by_when(here, app):
    here.holder("asha", by="rhys")
    here.confirm("asha", "A-4")
    here.decide("A-4", "concern", by="rhys", reason="Capacity was not looked at.", severity="serious")

    page = mine(here, app)

    assert "A person decides" in page.text
    assert "The day to decide by is 9 March 2026." in page.text
    here.clock.move(days=20)
    assert "That day has passed, and it is not forgotten" in mine(here, app).text


def test_a_changed_basis_names_itself(here, app):
    here.holder("asha", by="rhys")
    here.clock.move(minutes=1)
    decisions.correct(
        here.store,
        item="ASHA-2",
        outcome="returned",
        reviewer=here.streams["rhys"],
        reason="Two questions were open.",
        now=here.now,
        caused_by="test",
    )

    assert "A decision that your passport was issued on has changed." in mine(here, app).text
    said = here.signed_in(app, "asha").get("/passport/decisions").text
    assert "Corrected 2 March 2026" in said
    assert "Two questions were open." in said


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"registration": "ended"}, "Your professional registration has ended."),
        ({"registration": "unknown"}, "Your professional registration could not be confirmed."),
        ({"newly_qualified": True}, "You are in your first, supported year."),
        (
            {"role": "support_worker"},
            "Passports are for these roles: social worker and occupational therapist.",
        ),
    ],
)
def test_who_may_not_hold_one_is_told_why(here, app, more, words):
    here.person("asha", **more)

    assert words in mine(here, app).text


def test_the_history_tells_the_life_of_the_passport(here, app):
    here.holder("asha", by="rhys")
    passports.give_up(here.store, here.streams["asha"], now=here.now, caused_by="test")

    page = here.signed_in(app, "asha").get("/passport/history")

    assert "Passport number 1 issued" in page.text
    assert "Ended" in page.text
    assert "you gave it up" in mine(here, app).text


def test_what_is_held_can_be_taken_as_a_file(here, app):
    here.holder("asha", by="rhys")
    people.record_absence(
        here.store,
        here.streams["asha"],
        from_on=date(2026, 3, 5),
        until_on=date(2026, 3, 9),
        now=here.now,
        caused_by="test",
    )
    people.link(
        here.store, here.streams["asha"], "account|https://lms.example|12", now=here.now, caused_by="test"
    )
    pages = here.signed_in(app, "asha")
    page = pages.get("/passport/about-me")
    assert "5 March 2026 to 9 March 2026" in page.text
    assert "account https://lms.example 12" in page.text

    taken = page.follow("Download what is held about me (JSON)")

    events = json.loads(taken.answer.text)
    assert "passport_issued" in [one["what"] for one in events]
    assert "attachment" in taken.answer.headers["Content-Disposition"]


def test_an_explanation_never_leaves_a_state_without_a_reason(here):
    """R0.8, for every state that this small council comes by."""
    here.person("asha")
    here.holder("bea", by="rhys")
    here.person("carl", registration="ended")
    for ref in ("asha", "bea", "carl"):
        found = explain(passports.standpoint(here.store, here.streams[ref], now=here.now))
        assert found.reasons
        assert all(one.sentence for one in found.reasons)


def test_the_letter_of_a_notice_speaks_in_days_and_names(here, app):
    """A pause that begins at midnight in summer begins on that day, not on the one before in UTC."""
    here.clock.move(days=120)
    here.person("asha")
    here.train("asha", on=date(2024, 6, 30))
    here.approve("asha", "A-1", "A-2", "A-3", by="rhys")
    here.clock.move(days=3)
    passports.sweep(here.store, now=here.now)

    text = Outbox.select().where(Outbox.notice.contains("-N1")).get().text

    assert "It took effect on 1 July 2026 and was decided automatically, by a rule" in text
    assert "Mental Capacity Act: not current, 30 June 2026" in text
    assert "Ask by 15 July 2026." in text
