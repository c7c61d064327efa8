"""Requests as they go over the wire, written by hand; and what came back."""

import http.client
import select
import socket
from contextlib import closing
from io import BytesIO

from tests.database.serving import Answer, Server
from tests.waiting import PATIENCE

CHUNKED = "Transfer-Encoding: chunked"
HOST = b"Host: 127.0.0.1\r\n"
VERSION = "X-Experience-API-Version"
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"


def head(
    headers: dict[str, str],
    *more: str,
    method: str = "POST",
    path: str = "/xapi/statements",
    minor: str = "1.1",
    host: str = "127.0.0.1",
) -> bytes:
    lines = [f"{method} {path} HTTP/{minor}", f"Host: {host}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join([*lines, *more]) + "\r\n\r\n").encode("latin-1")


def connected(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)


def told(server: Server, *pieces: bytes, times: int = 1, half_closed: bool = False) -> int | None:
    """Sends the first piece, then the others over and over; the status that came back, None for a mere hanging up.

    Stops as soon as there is an answer: whoever is refused need not go on.
    """
    with closing(connected(server)) as connection:
        try:
            connection.sendall(pieces[0])
            for _ in range(times):
                for piece in pieces[1:]:
                    if select.select([connection], [], [], 0)[0]:
                        return status_of(connection)
                    connection.sendall(piece)
            if half_closed:
                connection.shutdown(socket.SHUT_WR)
            return status_of(connection)
        except OSError:
            return None


def status_of(connection: socket.socket) -> int | None:
    line = connection.recv(65_536).split(b"\r\n")[0].split(b" ")
    return int(line[1]) if len(line) > 1 else None


def answered(server: Server, request: bytes) -> Answer:
    """All that came back until the server closed the connection; one interim answer before it is left out."""
    told = b""
    with closing(connected(server)) as connection:
        connection.sendall(request)
        while piece := connection.recv(65_536):
            told += piece
    opening, _, body = told.removeprefix(GO_ON).partition(b"\r\n\r\n")
    line, _, lines = opening.partition(b"\r\n")
    return Answer(int(line.split(b" ")[1]), http.client.parse_headers(BytesIO(lines + b"\r\n\r\n")), body)


def length(number: object) -> str:
    return f"Content-Length: {number}"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)
