"""The first facts of a council: policy, catalogue, case types, calendar. Done once, in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from passport_service.data import read_bank_holidays
from passport_service.domain import policy
from passport_service.domain.events import COUNCIL, NewEvent
from passport_service.domain.holidays import calendar_data, parse_government_json, working_calendar
from passport_service.domain.policy import Policy
from passport_service.services import councils
from passport_service.store import ledger, lookups
from passport_service.store.database import Store

BASELINE = "essex-baseline"
FIRST = datetime(2000, 1, 1, tzinfo=UTC)

CORE = {
    "corporate_governance": "Corporate governance",
    "mca": "Mental Capacity Act",
    "case_system": "The case system",
    "safeguarding_adults": "Safeguarding adults",
    "safeguarding_children": "Safeguarding children",
    "assistive_technology": "Assistive technology",
    "basic_ot": "Basic occupational therapy",
}
EQUIPMENT = "equipment_simple"
ENDORSEMENTS = {EQUIPMENT: "Simple equipment"}
CASE_TYPES = {
    "care_act_assessment": ("Care Act assessment", None),
    "support_plan": ("Support plan", None),
    "review": ("Review", None),
    EQUIPMENT: ("Assessment with simple equipment", EQUIPMENT),
}


def core_catalogue() -> list[dict[str, Any]]:
    """The seven core requirements; two of them also make the simple equipment endorsement (S29, S30, Q9)."""
    with_equipment = ("basic_ot", "assistive_technology")
    return [
        {"slug": slug, "title": title, "sets": ["core", EQUIPMENT] if slug in with_equipment else ["core"]}
        for slug, title in CORE.items()
    ]


def is_set_up(store: Store) -> bool:
    return lookups.last_seq(store, COUNCIL) > 0


def set_up(
    store: Store,
    *,
    now: datetime,
    preset: str = BASELINE,
    overrides: Mapping[str, Any] | None = None,
    catalogue: Sequence[Mapping[str, Any]] | None = None,
    activities: Mapping[str, Sequence[str]] | None = None,
    endorsements: Sequence[str] = (EQUIPMENT,),
    caused_by: str = "set-up",
) -> None:
    """Give a new council its first policy, catalogue and calendar. ``activities`` are ids that mean a requirement's course.

    Raises Refused MALFORMED for settings that cannot be. A council that is set up already stays as it is.
    """
    with store.writing(now):
        ledger.alone(store)
        if is_set_up(store):
            return
        new = [_policy(preset, overrides, now), _calendar(now)]
        requirements = catalogue if catalogue is not None else core_catalogue()
        new += [NewEvent("requirement_set", now, dict(one)) for one in requirements]
        new += [
            NewEvent("activity_mapped", now, {"source": activity, "target": slug})
            for slug, ids in (activities or {}).items()
            for activity in ids
        ]
        new += [
            NewEvent(
                "endorsement_set",
                now,
                {"slug": one, "title": ENDORSEMENTS.get(one) or one.replace("_", " ").capitalize()},
            )
            for one in endorsements
        ]
        new += [
            NewEvent("case_type_set", now, {"slug": slug, "title": title, "endorsement": endorsement})
            for slug, (title, endorsement) in CASE_TYPES.items()
        ]
        ledger.append(store, COUNCIL, new, recorded_at=now, caused_by=caused_by, policy_version=1)
    councils.load(store)


def _policy(preset: str, overrides: Mapping[str, Any] | None, now: datetime) -> NewEvent:
    settings = policy.build(preset, overrides)
    first = Policy(1, FIRST, settings, "set-up", "set-up: second person", preset)
    return NewEvent("policy_published", now, policy.policy_data(first))


def _calendar(now: datetime) -> NewEvent:
    calendar = working_calendar("shipped", parse_government_json(read_bank_holidays()))
    return NewEvent("calendar_loaded", now, calendar_data(calendar))
