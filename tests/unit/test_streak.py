"""The run of approvals: R3.1 to R3.4, every worked example."""

from datetime import UTC, datetime, timedelta

import pytest

from passport_service.domain.policy import Policies, Policy, build
from passport_service.domain.streak import Decision, Outcome, Streak, streak

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOW = datetime(2030, 1, 1, tzinfo=UTC)


def policies(**overrides: object) -> Policies:
    settings = build("essex-baseline", {name.replace("__", "."): value for name, value in overrides.items()})
    return Policies([Policy(1, datetime(2000, 1, 1, tzinfo=UTC), settings, "a", "b")])


def decision(
    number: int,
    outcome: str,
    *,
    item: str | None = None,
    at: datetime | None = None,
    kind: str = "assessment",
    reviewer: str = "r1",
    seq: int | None = None,
) -> Decision:
    moment = at or START + timedelta(days=number)
    return Decision(
        f"d{number}",
        item or f"i{number}",
        kind,
        "care_act_assessment",
        Outcome(outcome),
        moment,
        moment,
        number if seq is None else seq,
        reviewer,
        "approve",
    )


def runs(decisions: list[Decision], known: Policies | None = None) -> list[int]:
    """The run after each decision, in the order given."""
    return [streak(decisions[: n + 1], known or policies(), NOW).run for n in range(len(decisions))]


LETTERS = {
    "A": "approved",
    "R": "returned",
    "C": "concern",
    "N": "not_reviewable",
    "K": "approved_with_comments",
}


@pytest.mark.parametrize(
    ("example", "letters", "expected"),
    [
        ("T3.1", "AAA", [1, 2, 3]),
        ("T3.2", "AARAAA", [1, 2, 0, 1, 2, 3]),
        ("T3.3", "AACA", [1, 2, 0, 1]),
        ("with comments counts as well", "AKA", [1, 2, 3]),
        ("it may exceed three", "AAAAA", [1, 2, 3, 4, 5]),
        ("T3.6: what cannot be reviewed changes nothing", "ANAA", [1, 1, 2, 3]),
    ],
)
def test_the_run_after_each_decision(example: str, letters: str, expected: list[int]) -> None:
    assert runs([decision(n, LETTERS[one]) for n, one in enumerate(letters)]) == expected, example


def test_assessments_support_plans_and_reviews_count_in_one_run() -> None:
    kinds = ("assessment", "support_plan", "review")
    assert runs([decision(n, "approved", kind=kind) for n, kind in enumerate(kinds)]) == [1, 2, 3]


def test_a_kind_that_the_policy_leaves_out_neither_counts_nor_resets() -> None:
    known = policies(streak__kinds=["assessment"])
    decisions = [decision(1, "approved"), decision(2, "returned", kind="review"), decision(3, "approved")]
    assert runs(decisions, known) == [1, 1, 2]


@pytest.mark.parametrize(("setting", "expected"), [("neutral", [1, 0, 0, 1, 2]), ("counts", [1, 0, 1, 2, 3])])
def test_the_approval_of_what_was_once_returned_is_neutral_unless_the_policy_counts_it(
    setting: str, expected: list[int]
) -> None:
    decisions = [
        decision(1, "approved"),
        decision(2, "returned", item="x"),
        decision(3, "approved", item="x"),
        decision(4, "approved"),
        decision(5, "approved"),
    ]
    assert runs(decisions, policies(streak__resubmission=setting)) == expected


def test_a_decision_recorded_late_takes_its_place_by_when_it_was_made() -> None:
    on = {day: datetime(2026, 3, day, 9, tzinfo=UTC) for day in (3, 4, 5, 6)}
    decisions = [
        decision(1, "approved", at=on[3]),
        decision(2, "approved", at=on[5]),
        decision(3, "approved", at=on[6]),
    ]
    assert runs(decisions)[-1] == 3
    assert streak([*decisions, decision(4, "returned", at=on[4])], policies(), NOW).run == 2


@pytest.mark.parametrize(("last", "expected"), [("2026-01-10", [1, 2, 3]), ("2026-01-11", [1, 2, 2])])
def test_the_twelfth_month_day_is_inside_the_window_and_the_day_after_is_not(
    last: str, expected: list[int]
) -> None:
    days = ("2025-01-10", "2025-06-01", last)
    decisions = [
        decision(n, "approved", at=datetime.fromisoformat(f"{day}T12:00:00+00:00"))
        for n, day in enumerate(days)
    ]
    assert runs(decisions) == expected


def test_without_a_window_old_approvals_stay() -> None:
    decisions = [decision(n, "approved", at=START + timedelta(days=500 * n)) for n in range(3)]
    assert runs(decisions, policies(streak__window_months="none")) == [1, 2, 3]


def test_two_decisions_of_one_instant_go_by_the_order_of_recording() -> None:
    first, second = decision(1, "returned", at=START, seq=1), decision(2, "approved", at=START, seq=2)
    assert streak([second, first], policies(), NOW).run == 1
    first.seq, second.seq = 2, 1
    assert streak([second, first], policies(), NOW).run == 0


def test_one_item_approved_twice_counts_once() -> None:
    assert runs([decision(1, "approved", item="x"), decision(2, "approved", item="x")]) == [1, 1]


def test_a_concern_that_was_overturned_neither_adds_nor_resets() -> None:
    struck = decision(2, "concern")
    struck.struck_out = True
    assert runs([decision(1, "approved"), struck, decision(3, "approved")]) == [1, 1, 2]


def test_a_decision_set_aside_for_a_conflict_does_not_count() -> None:
    aside = decision(2, "approved")
    aside.set_aside = True
    assert runs([decision(1, "approved"), aside, decision(3, "approved")]) == [1, 1, 2]


def test_three_approvals_by_one_reviewer_are_not_enough_where_two_are_needed() -> None:
    known = policies(streak__min_reviewers=2)
    alone = [decision(n, "approved") for n in range(3)]
    found = streak(alone, known, NOW)
    assert (found.run, found.condition_met, found.reasons) == (3, False, ("TOO_FEW_REVIEWERS",))
    joined = streak([*alone, decision(4, "approved", reviewer="r2")], known, NOW)
    assert (joined.run, joined.condition_met, joined.reasons) == (4, True, ())


def test_nothing_decided_yet_is_a_run_of_none_with_its_reason() -> None:
    assert streak([], policies(), NOW) == Streak(0, (), ("RUN_TOO_SHORT",))
