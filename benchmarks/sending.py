"""A client that costs little: one thread, some connections, requests made beforehand."""

import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

READ = 1 << 18


@dataclass(slots=True)
class Sent:
    """How many answers came in how many seconds, by status, and how long each took (seconds)."""

    answers: int = 0
    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds

    def latency(self, share: float) -> float:
        """The latency, in milliseconds, that this share of the answers did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


@dataclass(slots=True, eq=False)
class Connection:
    """One connection with what has come back so far."""

    line: socket.socket
    sent_at: float = 0.0
    came: bytearray = field(default_factory=bytearray)

    def send(self, request: bytes) -> None:
        self.came.clear()
        self.sent_at = time.perf_counter()
        self.line.sendall(request)

    def answer(self) -> int | None:
        """The status of a whole answer, None while it is not whole."""
        self.came += self.line.recv(READ) or b""
        head, gap, _ = self.came.partition(b"\r\n\r\n")
        if not gap:
            return None
        at = head.lower().find(b"content-length:")
        length = 0 if at < 0 else int(head[at + 15 :].split(b"\r\n", 1)[0])
        return int(head[9:12]) if len(self.came) >= len(head) + 4 + length else None


def connect(port: int) -> Connection:
    line = socket.create_connection(("127.0.0.1", port), timeout=60)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Connection(line)


def send(port: int, requests: Iterator[bytes], *, number: int, connections: int = 8) -> Sent:
    """So many requests over some connections that stay open; each sends the next when its answer has come."""
    chosen = selectors.DefaultSelector()
    waiting = islice(requests, number)
    # Made beforehand: the client must not be what is measured.
    ready = iter(list(waiting))
    sent = Sent()
    for _ in range(connections):
        one = connect(port)
        chosen.register(one.line, selectors.EVENT_READ, one)
    began = time.perf_counter()
    for key in [*chosen.get_map().values()]:
        go_on(key.data, ready, chosen)
    while chosen.get_map():
        for key, _ in chosen.select():
            status = key.data.answer()
            if status is not None:
                note(sent, key.data, status)
                go_on(key.data, ready, chosen)
    sent.seconds = time.perf_counter() - began
    return sent


def go_on(one: Connection, ready: Iterator[bytes], chosen: selectors.BaseSelector) -> None:
    request = next(ready, None)
    if request is None:
        chosen.unregister(one.line)
        one.line.close()
    else:
        one.send(request)


def note(sent: Sent, one: Connection, status: int) -> None:
    sent.answers += 1
    sent.statuses[status] += 1
    sent.latencies.append(time.perf_counter() - one.sent_at)


def send_alone(port: int, requests: Iterator[bytes], *, number: int) -> Sent:
    """One request after the other, each over a connection of its own, as a Moodle does."""
    ready = list(islice(requests, number))
    sent = Sent()
    began = time.perf_counter()
    for request in ready:
        one = connect(port)
        one.send(request)
        while (status := one.answer()) is None:
            pass
        note(sent, one, status)
        one.line.close()
    sent.seconds = time.perf_counter() - began
    return sent


def send_steadily(port: int, requests: Iterator[bytes], *, number: int, a_second: float) -> Sent:
    """Requests at a steady pace over one connection, whether or not the one before took its time."""
    ready = list(islice(requests, number))
    sent, one = Sent(), connect(port)
    began = time.perf_counter()
    for place, request in enumerate(ready):
        due = began + place / a_second
        time.sleep(max(0.0, due - time.perf_counter()))
        one.send(request)
        one.sent_at = max(due, began)
        while (status := one.answer()) is None:
            pass
        note(sent, one, status)
    sent.seconds = time.perf_counter() - began
    one.line.close()
    return sent
