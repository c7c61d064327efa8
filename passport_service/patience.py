"""How long a client may take, to send what it announced and to take what it is given.

A server of eight threads stands still for eight clients that send a byte a second. Reading and writing wait within the
server, where no clock of ours is asked; so one thread looks on, and shuts the connections whose time is over. It works
with gunicorn, which names the socket of a request; waitress reads bodies by itself, without a thread for each.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from gunicorn.http.errors import ParseException
from werkzeug.exceptions import BadRequest, RequestTimeout
from werkzeug.wsgi import ClosingIterator

SOCKET = "gunicorn.socket"
RATE = 16_384  # bytes a second: whoever keeps this up is never too slow
TICK = 0.5  # seconds
Application = Callable[..., Iterable[bytes]]


class Wait:
    """One wait for a client, from entering to leaving. ``is_over``: it took longer than ``seconds``, and was ended."""

    __slots__ = ("deadline", "how", "is_over", "line", "seconds", "watch")

    def __init__(self, watch: "Watch", line: socket.socket, how: int, seconds: float) -> None:
        self.watch = watch
        self.line = line
        self.how = how
        self.seconds = seconds
        self.deadline = 0.0
        self.is_over = False

    def __enter__(self) -> "Wait":
        self.deadline = time.monotonic() + self.seconds
        self.watch.begin(self)
        return self

    def __exit__(self, *fault: object) -> None:
        self.watch.end(self)

    def end_if_over(self, now: float) -> None:
        if now >= self.deadline and not self.is_over:
            self.is_over = True
            with suppress(OSError):  # the client may have gone by itself
                self.line.shutdown(self.how)


class Watch:
    """Everybody who waits for a client, and the thread that looks at them; it starts with the first one."""

    def __init__(self) -> None:
        self._waits: set[Wait] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def begin(self, wait: Wait) -> None:
        with self._lock:
            self._waits.add(wait)
            if self._thread is None:  # not before: a server forks first
                self._thread = threading.Thread(target=self._look, name="patience", daemon=True)
                self._thread.start()

    def end(self, wait: Wait) -> None:
        # Under the lock: the connection may serve another request as soon as this is done.
        with self._lock:
            self._waits.discard(wait)

    def _look(self) -> None:
        while True:
            time.sleep(TICK)
            now = time.monotonic()
            with self._lock:
                for wait in self._waits:
                    wait.end_if_over(now)


class PatientBody:
    """The body of a request, whose sender may pause for so many seconds in all, and earns them back by sending."""

    def __init__(
        self, stream: Any, watch: Watch, line: socket.socket, seconds: float, length: int | None
    ) -> None:
        self._stream = stream
        self._watch = watch
        self._line = line
        self._most = self._left = seconds
        self._due = length  # bytes that are still to come, where that is known

    def read(self, size: int = -1) -> bytes:
        """As a WSGI server's own. Raises RequestTimeout when the sender's time is over, BadRequest for broken chunks."""
        return self._take(self._stream.read, size)

    def readline(self, size: int = -1) -> bytes:
        return self._take(self._stream.readline, size)

    def readlines(self, hint: int = -1) -> list[bytes]:
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def _take(self, read: Callable[[int], bytes], size: int) -> bytes:
        if self._due == 0:
            return b""
        with Wait(self._watch, self._line, socket.SHUT_RD, self._left) as wait:
            try:
                found = read(size)
            except OSError:
                if not wait.is_over:
                    raise
            except ParseException:
                raise BadRequest("The body is not in chunks that can be read.") from None
        if wait.is_over:
            raise RequestTimeout("The body of the request came too slowly, and was not waited for.")
        if self._due is not None:
            self._due -= len(found)
        if self._due != 0:
            left = wait.deadline - time.monotonic() + len(found) / RATE
            self._left = min(self._most, left)
        return found


class Patience:
    """A WSGI application whose clients have so many ``seconds`` where they are slower than 16 kB a second."""

    def __init__(self, application: Application, seconds: float) -> None:
        self._application = application
        self._seconds = seconds
        self._watch = Watch()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        line = environ.get(SOCKET)
        if line is None:
            return self._application(environ, start_response)
        length = environ.get("CONTENT_LENGTH", "")
        if length or "HTTP_TRANSFER_ENCODING" in environ:
            due = int(length) if length.isdecimal() else None
            environ["wsgi.input"] = PatientBody(environ["wsgi.input"], self._watch, line, self._seconds, due)
        answer = self._application(environ, start_response)
        if isinstance(answer, environ.get("wsgi.file_wrapper", ())):
            return answer  # one of our own files, sent by the system
        return ClosingIterator(self._given(answer, line), getattr(answer, "close", None))

    def _given(self, answer: Iterable[bytes], line: socket.socket) -> Iterator[bytes]:
        """The server sends each piece while this waits to be asked for the next."""
        for piece in answer:
            with Wait(self._watch, line, socket.SHUT_RDWR, self._seconds + len(piece) / RATE):
                yield piece
