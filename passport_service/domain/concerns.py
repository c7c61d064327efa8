"""Concerns about work, and when they are repeated (R11.1–R11.6, R13.3)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from passport_service.domain.calendar import add_months, business_date, start_of_day
from passport_service.domain.policy import Policies, Policy


class ConcernStatus(StrEnum):
    OPEN = "open"
    COUNTED = "counted"
    UNDER_CHALLENGE = "under_challenge"
    OVERTURNED = "overturned"
    WITHDRAWN = "withdrawn"


class Severity(StrEnum):
    STANDARD = "standard"
    SERIOUS = "serious"


@dataclass(slots=True)
class Concern:
    """One reader's explicit concern about one item (R11.1).

    ``occurred_on`` is the day of the work, ``work_at`` its moment where known, ``told_at`` when the person was first told.
    """

    id: str
    item: str
    category: str
    severity: Severity
    source: str
    occurred_on: date
    found_on: date
    recorded_at: datetime
    seq: int
    reader: str
    reason: str
    needs_second_reader: bool
    work_at: datetime | None = None
    reads: list[tuple[str, bool]] = field(default_factory=list)
    status: ConcernStatus = ConcernStatus.OPEN
    counted_at: datetime | None = None
    told_at: datetime | None = None
    decide_by: date | None = None
    answered: str | None = None
    readers: list[str] = field(default_factory=list)

    @property
    def counts(self) -> bool:
        """Counted, or counted and now challenged (R11.2)."""
        return self.counted_at is not None and self.status in (
            ConcernStatus.COUNTED,
            ConcernStatus.UNDER_CHALLENGE,
        )

    @property
    def is_struck_out(self) -> bool:
        return self.status in (ConcernStatus.OVERTURNED, ConcernStatus.WITHDRAWN)

    @property
    def waits_for_a_person(self) -> bool:
        """A serious concern on which nobody has decided yet (L3, R11.5)."""
        return self.severity is Severity.SERIOUS and self.answered is None and not self.is_struck_out

    def was_after(self, issued_at: datetime) -> bool:
        """Whether the work was done after a passport was issued; a day without a moment must be a later day (R11.3)."""
        if self.work_at is not None:
            return self.work_at > issued_at
        return self.occurred_on > business_date(issued_at)


def read_again(concern: Concern, reader: str, agrees: bool, at: datetime) -> None:
    """Take in a further reading: one agreement counts the concern, two disagreements end it (R9.6, R11.2)."""
    concern.reads.append((reader, agrees))
    if concern.status is not ConcernStatus.OPEN:
        return
    if agrees:
        concern.status, concern.counted_at = ConcernStatus.COUNTED, at
    elif sum(not one for _, one in concern.reads) > 1:
        concern.status = ConcernStatus.WITHDRAWN


def repeated(
    concerns: Sequence[Concern],
    policies: Policies,
    moment: datetime,
    *,
    issued_at: datetime,
    spared: Sequence[frozenset[str]] = (),
) -> tuple[Concern, ...] | None:
    """The concerns that together are *repeated*, the triggering one last, or None (R11.3).

    Tried for each possible triggering concern (the latest by date of work) under the policy that R0.9 allows for it.
    ``spared`` are groups that a person has already answered for: they do not revoke again (R12.5).
    """
    eligible = [one for one in _one_an_item(concerns) if one.was_after(issued_at)]
    eligible.sort(key=lambda one: (one.occurred_on, one.seq))
    for place, trigger in enumerate(eligible):
        policy = policies.governing(start_of_day(trigger.occurred_on), moment)
        group = _group_ending_in(trigger, eligible[: place + 1], policy)
        if len(group) >= policy["concern.threshold"] and not any(_same(group, one) for one in spared):
            if _paused(group, policy):
                continue
            return tuple(group)
    return None


def _paused(group: Sequence[Concern], policy: Policy) -> bool:
    """With safeguards, a concern under challenge holds automatic revocation back (R11.2)."""
    return bool(policy["concern.second_reader"]) and any(
        one.status is ConcernStatus.UNDER_CHALLENGE for one in group
    )


def _same(group: Sequence[Concern], spared: frozenset[str]) -> bool:
    return {one.id for one in group} <= spared


def _one_an_item(concerns: Sequence[Concern]) -> list[Concern]:
    """The first counted concern of each item: two on one item are one (T11.3)."""
    by_item: dict[str, Concern] = {}
    for one in sorted(concerns, key=lambda c: c.seq):
        if one.counts:
            by_item.setdefault(one.item, one)
    return list(by_item.values())


def _group_ending_in(trigger: Concern, candidates: Sequence[Concern], policy: Policy) -> list[Concern]:
    months = policy["concern.window_months"]
    inside = [
        one
        for one in candidates
        if months is None or trigger.occurred_on < add_months(one.occurred_on, months)
    ]
    if policy["concern.opportunity_to_learn"]:
        inside = _told_between(inside)
    return inside


def _told_between(group: Sequence[Concern]) -> list[Concern]:
    """The longest row up to the last of the group, each on work done after the person was told of the one before (R11.6)."""
    rows: list[list[Concern]] = []
    for one in group:
        before = max((row for row in rows if _done_after_told(one, row[-1])), key=len, default=[])
        rows.append([*before, one])
    return rows[-1]


def _done_after_told(later: Concern, earlier: Concern) -> bool:
    if earlier.told_at is None:
        return False
    if later.work_at is not None:
        return later.work_at >= earlier.told_at
    return later.occurred_on > business_date(earlier.told_at)


def decide_by(recorded_at: datetime, add_working_days: Callable[[date, int], date], days: int = 5) -> date:
    """The day by which a person decides on a serious concern: five working days (T11.8)."""
    return add_working_days(business_date(recorded_at), days)
