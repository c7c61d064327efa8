"""What workforce development staff read, on both databases; and that lists cost the same however long they are."""

from datetime import date, timedelta

import pytest

from passport_service.services import people, previews, priors, silence, training, waivers
from passport_service.store import waiting_queries as waiting
from passport_service.store import workforce_queries as queries
from passport_service.store.queries import waiting_activities
from passport_service.store.workforce_queries import Filters, Reach
from tests import builders
from tests.people import BY
from tests.workforce import (
    COURSES,
    SCORM,
    UNMAPPED,
    completion,
    link,
    moodle_key,
    quiet_for,
    send,
    workforce_town,
)

ALL = Reach(everyone=True)


@pytest.fixture
def here(store, clock):
    return workforce_town(store, clock)


def names(here, reach: Reach = ALL, **filters) -> list[str]:
    return [one.name for one in queries.practitioners(here.store, reach, Filters(**filters)).lines]


def test_practitioners_are_narrowed_sorted_and_paged(here):
    here.person("aaron", team="Zed")

    assert names(here) == ["Aaron", "Asha", "Ben"]
    assert names(here, sort="team") == ["Asha", "Ben", "Aaron"]
    assert names(here, search="BEN") == ["Ben"]
    assert names(here, search="%") == []
    assert names(here, locality="North", team="North A") == ["Asha"]
    page = queries.practitioners(here.store, ALL, Filters(), page=2, size=2)
    assert ([one.name for one in page.lines], page.total, page.pages) == (["Ben"], 3, 2)


def test_the_next_expiry_comes_first_when_sorted_by_it_and_unknown_ones_last(here):
    link(here, "ben", "13")
    key = moodle_key(here)
    send(here, key, completion(8, on=date(2025, 1, 7)), completion(8, who="13", on=date(2024, 5, 1)))

    assert names(here, sort="expiry") == ["Ben", "Asha"]


def test_leavers_and_merged_records_are_left_out_unless_asked_for(here):
    people.leave(here.store, here.streams["ben"], on=date(2026, 3, 1), now=here.now, caused_by=BY)

    assert names(here) == ["Asha"]
    assert names(here, leavers=True) == ["Asha", "Ben"]


@pytest.mark.parametrize(
    ("reach", "seen"),
    [
        (Reach(), []),
        (Reach(team="North A"), ["Asha"]),
        (Reach(team="Elsewhere", manager="milo"), ["Ben"]),
        (Reach(team="", manager=""), []),
    ],
)
def test_reach_is_the_own_team_and_the_people_managed(here, reach, seen):
    assert names(here, reach) == seen
    everyone = queries.every_practitioner(here.store, ALL, Filters())
    assert [one.name for one in everyone if reach.covers(one)] == seen


def test_people_without_a_team_or_manager_are_in_nobodys_reach(here):
    here.person("lost", team=None)

    assert "Lost" not in names(here, Reach(team=None, manager=None))
    assert "Lost" not in names(here, Reach(team="", manager=""))


def test_an_unmapped_activity_is_one_entry_with_its_names_and_counts(here):
    key = moodle_key(here)
    renamed = completion(99, who="77")
    renamed["object"] = {
        **renamed["object"],
        "definition": {**renamed["object"]["definition"], "name": {"en": "Renamed"}},
    }
    send(here, key, completion(99), completion(99, on=date(2026, 2, 3)), renamed, builders.moodle_scorm())

    course = waiting.waiting_activity(here.store, UNMAPPED)

    assert course is not None
    assert (course.activity, course.statements, course.actors) == (UNMAPPED, 3, 2)
    assert set(course.names) == {"Some title", "Renamed"}
    assert course.is_course is True
    assert course.keys == (key.id,)
    scorm = waiting.waiting_activity(here.store, SCORM)
    assert scorm is not None
    assert (scorm.statements, scorm.is_course) == (1, False)
    assert waiting.waiting_activity(here.store, "https://never.example") is None


def test_waiting_statements_are_found_by_activity_and_by_actor(here):
    send(here, moodle_key(here), completion(99), completion(8, who="77"))

    (unmapped,) = waiting.waiting_statements(here.store, "UNMAPPED_ACTIVITY", activity=UNMAPPED)
    (unknown,) = waiting.waiting_statements(
        here.store, "UNKNOWN_PERSON", actor="account|https://moodle.example|77"
    )

    assert unmapped.activity_id == UNMAPPED
    assert unknown.course == "mca"


def test_what_was_heard_of_an_activity_is_counted(here):
    key = moodle_key(here)
    send(here, key, completion(8), completion(8, who="77"))

    use = waiting.activity_uses(here.store, [COURSES["mca"], "https://never.example"])[COURSES["mca"]]

    assert (use.statements, use.people, use.key_id, use.last_at) == (2, 1, key.id, here.now)


def test_a_preview_says_who_would_change_and_writes_nothing(here):
    send(here, moodle_key(here), completion(99), completion(99, who="77"))
    before = waiting_activities(here.store)

    found = previews.preview_mapping(here.store, activity=UNMAPPED, course="mca", now=here.now)

    assert (found.statements, found.counting) == (2, 1)
    (asha,) = found.changed
    assert (asha.stream, asha.requirement) == (here.streams["asha"], "mca")
    assert (asha.before.state, asha.after.state) == ("not_started", "valid")
    assert waiting_activities(here.store) == before


