"""The life of a passport (D.4): from what is known of a person to the transitions that are due.

``settle`` is the only place where a passport changes by itself. The transaction that records a fact, the nightly sweep
and the story player all call it (R11.4); time is caught up first, each effect dated to its own midnight (R0.4).
"""

from datetime import date, datetime, timedelta

from passport_service.domain import eligibility
from passport_service.domain.calendar import add_months, business_date, start_of_day
from passport_service.domain.concerns import Concern, repeated
from passport_service.domain.council import Council
from passport_service.domain.criteria import (
    basis_text,
    criteria,
    earned_on,
    run_at_issue,
)
from passport_service.domain.dossier import Dossier
from passport_service.domain.events import Event, NewEvent
from passport_service.domain.holdings import first_moment_after, holdings, outstanding
from passport_service.domain.notices import message, notice
from passport_service.domain.passport import TRAINING_CAUSES, Code, Passport, PassportState
from passport_service.domain.people import absent_days
from passport_service.domain.streak import APPROVALS

WARNING_DAYS = (90, 60, 30, 14, 7, 1)
PERSON_DECIDES_WD = 5
PROPOSAL_WD = 1
ROLE_RETURN_MONTHS = 6


class _Run:
    """One settling: collects new events and takes each into the dossier at once, so that later steps see it."""

    def __init__(self, dossier: Dossier, council: Council, recorded_at: datetime) -> None:
        self.dossier, self.council, self.recorded_at = dossier, council, recorded_at
        self.moment = recorded_at
        self.new: list[NewEvent] = []

    def emit(self, kind: str, data: dict[str, object], rests_on: str | None = None) -> None:
        event = NewEvent(kind, self.moment, data, rests_on)
        self.new.append(event)
        version = self.council.policies.at(self.moment).version
        self.dossier.apply(
            Event(self.dossier.stream, self.dossier.seq + 1, kind, self.moment, self.recorded_at, "system", version,
                  rests_on, data)
        )

    def tell(self, code: Code, **facts: object) -> None:
        self.emit("notice_given", notice(self.dossier, self.council, code, self.moment, facts))


def catch_up(dossier: Dossier, council: Council, now: datetime) -> list[NewEvent]:
    """What time alone brought since this person's last event, before a new fact is taken in (R0.4).

    Each effect is dated to its own moment. Every transaction that adds a fact settles afterwards, so the last event's
    recording is when the person was last settled.
    """
    run = _Run(dossier, council, now)
    after = dossier.last_recorded_at
    while after is not None and (moment := next_moment(dossier, council, after)) and moment <= now:
        run.moment = after = moment
        _step(run, by_time_alone=True)
    return run.new


def settle(dossier: Dossier, council: Council, now: datetime) -> list[NewEvent]:
    """Every transition, notice and warning due now, in order; the dossier has taken them in when this returns."""
    run = _Run(dossier, council, now)
    _step(run)
    return run.new


def next_moment(dossier: Dossier, council: Council, after: datetime) -> datetime | None:
    """The first moment after ``after`` at which this person's standing may change by itself; a superset is harmless."""
    moments = first_moment_after(dossier, council.catalogue, after)
    moments += dossier.attributes.changes_after(after)
    moments += [one.effective_from for one in council.policies if one.effective_from > after]
    moments += [one for one in eligibility.stale_moments(dossier) if one > after]
    if dossier.live:
        moments += _live_moments(dossier, council, dossier.live, after)
    elif dossier.passport and dossier.passport.ended_at:
        moments += [one for one in _waiting_moments(dossier, council) if one > after]
    return min(moments, default=None)


def _live_moments(dossier: Dossier, council: Council, live: Passport, after: datetime) -> list[datetime]:
    found = [start_of_day(on) for on, _ in _warning_days(dossier, council, after)]
    if (lapses_on := _lapses_on(dossier, council, live, after)) is not None:
        found.append(start_of_day(lapses_on))
    if (term_ends := _term_ends_on(council, live, after)) is not None:
        found.append(start_of_day(term_ends))
    return [one for one in found if one > after]


