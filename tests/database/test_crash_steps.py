"""A process killed at every step in turn of a draw, a revocation, a delivery: each happens once, whole, and never by half.

A child of this process does the work and kills itself at the first statement it sends to the database; the next child at
the second, and so on, until one gets through.
"""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from passport_service.app import open_deployment
from passport_service.config import Settings
from passport_service.doors import Deployment
from passport_service.jobs import delivering, drawing
from passport_service.services import concerns, councils, dossiers, items, ledgers, people
from passport_service.store import deliveries, ledger
from passport_service.store.database import Store, open_store
from tests.conftest import Clock
from tests.database.test_jobs import confirmed

pytestmark = [pytest.mark.crash, pytest.mark.slow]

AFTER_CUTOFF = datetime(2026, 3, 9, 6, 2, tzinfo=UTC)
MOST_STEPS = 400


def killed_at(
    step: int, url: str, settings: Settings, now: datetime, work: Callable[[Deployment], None]
) -> bool:
    """Whether a process that dies at its ``step``-th statement died; False if it got through before."""
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            store = open_store(url)
            here = open_deployment(settings, store, now=lambda: now)
            left = [step]

            def count(_: object) -> None:
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

            store.db.query_hooks.append(count)
            work(here)
            os._exit(0)
        os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0, f"the work itself failed at step {step}"
    return False


def walk(
    store: Store, url: str, settings: Settings, now: datetime, work: Callable[[Deployment], None]
) -> int:
    """Kills the work at every step until it gets through; returns how many deaths there were."""
    for step in range(1, MOST_STEPS):
        store.close()  # a connection is never shared across a fork
        if not killed_at(step, url, settings, now, work):
            return step - 1
        assert ledgers.verify(store) == []
    raise AssertionError("the work never got through")


def kinds(store: Store, stream: str) -> list[str]:
    return [one.kind for one in ledger.read(store, stream)]


def notices(store: Store) -> list[str]:
    return [notice for (notice,) in store.execute("SELECT notice FROM outbox ORDER BY id").fetchall()]


def test_a_draw_killed_at_every_step_is_one_draw(
    store: Store, database_url: str, settings: Settings, clock: Clock
) -> None:
    here = open_deployment(settings, store, now=clock)
    stream = confirmed(here, clock, "W-1", "W-2")
    drawing.publish_hash(here, clock.now)
    before = councils.load(store).seq
    deaths = walk(
        store, database_url, settings, AFTER_CUTOFF, lambda child: drawing.draw(child, AFTER_CUTOFF) and None
    )
    assert deaths > 10
    drawn = [one for one in ledger.read(store, "council")[before:] if one.kind == "draw_run"]
    weeks = [one for one in drawn if "W-1" in one.data["receipts"][0]["pool"]]
    assert len(weeks) == 1
    assert len({one.effective_at for one in drawn}) == len(drawn)
    picked = [one.data["item"] for one in ledger.read(store, stream) if one.kind == "item_picked"]
    assert len(picked) == len(set(picked))
    assert ledgers.rebuild(store).differences == []


def test_a_revocation_killed_at_every_step_is_one_revocation_with_one_notice(
    store: Store, database_url: str, settings: Settings, clock: Clock
) -> None:
    here = open_deployment(settings, store, now=clock)
    stream = confirmed(here, clock, "W-1", "W-2")
    reader = people.find(store, "rhys")
    record(store, stream, reader, 1, clock.now + timedelta(hours=1))
    later = clock.now + timedelta(hours=2)
    told = len(notices(store))
    deaths = walk(
        store, database_url, settings, later, lambda child: record(child.store, stream, reader, 2, later)
    )
    assert deaths > 10
    assert kinds(store, stream).count("passport_revoked") == 1
    assert kinds(store, stream).count("concern_recorded") == 2
    new = notices(store)[told:]
    assert len(new) == len(set(new)) == 2
    assert dossiers.load(store, stream).live is None
    assert ledgers.rebuild(store).differences == []


def record(store: Store, stream: str, reader: str, number: int, now: datetime) -> None:
    concerns.record(
        store, stream, id=f"C-{number}", item=f"W-{number}", severity="standard", source="audit", reader=reader,
        reason="the voice is missing", now=now, caused_by="test",
    )  # fmt: skip


def test_a_confirmation_killed_at_every_step_is_one_confirmation(
    store: Store, database_url: str, settings: Settings, clock: Clock
) -> None:
    here = open_deployment(settings, store, now=clock)
    stream = confirmed(here, clock)
    check = items.check(store, stream, kind="review", type="review", now=clock.now, caused_by="test")

    def work(child: Deployment) -> None:
        items.confirm(child.store, check=check.id, item="W-7", now=clock.now, caused_by="test")

    assert walk(store, database_url, settings, clock.now, work) > 5
    assert kinds(store, stream).count("item_confirmed") == 1


def test_a_delivery_killed_at_every_step_leaves_every_letter_in_the_outbox_once(
    store: Store, database_url: str, settings: Settings, clock: Clock, tmp_path: Path
) -> None:
    with store.writing():
        for number in range(2):
            deliveries.put(f"N-{number}", "asha@council.example", "Hello", "Text", clock.now)
    now = clock.now
    for step in range(1, MOST_STEPS):
        store.close()
        now += deliveries.CLAIM_FOR * 2  # the claim of the one that died has run out
        if not killed_at(
            step, database_url, settings, now, lambda child, now=now: delivering.deliver(child, now) and None
        ):
            break
    assert deliveries.count_by_state() == {"sent": 2}
    assert sorted(one.name for one in settings.outbox.glob("*.eml")) == ["N-0.eml", "N-1.eml"]
