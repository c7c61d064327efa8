"""What a first or new passport still needs, and since when nothing has been missing (L1, R4.1, D.13)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from passport_service.domain import eligibility
from passport_service.domain.calendar import add_months, business_date, start_of_day
from passport_service.domain.concerns import Severity
from passport_service.domain.council import Council
from passport_service.domain.dossier import Dossier
from passport_service.domain.holdings import current_since, outstanding
from passport_service.domain.passport import Code, Passport, PassportState
from passport_service.domain.streak import APPROVALS, Decision, Streak, ordered, streak

AGREEMENT_MONTHS = 24
REJOIN_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Criteria:
    """The conditions of L1 at a moment. ``missing`` is empty when a passport is due."""

    streak: Streak
    outstanding: tuple[str, ...]
    missing: tuple[Code, ...]


def starting_point(dossier: Dossier, moment: datetime) -> datetime | None:
    """Since when the run is counted: the end of the last passport, if there was one (R13.1, Q19)."""
    passport = dossier.passport_at(moment)
    return passport.ended_at if passport else None


def decisions_that_matter(dossier: Dossier, since: datetime | None) -> list[Decision]:
    """Decisions for the run: not moderation, not while a passport is active, and after ``since`` on work after it (R3.1)."""
    spells = dossier.active_spells()
    return [
        one
        for one in dossier.decisions.values()
        if one.stream != "moderate"
        and (since is None or (one.effective_at > since and (one.submitted_at or one.effective_at) > since))
        and not any(
            start < one.effective_at and (end is None or one.effective_at <= end) for start, end in spells
        )
    ]


def current_streak(dossier: Dossier, council: Council, moment: datetime) -> Streak:
    """The run towards the next passport; a holder has none to build (Q19), theirs is the one behind the passport."""
    if dossier.live:
        return run_at_issue(dossier, council, dossier.live)
    decisions = decisions_that_matter(dossier, starting_point(dossier, moment))
    return streak(decisions, council.policies, moment, length=approvals_needed(dossier, council, moment))


def run_at_issue(dossier: Dossier, council: Council, passport: Passport) -> Streak:
    """The run at the moment of issue, from the decisions as they stand now (L5)."""
    length = 1 if len(passport.approvals) == 1 else None
    return streak(_decided_by_issue(dossier, passport), council.policies, passport.issued_at, length=length)


def _decided_by_issue(dossier: Dossier, passport: Passport) -> list[Decision]:
    place = dossier.passports.index(passport)
    since = dossier.passports[place - 1].ended_at if place else None
    return [one for one in decisions_that_matter(dossier, since) if one.effective_at <= passport.issued_at]


def basis_text(dossier: Dossier, passport: Passport) -> str:
    """The decisions before an issue, as one comparable text that is never empty: what a person let stand (R4.6)."""
    standing = [
        one for one in ordered(_decided_by_issue(dossier, passport)) if not (one.struck_out or one.set_aside)
    ]
    said = (f"{one.id}:{'approved' if one.outcome in APPROVALS else one.outcome.value}" for one in standing)
    return ",".join(said) or "none"


def approvals_needed(dossier: Dossier, council: Council, moment: datetime) -> int:
    """How many approvals are needed: three, or one for someone back within twelve months where that is on (R16.1)."""
    policy = council.policies.at(moment)
    last = dossier.passport_at(moment)
    if (
        policy["rejoin.fast_track"]
        and last
        and last.state is PassportState.ENDED
        and last.why_ended == "left"
    ):
        assert last.ended_at is not None
        back_at = dossier.attributes.since("left", moment) or moment
        if business_date(back_at) <= add_months(business_date(last.ended_at), REJOIN_MONTHS):
            return 1
    return int(policy["streak.length"])


def criteria(dossier: Dossier, council: Council, moment: datetime) -> Criteria:
    """Everything that stands between this person and a passport at a moment, all of it, never only the first."""
    policy = council.policies.at(moment)
    run = current_streak(dossier, council, moment)
    role = dossier.role_at(moment)
    open_training = outstanding(
        dossier, council.catalogue, council.catalogue.core, business_date(moment), role
    )
    missing: list[Code] = []
    if open_training:
        missing.append(Code.TRAINING_OUTSTANDING)
    missing += [Code(one) for one in run.reasons]
    if not eligibility.may_be_issued(dossier, policy, moment) or not _has_waited(dossier, council, moment):
        missing.append(Code.NOT_ELIGIBLE)
    if dossier.precaution or any(one.waits_for_a_person for one in dossier.concerns.values()):
        missing.append(Code.CONCERN_OPEN)
    if dossier.holds or _needs_agreement(dossier, moment):
        missing.append(Code.AGREEMENT_NEEDED)
    return Criteria(run, tuple(open_training), tuple(missing))


def _has_waited(dossier: Dossier, council: Council, moment: datetime) -> bool:
    may_earn_at = reearns_from(dossier, council, moment)
    return may_earn_at is None or moment >= may_earn_at


def reearns_from(dossier: Dossier, council: Council, moment: datetime) -> datetime | None:
    """When the waiting time after a revocation or lapse is over, at 00:00 of its day (R13.2, R0.4)."""
    last = dossier.passport_at(moment)
    if (
        last is None
        or last.ended_at is None
        or last.state not in (PassportState.REVOKED, PassportState.LAPSED)
    ):
        return None
    days = council.policies.at(moment)["reearn.min_days"]
    return start_of_day(business_date(last.ended_at) + timedelta(days=days)) if days else None


def _needs_agreement(dossier: Dossier, moment: datetime) -> bool:
    """A second revocation within 24 months needs a person to agree to a new issue (R13.4)."""
    revoked = [
        one.ended_at for one in dossier.passports if one.state is PassportState.REVOKED and one.ended_at
    ]
    if len(revoked) < 2 or add_months(business_date(revoked[-2]), AGREEMENT_MONTHS) <= business_date(
        revoked[-1]
    ):
        return False
    return dossier.agreed_at is None or dossier.agreed_at < revoked[-1]


def earned_on(dossier: Dossier, council: Council, run: Streak, moment: datetime) -> date:
    """The first day on which, by what is known now, nothing was missing any more (R4.1)."""
    policy = council.policies.at(moment)
    today = business_date(moment)
    days = [
        current_since(dossier, council.catalogue, council.catalogue.core, today, dossier.role_at(moment)),
        business_date(eligibility.eligible_since(dossier, policy, moment)),
    ]
    if run.met_at:
        days.append(business_date(run.met_at))
    days += [business_date(one) for one in _waited_for(dossier, council, moment)]
    earned = min(max(days), today)
    for change in council.policies.between(start_of_day(earned), moment):
        # A policy may ask for less than the one before it: nobody earned a passport before it was in force.
        if criteria(dossier, council, change.effective_from - timedelta(microseconds=1)).missing:
            earned = business_date(change.effective_from)
    return earned


def _waited_for(dossier: Dossier, council: Council, moment: datetime) -> list[datetime]:
    """When what had to be waited for after the last passport came: the time to wait, a person's answer, an agreement."""
    since = starting_point(dossier, moment)
    serious = {one.id for one in dossier.concerns.values() if one.severity is Severity.SERIOUS}
    answered = [one.effective_at for one in dossier.answers if one.data["of"] in serious]
    came = (*answered, dossier.agreed_at, reearns_from(dossier, council, moment))
    return [one for one in came if one and (since is None or one > since)]
