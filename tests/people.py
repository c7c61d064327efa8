"""Invented people for tests: a council that is set up, persons in it, and accounts to sign in with."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Flask

from passport_service.services import accounts, decisions, items, setup, training
from passport_service.services import people as services
from passport_service.store.accounts import Account
from passport_service.store.accounts import find as find_account
from passport_service.store.database import Store
from passport_service.web.users import session_name
from tests.pages import Pages

BY = "test"


@dataclass
class Town:
    """A small council: ``clock()`` is its time; persons are known by their reference."""

    store: Store
    clock: Any
    streams: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        found: datetime = self.clock()
        return found

    def person(self, ref: str, role: str = "social_worker", team: str = "North A", **more: Any) -> str:
        """Somebody who works here; returns their stream."""
        attributes = {
            "name": ref.capitalize(),
            "role": role,
            "team": team,
            "email": f"{ref}@council.example",
            **more,
        }
        stream = services.register(self.store, ref=ref, attributes=attributes, now=self.now, caused_by=BY)
        self.streams[ref] = stream
        return stream

    def account(self, ref: str, *roles: str) -> Account:
        """An account of that person, or of nobody on record when there is no such person."""
        made = accounts.open_account(
            self.store,
            email=f"{ref}@council.example",
            name=ref.capitalize(),
            roles=roles,
            now=self.now,
            by=BY,
            who=ref if ref in self.streams else None,
        )
        self.accounts[ref] = made
        return made

    def signed_in(self, app: Flask, ref: str) -> Pages:
        """That person's browser, signed in; the account is made if need be."""
        if ref not in self.accounts:
            self.account(ref)
        account = find_account(self.store, self.accounts[ref].id)
        assert account
        return Pages(app).sign_in_as(session_name(account, self.now))

    def train(self, ref: str, *, on: date = date(2025, 12, 1)) -> None:
        """All core training, by earlier learning that a second person approved."""
        for slug in setup.CORE:
            training.approve_prior(
                self.store,
                self.streams[ref],
                requirement=slug,
                completed_on=on,
                by="one",
                approver="two",
                reason="certificate",
                now=self.now,
            )

    def submit(self, ref: str, item: str, **more: Any) -> None:
        given = {"kind": "assessment", "type": "care_act_assessment", **more}
        items.submit(self.store, self.streams[ref], item=item, now=self.now, caused_by=BY, **given)

    def decide(self, item: str, outcome: str = "approved", *, by: str, **more: Any) -> str:
        return decisions.record(
            self.store,
            item=item,
            outcome=outcome,
            reviewer=self.streams[by],
            now=self.now,
            caused_by=BY,
            **more,
        )

    def approve(self, ref: str, *names: str, by: str) -> None:
        """Items sent and approved, one after the other."""
        for item in names:
            self.submit(ref, item)
            self.clock.move(minutes=1)
            self.decide(item, by=by)

    def holder(self, ref: str, *, by: str) -> str:
        """Somebody whose passport is active."""
        if ref not in self.streams:
            self.person(ref)
        self.train(ref)
        self.approve(ref, f"{ref.upper()}-1", f"{ref.upper()}-2", f"{ref.upper()}-3", by=by)
        return self.streams[ref]

    def confirm(self, ref: str, item: str, type: str = "care_act_assessment") -> None:
        stream = self.streams[ref]
        check = items.check(self.store, stream, kind="assessment", type=type, now=self.now, caused_by=BY)
        items.confirm(self.store, check=check.id, item=item, now=self.now, caused_by=BY)


def town(store: Store, clock: Any, **overrides: Any) -> Town:
    """A council that has just been set up, with a CCV reviewer (rhys) and a CCV lead (lena)."""
    setup.set_up(
        store, now=datetime(2026, 1, 5, 9, tzinfo=UTC) - timedelta(days=1), overrides=overrides or None
    )
    made = Town(store, clock)
    made.person("rhys", "ccv_reviewer", "CCV")
    made.account("rhys", "ccv_reviewer")
    made.person("lena", "ccv_lead", "CCV lead")
    made.account("lena", "ccv_lead")
    return made
