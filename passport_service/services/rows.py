"""From a dossier to the rows that pages read: the stored copies that `rebuild` must reproduce (R0.2)."""

from collections.abc import Collection
from datetime import UTC, date, datetime
from typing import Any

from passport_service.domain.calendar import business_date
from passport_service.domain.council import Council
from passport_service.domain.criteria import criteria, current_streak
from passport_service.domain.dossier import Dossier
from passport_service.domain.holdings import Holding, holdings
from passport_service.domain.passport import Cause
from passport_service.domain.people import ATTRIBUTES
from passport_service.domain.roles import PRACTISING
from passport_service.domain.timing import next_moment

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
Rows = dict[str, list[dict[str, Any]]]


def rows_of(
    dossier: Dossier,
    council: Council,
    *,
    settled_at: datetime | None = None,
    items: Collection[str] | None = None,
    hints: bool = True,
) -> Rows:
    """Every row about one person. ``settled_at`` only moves ``review_at``, which says when to look again, never a state.

    ``items`` are the references of the only items wanted: a person has hundreds, and a decision touches one. Without
    ``hints`` that moment is left out, which takes a sixth of the time; for comparing, where it does not count.
    """
    at = dossier.last_recorded_at
    if at is None:
        return {name: [] for name in ("practitioner", "holding", "identifier", "item", "concern", "notice")}
    return {
        "practitioner": [_practitioner(dossier, council, at, (settled_at or at) if hints else None)],
        "holding": [
            _holding(dossier, one, at)
            for one in holdings(dossier, council.catalogue).values()
            if _is_known(one)
        ],
        "identifier": _identifiers(dossier),
        "item": [
            _item(dossier, one)
            for one in dossier.items.values()
            if (items is None or one.ref in items) and ("item", one.ref) not in dossier.of_duplicates
        ],
        "concern": [
            _concern(dossier, one)
            for one in dossier.concerns.values()
            if ("concern", one.id) not in dossier.of_duplicates
        ],
        "notice": [_notice(dossier, one) for one in dossier.notices],
    }


def _practitioner(
    dossier: Dossier, council: Council, at: datetime, settled_at: datetime | None
) -> dict[str, Any]:
    known = {name: dossier.attributes.latest(name) for name in ATTRIBUTES}
    passport = dossier.passport
    state, reasons = _state(dossier, council, at)
    return {
        "stream": dossier.stream,
        **known,
        "newly_qualified": bool(known["newly_qualified"]),
        "agency": bool(known["agency"]),
        "left_on": _left_on(dossier),
        "merged_into": dossier.attributes.latest("merged_into"),
        "passport_state": state,
        "passport_number": passport.number if passport else None,
        "since": passport.since if passport else None,
        "earned_on": passport.earned_on if passport else None,
        "reasons": reasons,
        "causes": [_cause(one) for one in passport.causes.values()] if passport else [],
        "run": current_streak(dossier, council, at).run,
        "next_expiry_on": _next_expiry(dossier, council, at),
        "review_at": None
        if dossier.is_duplicate or settled_at is None
        else next_moment(dossier, council, settled_at),
        "open_tasks": sum(one.status in ("submitted", "picked") for one in dossier.items.values()),
        "open_concerns": sum(one.waits_for_a_person for one in dossier.concerns.values()),
        "updated_seq": dossier.seq,
    }


def _state(dossier: Dossier, council: Council, at: datetime) -> tuple[str, list[str]]:
    if dossier.passport:
        return dossier.passport.state.value, [str(one) for one in dossier.passport.reasons]
    if dossier.attributes.latest("role") not in PRACTISING:
        return "none", []
    return "working_towards", [str(one) for one in criteria(dossier, council, at).missing]


def _left_on(dossier: Dossier) -> date | None:
    if not dossier.attributes.latest("left"):
        return None
    since = dossier.attributes.since("left", datetime.max.replace(tzinfo=UTC))
    return business_date(since) if since else None


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        "code": str(cause.code),
        "opened_at": cause.opened_at.isoformat(),
        "details": list(cause.details),
        "decide_by": cause.decide_by.isoformat() if cause.decide_by else None,
        "proposed_by": cause.proposed_by,
    }


def _next_expiry(dossier: Dossier, council: Council, at: datetime) -> date | None:
    """The earliest day after which a core requirement now held would no longer be."""
    held, day, role = holdings(dossier, council.catalogue), business_date(at), dossier.role_at(at)
    standings = [held[one.slug].on(day, role) for one in council.catalogue.core]
    return min((one.expires_on for one in standings if one.is_current and one.expires_on), default=None)


def _is_known(holding: Holding) -> bool:
    return bool(holding.live or holding.taken_back or holding.priors or holding.waivers or holding.notes)


def _holding(dossier: Dossier, holding: Holding, at: datetime) -> dict[str, Any]:
    day = max([business_date(at), *holding.live])
    found = holding.on(day, dossier.attributes.latest("role"))
    return {
        "stream": dossier.stream,
        "requirement": holding.requirement.slug,
        "state_basis": found.state.value if not holding.live else "evidence",
        "since_on": found.since_on,
        "expires_on": found.expires_on,
        "evidence": [{"statement": one.statement, "on": one.on.isoformat()} for one in holding.evidence],
    }


def _identifiers(dossier: Dossier) -> list[dict[str, Any]]:
    rows = {}
    for key, since, until in dossier.identifiers:
        row = {"key": key, "stream": dossier.stream, "from_at": since or ALWAYS, "until_at": until}
        rows[(key, row["from_at"])] = row
    return list(rows.values())


def _item(dossier: Dossier, item: Any) -> dict[str, Any]:
    return {
        "ref": item.ref,
        "stream": dossier.stream,
        "kind": item.kind,
        "type": item.type,
        "status": item.status,
        "stream_of_work": item.stream,
        "recorded_at": item.recorded_at,
        "submitted_at": item.submitted_at,
        "resubmitted_at": item.resubmitted_at,
        "confirmed_at": item.confirmed_at,
        "confirmed_recorded_at": item.recorded_at if item.confirmed_at else None,
        "picked_at": item.picked_at,
        "decided_at": item.decided_at,
        "withdrawn_at": item.withdrawn_at,
        "due_on": item.due_on,
        "basis": item.basis,
        "check_id": item.check,
        "facts": dict(item.facts),
    }


def _concern(dossier: Dossier, concern: Any) -> dict[str, Any]:
    return {
        "id": concern.id,
        "stream": dossier.stream,
        "item": concern.item,
        "category": concern.category,
        "severity": concern.severity.value,
        "source": concern.source,
        "occurred_on": concern.occurred_on,
        "found_on": concern.found_on,
        "recorded_at": concern.recorded_at,
        "status": concern.status.value,
        "counted": concern.counts,
        "decide_by": concern.decide_by,
        "reader": concern.reader,
    }


def _notice(dossier: Dossier, event: Any) -> dict[str, Any]:
    return {
        "id": event.data["notice"],
        "stream": dossier.stream,
        "code": event.data["code"],
        "given_at": event.effective_at,
        "respond_by": date.fromisoformat(event.data["respond_by"]),
        "content": dict(event.data),
    }
