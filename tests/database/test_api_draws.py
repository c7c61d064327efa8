"""Draws by the interface: receipts that anybody can check, the newest without its carry."""

from datetime import timedelta

import pytest
from flask import Flask

from passport_service.app import create_app
from passport_service.config import Settings
from passport_service.domain.receipts import verify_chain, verify_receipt
from passport_service.services import draws
from passport_service.store.database import Store
from tests.conftest import Clock
from tests.database.api_client import CaseSystem, found_council, refusal

KEY = bytes(range(32))


@pytest.fixture
def system(settings: Settings, store: Store, clock: Clock) -> CaseSystem:
    found_council(store, clock.now)
    app: Flask = create_app(settings, store, now=clock)
    return CaseSystem(app, store, clock.now, "may_read")


def test_before_the_first_draw_there_is_nothing_but_what_is_published_for_it(
    system: CaseSystem, store: Store
) -> None:
    assert system.read("/draws") == {"draws": [], "next_commitment": None}
    published = draws.commit(store, key=KEY, now=system.app.extensions["passport_service"].clock())
    assert system.read("/draws")["next_commitment"] == published


def test_a_draw_with_dice_leaves_the_published_hash_to_be_seen(
    system: CaseSystem, store: Store, clock: Clock
) -> None:
    published = draws.commit(store, key=KEY, now=clock.now)
    clock.move(days=1)
    [receipt] = draws.run_now(store, now=clock.now, seed="1 2 3")
    assert receipt["next_commitment"] == published
    assert system.read("/draws")["next_commitment"] == published
    clock.move(days=7)
    draws.run_due(store, key=KEY, now=clock.now)
    assert system.read("/draws")["next_commitment"] not in (None, published)


def test_receipts_are_shown_for_ever_but_the_newest_without_its_carry(
    system: CaseSystem, store: Store, clock: Clock
) -> None:
    clock.move(days=1)
    draws.run_now(store, now=clock.now, seed="dice:4-2-6")
    clock.move(days=7)
    draws.run_now(store, now=clock.now + timedelta(seconds=1), seed="dice:1-1-3")
    listed = system.read("/draws")["draws"]
    assert len(listed) == 2
    newest, older = (
        system.app.test_client().get(one["receipts"], headers=system.headers).get_json()["receipts"][0]
        for one in listed
    )
    assert newest["carry_after"] is None
    assert older["carry_after"] == 0
    assert [verify_receipt(one) for one in (newest, older)] == [[], []]
    assert verify_chain([older, newest]) == []


def test_a_draw_that_never_was_is_not_found(system: CaseSystem) -> None:
    refusal(system.get("/draws/2026-03-02T06:00:00Z"), 404, "NOT_FOUND", "period")
    refusal(system.get("/draws?year=2026"), 400, "MALFORMED", "year")
