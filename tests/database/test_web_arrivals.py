"""The pages about what arrives, as workforce development and whoever looks after the learning systems meet them."""

from datetime import date, timedelta

import orjson
import pytest

from passport_service.app import create_app
from passport_service.domain.errors import Refused
from passport_service.services import keys, refusals
from passport_service.store import queries, security_log
from passport_service.store.queries import Asked, Outcome
from passport_service.xapi.errors import Invalid
from passport_service.xapi.reading import split_statements
from passport_service.xapi.scopes import Scope
from tests import builders
from tests.database.test_query_counts import counting
from tests.database.test_trials import everything, one_course_short
from tests.people import BY
from tests.workforce import UNMAPPED, completion, moodle_key, quiet_for, refused_batch, send, workforce_town

BAD = b'[{"actor": {"mbox": "mailto:a@council.example"}, "verb": {"id": "https://v.example/x"}}, {"actor": {"mbox": 7}}]'


@pytest.fixture
def here(store, clock):
    return workforce_town(store, clock)


@pytest.fixture
def key(here):
    return moodle_key(here, may_void=True)


@pytest.fixture
def served(here, settings, clock):
    return create_app(settings, here.store, now=clock)


@pytest.fixture
def lara(here, served):
    """She looks after the learning system, and may see nobody's record."""
    return here.signed_in(served, "lara")


@pytest.fixture
def wendy(here, served):
    """She is of workforce development."""
    return here.signed_in(served, "wendy")


NAMELESS = {"objectType": "Group", "member": [builders.account()]}

# What arrived, by key and hour


def test_both_roles_find_one_area_with_what_they_may_do(lara, wendy):
    for person in (lara, wendy):
        page = person.get("/arrivals")
        within = {"Arrivals", "Statements", "Refused", "Quarantine", "Try a statement", "Learning systems"}
        assert within <= set(page.links)
        for name in within:
            page.follow(name)


def test_nothing_yet_says_so(lara):
    page = lara.get("/arrivals")
    assert "Nothing arrived in this time. Nothing has ever arrived." in page.text


def test_the_last_day_is_shown_by_the_hour_in_a_picture_and_in_a_table(here, key, lara):
    send(here, key, completion(8), completion(99, who="77"), builders.statement("answered"))
    send(here, key, builders.statement("answered"))
    here.clock.move(hours=3)
    refused_batch(here, key, BAD)
    page = lara.get("/arrivals")
    assert (
        "2 requests with 4 statements. 4 of them new, of which 2 about completion. 1 request refused."
        in page.text
    )
    assert "Mon 2 Mar, 9am: its statements 2 4 4 2 0" in page.text
    assert "Mon 2 Mar, 12pm 0 0 0 0 1" in page.text
    assert len(page.every("{http://www.w3.org/2000/svg}svg")) >= 2
    assert "County Moodle 2 March 2026 at 9:00am 2 4 4 2 1" in page.text


def test_an_hour_leads_to_its_statements(here, key, lara):
    send(here, key, completion(8))
    here.clock.move(hours=2)
    send(here, key, completion(99))
    page = lara.get("/arrivals").follow("Mon 2 Mar, 9am: its statements")
    assert "Stored in the hour from 2 March 2026 at 9:00am" in page.text
    assert page.text.count("Recognised") == 2  # once in the list and once among the choices
    assert "Waits" not in texts(page, "strong")


def texts(page, tag):
    return [" ".join("".join(one.itertext()).split()) for one in page.one("main").iter(tag)]


def test_a_week_is_shown_by_day_and_a_day_by_the_hour(here, key, served):
    send(here, key, completion(8))
    here.clock.move(days=2)
    week = here.signed_in(served, "lara").get("/arrivals").follow("Last 7 days")
    assert "Monday 2 March 1 1 1 1 0" in week.text
    day = week.follow("Monday 2 March")
    assert "Mon 2 Mar, 9am: its statements 1 1 1 1 0" in day.text


