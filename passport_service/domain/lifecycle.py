"""The life of a passport (D.4): from what is known of a person to the transitions that are due.

``settle`` is the only place where a passport changes by itself. The transaction that records a fact, the nightly sweep
and the story player all call it (R11.4); time is caught up first, each effect dated to its own midnight (R0.4).
"""

from datetime import date, datetime

from passport_service.domain import eligibility
from passport_service.domain.calendar import add_months, business_date, start_of_day
from passport_service.domain.causes import PERSON_DECIDES_WD, causes_that_hold, training_causes
from passport_service.domain.concerns import Concern, repeated
from passport_service.domain.council import Council
from passport_service.domain.criteria import criteria, earned_on
from passport_service.domain.dossier import Dossier
from passport_service.domain.events import NewEvent
from passport_service.domain.holdings import outstanding
from passport_service.domain.notices import message
from passport_service.domain.passport import TRAINING_CAUSES, Code, Passport, PassportState
from passport_service.domain.settling import Settling
from passport_service.domain.timing import kept_alive_by_absence, lapses_on, next_moment, term_ends_on
from passport_service.domain.warnings import warn_of_expiry, warn_of_register

PROPOSAL_WD = 1
ROLE_RETURN_MONTHS = 6


def catch_up(dossier: Dossier, council: Council, now: datetime) -> list[NewEvent]:
    """What time alone brought since this person's last event, before a new fact is taken in (R0.4).

    Each effect is dated to its own moment. Every transaction that adds a fact settles afterwards, so the last event's
    recording is when the person was last settled.
    """
    run = Settling(dossier, council, now)
    after = dossier.last_recorded_at
    while after is not None and (moment := next_moment(dossier, council, after)) and moment <= now:
        run.moment = after = moment
        _step(run, by_time_alone=True)
    return run.new


def settle(dossier: Dossier, council: Council, now: datetime) -> list[NewEvent]:
    """Every transition, notice and warning due now, in order; the dossier has taken them in when this returns."""
    run = Settling(dossier, council, now)
    _step(run)
    return run.new


def _step(run: Settling, *, by_time_alone: bool = False) -> None:
    """Do what is due at ``run.moment``. Authority only starts now, never at a past moment (R0.3)."""
    _tell_counted_concerns(run)
    if run.dossier.live:
        _end(run) or _revoke(run) or _expire(run) or _lapse(run) or _suspend_and_clear(
            run, may_clear=not by_time_alone
        )
    if not run.dossier.live and not by_time_alone:
        _propose_reinstatement(run)
        if _restore(run):
            _suspend_and_clear(run, may_clear=False)
        else:
            _issue(run)
    if run.dossier.live and run.dossier.live.state is PassportState.ACTIVE:
        warn_of_register(run)
        warn_of_expiry(run)


def _tell_counted_concerns(run: Settling) -> None:
    for one in list(run.dossier.concerns.values()):
        if one.counts and one.told_at is None:
            run.tell(Code.CONCERN_COUNTED, concern=one.id)


def _end(run: Settling) -> bool:
    dossier, policy = run.dossier, run.council.policies.at(run.moment)
    if eligibility.has_left(dossier, run.moment):
        why = "left"
    elif not eligibility.role_is_eligible(dossier, policy, run.moment):
        why = "role"
    else:
        return False
    run.emit("passport_ended", {"codes": [Code.ENDED], "why": why})
    run.emit("message_given", message(dossier, run.council, "ended", run.moment, {"why": why}))
    return True


def _repeated(run: Settling, live: Passport) -> tuple[Concern, ...] | None:
    allowed = set(run.council.policies.at(run.moment)["concern.sources"])
    concerns = [one for one in run.dossier.concerns.values() if one.source in allowed]
    return repeated(
        concerns, run.council.policies, run.moment, issued_at=live.issued_at, spared=tuple(run.dossier.spared)
    )


def _revoke(run: Settling) -> bool:
    live = run.dossier.live
    assert live
    group = _repeated(run, live)
    if group is None or Code.REPEATED_CONCERNS in live.causes:
        return False
    ids = [one.id for one in group]
    policy = run.council.policies.governing(start_of_day(group[-1].occurred_on), run.moment)
    if policy["revocation.mode"] == "propose" or run.dossier.holds:
        due = run.council.calendar.add_working_days(business_date(run.moment), PROPOSAL_WD)
        _open(run, Code.REPEATED_CONCERNS, ids, decide_by=due)
        return False
    same_run = [
        code
        for code, behind, _ in causes_that_hold(run.dossier, run.council, live, run.moment)
        if code not in live.causes or set(behind) - set(live.causes[code].details)
    ]
    codes = [Code.REPEATED_CONCERNS, *same_run]
    run.emit("passport_revoked", {"codes": codes, "concerns": ids, "trigger": ids[-1]})
    run.tell(Code.REPEATED_CONCERNS, concerns=ids, also=same_run)
    return True


def _expire(run: Settling) -> bool:
    """Where the policy says so, training that runs out costs the passport instead of pausing it (Q14)."""
    live = run.dossier.live
    assert live
    if run.council.policies.at(run.moment)["training.on_expiry"] != "revoke":
        return False
    causes = training_causes(run.dossier, run.council, live, run.moment)
    if not causes:
        return False
    codes = [code for code, _, _ in causes]
    run.emit("passport_revoked", {"codes": codes, "concerns": []})
    for code, slugs, _ in causes:
        run.tell(code, details=slugs, withdrawn=True)
    return True


def _open(
    run: Settling, code: Code, details: list[str], *, decide_by: date | None = None, tell: bool = True
) -> None:
    data: dict[str, object] = {"code": code, "details": details}
    if decide_by:
        data["decide_by"] = decide_by.isoformat()
    run.emit("passport_suspended", data)
    if tell:
        run.tell(code, details=details, decide_by=data.get("decide_by"), **_person_behind(run.dossier, code))


