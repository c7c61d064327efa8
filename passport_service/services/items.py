"""Items on their way: to CCV, or confirmed by a passport holder after a check (R7.1–R7.5)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from passport_service.domain.calendar import business_date, end_of_day
from passport_service.domain.council import Council
from passport_service.domain.errors import Refused
from passport_service.domain.items import KINDS, Item
from passport_service.domain.passport import PassportState
from passport_service.domain.personal import opaque_reference, refuse_personal_data
from passport_service.domain.routing import Routing, route
from passport_service.services import councils, dossiers
from passport_service.store import checks, ledger, lookups
from passport_service.store.database import Store

DECLARATION_VERSION = 1
DECLARATION = (
    "I have read this piece of work through. It is accurate, it reflects the person's own views, "
    "and I am answerable for it."
)
LONGEST_FACT = 64
SEVERAL = "+"  # an item of several case types names them all; each must be covered (R5.3)
WAITING = ("submitted", "picked")
JUST_AFTER = timedelta(microseconds=1)
SENT_BACK = ("returned", "concern", "not_reviewable")


@dataclass(frozen=True, slots=True)
class Check:
    """The answer to "may this person confirm this item now", to be quoted by the confirm (R7.1)."""

    id: str
    route: str
    reasons: tuple[str, ...]
    valid_until_at: datetime


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a confirm did; asked again with the same check, the same answer."""

    item: str
    check: str
    confirmed_at: datetime


def submit(
    store: Store,
    stream: str,
    *,
    item: str,
    kind: str,
    type: str,
    now: datetime,
    caused_by: str,
    facts: Mapping[str, Any] | None = None,
    effective_at: datetime | None = None,
) -> date:
    """Send an item to CCV; the same item again is its resubmission. Returns the day by which CCV decides (R7.5).

    Raises Refused MALFORMED for a reference that is not opaque, an unknown kind, or an item of somebody else.
    """
    _check_item(item, kind, type, facts or {})
    moment = effective_at or now
    with dossiers.changing(store, stream, now=now, caused_by=caused_by) as case:
        known = _known_item(case.dossier.items.get(item), item, stream)
        policy = case.council.policies.at(moment)
        held = case.dossier.passport_at(moment)
        holder = held is not None and held.state is PassportState.ACTIVE
        due = case.council.calendar.add_working_days(business_date(moment), policy["authorisation.due_wd"])
        data = {
            "item": item,
            "kind": known.kind if known else kind,
            "type": known.type if known else type,
            "stream": known.stream if known else ("authorise" if holder else "approve"),
            "due_on": due.isoformat(),
        }
        case.add(
            "item_submitted", data | ({"facts": dict(facts)} if facts else {}), effective_at=effective_at
        )
    return due


def _known_item(known: Item | None, ref: str, stream: str) -> Item | None:
    """The same person's item when this is a resubmission; refuses what is another's, waiting, confirmed or withdrawn."""
    if known is None:
        if lookups.find_item_owner(ref) not in (None, stream):
            raise Refused("ID_CONFLICT", f"The reference {ref} belongs to somebody else's item.", "item")
        return None
    if known.status in WAITING:
        raise Refused("ID_CONFLICT", f"{ref} already waits for CCV.", "item")
    if known.status not in SENT_BACK:
        raise Refused(
            "ID_CONFLICT", f"{ref} is {known.status.replace('_', ' ')} and cannot be submitted again.", "item"
        )
    return known


def _check_item(item: str, kind: str, type: str, facts: Mapping[str, Any]) -> None:
    opaque_reference(item)
    if kind not in KINDS:
        raise Refused("MALFORMED", f"The kind of an item is one of: {', '.join(KINDS)}.", "kind")
    for one in type.split(SEVERAL):
        if not one or len(one) > 64 or not one.replace("_", "").isalnum():
            raise Refused("MALFORMED", "A case type has letters, digits and underscores only.", "type")
    _check_facts(facts)


def _check_facts(facts: Mapping[str, Any]) -> None:
    """Facts are declared values, never free text, and never say who somebody is (R6.1, D.18.2)."""
    if len(facts) > 64:
        raise Refused("MALFORMED", "Give at most 64 facts.", "facts")
    for name, value in facts.items():
        if not isinstance(value, bool | int | float | str):
            raise Refused("MALFORMED", "A fact is yes or no, a number, a choice or a date.", f"facts.{name}")
        if isinstance(value, str):
            if len(value) > LONGEST_FACT:
                raise Refused(
                    "MALFORMED", f"A choice has at most {LONGEST_FACT} characters.", f"facts.{name}"
                )
            refuse_personal_data(value, f"facts.{name}")


def withdraw(store: Store, *, item: str, reason: str, now: datetime, caused_by: str) -> None:
    """Take an item back, with a reason; one that was decided stays as it is."""
    if not reason.strip():
        raise Refused("REASON_NEEDED", "Say why the item is withdrawn.", "reason")
    stream = owner(store, item)
    with dossiers.changing(store, stream, now=now, caused_by=caused_by) as case:
        if case.dossier.items[item].status not in (*WAITING, *SENT_BACK, "confirmed"):
            raise Refused("NOT_ALLOWED", f"{item} has been decided and cannot be withdrawn.", "item")
        case.add("item_withdrawn", {"item": item, "reason": reason})