def test_each_key_is_seen_alone(here, key, lara):
    other = moodle_key(here)
    send(here, other, completion(8))
    page = lara.get(f"/arrivals?key={key.id}")
    assert "Nothing arrived in this time." in page.text
    assert "1 request with 1 statement" in lara.get(f"/arrivals?key={other.id}").text


@pytest.mark.parametrize(
    "address",
    [
        "?day=x",
        "?day=0001-01-01",
        "?day=9999-12-31",
        "?period=year",
        "?key=nobody",
        "?day=2026-02-30",
        "?day=2026-10-25",
    ],
)
def test_addresses_that_make_no_sense_show_a_page(lara, address):
    lara.get(f"/arrivals{address}")


def test_when_the_clocks_go_back_the_hour_that_comes_twice_says_which_it_is(here, key, served):
    for minutes in (30, 90):
        here.clock.now = here.clock.now.replace(month=10, day=25, hour=0, minute=0) + timedelta(
            minutes=minutes
        )
        send(here, key, completion(8))
    page = here.signed_in(served, "lara").get("/arrivals?day=2026-10-25")
    assert "Sun 25 Oct, 1am BST" in page.text
    assert "Sun 25 Oct, 1am GMT" in page.text


# Learning systems that fall silent


def test_a_silent_system_is_named_with_since_when_and_what_is_usual(here, key, served):
    quiet_for(here, key, 14)
    page = here.signed_in(served, "lara").get("/arrivals/systems")
    assert "County Moodle has been quiet for" in page.text
    assert "It usually sends at least every 3 working days." in page.text
    assert "Silent" in texts(page, "strong")


# Lists of statements


def test_statements_are_listed_newest_first_with_what_became_of_each(here, key, lara):
    ids = send(here, key, completion(8), completion(99, who="77"), builders.statement("answered"))
    send(here, key, builders.statement("voided", {"objectType": "StatementRef", "id": ids[0]}))
    page = lara.get("/arrivals/statements")
    tags = [
        one
        for one in texts(page, "strong")
        if one in {"Recognised", "Waits", "Not about completion", "Taken back"}
    ]
    assert tags == ["Not about completion", "Not about completion", "Waits", "Taken back"]


def test_statements_are_narrowed_by_key_verb_and_outcome(here, key, lara):
    send(here, key, completion(8), completion(99), builders.statement("answered"))
    for question, number in (
        (f"key={key.id}", 3), ("key=nobody", 0), ("outcome=waiting", 1), ("outcome=recognised", 1), ("outcome=voided", 0),
        (f"verb={builders.VERBS['answered']}", 1), ("verb=https://never.example", 0), ("outcome=nonsense", 3),
        ("outcome=ignored&verb=" + builders.VERBS["completed"], 0), ("hour=2026-03-02T09:00:00%2B00:00", 3),
        ("hour=2026-03-02T10:00:00%2B00:00", 0), ("hour=nonsense", 3), ("after=nonsense", 3),
    ):  # fmt: skip
        page = lara.get(f"/arrivals/statements?{question}")
        rows = page.every("tr")[1:]
        assert len(rows) == number, question


def test_verbs_that_end_alike_are_told_apart(here, key, lara):
    older = completion(8) | {"verb": {"id": "http://id.tincanapi.com/verb/completed"}}
    send(here, key, completion(8), older, builders.statement("answered"))
    options = texts(lara.get("/arrivals/statements"), "option")
    assert f"completed ({builders.VERBS['completed']})" in options
    assert "completed (http://id.tincanapi.com/verb/completed)" in options
    assert "answered" in options


def test_pages_follow_each_other_without_a_gap_while_statements_arrive(here, key, lara):
    sent = send(here, key, *(completion(8, on=date(2026, 1, 1) + timedelta(days=day)) for day in range(60)))
    first = lara.get("/arrivals/statements")
    here.clock.move(minutes=1)
    send(here, key, completion(9))
    second = first.follow("Older statements")
    seen = [
        link.rpartition("/")[2]
        for page in (first, second)
        for link in page.links.values()
        if "/statements/" in link
    ]
    assert sorted(seen) == sorted(sent)
    assert "Older statements" not in second.links
    assert "Newest statements" in second.links


