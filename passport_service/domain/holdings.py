"""What one person holds: their completions read through the catalogue (R2.2, R2.5, R2.7, R2.10)."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from passport_service.domain.calendar import add_months, start_of_day
from passport_service.domain.catalogue import Catalogue
from passport_service.domain.dossier import Dossier
from passport_service.domain.training import (
    NOTHING,
    WAIVER_MONTHS,
    Completion,
    Note,
    Prior,
    Requirement,
    Standing,
    Waiver,
    note_on,
    standing,
)


@dataclass(slots=True)
class Holding:
    """The evidence of one requirement: dates that stand, dates that would but for a voiding or retraction, and notes."""

    requirement: Requirement
    live: list[date] = field(default_factory=list)
    taken_back: list[date] = field(default_factory=list)
    priors: list[Prior] = field(default_factory=list)
    waivers: list[Waiver] = field(default_factory=list)
    evidence: list[Completion] = field(default_factory=list)
    notes: list[tuple[Completion, Note]] = field(default_factory=list)
    known_moments: list[datetime] | None = None

    def on(self, day: date, role: str | None = None) -> Standing:
        """The state on a day (R2.5)."""
        return standing(
            self.requirement,
            day,
            live=self.live,
            priors=self.priors,
            waivers=self.waivers,
            had_evidence=any(one <= day for one in self.taken_back),
            role=role,
        )

    def but_for_withdrawal(self, day: date, role: str | None = None) -> Standing:
        """The state on a day had nothing been voided or retracted (L2)."""
        return standing(
            self.requirement,
            day,
            live=[*self.live, *self.taken_back],
            priors=self.priors,
            waivers=self.waivers,
            role=role,
        )

    def moments(self) -> list[datetime]:
        """The midnights at which this requirement's state may change by time alone; worked out once a holding."""
        if self.known_moments is None:
            self.known_moments = [start_of_day(one) for one in self.days()]
        return self.known_moments

    def days(self) -> list[date]:
        """The days on which this requirement's state may change by time alone; a superset is harmless."""
        days = [*self.live]
        for dates in (self.live, [one.completed_on for one in self.priors]):
            days += self._ends(dates)
        for waiver in self.waivers:
            days.append(waiver.from_on)
            if waiver.until_on:
                days.append(waiver.until_on + timedelta(days=1))
        return days

    def _ends(self, dates: list[date]) -> list[date]:
        ends = []
        for last in sorted(set(dates)):
            found = standing(self.requirement, last, live=[one for one in dates if one <= last])
            if found.expires_on:
                ends.append(found.expires_on + timedelta(days=self.requirement.grace_days + 1))
        return ends


@dataclass(frozen=True, slots=True)
class WaiverRequest:
    """A waiver that an LMS asked for and a person must decide (R2.2)."""

    statement: str
    requirement: str
    on: date


def holdings(dossier: Dossier, catalogue: Catalogue) -> dict[str, Holding]:
    """Each requirement's holding; kept with the dossier until its training facts change."""
    key = id(catalogue)
    known = dossier.training_cache.get(key)
    if known is None or known[0] is not catalogue:
        known = (catalogue, _holdings(dossier, catalogue))
        dossier.training_cache[key] = known
    return known[1]


def _holdings(dossier: Dossier, catalogue: Catalogue) -> dict[str, Holding]:
    held = {slug: Holding(one) for slug, one in catalogue.requirements.items()}
    for prior in dossier.priors:
        if prior.requirement in held:
            held[prior.requirement].priors.append(prior)
    for waiver in dossier.waivers:
        if waiver.requirement in held:
            held[waiver.requirement].waivers.append(waiver)
    waived = waived_registrations(dossier)
    gone = _retracted(dossier)
    for said in _facts(dossier):
        if said.course is None or said.meaning == "uncompleted":
            continue
        for slug in catalogue.satisfied_by(said.course, said.on):
            _take_in(held[slug], said, dossier, waived, gone)
    return held


def _take_in(
    holding: Holding, said: Completion, dossier: Dossier, waived: frozenset[str], gone: set[str]
) -> None:
    note = note_on(said, holding.requirement, waived)
    if note is None and said.moved:
        note = Note.MOVED
    elif note is None and said.statement in dossier.voided:
        note = Note.VOIDED
    elif note is None and said.statement in gone:
        note = Note.RETRACTED
    if note is None:
        holding.live.append(said.on)
        holding.evidence.append(said)
        return
    holding.notes.append((said, note))
    if note in (Note.VOIDED, Note.RETRACTED):
        holding.taken_back.append(said.on)
    if note is Note.WAIVER and said.may_waive and said.statement not in dossier.voided and not said.moved:
        until = add_months(said.on, WAIVER_MONTHS)
        holding.waivers.append(
            Waiver(holding.requirement.slug, said.on, until, "LMS", "Waived by the learning system.")
        )


