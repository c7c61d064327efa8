"""What must be held, what was sent about it, and what that makes of a requirement on a day (R2.1–R2.9)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache

from passport_service.domain.calendar import add_months, business_date

CORE = "core"
WAIVER_MONTHS = 12


class RequirementState(StrEnum):
    NOT_STARTED = "not_started"
    VALID = "valid"
    DUE_SOON = "due_soon"
    IN_GRACE = "in_grace"
    EXPIRED = "expired"
    WAIVED = "waived"
    ACCEPTED_PRIOR = "accepted_prior"
    WITHDRAWN = "withdrawn"


CURRENT = frozenset(
    {
        RequirementState.VALID,
        RequirementState.DUE_SOON,
        RequirementState.IN_GRACE,
        RequirementState.WAIVED,
        RequirementState.ACCEPTED_PRIOR,
    }
)


class Note(StrEnum):
    """Why a statement about a mapped course is kept but is not evidence (R2.2)."""

    FAILED = "failed"
    NOT_COMPLETE = "not complete"
    NOT_SUCCESSFUL = "not successful"
    BELOW_PASS_MARK = "below pass mark"
    NOT_PASSED = "completed but not passed"
    WAIVER = "waiver"
    RETRACTED = "retracted"
    VOIDED = "voided"
    MOVED = "belongs to another person"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that must be held (R2.1). ``sets`` names the requirement sets it is in: ``core`` or endorsements."""

    slug: str
    title: str
    months: int | None = 24
    window_days: int = 60
    grace_days: int = 0
    min_scaled: float | None = None
    needs_passed: bool = False
    prior_max_age_months: int | None = None
    sets: tuple[str, ...] = (CORE,)


@dataclass(slots=True)
class Completion:
    """What one statement said of one person and one course; ``seq`` is its place in the person's stream."""

    statement: str
    meaning: str
    activity: str
    course: str | None
    effective_at: datetime
    recorded_at: datetime
    seq: int
    success: bool | None = None
    completion: bool | None = None
    scaled: float | None = None
    registration: str | None = None
    may_waive: bool = False
    flags: tuple[str, ...] = ()
    moved: bool = False

    @property
    def on(self) -> date:
        return business_date(self.effective_at)


@dataclass(frozen=True, slots=True)
class Prior:
    """Earlier learning, approved by a second person; counts from its own completion date (R2.8)."""

    requirement: str
    completed_on: date
    by: str
    approver: str
    reason: str


@dataclass(frozen=True, slots=True)
class Waiver:
    """A requirement waived for a time, or for as long as a role is held when ``role`` is given (R2.9)."""

    requirement: str
    from_on: date
    until_on: date | None
    approver: str
    reason: str
    role: str | None = None

    def covers(self, day: date, role: str | None) -> bool:
        if self.role is not None and self.role != role:
            return False
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of one requirement on one day: since when it has held without a break, and until when."""

    state: RequirementState
    since_on: date | None = None
    expires_on: date | None = None

    @property
    def is_current(self) -> bool:
        return self.state in CURRENT


@dataclass(frozen=True, slots=True)
class Spell:
    """An unbroken time of validity; ``expires_on`` is None when it never ends."""

    from_on: date
    expires_on: date | None


NOTHING = Standing(RequirementState.NOT_STARTED)


@cache
def _spell(dates: tuple[date, ...], months: int | None, window: int, grace: int) -> Spell:
    """Fold the dates of live evidence into the last spell (R2.4)."""
    start, expires = dates[0], _after(dates[0], months)
    for day in dates[1:]:
        if expires is None:
            break
        if day > expires + timedelta(days=grace):
            start, expires = day, _after(day, months)
        elif day >= expires - timedelta(days=window):
            expires = _after(expires, months)
        else:
            renewed = _after(day, months)
            expires = None if renewed is None else max(expires, renewed)
    return Spell(start, expires)


def _after(day: date, months: int | None) -> date | None:
    return None if months is None else add_months(day, months)


def spell_on(requirement: Requirement, dates: Iterable[date], day: date) -> Spell | None:
    """The last spell begun by evidence dated on or before ``day``, whether or not it still runs (R2.4, R2.6)."""
    known = tuple(sorted({one for one in dates if one <= day}))
    if not known:
        return None
    return _spell(known, requirement.months, requirement.window_days, requirement.grace_days)


def _state_in(requirement: Requirement, spell: Spell, day: date) -> RequirementState:
    """The state on ``day`` by R2.5, boundaries included: valid through the whole expiry day."""
    if spell.expires_on is None or day < spell.expires_on - timedelta(days=requirement.window_days):
        return RequirementState.VALID
    if day <= spell.expires_on:
        return RequirementState.DUE_SOON
    if day <= spell.expires_on + timedelta(days=requirement.grace_days):
        return RequirementState.IN_GRACE
    return RequirementState.EXPIRED


def standing(
    requirement: Requirement,
    day: date,
    *,
    live: Sequence[date],
    priors: Sequence[Prior] = (),
    waivers: Sequence[Waiver] = (),
    had_evidence: bool = False,
    role: str | None = None,
) -> Standing:
    """The state of a requirement on a day; where several fit, the order of R2.5 decides.

    ``live`` are the dates of evidence that stands; ``had_evidence`` says that some was retracted or voided.
    """
    spell = spell_on(requirement, live, day)
    if spell and (state := _state_in(requirement, spell, day)) is not RequirementState.EXPIRED:
        return Standing(state, spell.from_on, spell.expires_on)
    prior = spell_on(requirement, [one.completed_on for one in priors], day)
    if prior and _state_in(requirement, prior, day) is not RequirementState.EXPIRED:
        return Standing(RequirementState.ACCEPTED_PRIOR, prior.from_on, prior.expires_on)
    covering = [one for one in waivers if one.covers(day, role)]
    if covering:
        longest = max(covering, key=lambda one: one.until_on or date.max)
        return Standing(RequirementState.WAIVED, min(one.from_on for one in covering), longest.until_on)
    ended = [one for one in (spell, prior) if one and one.expires_on]
    if ended:
        last = max(ended, key=lambda one: one.expires_on or date.min)
        return Standing(RequirementState.EXPIRED, last.from_on, last.expires_on)
    return Standing(RequirementState.WITHDRAWN) if had_evidence else NOTHING


def note_on(said: Completion, requirement: Requirement, waived: frozenset[str]) -> Note | None:
    """Why this completion is not evidence of the requirement, or None when it is; rows of R2.2 in order."""
    if said.meaning == "waived":
        return Note.WAIVER
    if said.meaning == "failed":
        return Note.FAILED
    if said.completion is False:
        return Note.NOT_COMPLETE
    if said.success is False:
        return Note.NOT_SUCCESSFUL
    if (
        requirement.min_scaled is not None
        and said.scaled is not None
        and said.scaled < requirement.min_scaled
    ):
        return Note.BELOW_PASS_MARK
    if said.meaning == "completed" and requirement.needs_passed:
        return Note.NOT_PASSED
    if said.meaning == "satisfied" and said.registration in waived:
        return Note.WAIVER
    return None
