"""Concerns and what waits for a named person, page by page."""

import pytest

from passport_service.services import decisions, passports
from passport_service.store import queries
from tests.people import town

RECORD = {
    "who": "asha", "item": "A-9", "source": "audit", "category": "quality", "severity": "standard", "reason": "No analysis.",
}  # fmt: skip


@pytest.fixture
def here(sqlite_store, clock):
    made = town(sqlite_store, clock)
    made.holder("asha", by="rhys")
    return made


@pytest.fixture
def rhys(here, app):
    return here.signed_in(app, "rhys")


@pytest.fixture
def lena(here, app):
    return here.signed_in(app, "lena")


def concern(here, item, **more):
    """A concern about work that was confirmed and looked at."""
    here.clock.move(hours=1)
    here.confirm("asha", item)
    here.clock.move(minutes=1)
    here.decide(item, "concern", by="rhys", reason="The person's own views are missing.", **more)


def state(here, ref="asha"):
    return passports.standpoint(here.store, here.streams[ref], now=here.now).state


def record(pages, **fields):
    return pages.get("/concerns/new").submit("Record the concern", **{**RECORD, **fields})


def test_a_concern_found_in_an_audit_is_recorded(here, rhys):
    page = record(rhys, occurred_on=["27", "2", "2026"])

    assert "The concern is recorded, and the practitioner is told." in page.text
    (kept,) = queries.concerns_of(here.store, here.streams["asha"])
    assert (kept.source, str(kept.occurred_on), kept.counted) == ("audit", "2026-02-27", True)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"who": "nobody"}, "Nobody has the reference nobody."),
        ({"item": "943 476 5919"}, "an NHS number"),
        ({"reason": "He lives at SW1A 1AA"}, "a postcode"),
        ({"reason": "   "}, "Give your reasons."),
        ({"occurred_on": ["31", "2", "2026"]}, "Enter a day that exists"),
        ({"occurred_on": ["1", "1", "2027"]}, "cannot be later than today"),
        ({"occurred_on": ["1"]}, "Enter a day that exists"),
        ({"category": ""}, "Choose what it is about."),
        ({"who": "rhys"}, "in one team"),
    ],
)
def test_what_is_wrong_with_a_concern_is_said(here, rhys, fields, words):
    assert words in record(rhys, **fields).text
    assert queries.concerns_of(here.store, here.streams["asha"]) == []


def test_every_error_leads_to_its_field(here, rhys):
    page = rhys.get("/concerns/new").submit("Record the concern", occurred_on=["x", "", ""])

    ids = {element.get("id") for element in page.root.iter()}
    summary = [
        link
        for link in page.every("a")
        if (link.get("href") or "").startswith("#") and link.get("class") is None
    ]
    assert len(summary) == 7
    assert all(link.get("href")[1:] in ids for link in summary)


def test_the_lead_lists_concerns_and_overturns_one(here, lena):
    concern(here, "A-4")
    page = lena.get("/concerns")
    assert "Asha" in page.text
    page = page.follow("A-4")
    assert "The person's own views are missing." in page.text

    page = lena.get(page.links["Overturn it"])
    assert "Give your reasons." in page.submit("Overturn it").text
    page = page.submit("Overturn it", reason="Her views are on the second page.")

    assert "The concern is overturned." in page.text
    assert "Overturned; it counts for nothing" in page.text
    assert "No concern is recorded here." in lena.get("/concerns?status=counted").text


def test_whoever_recorded_a_concern_does_not_overturn_it(here, lena):
    record(lena)
    page = lena.get("/concerns").follow("A-9")

    page = lena.get(page.links["Overturn it"]).submit("Overturn it", reason="I have thought again.")

    assert "had no part in it" in page.text