def _facts(dossier: Dossier) -> list[Completion]:
    """One completion a fact: a resend with a new id is the same fact, and stands while any of its copies does."""
    facts: dict[tuple[str, str, datetime], Completion] = {}
    for one in sorted(dossier.completions.values(), key=lambda c: c.seq):
        key = (one.meaning, one.activity, one.effective_at)
        kept = facts.get(key)
        if kept is None or (_is_gone(dossier, kept) and not _is_gone(dossier, one)):
            facts[key] = one
    return list(facts.values())


def _is_gone(dossier: Dossier, said: Completion) -> bool:
    return said.moved or said.statement in dossier.voided


def _retracted(dossier: Dossier) -> set[str]:
    """Statements taken back by an `uncompleted` of the same activity that comes after them in the order of R0.5."""
    place: dict[tuple[str, str, datetime], int] = {}
    for one in dossier.completions.values():
        key = (one.meaning, one.activity, one.effective_at)
        place[key] = min(place.get(key, one.seq), one.seq)
    last: dict[str, tuple[datetime, int]] = {}
    for one in dossier.completions.values():
        if one.meaning == "uncompleted" and not _is_gone(dossier, one):
            at = (one.effective_at, place[(one.meaning, one.activity, one.effective_at)])
            last[one.activity] = max(last.get(one.activity, at), at)
    return {
        one.statement
        for one in dossier.completions.values()
        if one.activity in last
        and (one.effective_at, place[(one.meaning, one.activity, one.effective_at)]) < last[one.activity]
    }


def waived_registrations(dossier: Dossier) -> frozenset[str]:
    """Enrolments of which a `waived` is known, wherever it was said: the unit's comes before the course's `satisfied`."""
    return frozenset(
        one.registration
        for one in dossier.completions.values()
        if one.meaning == "waived" and one.registration and not _is_gone(dossier, one)
    )


def waiver_requests(dossier: Dossier, catalogue: Catalogue) -> list[WaiverRequest]:
    """Waivers asked for by a key that may not waive, and not yet decided by a person."""
    return [
        WaiverRequest(said.statement, slug, said.on)
        for slug, holding in holdings(dossier, catalogue).items()
        for said, note in holding.notes
        if note is Note.WAIVER and not said.may_waive and said.statement not in dossier.waiver_requests_closed
    ]


def standing_of(
    dossier: Dossier, catalogue: Catalogue, slug: str, day: date, role: str | None = None
) -> Standing:
    """The state of one requirement on a day; an unknown requirement has never been started."""
    holding = holdings(dossier, catalogue).get(slug)
    return holding.on(day, role) if holding else NOTHING


def outstanding(
    dossier: Dossier, catalogue: Catalogue, requirements: list[Requirement], day: date, role: str | None
) -> list[str]:
    """The requirements of a set that are not current on a day, in catalogue order."""
    held = holdings(dossier, catalogue)
    return [one.slug for one in requirements if not held[one.slug].on(day, role).is_current]


def current_since(
    dossier: Dossier, catalogue: Catalogue, requirements: list[Requirement], day: date, role: str | None
) -> date:
    """The first day from which all of a set has been current without a break up to ``day`` (R4.1, ``earned_on``)."""
    held = holdings(dossier, catalogue)
    since = date.min
    for one in requirements:
        start = day
        for candidate in sorted({*held[one.slug].days(), *_waiver_days(held[one.slug])}, reverse=True):
            if candidate <= day and held[one.slug].on(candidate, role).is_current:
                start = min(start, candidate)
            elif candidate <= day:
                break
        since = max(since, start)
    return since


def _waiver_days(holding: Holding) -> list[date]:
    return [one.from_on for one in holding.waivers] + [one.completed_on for one in holding.priors]


def first_moment_after(dossier: Dossier, catalogue: Catalogue, moment: datetime) -> list[datetime]:
    """Moments after ``moment`` at which time alone may change a training state (00:00 local, R0.4)."""
    return [
        at for holding in holdings(dossier, catalogue).values() for at in holding.moments() if at > moment
    ]
