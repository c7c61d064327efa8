"""Quarantine, refused batches, training and keys: what the pages show and what can be done on them."""

import re
from datetime import date

import pytest

from passport_service.services import authentication, keys, passports, priors
from passport_service.store import queries, security_log
from passport_service.xapi.scopes import Scope
from tests import builders
from tests.people import Town
from tests.workforce import (
    COURSES,
    PEPPER,
    SCORM,
    UNMAPPED,
    completion,
    moodle_key,
    quiet_for,
    refused_batch,
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


# Quarantine


def test_an_unmapped_activity_is_one_entry_and_mapping_it_counts_for_those_who_are_known(here, wendy):
    send(here, moodle_key(here), completion(99), completion(99, who="77"))

    page = wendy.get("/quarantine")
    assert page.text.count(UNMAPPED) == 1
    page = page.follow("Some title " + UNMAPPED if "Some title " + UNMAPPED in page.links else "Some title")
    page = page.follow("Say what it means")
    page = page.submit("Show who would change state", course="mca")
    assert "Asha" in page.text
    assert "Not started" in page.text
    assert queries.holdings_of(here.store, here.streams["asha"]) == []

    page = page.submit("Save the mapping")
    assert "1 now count for somebody, 1 wait for their person" in page.text
    assert state_of(here, "asha") == "evidence"


def test_what_is_no_course_is_folded_away_and_mapped_only_past_a_warning(here, wendy):
    send(here, moodle_key(here), builders.moodle_scorm())

    page = wendy.get("/quarantine")
    assert "1 activity that is no course" in page.text
    page = wendy.get("/training/mappings/new", follow=True)
    page = page.submit("Show who would change state", activity=SCORM, course="mca", status=400)
    assert "This is not a course" in page.text
    page = page.submit("Show who would change state", activity=SCORM, course="mca", understood="y")
    assert page.heading == "Who would change state"


def test_the_warning_cannot_be_passed_by_by_sending_the_second_step_at_once(here, wendy):
    send(here, moodle_key(here), builders.moodle_scorm())
    token = wendy.get("/training/mappings/new").form().find(".//input[@name='csrf_token']").get("value")

    fields = {"csrf_token": token, "activity": SCORM, "course": "mca", "confirmed": "yes"}
    page = wendy.post("/training/mappings/new", fields, status=400)

    assert "This is not a course" in page.text


def test_an_unknown_person_is_linked_and_the_page_says_how_many_count(here, wendy):
    send(here, moodle_key(here), completion(8, who="77"), completion(9, who="77"))

    page = wendy.get("/quarantine").follow("account https://moodle.example 77")
    assert "Asha Example" in page.text  # the name that came with it: a help, never a proof
    page = page.submit("Search", search="ben").follow("Choose Ben")
    page = page.submit("Link and read the statements again")

    assert "Statements that count: 2 of 2." in page.text
    assert state_of(here, "ben") == "evidence"


def test_the_search_page_of_an_actor_nobody_knows_is_empty_rather_than_an_error(here, wendy):
    assert "Nothing waits" in wendy.get(f"/quarantine/person?actor={STRANGER}").text
    wendy.get("/quarantine/person?actor=", status=404)


def test_what_is_dated_before_2000_is_listed(here, wendy):
    send(here, moodle_key(here), completion(8, on=date(1999, 5, 5)))

    assert "Dated before 2000" in wendy.get("/quarantine").text


def test_an_empty_quarantine_says_so(here, wendy):
    assert "Everything that arrived has been placed" in wendy.get("/quarantine").text


# Refused batches


def test_a_refused_batch_is_shown_as_text_and_its_valid_statements_are_brought_in(here, wendy):
    key = moodle_key(here)
    body = (
        b'[{"actor":{"account":{"homePage":"https://moodle.example","name":"12"}},'
        b'"verb":{"id":"http://adlnet.gov/expapi/verbs/completed"},"timestamp":"2026-02-02T09:00:00Z",'
        b'"object":{"id":"https://moodle.example/course/view.php?id=8"}},{"note":"<script>alert(1)</script>"}]'
    )
    number = refused_batch(here, key, body)

    page = wendy.get("/refused").follow(f"2 March 2026 at 9:00am, batch {number}")
    assert "<script>alert(1)</script>" in page.text
    page = page.submit("Bring in its valid statements")

    assert "1 statement brought in, 1 of them new; 1 left out" in page.text
    assert state_of(here, "asha") == "evidence"


def test_a_body_that_is_no_text_at_all_is_shown_safely(here, wendy):
    number = refused_batch(here, moodle_key(here), b'\x00\xff\xfe<b>\x1b[31m {"a":')

    assert "<b>" in wendy.get(f"/refused/{number}").text


def test_a_batch_that_never_was_is_not_found(here, wendy):
    wendy.get("/refused/4711", status=404)
    wendy.get("/refused/99999999999999999999999", status=404)


# Training


def test_the_training_page_says_when_each_learning_system_was_last_heard(here, wendy):
    key = moodle_key(here)
    send(here, key, completion(8))

    page = wendy.get("/training")

    assert "2 March 2026 at 9:00am" in page.text
    assert "from County Moodle" in page.follow("Mental Capacity Act").text


def test_a_learning_system_that_went_quiet_raises_an_alarm(here, wendy, app):
    quiet_for(here, moodle_key(here), days=6)

    page = here.signed_in(app, "wendy").get("/training")

    assert "County Moodle has been quiet for" in page.text


def test_ending_a_mapping_keeps_or_takes_away_the_evidence_so_far(here, wendy):
    send(here, moodle_key(here), completion(8))
    page = wendy.get("/training/requirements/mca").follow(f"End the mapping of {COURSES['mca']}")
    page = page.submit("Show who would change state", how="cancel")
    assert "Asha" in page.text

    page.submit("End the mapping")
    assert state_of(here, "asha") == "not_started"


def test_a_requirement_is_changed_and_everybody_is_worked_out_afresh(here, wendy):
    send(here, moodle_key(here), completion(8))

    page = wendy.get("/training/requirements/mca/change")
    page = page.submit("Save the requirement", months="12", pass_mark="80")

    assert "12 months" in page.text
    assert "80%" in page.text
    (line,) = queries.holdings_of(here.store, here.streams["asha"])
    assert line.expires_on == date(2027, 2, 2)


def test_a_new_requirement_is_outstanding_for_everybody_from_now_on(here, wendy):
    page = wendy.get("/training").follow("Add a requirement")
    given = {"title": "Fire safety", "months": "12", "needs_passed": "no", "sets": "core"}
    assert "already" in page.submit("Save the requirement", slug="mca", **given, status=400).text
    assert (
        "small letters" in page.submit("Save the requirement", slug="Fire safety", **given, status=400).text
    )

    page = page.submit("Save the requirement", slug="fire_safety", **given)

    assert page.heading == "Fire safety"
    assert "Fire safety" in wendy.get(f"/practitioners/{here.streams['asha']}").text


def test_a_course_that_satisfies_another_requirement_is_previewed_first(here, wendy):
    send(here, moodle_key(here), completion(10))
    page = wendy.get("/training/requirements/mca").follow("Add a course that satisfies it")
    page = page.submit("Show who would change state", course="safeguarding_adults")
    assert "Asha" in page.text
    assert queries.holdings_of(here.store, here.streams["asha"])[0].requirement != "mca"

    page = page.submit("Save it")
    assert "Safeguarding adults" in page.text
    assert state_of(here, "asha") == "evidence"


def test_earlier_learning_takes_two_people(here, app, wendy, mona):
    address = f"/training/earlier-learning/new/{here.streams['asha']}"
    given = {
        "requirement": "mca",
        "completed_on": ["1", "5", "2025"],
        "issuer": "Another council",
        "course": "MCA",
    }
    mona.get(address).submit("Propose it", **given, document="File 12/4", authenticity="original_seen")
    assert queries.holdings_of(here.store, here.streams["asha"]) == []

    own = mona.get("/training/earlier-learning").follow("Asha, Mental Capacity Act")
    assert "another person" in own.submit("Save the decision", answer="approve", status=400).text.lower()
    page = wendy.get("/training/earlier-learning").follow("Asha, Mental Capacity Act")
    page.submit("Save the decision", answer="approve")

    assert state_of(here, "asha") == "accepted_prior"
    assert priors.pending(here.store) == []


def test_a_practitioner_proposes_their_own_earlier_learning_and_nobody_elses(here, app):
    asha = here.signed_in(app, "asha")

    asha.get(f"/training/earlier-learning/new/{here.streams['asha']}")
    asha.get(f"/training/earlier-learning/new/{here.streams['ben']}", status=404)


def test_declining_needs_a_reason(here, wendy, mona):
    priors.propose(
        here.store, here.streams["asha"], requirement="mca", completed_on=date(2025, 5, 1), issuer="Council", course="MCA",
        document="12/4", authenticity="copy_only", by="somebody", now=here.now, caused_by="account:somebody",
    )  # fmt: skip
    page = wendy.get("/training/earlier-learning").follow("Asha, Mental Capacity Act")

    page = page.submit("Save the decision", answer="decline", status=400)
    assert "Say why" in page.text
    page.submit("Save the decision", answer="decline", reason="No certificate was found.")
    assert priors.pending(here.store) == []


def test_a_waiver_is_granted_for_a_time_and_never_to_oneself(here, wendy):
    page = wendy.get(f"/training/waivers/new/{here.streams['asha']}")
    given = {"requirement": "mca", "kind": "time", "reason": "Long-standing trainer of the course."}
    page = page.submit(
        "Grant the waiver", **given, from_on=["1", "3", "2026"], until_on=["1", "6", "2027"], status=400
    )
    assert "twelve months at most" in page.text

    page.submit("Grant the waiver", **given, from_on=["1", "3", "2026"], until_on=["", "", ""])
    assert state_of(here, "asha") == "waived"
    own = wendy.get(f"/training/waivers/new/{here.streams['wendy']}")
    own.submit("Grant the waiver", **given, from_on=["1", "3", "2026"], status=400)


def test_a_waiver_that_a_learning_system_asks_for_waits_for_a_person(here, wendy):
    key = moodle_key(here)
    who = ("https://moodle.example", "12")
    satisfied = builders.cmi5_course_satisfied(
        course=COURSES["mca"], publisher="https://publisher.example/x", who=who
    )
    send(here, key, builders.cmi5_unit_waived(who=who), satisfied)

    page = wendy.get("/training/waivers")
    assert "Asha" in page.text
    page = page.follow("Asha, asked 2 March 2026")
    page.submit("Save the decision", grant="yes", reason="Certificate seen.")

    assert state_of(here, "asha") == "waived"
    assert "Nothing waits" in wendy.get("/training/waivers").text


# Keys


def test_an_administrator_sees_keys_without_secrets_and_ends_one(here, app):
    key = moodle_key(here, may_void=True)
    olga = here.signed_in(app, "olga")

    page = olga.get("/keys")
    assert "send statements, read its own statements" in page.text
    assert "void statements" in page.text
    page = page.follow("County Moodle").follow("End the key").submit("End the key")

    assert "Ended" in page.text
    olga.get(f"/keys/{key.id}/end").submit("End the key", status=404)


def test_an_administrator_makes_a_key_and_sees_its_secret_once(here, app):
    olga = here.signed_in(app, "olga")
    page = olga.get("/keys/new").submit(
        "Make the key",
        label="County Moodle",
        purpose="xapi",
        scopes=["statements/write", "statements/read"],
        home_pages="https://moodle.example/",
        rate_limit="600",
    )
    secret = re.search(r"Secret\s+([\w-]{43})", page.text).group(1)
    (key,) = keys.every(here.store)
    opened = authentication.by_secret(here.store, key.id, secret, purpose="xapi", pepper=PEPPER, now=here.now)

    assert opened.scopes == {Scope.STATEMENTS_WRITE, Scope.STATEMENTS_READ}
    assert (opened.home_pages, opened.rate_limit) == (("https://moodle.example",), 600)
    page = page.follow("Go on to the key")
    assert secret not in page.text
    assert "read everybody’s statements" in page.text
    assert [one.kind for one in security_log.latest(here.store)].count("key_made") == 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"rate_limit": "many"}, "Enter a whole number"),
        ({"scopes": []}, "Choose at least one thing"),
        ({"home_pages": "moodle.example"}, "is not an address"),
        ({"label": " "}, "what the key is for"),
    ],
)
def test_a_key_that_makes_no_sense_is_told_at_its_field(here, app, wrong, message):
    given = {"label": "County Moodle", "purpose": "xapi", "scopes": ["state"]} | wrong
    page = here.signed_in(app, "olga").get("/keys/new").submit("Make the key", **given)

    assert message in page.text
    assert keys.every(here.store) == []


