"""What the server itself refuses, before the service sees a request: told in the service's one shape; by the real server."""

import logging
import socket
from collections.abc import Callable
from contextlib import closing

import orjson
import pytest
from flask import Flask
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http.errors import ForbiddenProxyRequest, InvalidResponseHeader, LimitRequestHeaders
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader

from passport_service.store.database import Store
from passport_service.web_worker import Worker
from tests.database.sending import count, statement
from tests.database.serving import Server
from tests.database.wire import (
    CHUNKED,
    GO_ON,
    HOST,
    VERSION,
    answered,
    connected,
    head,
    length,
    status_of,
)

GOOD = orjson.dumps([statement(1)])


def sent(*more: str, **parts: str) -> Callable[[dict[str, str]], bytes]:
    return lambda headers: head(headers, *more, **parts)


SECRET = "s3cret"
LINE, HEADER, ALONE = "GET /xapi/about HTTP/1.1", "Name: value", "nly the transfer coding `chunked`"
# What is sent; the status, what the message names, and the header at fault.
REFUSED = {
    "a long address": (
        sent(path=f"/xapi/agents?agent={SECRET * 2_000}"),
        414,
        "longer than 8190 bytes",
        None,
    ),
    "a long header": (sent(f"X-Long: {SECRET * 4_000}"), 431, "longer than 8190 bytes", None),
    "many headers": (sent(*(f"X-{one}: {SECRET}" for one in range(101))), 431, "more than 100 headers", None),
    "much in headers": (sent(*(f"X-{one}: {'x' * 8_200}" for one in range(101))), 431, "819204 bytes", None),
    "a later version": (sent(minor="2.0"), 400, "HTTP/1.1", None),
    "a method in small letters": (sent(method="post"), 400, "words in capitals", None),
    "an address in UTF-8": (sent(path=f"/xapi/\xe9{SECRET}"), 400, LINE, None),
    "an address that is none": (sent(path=SECRET), 400, LINE, None),
    "a NUL in an address": (sent(path="/xapi/%00"), 400, "NUL (%00)", None),
    "a NUL": (sent(f"X-Nul: {SECRET}\0"), 400, "NUL", None),
    "a NUL in credentials": (sent(f"Authorization: {SECRET}\0"), 400, "NUL", "Authorization"),
    "a header without a colon": (sent(f"Authorization {SECRET}"), 400, HEADER, None),
    "a name that is none": (sent(f"{SECRET} : 1"), 400, "name of a header", None),
    "a header in two lines": (sent(f"X-A: 1\r\n {SECRET}"), 400, "in one line", None),
    "two hosts": (sent(f"Host: {SECRET}"), 400, "Host may be sent only once", "Host"),
    "a host that we are not": (sent(host=f"{SECRET}.example"), 400, "not known by that address", "Host"),
    "a length in words": (sent(length(SECRET)), 400, "one whole number", "Content-Length"),
    "two lengths": (sent(length(2), length(3)), 400, "one whole number", "Content-Length"),
    "a length and chunks": (sent(length(2), CHUNKED), 400, "beside Transfer-Encoding", "Content-Length"),
    "chunks that are none": (sent(f"{CHUNKED}\r\n\r\n{SECRET}"), 400, "not in chunks", None),
    "chunks in HTTP/1.0": (sent(CHUNKED, minor="1.0"), 400, "in HTTP/1.1", "Transfer-Encoding"),
    "zipped": (sent("Transfer-Encoding: gzip"), 400, "`chunked` alone", "Transfer-Encoding"),
    "zipped, in chunks": (sent("Transfer-Encoding: gzip, chunked"), 501, ALONE, "Transfer-Encoding"),
    "another coding": (sent(f"Transfer-Encoding: {SECRET}, chunked"), 501, ALONE, "Transfer-Encoding"),
    "an expectation": (sent(f"Expect: {SECRET}"), 417, "`100-continue`", "Expect"),
    "two schemes": (sent("X-Forwarded-Proto: https", "X-Forwarded-Ssl: off"), 400, "X-Forwarded-Proto", None),
    "another place": (sent(f"SCRIPT_NAME: /{SECRET}"), 500, "SCRIPT_NAME", None),
    "a long body": (sent(length(100 << 20)), 413, "longer than 16777216 bytes", None),
}
CODES = {
    413: "TOO_LARGE",
    414: "TOO_LONG",
    417: "UNSUPPORTED",
    431: "TOO_LONG",
    500: "FAILED",
    501: "UNSUPPORTED",
}


def test_whatever_is_refused_is_told_in_the_one_shape_with_what_was_wrong(
    server: Server, sqlite_store: Store, headers: dict[str, str]
) -> None:
    secret = headers["Authorization"].removeprefix("Basic ")
    for what, (request, status, named, where) in REFUSED.items():
        answer = answered(server, request(headers))
        assert (answer.status, answer.error.get("where")) == (status, where), (what, answer)
        assert answer.error["code"] == CODES.get(status, "MALFORMED"), what
        assert named in answer.error["message"], (what, answer)
        assert SECRET.encode() not in answer.body, what
        assert secret.encode() not in answer.body, what
        assert answer.value.keys() == {"error"}
        told = {
            name: answer.headers[name] for name in ("Content-Type", "Connection", "Content-Length", VERSION)
        }
        expected = ("application/json", "close", str(len(answer.body)), "1.0.3")
        assert tuple(told.values()) == expected, (what, told)
        assert answer.headers["Access-Control-Allow-Origin"] == "*", (
            what
        )  # or a browser's script could not read it
    assert count(sqlite_store) == 0
    said = server.log.read_text()
    assert "Invalid request from ip=127.0.0.1: Request Line is too large" in said
    assert "Traceback" not in said