def _person_behind(dossier: Dossier, code: Code) -> dict[str, object]:
    """A precaution is a person's, with their reason, and its notice says so (L6, R12.1)."""
    if code is not Code.PRECAUTION or dossier.precaution is None:
        return {}
    return {
        "automatic": False,
        "by": dossier.precaution.data["by"],
        "reason": dossier.precaution.data["reason"],
    }


def _suspend_and_clear(run: Settling, *, may_clear: bool) -> bool:
    """Open the causes that hold and, unless only time has passed, close those that no longer do (R4.2, L7)."""
    live = run.dossier.live
    assert live
    wanted = causes_that_hold(run.dossier, run.council, live, run.moment)
    for code, details, due in wanted:
        known = live.causes.get(code)
        if known is None or set(details) - set(known.details):
            _open(run, code, details, decide_by=due, tell=known is None)
    if may_clear:
        for code in sorted(set(live.causes) - {code for code, _, _ in wanted}):
            if code in _CLEARED_BY_SYSTEM and _is_over(run, live, code):
                _clear(run, live, code)
    return True


_CLEARED_BY_SYSTEM = frozenset(
    {
        *TRAINING_CAUSES,
        Code.SERIOUS_CONCERN,
        Code.ELIGIBILITY,
        Code.ISSUE_BASIS_CHANGED,
        Code.PRECAUTION,
        Code.REPEATED_CONCERNS,
    }
)


def _is_over(run: Settling, live: Passport, code: Code) -> bool:
    """Whether an open cause no longer holds. A training cause ends when what it named is current again."""
    if code in TRAINING_CAUSES:
        return not set(live.causes[code].details) & set(_outstanding(run))
    if code is Code.REPEATED_CONCERNS:
        return _repeated(run, live) is None
    return True


def _clear(run: Settling, live: Passport, code: Code) -> None:
    data: dict[str, object] = {"code": code}
    if code in TRAINING_CAUSES and kept_alive_by_absence(run.dossier, run.council, live, run.moment):
        data["return_to_practice"] = True
    run.emit("passport_cause_cleared", data)
    if not live.causes:
        run.emit("message_given", message(run.dossier, run.council, "lifted", run.moment, {"code": code}))


def _lapse(run: Settling) -> bool:
    live = run.dossier.live
    assert live
    today = business_date(run.moment)
    due, term = (
        lapses_on(run.dossier, run.council, live, run.moment),
        term_ends_on(run.council, live, run.moment),
    )
    lapsed = due is not None and today >= due and bool(_outstanding(run))
    if not lapsed and (term is None or today < term):
        return False
    run.emit("passport_lapsed", {"codes": [Code.LAPSED]})
    run.tell(Code.LAPSED)
    return True


def _outstanding(run: Settling) -> list[str]:
    """The core requirements not current now: renewal learned in the very moment of a lapse still restores."""
    catalogue = run.council.catalogue
    role = run.dossier.role_at(run.moment)
    return outstanding(run.dossier, catalogue, catalogue.core, business_date(run.moment), role)


def _propose_reinstatement(run: Settling) -> None:
    """A revocation whose basis no longer holds opens a review by a person at once (T11.5)."""
    last = run.dossier.passport
    if (
        last is None
        or last.state is not PassportState.REVOKED
        or last.reinstatement_open
        or not last.relied_on
    ):
        return
    relied_on = [run.dossier.concerns[one] for one in last.relied_on]
    if not any(one.is_struck_out for one in relied_on) or last.relied_on in run.dossier.spared:
        return
    if _still_repeated(run, last):
        return
    due = run.council.calendar.add_working_days(business_date(run.moment), PERSON_DECIDES_WD)
    run.emit("reinstatement_proposed", {"decide_by": due.isoformat(), "concerns": sorted(last.relied_on)})
    run.emit("message_given", message(run.dossier, run.council, "reinstatement_proposed", run.moment, {}))


def _still_repeated(run: Settling, last: Passport) -> bool:
    return (
        repeated(
            list(run.dossier.concerns.values()),
            run.council.policies,
            run.moment,
            issued_at=last.issued_at,
            spared=tuple(run.dossier.spared),
        )
        is not None
    )


def _restore(run: Settling) -> bool:
    """Back in an eligible role within six months: the same passport again (R16.3)."""
    last, dossier, moment = run.dossier.passport, run.dossier, run.moment
    if (
        last is None
        or last.state is not PassportState.ENDED
        or last.why_ended != "role"
        or last.ended_at is None
    ):
        return False
    if business_date(moment) > add_months(business_date(last.ended_at), ROLE_RETURN_MONTHS):
        return False
    missing = set(criteria(dossier, run.council, moment).missing) - {
        Code.RUN_TOO_SHORT,
        Code.TOO_FEW_REVIEWERS,
    }
    if missing or any(one.counts for one in dossier.concerns.values()):
        return False
    run.emit("passport_reinstated", {"why": "role"})
    run.emit("message_given", message(dossier, run.council, "restored", moment, {}))
    return True


def _issue(run: Settling) -> bool:
    dossier, council, moment = run.dossier, run.council, run.moment
    found = criteria(dossier, council, moment)
    if found.missing:
        return False
    data = {
        "number": dossier.next_number(),
        "earned_on": earned_on(dossier, council, found.streak, moment).isoformat(),
        "approvals": [one.id for one in found.streak.approvals],
        "previous": dossier.passport.number if dossier.passport else None,
    }
    run.emit("passport_issued", data)
    run.emit("message_given", message(dossier, council, "issued", moment, data))
    return True
