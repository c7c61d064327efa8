"""What CCV says of an item: recorded once, corrected openly, with the concern it may carry (D.9, D.10, R3.1)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from passport_service.domain.dossier import Dossier
from passport_service.domain.errors import Refused
from passport_service.domain.items import Item
from passport_service.domain.reviewers import conflict_between, require_fit
from passport_service.domain.roles import Act
from passport_service.domain.streak import Decision, Outcome, ordered
from passport_service.services import councils, dossiers, items
from passport_service.services.concerns import concern_data
from passport_service.services.dossiers import Case
from passport_service.services.reasons import check_reason
from passport_service.store.database import Store

NEED_REASON = frozenset({Outcome.RETURNED, Outcome.CONCERN, Outcome.NOT_REVIEWABLE})


def record(
    store: Store,
    *,
    item: str,
    outcome: str,
    reviewer: str,
    now: datetime,
    caused_by: str,
    reason: str = "",
    category: str | None = None,
    severity: str = "standard",
    facts: Mapping[str, Any] | None = None,
    effective_at: datetime | None = None,
) -> str:
    """Record a reviewer's decision on an item; returns its id. A concern is recorded with it and resets the run.

    ``reviewer`` is a stream. Raises Refused NOT_FOUND, NOT_ALLOWED (not a reviewer, or nothing to decide),
    REVIEWER_CONFLICT (R9.2), REASON_NEEDED (R10.1), MALFORMED.
    """
    said = _outcome(outcome)
    stream = items.owner(store, item)
    with dossiers.changing(store, stream, now=now, caused_by=caused_by) as case:
        moment = effective_at or now
        require_reviewer(store, case.dossier, reviewer, moment, item)
        known = case.dossier.items[item]
        _check_decidable(known)
        if said in NEED_REASON:
            check_reason(reason)
        decision = f"{stream}-D{len(case.dossier.decisions) + 1}"
        data: dict[str, Any] = {
            "item": item,
            "decision": decision,
            "outcome": said.value,
            "reviewer": reviewer,
            "stream": known.stream if known.stream != "none" else "moderate",
            "basis": known.basis,
            "reason": reason,
        }
        if facts:
            data["facts"] = dict(facts)
        case.add("item_decided", data, effective_at=effective_at, rests_on=decision)
        if said is Outcome.CONCERN:
            _add_concern(case, known, reviewer, moment, category, severity, reason, decision)
    return decision


def _outcome(text: str) -> Outcome:
    try:
        return Outcome(text)
    except ValueError:
        raise Refused("MALFORMED", f"An outcome is one of: {', '.join(Outcome)}.", "outcome") from None


def _check_decidable(item: Item) -> None:
    """A decision dated before the submission is taken: then it is the submission that was recorded late."""
    if item.status == "withdrawn":
        raise Refused("NOT_ALLOWED", f"{item.ref} was withdrawn: there is nothing to decide.", "item")


def _add_concern(
    case: Case,
    item: Item,
    reader: str,
    moment: datetime,
    category: str | None,
    severity: str,
    reason: str,
    decision: str,
) -> None:
    data = concern_data(
        case,
        id=f"C-{decision}",
        item=item.ref,
        severity=severity,
        source=_source(item),
        reader=reader,
        reason=reason,
        category=category,
        moment=moment,
    )
    case.add("concern_recorded", data, effective_at=moment, rests_on=decision)


def _source(item: Item) -> str:
    """How a concern was found, in the words of R11.1."""
    if item.confirmed_at:
        return {"complaint": "complaint", "audit": "audit", None: "audit"}.get(item.basis, "draw")
    return "authorisation" if item.stream == "authorise" else "other"


def require_reviewer(store: Store, dossier: Dossier, reviewer: str, moment: datetime, item: str) -> Dossier:
    """Refuse whoever may not decide on this person's work: by role, then by hard conflict (R9.1, R9.2)."""
    reader = dossiers.load(store, reviewer)
    if reader.role_at(moment) is None:
        raise Refused("NOT_FOUND", "There is no such reviewer.", "reviewer")
    require_fit(reader, Act.DECIDE, moment, _conflict(store, dossier, reader, moment), "reviewer")
    return reader


def _conflict(store: Store, dossier: Dossier, reader: Dossier, moment: datetime) -> str | None:
    if reader.stream == dossier.stream:
        return "Nobody decides on their own work."
    return conflict_between(dossier, reader, moment, _independence_months(store, moment))


def _independence_months(store: Store, moment: datetime) -> int:
    return int(councils.load(store).policies.at(moment)["reviewer.independence_months"])


def correct(
    store: Store,
    *,
    item: str,
    outcome: str,
    reviewer: str,
    reason: str,
    now: datetime,
    caused_by: str,
    category: str | None = None,
    severity: str = "standard",
) -> str:
    """Replace the latest decision on an item, at its time; both stay on record (T3.12). Returns the decision's id."""
    said = _outcome(outcome)
    check_reason(reason)
    stream = items.owner(store, item)
    with dossiers.changing(store, stream, now=now, caused_by=caused_by) as case:
        decided = [one for one in case.dossier.decisions.values() if one.item == item]
        if not decided:
            raise Refused("NOT_FOUND", f"Nothing has been decided on {item}.", "item")
        latest = ordered(decided)[-1]
        _require_corrector(store, case.dossier, reviewer, now, item)
        was_concern = latest.outcome is Outcome.CONCERN
        data = {
            "item": item,
            "decision": latest.id,
            "outcome": said.value,
            "reviewer": reviewer,
            "reason": reason,
        }
        case.add("decision_corrected", data, rests_on=latest.id)
        _follow_concern(case, latest, said, was_concern, reviewer, category, severity, reason)
    return latest.id


def _require_corrector(store: Store, dossier: Dossier, reviewer: str, now: datetime, item: str) -> None:
    reader = dossiers.load(store, reviewer)
    require_fit(reader, Act.CORRECT, now, _conflict(store, dossier, reader, now), "reviewer")


def _follow_concern(
    case: Case,
    latest: Decision,
    said: Outcome,
    was_concern: bool,
    reviewer: str,
    category: str | None,
    severity: str,
    reason: str,
) -> None:
    """A concern goes with the decision that made it, and comes with a decision corrected to one."""
    if was_concern and said is not Outcome.CONCERN:
        for one in [c for c in case.dossier.concerns.values() if c.id == f"C-{latest.id}"]:
            case.add(
                "concern_closed", {"concern": one.id, "status": "withdrawn", "by": reviewer, "reason": reason}
            )
    elif said is Outcome.CONCERN and not was_concern:
        item = case.dossier.items[latest.item]
        _add_concern(case, item, reviewer, case.now, category, severity, reason, latest.id)
