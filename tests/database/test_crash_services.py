"""The real servers are killed under load of completions and decisions: all that was acknowledged is there, whole."""

import http.client
import threading
from pathlib import Path
from typing import Any

import orjson
import pytest

from passport_service.services import keys, ledgers
from passport_service.store import ledger
from passport_service.store.database import Store
from passport_service.store.statement_rows import id_text
from tests.conftest import Clock
from tests.database.api_client import PEPPER, RIGHTS
from tests.database.serving import headers_of, serving
from tests.people import BY, Town
from tests.waiting import PATIENCE, wait_for
from tests.workforce import MOODLE, completion, link, workforce_town

PEOPLE = 6
ENOUGH = 10  # acknowledged requests of each sender before the end comes
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
    return headers_of(key)


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
    with serving(store, tmp_path, workers=2) as server:
        port = server.port
        learning = [LearningSystem(port, lms, number) for number in range(2)]
        cases = [CaseSystem(port, system, number) for number in range(2)]
        for one in (*learning, *cases):
            one.start()
        _wait_until_enough([*learning, *cases])
        server.kill_for_good(store)
        for one in (*learning, *cases):
            one.join(PATIENCE)
    assert [one.refused for one in (*learning, *cases)] == [[]] * 4
    assert_whole(store, [batch for one in learning for batch in one.acknowledged], cases)
    with serving(store, tmp_path, workers=2) as server:
        _goes_on(server.port, lms, system, learning[0].acknowledged[-1], cases[0])
    assert ledgers.verify(store) == []


def _wait_until_enough(senders: list[Sender]) -> None:
    def told() -> object:
        return [(len(one.acknowledged), one.refused) for one in senders]

    def is_enough() -> bool:
        assert all(one.is_alive() for one in senders), told()
        return all(len(one.acknowledged) >= ENOUGH for one in senders)

    wait_for(is_enough, told)


def assert_whole(store: Store, batches: list[list[str]], cases: list[CaseSystem]) -> None:
    events = [one for _, found in ledger.read_many(store) for one in found]
    learned = {one.rests_on for one in events if one.kind == "completion_recorded"}
    stored = {id_text(one) for (one,) in store.execute("SELECT id FROM statement").fetchall()}
    assert stored == {one for one in learned if one}
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
