"""A person's record laid out for reading: training with its evidence, concerns, the life of the passport (D.18.2)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from passport_service.domain.calendar import business_date
from passport_service.domain.concerns import Concern
from passport_service.domain.events import Event
from passport_service.domain.holdings import Holding, holdings
from passport_service.domain.training import CORE, Completion, Requirement, Standing
from passport_service.services import sentences
from passport_service.services.passports import Standpoint
from passport_service.services.sentences import NOTES, REQUIREMENT_STATES, on_day, reason
from passport_service.store import ledger
from passport_service.store.database import Store


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing behind a requirement: what it is, its day, where it comes from, and whether it counts."""

    on: date
    what: str
    source: str
    counts: bool
    activity: str | None = None


@dataclass(frozen=True, slots=True)
class TrainingLine:
    """One requirement as it stands, with everything that was ever said of it, the latest first."""

    requirement: Requirement
    standing: Standing
    sentence: str
    needed_for: str
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class ConcernLine:
    concern: Concern
    category: str
    severity: str
    source: str
    status: str


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of the passport's life."""

    title: str
    at: datetime
    text: str


def training(at: Standpoint) -> tuple[TrainingLine, ...]:
    """Every requirement: the core set first, then those of endorsements."""
    lines = [_training(at, one) for one in holdings(at.dossier, at.council.catalogue).values()]
    return tuple(sorted(lines, key=lambda one: (CORE not in one.requirement.sets, one.requirement.title)))


def _training(at: Standpoint, holding: Holding) -> TrainingLine:
    standing = holding.on(business_date(at.as_of), at.dossier.role_at(at.as_of))
    return TrainingLine(
        holding.requirement,
        standing,
        REQUIREMENT_STATES[standing.state],
        _needed_for(at, holding.requirement),
        _proofs(holding),
    )


def _needed_for(at: Standpoint, requirement: Requirement) -> str:
    sets = [] if CORE not in requirement.sets else ["every passport"]
    sets += [one.title for one in at.council.catalogue.endorsements.values() if one.slug in requirement.sets]
    return sentences.joined(sets)


def _proofs(holding: Holding) -> tuple[Proof, ...]:
    found = [Proof(one.on, "Completed", _said_by(one), True, one.activity) for one in holding.evidence]
    found += [Proof(one.on, NOTES[note], _said_by(one), False, one.activity) for one, note in holding.notes]
    found += [
        Proof(
            one.completed_on,
            "Earlier learning accepted",
            f"approved by a second person. {one.reason}".strip(),
            True,
        )
        for one in holding.priors
    ]
    for one in holding.waivers:
        until = f"to {on_day(one.until_on)}" if one.until_on else "while the role is held"
        found.append(Proof(one.from_on, f"Waived {until}", one.reason, True))
    return tuple(sorted(found, key=lambda one: one.on, reverse=True))


def _said_by(one: Completion) -> str:
    return f"statement {one.statement}, received {on_day(one.recorded_at)}"


def concerns(at: Standpoint) -> tuple[ConcernLine, ...]:
    """Every concern, the latest first."""
    found = sorted(at.dossier.concerns.values(), key=lambda one: (one.recorded_at, one.seq), reverse=True)
    return tuple(
        ConcernLine(
            one,
            sentences.category(one.category),
            sentences.SEVERITIES[one.severity],
            sentences.SOURCES.get(one.source, one.source),
            sentences.CONCERN_STATUSES[one.status],
        )
        for one in found
    )


def life(at: Standpoint) -> tuple[Happening, ...]:
    """The life of the passport, the latest first: every transition and what a person answered."""
    events = [*at.dossier.transitions, *at.dossier.answers]
    found = [(one.effective_at, one.seq, _happening(one)) for one in events if one.kind in HAPPENINGS]
    if at.dossier.registered_at:
        started = Happening("Your record here began", at.dossier.registered_at, "")
        found.append((at.dossier.registered_at, 0, started))
    return tuple(one for _, _, one in sorted(found, key=lambda one: one[:2], reverse=True))


def _happening(event: Event) -> Happening:
    title, text = HAPPENINGS[event.kind](event.data)
    return Happening(title, event.effective_at, text)


def _codes(data: Any) -> str:
    return " ".join(reason(one) for one in data.get("codes", ()))


HAPPENINGS: dict[str, Callable[[Any], tuple[str, str]]] = {
    "passport_issued": lambda data: (
        f"Passport number {data['number']} issued",
        f"Earned on {on_day(date.fromisoformat(data['earned_on']))}.",
    ),
    "passport_suspended": lambda data: ("Paused", reason(data["code"])),
    "passport_cause_cleared": lambda data: (
        "A reason for the pause was cleared",
        f"It had been: {reason(data['code'])}",
    ),
    "passport_revoked": lambda data: ("Withdrawn", _codes(data)),
    "passport_lapsed": lambda data: ("Lapsed", _codes(data)),
    "passport_ended": lambda data: ("Ended", _codes(data)),
    "passport_voided": lambda data: ("Cancelled", _codes(data)),
    "passport_reinstated": lambda data: ("Given back", "It is active again, with its number."),
    "reinstatement_proposed": lambda data: (
        "A fresh look was opened",
        "What it rested on no longer stands as it did.",
    ),
    "reinstatement_refused": lambda data: ("A person looked again, and the withdrawal stands", ""),
    "void_proposed": lambda data: ("A person proposed to cancel it", "A second person decides."),
    "answer_given": lambda data: (
        f"A person decided: {sentences.ANSWERS[data['outcome']].lower()}",
        str(data.get("reason", "")),
    ),
}


def everything(store: Store, stream: str) -> list[dict[str, Any]]:
    """Every event held of a person, as plain values: the machine-readable answer to "what do you hold about me?"."""
    return [
        {
            "place": one.seq,
            "what": one.kind,
            "happened_at": one.effective_at.isoformat(),
            "recorded_at": one.recorded_at.isoformat(),
            "rests_on": one.rests_on,
            "policy_version": one.policy_version,
            "facts": dict(one.data),
        }
        for one in ledger.read(store, stream)
    ]
