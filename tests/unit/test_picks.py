"""Pools, strata and the picks that are not random (R8.1, R8.3, R8.7 to R8.10, R4.4, D.17.5)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passport_service.domain.calendar import business_date
from passport_service.domain.cutoffs import cutoffs_due, parse_schedule
from passport_service.domain.moderation import Basis, Receipt, Seed, SeedMode, order
from passport_service.domain.picks import (
    Entry,
    Rules,
    coverage,
    draw_all,
    in_pool,
    returning,
    still_tightened,
    stratified,
    too_often_not_reviewable,
)
from passport_service.domain.receipts import verify_chain

AFTER, UNTIL = datetime(2026, 3, 16, 6, tzinfo=UTC), datetime(2026, 3, 23, 6, tzinfo=UTC)
SEED = Seed(SeedMode.GIVEN, text="seed")
SECOND = timedelta(seconds=1)


def entry(item: str, recorded_at: datetime = UNTIL, **more: Any) -> Entry:
    return Entry(item=item, **{"holder": "asha", "kind": "assessment", "recorded_at": recorded_at, **more})


def draws(
    entries: list[Entry],
    until: datetime = UNTIL,
    after: datetime | None = AFTER,
    carries: dict[str, int] | None = None,
    last_looked_on: dict[str, date] | None = None,
    **rules: Any,
) -> list[Receipt]:
    return draw_all(
        entries,
        period=until.isoformat(),
        after=after,
        until=until,
        drawn_on=business_date(until),
        rules=Rules(**rules),
        seed=SEED,
        carries=carries or {},
        last_looked_on=last_looked_on or {},
    )


@pytest.mark.parametrize(
    ("recorded_at", "withdrawn_at", "inside"),
    [
        (AFTER, None, False),
        (AFTER + SECOND, None, True),
        (UNTIL, None, True),
        (UNTIL + SECOND, None, False),
        (AFTER + SECOND, UNTIL - SECOND, False),
        (AFTER + SECOND, UNTIL, True),
        (AFTER + SECOND, UNTIL + SECOND, True),
    ],
)
def test_r8_1_the_pool_is_what_was_recorded_since_the_last_cutoff_and_stands(
    recorded_at: datetime, withdrawn_at: datetime | None, inside: bool
) -> None:
    assert in_pool(entry("A1", recorded_at, withdrawn_at=withdrawn_at), AFTER, UNTIL) is inside


def test_r8_1_confirmed_on_friday_but_recorded_on_monday_after_the_draw_is_next_weeks() -> None:
    late = entry("A1", recorded_at=UNTIL + SECOND)
    next_cutoff = datetime(2026, 3, 30, 5, tzinfo=UTC)
    assert [receipt.pool for receipt in draws([late])] == [()]
    assert [receipt.pool for receipt in draws([late], until=next_cutoff, after=UNTIL)] == [("A1",)]


def test_the_first_pool_has_everything_so_far() -> None:
    assert in_pool(entry("A1", datetime(2020, 1, 1, tzinfo=UTC)), None, UNTIL)


MOMENTS = st.integers(0, 60 * 24 * 27).map(lambda minutes: AFTER + timedelta(minutes=minutes + 1))


@given(st.lists(MOMENTS, max_size=40), st.integers(0, 9_999), st.sampled_from(["none", "kind", "locality"]))
def test_d17_5_every_item_is_in_exactly_one_pool_and_picks_are_exact(
    moments: list[datetime], start: int, strata: str
) -> None:
    entries = [
        entry(f"A{n}", at, kind=("assessment", "review")[n % 2], locality=(None, "North", "South")[n % 3])
        for n, at in enumerate(moments)
    ]
    carries: dict[str, int] = {}
    chains: dict[str, list[Receipt]] = {}
    after = AFTER
    for until in cutoffs_due(AFTER, AFTER + timedelta(days=29), parse_schedule("Monday 06:00")):
        for receipt in draws(entries, until, after, carries, strata=strata, carry_start=start, rate_bp=1500):
            carries[receipt.draw.stratum] = receipt.carry_after
            chains.setdefault(receipt.draw.stratum, []).append(receipt)
        after = until
    pooled = [item for receipts in chains.values() for receipt in receipts for item in receipt.pool]
    assert sorted(pooled) == sorted(one.item for one in entries)
    for receipts in chains.values():
        size = sum(len(receipt.pool) for receipt in receipts)
        assert sum(receipt.quota for receipt in receipts) == (start + 1500 * size) // 10_000
        assert verify_chain([receipt.data() for receipt in receipts]) == []


def test_r8_3_strata_by_kind_have_their_own_pools_and_carries() -> None:
    entries = [entry(f"A{n}") for n in range(18)] + [entry(f"P{n}", kind="support_plan") for n in range(9)]
    assessment, plan, review = draws(
        entries, strata="kind", carries={"review": 9_000, "assessment": 1_000}, carry_start=5_000
    )
    assert [one.draw.stratum for one in (assessment, plan, review)] == [
        "assessment",
        "review",
        "support_plan",
    ]
    assert (assessment.units, plan.units, review.units) == (10_000, 9_000, 9_500)


def test_r8_6_a_stratum_with_nothing_this_week_is_still_drawn() -> None:
    assert stratified([], "kind", ["review"]) == {"review": []}
    assert stratified([], "none") == {"all": []}


def test_r8_3_items_without_a_locality_share_a_stratum() -> None:
    groups = stratified([entry("A1"), entry("A2", locality="North")], "locality")
    assert {name: [one.item for one in group] for name, group in groups.items()} == {
        "North": ["A2"],
        "unplaced": ["A1"],
    }


def test_strata_by_anything_else_are_an_error() -> None:
    with pytest.raises(ValueError, match="no strata"):
        stratified([entry("A1")], "team")


def test_r8_7_what_must_be_looked_at_is_picked_by_the_draw_whose_pool_holds_it() -> None:
    entries = [
        entry("A1", bases=(Basis.LATE_RECORDED, Basis.TIGHTENED)),
        entry("A2", bases=(Basis.RETURN_TO_PRACTICE,)),
        entry("A3"),
        entry("A4", recorded_at=AFTER, bases=(Basis.TIGHTENED,)),
    ]
    [receipt] = draws(entries, rate_bp=0)
    assert receipt.others == (("A1", Basis.LATE_RECORDED), ("A2", Basis.RETURN_TO_PRACTICE))
    [everything] = draws(entries, rate_bp=10_000)
    assert everything.others == ()


@pytest.mark.parametrize(
    ("monday", "picked"), [("2026-07-06", False), ("2026-07-13", True)], ids=["day 182", "189"]
)
def test_r8_8_a_holder_nobody_looked_at_for_182_days_is_covered(monday: str, picked: bool) -> None:
    until = datetime.fromisoformat(f"{monday}T05:00:00Z")
    entries = [entry(f"A{n}", until - timedelta(days=n)) for n in range(4)]
    [receipt] = draws(
        entries,
        until,
        until - timedelta(days=7),
        rate_bp=0,
        coverage_days=182,
        last_looked_on={"asha": date(2026, 1, 5)},
    )
    lowest = order(receipt.seed_text, receipt.pool)[0].item
    assert receipt.others == (((lowest, Basis.COVERAGE),) if picked else ())


def test_r8_8_coverage_off_covers_nobody() -> None:
    [receipt] = draws([entry("A1")], rate_bp=0, last_looked_on={"asha": date(2020, 1, 1)})
    assert receipt.others == ()


def test_r8_8_a_holder_whom_this_draw_picks_anyway_needs_no_cover() -> None:
    entries = [entry("A1", bases=(Basis.TIGHTENED,)), entry("A2")]
    [receipt] = draws(entries, rate_bp=0, coverage_days=182, last_looked_on={"asha": date(2020, 1, 1)})
    assert receipt.others == (("A1", Basis.TIGHTENED),)


def test_r8_8_over_strata_a_holder_is_covered_once() -> None:
    entries = [entry("A1"), entry("R1", kind="review"), entry("R2", kind="review", holder="ben")]
    receipts = draws(
        entries,
        rate_bp=0,
        strata="kind",
        coverage_days=182,
        last_looked_on={"asha": date(2020, 1, 1), "ben": date(2026, 3, 1)},
    )
    assert sum(len(receipt.others) for receipt in receipts) == 1
    assert coverage(entries, receipts, {}, date(2026, 3, 23), 182) == []


@pytest.mark.parametrize(
    ("outcomes", "needed", "tightened"),
    [
        ([], None, False),
        ([], 5, True),
        (["approved"] * 4, 5, True),
        (["approved"] * 5, 5, False),
        (["approved", "approved", "returned", "approved", "approved_with_comments", "approved"], 5, False),
        (["approved", "approved", "returned", "approved", "approved"], 5, True),
        (["approved"] * 4 + ["not_reviewable"], 5, True),
        (["approved"] * 4 + ["concern", "approved"], 5, True),
    ],
)
def test_r8_9_tightened_until_five_clean(outcomes: list[str], needed: int | None, tightened: bool) -> None:
    assert still_tightened(outcomes, needed) is tightened


def test_r4_4_the_first_three_confirmations_after_a_return_are_looked_at() -> None:
    assert [returning(confirmed) for confirmed in range(5)] == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("picked", "not_reviewable", "tell"),
    [(3, 2, False), (3, 3, True), (30, 3, False), (29, 3, True), (100, 10, False), (100, 11, True)],
)
def test_r8_10_withdrawing_must_not_be_an_escape(picked: int, not_reviewable: int, tell: bool) -> None:
    assert too_often_not_reviewable(picked, not_reviewable) is tell