def test_the_version_is_told_where_the_other_answers_tell_it(server: Server, headers: dict[str, str]) -> None:
    long = f"X-Long: {SECRET * 4_000}"
    asked = {
        "two": head(headers | {VERSION: "2.0.0"}, length(2), length(3)),
        "two, unread": head(headers | {VERSION: "2.0.0"}, long),
        "no address": b"hello\r\n\r\n",
        "the case systems' door": head(headers, long, path="/api/v1/items"),
        "a page": head(headers, long, path="/privacy"),
        "a page, and two lengths": head(headers, length(2), length(3), path="/privacy"),
    }
    told = {what: answered(server, request) for what, request in asked.items()}
    assert {what: answer.headers[VERSION] for what, answer in told.items()} == {
        "two": "2.0.0",
        "two, unread": "1.0.3",
        "no address": "1.0.3",
        "the case systems' door": None,
        "a page": None,
        "a page, and two lengths": None,
    }
    assert {answer.headers["Cache-Control"] for answer in told.values()} == {"no-store"}
    assert all(answer.error for answer in told.values())


def test_a_head_is_refused_without_a_body(server: Server, headers: dict[str, str]) -> None:
    answer = answered(server, head(headers, f"X-Long: {'x' * 9_000}", method="HEAD"))
    assert (answer.status, answer.body) == (431, b"")
    assert int(answer.headers["Content-Length"]) > 0


def test_what_is_only_unusual_is_taken(server: Server, sqlite_store: Store, headers: dict[str, str]) -> None:
    size = length(len(GOOD))
    unusual = {
        "HTTP/1.0": head(headers, size, minor="1.0"),
        "HTTP/1.0 without a host": head(headers, size, minor="1.0").replace(HOST, b"", 1),
        "no host": head(headers, size).replace(HOST, b"", 1),
        "a whole address": head(headers, size, path="http://127.0.0.1/xapi/statements"),
        "a question first": head(headers, size, "Expect: 100-continue"),
        "a header of eight thousand": head(headers, size, "X-Long: " + "x" * 8_000),
        "a hundred headers": head(headers, size, *(f"X-{one}: 1" for one in range(94))),
    }
    for number, (what, opening) in enumerate(unusual.items()):
        body = GOOD.replace(b"000000000001", b"%012d" % (number + 1))
        assert answered(server, opening + body).status == 200, what
    assert count(sqlite_store) == len(unusual)
    long = head(headers, method="GET", path=f"/xapi/activities?activityId=https://a.example/{'x' * 8_000}")
    assert answered(server, long).status == 200
    server.assert_no_fault()


def test_a_sender_that_asks_whether_to_go_on_is_told_to(server: Server, headers: dict[str, str]) -> None:
    with closing(connected(server)) as connection:
        connection.sendall(head(headers, length(len(GOOD)), "Expect: 100-continue"))
        assert connection.recv(len(GO_ON), socket.MSG_WAITALL) == GO_ON
        connection.sendall(GOOD)
        assert status_of(connection) == 200


class Refusal(Worker):
    """A worker that serves nothing, and its way of answering a fault."""

    def __init__(self, app: Flask) -> None:
        self.cfg = Config()
        self.log = Logger(self.cfg)
        self.wsgi = app

    def answer(self, fault: BaseException, request: Request | None = None) -> tuple[bytes, dict[str, str]]:
        """The first line, and the error of the body."""
        ours, client = socket.socketpair()
        with closing(ours), closing(client):
            self.handle_error(request, ours, ("127.0.0.1", 1), fault)
            opening, _, body = client.recv(65_536).partition(b"\r\n\r\n")
        return opening.split(b"\r\n")[0], orjson.loads(body)["error"]


def read(sent: bytes) -> Request:
    return Request(Config(), IterUnreader(iter([sent])), ("127.0.0.1", 1))


@pytest.mark.parametrize(
    "fault", [ValueError(SECRET), InvalidResponseHeader(SECRET)], ids=["ours", "our header"]
)
def test_a_failure_that_the_service_did_not_catch_is_told_by_a_reference(
    app: Flask, caplog: pytest.LogCaptureFixture, fault: Exception
) -> None:
    request = read(head({}))
    with caplog.at_level(logging.ERROR):
        line, error = Refusal(app).answer(fault, request)
    assert line == b"HTTP/1.1 500 Internal Server Error"
    assert error["code"] == "FAILED"
    assert SECRET not in error["message"]
    reference = error["message"].removeprefix("The service failed. Reference ").removesuffix(".")
    assert f"failure {reference} at /xapi/statements" in caplog.text


def test_what_has_no_words_of_its_own_is_a_request_that_could_not_be_read(app: Flask) -> None:
    line, error = Refusal(app).answer(ForbiddenProxyRequest(SECRET))
    assert line == b"HTTP/1.1 403 Forbidden"
    assert error == {"code": "NOT_ALLOWED", "message": "The request could not be read."}


def test_another_parsers_limit_is_told_by_all_that_it_may_be(app: Flask) -> None:
    """gunicorn has a parser in C, where it is installed, with words of its own."""
    line, error = Refusal(app).answer(LimitRequestHeaders("too many"), read(head({})))
    assert line.startswith(b"HTTP/1.1 431 ")
    assert error["message"] == "There are more than 100 headers, or one is longer than 8190 bytes."


def test_a_client_that_is_gone_is_no_fault(app: Flask) -> None:
    ours, client = socket.socketpair()
    client.close()
    with closing(ours):
        Refusal(app).handle_error(None, ours, ("127.0.0.1", 1), ForbiddenProxyRequest(SECRET))
