"""Clients that are slow, broken or without measure, against a real server: each is answered or ended, and holds nobody up."""

import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from http.client import HTTPResponse
from pathlib import Path

import orjson
import pytest

from passport_service.services import keys, refusals
from passport_service.store.database import Store
from tests.database.sending import count, statement
from tests.database.serving import PEPPER, Server, headers_of, serving
from tests.database.test_attachments import LARGE, naming
from tests.parts import multipart
from tests.waiting import PATIENCE, wait_for

SECONDS = 2  # that a client may pause
LIMIT = 1_000_000
THREADS = 8
SETTINGS = {
    "PASSPORT_ATTACHMENT_LIMIT": str(LIMIT),
    "PASSPORT_BODY_LIMIT": "65536",
}


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    """What happens at the socket does not depend on the database."""
    return sqlite_store


@pytest.fixture
def key(store: Store) -> str:
    """The credentials of a learning system, as its header carries them."""
    made = keys.create(store, label="LMS", purpose="xapi", pepper=PEPPER, by="admin", now=datetime.now(UTC))
    return headers_of(made)["Authorization"]


@pytest.fixture
def server(store: Store, key: str, tmp_path: Path) -> Iterator[Server]:
    with serving(store, tmp_path, settings=SETTINGS) as here:
        yield here


@pytest.fixture
def brisk_server(store: Store, key: str, tmp_path: Path) -> Iterator[Server]:
    """One that soon has enough of those who are slow."""
    with serving(store, tmp_path, settings=SETTINGS | {"PASSPORT_BODY_SECONDS": str(SECONDS)}) as here:
        yield here


def head(key: str, content_type: str, length: int | None, method: str = "POST") -> bytes:
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return (
        f"{method} /xapi/statements HTTP/1.1\r\nHost: localhost\r\nAuthorization: {key}\r\n"
        f"X-Experience-API-Version: 1.0.3\r\nContent-Type: {content_type}\r\n{framing}\r\n\r\n"
    ).encode()


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)


def answer_on(line: socket.socket) -> bytes:
    """Whatever the server says, until it hangs up."""
    found = b""
    with suppress(ConnectionResetError):
        while piece := line.recv(65_536):
            found += piece
    return found


def assert_others_are_answered(server: Server, key: str) -> None:
    with connect(server) as line:
        body = b"[]"
        line.sendall(head(key, "application/json", len(body)) + body)
        assert line.recv(100).startswith(b"HTTP/1.1 200")


class Trickle(threading.Thread):
    """A client that sends the beginning of a request and then a byte now and then, until it is told to go away."""

    def __init__(self, server: Server, beginning: bytes, chunked: bool = False) -> None:
        super().__init__(daemon=True)
        self.line = connect(server)
        self.line.sendall(beginning)
        self.byte = b"1\r\n \r\n" if chunked else b" "
        self.answer = b""

    def run(self) -> None:
        with suppress(OSError):
            while not select.select([self.line], [], [], 0.1)[0]:
                self.line.sendall(self.byte)
        with self.line:
            self.answer = answer_on(self.line)


def test_those_who_send_a_byte_now_and_then_are_ended_and_hold_nobody_up(
    brisk_server: Server, key: str, store: Store
) -> None:
    content_type, body = multipart(orjson.dumps([naming(1, LARGE)]), [LARGE])
    beginnings = [
        head(key, "application/json", 50_000) + b"[",
        head(key, content_type, len(body)) + body[:-1000],
        head(key, content_type, None) + b"%x\r\n" % 100_000 + body[:100_000] + b"\r\n",
        b"POST /account/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\nname=",
    ]
    slow = [Trickle(brisk_server, one, b"chunked" in one) for one in beginnings * 4]
    for one in slow:
        one.start()
    assert_others_are_answered(brisk_server, key)
    for one in slow:
        one.join(PATIENCE)
    assert [one.answer[:13] for one in slow] == [b"HTTP/1.1 408 "] * 16, brisk_server.log.read_text()
    assert [b'"TOO_SLOW"' in one.answer for one in slow] == [True, True, True, False] * 4
    assert count(store) == 0


def test_a_steady_sender_has_all_the_time_it_needs(brisk_server: Server, key: str, store: Store) -> None:
    """Slower than a disk and faster than 16 kB a second, for longer than a client may pause.

    Tried again, because it may be the client whom the machine made pause.
    """
    assert any(is_sent_steadily(brisk_server, key) for _ in range(5))
    assert count(store) == 1


def is_sent_steadily(server: Server, key: str) -> bool:
    content_type, body = multipart(orjson.dumps([naming(1, LARGE)]), [LARGE])
    began = time.monotonic()
    with connect(server) as line, suppress(ConnectionError):
        line.sendall(head(key, content_type, len(body)))
        for start in range(0, len(body), 25_000):
            line.sendall(body[start : start + 25_000])
            time.sleep(0.15)
        assert time.monotonic() - began > 2 * SECONDS
        return answer_on_ok(line)
    return False


def answer_on_ok(line: socket.socket) -> bool:
    return line.recv(100).startswith(b"HTTP/1.1 200")


