"""Taking in what was learned of training: completions, voidings, prior learning, waivers, warnings."""

from datetime import date

from passport_service.domain.dossier import Dossier
from passport_service.domain.events import Event
from passport_service.domain.training import Completion, Prior, Waiver


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def completion_recorded(dossier: Dossier, event: Event) -> None:
    data = event.data
    known = dossier.completions.get(data["statement"])
    dossier.completions[data["statement"]] = Completion(
        statement=data["statement"],
        meaning=data["meaning"],
        activity=data["activity"],
        course=data.get("course"),
        effective_at=event.effective_at,
        recorded_at=event.recorded_at,
        seq=known.seq if known else event.seq,
        success=data.get("success"),
        completion=data.get("completion"),
        scaled=data.get("scaled"),
        registration=data.get("registration"),
        may_waive=data.get("may_waive", False),
        flags=tuple(data.get("flags", ())),
    )
    dossier.training_cache.clear()


def completion_moved(dossier: Dossier, event: Event) -> None:
    if said := dossier.completions.get(event.data["statement"]):
        said.moved = True
    dossier.training_cache.clear()


def evidence_voided(dossier: Dossier, event: Event) -> None:
    dossier.voided[event.data["statement"]] = event.effective_at
    dossier.training_cache.clear()


def prior_approved(dossier: Dossier, event: Event) -> None:
    data = event.data
    completed_on = date.fromisoformat(data["completed_on"])
    dossier.priors.append(
        Prior(data["requirement"], completed_on, data["by"], data["approver"], data.get("reason", ""))
    )
    dossier.training_cache.clear()


def waiver_granted(dossier: Dossier, event: Event) -> None:
    data = event.data
    dossier.waivers.append(
        Waiver(
            data["requirement"],
            date.fromisoformat(data["from_on"]),
            day(data.get("until_on")),
            data["approver"],
            data["reason"],
            data.get("role"),
        )
    )
    dossier.training_cache.clear()


def waiver_answered(dossier: Dossier, event: Event) -> None:
    dossier.waiver_requests_closed.add(event.data["statement"])


def warning_given(dossier: Dossier, event: Event) -> None:
    for slug, expires_on, days in event.data["warnings"]:
        dossier.warned.add((slug, expires_on, days))
