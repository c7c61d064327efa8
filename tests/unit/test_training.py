"""Requirements and their evidence: R2.2, R2.4, R2.5, R2.6, R2.8, R2.9."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passport_service.domain.training import (
    Completion,
    Note,
    Prior,
    Requirement,
    RequirementState,
    Waiver,
    note_on,
    spell_on,
    standing,
)

D = date.fromisoformat
PLAIN = Requirement("mca", "Mental Capacity Act")
FAR = D("2099-01-01")


def dates(*texts: str) -> list[date]:
    return [D(one) for one in texts]


@pytest.mark.parametrize(
    ("name", "grace", "evidence", "expires"),
    [
        ("T2.4a first", 0, ["2024-03-15"], "2026-03-15"),
        ("T2.4b inside window", 0, ["2024-03-15", "2026-02-10"], "2028-03-15"),
        ("T2.4c early", 0, ["2024-03-15", "2025-10-01"], "2027-10-01"),
        ("T2.4d late", 0, ["2024-03-15", "2026-05-20"], "2028-05-20"),
        ("T2.4e in grace", 30, ["2024-03-15", "2026-04-10"], "2028-03-15"),
        ("R2.6 the same dates in another order", 0, ["2026-02-10", "2024-03-15"], "2028-03-15"),
        ("R0.7 a leap day", 0, ["2024-02-29"], "2026-02-28"),
    ],
)
def test_expiry_follows_from_the_dates_of_evidence(
    name: str, grace: int, evidence: list[str], expires: str
) -> None:
    requirement = Requirement("mca", "MCA", grace_days=grace)
    spell = spell_on(requirement, dates(*evidence), FAR)
    assert spell is not None
    assert spell.expires_on == D(expires), name


def test_a_requirement_without_validity_never_expires() -> None:
    spell = spell_on(Requirement("mca", "MCA", months=None), dates("2024-03-15"), FAR)
    assert spell is not None
    assert spell.expires_on is None


def test_older_evidence_that_arrives_late_does_not_move_a_later_expiry() -> None:
    yearly = Requirement("mca", "MCA", months=12)
    spell = spell_on(yearly, dates("2025-11-01", "2025-02-10"), FAR)
    assert spell is not None
    assert spell.expires_on == D("2026-11-01")


@pytest.mark.parametrize(
    ("day", "grace", "state"),
    [
        ("2024-03-14", 0, RequirementState.NOT_STARTED),
        ("2026-01-13", 0, RequirementState.VALID),
        ("2026-01-14", 0, RequirementState.DUE_SOON),
        ("2026-03-15", 0, RequirementState.DUE_SOON),
        ("2026-03-16", 0, RequirementState.EXPIRED),
        ("2026-03-16", 30, RequirementState.IN_GRACE),
        ("2026-04-14", 30, RequirementState.IN_GRACE),
        ("2026-04-15", 30, RequirementState.EXPIRED),
    ],
)
def test_the_state_on_a_day_has_the_boundaries_of_the_rule(
    day: str, grace: int, state: RequirementState
) -> None:
    requirement = Requirement("mca", "MCA", grace_days=grace)
    assert standing(requirement, D(day), live=dates("2024-03-15")).state is state


def test_late_evidence_leaves_the_days_between_uncovered() -> None:
    live = dates("2024-03-15", "2026-05-20")
    assert standing(PLAIN, D("2026-03-16"), live=live).state is RequirementState.EXPIRED
    assert standing(PLAIN, D("2026-05-19"), live=live).state is RequirementState.EXPIRED
    assert standing(PLAIN, D("2026-05-20"), live=live).state is RequirementState.VALID


def test_prior_learning_counts_from_its_own_date() -> None:
    yearly = Requirement("mca", "MCA", months=12)
    prior = [Prior("mca", D("2025-05-01"), "a", "b", "certificate")]
    assert standing(yearly, D("2026-05-01"), live=[], priors=prior).state is RequirementState.ACCEPTED_PRIOR
    assert standing(yearly, D("2026-05-02"), live=[], priors=prior).state is RequirementState.EXPIRED


def test_current_evidence_comes_before_prior_learning_and_prior_learning_before_a_waiver() -> None:
    prior = [Prior("mca", D("2026-01-01"), "a", "b", "certificate")]
    waiver = [Waiver("mca", D("2026-01-01"), D("2026-12-31"), "b", "away")]
    day = D("2026-02-01")
    assert (
        standing(PLAIN, day, live=dates("2026-01-10"), priors=prior, waivers=waiver).state
        is RequirementState.VALID
    )
    assert (
        standing(PLAIN, day, live=[], priors=prior, waivers=waiver).state is RequirementState.ACCEPTED_PRIOR
    )
    assert standing(PLAIN, day, live=[], waivers=waiver).state is RequirementState.WAIVED


def test_a_waiver_by_role_dies_with_the_role() -> None:
    waiver = [Waiver("mca", D("2026-01-01"), None, "b", "no such duty", role="social_worker")]
    assert (
        standing(PLAIN, FAR, live=[], waivers=waiver, role="social_worker").state is RequirementState.WAIVED
    )
    assert (
        standing(PLAIN, FAR, live=[], waivers=waiver, role="support_worker").state
        is RequirementState.NOT_STARTED
    )


def test_evidence_that_was_all_taken_back_is_withdrawn_and_not_merely_missing() -> None:
    assert standing(PLAIN, FAR, live=[], had_evidence=True).state is RequirementState.WITHDRAWN


DAYS = st.dates(min_value=D("2015-01-01"), max_value=D("2035-01-01"))


@given(st.lists(DAYS, min_size=1, max_size=5), st.integers(0, 90), st.integers(0, 60))
def test_any_order_of_arrival_gives_the_same_expiry(days: list[date], window: int, grace: int) -> None:
    requirement = Requirement("mca", "MCA", window_days=window, grace_days=grace)
    expected = spell_on(requirement, days, FAR)
    assert all(spell_on(requirement, order, FAR) == expected for order in permutations(days))


@given(st.lists(DAYS, min_size=1, max_size=6), DAYS)
def test_more_evidence_never_ends_a_requirement_sooner(days: list[date], extra: date) -> None:
    before, after = spell_on(PLAIN, days, FAR), spell_on(PLAIN, [*days, extra], FAR)
    assert before is not None
    assert after is not None
    if extra >= max(days):
        assert after.expires_on is not None
        assert before.expires_on is not None
        assert after.expires_on >= before.expires_on


@given(DAYS)
def test_evidence_is_current_on_its_own_day_and_the_day_before_says_nothing_of_it(day: date) -> None:
    assert standing(PLAIN, day, live=[day]).is_current
    assert standing(PLAIN, day - timedelta(days=1), live=[day]).state is RequirementState.NOT_STARTED


AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def said(meaning: str, **given: object) -> Completion:
    return Completion("s1", meaning, "https://x/1", "mca", AT, AT, 1, **given)  # type: ignore[arg-type]


STRICT = Requirement("mca", "MCA", needs_passed=True)
MARKED = Requirement("mca", "MCA", min_scaled=0.8)


@pytest.mark.parametrize(
    ("what", "requirement", "note"),
    [
        (said("completed"), PLAIN, None),
        (said("passed", success=False), PLAIN, Note.NOT_SUCCESSFUL),
        (said("completed", completion=False), PLAIN, Note.NOT_COMPLETE),
        (said("completed", scaled=0.79), MARKED, Note.BELOW_PASS_MARK),
        (said("completed", scaled=0.8), MARKED, None),
        (said("completed", scaled=-0.5), MARKED, Note.BELOW_PASS_MARK),
        (said("completed"), MARKED, None),
        (said("completed"), STRICT, Note.NOT_PASSED),
        (said("passed"), STRICT, None),
        (said("satisfied"), STRICT, None),
        (said("failed"), PLAIN, Note.FAILED),
        (said("waived", success=True, completion=True), PLAIN, Note.WAIVER),
        (said("satisfied", registration="r1"), PLAIN, Note.WAIVER),
        (said("satisfied", registration="r2"), PLAIN, None),
    ],
)
def test_what_a_statement_means_goes_by_the_first_matching_row(
    what: Completion, requirement: Requirement, note: Note | None
) -> None:
    assert note_on(what, requirement, frozenset({"r1"})) is note
