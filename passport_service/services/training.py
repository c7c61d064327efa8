"""What workforce development staff do with training: requirements, mappings, prior learning, waivers (D.2)."""

from dataclasses import fields
from datetime import date, datetime
from typing import Any

from passport_service.domain.calendar import add_months, business_date
from passport_service.domain.council import fold_council
from passport_service.domain.errors import Refused
from passport_service.domain.events import COUNCIL, Event, NewEvent
from passport_service.domain.folds import fold
from passport_service.domain.holdings import standing_of, waiver_requests
from passport_service.domain.training import WAIVER_MONTHS, Requirement
from passport_service.services import councils, dossiers, learning
from passport_service.store import ledger, lookups
from passport_service.store.database import Store


def set_requirement(store: Store, definition: dict[str, Any], *, now: datetime, caused_by: str) -> None:
    """Add or change a requirement; everybody is worked out afresh. Raises Refused MALFORMED for what cannot be."""
    _check_requirement(definition)
    with store.writing(now):
        councils.append(store, [NewEvent("requirement_set", now, definition)], now=now, caused_by=caused_by)
        dossiers.touch(store, lookups.all_streams(), now=now)


def _check_requirement(definition: dict[str, Any]) -> None:
    known = {one.name for one in fields(Requirement)}
    for name in ("title", "sets"):
        if name not in definition:
            raise Refused("MALFORMED", "A requirement has a title, and says in which sets it is.", name)
    for name in definition:
        if name not in known:
            raise Refused("MALFORMED", f"{name} is not something that a requirement has.", name)
    if not str(definition.get("slug", "")).replace("_", "").isalnum():
        raise Refused(
            "MALFORMED", "A requirement's short name has letters, digits and underscores only.", "slug"
        )
    months = definition.get("months", 24)
    if months is not None and not 1 <= months <= 240:
        raise Refused("MALFORMED", "Validity is 1 to 240 months, or without end.", "months")
    for name in ("window_days", "grace_days"):
        if not 0 <= definition.get(name, 0) <= 366:
            raise Refused("MALFORMED", "Give a number of days from 0 to 366.", name)


def map_activity(
    store: Store,
    *,
    activity: str,
    course: str,
    now: datetime,
    caused_by: str,
    from_on: date | None = None,
    until_on: date | None = None,
) -> int:
    """Say that an activity means a course, and read its waiting statements again; returns how many changed meaning (R2.7)."""
    with store.writing(now):
        council = councils.load_for_change(store)
        if course not in council.catalogue.requirements:
            raise Refused("NOT_FOUND", f"There is no course named {course}.", "course")
        _check_activity(activity, from_on, until_on)
        data = _mapping(activity, course, from_on, until_on)
        councils.append(store, [NewEvent("activity_mapped", now, data)], now=now, caused_by=caused_by)
        return learning.read_again_by_activity(store, [activity], now=now)


def _check_activity(activity: str, from_on: date | None, until_on: date | None) -> None:
    if ":" not in activity or any(one.isspace() for one in activity) or len(activity) > 2000:
        raise Refused("MALFORMED", "An activity id is an IRI, such as https://…", "activity")
    if from_on and until_on and until_on < from_on:
        raise Refused("MALFORMED", "The mapping ends before it begins.", "until")


def _mapping(source: str, target: str, from_on: date | None, until_on: date | None) -> dict[str, Any]:
    return {
        "source": source,
        "target": target,
        "from_on": from_on.isoformat() if from_on else None,
        "until_on": until_on.isoformat() if until_on else None,
    }


def unmap_activity(
    store: Store, *, activity: str, course: str, now: datetime, caused_by: str, cancel: bool = False
) -> int:
    """End a mapping today; evidence dated while it held stays, unless ``cancel`` takes it away as well (R2.7)."""
    with store.writing(now):
        if cancel:
            new = NewEvent("activity_unmapped", now, {"source": activity, "target": course})
        else:
            held = [
                one
                for one in councils.load_for_change(store).catalogue.activities.get(activity, ())
                if one.target == course
            ]
            if not held:
                raise Refused("NOT_FOUND", "This activity does not mean that course.", "activity")
            new = NewEvent(
                "activity_mapped", now, _mapping(activity, course, held[0].from_on, business_date(now))
            )
        councils.append(store, [new], now=now, caused_by=caused_by)
        return learning.read_again_by_activity(
            store, [activity], now=now, cancelled=course if cancel else None
        )


def set_equivalent(
    store: Store,
    *,
    course: str,
    requirement: str,
    now: datetime,
    caused_by: str,
    from_on: date | None = None,
    until_on: date | None = None,
) -> None:
    """Say that a course also satisfies another requirement between two days (R2.7)."""
    data = _mapping(course, requirement, from_on, until_on)
    with store.writing(now):
        councils.append(store, [NewEvent("equivalence_set", now, data)], now=now, caused_by=caused_by)
        dossiers.touch(store, lookups.all_streams(), now=now)


