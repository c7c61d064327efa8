"""What somebody can do next, or has to wait for, each with its day (R0.8, R4.7)."""

from dataclasses import dataclass
from datetime import date, timedelta

from passport_service.domain import eligibility
from passport_service.domain.calendar import business_date
from passport_service.domain.criteria import approvals_needed, starting_point
from passport_service.domain.holdings import Holding, holdings
from passport_service.domain.notices import REGAIN
from passport_service.domain.passport import TRAINING_CAUSES, Code
from passport_service.domain.roles import LABELS
from passport_service.domain.training import CORE, RequirementState, Standing
from passport_service.services.passports import Standpoint
from passport_service.services.sentences import (
    NOTES,
    REQUIREMENT_STATES,
    joined,
    number_in_words,
    on_day,
    reason,
)

RENEW_AHEAD_DAYS = 90
PROPOSED = "A named person looks at the concerns and at what you say to them, and decides what follows."


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do or to wait for. ``by_on`` is the last day on which it keeps the passport going."""

    title: str
    text: str
    by_on: date | None = None
    is_course: bool = False


RECORD = Step(
    "If your record here is wrong, say so",
    "Workforce development keeps role, registration and experience, and can put them right.",
)


def next_steps(at: Standpoint) -> tuple[Step, ...]:
    """For a holder what keeps or restores the passport, for anybody else what leads to one."""
    first = waits(at) if at.dossier.live else missing(at)
    return (*first, *renewals(at))


def standing_of(at: Standpoint, holding: Holding) -> Standing:
    return holding.on(business_date(at.as_of), at.dossier.role_at(at.as_of))


def not_eligible(at: Standpoint) -> list[str]:
    """What in a person's record stands against a passport, each with where to turn."""
    dossier, now, policy = at.dossier, at.as_of, at.council.policies.at(at.as_of)
    found = []
    if eligibility.has_left(dossier, now):
        found.append("You are recorded as having left the council.")
    if not eligibility.role_is_eligible(dossier, policy, now):
        roles = joined([LABELS[one].lower() for one in LABELS if one in policy["eligibility.roles"]])
        found.append(f"Passports are for these roles: {roles}.")
    elif (status := eligibility.registration_at(dossier, now)) != "registered":
        words = "has ended" if status == "ended" else "could not be confirmed"
        found.append(
            f"Your professional registration {words}. Ask workforce development to check your register entry."
        )
    if (
        dossier.attributes.at("newly_qualified", now, False)
        and policy["eligibility.newly_qualified"] == "excluded"
    ):
        found.append(
            "You are in your first, supported year. Approvals count from now on; the passport comes after it."
        )
    if dossier.attributes.at("agency", now, False) and policy["eligibility.agency"] == "excluded":
        found.append("This council does not give passports to agency staff.")
    since, days = starting_point(dossier, now), policy["reearn.min_days"]
    if since and days and now < since + timedelta(days=days):
        found.append(f"A new passport can be issued from {on_day(since + timedelta(days=days))}.")
    return found


def missing(at: Standpoint) -> list[Step]:
    """What stands between this person and a passport, as steps; training first, because it can be booked today."""
    found, steps = at.criteria, []
    held = holdings(at.dossier, at.council.catalogue)
    for slug in found.outstanding:
        steps.append(_course_step(at, held[slug]))
    for code in found.missing:
        if code is Code.RUN_TOO_SHORT:
            steps.append(_run_step(at, found.streak.run))
        elif code is Code.TOO_FEW_REVIEWERS:
            steps.append(
                Step(
                    "Have work approved by another reviewer", "CCV sees to this when it shares out the work."
                )
            )
        elif code is Code.NOT_ELIGIBLE:
            steps.append(RECORD)
        elif code is Code.CONCERN_OPEN:
            steps.append(Step("Wait for a decision", reason(code) + " You may send your side of it."))
        elif code is Code.AGREEMENT_NEEDED:
            steps.append(Step("Wait for a person to agree", reason(code)))
    return steps


def _run_step(at: Standpoint, run: int) -> Step:
    left = approvals_needed(at.dossier, at.council, at.as_of) - run
    pieces = f"{number_in_words(left)}{' more' if run else ''} piece{'' if left == 1 else 's'}"
    return Step(
        f"Have {pieces} of work approved by CCV{'' if left == 1 else ', in a row'}",
        "Send your next assessment, support plan or review to CCV. Training and approvals may come in any order.",
    )


def waits(at: Standpoint) -> list[Step]:
    """What a holder's pause waits for, beyond training: a person's decision, or a register entry."""
    live, today, found = at.dossier.live, business_date(at.as_of), []
    for cause in live.causes.values() if live else ():
        if cause.code in TRAINING_CAUSES:
            continue
        due = ""
        if cause.decide_by:
            late = (
                " That day has passed, and it is not forgotten: ask CCV." if cause.decide_by < today else ""
            )
            due = f" The day to decide by is {on_day(cause.decide_by)}.{late}"
        title = "Have your register entry confirmed" if cause.code is Code.ELIGIBILITY else "A person decides"
        found.append(
            Step(title, (PROPOSED if cause.code is Code.REPEATED_CONCERNS else REGAIN[cause.code]) + due)
        )
    return found


def _course_step(at: Standpoint, holding: Holding) -> Step:
    found = standing_of(at, holding)
    text = REQUIREMENT_STATES[found.state]
    if found.expires_on and found.state is RequirementState.EXPIRED:
        text = f"It ran out on {on_day(found.expires_on)}."
    if holding.notes and found.state is not RequirementState.EXPIRED:
        said, note = max(holding.notes, key=lambda one: one[0].effective_at)
        text = f"On {on_day(said.on)} something arrived that does not count: {NOTES[note]}"
    return Step(f"{holding.requirement.title}: complete the course", text, is_course=True)


def renewals(at: Standpoint) -> list[Step]:
    """Training to renew in the next ninety days, and what is out of date for a holder, the nearest first."""
    today = business_date(at.as_of)
    found: list[tuple[date, Step]] = []
    for holding in holdings(at.dossier, at.council.catalogue).values():
        standing = standing_of(at, holding)
        ends_on = standing.expires_on
        if standing.is_current and ends_on and (ends_on - today).days <= RENEW_AHEAD_DAYS:
            found.append((ends_on, _renewal(holding, ends_on, today)))
        elif not standing.is_current and at.dossier.live and CORE in holding.requirement.sets:
            found.append((ends_on or today, _course_step(at, holding)))
    return [step for _, step in sorted(found, key=lambda one: (one[0], one[1].title))]


def _renewal(holding: Holding, ends_on: date, today: date) -> Step:
    days = (ends_on - today).days
    text = (
        "Today is the last day."
        if days == 0
        else f"{days} days are left."
        if days > 1
        else "One day is left."
    )
    opens_on = ends_on - timedelta(days=holding.requirement.window_days)
    if opens_on > today:
        text += f" Renewed from {on_day(opens_on)} on, the new time is added to the old."
    return Step(f"{holding.requirement.title}: renew", text, ends_on, is_course=True)
