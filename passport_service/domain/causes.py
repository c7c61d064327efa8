"""Every cause for which a live passport must be suspended at a moment, with what is behind it (L2–L6, R4.2)."""

from datetime import date, datetime

from passport_service.domain import eligibility
from passport_service.domain.calendar import business_date
from passport_service.domain.council import Council
from passport_service.domain.criteria import basis_text, run_at_issue
from passport_service.domain.dossier import Dossier
from passport_service.domain.holdings import holdings, outstanding
from passport_service.domain.passport import Code, Passport

PERSON_DECIDES_WD = 5

Held = tuple[Code, list[str], date | None]  # the code, what is behind it, and by when a person decides


def causes_that_hold(dossier: Dossier, council: Council, live: Passport, moment: datetime) -> list[Held]:
    """Every cause for suspension that holds at the moment, with what is behind it."""
    wanted = training_causes(dossier, council, live, moment)
    serious = [one for one in dossier.concerns.values() if one.waits_for_a_person]
    if serious:
        wanted.append(
            (
                Code.SERIOUS_CONCERN,
                [one.id for one in serious],
                min(one.decide_by or date.max for one in serious),
            )
        )
    if eligibility.registration_at(dossier, moment) != "registered":
        wanted.append((Code.ELIGIBILITY, [eligibility.registration_at(dossier, moment)], None))
    if _basis_changed(dossier, council, live):
        due = council.calendar.add_working_days(business_date(moment), PERSON_DECIDES_WD)
        wanted.append((Code.ISSUE_BASIS_CHANGED, [], due))
    if dossier.precaution:
        wanted.append((Code.PRECAUTION, [], None))
    return wanted


def training_causes(dossier: Dossier, council: Council, live: Passport, moment: datetime) -> list[Held]:
    """Requirements no longer current; one whose evidence was withdrawn stays so when that would have run out too (L2)."""
    catalogue, today, role = council.catalogue, business_date(moment), dossier.role_at(moment)
    held = holdings(dossier, catalogue)
    found: dict[Code, list[str]] = {}
    for slug in outstanding(dossier, catalogue, catalogue.core, today, role):
        withdrawn = live.causes.get(Code.EVIDENCE_WITHDRAWN)
        known = withdrawn is not None and slug in withdrawn.details
        would_be = held[slug].but_for_withdrawal(today, role).is_current
        code = Code.EVIDENCE_WITHDRAWN if known or would_be else Code.TRAINING_EXPIRED
        found.setdefault(code, []).append(slug)
    return [(code, slugs, None) for code, slugs in sorted(found.items())]


def _basis_changed(dossier: Dossier, council: Council, live: Passport) -> bool:
    """Whether the decisions behind the issue, as they stand now, would no longer make the run (L5, R4.6)."""
    if not any(
        _touches_basis(one.recorded_at, one.corrected_at, one.struck_out or one.set_aside, live)
        for one in dossier.decisions.values()
    ):
        return False
    run = run_at_issue(dossier, council, live)
    return not run.condition_met and live.basis_accepted != basis_text(dossier, live)


def _touches_basis(
    recorded_at: datetime, corrected_at: datetime | None, no_longer_counts: bool, live: Passport
) -> bool:
    """A quick look that spares the count: nothing decided before the issue was learned or changed after it."""
    return (
        no_longer_counts
        or recorded_at > live.issued_at
        or (corrected_at is not None and corrected_at > live.issued_at)
    )
