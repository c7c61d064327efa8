"""Concerns found outside a decision, read again, overturned, and answered for by a person (D.11, D.12)."""

from datetime import date, datetime
from typing import Any

from passport_service.domain.calendar import business_date
from passport_service.domain.concerns import ConcernStatus, Severity, decide_by
from passport_service.domain.criteria import basis_text
from passport_service.domain.errors import Refused
from passport_service.domain.notices import notice
from passport_service.domain.passport import Code
from passport_service.domain.reviewers import conflict_between, require_fit
from passport_service.domain.roles import Act
from passport_service.services import dossiers
from passport_service.services.dossiers import Case
from passport_service.services.reasons import check_reason
from passport_service.store import lookups
from passport_service.store.database import Store

SOURCES = ("draw", "authorisation", "audit", "complaint", "other")
OUTCOMES = ("upheld", "varied", "overturned")
DEFAULT_CATEGORY = "quality"


def concern_data(
    case: Case,
    *,
    id: str,
    item: str,
    severity: str,
    source: str,
    reader: str,
    reason: str,
    category: str | None,
    moment: datetime,
    occurred_on: date | None = None,
) -> dict[str, Any]:
    """The facts of a new concern (R11.1): by the date of the work where it is known, else of the finding."""
    if severity not in list(Severity):
        raise Refused("MALFORMED", f"Severity is one of: {', '.join(Severity)}.", "severity")
    if source not in SOURCES:
        raise Refused("MALFORMED", f"A concern's source is one of: {', '.join(SOURCES)}.", "source")
    known = case.dossier.items.get(item)
    found_on = business_date(moment)
    if occurred_on is None:
        occurred_on = min(business_date(known.work_at), found_on) if known and known.work_at else found_on
    policy = case.council.policies.at(moment)
    due = (
        decide_by(case.now, case.council.calendar.add_working_days) if severity == Severity.SERIOUS else None
    )
    return {
        "concern": id,
        "item": item,
        "category": category or DEFAULT_CATEGORY,
        "severity": severity,
        "source": source,
        "occurred_on": occurred_on.isoformat(),
        "found_on": found_on.isoformat(),
        "reader": reader,
        "reason": reason,
        "needs_second_reader": bool(policy["concern.second_reader"]),
        "decide_by": due.isoformat() if due else None,
    }


def record(
    store: Store,
    stream: str,
    *,
    id: str,
    item: str,
    severity: str,
    source: str,
    reader: str,
    reason: str,
    now: datetime,
    caused_by: str,
    category: str | None = None,
    occurred_on: date | None = None,
    effective_at: datetime | None = None,
) -> None:
    """Record a concern found outside a decision: an audit, a complaint, an authorisation (Q12).

    Raises Refused NOT_ALLOWED, REVIEWER_CONFLICT, REASON_NEEDED, ID_CONFLICT, MALFORMED (a day of work in the future).
    """
    check_reason(reason)
    with dossiers.changing(store, stream, now=now, caused_by=caused_by) as case:
        require_reader(store, case, reader, now)
        if lookups.find_concern_owner(id) is not None:
            raise Refused("ID_CONFLICT", f"There is a concern {id} already.", "id")
        moment = effective_at or now
        if occurred_on and occurred_on > business_date(moment):
            raise Refused("MALFORMED", "The work cannot be later than the finding.", "occurred_on")
        data = concern_data(
            case,
            id=id,
            item=item,
            severity=severity,
            source=source,
            reader=reader,
            reason=reason,
            category=category,
            moment=moment,
            occurred_on=occurred_on,
        )
        case.add("concern_recorded", data, effective_at=effective_at)


def require_reader(
    store: Store, case: Case, reader: str, now: datetime, act: Act = Act.RECORD_CONCERN
) -> None:
    """Refuse a reader by role, then by hard conflict (R9.2)."""
    read_by = dossiers.load(store, reader)
    months = int(case.council.policies.at(now)["reviewer.independence_months"])
    own = "Nobody reads their own work." if reader == case.dossier.stream else None
    require_fit(read_by, act, now, conflict_between(case.dossier, read_by, now, months) or own, "reader")


def _owner(concern: str) -> str:
    stream = lookups.find_concern_owner(concern)
    if stream is None:
        raise Refused("NOT_FOUND", f"There is no concern {concern}.", "of")
    return stream