def preview_equivalent(
    store: Store,
    *,
    course: str,
    requirement: str,
    now: datetime,
    from_on: date | None = None,
    until_on: date | None = None,
) -> list[tuple[str, str, str]]:
    """Who would change state if the equivalence were set: (stream, state now, state then); nothing is written (R2.7)."""
    council = councils.load(store)
    data = _mapping(course, requirement, from_on, until_on)
    events = ledger.read(store, COUNCIL)
    candidate = fold_council(
        [*events, Event(COUNCIL, len(events) + 1, "equivalence_set", now, now, "", 0, None, data)]
    )
    changed = []
    for stream, known in ledger.read_many(store, lookups.all_streams()):
        dossier, day = fold(stream, known), business_date(now)
        before = standing_of(dossier, council.catalogue, requirement, day)
        after = standing_of(dossier, candidate.catalogue, requirement, day)
        if before.state != after.state:
            changed.append((stream, before.state.value, after.state.value))
    return changed


def approve_prior(
    store: Store,
    stream: str,
    *,
    requirement: str,
    completed_on: date,
    by: str,
    approver: str,
    reason: str,
    now: datetime,
) -> None:
    """Count earlier learning from its own date, proposed by one person and approved by another (R2.8).

    Raises Refused SAME_PERSON, REASON_NEEDED, TOO_OLD past the requirement's greatest age, MALFORMED for a future date.
    """
    _two_people(by, approver, stream)
    _needs_reason(reason)
    with dossiers.changing(store, stream, now=now, caused_by=approver) as case:
        wanted = case.council.catalogue.requirements.get(requirement)
        if wanted is None:
            raise Refused("NOT_FOUND", f"There is no requirement named {requirement}.", "requirement")
        today = business_date(now)
        if completed_on > today:
            raise Refused(
                "MALFORMED", "Prior learning has been completed already; this date is in the future.", "on"
            )
        most = wanted.prior_max_age_months
        if most is not None and add_months(completed_on, most) < today:
            raise Refused(
                "TOO_OLD", f"Prior learning for {wanted.title} may be {most} months old at most.", "on"
            )
        data = {
            "requirement": requirement,
            "completed_on": completed_on.isoformat(),
            "by": by,
            "approver": approver,
            "reason": reason,
        }
        case.add("prior_approved", data)


def waive(
    store: Store,
    stream: str,
    *,
    requirement: str,
    from_on: date,
    by: str,
    approver: str,
    reason: str,
    now: datetime,
    until_on: date | None = None,
    role: str | None = None,
) -> None:
    """Waive a requirement for at most twelve months, or while a role is held (R2.9).

    Raises Refused SAME_PERSON when the approver is the beneficiary or the proposer, REASON_NEEDED, TOO_LONG.
    """
    _two_people(by, approver, stream)
    _needs_reason(reason)
    latest = add_months(from_on, WAIVER_MONTHS)
    if role is None:
        until_on = until_on or latest
        if until_on > latest:
            raise Refused("TOO_LONG", "A waiver lasts twelve months at most; it can be given again.", "until")
        if until_on < from_on:
            raise Refused("MALFORMED", "The waiver ends before it begins.", "until")
    with dossiers.changing(store, stream, now=now, caused_by=approver) as case:
        if requirement not in case.council.catalogue.requirements:
            raise Refused("NOT_FOUND", f"There is no requirement named {requirement}.", "requirement")
        data = {
            "requirement": requirement,
            "from_on": from_on.isoformat(),
            "by": by,
            "approver": approver,
            "until_on": until_on.isoformat() if until_on else None,
            "reason": reason,
            "role": role,
        }
        case.add("waiver_granted", data)


def answer_waiver_request(
    store: Store, stream: str, *, statement: str, grant: bool, by: str, reason: str, now: datetime
) -> None:
    """Decide a waiver that an LMS asked for (R2.2, R2.9)."""
    _needs_reason(reason)
    with dossiers.changing(store, stream, now=now, caused_by=by) as case:
        asked = [
            one for one in waiver_requests(case.dossier, case.council.catalogue) if one.statement == statement
        ]
        if not asked:
            raise Refused("NOT_FOUND", "No such waiver is asked for.", "statement")
        for one in asked if grant else ():
            until_on = add_months(one.on, WAIVER_MONTHS)
            data = {
                "requirement": one.requirement,
                "from_on": one.on.isoformat(),
                "by": "LMS",
                "approver": by,
                "until_on": until_on.isoformat(),
                "reason": reason,
                "role": None,
            }
            case.add("waiver_granted", data, rests_on=statement)
        case.add(
            "waiver_answered",
            {"statement": statement, "granted": grant, "reason": reason},
            rests_on=statement,
        )


def _two_people(by: str, approver: str, beneficiary: str) -> None:
    if approver in (by, beneficiary):
        raise Refused("SAME_PERSON", "Another person must approve this.", "approver")


def _needs_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused("REASON_NEEDED", "Give a reason.", "reason")