def test_a_second_reader_sees_the_reference_and_nothing_of_the_first(sqlite_store, clock, app):
    here = town(sqlite_store, clock, **{"concern.second_reader": True})
    here.person("rosa", "ccv_reviewer", "CCV")
    here.account("rosa", "ccv_reviewer")
    here.holder("asha", by="rhys")
    concern(here, "A-4", category="own_views")
    rosa = here.signed_in(app, "rosa")
    assert "1 concern waits" in rosa.get("/ccv").text

    page = rosa.get("/concerns/to-read").follow("A-4")

    for secret in ("own views are missing", "Asha", "North", "Rhys", "P0000"):
        assert secret not in page.answer.text
    page = page.submit("Save what I found", agrees="yes", reason="I looked for her views and found none.")
    assert "the concern counts now" in page.text
    assert queries.concerns_of(here.store, here.streams["asha"])[0].counted


def test_the_first_reader_does_not_read_again(sqlite_store, clock, app):
    here = town(sqlite_store, clock, **{"concern.second_reader": True})
    here.holder("asha", by="rhys")
    concern(here, "A-4")
    rhys = here.signed_in(app, "rhys")

    assert "No concern waits for you" in rhys.get("/concerns/to-read").text
    rhys.get("/concerns/read?item=A-4", status=404)


def test_two_who_disagree_end_it_with_a_third(sqlite_store, clock, app):
    here = town(sqlite_store, clock, **{"concern.second_reader": True})
    here.holder("asha", by="rhys")
    concern(here, "A-4")
    for ref in ("rosa", "ruth"):
        here.person(ref, "ccv_reviewer", "CCV")
        here.account(ref, "ccv_reviewer")
        page = here.signed_in(app, ref).get("/concerns/read?item=A-4")
        page.submit("Save what I found", agrees="no", reason="The views are there.")

    assert queries.concerns_of(here.store, here.streams["asha"])[0].status == "withdrawn"


def test_nothing_waits_for_a_person_at_first(here, lena):
    assert "Nothing waits for a person." in lena.get("/waiting").text


@pytest.mark.parametrize(
    ("outcome", "left"), [("upheld", "revoked"), ("varied", "active"), ("overturned", "active")]
)
def test_a_serious_concern_is_decided_by_the_lead(here, lena, outcome, left):
    concern(here, "A-4", severity="serious")
    assert state(here) == "suspended"
    page = lena.get("/waiting")
    assert "Serious concern: Asha" in page.text
    assert "decide by 9 March 2026" in page.text

    page = page.follow("Decide serious concern: Asha").submit(
        "Save the decision", outcome=outcome, reason="I have read the work and what she said."
    )

    assert "Nothing waits for a person." in page.text
    assert state(here) == left


def test_what_is_late_tells_the_head_of_service(here, lena, app):
    concern(here, "A-4", severity="serious")
    here.clock.move(days=12)

    assert "The head of service should know." in here.signed_in(app, "lena").get("/waiting").text


def test_an_answer_needs_a_decision_and_reasons(here, lena):
    concern(here, "A-4", severity="serious")

    page = lena.get("/waiting").follow("Decide serious concern: Asha").submit("Save the decision")

    assert "Choose a decision." in page.text
    assert "Give your reasons in your own words." in page.text


def test_whoever_had_a_part_in_it_is_not_asked(here, lena):
    record(lena, severity="serious")

    page = lena.get("/waiting")

    assert "You had a part in this" in page.text
    assert [one for one in page.links if one.startswith("Decide")] == []


def test_a_proposed_withdrawal_waits_for_a_person(sqlite_store, clock, app):
    here = town(sqlite_store, clock, **{"revocation.mode": "propose"})
    here.holder("asha", by="rhys")
    concern(here, "A-4")
    concern(here, "A-5")
    assert state(here) == "suspended"
    lena = here.signed_in(app, "lena")

    page = lena.get("/waiting").follow("Decide proposed withdrawal: Asha")
    assert "A-4" in page.text
    page.submit("Save the decision", outcome="upheld", reason="I have read both pieces of work.")

    assert state(here) == "revoked"


