"""Taking in what changes about a person: attributes, identifiers, absences, holds."""

from datetime import date, datetime

from passport_service.domain.dossier import Dossier
from passport_service.domain.events import Event
from passport_service.domain.people import Absence


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def person(dossier: Dossier, event: Event) -> None:
    if event.kind == "person_registered":
        dossier.registered_at = event.effective_at
    for name, value in event.data.items():
        dossier.attributes.put(name, event.effective_at, event.seq, value)


def registration_checked(dossier: Dossier, event: Event) -> None:
    dossier.registration_checked_at = max(
        dossier.registration_checked_at or event.effective_at, event.effective_at
    )


def identifier_linked(dossier: Dossier, event: Event) -> None:
    dossier.identifiers.append((event.data["key"], moment(event.data.get("from")), None))


def identifier_unlinked(dossier: Dossier, event: Event) -> None:
    until = moment(event.data.get("until"))
    kept: list[tuple[str, datetime | None, datetime | None]] = []
    for key, since, end in dossier.identifiers:
        if key == event.data["key"] and end is None:
            if until is not None and (since is None or since < until):
                kept.append((key, since, until))
        else:
            kept.append((key, since, end))
    dossier.identifiers = kept


def identifier_restored(dossier: Dossier, event: Event) -> None:
    key = event.data["key"]
    dossier.identifiers = [
        (k, s, None if k == key and e == moment(event.data["until"]) else e)
        for k, s, e in dossier.identifiers
    ]


def absence_recorded(dossier: Dossier, event: Event) -> None:
    dossier.absences.append(
        Absence(date.fromisoformat(event.data["from_on"]), date.fromisoformat(event.data["until_on"]))
    )


def absence_cancelled(dossier: Dossier, event: Event) -> None:
    gone = Absence(date.fromisoformat(event.data["from_on"]), date.fromisoformat(event.data["until_on"]))
    dossier.absences = [one for one in dossier.absences if one != gone]


def hold(dossier: Dossier, event: Event) -> None:
    if event.kind == "hold_placed":
        dossier.holds.add(event.data["why"])
    else:
        dossier.holds.discard(event.data["why"])
