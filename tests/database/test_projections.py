"""Projections are written where they differ and compared to the byte."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from passport_service.domain.errors import Refused
from passport_service.store import projections
from passport_service.store.database import Store

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def person(stream: str = "P000001", **changes: Any) -> dict[str, Any]:
    return {
        "stream": stream,
        "ref": f"staff-{stream}",
        "name": "Asha Example",
        "passport_state": "active",
        "passport_number": 1,
        "since": NOON,
        "earned_on": date(2026, 3, 2),
        "reasons": ["CRITERIA_MET"],
        "causes": [],
        "run": 3,
        "review_at": NOON,
        "updated_seq": 9,
        **changes,
    }


def item(ref: str, stream: str = "P000001", **changes: Any) -> dict[str, Any]:
    return {
        "ref": ref,
        "stream": stream,
        "kind": "review",
        "type": "review",
        "status": "approved",
        "stream_of_work": "approve",
        "recorded_at": NOON,
        "submitted_at": NOON,
        "facts": {"z": 1, "a": [True, None]},
        **changes,
    }


def everything() -> dict[str, list[dict[str, Any]]]:
    return {
        "practitioner": [person()],
        "holding": [
            {
                "stream": "P000001",
                "requirement": "mca",
                "state_basis": "evidence",
                "since_on": date(2025, 1, 31),
                "expires_on": date(2027, 1, 31),
                "evidence": [{"statement": "s", "on": "2025-01-31"}],
            }
        ],
        "identifier": [{"key": "mbox mailto:asha@council.example", "stream": "P000001", "from_at": NOON}],
        "item": [item("A-2"), item("A-1")],
        "concern": [
            {
                "id": "C-1",
                "stream": "P000001",
                "item": "A-1",
                "category": "recording",
                "severity": "standard",
                "source": "draw",
                "occurred_on": date(2026, 3, 1),
                "found_on": date(2026, 3, 2),
                "recorded_at": NOON,
                "status": "counted",
                "counted": True,
                "reader": "P000002",
            }
        ],
        "notice": [
            {"id": "N-1", "stream": "P000001", "code": "CONCERN_COUNTED", "given_at": NOON, "content": {}}
        ],
    }


def replace(store: Store, rows: dict[str, list[dict[str, Any]]], stream: str = "P000001") -> int:
    with store.writing():
        return projections.replace(store, stream, rows)


def test_what_is_written_is_read_back_the_same_to_the_byte(store: Store) -> None:
    assert replace(store, everything()) == 7
    stored = projections.current(store, "P000001")
    assert stored == projections.canonical(everything())
    assert [row["ref"] for row in stored["item"]] == ["A-1", "A-2"]
    assert projections.differences(stored, projections.canonical(everything())) == []


def test_only_differences_are_written(store: Store) -> None:
    replace(store, everything())
    assert replace(store, everything()) == 0
    changed = everything()
    changed["practitioner"][0]["run"] = 4
    changed["item"] = [item("A-1"), item("A-3")]
    assert replace(store, changed) == 3
    assert projections.current(store, "P000001") == projections.canonical(changed)


def test_tables_that_are_not_named_stay_as_they_are(store: Store) -> None:
    replace(store, everything())
    replace(store, {"practitioner": [person(run=5)]})
    assert len(projections.current(store, "P000001")["item"]) == 2


def test_a_difference_names_the_row_and_both_values(store: Store) -> None:
    replace(store, everything())
    folded = everything()
    folded["practitioner"][0]["run"] = 4
    folded["item"] = [item("A-1"), item("A-3")]
    stored = projections.current(store, "P000001")
    assert projections.differences(stored, projections.canonical(folded)) == [
        "practitioner P000001: run is 3, the fold says 4",
        "item A-2: stored, but the fold has no such row",
        "item A-3: not stored",
    ]


def test_everything_of_a_person_can_go(store: Store) -> None:
    replace(store, everything())
    replace(store, {name: [] for name in everything()})
    assert projections.current(store, "P000001") == {name: [] for name in everything()}


def test_many_people_are_read_with_few_queries(store: Store) -> None:
    streams = [f"P{number:06d}" for number in range(250)]
    with store.writing():
        for stream in streams:
            projections.replace(
                store, stream, {"practitioner": [person(stream)], "item": [item(stream, stream)]}
            )
    seen: list[str] = []
    store.db.query_hooks.append(lambda event: seen.append(event.sql))
    found = dict(projections.current_many(store, [*streams, "P999999"]))
    assert len(seen) == 12
    assert found["P000007"]["item"] == projections.canonical({"item": [item("P000007", "P000007")]})["item"]
    assert found["P999999"] == {name: [] for name in projections.PROJECTIONS}


@pytest.mark.parametrize("refs", [["A-1"], ["A-3", "A-1"]], ids=["alone", "among others"])
def test_a_reference_of_someone_else_is_refused(store: Store, refs: list[str]) -> None:
    replace(store, everything())
    taken = [item(ref, "P000002") for ref in refs]
    with pytest.raises(Refused, match="ID_CONFLICT"):
        replace(store, {"practitioner": [person("P000002")], "item": taken}, "P000002")
    assert projections.current(store, "P000002")["practitioner"] == []


@pytest.mark.parametrize(
    "rows",
    [
        {"practitioner": [person(colour="red")]},
        {"practitioner": [person("P000002")]},
        {"item": [item("A"), item("A")]},
    ],
    ids=["unknown column", "another stream", "one key twice"],
)
def test_rows_that_do_not_fit_are_refused(store: Store, rows: dict[str, list[dict[str, Any]]]) -> None:
    with pytest.raises(ValueError):
        replace(store, rows)
