"""A small record store on loopback that answers well, or badly in the way a test asks for."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

Answer = Callable[[BaseHTTPRequestHandler], None]


def moment(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def stored(number: int, seconds: float | None = None, **more: Any) -> dict[str, Any]:
    """A statement as a store gives it back, stored some seconds after START."""
    at = moment(number if seconds is None else seconds)
    return {
        "id": str(UUID(int=number)),
        "actor": {"account": {"homePage": "https://moodle.example", "name": "12"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": f"https://moodle.example/course/view.php?id={number}"},
        "timestamp": at,
        "stored": at,
        **more,
    }


class FakeStore:
    """``statements`` are what it holds; ``answer``, when set, replaces its next answers."""

    def __init__(self, statements: list[dict[str, Any]] | None = None) -> None:
        self.statements = statements or []
        self.requests: list[tuple[str, str]] = []
        self.credentials: list[str | None] = []
        self.put: dict[str, Any] = {}
        self.put_status: int | None = None
        self.consistent_through: str | None = None
        self.newest_first = False
        self.page = 100
        self.expired = False
        self.answer: Answer | None = None
        self.endpoint = ""

    def get(self, handler: BaseHTTPRequestHandler) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}
        if "from" in query and self.expired:
            send(handler, 404, b"{}")
            return
        since, start = query.get("since", ""), int(query.get("from", 0))
        limit = min(int(query.get("limit", self.page)), self.page)
        visible = [one for one in self.statements if not since or _later(one["stored"], since)]
        visible.sort(key=lambda one: one["stored"], reverse=self.newest_first)
        part = visible[start : start + limit]
        more = ""
        if start + limit < len(visible):
            more = f"/xapi/statements/more?since={since}&from={start + limit}&limit={limit}"
        headers = {"X-Experience-API-Consistent-Through": self.consistent_through or ""}
        send(handler, 200, json.dumps({"statements": part, "more": more}).encode(), headers)

    def keep(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        statement = json.loads(body)
        if self.put_status is not None:
            send(handler, self.put_status, b"{}")
            return
        known = self.put.setdefault(statement["id"], statement)
        send(handler, 204 if known == statement else 409, b"")


def _later(text: str, since: str) -> bool:
    return datetime.fromisoformat(text) > datetime.fromisoformat(since)


def send(
    handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None
) -> None:
    handler.send_response(status)
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def serving(store: FakeStore) -> Iterator[FakeStore]:
    """The store on a free port of loopback, with ``endpoint`` set, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._note()
            (store.answer or store.get)(self)

        def do_PUT(self) -> None:
            self._note()
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if store.answer:
                store.answer(self)
            else:
                store.keep(self, body)

        def _note(self) -> None:
            store.requests.append((self.command, self.path))
            store.credentials.append(self.headers.get("Authorization"))

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        address_family = socket.AF_INET

        def handle_error(self, *_: Any) -> None:
            """The client hangs up on purpose in many tests."""

    server = Server(("127.0.0.1", 0), Handler)
    store.endpoint = f"http://127.0.0.1:{server.server_address[1]}/xapi/"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
