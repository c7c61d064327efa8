"""What pages read of people, their standing, and what waits."""

from datetime import UTC, date, timedelta
from typing import Any

import pytest

from passport_service.store import projections, queries
from passport_service.store.database import Store
from passport_service.store.queries.received import ACTIVITIES, ACTORS
from passport_service.store.tables.access import ApiKey
from passport_service.store.tables.work import Recognition, RefusedBatch
from tests.database.test_projections import NOON, everything, item, person

TODAY = date(2026, 3, 2)


@pytest.fixture
def county(store: Store) -> Store:
    """Five people in two teams, one who left, one without a practising role, and one duplicate."""
    people: list[dict[str, Any]] = [
        person(
            "P000001", name="Asha Example", team="North A", locality="North", next_expiry_on=date(2026, 5, 1)
        ),
        person(
            "P000002",
            name="Ben Example",
            team="North A",
            passport_state="suspended",
            email="ben_o@council.example",
        ),
        person(
            "P000003",
            name="Cai Example",
            team="South B",
            passport_state="working_towards",
            passport_number=None,
        ),
        person(
            "P000004", name="Dee Example", team="South B", left_on=date(2026, 1, 31), passport_state="ended"
        ),
        person("P000005", name="Eve Reviewer", team="CCV", passport_state="none", passport_number=None),
        person("P000006", name="Asha Twice", team="North A", merged_into="P000001"),
    ]
    with store.writing():
        for one in people:
            projections.replace(store, one["stream"], {"practitioner": [one]})
    return store


def names(page: queries.Page[queries.Person]) -> list[str]:
    return [one.name for one in page.lines]


def test_practitioners_are_those_still_here_in_a_practising_role(county: Store) -> None:
    page = queries.practitioners(county)
    assert names(page) == ["Asha Example", "Ben Example", "Cai Example"]
    assert page.total == 3
    assert not page.has_next


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"teams": ["North A"]}, ["Asha Example", "Ben Example"]),
        ({"teams": []}, []),
        ({"locality": "North"}, ["Asha Example"]),
        ({"state": "suspended"}, ["Ben Example"]),
        ({"state": "none"}, ["Eve Reviewer"]),
        ({"search": "cAI"}, ["Cai Example"]),
        ({"search": "staff-P000002"}, ["Ben Example"]),
        ({"search": "n_o@"}, ["Ben Example"]),
        ({"search": "%"}, []),
        ({"with_leavers": True, "teams": ["South B"]}, ["Cai Example", "Dee Example"]),
        ({"by_expiry": True, "teams": ["North A"]}, ["Asha Example", "Ben Example"]),
    ],
)
def test_practitioners_can_be_chosen(county: Store, chosen: dict[str, Any], expected: list[str]) -> None:
    assert names(queries.practitioners(county, **chosen)) == expected


def test_a_long_list_comes_in_pages_and_past_the_end_is_the_last(county: Store) -> None:
    second = queries.practitioners(county, page=2, size=2)
    assert (names(second), second.number, second.pages, second.total) == (["Cai Example"], 2, 2, 3)
    assert queries.practitioners(county, page=99, size=2) == second
    assert queries.practitioners(county, page=-1, size=2).has_next


def test_states_are_counted(county: Store) -> None:
    assert queries.count_by_state(county) == {"active": 1, "suspended": 1, "working_towards": 1}
    assert queries.count_by_state(county, teams=["South B"]) == {"working_towards": 1}


def test_a_person_comes_whole_with_dates_and_lists(county: Store) -> None:
    found = queries.find_person(county, "P000001")
    assert found is not None
    assert (found.ref, found.since, found.earned_on) == ("staff-P000001", NOON, TODAY)
    assert found.since is not None
    assert found.since.tzinfo is UTC
    assert found.reasons == ["CRITERIA_MET"]
    assert queries.find_person_by_ref(county, "staff-P000001") == found
    assert queries.find_person(county, "P999999") is None
    assert list(queries.people_by_stream(county, ["P000001", "P999999"])) == ["P000001"]


def test_teams_and_localities_are_those_of_someone(county: Store) -> None:
    assert queries.teams(county) == ["CCV", "North A", "South B"]
    assert queries.localities(county) == ["North"]


def test_the_next_expiries_come_with_their_person(county: Store) -> None:
    with county.writing():
        projections.replace(county, "P000001", {"holding": everything()["holding"]})
    days = {"from_on": date(2027, 1, 31), "until_on": date(2027, 1, 31)}
    (found,) = queries.next_expiries(county, **days)
    assert (found.name, found.requirement, found.expires_on) == ("Asha Example", "mca", date(2027, 1, 31))
    assert queries.next_expiries(county, **days, teams=["South B"]) == []
    assert queries.next_expiries(county, from_on=TODAY, until_on=date(2027, 1, 30)) == []


def test_everything_behind_a_passport_can_be_read(store: Store) -> None:
    with store.writing():
        projections.replace(store, "P000001", everything())
    (held,) = queries.holdings_of(store, "P000001")
    assert held.evidence == [{"statement": "s", "on": "2025-01-31"}]
    assert [one.ref for one in queries.items_of(store, "P000001").lines] == ["A-1", "A-2"]
    assert queries.items_of(store, "P000001").lines[0].facts == {"z": 1, "a": [True, None]}
    assert queries.concerns_of(store, "P000001")[0].counted is True
    assert queries.notices_of(store, "P000001")[0].code == "CONCERN_COUNTED"
    assert queries.identifiers_of(store, "P000001")[0].until_at is None
    assert queries.find_item(store, "A-1") is not None
    assert queries.find_item(store, "A-9") is None
    assert queries.find_notice(store, "N-1") is not None


