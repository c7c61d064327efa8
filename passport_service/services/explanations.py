"""A person's standing, explained: what is so, why, what is missing and what comes next, ready to be read (R0.8).

Everything here is worked out from a ``Standpoint``; nothing asks the database, reads a clock or decides anything.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from passport_service.domain.criteria import approvals_needed, current_streak
from passport_service.domain.holdings import holdings
from passport_service.domain.passport import TRAINING_CAUSES, Cause, Code, PassportState
from passport_service.domain.roles import PRACTISING
from passport_service.domain.streak import APPROVALS, Decision, Outcome, ordered
from passport_service.services.next_steps import Step, next_steps, not_eligible, standing_of
from passport_service.services.passports import Standpoint
from passport_service.services.sentences import HEADLINES, KINDS, joined, number_in_words, on_day, reason


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason in a sentence, with what stands behind it; ``code`` is the machine's word for it."""

    code: str
    sentence: str
    details: tuple[str, ...] = ()
    since_at: datetime | None = None
    decide_by: date | None = None


@dataclass(frozen=True, slots=True)
class Cover:
    """Whether work of one case type may be confirmed, and if not why."""

    title: str
    covered: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """One decision of CCV as the practitioner reads it: of which work, and what it did to the run."""

    decision: Decision
    work: str
    effect: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole answer to "how do I stand?"."""

    state: PassportState
    headline: str
    number: int | None
    since_at: datetime | None
    earned_on: date | None
    reasons: tuple[Reason, ...]
    steps: tuple[Step, ...]
    covers: tuple[Cover, ...]
    run: int
    run_needed: int
    decisions: tuple[Said, ...]
    is_new: bool
    practises: bool
    titles: dict[str, str] = field(default_factory=dict)


def explain(at: Standpoint) -> Explanation:
    """How a person stands at a moment, in words."""
    passport = at.passport
    streak = current_streak(at.dossier, at.council, at.as_of)
    return Explanation(
        state=at.state,
        headline=HEADLINES[at.state],
        number=passport.number if passport else None,
        since_at=passport.since if passport else None,
        earned_on=passport.earned_on if passport else None,
        reasons=reasons(at),
        steps=next_steps(at),
        covers=covers(at),
        run=streak.run,
        run_needed=_needed(at),
        decisions=decisions(at),
        is_new=not (
            at.dossier.decisions
            or at.dossier.items
            or at.dossier.completions
            or at.dossier.priors
            or passport
        ),
        practises=at.dossier.role_at(at.as_of) in PRACTISING,
        titles={one.slug: one.title for one in at.council.catalogue.case_types.values()},
    )


def reasons(at: Standpoint) -> tuple[Reason, ...]:
    """Why the state is what it is, each reason with the facts behind it."""
    passport = at.passport
    if passport is None:
        return tuple(Reason(code, _missing_sentence(at, code)) for code in at.criteria.missing)
    if passport.causes:
        return tuple(
            _cause(at, one) for one in sorted(passport.causes.values(), key=lambda c: (c.opened_at, c.code))
        )
    details = {str(code): _behind(at, str(code)) for code in passport.reasons}
    return tuple(
        Reason(code, _ended(passport.why_ended) or reason(code), tuple(found))
        for code, found in details.items()
    )


def _ended(why: str | None) -> str | None:
    return {
        "left": "It ended because you left the council.",
        "role": "It ended because your role changed to one that does not carry a passport.",
        "given_up": "It ended because you gave it up.",
    }.get(why or "")


def _cause(at: Standpoint, cause: Cause) -> Reason:
    sentence = reason(cause.code)
    if cause.code is Code.REPEATED_CONCERNS:
        sentence = (
            "Concerns were repeated. Your passport is paused until a named person decides what follows."
        )
    details = [_training_detail(at, slug) for slug in cause.details] if cause.code in TRAINING_CAUSES else []
    details += [_concern_detail(at, one) for one in cause.details if one in at.dossier.concerns]
    return Reason(cause.code, sentence, tuple(details), cause.opened_at, cause.decide_by)


def _behind(at: Standpoint, code: str) -> list[str]:
    passport = at.passport
    assert passport
    if code == Code.CRITERIA_MET:
        items = [at.dossier.decisions[one].item for one in passport.approvals if one in at.dossier.decisions]
        core = at.council.catalogue.core
        return [
            f"Approved in a row: {joined(items)}." if items else "",
            f"Core training held: all {number_in_words(len(core))}.",
        ]
    if code in (Code.REPEATED_CONCERNS, Code.SERIOUS_UPHELD):
        return [_concern_detail(at, one) for one in sorted(passport.relied_on) if one in at.dossier.concerns]
    return []


def _concern_detail(at: Standpoint, concern: str) -> str:
    one = at.dossier.concerns[concern]
    return f"{one.severity.value.capitalize()} concern about {one.item}, work of {on_day(one.occurred_on)}."


def _training_detail(at: Standpoint, slug: str) -> str:
    holding = holdings(at.dossier, at.council.catalogue).get(slug)
    if holding is None:
        return slug
    found = standing_of(at, holding)
    until = f" It ran to {on_day(found.expires_on)}." if found.expires_on and not found.is_current else ""
    return f"{holding.requirement.title}.{until}"


def _missing_sentence(at: Standpoint, code: Code) -> str:
    found = at.criteria
    match code:
        case Code.TRAINING_OUTSTANDING:
            return f"{_count(len(found.outstanding), 'required course')} not up to date."
        case Code.RUN_TOO_SHORT:
            run = number_in_words(found.streak.run).capitalize()
            return f"{run} of {number_in_words(_needed(at))} approvals in a row so far."
        case Code.NOT_ELIGIBLE:
            return " ".join(not_eligible(at)) or reason(code)
        case _:
            return reason(code)


def _needed(at: Standpoint) -> int:
    """How many approvals make the run; for a holder those that made theirs."""
    if at.dossier.live:
        return len(at.dossier.live.approvals) if len(at.dossier.live.approvals) == 1 else _length(at)
    return approvals_needed(at.dossier, at.council, at.as_of)


def _length(at: Standpoint) -> int:
    return int(at.council.policies.at(at.as_of)["streak.length"])


def _count(number: int, what: str) -> str:
    return f"{number_in_words(number).capitalize()} {what}{' is' if number == 1 else 's are'}"


def covers(at: Standpoint) -> tuple[Cover, ...]:
    """Each case type, whether a passport that is active would cover it, and why not."""
    found = []
    for one in at.council.catalogue.case_types.values():
        routing = at.route([one.slug])
        why = [reason(code) for code in routing.reasons]
        if routing.may_confirm and not why:
            endorsement = at.council.catalogue.endorsements.get(one.endorsement or "")
            why = [
                f"Covered by your endorsement: {endorsement.title.lower()}."
                if endorsement
                else "Covered by the passport itself."
            ]
        found.append(Cover(one.title, routing.may_confirm, tuple(why)))
    return tuple(found)


def decisions(at: Standpoint) -> tuple[Said, ...]:
    """What CCV said, the latest first, each with what it did to the run (R3.2)."""
    counted = {
        one.id: place
        for place, one in enumerate(current_streak(at.dossier, at.council, at.as_of).approvals, 1)
    }
    titles = {one.slug: one.title for one in at.council.catalogue.case_types.values()}
    return tuple(
        Said(one, work_title(titles, one.kind, one.type), _effect(at, one, counted))
        for one in reversed(ordered(list(at.dossier.decisions.values())))
    )


def _effect(at: Standpoint, one: Decision, counted: dict[str, int]) -> str:
    if one.set_aside:
        return "Set aside: the reviewer should not have read it"
    if one.struck_out:
        return "Struck out: it counts for nothing"
    if one.id in counted:
        return f"Number {counted[one.id]} in the run"
    if one.stream == "moderate":
        return "A look at work you had confirmed; no part of a run"
    if one.outcome in (Outcome.RETURNED, Outcome.CONCERN):
        return "The run starts again after it"
    return "No part of the present run" if one.outcome in APPROVALS else "Changes nothing"


def type_title(titles: dict[str, str], types: str) -> str:
    """The case type or types of an item in words."""
    return joined([titles.get(one, one.replace("_", " ").capitalize()) for one in types.split("+")])


def work_title(titles: dict[str, str], kind: str, types: str) -> str:
    """What a piece of work is; the kind is said only where the case type does not say it."""
    title = type_title(titles, types)
    return title if KINDS[kind].lower() in title.lower() else f"{KINDS[kind]}: {title}"
