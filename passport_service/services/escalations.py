"""What goes to somebody higher up when nobody acts: decisions past their day, learning systems that fell silent.

Telling is all that happens. An undecided concern never becomes a revocation by the passage of time (R11.5).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from passport_service.domain.calendar import business_date
from passport_service.domain.dossier import Dossier
from passport_service.domain.roles import Role
from passport_service.services import dossiers, silence
from passport_service.services.sentences import on_day, reason
from passport_service.store import accounts, deliveries, overdue
from passport_service.store.database import Store

HEARS_OF_SILENCE = frozenset({Role.WORKFORCE_DEVELOPMENT, Role.LMS_ADMINISTRATOR, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Overdue:
    """Something that a person should have decided by a day, by the codes that the ledger knows it by."""

    id: str
    ref: str
    what: str
    decide_by: date


def escalate(store: Store, *, now: datetime) -> dict[str, Any]:
    """Write once to every service manager about each decision that is past its day; what is overdue now, in figures."""
    with store.writing(now):
        found = [one for stream in overdue.with_something_open() for one in _overdue(store, stream, now)]
        told = overdue.in_role(Role.SERVICE_MANAGER) if found else []
        for one in found:
            for manager in told:
                notice = f"overdue:{one.id}:{manager.stream}"
                deliveries.put(notice, manager.email, "A decision is overdue", _text(manager.name, one), now)
    return {"overdue": len(found), "told": len(told)}


def _overdue(store: Store, stream: str, now: datetime) -> Iterator[Overdue]:
    dossier, today = dossiers.load(store, stream), business_date(now)
    ref = dossier.attributes.latest("ref") or stream
    for name, what, decide_by in _waiting(dossier):
        if decide_by is not None and decide_by < today:
            yield Overdue(name, ref, what, decide_by)


def _waiting(dossier: Dossier) -> Iterator[tuple[str, str, date | None]]:
    """(id, sentence, day) of all that waits for a person; a serious concern once, whatever else it opened."""
    for concern in dossier.concerns.values():
        if concern.waits_for_a_person:
            yield concern.id, reason("SERIOUS_CONCERN"), concern.decide_by
    if dossier.live:
        for cause in dossier.live.causes.values():
            if cause.code != "SERIOUS_CONCERN":
                since = cause.opened_at.isoformat(timespec="seconds")
                yield f"{dossier.stream}-{cause.code}-{since}", reason(cause.code), cause.decide_by


def _text(name: str, one: Overdue) -> str:
    return "\n".join(
        [
            f"Dear {name}",
            "",
            f"A decision about {one.ref} was due by {on_day(one.decide_by)} and has not been made:",
            one.what,
            "",
            "It stays as it is until a person decides. Please see that somebody with authority who had no part in it does.",
        ]
    )


def tell_of_silence(store: Store, *, now: datetime) -> list[str]:
    """Write once about each learning system that is silent for longer than usual; the labels of all that are (R2.12)."""
    with store.writing(now):
        quiet = silence.alarms(store, now)
        for one in quiet:
            since = on_day(one.last_at) if one.last_at else "it was set up"
            for account in accounts.every(store):
                if account.active and HEARS_OF_SILENCE & {str(role) for role in account.roles}:
                    deliveries.put(
                        f"silence:{one.key.id}:{since}:{account.id}",
                        account.email,
                        "A learning system has fallen silent",
                        _silent(account.name, one.key.label, since),
                        now,
                    )
    return [one.key.label for one in quiet]


def _silent(name: str, label: str, since: str) -> str:
    return "\n".join(
        [
            f"Dear {name}",
            "",
            f"Nothing has come from “{label}” since {since}; that is longer than usual.",
            "Completions may be missing here. Please ask whoever runs it whether it still sends.",
        ]
    )
