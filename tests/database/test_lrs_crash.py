"""The server is killed under load, again and again: what it acknowledged is there once, and what it refused is not.

Twice in every check; `PASSPORT_TEST_KILLS=50 ./run check -k killed_again` does it fifty times on each database.
"""

import os
import random
import time
from pathlib import Path
from typing import Any

import pytest

from passport_service.services import keys, ledgers
from passport_service.store import ledger
from passport_service.store.database import Store
from tests.database.api_client import PEPPER
from tests.database.load import Load, Mixture, Outcome, asking, assert_answers_hold
from tests.database.sending import statement, uid
from tests.database.serving import Client, Sender, Server, headers_of, run_until, serving
from tests.people import BY, Town
from tests.workforce import link

KILLS = int(os.environ.get("PASSPORT_TEST_KILLS", "2"))
SENDERS = 6
PAIRS = 4  # of people whose training is completed in each round
LONGEST = 0.4  # seconds that a server goes on after its first answers, at most


def key(made: Town, **may: Any) -> dict[str, str]:
    return headers_of(
        keys.create(made.store, label="LMS", purpose="xapi", pepper=PEPPER, by=BY, now=made.now, **may)
    )


def ready_for_passports(made: Town, turn: int) -> list[tuple[str, str]]:
    """Pairs of people with three approvals in a row, who lack only the training; the names of their accounts."""
    names = []
    for number in range(2 * PAIRS):
        name = f"p{turn}x{number}"
        made.person(name)
        link(made, name, name)
        made.approve(name, *(f"I-{name}-{one}" for one in range(3)), by="rhys")
        names.append(name)
    return list(zip(names[::2], names[1::2], strict=True))


def run_and_kill(
    store: Store, server: Server, load: Load, headers: dict[str, str], chance: random.Random
) -> None:
    """Sends until all senders have had answers, and for a moment more; then the server is killed in the middle of it."""
    mixtures = [Mixture(load, number) for number in range(SENDERS)]
    senders = [
        Sender(Client(server.port, headers), lambda client, turn, own=own: own.turn(asking(client), turn))
        for own in mixtures
    ]
    run_until(senders, turns=1, server=server)
    time.sleep(chance.uniform(0, LONGEST))
    server.kill_for_good(store)
    for one in senders:
        one.ended()


@pytest.mark.crash
def test_a_server_killed_again_and_again_under_load_keeps_its_word(made: Town, tmp_path: Path) -> None:
    store, chance = made.store, random.Random(7)
    writer = key(made, may_void=True)
    other = key(made)
    loads: list[Load] = []
    for kill in range(KILLS):
        load = Load(uid(1), ready_for_passports(made, kill), round=str(kill))
        store.close()
        with serving(store, tmp_path) as server:
            assert Client(server.port, other).post(statement(1)).status == 200
            run_and_kill(store, server, load, writer, chance)
            server.assert_no_fault()
        loads.append(load)
        assert sum(one.outcome is Outcome.ACKNOWLEDGED for one in load.requests) >= SENDERS
    everything = Load(uid(1))
    for load in loads:
        everything.requests += load.requests
        everything.races |= load.races
        assert_passports(made, load)
    assert_answers_hold(store, everything)
    assert ledgers.verify(store) == []
    assert [str(one) for one in ledgers.rebuild(store).differences or []] == []
    if store.is_sqlite:
        assert store.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def assert_passports(made: Town, load: Load) -> None:
    """Whoever's training was acknowledged has a passport, and nobody has two."""
    for request, pair in load.trained:
        for name in pair:
            issued = [
                one for one in ledger.read(made.store, made.streams[name]) if one.kind == "passport_issued"
            ]
            if request.outcome is Outcome.ACKNOWLEDGED:
                assert len(issued) == 1, name
            assert len(issued) <= 1, name
