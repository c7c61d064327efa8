"""The real web processes, as the Procfile starts them, over a test's database; and programs that ask them things."""

import base64
import http.client
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from passport_service.services.keys import Made
from passport_service.store.database import Store
from tests import postgres
from tests.ports import free_port
from tests.waiting import PATIENCE, wait_for

ROOT = Path(__file__).parents[2]
PEPPER = "a secret that is only ever used in tests"


@dataclass(slots=True)
class Server:
    """A running master with its workers. ``log`` is all that they said."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """Master and workers at once, without a word."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def kill_for_good(self, store: Store) -> None:
        """The same, and returns when nothing that it had sent to the database is still under way there."""
        self.kill()
        store.close()
        if not store.is_sqlite:
            postgres.wait_until_left(store.url)

    def workers(self) -> list[int]:
        """The process ids of the workers (Linux)."""
        own = self.process.pid
        return [int(one) for one in Path(f"/proc/{own}/task/{own}/children").read_text().split()]

    def resident(self) -> int:
        """The memory that the workers hold, in bytes (Linux)."""
        return sum(_resident(worker) for worker in self.workers())

    def most_resident(self) -> int:
        """The most memory that the workers held since `forget_most`, in bytes (Linux)."""
        return sum(_resident(worker, "VmHWM") for worker in self.workers())

    def forget_most(self) -> None:
        for worker in self.workers():
            Path(f"/proc/{worker}/clear_refs").write_text("5")

    def assert_no_fault(self) -> None:
        """Nothing went wrong that the service did not foresee."""
        said = self.log.read_text(errors="replace")
        for word in ("Traceback", "failure ", "[CRITICAL]", '" 500 '):
            assert word not in said, said[max(0, said.index(word) - 500) : said.index(word) + 3000]


def _resident(process: int, name: str = "VmRSS") -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    found = next(line for line in lines if line.startswith(f"{name}:"))
    return int(found.split()[1]) * 1024


def command(port: int, workers: int) -> list[str]:
    """The Procfile's line for the web, on loopback."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    line = next(line for line in lines if line.startswith("web: ")).removeprefix("web: ")
    line = line.replace("0.0.0.0:${PORT:-8000}", f"127.0.0.1:{port}")
    line = line.replace("${WEB_CONCURRENCY:-1}", str(workers))
    assert "$" not in line
    return [sys.executable, "-m", *line.split()]


@contextmanager
def serving(
    store: Store, folder: Path, *, workers: int = 1, settings: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A server over this database; what is left of it is killed at the end."""
    port = free_port()
    environment = {
        **os.environ,
        "PASSPORT_DATABASE_URL": store.url,
        "PASSPORT_SECRET_KEY": PEPPER,
        "PASSPORT_DATA_FOLDER": str(folder),
        "PASSPORT_PUBLIC_URL": "https://passport.example",
        "PYTHONPATH": str(ROOT),
        "GUNICORN_CMD_ARGS": f"--timeout {PATIENCE}",  # a worker that starts slowly is not killed for it
        **(settings or {}),
    }
    log = folder / f"server-{port}.log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            command(port, workers),
            env=environment,
            stdout=said,
            stderr=said,
            start_new_session=True,
            cwd=folder,
        )
    server = Server(port, process, log)
    try:
        _wait_for(server, workers)
        yield server
    finally:
        server.kill()


def _wait_for(server: Server, workers: int) -> None:
    """Until all of them take requests: one that is still starting would meet what the test does next."""

    def is_ready() -> bool:
        assert server.process.poll() is None, server.log.read_text()
        return server.log.read_text().count("Worker ready") >= workers

    wait_for(is_ready, server.log.read_text)


def headers_of(made: Made) -> dict[str, str]:
    """What a learning system or a case system sends with every request."""
    secret = base64.b64encode(f"{made.key.id}:{made.secret}".encode()).decode()
    return {
        "Authorization": f"Basic {secret}",
        "Content-Type": "application/json",
        "X-Experience-API-Version": "1.0.3",
    }


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Names of headers are as `http.client` reads them, in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def value(self) -> Any:
        return orjson.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        """The error in the one shape that all of them have."""
        found: dict[str, Any] = self.value["error"]
        assert found["code"], self.body
        assert found["message"], self.body
        return found


class Client:
    """A program with a connection of its own, which it opens again when the other side closed it."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        self.headers = dict(headers)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Sends bytes as they are and any other value as JSON."""
        sent = body if isinstance(body, bytes) or body is None else orjson.dumps(body)
        self.connection.request(method, path, sent, self.headers | headers)
        answer = self.connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())

    def post(self, *batch: dict[str, Any]) -> Answer:
        return self.ask("POST", "/xapi/statements", list(batch))

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)


class Sender(threading.Thread):
    """Asks one thing after the other until the server is gone or it is told to stop; a broken expectation is kept."""

    def __init__(self, client: Client, turn: Callable[[Client, int], None]) -> None:
        super().__init__(daemon=True)
        self.client, self.turn = client, turn
        self.is_over = threading.Event()
        self.turns = 0
        self.fault: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.is_over.is_set():
                self.turn(self.client, self.turns)
                self.turns += 1
        except (OSError, http.client.HTTPException):
            pass  # the end has come
        except BaseException as fault:  # noqa: BLE001 - told to the test
            self.fault = fault

    def ended(self) -> None:
        """Waits for the end, and tells what went wrong."""
        self.is_over.set()
        self.join(PATIENCE)
        assert not self.is_alive(), "it waits for ever"
        if self.fault is not None:
            raise self.fault


def run_until(senders: list[Sender], *, turns: int, server: Server) -> None:
    """Starts the senders and waits until each has done its turns."""
    for one in senders:
        one.start()

    def is_done() -> bool:
        assert server.process.poll() is None, server.log.read_text()
        waited_for = [one for one in senders if one.turns < turns and one.fault is None]
        assert all(one.is_alive() for one in waited_for), server.log.read_text()
        return not waited_for

    wait_for(is_done, lambda: [one.turns for one in senders])