def test_a_filter_that_few_fit_looks_through_a_part_and_goes_on_from_there(here, key, monkeypatch):
    monkeypatch.setattr("passport_service.store.queries.statements.AT_ONCE", 10)
    monkeypatch.setattr("passport_service.store.queries.statements.MOST_LOOKED_AT", 20)
    rare = send(here, key, completion(8))
    for place in range(5):
        here.clock.move(minutes=1)
        send(
            here,
            key,
            *(
                builders.statement("answered", id=f"00000000-0000-4000-8000-{place:06d}{one:06d}")
                for one in range(10)
            ),
        )
    asked, found, pages = Asked(outcome=Outcome.RECOGNISED), [], 0
    while True:
        page = queries.list_statements(here.store, asked)
        found += [one.id for one in page.lines]
        pages += 1
        if page.after is None:
            break
        asked = Asked(outcome=Outcome.RECOGNISED, after=page.after)
    assert (found, pages) == (rare, 3)


def test_a_statement_is_looked_up_by_its_id(here, key, lara):
    (one,) = send(here, key, completion(8))
    page = lara.get("/arrivals/statements").submit("Look up", search=one.upper())
    assert page.path == f"/arrivals/statements/{one}"
    assert "is not the id of a statement" in lara.get("/arrivals/statements?search=12").text
    lara.get("/arrivals/statements/00000000-0000-4000-8000-000000000000", status=404)


# One statement


def test_workforce_development_sees_what_a_statement_did_and_to_whom(here, key, wendy):
    one_course_short(here)
    (one,) = send(here, key, completion(7))
    page = wendy.get(f"/arrivals/statements/{one}")
    assert "Recognised by moodle" in page.text
    assert "Whose Asha" in page.text
    assert "Kept in their record as what the learning system said" in page.text
    assert "Passport 1 issued" in page.text
    assert page.links["Asha"] == f"/practitioners/{here.streams['asha']}"
    assert '"homePage": "https://moodle.example"' in page.text


def test_an_lms_administrator_sees_the_identifier_that_was_sent_and_nobodys_record(here, key, lara):
    one_course_short(here)
    (one,) = send(here, key, completion(7))
    page = lara.get(f"/arrivals/statements/{one}")
    assert "Whose somebody known here" in page.text
    assert "Known there as account https://moodle.example 12" in page.text
    assert "issued" not in page.text
    assert here.streams["asha"] not in page.answer.text


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (completion(99), "Nobody has said which course this activity is."),
        (completion(8, who="77"), "Nobody here is known by the identifier that was sent."),
        (completion(8, on=date(1999, 1, 1)), "It is dated before the year 2000"),
        (builders.statement("answered"), "Its verb does not speak of completion."),
        (builders.statement("completed", builders.account()), "It is not about an activity"),
        (builders.statement("completed", actor=NAMELESS), "a group without an identifier"),
    ],
)  # fmt: skip
def test_why_a_statement_did_nothing_is_said_in_plain_words(here, key, lara, sent, why):
    (one,) = send(here, key, sent)
    assert why in lara.get(f"/arrivals/statements/{one}").text


def test_a_statement_and_the_one_that_takes_it_back_lead_to_each_other(here, key, wendy):
    (one,) = send(here, key, completion(8))
    (by,) = send(here, key, builders.statement("voided", {"objectType": "StatementRef", "id": one}))
    page = wendy.get(f"/arrivals/statements/{one}")
    assert "It was taken back by a later statement" in page.text
    assert "What it said, taken back" in page.text
    assert page.follow(by).follow(one).path.endswith(one)


def test_an_erased_statement_says_that_it_was_erased(here, key, lara):
    (one,) = send(here, key, completion(8))
    with here.store.writing():
        here.store.execute("UPDATE statement SET state = 2")
    assert "This statement was erased." in lara.get(f"/arrivals/statements/{one}", status=404).text
    assert one not in lara.get("/arrivals/statements").answer.text


