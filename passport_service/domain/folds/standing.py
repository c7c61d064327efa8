"""Taking in concerns, answers, notices, and the passport's own transitions."""

from datetime import date

from passport_service.domain.concerns import Concern, ConcernStatus, Severity, read_again
from passport_service.domain.dossier import Dossier
from passport_service.domain.events import Event
from passport_service.domain.folds.training import day
from passport_service.domain.passport import TRANSITIONS
from passport_service.domain.streak import Outcome


def concern_recorded(dossier: Dossier, event: Event) -> None:
    data = event.data
    item = dossier.items.get(data["item"])
    dossier.concerns[data["concern"]] = Concern(
        id=data["concern"],
        item=data["item"],
        category=data["category"],
        severity=Severity(data["severity"]),
        source=data["source"],
        occurred_on=date.fromisoformat(data["occurred_on"]),
        found_on=date.fromisoformat(data["found_on"]),
        recorded_at=event.recorded_at,
        seq=event.seq,
        reader=data["reader"],
        reason=data.get("reason", ""),
        needs_second_reader=data["needs_second_reader"],
        work_at=item.work_at if item else None,
        status=ConcernStatus.OPEN if data["needs_second_reader"] else ConcernStatus.COUNTED,
        counted_at=None if data["needs_second_reader"] else event.effective_at,
        decide_by=day(data.get("decide_by")),
    )


def concern_read_again(dossier: Dossier, event: Event) -> None:
    read_again(
        dossier.concerns[event.data["concern"]],
        event.data["reader"],
        event.data["agrees"],
        event.effective_at,
    )
    dossier.concerns[event.data["concern"]].readers.append(event.data["reader"])
    strike_out(dossier)


def concern_closed(dossier: Dossier, event: Event) -> None:
    concern = dossier.concerns[event.data["concern"]]
    concern.status = ConcernStatus(event.data["status"])
    strike_out(dossier)


def strike_out(dossier: Dossier) -> None:
    """A decision whose own concern was overturned neither adds to the run nor resets it (R3.2)."""
    for decision in dossier.decisions.values():
        concern = dossier.concerns.get(f"C-{decision.id}")
        if decision.outcome is Outcome.CONCERN and concern:
            decision.struck_out = concern.is_struck_out


def concern_answered(dossier: Dossier, event: Event) -> None:
    dossier.concerns[event.data["concern"]].answered = event.data["outcome"]


def group_spared(dossier: Dossier, event: Event) -> None:
    dossier.spared.append(frozenset(event.data["concerns"]))


def notice_given(dossier: Dossier, event: Event) -> None:
    dossier.notices.append(event)
    if event.data["code"] == "CONCERN_COUNTED":
        dossier.concerns[event.data["concern"]].told_at = event.effective_at


def precaution(dossier: Dossier, event: Event) -> None:
    dossier.precaution = event if event.kind == "precaution_taken" else None


def reissue_agreed(dossier: Dossier, event: Event) -> None:
    dossier.agreed_at = event.effective_at


def answered(dossier: Dossier, event: Event) -> None:
    dossier.answers.append(event)


def transition(dossier: Dossier, event: Event) -> None:
    dossier.transitions.append(event)
    TRANSITIONS[event.kind](dossier.passports, event)


def nothing(dossier: Dossier, event: Event) -> None:
    """Kept for the record; says nothing of the person's standing."""
