"""The real servers are killed under load of completions and decisions: all that was acknowledged is there, whole."""

import base64
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from passport_service.services import keys, ledgers
from passport_service.store import ledger
from passport_service.store.database import Store
from tests.conftest import Clock
from tests.database.api_client import PEPPER, RIGHTS
from tests.people import BY, Town
from tests.workforce import MOODLE, completion, link, workforce_town

ROOT = Path(__file__).parents[2]
PEOPLE = 6
ENOUGH = 25  # acknowledged requests of each kind before the end comes
PATIENCE = 40
COMMAND = "gunicorn --no-control-socket --workers 2 --threads 4 --log-level error --bind 127.0.0.1:{}"
SITE = "passport_service.wsgi:app"
REASON = "The views of the person are missing."


@pytest.fixture
def made(store: Store, clock: Clock) -> Town:
    town = workforce_town(store, clock)
    for number in range(PEOPLE):
        town.person(f"p{number}")
        link(town, f"p{number}", f"10{number}")
    return town


def headers(made: Town, purpose: str, **rights: Any) -> dict[str, str]:
    key = keys.create(
        made.store, label=purpose, purpose=purpose, pepper=PEPPER, by=BY, now=made.now, **rights
    )
    secret = base64.b64encode(f"{key.key.id}:{key.secret}".encode()).decode()
    return {
        "Authorization": f"Basic {secret}", "Content-Type": "application/json", "X-Experience-API-Version": "1.0.3",
    }  # fmt: skip


@contextmanager
def serving(store: Store, folder: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Production's web processes over this database; what is left of them is killed at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    settings = {
        "PASSPORT_DATABASE_URL": store.url, "PASSPORT_SECRET_KEY": PEPPER, "PASSPORT_DATA_FOLDER": str(folder),
        "PASSPORT_PUBLIC_URL": "https://passport.example", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    server = subprocess.Popen(
        [sys.executable, "-m", *COMMAND.format(port).split(), SITE],
        env={**os.environ, **settings},
        start_new_session=True,
        cwd=folder,
    )
    try:
        _wait_for(port, server)
        yield port, server
    finally:
        kill(server)


def kill(server: subprocess.Popen[bytes]) -> None:
    """Master and workers at once, without a word."""
    if server.poll() is None:
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server did not start"
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/xapi/about")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the server did not answer")


class Sender(threading.Thread):
    """Asks one thing after the other until the server is gone; remembers what was acknowledged, and with which status."""

    def __init__(self, port: int, its_headers: dict[str, str], number: int) -> None:
        super().__init__(daemon=True)
        self.port, self.headers, self.number = port, its_headers, number
        self.acknowledged: list[Any] = []
        self.refused: list[bytes] = []
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def run(self) -> None:
        try:
            for turn in range(100_000):
                self.ask(turn)
        except (OSError, http.client.HTTPException):
            pass  # the end has come

    def ask(self, turn: int) -> None:
        raise NotImplementedError

    def post(self, path: str, body: Any) -> Any:
        self.connection.request("POST", path, orjson.dumps(body), self.headers)
        answer = self.connection.getresponse()
        said = answer.read()
        if answer.status not in (200, 201):
            self.refused.append(said)
            return None
        return orjson.loads(said)


class LearningSystem(Sender):
    """Sends batches of completions; each batch is about everybody, in another order."""

    def ask(self, turn: int) -> None:
        who = [f"10{(turn + place) % PEOPLE}" for place in range(PEOPLE)][:: 1 if turn % 2 else -1]
        said = self.post("/xapi/statements", [completion(7 + turn % 7, who=one) for one in who])
        if said is not None:
            self.acknowledged.append(said)


class CaseSystem(Sender):
    """Sends items and CCV's decisions on them, a concern now and then."""

    def ask(self, turn: int) -> None:
        item = f"I-{self.number}-{turn}"
        asked = {
            "who": f"p{turn % PEOPLE}",
            "item": item,
            "kind": "assessment",
            "type": "care_act_assessment",
        }
        if self.post("/api/v1/items", asked) is None:
            return
        outcome = "concern" if turn % 10 == 9 else "approved"
        decided = {"item": item, "outcome": outcome, "reviewer": "rhys", "reason": REASON}
        said = self.post("/api/v1/decisions", decided)
        if said is not None:
            self.acknowledged.append((said["decision"], decided))


@pytest.mark.crash
def test_servers_killed_under_load_keep_what_they_acknowledged_and_leave_nothing_half_done(
    made: Town, tmp_path: Path
) -> None:
    store = made.store
    lms, system = (
        headers(made, "xapi", home_pages=[MOODLE]),
        headers(made, "api", **dict.fromkeys(RIGHTS, True)),
    )
    store.close()
    with serving(store, tmp_path) as (port, server):
        learning = [LearningSystem(port, lms, number) for number in range(2)]
        cases = [CaseSystem(port, system, number) for number in range(2)]
        for one in (*learning, *cases):
            one.start()
        _wait_until_enough(learning, cases)
        kill(server)
        for one in (*learning, *cases):
            one.join(PATIENCE)
    assert [one.refused for one in (*learning, *cases)] == [[]] * 4
    assert_whole(store, [batch for one in learning for batch in one.acknowledged], cases)
    with serving(store, tmp_path) as (port, _):
        _goes_on(port, lms, system, learning[0].acknowledged[-1], cases[0])
    assert ledgers.verify(store) == []


def _wait_until_enough(*kinds: list[Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while any(sum(len(one.acknowledged) for one in kind) < ENOUGH for kind in kinds):
        assert time.monotonic() < deadline, "too little was acknowledged"
        time.sleep(0.01)


def assert_whole(store: Store, batches: list[list[str]], cases: list[CaseSystem]) -> None:
    events = [one for _, found in ledger.read_many(store) for one in found]
    learned = {one.rests_on for one in events if one.kind == "completion_recorded"}
    stored = {one for (one,) in store.execute("SELECT id FROM statement").fetchall()}
    assert {str(one).replace("-", "") for one in stored} == {one.replace("-", "") for one in learned if one}
    assert {one for batch in batches for one in batch} <= learned
    assert len(stored) % PEOPLE == 0  # a batch is there whole or not at all
    decided = {one.data["decision"] for one in events if one.kind == "item_decided"}
    assert {decision for one in cases for decision, _ in one.acknowledged} <= decided
    concerns = {one.rests_on for one in events if one.kind == "concern_recorded"}
    assert concerns == {
        one.data["decision"]
        for one in events
        if one.kind == "item_decided" and one.data["outcome"] == "concern"
    }
    assert ledgers.verify(store) == []
    assert [str(one) for one in ledgers.rebuild(store).differences or []] == []


def _goes_on(
    port: int, lms: dict[str, str], system: dict[str, str], batch: list[str], cases: CaseSystem
) -> None:
    """After the restart what was acknowledged is read, and saying it again changes nothing."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", f"/xapi/statements?statementId={batch[0]}", headers=lms)
    answer = connection.getresponse()
    assert (answer.status, orjson.loads(answer.read())["id"]) == (200, batch[0])
    decision, decided = cases.acknowledged[-1]
    connection.request("POST", "/api/v1/decisions", orjson.dumps(decided), system)
    answer = connection.getresponse()
    assert (answer.status, orjson.loads(answer.read())["decision"]) == (200, decision)
