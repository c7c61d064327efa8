"""The passport as a fold of its own transitions (D.4): one live passport a person, a numbered series."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from passport_service.domain.events import Event


class PassportState(StrEnum):
    WORKING_TOWARDS = "working_towards"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    LAPSED = "lapsed"
    ENDED = "ended"
    VOID = "void"


class Code(StrEnum):
    """Reason codes of D.4, and of what is still missing while someone works towards a passport."""

    CRITERIA_MET = "CRITERIA_MET"
    EVIDENCE_WITHDRAWN = "EVIDENCE_WITHDRAWN"
    TRAINING_EXPIRED = "TRAINING_EXPIRED"
    SERIOUS_CONCERN = "SERIOUS_CONCERN"
    ELIGIBILITY = "ELIGIBILITY"
    ISSUE_BASIS_CHANGED = "ISSUE_BASIS_CHANGED"
    PRECAUTION = "PRECAUTION"
    CAUSE_CLEARED = "CAUSE_CLEARED"
    REPEATED_CONCERNS = "REPEATED_CONCERNS"
    SERIOUS_UPHELD = "SERIOUS_UPHELD"
    LAPSED = "LAPSED"
    ENDED = "ENDED"
    ISSUED_IN_ERROR = "ISSUED_IN_ERROR"
    REINSTATED = "REINSTATED"
    TRAINING_OUTSTANDING = "TRAINING_OUTSTANDING"
    RUN_TOO_SHORT = "RUN_TOO_SHORT"
    TOO_FEW_REVIEWERS = "TOO_FEW_REVIEWERS"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    CONCERN_OPEN = "CONCERN_OPEN"
    AGREEMENT_NEEDED = "AGREEMENT_NEEDED"
    CONCERN_COUNTED = "CONCERN_COUNTED"


TRAINING_CAUSES = frozenset({Code.TRAINING_EXPIRED, Code.EVIDENCE_WITHDRAWN})
LIVE = frozenset({PassportState.ACTIVE, PassportState.SUSPENDED})


@dataclass(slots=True)
class Cause:
    """One open reason for a suspension. ``details`` name what is behind it: requirements, concerns."""

    code: Code
    opened_at: datetime
    details: tuple[str, ...] = ()
    decide_by: date | None = None
    proposed_by: str | None = None


@dataclass(slots=True)
class Passport:
    """One passport of a person's series, as it stands after its transitions so far."""

    number: int
    state: PassportState
    since: datetime
    issued_at: datetime
    earned_on: date
    reasons: tuple[str, ...]
    approvals: tuple[str, ...] = ()
    causes: dict[Code, Cause] = field(default_factory=dict)
    ended_at: datetime | None = None
    relied_on: frozenset[str] = frozenset()
    why_ended: str | None = None
    returned_to_practice_at: datetime | None = None
    other_cause_cleared_at: datetime | None = None
    basis_accepted: str | None = None
    reinstatement_open: bool = False

    @property
    def is_live(self) -> bool:
        return self.state in LIVE


def _issued(series: list[Passport], event: Event) -> None:
    data = event.data
    series.append(
        Passport(
            number=data["number"],
            state=PassportState.ACTIVE,
            since=event.effective_at,
            issued_at=event.effective_at,
            earned_on=date.fromisoformat(data["earned_on"]),
            reasons=(Code.CRITERIA_MET,),
            approvals=tuple(data["approvals"]),
        )
    )


def _suspended(series: list[Passport], event: Event) -> None:
    passport, code = series[-1], Code(event.data["code"])
    details = tuple(event.data.get("details", ()))
    if known := passport.causes.get(code):
        known.details = tuple(sorted({*known.details, *details}))
        return
    due = event.data.get("decide_by")
    passport.causes[code] = Cause(code, event.effective_at, details, date.fromisoformat(due) if due else None)
    if passport.state is PassportState.ACTIVE:
        passport.state, passport.since = PassportState.SUSPENDED, event.effective_at
    passport.reasons = tuple(sorted(passport.causes))


def _cleared(series: list[Passport], event: Event) -> None:
    passport, code = series[-1], Code(event.data["code"])
    passport.causes.pop(code, None)
    if code not in TRAINING_CAUSES:
        passport.other_cause_cleared_at = event.effective_at
    if event.data.get("return_to_practice"):
        passport.returned_to_practice_at = event.effective_at
    if event.data.get("basis"):
        passport.basis_accepted = event.data["basis"]
    if passport.causes:
        passport.reasons = tuple(sorted(passport.causes))
    else:
        passport.state, passport.since = PassportState.ACTIVE, event.effective_at
        passport.reasons = (Code.CAUSE_CLEARED,)


def _finish(series: list[Passport], event: Event, state: PassportState) -> None:
    passport = series[-1]
    passport.state, passport.since, passport.ended_at = state, event.effective_at, event.effective_at
    passport.reasons = tuple(event.data["codes"])
    passport.relied_on = frozenset(event.data.get("concerns", ()))
    passport.why_ended = event.data.get("why")
    passport.causes = {}


def _reinstated(series: list[Passport], event: Event) -> None:
    passport = series[-1]
    passport.state, passport.since, passport.ended_at = PassportState.ACTIVE, event.effective_at, None
    passport.reasons = (Code.REINSTATED,)
    passport.reinstatement_open = False
    passport.why_ended = None


def _reinstatement_proposed(series: list[Passport], event: Event) -> None:
    series[-1].reinstatement_open = True


def _reinstatement_refused(series: list[Passport], event: Event) -> None:
    series[-1].reinstatement_open = False


def _void_proposed(series: list[Passport], event: Event) -> None:
    cause = series[-1].causes.get(Code.ISSUE_BASIS_CHANGED)
    if cause:
        cause.proposed_by = event.data["by"]


TRANSITIONS = {
    "passport_issued": _issued,
    "passport_suspended": _suspended,
    "passport_cause_cleared": _cleared,
    "passport_revoked": lambda series, event: _finish(series, event, PassportState.REVOKED),
    "passport_lapsed": lambda series, event: _finish(series, event, PassportState.LAPSED),
    "passport_ended": lambda series, event: _finish(series, event, PassportState.ENDED),
    "passport_voided": lambda series, event: _finish(series, event, PassportState.VOID),
    "passport_reinstated": _reinstated,
    "reinstatement_proposed": _reinstatement_proposed,
    "reinstatement_refused": _reinstatement_refused,
    "void_proposed": _void_proposed,
}


def series_of(events: list[Event]) -> list[Passport]:
    """The series after these transitions, oldest first; the last is the one that speaks."""
    series: list[Passport] = []
    for event in events:
        TRANSITIONS[event.kind](series, event)
    return series
