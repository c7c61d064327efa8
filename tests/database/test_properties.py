"""What must hold after any sequence of what people, machines and clocks do (D.17)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from passport_service.domain.calendar import business_date
from passport_service.domain.criteria import criteria
from passport_service.domain.errors import Refused
from passport_service.domain.passport import LIVE
from passport_service.services import (
    concerns,
    councils,
    decisions,
    dossiers,
    draws,
    items,
    ledgers,
    passports,
    people,
    setup,
    training,
)
from passport_service.store.database import migrate, open_store

START = datetime(2025, 1, 6, 9, tzinfo=UTC)
ADVERSE = {"passport_suspended", "passport_revoked", "passport_lapsed"}
HOURS = st.sampled_from([1, 5, 24, 24 * 20, 24 * 200])
OUTCOMES = st.sampled_from(
    ["approved", "approved", "approved", "approved_with_comments", "returned", "concern"]
)


class Council(RuleBasedStateMachine):
    """One practitioner, two reviewers, a lead, a clock; every step is a real use case on a real database."""

    @initialize(preset=st.sampled_from(["essex-baseline", "essex-with-safeguards"]), holder=st.booleans())
    def begin(self, preset: str, holder: bool) -> None:
        self.now, self.number = START, 0
        self.store = open_store("sqlite:///:memory:", create=True)
        migrate(self.store)
        setup.set_up(self.store, now=self.now, preset=preset)
        self.asha = self._person("asha", role="social_worker", team="North")
        self.readers = [self._person(f"r{n}", role="ccv_reviewer", team="CCV") for n in (1, 2)]
        self.lead = self._person("lead", role="ccv_lead", team="CCV")
        self.sent: list[str] = []
        self.confirmed: list[str] = []
        self.concerns: list[str] = []
        if holder:
            self.a_good_week()

    def _person(self, ref: str, **attributes: Any) -> str:
        return people.register(self.store, ref=ref, attributes=attributes, now=self.now, caused_by="test")

    def _next(self) -> str:
        self.number += 1
        self.now += timedelta(seconds=1)
        return f"W-{self.number}"

    @rule(hours=HOURS)
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def the_sweep_runs(self) -> None:
        passports.sweep(self.store, now=self.now)
        assert passports.sweep(self.store, now=self.now) == 0

    @rule(days_ago=st.integers(0, 500), slugs=st.sets(st.sampled_from(list(setup.CORE)), min_size=1))
    def training_is_accepted(self, days_ago: int, slugs: set[str]) -> None:
        self._next()
        on: date = business_date(self.now) - timedelta(days=days_ago)
        for slug in sorted(slugs):
            training.approve_prior(
                self.store,
                self.asha,
                requirement=slug,
                completed_on=on,
                by="a",
                approver="b",
                reason="seen",
                now=self.now,
            )

    @rule()
    def everything_is_learned_at_once(self) -> None:
        for slug in setup.CORE:
            training.approve_prior(
                self.store,
                self.asha,
                requirement=slug,
                completed_on=business_date(self.now),
                by="a",
                approver="b",
                reason="seen",
                now=self.now,
            )

    @rule(outcome=OUTCOMES, reader=st.integers(0, 1))
    def an_item_is_decided(self, outcome: str, reader: int) -> None:
        item = self._next()
        items.submit(
            self.store,
            self.asha,
            item=item,
            kind="assessment",
            type="care_act_assessment",
            now=self.now,
            caused_by="t",
        )
        self._next()
        self._decide(item, outcome, reader)

    def _decide(self, item: str, outcome: str, reader: int) -> None:
        decision = decisions.record(
            self.store,
            item=item,
            outcome=outcome,
            reviewer=self.readers[reader],
            reason="words",
            now=self.now,
            caused_by="t",
        )
        if outcome == "concern":
            self.concerns.append(f"C-{decision}")

    @rule()
    def an_item_is_confirmed_if_it_may_be(self) -> None:
        item = self._next()
        check = items.check(
            self.store, self.asha, kind="review", type="review", now=self.now, caused_by="t", id=f"k{item}"
        )
        if check.route == "self_confirm":
            items.confirm(self.store, check=check.id, item=item, now=self.now, caused_by="t")
            self.confirmed.append(item)
        else:
            with pytest.raises(Refused):
                items.confirm(self.store, check=check.id, item=item, now=self.now, caused_by="t")

    @rule()
    def a_good_week(self) -> None:
        """All training renewed and three items approved: the way to a passport, walked often."""
        self.everything_is_learned_at_once()
        for _ in range(3):
            self.an_item_is_decided("approved", self.number % 2)

    @precondition(lambda self: self.confirmed)
    @rule(outcome=OUTCOMES, reader=st.integers(0, 1))
    def a_confirmed_item_is_moderated(self, outcome: str, reader: int) -> None:
        self._next()
        self._decide(self.confirmed.pop(), outcome, reader)

    @rule(severity=st.sampled_from(["standard", "serious"]), days_ago=st.integers(0, 300))
    def a_concern_is_found(self, severity: str, days_ago: int) -> None:
        name = self._next()
        concerns.record(
            self.store,
            self.asha,
            id=name,
            item=f"I-{name}",
            severity=severity,
            source="audit",
            reader=self.readers[0],
            reason="words",
            occurred_on=business_date(self.now) - timedelta(days=days_ago),
            now=self.now,
            caused_by="t",
        )
        self.concerns.append(name)

    @precondition(lambda self: self.concerns)
    @rule(agrees=st.booleans())
    def a_second_reader_reads(self, agrees: bool) -> None:
        self._quietly(concerns.second_read, self.concerns[-1], reader=self.readers[1], agrees=agrees)

    @precondition(lambda self: self.concerns)
    @rule()
    def a_concern_is_overturned(self) -> None:
        self._quietly(concerns.overturn, self.concerns.pop(0), by=self.lead, reason="words")

    @precondition(lambda self: self.concerns)
    @rule(outcome=st.sampled_from(["upheld", "varied", "overturned"]))
    def somebody_answers(self, outcome: str) -> None:
        self._quietly(
            concerns.answer_concern, self.concerns[-1], by=self.lead, outcome=outcome, reason="words"
        )
        self._quietly(
            concerns.answer_notice,
            self.asha,
            "REPEATED_CONCERNS",
            by=self.lead,
            outcome=outcome,
            reason="words",
        )

    @rule(status=st.sampled_from(["registered", "unknown", "ended"]))
    def registration_changes(self, status: str) -> None:
        self._next()
        people.change(self.store, self.asha, {"registration": status}, now=self.now, caused_by="t")

    @rule(role=st.sampled_from(["social_worker", "support_worker"]))
    def the_role_changes(self, role: str) -> None:
        self._next()
        people.change(self.store, self.asha, {"role": role}, now=self.now, caused_by="t")

    @rule()
    def the_draw_runs(self) -> None:
        draws.run_due(self.store, now=self.now, key=b"k" * 32)
        assert draws.run_due(self.store, now=self.now, key=b"k" * 32) == []

    def _quietly(self, use_case: Any, *args: Any, **given: Any) -> None:
        """A step that may be refused; a refusal leaves no trace."""
        self._next()
        before = dossiers.load(self.store, self.asha).seq
        try:
            use_case(self.store, *args, now=self.now, caused_by="t", **given)
        except Refused:
            assert dossiers.load(self.store, self.asha).seq == before

    @invariant()
    def folding_again_gives_what_is_stored(self) -> None:
        if hasattr(self, "store"):
            assert ledgers.rebuild(self.store).differences == []

    @invariant()
    def the_chain_verifies(self) -> None:
        if hasattr(self, "store"):
            assert ledgers.verify(self.store) == []

    @invariant()
    def there_is_at_most_one_live_passport_and_every_adverse_state_has_one_notice(self) -> None:
        if not hasattr(self, "store"):
            return
        dossier = dossiers.load(self.store, self.asha)
        assert sum(one.state in LIVE for one in dossier.passports) <= 1
        told = [one.data["code"] for one in dossier.notices if one.data["code"] != "CONCERN_COUNTED"]
        caused = [
            _adverse_code(one)
            for one in dossier.transitions
            if one.kind in ADVERSE and _is_new_cause(dossier, one)
        ]
        assert len(told) == len(caused), (told, caused)

    @invariant()
    def a_passport_was_only_issued_when_nothing_was_missing(self) -> None:
        if not hasattr(self, "store"):
            return
        dossier = dossiers.load(self.store, self.asha)
        for event in [one for one in dossier.transitions if one.kind == "passport_issued"]:
            before = dossiers.load(self.store, self.asha, event.recorded_at)
            council = councils.load(self.store)
            known = [one for one in before.transitions if one.seq < event.seq]
            before.transitions, before.passports = known, before.passports[: event.data["number"] - 1]
            assert set(criteria(before, council, event.effective_at).missing) == set()

    @invariant()
    def no_item_misses_every_pool(self) -> None:
        if hasattr(self, "store"):
            assert ledgers.unpooled(self.store) == []

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()


def _adverse_code(event: Any) -> str:
    return str(event.data.get("code") or event.data["codes"][0])


def _is_new_cause(dossier: Any, event: Any) -> bool:
    """A suspension told of once: the same cause naming more requirements is no new state."""
    if event.kind != "passport_suspended":
        return True
    earlier = [one for one in dossier.transitions if one.seq < event.seq]
    for one in reversed(earlier):
        if one.kind == "passport_suspended" and one.data["code"] == event.data["code"]:
            return False
        if one.kind in ("passport_cause_cleared",) and one.data["code"] == event.data["code"]:
            return True
        if one.kind not in ("passport_suspended", "passport_cause_cleared"):
            return True
    return True


TestCouncil = Council.TestCase
TestCouncil.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
