"""The policy: its parameters, presets and versions (R0.9, D.1)."""

import json
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest

from passport_service.domain.errors import Refused
from passport_service.domain.parameters import PARAMETERS, PRESETS
from passport_service.domain.policy import (
    Policies,
    Policy,
    build,
    differences,
    laid_over,
    lenient,
    policy_data,
    policy_from,
    publish,
    read_setting,
    shown,
    validate,
)

# The table of RULES D.1, row by row.
TABLE = [
    ("streak.length", 3, 3),
    ("streak.kinds", ("assessment", "support_plan", "review"), ("assessment", "support_plan", "review")),
    ("streak.resets_on", ("returned", "concern"), ("returned", "concern")),
    ("streak.resubmission", "neutral", "neutral"),
    ("streak.window_months", 12, 12),
    ("streak.min_reviewers", 1, 2),
    ("training.on_expiry", "suspend", "suspend"),
    ("training.lapse_months", 6, 6),
    ("moderation.rate_bp", 500, 500),
    ("moderation.schedule", "Monday 06:00 Europe/London", "Monday 06:00 Europe/London"),
    ("moderation.coverage", None, 182),
    ("moderation.tighten", None, 5),
    ("moderation.double_read_bp", 0, 1000),
    ("moderation.due_wd", 10, 10),
    ("moderation.strata", "none", "none"),
    ("moderation.carry_start", 0, 0),
    ("moderation.notify", "at publication", "at publication"),
    ("authorisation.due_wd", 2, 2),
    ("concern.threshold", 2, 2),
    ("concern.window_months", 12, 12),
    ("concern.second_reader", False, True),
    ("concern.opportunity_to_learn", False, True),
    ("concern.serious", "suspend", "suspend"),
    ("concern.sources", *[("draw", "authorisation", "audit", "complaint", "other")] * 2),
    ("revocation.mode", "automatic", "propose"),
    ("challenge.window_wd", 10, 10),
    ("challenge.decide_wd", 10, 10),
    ("reviewer.independence_months", 12, 12),
    ("timeliness.target_wd", 45, 45),
    ("timeliness.amber_from", 34, 34),
    ("caseload.guide", 14, 14),
    ("caseload.ceiling", 18, 18),
    ("caseload.visibility", "own and team average", "own and team average"),
    ("eligibility.roles", *[("social_worker", "occupational_therapist")] * 2),
    ("eligibility.newly_qualified", "excluded", "excluded"),
    ("eligibility.agency", "allowed", "allowed"),
    ("reearn.min_days", 0, 0),
    ("rejoin.fast_track", False, False),
    ("passport.term_months", None, None),
]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def version(number: int, since: str, **overrides: Any) -> Policy:
    settings = build("essex-baseline", {name.replace("__", "."): value for name, value in overrides.items()})
    return Policy(number, moment(since), settings, "ann", "bob")


@pytest.mark.parametrize(("name", "baseline", "safeguards"), TABLE)
def test_d1_both_presets_have_the_values_of_the_table(name: str, baseline: Any, safeguards: Any) -> None:
    assert PRESETS["essex-baseline"][name] == baseline
    assert PRESETS["essex-with-safeguards"][name] == safeguards


def test_d1_there_is_no_other_parameter() -> None:
    assert set(PARAMETERS) == {row[0] for row in TABLE}


@pytest.mark.parametrize("preset", PRESETS)
def test_both_presets_are_valid_and_survive_being_shown_and_read(preset: str) -> None:
    assert validate(PRESETS[preset]) == dict(PRESETS[preset])
    for name, value in PRESETS[preset].items():
        assert read_setting(name, shown(name, value)) == value


