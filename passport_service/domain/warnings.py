"""Warnings before time takes something away: training to renew, a register entry to confirm (R4.5, R4.7)."""

from passport_service.domain import eligibility
from passport_service.domain.calendar import business_date
from passport_service.domain.notices import message
from passport_service.domain.settling import Settling
from passport_service.domain.timing import warning_days


def warn_of_register(run: Settling) -> None:
    """The register entry has not been confirmed for 35 days: say so once, before it counts as unknown (R4.5)."""
    checked_at = run.dossier.registration_checked_at
    if checked_at is None or not eligibility.registration_is_ageing(run.dossier, run.moment):
        return
    warning = ("registration", business_date(checked_at).isoformat(), eligibility.STALE_WARNING_DAYS)
    if warning not in run.dossier.warned:
        data = message(run.dossier, run.council, "registration_ageing", run.moment, {})
        run.emit("warning_given", {**data, "warnings": [list(warning)]})


def warn_of_expiry(run: Settling) -> None:
    """One combined message for the warnings whose day has come; of one requirement only the nearest is said (R4.7)."""
    today = business_date(run.moment)
    nearest: dict[str, tuple[str, str, int]] = {}
    for on, warning in warning_days(run.dossier, run.council, run.moment):
        if on <= today:
            nearest[warning[0]] = warning
    due = sorted(one for one in nearest.values() if one not in run.dossier.warned)
    if not due:
        return
    data = message(run.dossier, run.council, "expiry_warning", run.moment, {"warnings": due})
    run.emit("warning_given", {**data, "warnings": [list(one) for one in due]})
