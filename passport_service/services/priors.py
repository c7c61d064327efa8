"""Earlier learning in two steps: one person proposes it, another approves or declines it (R2.8)."""

from datetime import date, datetime
from typing import Any
from uuid import uuid4

from passport_service.domain.calendar import add_months, business_date
from passport_service.domain.errors import Refused
from passport_service.domain.personal import refuse_personal_data
from passport_service.services import dossiers, training
from passport_service.store import ledger, waiting_queries
from passport_service.store.database import Store
from passport_service.store.waiting_queries import Proposal

AUTHENTICITY = ("original_seen", "issuer_confirmed", "copy_only")
LONGEST = 200


def propose(
    store: Store,
    stream: str,
    *,
    requirement: str,
    completed_on: date,
    issuer: str,
    course: str,
    document: str,
    authenticity: str,
    by: str,
    now: datetime,
    caused_by: str,
) -> str:
    """Propose earlier learning; returns the proposal's id. Nothing counts before another person has approved it.

    Raises Refused MALFORMED, REASON_NEEDED for what is missing, TOO_OLD when it could not be approved today.
    """
    _check(issuer, course, document, authenticity)
    with dossiers.changing(store, stream, now=now, caused_by=caused_by) as case:
        wanted = case.council.catalogue.requirements.get(requirement)
        if wanted is None:
            raise Refused("NOT_FOUND", f"There is no requirement named {requirement}.", "requirement")
        today, most = business_date(now), wanted.prior_max_age_months
        if completed_on > today:
            raise Refused(
                "MALFORMED", "Earlier learning has been completed already; this day is in the future.", "on"
            )
        if most is not None and add_months(completed_on, most) < today:
            raise Refused(
                "TOO_OLD", f"Earlier learning for {wanted.title} may be {most} months old at most.", "on"
            )
        proposal = str(uuid4())
        case.add("prior_proposed", {
            "proposal": proposal, "requirement": requirement, "completed_on": completed_on.isoformat(), "issuer": issuer,
            "course": course, "document": document, "authenticity": authenticity, "by": by,
        })  # fmt: skip
    return proposal


def _check(issuer: str, course: str, document: str, authenticity: str) -> None:
    for name, value in (("issuer", issuer), ("course", course), ("document", document)):
        if not value.strip():
            raise Refused(
                "REASON_NEEDED", "Say who issued it, for which course, and where the proof is kept.", name
            )
        if len(value) > LONGEST:
            raise Refused("TOO_LONG", f"Use at most {LONGEST} characters.", name)
        refuse_personal_data(value, name)
    if authenticity not in AUTHENTICITY:
        raise Refused("MALFORMED", f"Choose one of: {', '.join(AUTHENTICITY)}.", "authenticity")


def pending(store: Store) -> list[Proposal]:
    """What waits for a second person, the oldest first."""
    with store.reading():
        return waiting_queries.open_proposals(store)


def load(store: Store, proposal: str) -> Proposal:
    """One proposal that waits. Raises Refused NOT_FOUND when it has been answered or never was."""
    found = [one for one in pending(store) if one.id == proposal]
    if not found:
        raise Refused("NOT_FOUND", "There is no such proposal, or it has been answered.")
    return found[0]


def _locked(store: Store, proposal: str) -> Proposal:
    """The proposal, still waiting once nobody else can answer it."""
    ledger.lock(store, [load(store, proposal).stream])
    return load(store, proposal)


def approve(store: Store, proposal: str, *, approver: str, now: datetime, caused_by: str) -> Proposal:
    """Approve a proposal: it counts from its own completion date. Raises Refused SAME_PERSON, TOO_OLD."""
    with store.writing(now):
        found = _locked(store, proposal)
        _another_person(found, approver, caused_by)
        training.approve_prior(
            store, found.stream, requirement=found.requirement, completed_on=found.completed_on, by=found.proposed_by,
            approver=approver, reason=_in_words(found.details), now=now,
        )  # fmt: skip
        _answer(store, found, {"granted": True, "by": approver}, now, caused_by)
    return found


def decline(store: Store, proposal: str, *, by: str, reason: str, now: datetime, caused_by: str) -> Proposal:
    """Decline a proposal with a reason; also its proposer may take it back this way."""
    if not reason.strip():
        raise Refused("REASON_NEEDED", "Say why it is declined.", "reason")
    refuse_personal_data(reason, "reason")
    with store.writing(now):
        found = _locked(store, proposal)
        _answer(store, found, {"granted": False, "by": by, "reason": reason}, now, caused_by)
    return found


def _another_person(found: Proposal, approver: str, caused_by: str) -> None:
    if approver in (found.proposed_by, found.stream) or caused_by == found.caused_by:
        raise Refused(
            "SAME_PERSON", "Another person must approve this: not who proposed it, nor who it is for."
        )


def _answer(store: Store, found: Proposal, answer: dict[str, Any], now: datetime, caused_by: str) -> None:
    with dossiers.changing(store, found.stream, now=now, caused_by=caused_by) as case:
        case.add("prior_answered", {"proposal": found.id, **answer})


def _in_words(details: dict[str, Any]) -> str:
    seen = {
        "original_seen": "original seen",
        "issuer_confirmed": "confirmed by the issuer",
        "copy_only": "copy seen",
    }
    return f"{details['course']}, {details['issuer']}; document {details['document']} ({seen[details['authenticity']]})"
