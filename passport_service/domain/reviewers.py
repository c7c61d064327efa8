"""Who may look at whose work: the hard conflicts of R9.2, from the relationships on record."""

from datetime import datetime, timedelta

from passport_service.domain.calendar import add_months, business_date, start_of_day
from passport_service.domain.dossier import Dossier
from passport_service.domain.eligibility import has_left
from passport_service.domain.errors import Refused
from passport_service.domain.roles import Act, may


def conflict_between(dossier: Dossier, reader: Dossier, moment: datetime, months: int) -> str | None:
    """The hard conflict between a person and a reader now or within the months of independence, in words (R9.2)."""
    since = start_of_day(add_months(business_date(moment), -months)) if months else moment
    since = min(since, moment - timedelta(microseconds=1))
    teams = dossier.attributes.held_between("team", since, moment) & reader.attributes.held_between(
        "team", since, moment
    )
    if teams:
        return f"The reviewer and the practitioner are, or were within {months} months, in one team."
    if _ref(reader, moment) in dossier.attributes.held_between("manager", since, moment):
        return f"The reviewer is, or was within {months} months, the practitioner's manager."
    if _ref(reader, moment) in (dossier.attributes.at("relationships", moment) or ()):
        return "The reviewer and the practitioner have a declared relationship."
    return None


def _ref(dossier: Dossier, moment: datetime) -> str:
    return str(dossier.attributes.at("ref", moment, dossier.stream))


def require_fit(reader: Dossier, act: Act, moment: datetime, conflict: str | None, where: str) -> None:
    """Refuse whoever may not do this by role, has left, or is in a hard conflict; with every code that holds (R9.1, R9.2)."""
    found = {}
    if not may(reader.role_at(moment) or "", act) or has_left(reader, moment):
        found["NOT_ALLOWED"] = f"The role of this person does not allow it ({str(act).replace('_', ' ')})."
    if conflict:
        found["REVIEWER_CONFLICT"] = conflict
    if found:
        refusal = Refused(next(iter(found)), " ".join(found.values()), where)
        refusal.codes = tuple(found)
        raise refusal