def second_read(
    store: Store, concern: str, *, reader: str, agrees: bool, now: datetime, caused_by: str, reason: str = ""
) -> None:
    """A further, independent reading: agreement counts the concern (R9.6, R11.2). The first reader may not (R9.2)."""
    with dossiers.changing(store, _owner(concern), now=now, caused_by=caused_by) as case:
        known = case.dossier.concerns[concern]
        require_reader(store, case, reader, now, Act.SECOND_READ)
        if reader in (known.reader, *known.readers):
            raise Refused(
                "REVIEWER_CONFLICT", "A further reading is by somebody who has not read it yet.", "reader"
            )
        if known.status is not ConcernStatus.OPEN:
            raise Refused("NOT_ALLOWED", "This concern does not wait for a further reading.", "of")
        data = {"concern": concern, "reader": reader, "agrees": agrees, "reason": reason}
        case.add("concern_read_again", data)


def overturn(store: Store, concern: str, *, by: str, reason: str, now: datetime, caused_by: str) -> None:
    """Strike a concern out: it neither counts nor resets, and what rested on it is looked at again (R11.2, T11.4, T11.5).

    Raises Refused REASON_NEEDED, NOT_ALLOWED by role, REVIEWER_CONFLICT for whoever had a part in it (R9.2, R12.4).
    """
    check_reason(reason)
    with dossiers.changing(store, _owner(concern), now=now, caused_by=caused_by) as case:
        _require_decider(store, case, by, now, [concern])
        known = case.dossier.concerns[concern]
        if known.status in (ConcernStatus.OVERTURNED, ConcernStatus.WITHDRAWN):
            raise Refused("NOT_ALLOWED", "This concern no longer stands.", "concern")
        _close(case, concern, by, reason)


def _close(case: Case, concern: str, by: str, reason: str) -> None:
    case.add("concern_closed", {"concern": concern, "status": "overturned", "by": by, "reason": reason})


def _require_decider(store: Store, case: Case, by: str, now: datetime, concerns: list[str]) -> None:
    """Somebody with authority to change it who had no part in it (R12.4)."""
    had_part = {case.dossier.stream}
    for one in concerns:
        known = case.dossier.concerns[one]
        had_part |= {known.reader, *known.readers}
    conflict = "Whoever decides this had no part in it before." if by in had_part else None
    require_fit(dossiers.load(store, by), Act.ANSWER, now, conflict, "by")


def answer_concern(
    store: Store, concern: str, *, by: str, outcome: str, reason: str, now: datetime, caused_by: str
) -> None:
    """Decide a serious concern: upheld costs the passport, varied and overturned give it back (L9, R11.5, R12.5)."""
    _check_answer(outcome, reason)
    with dossiers.changing(store, _owner(concern), now=now, caused_by=caused_by) as case:
        known = case.dossier.concerns[concern]
        _require_decider(store, case, by, now, [concern])
        if not known.waits_for_a_person:
            raise Refused("NOT_ALLOWED", "Nothing waits for an answer here.", "of")
        _keep_answer(case, concern, by, outcome, reason)
        case.add("concern_answered", {"concern": concern, "outcome": outcome})
        if outcome == "overturned":
            _close(case, concern, by, reason)
        elif outcome == "upheld" and case.dossier.live:
            _revoke(case, Code.SERIOUS_UPHELD, [concern], by, reason)


def answer_notice(
    store: Store, stream: str, code: str, *, by: str, outcome: str, reason: str, now: datetime, caused_by: str
) -> None:
    """Decide what waits for a person under the latest notice of a code (R4.6, R11.5, R12.5, T11.5).

    A serious concern, a proposed revocation, a revocation or its reinstatement, a changed basis. ``upheld`` means that
    the adverse thing stands. Raises Refused NOT_FOUND without such a notice, NOT_ALLOWED when nothing waits,
    SAME_PERSON when one person both proposes and confirms that a passport is void.
    """
    _check_answer(outcome, reason)
    if code == Code.SERIOUS_CONCERN:
        waiting = [one for one in dossiers.load(store, stream).concerns.values() if one.waits_for_a_person]
        if not waiting:
            raise Refused("NOT_ALLOWED", "No serious concern waits for an answer.", "of")
        answer_concern(
            store, waiting[-1].id, by=by, outcome=outcome, reason=reason, now=now, caused_by=caused_by
        )
        return
    with dossiers.changing(store, stream, now=now, caused_by=caused_by) as case:
        if not any(one.data["code"] == code for one in case.dossier.notices):
            raise Refused("NOT_FOUND", f"There is no notice of {code}.", "of")
        match code:
            case Code.REPEATED_CONCERNS | Code.SERIOUS_UPHELD:
                _answer_revocation(store, case, Code(code), by, outcome, reason)
            case Code.ISSUE_BASIS_CHANGED:
                _answer_basis(store, case, by, outcome, reason)
            case _:
                raise Refused("NOT_ALLOWED", f"{code} is not decided by an answer.", "of")


