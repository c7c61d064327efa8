"""Who may hold a passport at a moment (L1, L4, R4.5, R16.1, R16.3)."""

from datetime import datetime, timedelta

from passport_service.domain.calendar import business_date, start_of_day
from passport_service.domain.dossier import Dossier
from passport_service.domain.policy import Policy

STALE_WARNING_DAYS = 35
STALE_DAYS = 60


def has_left(dossier: Dossier, moment: datetime) -> bool:
    return bool(dossier.attributes.at("left", moment, False))


def role_is_eligible(dossier: Dossier, policy: Policy, moment: datetime) -> bool:
    return dossier.role_at(moment) in policy["eligibility.roles"]


def registration_at(dossier: Dossier, moment: datetime) -> str:
    """``registered``, ``ended`` or ``unknown``; an entry not refreshed for 60 days is unknown (R4.5)."""
    status: str = dossier.attributes.at("registration", moment, "unknown")
    if status == "registered" and _days_stale(dossier, moment) >= STALE_DAYS:
        return "unknown"
    return status


def registration_is_ageing(dossier: Dossier, moment: datetime) -> bool:
    """Whether the register entry has not been refreshed for 35 days or more (R4.5)."""
    return _days_stale(dossier, moment) >= STALE_WARNING_DAYS


def _days_stale(dossier: Dossier, moment: datetime) -> int:
    """Days since the register was last read for this person; 0 where no register is read."""
    if dossier.registration_checked_at is None:
        return 0
    return (business_date(moment) - business_date(dossier.registration_checked_at)).days


def stale_moments(dossier: Dossier) -> list[datetime]:
    if dossier.registration_checked_at is None:
        return []
    checked_on = business_date(dossier.registration_checked_at)
    return [start_of_day(checked_on + timedelta(days=days)) for days in (STALE_WARNING_DAYS, STALE_DAYS)]


def may_be_issued(dossier: Dossier, policy: Policy, moment: datetime) -> bool:
    """The eligibility condition of L1: role, registration, experience, agency rule, still here."""
    if has_left(dossier, moment) or not role_is_eligible(dossier, policy, moment):
        return False
    if registration_at(dossier, moment) != "registered":
        return False
    newly_qualified = dossier.attributes.at("newly_qualified", moment, False)
    if newly_qualified and policy["eligibility.newly_qualified"] == "excluded":
        return False
    agency = dossier.attributes.at("agency", moment, False)
    return not (agency and policy["eligibility.agency"] == "excluded")


def eligible_since(dossier: Dossier, policy: Policy, moment: datetime) -> datetime:
    """The latest of the moments from which what makes the person eligible has held."""
    names = ("role", "registration", "newly_qualified", "agency", "left")
    known = [since for name in names if (since := dossier.attributes.since(name, moment))]
    return max(known, default=moment)