def _waiting_moments(dossier: Dossier, council: Council) -> list[datetime]:
    assert dossier.passport and dossier.passport.ended_at
    days = council.policies.latest["reearn.min_days"]
    return [dossier.passport.ended_at + timedelta(days=days)] if days else []


def _step(run: _Run, *, by_time_alone: bool = False) -> None:
    """Do what is due at ``run.moment``. Authority only starts now, never at a past moment (R0.3)."""
    _tell_counted_concerns(run)
    if run.dossier.live:
        _end(run) or _revoke(run) or _lapse(run) or _suspend_and_clear(run, may_clear=not by_time_alone)
        if run.dossier.live and run.dossier.live.state is PassportState.ACTIVE:
            _warn_of_register(run)
            _warn(run)
    if by_time_alone or run.dossier.live:
        return
    _propose_reinstatement(run)
    _restore(run) or _issue(run)


def _tell_counted_concerns(run: _Run) -> None:
    for one in list(run.dossier.concerns.values()):
        if one.counts and one.told_at is None:
            run.tell(Code.CONCERN_COUNTED, concern=one.id)


def _end(run: _Run) -> bool:
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


def _repeated(run: _Run, live: Passport) -> tuple[Concern, ...] | None:
    allowed = set(run.council.policies.at(run.moment)["concern.sources"])
    concerns = [one for one in run.dossier.concerns.values() if one.source in allowed]
    return repeated(
        concerns, run.council.policies, run.moment, issued_at=live.issued_at, spared=tuple(run.dossier.spared)
    )


def _revoke(run: _Run) -> bool:
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
    same_run = [code for code, _, _ in _wanted(run, live) if code not in live.causes]
    codes = [Code.REPEATED_CONCERNS, *same_run]
    run.emit("passport_revoked", {"codes": codes, "concerns": ids, "trigger": ids[-1]})
    run.tell(Code.REPEATED_CONCERNS, concerns=ids, also=same_run)
    return True


def _open(run: _Run, code: Code, details: list[str], *, decide_by: date | None = None, tell: bool = True) -> None:
    data: dict[str, object] = {"code": code, "details": details}
    if decide_by:
        data["decide_by"] = decide_by.isoformat()
    run.emit("passport_suspended", data)
    if tell:
        run.tell(code, details=details, decide_by=data.get("decide_by"))


def _suspend_and_clear(run: _Run, *, may_clear: bool) -> bool:
    """Open the causes that hold and, unless only time has passed, close those that no longer do (R4.2, L7)."""
    live = run.dossier.live
    assert live
    wanted = _wanted(run, live)
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
    {*TRAINING_CAUSES, Code.SERIOUS_CONCERN, Code.ELIGIBILITY, Code.ISSUE_BASIS_CHANGED, Code.PRECAUTION,
     Code.REPEATED_CONCERNS}
)


def _is_over(run: _Run, live: Passport, code: Code) -> bool:
    """Whether an open cause no longer holds. A training cause ends when what it named is current again."""
    if code in TRAINING_CAUSES:
        held = holdings(run.dossier, run.council.catalogue)
        today, role = business_date(run.moment), run.dossier.role_at(run.moment)
        return all(held[one].on(today, role).is_current for one in live.causes[code].details if one in held)
    if code is Code.REPEATED_CONCERNS:
        return _repeated(run, live) is None
    return True


def _clear(run: _Run, live: Passport, code: Code) -> None:
    data: dict[str, object] = {"code": code}
    if code in TRAINING_CAUSES and _kept_alive_by_absence(run, live):
        data["return_to_practice"] = True
    run.emit("passport_cause_cleared", data)
    if not live.causes:
        run.emit("message_given", message(run.dossier, run.council, "lifted", run.moment, {"code": code}))


def _kept_alive_by_absence(run: _Run, live: Passport) -> bool:
    """Whether only recorded absence kept this passport from lapsing (R4.4): then practice is returned to under checks."""
    start = _lapse_starts_on(live)
    if start is None or not run.dossier.absences:
        return False
    months = run.council.policies.at(run.moment)["training.lapse_months"]
    return business_date(run.moment) >= add_months(start, months)