def test_every_parameter_has_a_plain_sentence() -> None:
    assert all(row.meaning.endswith(".") and len(row.meaning) > 20 for row in PARAMETERS.values())


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("concern.second_reader", "on", True),
        ("concern.second_reader", "off", False),
        ("concern.second_reader", True, True),
        ("rejoin.fast_track", "on", True),
        ("moderation.coverage", "off", None),
        ("moderation.coverage", False, None),
        ("moderation.coverage", 90, 90),
        ("moderation.tighten", "off", None),
        ("moderation.tighten", 5, 5),
        ("streak.window_months", "none", None),
        ("streak.window_months", None, None),
        ("passport.term_months", "none", None),
        ("passport.term_months", 24, 24),
        ("moderation.strata", None, "none"),
        ("moderation.carry_start", "random", "random"),
        ("moderation.carry_start", 9999, 9999),
        ("moderation.schedule", "Tuesday 07:30", "Tuesday 07:30 Europe/London"),
        ("streak.kinds", ["review", "assessment"], ("assessment", "review")),
        ("concern.sources", ["draw"], ("draw",)),
    ],
)
def test_a_setting_is_kept_in_one_form(name: str, given: Any, kept: Any) -> None:
    assert build("essex-baseline", {name: given})[name] == kept


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("streak.size", 3),
        (7, 3),
        ("streak.length", 0),
        ("streak.length", "3"),
        ("streak.length", 3.0),
        ("streak.length", True),
        ("streak.length", None),
        ("streak.length", [3]),
        ("streak.window_months", "off"),
        ("streak.kinds", []),
        ("streak.kinds", "review"),
        ("streak.kinds", ["letter"]),
        ("streak.kinds", [["review"]]),
        ("moderation.rate_bp", 10_001),
        ("moderation.rate_bp", -1),
        ("moderation.coverage", "on"),
        ("moderation.coverage", True),
        ("moderation.coverage", {}),
        ("moderation.schedule", "whenever"),
        ("moderation.schedule", 6),
        ("moderation.carry_start", 10_000),
        ("concern.second_reader", "yes"),
        ("concern.second_reader", 1),
        ("revocation.mode", "maybe"),
        ("revocation.mode", None),
        ("eligibility.roles", ["ccv_lead"]),
        ("timeliness.amber_from", 46),
        ("caseload.guide", 19),
    ],
)
def test_an_unknown_name_or_a_wrong_value_is_malformed_and_named(name: Any, value: Any) -> None:
    with pytest.raises(Refused) as refusal:
        build("essex-baseline", {name: value})
    assert (refusal.value.code, refusal.value.where) == ("MALFORMED", str(name))


@pytest.mark.parametrize("preset", ["essex", None, ["essex-baseline"]])
def test_an_unknown_preset_is_malformed(preset: Any) -> None:
    with pytest.raises(Refused) as refusal:
        build(preset)
    assert (refusal.value.code, refusal.value.where) == ("MALFORMED", "policy")


def test_settings_that_are_not_names_with_values_are_malformed() -> None:
    with pytest.raises(Refused, match="MALFORMED"):
        validate(["streak.length"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("streak.length", " 4 ", 4),
        ("moderation.coverage", "off", None),
        ("moderation.carry_start", "random", "random"),
        ("streak.kinds", "review, assessment", ("assessment", "review")),
        ("concern.second_reader", "on", True),
    ],
)
def test_a_setting_is_read_from_a_form(name: str, text: str, value: Any) -> None:
    assert read_setting(name, text) == value


def test_a_wrong_text_in_a_form_is_malformed() -> None:
    with pytest.raises(Refused, match="whole number from 1 to 50"):
        read_setting("streak.length", "three")


def test_settings_cannot_be_changed_in_place() -> None:
    assert isinstance(build("essex-baseline"), MappingProxyType)


def test_r0_9_the_version_in_force_at_a_moment_governs() -> None:
    first, second = (
        version(1, "2026-01-01T00:00Z"),
        version(2, "2026-05-01T00:00+01:00", concern__threshold=3),
    )
    policies = Policies((second, first))
    assert policies.at(moment("2026-04-30T22:59:59Z")) is first
    assert policies.at(moment("2026-04-30T23:00:00Z")) is second
    assert policies.at(moment("2020-01-01T00:00:00Z")) is first
    assert policies.latest is second
    assert list(policies) == [first, second]
    assert policies.between(moment("2026-01-01T00:00Z"), moment("2026-12-01T00:00Z")) == (second,)
    assert policies.next_change(moment("2026-02-01T00:00Z")) == second.effective_from
    assert policies.next_change(moment("2026-06-01T00:00Z")) is None


def test_of_two_versions_from_one_moment_the_later_governs() -> None:
    first, second = version(1, "2026-01-01T00:00Z"), version(2, "2026-01-01T00:00Z", streak__length=4)
    assert Policies((second, first)).at(first.effective_from) is second


def test_before_the_first_version_there_is_no_policy_to_ask() -> None:
    nothing = Policies(())
    assert (len(nothing), list(nothing)) == (0, [])
    with pytest.raises(LookupError, match="no policy"):
        nothing.at(moment("2026-01-01T00:00Z"))
    with pytest.raises(LookupError, match="no policy"):
        _ = nothing.latest


