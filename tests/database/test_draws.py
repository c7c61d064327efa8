"""The draw as a service: once for each cut-off, by a secret whose hash was published before, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest

from passport_service.domain.errors import Refused
from passport_service.domain.receipts import verify_chain
from passport_service.services import councils, decisions, draws, items, passports, people, setup, training
from passport_service.store.database import Store

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
KEY = b"k" * 32
WEEK = timedelta(days=7)
MONDAY = datetime(2026, 3, 9, 6, tzinfo=UTC)


@pytest.fixture
def holder(store: Store) -> str:
    """Somebody with a passport, in a council whose rate is one in two."""
    setup.set_up(store, now=NOW, overrides={"moderation.rate_bp": 5000, "streak.length": 1})
    stream = people.register(
        store, ref="asha", attributes={"role": "social_worker", "team": "North"}, now=NOW, caused_by="t"
    )
    for slug in setup.CORE:
        training.approve_prior(
            store,
            stream,
            requirement=slug,
            completed_on=NOW.date(),
            by="a",
            approver="b",
            reason="seen",
            now=NOW,
        )
    reader = people.register(
        store, ref="rhys", attributes={"role": "ccv_reviewer", "team": "CCV"}, now=NOW, caused_by="t"
    )
    _approve(store, stream, reader)
    assert passports.standpoint(store, stream, now=NOW).state == "active"
    return stream


def _approve(store: Store, stream: str, reader: str) -> None:
    items.submit(
        store, stream, item="A-1", kind="assessment", type="care_act_assessment", now=NOW, caused_by="t"
    )
    decisions.record(store, item="A-1", outcome="approved", reviewer=reader, now=NOW, caused_by="t")


def confirm(store: Store, stream: str, ref: str, at: datetime) -> None:
    check = items.check(store, stream, kind="review", type="review", now=at, caused_by="t")
    items.confirm(store, check=check.id, item=ref, now=at, caused_by="t")


def test_missed_cut_offs_are_each_their_own_draw_oldest_first_and_only_once(
    store: Store, holder: str
) -> None:
    draws.commit(store, key=KEY, now=NOW)
    for week in range(3):
        for number in range(2):
            confirm(store, holder, f"W-{week}-{number}", NOW + week * WEEK + timedelta(hours=number))
    done = draws.run_due(store, now=MONDAY + 2 * WEEK, key=KEY)
    assert [receipts[0]["until"] for receipts in done] == [
        "2026-03-09T06:00:00Z",
        "2026-03-16T06:00:00Z",
        "2026-03-23T06:00:00Z",
    ]
    assert [receipts[0]["pool"] for receipts in done] == [[f"W-{week}-0", f"W-{week}-1"] for week in range(3)]
    assert [receipts[0]["quota"] for receipts in done] == [1, 1, 1]
    assert draws.run_due(store, now=MONDAY + 2 * WEEK, key=KEY) == []


def test_each_secret_answers_the_hash_published_before_also_around_a_draw_with_given_dice(
    store: Store, holder: str
) -> None:
    draws.commit(store, key=KEY, now=NOW)
    published = councils.load(store).commitments["1"]
    draws.run_due(store, now=MONDAY, key=KEY)
    confirm(store, holder, "W-9", MONDAY + timedelta(hours=3))
    draws.run_now(
        store, now=MONDAY + timedelta(days=1), seed="2026-W11|dice:1-2-3", source="two people", key=KEY
    )
    draws.run_due(store, now=MONDAY + WEEK, key=KEY)
    receipts = draws.receipts_of(store)
    assert receipts[0]["commitment"] == published
    assert [one["seed_mode"] for one in receipts] == ["committed", "given", "committed"]
    assert verify_chain(receipts) == []


def test_a_key_that_is_not_the_one_committed_to_runs_no_draw(store: Store, holder: str) -> None:
    draws.commit(store, key=KEY, now=NOW)
    with pytest.raises(Refused, match="restore the key"):
        draws.run_due(store, now=MONDAY, key=b"x" * 32)
    assert councils.load(store).draws == []


def test_a_picked_item_tells_its_holder_and_waits_as_a_moderation(store: Store, holder: str) -> None:
    for number in range(2):
        confirm(store, holder, f"W-{number}", NOW + timedelta(hours=number))
    picked = draws.run_due(store, now=MONDAY, key=KEY)[0][0]["picks"][0]["item"]
    item = passports.knowledge(store, holder, now=MONDAY).dossier.items[picked]
    assert (item.stream, item.basis, item.status) == ("moderate", "random", "picked")
    assert item.due_on is not None
    assert item.due_on.isoformat() == "2026-03-23"
