"""Hard conflicts that come to light later: the decision is set aside until somebody else has read the work (R3.1, R9.2)."""

from datetime import datetime

from passport_service.domain.dossier import Dossier
from passport_service.domain.reviewers import conflict_between
from passport_service.services import councils, dossiers
from passport_service.store import lookups
from passport_service.store.database import Store


def set_aside(store: Store, stream: str, *, since: datetime, now: datetime, caused_by: str) -> None:
    """After a late word on somebody's team or manager: look again at decisions from ``since``, theirs and on their work."""
    for one in sorted({stream, *lookups.decided_on_by(store, stream)}):
        with dossiers.changing(store, one, now=now, caused_by=caused_by) as case:
            for decision, why in _conflicted(store, case.dossier, since):
                case.add("decision_set_aside", {"decision": decision, "why": why}, rests_on=decision)


def _conflicted(store: Store, dossier: Dossier, since: datetime) -> list[tuple[str, str]]:
    found, policies = [], councils.load(store).policies
    for one in dossier.decisions.values():
        if one.effective_at < since or one.set_aside:
            continue
        months = int(policies.at(one.effective_at)["reviewer.independence_months"])
        reader = dossiers.load(store, one.reviewer)
        if why := conflict_between(dossier, reader, one.effective_at, months):
            found.append((one.id, why))
    return found
