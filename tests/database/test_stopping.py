"""A server that is told to stop answers what reached it, and lets nobody in whom it would leave without an answer."""

import http.client
import signal
import threading
from collections import Counter
from pathlib import Path

import orjson
import pytest

from passport_service.store.database import Store
from tests.conftest import Clock
from tests.database.sending import count, statement
from tests.database.serving import Server, headers_of, serving
from tests.database.test_two_nodes import new_key
from tests.people import Town
from tests.waiting import PATIENCE, wait_for
from tests.workforce import workforce_town

CLIENTS = 6
ENOUGH = 30


@pytest.fixture
def made(sqlite_store: Store, clock: Clock) -> Town:
    return workforce_town(sqlite_store, clock)


class Client(threading.Thread):
    """Posts one batch after the other until nobody listens any more; ``left``: those that were sent and had no answer."""

    def __init__(self, server: Server, headers: dict[str, str], keeps: bool) -> None:
        super().__init__(daemon=True)
        self.server, self.headers, self.keeps = server, headers, keeps
        self.answers: Counter[int] = Counter()
        self.left = 0

    def run(self) -> None:
        while True:
            line = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE)
            try:
                line.connect()
            except OSError:
                return
            try:
                self.post(line)
                while self.keeps and line.sock is not None:
                    self.post(line)
            except (OSError, http.client.HTTPException):
                self.left += 1

    def post(self, line: http.client.HTTPConnection) -> None:
        line.request("POST", "/xapi/statements", orjson.dumps([statement() for _ in range(5)]), self.headers)
        answer = line.getresponse()
        answer.read()
        self.answers[answer.status] += 1


@pytest.mark.parametrize("keeps", [True, False])
def test_of_those_who_send_while_it_stops_nobody_is_left_without_an_answer(
    made: Town, tmp_path: Path, keeps: bool
) -> None:
    """But who connects in the instant between the last look and the end of listening. It was most of them, each time."""
    headers = headers_of(new_key(made))
    assert any(left_by_a_stop(made, tmp_path, headers, keeps) <= 1 for _ in range(5))


def left_by_a_stop(made: Town, folder: Path, headers: dict[str, str], keeps: bool) -> int:
    """How many were left when a busy server stopped; all that it answered is stored, and nothing else."""
    before = count(made.store)
    with serving(made.store, folder) as server:
        clients = [Client(server, headers, keeps) for _ in range(CLIENTS)]
        for one in clients:
            one.start()
        wait_for(lambda: sum(one.answers.total() for one in clients) >= ENOUGH)
        assert all(one.is_alive() for one in clients)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE) == 0
        for one in clients:
            one.join(PATIENCE)
            assert not one.is_alive()
        server.assert_no_fault()
    answers = Counter(status for one in clients for status in one.answers.elements())
    assert set(answers) == {200}
    assert count(made.store) - before == 5 * answers.total()
    return sum(one.left for one in clients)