def owner(store: Store, item: str) -> str:
    """The stream of the person whose item this is. Raises Refused NOT_FOUND."""
    stream = lookups.find_item_owner(item)
    if stream is None:
        raise Refused("NOT_FOUND", f"There is no item {item} here.", "item")
    return stream


def check(
    store: Store,
    stream: str,
    *,
    kind: str,
    type: str,
    now: datetime,
    caused_by: str,
    facts: Mapping[str, Any] | None = None,
    id: str | None = None,
) -> Check:
    """May this person confirm an item like this now? The answer is kept to the end of the next working day (R7.1)."""
    _check_item("check", kind, type, facts or {})
    with dossiers.changing(store, stream, now=now, caused_by=caused_by) as case:
        found = route(case.dossier, case.council, type.split(SEVERAL), now)
        answer = Check(
            id or checks.new_id(), str(found.route), found.reasons, _valid_until(case.council, now)
        )
        checks.save(
            id=answer.id,
            stream=stream,
            kind=kind,
            type=type,
            facts_hash=_hash(facts),
            route=answer.route,
            created_at=now,
            valid_until_at=answer.valid_until_at,
            detail={
                "reasons": list(found.reasons),
                "facts": dict(facts or {}),
                "policy": case.council.policies.at(now).version,
            },
        )
    return answer


def _valid_until(council: Council, now: datetime) -> datetime:
    return end_of_day(council.calendar.next_working_day(business_date(now)))


def _hash(facts: Mapping[str, Any] | None) -> str:
    return hashlib.sha256(json.dumps(facts or {}, sort_keys=True).encode()).hexdigest()


def confirm(
    store: Store,
    *,
    check: str,
    item: str,
    now: datetime,
    caused_by: str,
    facts: Mapping[str, Any] | None = None,
    declaration: int = DECLARATION_VERSION,
    effective_at: datetime | None = None,
) -> Confirmation:
    """Confirm an item on the strength of a check: everything is looked at again in one transaction (R7.1).

    ``facts`` None means those of the check. ``effective_at`` is when it was confirmed elsewhere, if it is recorded
    afterwards: such an item is always moderated (R7.2). Raises Refused CHECK_EXPIRED, FACTS_CHANGED, ID_CONFLICT for an
    item that is here already, or the reasons for which it may not be confirmed any more.
    """
    opaque_reference(item)
    with store.writing(now):
        known = checks.load(check)
        recorded_at = _after_last_draw(store, now)
        with dossiers.changing(store, known.stream, now=recorded_at, caused_by=caused_by) as case:
            # Read again under the lock: another confirm may have used the check meanwhile.
            known = checks.load(check)
            if known.item is not None:
                return _confirmed_before(case.dossier.items, known.item, item, check)
            if (effective_at or now) >= known.valid_until_at:
                raise Refused("CHECK_EXPIRED", "This check is no longer valid. Check again.", "check")
            if facts is not None and _hash(facts) != known.facts_hash:
                raise Refused(
                    "FACTS_CHANGED", "The facts differ from those of the check. Check again.", "facts"
                )
            if declaration != DECLARATION_VERSION:
                raise Refused(
                    "MALFORMED", f"Accept declaration version {DECLARATION_VERSION}.", "declaration"
                )
            if lookups.find_item_owner(item) is not None:
                raise Refused("ID_CONFLICT", f"The reference {item} is already in use.", "item")
            found = route(case.dossier, case.council, known.type.split(SEVERAL), now)
            _refuse_unless_confirmable(found)
            data = {
                "item": item,
                "kind": known.kind,
                "type": known.type,
                "check": check,
                "declaration": declaration,
                "facts": known.facts,
                "basis": _basis(found, late=effective_at is not None and effective_at < now),
            }
            case.add("item_confirmed", data, effective_at=effective_at or now)
            checks.use(check, item)
    return Confirmation(item, check, effective_at or now)


def _after_last_draw(store: Store, now: datetime) -> datetime:
    """When a confirmation counts as recorded: never within a pool that was drawn already, or it would be in none (R8.1)."""
    ledger.share(store)
    drawn = councils.load(store).draws
    return max(now, drawn[-1].effective_at + JUST_AFTER) if drawn else now


def _basis(found: Routing, *, late: bool) -> str | None:
    """Why an item will be moderated whatever the draw says: a tightened holder comes before a returning one (R8.7)."""
    reasons = (*found.reasons, *(("LATE_RECORDED",) if late else ()))
    return next(
        (one.lower() for one in ("TIGHTENED", "RETURN_TO_PRACTICE", "LATE_RECORDED") if one in reasons), None
    )


def _refuse_unless_confirmable(found: Routing) -> None:
    if found.may_confirm:
        return
    reason = found.reasons[0]
    refusal = Refused(reason, f"This item goes to CCV ({', '.join(found.reasons)}).", "item")
    refusal.codes = found.reasons
    raise refusal


def _confirmed_before(items: Mapping[str, Item], known: str, asked: str, check: str) -> Confirmation:
    if known != asked:
        raise Refused("ID_CONFLICT", f"This check was used to confirm {known}.", "check")
    confirmed_at = items[known].confirmed_at
    assert confirmed_at is not None
    return Confirmation(known, check, confirmed_at)