@pytest.mark.parametrize(
    ("work_at", "threshold"),
    [("2026-04-10T00:00+01:00", 3), ("2026-05-06T00:00+01:00", 2)],
    ids=["the triggering work was done before the change", "after it"],
)
def test_r0_9_a_lowered_threshold_does_not_reach_back(work_at: str, threshold: int) -> None:
    policies = Policies(
        (version(1, "2026-01-01T00:00Z", concern__threshold=3), version(2, "2026-05-01T00:00+01:00"))
    )
    governing = policies.governing(moment(work_at), moment("2026-06-01T00:00Z"))
    assert governing["concern.threshold"] == threshold
    assert governing.version == 2
    assert policies.governing(moment(work_at), moment("2026-06-01T00:00Z")) is governing


@pytest.mark.parametrize(
    ("name", "one", "other", "kinder"),
    [
        ("concern.threshold", 2, 3, 3),
        ("concern.window_months", 6, 12, 6),
        ("concern.second_reader", True, False, True),
        ("concern.opportunity_to_learn", True, False, True),
        ("concern.sources", ["draw", "audit"], ["audit", "other"], ("audit",)),
        ("revocation.mode", "propose", "automatic", "propose"),
        ("training.on_expiry", "revoke", "suspend", "suspend"),
        ("training.lapse_months", 6, 9, 9),
        ("streak.length", 3, 4, 3),
        ("streak.window_months", 12, None, None),
        ("streak.kinds", ["assessment"], ["review"], ("assessment", "review")),
        ("streak.resets_on", ["returned", "concern"], ["concern"], ("concern",)),
        ("streak.resubmission", "neutral", "counts", "counts"),
        ("streak.min_reviewers", 1, 2, 1),
        ("eligibility.agency", "excluded", "allowed", "allowed"),
        ("passport.term_months", 12, None, None),
        ("challenge.window_wd", 5, 10, 10),
        ("reearn.min_days", 0, 30, 0),
    ],
)
def test_r0_9_of_two_settings_the_kinder_governs_whichever_came_first(
    name: str, one: Any, other: Any, kinder: Any
) -> None:
    first = Policy(1, moment("2026-01-01T00:00Z"), build("essex-baseline", {name: one}), "ann", "bob")
    second = Policy(2, moment("2026-05-01T00:00Z"), build("essex-baseline", {name: other}), "ann", "bob")
    assert lenient(first, second)[name] == kinder
    assert lenient(second, first)[name] == kinder


def test_a_setting_that_decides_nothing_adverse_is_the_present_one() -> None:
    then, now = version(1, "2026-01-01T00:00Z"), version(2, "2026-05-01T00:00Z", moderation__rate_bp=1000)
    assert lenient(then, now)["moderation.rate_bp"] == 1000


def test_a_new_version_lays_its_changes_over_what_is_in_force_then() -> None:
    policies = Policies((version(1, "2026-01-01T00:00Z", streak__length=4),))
    new = publish(
        policies,
        {"concern.threshold": 3},
        effective_from=moment("2026-05-01T00:00Z"),
        author="ann",
        approver="bob",
        now=moment("2026-04-01T00:00Z"),
    )
    assert (new.version, new["streak.length"], new["concern.threshold"]) == (2, 4, 3)
    assert differences(policies.latest.settings, new.settings) == [("concern.threshold", 2, 3)]


@pytest.mark.parametrize(
    ("approver", "since", "code"),
    [("ann", "2026-05-01T00:00Z", "SAME_PERSON"), ("bob", "2026-03-31T23:59:59Z", "IN_THE_PAST")],
)
def test_a_version_needs_another_approver_and_is_never_back_dated(
    approver: str, since: str, code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        publish(
            Policies((version(1, "2026-01-01T00:00Z"),)),
            {},
            effective_from=moment(since),
            author="ann",
            approver=approver,
            now=moment("2026-04-01T00:00Z"),
        )
    assert refusal.value.code == code


def test_a_policy_returns_from_the_ledger_as_it_went_in() -> None:
    policy = Policy(3, datetime(2026, 5, 1, tzinfo=UTC), build("essex-with-safeguards"), "ann", "bob", "why")
    assert policy_from(json.loads(json.dumps(policy_data(policy)))) == policy


def test_overrides_are_checked_together_with_what_they_are_laid_over() -> None:
    with pytest.raises(Refused, match=r"timeliness\.amber_from must not be more"):
        laid_over(PRESETS["essex-baseline"], {"timeliness.target_wd": 30})