def _wanted(run: _Run, live: Passport) -> list[tuple[Code, list[str], date | None]]:
    """Every cause for suspension that holds at the moment, with what is behind it."""
    dossier, council, moment = run.dossier, run.council, run.moment
    wanted: list[tuple[Code, list[str], date | None]] = _training_causes(run, live)
    serious = [one for one in dossier.concerns.values() if one.waits_for_a_person]
    if serious:
        wanted.append((Code.SERIOUS_CONCERN, [one.id for one in serious], min(one.decide_by or date.max for one in serious)))
    if eligibility.registration_at(dossier, moment) != "registered":
        wanted.append((Code.ELIGIBILITY, [eligibility.registration_at(dossier, moment)], None))
    if _basis_changed(dossier, council, live):
        due = council.calendar.add_working_days(business_date(moment), PERSON_DECIDES_WD)
        wanted.append((Code.ISSUE_BASIS_CHANGED, [], due))
    if dossier.precaution:
        wanted.append((Code.PRECAUTION, [], None))
    return wanted


def _training_causes(run: _Run, live: Passport) -> list[tuple[Code, list[str], date | None]]:
    """Requirements no longer current, each under the code it was first suspended with (L2)."""
    dossier, catalogue = run.dossier, run.council.catalogue
    today, role = business_date(run.moment), dossier.role_at(run.moment)
    held = holdings(dossier, catalogue)
    found: dict[Code, list[str]] = {}
    for slug in outstanding(dossier, catalogue, catalogue.core, today, role):
        known = [code for code in TRAINING_CAUSES if code in live.causes and slug in live.causes[code].details]
        fresh = Code.EVIDENCE_WITHDRAWN if held[slug].but_for_withdrawal(today, role).is_current else Code.TRAINING_EXPIRED
        found.setdefault(known[0] if known else fresh, []).append(slug)
    return [(code, slugs, None) for code, slugs in sorted(found.items())]


def _basis_changed(dossier: Dossier, council: Council, live: Passport) -> bool:
    """Whether the decisions behind the issue, as they stand now, would no longer make the run (L5, R4.6)."""
    if not any(_touches_basis(one.recorded_at, one.corrected_at, one.struck_out, live) for one in dossier.decisions.values()):
        return False
    run = run_at_issue(dossier, council, live)
    return not run.condition_met and live.basis_accepted != basis_text(run)


def _touches_basis(recorded_at: datetime, corrected_at: datetime | None, struck_out: bool, live: Passport) -> bool:
    """A quick look that spares the count: nothing decided before the issue was learned or changed after it."""
    return struck_out or recorded_at > live.issued_at or (corrected_at is not None and corrected_at > live.issued_at)


def _lapse_starts_on(live: Passport) -> date | None:
    """Since when only training causes have kept the passport suspended (L10)."""
    if not live.causes or not set(live.causes) <= TRAINING_CAUSES:
        return None
    opened = min(one.opened_at for one in live.causes.values())
    return business_date(max(opened, live.other_cause_cleared_at or opened))


def _lapses_on(dossier: Dossier, council: Council, live: Passport, moment: datetime) -> date | None:
    """The day of the lapse: ``lapse_months`` after the start, moved by each day of recorded absence (R4.4)."""
    start = _lapse_starts_on(live)
    if start is None:
        return None
    base = due = add_months(start, council.policies.at(moment)["training.lapse_months"])
    while (moved := base + timedelta(days=absent_days(dossier.absences, start, due))) != due:
        due = moved
    return due


def _lapse(run: _Run) -> bool:
    live = run.dossier.live
    assert live
    today = business_date(run.moment)
    due, term = _lapses_on(run.dossier, run.council, live, run.moment), _term_ends_on(run.council, live, run.moment)
    lapsed = due is not None and today >= due and _still_outstanding(run)
    if not lapsed and (term is None or today < term):
        return False
    run.emit("passport_lapsed", {"codes": [Code.LAPSED]})
    run.tell(Code.LAPSED)
    return True