def test_who_looked_at_a_statement_is_in_the_security_log(here, key, lara):
    (one,) = send(here, key, completion(99, who="77"))
    lara.get("/arrivals/statements")
    lara.get(f"/arrivals/statements/{one}")
    lara.get(f"/quarantine/activity?id={UNMAPPED}")
    entries = security_log.latest(here.store, who=here.accounts["lara"].id)
    assert [(entry.kind, entry.detail) for entry in entries[:2]] == [
        ("statements_seen", {"statements": [one]}), ("statement_seen", {"statement": one})
    ]  # fmt: skip


# The quarantine, for those who may not map


def test_an_lms_administrator_reads_the_quarantine_and_changes_nothing_in_it(here, key, lara):
    send(here, key, completion(99), completion(8, who="77"))
    page = lara.get("/quarantine")
    activity = page.follow("Some title")
    assert "Say what it means" not in activity.text
    person = page.follow("account https://moodle.example 77")
    assert "Whose it is, workforce development says." in person.text
    assert (
        lara.get("/quarantine/person?actor=account%7Chttps://moodle.example%7C77&search=asha").text
        == person.text
    )


# Refused batches


def test_refused_batches_are_narrowed_by_key_and_reason(here, key, lara):
    refused_batch(here, key, BAD)
    page = lara.get("/refused")
    assert "must have an actor (1)" in texts(page, "option")
    assert "1 batch" in page.submit("Show", key=key.id, reason="must have an actor").text
    assert "No such batch" in lara.get("/refused?reason=other").text


def test_the_place_of_each_fault_is_marked_and_the_rule_leads_to_the_standard(here, key, lara):
    number = refused_batch(here, key, b"[" + orjson.dumps(completion(8)) + b"," + BAD[1:])
    page = lara.get(f"/refused/{number}")
    assert "Valid: 1 of 3." in page.text
    assert texts(page, "mark") == [
        'Here: "actor": {',
        '"mbox": "mailto:a@council.example"',
        "},",
        'Here: "mbox": 7',
    ]
    assert page.links["section 2.4.2 of xAPI 1.0.3, part two, Statements"].endswith("/xAPI-Data.md#2.4.2")


def test_what_a_key_may_not_say_is_judged_again_when_the_key_was_put_right(here, key, lara):
    body = orjson.dumps([completion(8) | {"actor": builders.account(("https://elsewhere.example", "12"))}])
    fault = Refused("NOT_ALLOWED", "This key does not speak for this home page.", "statements[0].actor")
    number = refusals.refuse(here.store, key=key, body=body, fault=fault, now=here.now, quota=5)
    assert "Bring in its valid statements" not in lara.get(f"/refused/{number}").text
    keys.change(here.store, key.id, home_pages=["https://elsewhere.example"], by="t", now=here.now)
    page = lara.get(f"/refused/{number}")
    assert "Valid: 1 of 1." in page.text
    assert "1 statement brought in" in page.submit("Bring in its valid statements").text


def test_after_a_replay_each_statement_says_what_became_of_it(here, key, lara):
    number = refused_batch(here, key, b"[" + orjson.dumps(completion(8)) + b"," + BAD[1:])
    page = lara.get(f"/refused/{number}").submit("Bring in its valid statements")
    assert "1 statement brought in, 1 of them new; 2 left out." in page.text
    assert "Brought in 2 March 2026 at 9:00am by Lara" in page.text
    assert "Statement 1: valid, brought in" in page.text
    assert "Whose somebody known here" in page.follow("What statement 1 did").text


def test_a_batch_of_which_nothing_can_be_brought_in_says_why_and_offers_no_button(here, key, lara):
    nothing_valid = lara.get(f"/refused/{refused_batch(here, key, BAD)}")
    empty = refusals.refuse(
        here.store, key=key, body=b"", fault=Invalid("Data 2.2", "is empty"), now=here.now, quota=5
    )
    unreadable = lara.get(f"/refused/{empty}")
    for page in (nothing_valid, unreadable):
        assert "Nothing in it is valid" in page.text
        assert "Bring in" not in page.text
    assert "Statements in it 0" in unreadable.text
    good = refused_batch(here, key, orjson.dumps([completion(8)]))
    keys.change(here.store, key.id, scopes=[Scope.STATEMENTS_READ_MINE], by=BY, now=here.now)
    page = lara.get(f"/refused/{good}")
    assert "may not write statements" in page.text
    assert "Bring in" not in page.text


