"""The run of CCV approvals (R3.1–R3.4): a count back from the latest decision, in decision order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from passport_service.domain.calendar import add_months, business_date
from passport_service.domain.policy import Policies


class Outcome(StrEnum):
    APPROVED = "approved"
    APPROVED_WITH_COMMENTS = "approved_with_comments"
    RETURNED = "returned"
    CONCERN = "concern"
    NOT_REVIEWABLE = "not_reviewable"


APPROVALS = frozenset({Outcome.APPROVED, Outcome.APPROVED_WITH_COMMENTS})


@dataclass(slots=True)
class Decision:
    """What a reviewer said of an item. ``effective_at`` and ``seq`` give its place in decision order (R0.5)."""

    id: str
    item: str
    kind: str
    type: str
    outcome: Outcome
    effective_at: datetime
    recorded_at: datetime
    seq: int
    reviewer: str
    stream: str
    submitted_at: datetime | None = None
    corrected_at: datetime | None = None
    struck_out: bool = False
    set_aside: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Streak:
    """The run and the approvals behind it; ``reasons`` say what the condition still lacks (R0.8)."""

    run: int
    approvals: tuple[Decision, ...]
    reasons: tuple[str, ...]
    met_at: datetime | None = None

    @property
    def condition_met(self) -> bool:
        return not self.reasons


def ordered(decisions: Sequence[Decision]) -> list[Decision]:
    return sorted(decisions, key=lambda one: (one.effective_at, one.seq))


def streak(
    decisions: Sequence[Decision],
    policies: Policies,
    moment: datetime,
    *,
    length: int | None = None,
    types: frozenset[str] | None = None,
) -> Streak:
    """The run at a moment, from decisions that matter (the caller leaves out those that R3.1 leaves out).

    ``length`` is how many are needed (the policy's by default), ``types`` keeps decisions on those case types only (R5.1).
    """
    policy = policies.at(moment)
    needed = policy["streak.length"] if length is None else length
    counted = _counted(decisions, policies, moment, types)
    approvals = _inside_window(counted, policy["streak.window_months"])
    reasons = []
    if len(approvals) < needed:
        reasons.append("RUN_TOO_SHORT")
    enough_reviewers_at = _reviewers_met_at(approvals, policy["streak.min_reviewers"])
    if approvals and enough_reviewers_at is None:
        reasons.append("TOO_FEW_REVIEWERS")
    met_at = None
    if not reasons and needed:
        met_at = max(approvals[needed - 1].effective_at, enough_reviewers_at or approvals[0].effective_at)
    return Streak(len(approvals), tuple(approvals), tuple(reasons), met_at)


def _counted(
    decisions: Sequence[Decision], policies: Policies, moment: datetime, types: frozenset[str] | None
) -> list[Decision]:
    """Approvals since the last reset, each item once, resubmissions by the policy of their day (R3.2, R3.3)."""
    counted: list[Decision] = []
    counted_items: set[str] = set()
    once_sent_back: set[str] = set()
    for one in ordered(decisions):
        if one.effective_at > moment or one.struck_out or one.set_aside:
            continue
        policy = policies.at(one.effective_at)
        if one.kind not in policy["streak.kinds"] or (types is not None and one.type not in types):
            continue
        if one.outcome in (Outcome.RETURNED, Outcome.CONCERN):
            once_sent_back.add(one.item)
            if one.outcome.value in policy["streak.resets_on"]:
                counted, counted_items = [], set()
        elif (
            one.outcome in APPROVALS
            and one.item not in counted_items
            and (one.item not in once_sent_back or policy["streak.resubmission"] == "counts")
        ):
            counted.append(one)
            counted_items.add(one.item)
    return counted


def _inside_window(counted: list[Decision], months: int | None) -> list[Decision]:
    """Drop approvals more than the window before the latest counted one; the twelfth-month day is inside (T3.8)."""
    if months is None or not counted:
        return counted
    latest = business_date(counted[-1].effective_at)
    return [one for one in counted if add_months(business_date(one.effective_at), months) >= latest]


def _reviewers_met_at(approvals: Sequence[Decision], minimum: int) -> datetime | None:
    seen: set[str] = set()
    for one in approvals:
        seen.add(one.reviewer)
        if len(seen) >= minimum:
            return one.effective_at
    return None
