"""The server is killed under load: what it acknowledged is there, and no batch is there in part."""

import base64
import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from passport_service.services import keys
from passport_service.store.database import Store
from passport_service.store.statements import load
from tests.database.sending import count, statement, uid

SECRET = "a secret that is only ever used in tests"
SERVER = """
import sys
import waitress
from pathlib import Path
from passport_service.app import create_app
from passport_service.config import Settings
from passport_service.store.database import open_store

settings = Settings(data_folder=Path(sys.argv[2]), secret_key=sys.argv[3], database_url=sys.argv[1])
server = waitress.create_server(create_app(settings, open_store(sys.argv[1])), listen="127.0.0.1:0", threads=4)
print(server.effective_port, flush=True)
server.run()
"""
SENDERS = 4
BATCH = 5
ROOM = 1_000_000  # numbers that a sender may use


class Load(threading.Thread):
    """Sends batches one after the other until the server is gone; remembers which were acknowledged."""

    def __init__(self, number: int, port: int, headers: dict[str, str]) -> None:
        super().__init__()
        self.first = number * ROOM
        self.port = port
        self.headers = headers
        self.acknowledged: list[int] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        for batch in range(ROOM // BATCH):
            start = self.first + batch * BATCH
            body = orjson.dumps([statement(number) for number in range(start, start + BATCH)])
            try:
                connection.request("POST", "/xapi/statements", body, self.headers)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                return
            assert answer.status == 200
            self.acknowledged.append(start)


@pytest.mark.crash
def test_a_server_killed_under_load_keeps_every_acknowledged_batch_whole(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    made = keys.create(store, label="LMS", purpose="xapi", pepper=SECRET, by="admin", now=datetime.now(UTC))
    secret = base64.b64encode(f"{made.key.id}:{made.secret}".encode()).decode()
    headers = {
        "X-Experience-API-Version": "1.0.3",
        "Authorization": f"Basic {secret}",
        "Content-Type": "application/json",
    }
    command = [sys.executable, "-c", SERVER, database_url, str(tmp_path), SECRET]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        senders = [Load(number, port, headers) for number in range(SENDERS)]
        for sender in senders:
            sender.start()
        deadline = time.monotonic() + 30
        while sum(len(sender.acknowledged) for sender in senders) < 40 and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(server.pid, signal.SIGKILL)
    for sender in senders:
        sender.join()
    acknowledged = [start for sender in senders for start in sender.acknowledged]
    assert len(acknowledged) >= 40
    for start in acknowledged:
        assert len(load(store, [uid(number) for number in range(start, start + BATCH)])) == BATCH
    # At most one batch of each sender was under way; it is there whole or not at all.
    extra = count(store) - len(acknowledged) * BATCH
    assert extra % BATCH == 0
    assert 0 <= extra <= SENDERS * BATCH
    if store.is_sqlite:
        assert store.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