def test_a_changed_basis_takes_two_people_to_cancel(here, lena, app):
    here.person("sam", "service_manager", "Management")
    here.account("sam", "service_manager")
    here.clock.move(minutes=1)
    decisions.correct(
        here.store,
        item="ASHA-2",
        outcome="returned",
        reviewer=here.streams["rhys"],
        reason="Open questions.",
        now=here.now,
        caused_by="test",
    )
    page = lena.get("/waiting").follow("Decide basis changed: Asha")
    page = page.submit(
        "Save the decision", outcome="upheld", reason="It rested on an approval that was none."
    )
    assert "You proposed that the passport is cancelled." in page.text
    assert state(here) == "suspended"

    page = here.signed_in(app, "sam").get("/waiting").follow("Decide basis changed: Asha")
    assert "Proposed by Lena" in page.text
    page.submit("Save the decision", outcome="upheld", reason="I come to the same view.")

    assert state(here) == "void"


def test_a_fresh_look_is_proposed_and_gives_the_passport_back(here, lena):
    concern(here, "A-4")
    concern(here, "A-5")
    assert state(here) == "revoked"
    page = lena.get("/concerns").follow("A-4")
    lena.get(page.links["Overturn it"]).submit("Overturn it", reason="Her views are on the second page.")

    page = lena.get("/waiting").follow("Decide fresh look at a withdrawal: Asha")
    page.submit("Save the decision", outcome="overturned", reason="One of the two no longer stands.")

    assert state(here) == "active"


def test_what_somebody_decided_meanwhile_waits_no_longer(here, lena, app):
    here.person("sam", "service_manager", "Management")
    here.account("sam", "service_manager")
    concern(here, "A-4", severity="serious")
    page = here.signed_in(app, "sam").get("/waiting").follow("Decide serious concern: Asha")
    lena.get("/waiting").follow("Decide serious concern: Asha").submit(
        "Save the decision", outcome="varied", reason="A lesson, not more."
    )

    page = page.submit("Save the decision", outcome="upheld", reason="It is bad.", status=404)

    assert "somebody has decided it meanwhile" in page.text


def test_the_practitioner_reads_what_was_decided_and_by_whom(here, lena, app):
    concern(here, "A-4", severity="serious")
    lena.get("/waiting").follow("Decide serious concern: Asha").submit(
        "Save the decision", outcome="varied", reason="A lesson, not more."
    )
    asha = here.signed_in(app, "asha")
    page = asha.get("/passport")

    page = page.follow(
        "Your passport is paused while a person looks at a serious concern about a piece of work."
    )

    assert "What a person decided" in page.text
    assert "A lesson, not more." in page.text
    assert "Lena" in page.text


def test_unknown_concerns_and_streams_are_not_there(here, lena):
    lena.get("/concerns/one?concern=C-0", status=404)
    lena.get("/concerns/overturn?concern=C-0", status=404)
    lena.get("/concerns?status=dreadful", status=404)
    lena.get(f"/waiting/answer?who={here.streams['asha']}&question=serious&of=C-0", status=404)
    lena.get("/waiting/answer", status=404)


def test_a_precaution_is_a_persons_with_their_reason_and_a_person_lifts_it(here, lena, app):
    page = lena.get("/waiting").follow("Pause a passport as a precaution")
    assert "Enter the staff reference." in page.submit("Pause the passport").text
    assert (
        "Nobody has the reference"
        in page.submit("Pause the passport", who="nobody", reason="A look first.").text
    )

    page = page.submit("Pause the passport", who="asha", reason="A complaint came in; we look first.")

    assert "The passport is paused, and the practitioner is told." in page.text
    assert state(here) == "suspended"
    notice = (
        here.signed_in(app, "asha").get("/passport").follow("Your passport is paused as a precaution.").text
    )
    assert "Decided By Lena" in notice
    assert "A complaint came in; we look first." in notice

    page = page.follow("Decide paused as a precaution: Asha")
    page.submit("Save the decision", outcome="overturned", reason="Nothing stood behind it.")

    assert state(here) == "active"


def test_nothing_is_paused_that_is_not_live(here, lena):
    here.person("bea")

    page = lena.get("/waiting/pause").submit("Pause the passport", who="bea", reason="A look first.")

    assert "There is no live passport to pause." in page.text
