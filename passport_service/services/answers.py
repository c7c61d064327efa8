"""What waits for a named person: serious concerns, proposed withdrawals, changed bases, fresh looks (R4.6, R11.5, T11.5)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from passport_service.domain.calendar import business_date
from passport_service.domain.concerns import Concern
from passport_service.domain.criteria import criteria
from passport_service.domain.errors import Refused
from passport_service.domain.passport import Code, PassportState
from passport_service.services import concerns, passports
from passport_service.services.passports import Standpoint
from passport_service.services.sentences import on_day, reason
from passport_service.store import ccv_queries
from passport_service.store.database import Store


class Question(StrEnum):
    """What is asked of a person."""

    SERIOUS = "serious"
    REPEATED = "repeated"
    BASIS = "basis"
    REINSTATEMENT = "reinstatement"
    AGREEMENT = "agreement"
    PRECAUTION = "precaution"


CAUSES = {
    Code.REPEATED_CONCERNS: Question.REPEATED,
    Code.ISSUE_BASIS_CHANGED: Question.BASIS,
    Code.PRECAUTION: Question.PRECAUTION,
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits. ``of`` is a concern, or the code of a notice; ``had_part`` may not decide it (R12.4)."""

    question: Question
    stream: str
    of: str
    since_at: datetime
    decide_by: date | None
    concerns: tuple[Concern, ...]
    had_part: frozenset[str]
    proposed_by: str | None = None

    def is_late(self, today: date) -> bool:
        return self.decide_by is not None and self.decide_by < today


def waiting(store: Store, *, now: datetime) -> list[Waiting]:
    """Everything that waits for a person, the most pressing first."""
    found: list[Waiting] = []
    for stream in ccv_queries.streams_waiting_for_a_person(store):
        found += about(passports.standpoint(store, stream, now=now))
    return sorted(found, key=lambda one: (one.decide_by or business_date(now), one.since_at, one.stream))


def load(store: Store, stream: str, question: str, of: str, *, now: datetime) -> Waiting:
    """One thing that waits. Raises Refused NOT_FOUND when it does not, or no longer."""
    for one in about(passports.standpoint(store, stream, now=now)):
        if one.question == question and one.of == of:
            return one
    raise Refused("NOT_FOUND", "Nothing waits here: somebody has decided it meanwhile.")


def about(at: Standpoint) -> list[Waiting]:
    """What waits for a person about one practitioner."""
    return [*_serious(at), *_causes(at), *_after_the_end(at)]


def _serious(at: Standpoint) -> list[Waiting]:
    return [
        Waiting(
            Question.SERIOUS,
            at.dossier.stream,
            one.id,
            one.recorded_at,
            one.decide_by,
            (one,),
            _part(at, [one]),
        )
        for one in at.dossier.concerns.values()
        if one.waits_for_a_person
    ]


def _causes(at: Standpoint) -> list[Waiting]:
    live, found = at.dossier.live, []
    for code, question in CAUSES.items():
        if live and (cause := live.causes.get(code)):
            behind = _named(at, cause.details)
            found.append(
                Waiting(
                    question,
                    at.dossier.stream,
                    code,
                    cause.opened_at,
                    cause.decide_by,
                    behind,
                    _part(at, behind),
                    cause.proposed_by,
                )
            )
    return found


def _after_the_end(at: Standpoint) -> list[Waiting]:
    last = at.passport
    if last is None or last.state is not PassportState.REVOKED or last.ended_at is None:
        return []
    behind = _named(at, sorted(last.relied_on))
    if last.reinstatement_open:
        proposed = next(
            one for one in reversed(at.dossier.transitions) if one.kind == "reinstatement_proposed"
        )
        due = date.fromisoformat(proposed.data["decide_by"])
        return [
            Waiting(
                Question.REINSTATEMENT,
                at.dossier.stream,
                next(one for one in (Code.SERIOUS_UPHELD, Code.REPEATED_CONCERNS) if one in last.reasons),
                proposed.effective_at,
                due,
                behind,
                _part(at, behind),
            )
        ]
    if (
        criteria(at.dossier, at.council, at.as_of).missing == (Code.AGREEMENT_NEEDED,)
        and not at.dossier.holds
    ):
        return [
            Waiting(
                Question.AGREEMENT,
                at.dossier.stream,
                Code.AGREEMENT_NEEDED,
                last.ended_at,
                None,
                behind,
                _part(at, []),
            )
        ]
    return []


def _named(at: Standpoint, concerns: tuple[str, ...] | list[str]) -> tuple[Concern, ...]:
    return tuple(at.dossier.concerns[one] for one in concerns if one in at.dossier.concerns)


def _part(at: Standpoint, behind: tuple[Concern, ...] | list[Concern]) -> frozenset[str]:
    readers = {reader for one in behind for reader in (one.reader, *one.readers)}
    return frozenset({at.dossier.stream, *readers})


def answer(
    store: Store, one: Waiting, *, by: str, outcome: str, reason: str, now: datetime, caused_by: str
) -> None:
    """Decide what waits. Raises what the services behind it raise: REVIEWER_CONFLICT, SAME_PERSON, REASON_NEEDED …"""
    given = {"by": by, "reason": reason, "now": now, "caused_by": caused_by}
    match one.question:
        case Question.SERIOUS:
            concerns.answer_concern(store, one.of, outcome=outcome, **given)  # type: ignore[arg-type]
        case Question.AGREEMENT:
            passports.agree_to_reissue(store, one.stream, **given)  # type: ignore[arg-type]
        case Question.PRECAUTION:
            passports.lift_precaution(store, one.stream, **given)  # type: ignore[arg-type]
        case Question.REPEATED | Question.BASIS | Question.REINSTATEMENT:
            concerns.answer_notice(store, one.stream, one.of, outcome=outcome, **given)  # type: ignore[arg-type]


def in_words(one: Waiting) -> str:
    """What waits, in a sentence."""
    items = ", ".join(f"{c.item} (work of {on_day(c.occurred_on)})" for c in one.concerns)
    match one.question:
        case Question.SERIOUS:
            return (
                f"A serious concern about {items}. The passport, if there is one, is paused until you decide."
            )
        case Question.REPEATED:
            return f"Concerns were repeated: {items}. The passport is paused; withdrawing it is proposed."
        case Question.BASIS:
            return reason(Code.ISSUE_BASIS_CHANGED).replace("your passport", "the passport")
        case Question.REINSTATEMENT:
            return f"The passport was withdrawn for concerns that no longer all stand: {items}. Giving it back is proposed."
        case Question.PRECAUTION:
            return "The passport is paused as a precaution, until somebody lifts it."
        case Question.AGREEMENT:
            return "Everything for a new passport is there, after two withdrawals within 24 months. A person must agree."
