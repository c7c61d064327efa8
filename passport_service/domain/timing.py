"""When a person's standing can next change by itself, and the days that follow from a suspension (R0.4, R4.4, R4.7)."""

from datetime import date, datetime, timedelta

from passport_service.domain import eligibility
from passport_service.domain.calendar import add_months, business_date, start_of_day
from passport_service.domain.council import Council
from passport_service.domain.criteria import reearns_from
from passport_service.domain.dossier import Dossier
from passport_service.domain.holdings import first_moment_after, holdings
from passport_service.domain.passport import TRAINING_CAUSES, Passport
from passport_service.domain.people import absent_days

WARNING_DAYS = (90, 60, 30, 14, 7, 1)


def next_moment(dossier: Dossier, council: Council, after: datetime) -> datetime | None:
    """The first moment after ``after`` at which this person's standing may change by itself; a superset is harmless."""
    moments = first_moment_after(dossier, council.catalogue, after)
    moments += dossier.attributes.changes_after(after)
    moments += [one.effective_from for one in council.policies if one.effective_from > after]
    moments += [one for one in eligibility.stale_moments(dossier) if one > after]
    if dossier.live:
        moments += _live_moments(dossier, council, dossier.live, after)
    elif dossier.passport and dossier.passport.ended_at:
        may_earn_at = reearns_from(dossier, council, after)
        moments += [may_earn_at] if may_earn_at and may_earn_at > after else []
    return min(moments, default=None)


def _live_moments(dossier: Dossier, council: Council, live: Passport, after: datetime) -> list[datetime]:
    found = [start_of_day(on) for on, _ in warning_days(dossier, council, after)]
    if (lapse := lapses_on(dossier, council, live, after)) is not None:
        found.append(start_of_day(lapse))
    if (term_ends := term_ends_on(council, live, after)) is not None:
        found.append(start_of_day(term_ends))
    return [one for one in found if one > after]


def lapse_starts_on(live: Passport) -> date | None:
    """Since when only training causes have kept the passport suspended (L10)."""
    if not live.causes or not set(live.causes) <= TRAINING_CAUSES:
        return None
    opened = min(one.opened_at for one in live.causes.values())
    return business_date(max(opened, live.other_cause_cleared_at or opened))


def lapses_on(dossier: Dossier, council: Council, live: Passport, moment: datetime) -> date | None:
    """The day of the lapse: ``lapse_months`` after the start, moved by each day of recorded absence (R4.4)."""
    start = lapse_starts_on(live)
    if start is None:
        return None
    base = due = add_months(start, council.policies.at(moment)["training.lapse_months"])
    while (moved := base + timedelta(days=absent_days(dossier.absences, start, due))) != due:
        due = moved
    return due


def kept_alive_by_absence(dossier: Dossier, council: Council, live: Passport, moment: datetime) -> bool:
    """Whether only recorded absence kept a passport from lapsing (R4.4): then practice is returned to under checks."""
    start = lapse_starts_on(live)
    if start is None or not dossier.absences:
        return False
    return business_date(moment) >= add_months(start, council.policies.at(moment)["training.lapse_months"])


def term_ends_on(council: Council, live: Passport, moment: datetime) -> date | None:
    months = council.policies.at(moment)["passport.term_months"]
    return add_months(business_date(live.issued_at), months) if months else None


def warning_days(
    dossier: Dossier, council: Council, moment: datetime
) -> list[tuple[date, tuple[str, str, int]]]:
    """Each warning still to come or just come: its day, and (requirement, expiry, days before) (R4.7)."""
    held = holdings(dossier, council.catalogue)
    today, role = business_date(moment), dossier.role_at(moment)
    found = []
    for one in council.catalogue.core:
        expires_on = held[one.slug].on(today, role).expires_on
        if expires_on is None or expires_on < today:
            continue
        for days in WARNING_DAYS:
            found.append((expires_on - timedelta(days=days), (one.slug, expires_on.isoformat(), days)))
    return found