def test_a_preview_says_whose_passport_would_be_issued(here):
    key = moodle_key(here)
    send(here, key, *(completion(number) for number in range(8, 14)), completion(99))
    here.approve("asha", "A-1", "A-2", "A-3", by="rhys")

    (asha,) = previews.preview_mapping(
        here.store, activity=UNMAPPED, course="corporate_governance", now=here.now
    ).changed

    assert (asha.passport_before, asha.passport_after) == ("working_towards", "active")


def test_what_a_preview_says_is_what_the_mapping_does(here):
    send(here, moodle_key(here), completion(99))
    (foreseen,) = previews.preview_mapping(here.store, activity=UNMAPPED, course="mca", now=here.now).changed

    assert training.map_activity(here.store, activity=UNMAPPED, course="mca", now=here.now, caused_by=BY) == 1
    (back,) = previews.preview_unmapping(
        here.store, activity=UNMAPPED, course="mca", now=here.now, cancel=True
    ).changed

    assert back.before == foreseen.after
    assert back.after == foreseen.before


def test_ending_a_mapping_today_changes_nobody(here):
    send(here, moodle_key(here), completion(8))

    found = previews.preview_unmapping(
        here.store, activity=COURSES["mca"], course="mca", now=here.now, cancel=False
    )

    assert found.changed == []


def test_proposals_wait_until_they_are_answered(here):
    given = {
        "requirement": "mca",
        "completed_on": date(2025, 5, 1),
        "issuer": "Council",
        "course": "MCA",
        "document": "1/2",
    }
    made = priors.propose(
        here.store,
        here.streams["asha"],
        **given,
        authenticity="copy_only",
        by="one",
        now=here.now,
        caused_by="account:1",
    )
    (open_one,) = waiting.open_proposals(here.store)
    assert (open_one.id, open_one.stream) == (made, here.streams["asha"])
    assert waiting.open_proposals(here.store, [here.streams["ben"]]) == []

    priors.approve(here.store, made, approver="two", now=here.now, caused_by="account:2")
    assert waiting.open_proposals(here.store) == []


def test_a_key_that_usually_sends_and_went_quiet_raises_an_alarm(here):
    moodle_key(here)
    quiet_for(here, moodle_key(here), days=6)

    (alarm,) = silence.alarms(here.store, here.now)

    assert alarm.silence is not None
    assert alarm.silence.quiet >= 3
    assert silence.alarms(here.store, here.now - timedelta(days=6)) == []


def test_requests_for_waivers_are_found(here):
    who = ("https://moodle.example", "12")
    satisfied = builders.cmi5_course_satisfied(
        course=COURSES["mca"], publisher="https://publisher.example/x", who=who
    )
    send(here, moodle_key(here), builders.cmi5_unit_waived(who=who), satisfied)

    (asked,) = waivers.requests(here.store)

    assert [one.requirement for one in asked.requests] == ["mca"]


# What lists cost


@pytest.fixture
def counted(monkeypatch, sqlite_store):
    """Counts the questions that a page puts to the database."""
    ran: list[str] = []
    execute = sqlite_store.db.execute_sql
    monkeypatch.setattr(
        sqlite_store.db,
        "execute_sql",
        lambda *given, **more: ran.append(str(given[0])) or execute(*given, **more),
    )

    def count(browser, address: str) -> int:
        ran.clear()
        browser.get(address)
        return len([one for one in ran if one.lstrip().upper().startswith("SELECT")])

    return count


@pytest.mark.parametrize(
    ("address", "most"),
    [
        ("/practitioners", 9),
        ("/people", 6),
        ("/training", 16),
        ("/training/requirements/mca", 7),
        ("/quarantine", 12),
        ("/training/earlier-learning", 6),
    ],
)
def test_a_list_asks_as_few_questions_for_many_people_as_for_two(
    sqlite_store, clock, app, counted, address, most
):
    made = workforce_town(sqlite_store, clock)
    wendy, key = made.signed_in(app, "wendy"), moodle_key(made)
    few = counted(wendy, address)
    for number in range(20):
        made.person(f"p{number}")
        link(made, f"p{number}", str(500 + number))
        send(
            made,
            key,
            completion(8, who=str(500 + number)),
            completion(100 + number),
            completion(9, who=f"x{number}"),
        )
        priors.propose(
            sqlite_store, made.streams[f"p{number}"], requirement="mca", completed_on=date(2025, 5, 1), issuer="Council",
            course="MCA", document="1/2", authenticity="copy_only", by="one", now=made.now, caused_by="account:1",
        )  # fmt: skip

    many = counted(wendy, address)

    assert many <= few + 1  # a list of people is only asked for when somebody waits
    assert many <= most


def test_one_practitioner_costs_the_same_however_much_is_known(sqlite_store, clock, app, counted):
    made = workforce_town(sqlite_store, clock)
    wendy, key = made.signed_in(app, "wendy"), moodle_key(made)
    address = f"/practitioners/{made.streams['asha']}"
    send(made, key, completion(8))
    few = counted(wendy, address)
    send(
        made,
        key,
        *(completion(number, on=date(2026, 1, day)) for number in range(7, 14) for day in range(5, 9)),
    )

    assert counted(wendy, address) == few <= 12