def test_batches_that_break_off_at_different_places_are_refused_for_one_reason(here, key, lara):
    for body in (b'[{"actor":', b'[{"actor": {"mbox"'):
        with pytest.raises(Invalid) as told:
            split_statements(body)
        refusals.refuse(here.store, key=key, body=body, fault=told.value, now=here.now, quota=5)
    page = lara.get("/refused")
    assert "is not valid JSON (2)" in texts(page, "option")
    assert "2 batches" in page.submit("Show", reason="is not valid JSON").text


# Trying


def test_a_statement_is_tried_and_nothing_is_stored(here, key, wendy):
    one_course_short(here)
    page = wendy.get("/arrivals/try")
    before = everything(here.store)
    page = page.submit("See what it would do", key=key.id, body=orjson.dumps(completion(7)).decode())
    assert "It is valid and would be taken in: 1 statement." in page.text
    assert "Passport 1 issued" in page.text
    assert "Asha Corporate governance" in page.text
    assert everything(here.store) == before


def test_an_lms_administrator_hears_what_it_means_and_of_nobody(here, key, lara):
    one_course_short(here)
    body = orjson.dumps([completion(7), {"actor": {}}]).decode()
    page = lara.get("/arrivals/try").submit("See what it would do", key=key.id, body=body)
    assert "It would be refused, with everything that is in it" in page.text
    assert "statements[1].actor" in page.text
    assert "Statement 1: valid" in page.text
    assert "somebody known here" in page.text
    assert "issued" not in page.text
    assert "Asha " not in page.text.replace("Asha Example", "")
    assert here.streams["asha"] not in page.answer.text


def test_trying_to_take_something_back_leads_to_what_would_be_taken_back(here, key, lara):
    (one,) = send(here, key, completion(8))
    body = orjson.dumps(builders.statement("voided", {"objectType": "StatementRef", "id": one})).decode()
    page = lara.get("/arrivals/try").submit("See what it would do", key=key.id, body=body)
    assert f"Takes back {one}" in page.text
    assert "Recognised" in page.follow(one).text


@pytest.mark.parametrize("body", ["{", "nonsense", '"text"', "[]", "7", "[1, 2]", '{"actor": null}'])
def test_whatever_is_pasted_is_answered(key, lara, body):
    lara.get("/arrivals/try").submit("See what it would do", key=key.id, body=body)


def test_what_is_missing_in_the_form_stands_beside_the_field(key, lara):
    page = lara.get("/arrivals/try").submit("See what it would do", body=" ", status=400)
    assert "Choose a key." in page.text
    assert "Paste a statement." in page.text


# Quick, however much is stored


@pytest.mark.parametrize("number", [3, 300])
def test_pages_take_as_many_queries_for_much_as_for_little(here, key, served, number):
    sent = send(
        here,
        key,
        *(completion(8 + day % 3, on=date(2025, 1, 1) + timedelta(days=day)) for day in range(number)),
    )
    batch = refused_batch(here, key, orjson.dumps([completion(8)] * min(number, 50)))
    lara = here.signed_in(served, "lara")
    lara.get("/arrivals")
    expected = {
        "/arrivals": 6, "/arrivals?period=week": 6, "/arrivals/systems": 7, "/arrivals/statements": 9,
        "/arrivals/statements?outcome=waiting": 8, f"/arrivals/statements/{sent[0]}": 10, "/refused": 7,
        f"/refused/{batch}": 6, "/quarantine": 7,
    }  # fmt: skip
    found = {}
    for address in expected:
        with counting(here.store) as count:
            lara.get(address)
        found[address] = count()
    assert found == expected