def _check_answer(outcome: str, reason: str) -> None:
    if outcome not in OUTCOMES:
        raise Refused("MALFORMED", f"An answer is one of: {', '.join(OUTCOMES)}.", "outcome")
    check_reason(reason)


def _keep_answer(case: Case, of: str, by: str, outcome: str, reason: str) -> None:
    given = next(
        (one.data for one in reversed(case.dossier.notices) if of in (one.data["code"], one.data["concern"])),
        None,
    )
    if given and reason.strip() == given["decided"].strip():
        raise Refused("REASON_NEEDED", "Give your own reasons, not the words of the notice.", "reason")
    case.add("answer_given", {"of": of, "by": by, "outcome": outcome, "reason": reason})


def _answer_revocation(store: Store, case: Case, code: Code, by: str, outcome: str, reason: str) -> None:
    dossier = case.dossier
    live, last = dossier.live, dossier.passport
    if live and code in live.causes:
        relied_on = list(live.causes[code].details)
    elif last and last.relied_on and not live and code in last.reasons:
        relied_on = sorted(last.relied_on)
    else:
        raise Refused("NOT_ALLOWED", "No revocation waits for an answer.", "of")
    _require_decider(store, case, by, case.now, relied_on)
    _keep_answer(case, code, by, outcome, reason)
    if outcome == "upheld":
        _uphold_revocation(case, code, relied_on, by, reason)
        return
    case.add("group_spared", {"concerns": relied_on})
    trigger = max((dossier.concerns[one] for one in relied_on), key=lambda one: (one.occurred_on, one.seq))
    # Where another concern of the group has fallen already, that is what ends the revocation: this one still stands.
    if outcome == "overturned" and all(dossier.concerns[one].counts for one in relied_on):
        _close(case, trigger.id, by, reason)
    if live:
        case.add("passport_cause_cleared", {"code": code})
    else:
        case.add("passport_reinstated", {"why": "answer", "by": by})


def _uphold_revocation(case: Case, code: Code, relied_on: list[str], by: str, reason: str) -> None:
    live, last = case.dossier.live, case.dossier.passport
    if live:
        _revoke(case, code, relied_on, by, reason)
    elif last and last.reinstatement_open:
        case.add("reinstatement_refused", {"by": by})
        case.add("group_spared", {"concerns": relied_on})


def _answer_basis(store: Store, case: Case, by: str, outcome: str, reason: str) -> None:
    """Let the passport stand, or propose that it is void, which a second person confirms (R4.6, L12)."""
    live = case.dossier.live
    cause = live.causes.get(Code.ISSUE_BASIS_CHANGED) if live else None
    if live is None or cause is None:
        raise Refused("NOT_ALLOWED", "No changed basis waits for an answer.", "of")
    _require_decider(store, case, by, case.now, [])
    _keep_answer(case, Code.ISSUE_BASIS_CHANGED, by, outcome, reason)
    if outcome != "upheld":
        basis = basis_text(case.dossier, live)
        case.add("passport_cause_cleared", {"code": Code.ISSUE_BASIS_CHANGED, "basis": basis})
    elif cause.proposed_by is None:
        case.add("void_proposed", {"by": by, "reason": reason})
    elif cause.proposed_by == by:
        raise Refused("SAME_PERSON", "A second person confirms that a passport is void.", "by")
    else:
        case.add("passport_voided", {"codes": [Code.ISSUED_IN_ERROR], "by": by})
        _tell(case, Code.ISSUED_IN_ERROR, by, reason, [])


def _revoke(case: Case, code: Code, concerns: list[str], by: str, reason: str) -> None:
    case.add("passport_revoked", {"codes": [code], "concerns": concerns, "by": by})
    _tell(case, code, by, reason, concerns)


def _tell(case: Case, code: Code, by: str, reason: str, concerns: list[str]) -> None:
    facts = {"automatic": False, "by": by, "reason": reason, "concerns": concerns}
    case.add("notice_given", notice(case.dossier, case.council, code, case.now, facts))