def test_items_wait_in_the_order_in_which_they_are_due(store: Store) -> None:
    items = [
        item("A-1", status="submitted"),
        item("A-2", status="submitted", due_on=date(2026, 3, 9)),
        item("A-3", status="submitted", due_on=date(2026, 3, 4), stream_of_work="authorise"),
        item("A-4"),
    ]
    with store.writing():
        projections.replace(store, "P000001", {"practitioner": [person()], "item": items})
    assert [one.ref for one in queries.waiting_items(store, ("submitted",)).lines] == ["A-3", "A-2", "A-1"]
    chosen = queries.waiting_items(store, ("submitted",), stream_of_work="approve")
    assert [one.ref for one in chosen.lines] == ["A-2", "A-1"]


def recognise(number: int, *, reason: str | None = "UNMAPPED_ACTIVITY", **values: Any) -> None:
    Recognition.create(
        **{
            "statement": f"s{number}",
            "meaning": "completion",
            "actor_key": f"actor {number % 2}",
            "activity_id": "https://moodle.example/course/view.php?id=1",
            "is_course": True,
            "effective_at": NOON + timedelta(days=number),
            "reason": reason,
            "detail": {"name": "Capacity", "type": "course"},
            "recorded_at": NOON + timedelta(days=number),
            **values,
        }
    )


def test_unmapped_activities_have_one_entry_each_and_what_is_no_course_is_folded_away(store: Store) -> None:
    with store.writing():
        for number in range(3):
            recognise(number)
        recognise(3, activity_id="https://moodle.example/mod/quiz/view.php?id=9", is_course=False)
        recognise(4, reason=None)
        recognise(5, reason="UNKNOWN_PERSON")
        recognise(6, activity_id="https://moodle.example/opaque", is_course=None)
    courses, others = queries.waiting_activities(store)
    found, opaque = courses.lines
    assert (found.name, found.statements, found.key_id) == ("Capacity", 3, None)
    assert (found.first_at, found.last_at) == (NOON, NOON + timedelta(days=2))
    assert opaque.activity_id == "https://moodle.example/opaque"
    assert [(one.activity_id, one.statements) for one in others.lines] == [
        ("https://moodle.example/mod/quiz/view.php?id=9", 1)
    ]
    assert (courses.total, others.total) == (2, 1)
    (actor,) = queries.waiting_actors(store).lines
    assert (actor.actor_key, actor.statements, actor.activities) == ("actor 1", 1, 1)


def test_of_many_that_wait_the_most_waited_for_are_shown_and_all_are_counted(store: Store) -> None:
    with store.writing():
        for number in range(10):  # of the n-th activity and actor n statements wait
            for again in range(number):
                recognise(
                    100 * number + again, activity_id=f"a{number}", detail={"name": f"{number}.{again}"}
                )
                recognise(1000 + 100 * number + again, actor_key=f"w{number}", reason="UNKNOWN_PERSON")
    courses, others = queries.waiting_activities(store, 3)
    assert [(one.activity_id, one.statements) for one in courses.lines] == [("a9", 9), ("a8", 8), ("a7", 7)]
    assert [one.name for one in courses.lines] == ["9.8", "8.7", "7.6"]  # as it was called last
    assert (courses.total, others.total, others.lines) == (9, 0, [])
    actors = queries.waiting_actors(store, 2)
    assert [(one.actor_key, one.statements, one.activities) for one in actors.lines] == [
        ("w9", 9, 1),
        ("w8", 8, 1),
    ]
    assert actors.total == 9


def test_what_waits_is_counted_in_an_index_alone(sqlite_store: Store) -> None:
    for question, index in ((ACTIVITIES, "recognition_unmapped"), (ACTORS, "recognition_unknown")):
        plan = [row[-1] for row in sqlite_store.execute(f"EXPLAIN QUERY PLAN {question}", (50,)).fetchall()]
        assert f"SCAN recognition USING COVERING INDEX {index}" in plan
        assert sum(step.startswith("SCAN recognition") for step in plan) == 1


def test_refused_batches_are_listed_without_and_opened_with_their_body(store: Store) -> None:
    body = b"[{\x00\xff"
    with store.writing():
        ApiKey.create(
            id="k1",
            label="Moodle",
            purpose="xapi",
            home_pages=[],
            created_at=NOON,
            created_by="U1",
        )
        for number in range(2):
            RefusedBatch.create(
                key_id="k1",
                received_at=NOON + timedelta(hours=number),
                reason="not JSON",
                body=body,
                size=len(body),
            )
    page = queries.refused_batches(store)
    assert [one.received_at for one in page.lines] == [NOON + timedelta(hours=1), NOON]
    assert queries.refused_batches(store, key_id="k2").lines == []
    found = queries.find_refused_body(store, page.lines[0].id)
    assert found == (page.lines[0], body)
    assert queries.find_refused_body(store, 999) is None
