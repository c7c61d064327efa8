"""One HTTP exchange with a checked host, bounded in time and size whatever the other side does.

The standard library's time-outs are per read, so a server that sends a byte now and then holds a reader for
ever. Here each read gets only what is left of the time for the whole exchange.
"""

import io
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, cast

from integrations.lrs.addresses import Target, Unreachable

CHUNK = 64 * 1024


class TooLarge(Unreachable):
    """The answer is larger than allowed."""


class Deadline:
    """The time that is left of an exchange, in seconds."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left; raises TimeoutError when there are none."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("time is up")
        return left


class BoundedConnection(HTTPConnection):
    """Connects to the target's checked address, names its host in TLS and in the Host header."""

    def __init__(self, target: Target, deadline: Deadline, trust: ssl.SSLContext | None = None) -> None:
        super().__init__(target.host, target.port)
        self._target = target
        self._deadline = deadline
        self._trust = trust

    def connect(self) -> None:
        """Connect within the deadline; the name is not resolved again."""
        plain = self._reached()
        try:
            self.sock = cast(socket.socket, _TimedSocket(self._secured(plain), self._deadline))
        except BaseException:
            plain.close()
            raise

    def _reached(self) -> socket.socket:
        fault = OSError("no address")
        for address in self._target.addresses:
            try:
                return socket.create_connection((address, self._target.port), self._deadline.left())
            except TimeoutError:
                raise
            except OSError as failed:
                fault = failed
        raise fault

    def _secured(self, plain: socket.socket) -> socket.socket:
        if self._target.scheme != "https":
            return plain
        plain.settimeout(self._deadline.left())
        context = self._trust or ssl.create_default_context()
        return context.wrap_socket(plain, server_hostname=self._target.host)


class _TimedSocket:
    """The three things `http.client` does with a socket, each within what is left of the deadline."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline
        self._being_read = False

    def sendall(self, content: Any) -> None:
        self._sock.settimeout(self._deadline.left())
        self._sock.sendall(content)

    def makefile(self, _mode: str) -> io.BufferedReader:
        self._being_read = True
        return io.BufferedReader(_TimedReader(self._sock, self._deadline))

    def close(self) -> None:
        """`http.client` closes the connection before the answer is read; the reader closes it then."""
        if not self._being_read:
            self._sock.close()


class _TimedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._deadline.left())
        return self._sock.recv_into(buffer)

    def close(self) -> None:
        super().close()
        self._sock.close()


def exchange(
    target: Target,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str],
    body: bytes | None = None,
    seconds: float,
    most_bytes: int,
    trust: ssl.SSLContext | None = None,
) -> tuple[HTTPResponse, bytes]:
    """Send one request and read its whole answer; no redirect is followed.

    Raises Unreachable, with a sentence, when the other side is late, breaks off, redirects, compresses or is
    not HTTP, and TooLarge past ``most_bytes``.
    """
    connection = BoundedConnection(target, Deadline(seconds), trust)
    try:
        plain = {"Accept-Encoding": "identity", "Connection": "close"}
        connection.request(method, path, body, {**plain, **headers})
        with closing(connection.getresponse()) as response:
            _refuse_surprises(response, target.host, most_bytes)
            return response, _read(response, target.host, most_bytes)
    except TimeoutError:
        raise Unreachable(f"{target.host} did not answer within {seconds:g} seconds.") from None
    except ssl.SSLError as fault:
        raise Unreachable(f"{target.host} could not be trusted: {fault.reason or fault}.") from None
    except (OSError, HTTPException, ValueError) as fault:
        raise Unreachable(f"{target.host} broke off the exchange: {type(fault).__name__}.") from None
    finally:
        connection.close()


def _refuse_surprises(response: HTTPResponse, host: str, most_bytes: int) -> None:
    if 300 <= response.status < 400:
        raise Unreachable(f"{host} redirects ({response.status}), and redirects are not followed.")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Unreachable(f"{host} compresses its answer, though asked not to.")
    if response.length is not None and response.length > most_bytes:
        raise TooLarge(f"{host} answers with more than {most_bytes} bytes.")


def _read(response: HTTPResponse, host: str, most_bytes: int) -> bytes:
    content = bytearray()
    while chunk := response.read(min(CHUNK, most_bytes + 1 - len(content))):
        content += chunk
        if len(content) > most_bytes:
            raise TooLarge(f"{host} answers with more than {most_bytes} bytes.")
    if response.length:
        raise Unreachable(f"{host} broke off in the middle of its answer.")
    return bytes(content)