def _still_outstanding(run: _Run) -> bool:
    """Renewal learned in the very moment of the lapse restores: the doubt goes to the practitioner."""
    catalogue = run.council.catalogue
    role = run.dossier.role_at(run.moment)
    return bool(outstanding(run.dossier, catalogue, catalogue.core, business_date(run.moment), role))


def _term_ends_on(council: Council, live: Passport, moment: datetime) -> date | None:
    months = council.policies.at(moment)["passport.term_months"]
    return add_months(business_date(live.issued_at), months) if months else None


def _propose_reinstatement(run: _Run) -> None:
    """A revocation whose basis no longer holds opens a review by a person at once (T11.5)."""
    last = run.dossier.passport
    if last is None or last.state is not PassportState.REVOKED or last.reinstatement_open or not last.relied_on:
        return
    relied_on = [run.dossier.concerns[one] for one in last.relied_on]
    if all(one.counts for one in relied_on) or last.relied_on in run.dossier.spared:
        return
    if _still_repeated(run, last):
        return
    due = run.council.calendar.add_working_days(business_date(run.moment), PERSON_DECIDES_WD)
    run.emit("reinstatement_proposed", {"decide_by": due.isoformat(), "concerns": sorted(last.relied_on)})
    run.emit("message_given", message(run.dossier, run.council, "reinstatement_proposed", run.moment, {}))


def _still_repeated(run: _Run, last: Passport) -> bool:
    return repeated(
        list(run.dossier.concerns.values()), run.council.policies, run.moment, issued_at=last.issued_at,
        spared=tuple(run.dossier.spared),
    ) is not None


def _restore(run: _Run) -> bool:
    """Back in an eligible role within six months: the same passport again (R16.3)."""
    last, dossier, moment = run.dossier.passport, run.dossier, run.moment
    if last is None or last.state is not PassportState.ENDED or last.why_ended != "role" or last.ended_at is None:
        return False
    if business_date(moment) > add_months(business_date(last.ended_at), ROLE_RETURN_MONTHS):
        return False
    missing = set(criteria(dossier, run.council, moment).missing) - {Code.RUN_TOO_SHORT, Code.TOO_FEW_REVIEWERS}
    if missing or any(one.counts for one in dossier.concerns.values()):
        return False
    run.emit("passport_reinstated", {"why": "role"})
    run.emit("message_given", message(dossier, run.council, "restored", moment, {}))
    return True


def _issue(run: _Run) -> bool:
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


def _warning_days(dossier: Dossier, council: Council, moment: datetime) -> list[tuple[date, tuple[str, str, int]]]:
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


def _warn_of_register(run: _Run) -> None:
    """The register entry has not been confirmed for 35 days: say so once, before it counts as unknown (R4.5)."""
    checked_at = run.dossier.registration_checked_at
    if checked_at is None or not eligibility.registration_is_ageing(run.dossier, run.moment):
        return
    warning = ("registration", business_date(checked_at).isoformat(), eligibility.STALE_WARNING_DAYS)
    if warning not in run.dossier.warned:
        data = message(run.dossier, run.council, "registration_ageing", run.moment, {})
        run.emit("warning_given", {**data, "warnings": [list(warning)]})


def _warn(run: _Run) -> None:
    """One combined message for the warnings whose day has come; of one requirement only the nearest is said (R4.7)."""
    today = business_date(run.moment)
    nearest: dict[str, tuple[str, str, int]] = {}
    for on, warning in _warning_days(run.dossier, run.council, run.moment):
        if on <= today:
            nearest[warning[0]] = warning
    due = sorted(one for one in nearest.values() if one not in run.dossier.warned)
    if not due:
        return
    data = message(run.dossier, run.council, "expiry_warning", run.moment, {"warnings": due})
    run.emit("warning_given", {**data, "warnings": [list(one) for one in due]})


def approvals_behind(dossier: Dossier, passport: Passport) -> list[str]:
    """The items whose approvals a passport rests on, for the page that explains it."""
    return [
        dossier.decisions[one].item
        for one in passport.approvals
        if one in dossier.decisions and dossier.decisions[one].outcome in APPROVALS
    ]