def test_an_administrator_changes_a_key(here, app):
    key = moodle_key(here)
    page = here.signed_in(app, "olga").get(f"/keys/{key.id}").follow("Change what it may do")
    page = page.submit("Save the changes", scopes=["all/read"], rights=["may_void"], rate_limit="0")

    assert "read everything, void statements" in page.text
    assert "any number" in page.text
    changed = keys.load(here.store, key.id)
    assert (changed.scopes, changed.may_void, changed.rate_limit) == ({Scope.ALL_READ}, True, 0)
    assert security_log.latest(here.store)[0].kind == "key_changed"


def test_an_administrator_changes_a_secret_without_a_gap(here, app):
    key = moodle_key(here)
    olga = here.signed_in(app, "olga")
    page = olga.get(f"/keys/{key.id}").submit("Make a second secret")
    assert "The earlier secret works until you end it" in page.text
    page = page.follow("Go on to the key")
    assert "Make a second secret" not in page.text
    assert "ever sent over http, without the s" in page.text
    page = page.follow("End secret 1").submit("End the secret")

    assert "Secret 1 has ended" in page.text
    assert [one.ended_at is None for one in keys.secrets_of(here.store, key.id)] == [False, True]
    kinds = [one.kind for one in security_log.latest(here.store, limit=3)]
    assert kinds[:2] == ["key_secret_ended", "key_secret_made"]
    olga.get(f"/keys/{key.id}/secrets/2/end").submit("End the secret", status=409)