def test_those_who_do_not_take_their_answer_are_ended(brisk_server: Server, key: str) -> None:
    data = b"x" * 20_000
    content_type, body = multipart(orjson.dumps([naming(1, data)]), [data])
    with connect(brisk_server) as line:
        line.sendall(head(key, content_type, len(body)) + body)
        assert answer_on_ok(line)
    request = head(key, "", 0, "GET").replace(b"/xapi/statements", b"/xapi/statements?attachments=true")
    lines = [reader_of_nothing(brisk_server, request * 400) for _ in range(THREADS)]
    assert_others_are_answered(brisk_server, key)
    wait_until_ended(brisk_server)
    for line in lines:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**22)
        assert len(answer_on(line)) < 400 * len(data)  # what lay in buffers, and no more


def wait_until_ended(server: Server) -> None:
    """Until the server has closed each of its connections from its side, whatever has yet to be read of them (Linux)."""
    held = [f"0100007F:{server.port:04X}", "01"]  # its address, and that the connection is established
    wait_for(
        lambda: held not in [line.split()[1:4:2] for line in Path("/proc/net/tcp").read_text().splitlines()]
    )


def reader_of_nothing(server: Server, requests: bytes) -> socket.socket:
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.settimeout(PATIENCE)
    line.connect(("127.0.0.1", server.port))
    line.sendall(requests)
    return line


def test_a_request_without_measure_is_refused_before_it_is_read(
    server: Server, key: str, store: Store
) -> None:
    content_type, body = multipart(orjson.dumps([naming(1, LARGE)]), [])
    with connect(server) as line:
        line.sendall(head(key, content_type, 10**12) + body)
        answer = answer_on(line)
    assert answer.startswith(b"HTTP/1.1 413 "), answer
    assert b'"TOO_LARGE"' in answer
    assert refusals.newest(store)[0].size == 10**12


def test_chunks_without_end_are_refused_at_the_limit(server: Server, key: str, store: Store) -> None:
    content_type, body = multipart(orjson.dumps([naming(1, LARGE)]), [b""])
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    sent = 0
    with connect(server) as line:
        opening = body[: body.rindex(b"\r\n\r\n--") + 4]
        line.sendall(head(key, content_type, None) + b"%x\r\n%b\r\n" % (len(opening), opening))
        try:
            while sent < 50 * LIMIT:
                line.sendall(chunk)
                sent += 65_536
        except OSError:
            pass
        answer = answer_on(line)
    assert sent < 50 * LIMIT
    assert answer == b"" or answer.startswith(b"HTTP/1.1 413 ")  # the answer may be lost with the connection
    wait_for(lambda: bool(refusals.newest(store)))
    assert refusals.newest(store)[0].rule == "TOO_LARGE"
    assert_others_are_answered(server, key)


def test_chunks_are_taken_and_broken_ones_are_refused(server: Server, key: str, store: Store) -> None:
    content_type, body = multipart(orjson.dumps([naming(1, LARGE)]), [LARGE])
    with connect(server) as line:
        line.sendall(head(key, content_type, None))
        for start in range(0, len(body), 10_007):
            piece = body[start : start + 10_007]
            line.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
        line.sendall(b"0\r\n\r\n")
        assert answer_on_ok(line)
    with connect(server) as line:
        line.sendall(head(key, content_type, None) + b"5\r\n--the\r\nnonsense\r\n")
        assert answer_on(line).startswith(b"HTTP/1.1 400 ")
    assert count(store) == 1


def test_a_sender_that_hangs_up_leaves_nothing(
    server: Server, key: str, store: Store, tmp_path: Path
) -> None:
    content_type, body = multipart(orjson.dumps([naming(1, LARGE), statement(2)]), [LARGE])
    for end in (0, 100, len(body) // 2, len(body) - 1):
        with connect(server) as line:
            line.sendall(head(key, content_type, len(body)) + body[:end])
    assert_others_are_answered(server, key)
    wait_for(lambda: server.log.read_text().count('" 400 ') == 4, server.log.read_text)
    assert (count(store), count(store, "attachment"), count(store, "attachment_chunk")) == (0, 0, 0)
    assert [*(tmp_path / "incoming").iterdir()] == []


def test_what_is_refused_does_not_break_the_connection_for_what_comes_next(server: Server, key: str) -> None:
    """Refused in the midst of a body: what was not read is not taken for the next request."""
    content_type, body = multipart(b"{}", [b"GET /xapi/about HTTP/1.1\r\nHost: localhost\r\n\r\n"] * 3)
    body = body.replace(b"X-Experience-API-Hash: ", b"X-Experience-API-Hash: 0")
    with connect(server) as line:
        line.sendall(head(key, content_type, len(body)) + body)
        refusal = HTTPResponse(line)
        refusal.begin()
        refusal.read()  # headers and body may come apart
        assert refusal.status == 400
        try:
            line.sendall(head(key, "application/json", 2) + b"[]")
            assert line.recv(65_536)[:13] in (b"HTTP/1.1 200 ", b"")
        except OSError:
            pass
