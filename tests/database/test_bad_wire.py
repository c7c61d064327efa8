"""What no library would send: floods, endless and cut bodies, wrong lengths, slow clients; to the real server."""

import sys

import orjson
import pytest

from passport_service.store.database import Store
from tests.database.sending import count, statement
from tests.database.serving import Client, Server
from tests.database.wire import CHUNKED, chunk, connected, head, length, told

MEGABYTE = 1 << 20
MAY_GROW = 160 * MEGABYTE  # ten bodies of the largest size that is taken
GOOD = orjson.dumps([statement(1)])


def test_what_is_malformed_on_the_wire_is_refused_in_bounded_memory_and_is_no_fault(
    server: Server, sqlite_store: Store, headers: dict[str, str]
) -> None:
    assert Client(server.port, headers).post(statement(2)).status == 200
    before = server.resident() if sys.platform == "linux" else 0
    refused = {
        "a flood of headers": told(
            server, head(headers, *(f"X-{one}: 1" for one in range(5_000)), length(0))
        ),
        "one enormous header": told(server, head(headers, "X-Long: " + "x" * 500_000, length(0))),
        "an enormous address": told(
            server, head(headers, length(0), path="/xapi/statements?" + "x" * 100_000)
        ),
        "no header at all": told(server, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
        "a length that is no number": told(server, head(headers, length("many")), GOOD),
        "a negative length": told(server, head(headers, length(-1)), GOOD),
        "two lengths": told(server, head(headers, length(len(GOOD)), length(3)), GOOD),
        "a length and chunks": told(server, head(headers, length(3), CHUNKED), chunk(GOOD), chunk(b"")),
        "shorter than it says": told(server, head(headers, length(len(GOOD) + 9)), GOOD, half_closed=True),
        "longer than it says": told(server, head(headers, length(len(GOOD) - 9)), GOOD),
        "chunks that are none": told(server, head(headers, CHUNKED), b"zz\r\n" + GOOD),
        "chunks that end in the middle": told(
            server, head(headers, CHUNKED), chunk(GOOD)[:-20], half_closed=True
        ),
        "an enormous length": told(server, head(headers, length(100 * MEGABYTE)), b"[1,"),
        "a hundred megabytes": told(
            server, head(headers, length(100 * MEGABYTE)), b"[" * MEGABYTE, times=100
        ),
        "a hundred megabytes in chunks": told(
            server, head(headers, CHUNKED), chunk(b"[" * MEGABYTE), times=100
        ),
        "fifteen megabytes of depth": told(
            server, head(headers, length(15 * MEGABYTE)), b'{"a":' * (MEGABYTE // 5) + b" ", times=15
        ),
        "a number of fifteen megabytes": told(
            server, head(headers, length(15 * MEGABYTE)), b"9" * MEGABYTE, times=15
        ),
    }
    assert {what: status for what, status in refused.items() if status not in (None, *range(400, 500))} == {}
    assert refused["an enormous length"] == 413
    assert refused["shorter than it says"] in (400, None)
    if sys.platform == "linux":
        assert server.resident() - before < MAY_GROW
    assert Client(server.port, headers).post(statement(3)).status == 200
    assert count(sqlite_store) == 2
    server.assert_no_fault()


def test_chunks_are_a_body_like_any_other(
    server: Server, sqlite_store: Store, headers: dict[str, str]
) -> None:
    assert told(server, head(headers, CHUNKED), chunk(GOOD[:50]), chunk(GOOD[50:]), b"0\r\n\r\n") == 200
    assert count(sqlite_store) == 1


DOCUMENT = "/xapi/activities/profile?activityId=https%3A%2F%2Flms.example%2F1&profileId=settings"


def putting(headers: dict[str, str], framing: str) -> bytes:
    written = headers | {"Content-Type": "text/plain", "If-None-Match": "*"}
    return head(written, framing, path=DOCUMENT, method="PUT")


@pytest.mark.parametrize("size", [100, 3 * MEGABYTE])  # a small one is read before the key is looked at
def test_of_a_document_that_broke_off_nothing_is_kept(
    server: Server, headers: dict[str, str], size: int
) -> None:
    half = b"x" * (size // 2)
    assert told(server, putting(headers, length(size)), half, half_closed=True) == 400
    assert Client(server.port, headers).get(DOCUMENT).status == 404
    server.assert_no_fault()


@pytest.mark.parametrize(("more", "status", "kept"), [(b"", 204, 16 * MEGABYTE), (b"x", 413, None)])
def test_a_document_in_chunks_is_taken_up_to_the_limit_and_never_cut_there(
    server: Server, headers: dict[str, str], more: bytes, status: int, kept: int | None
) -> None:
    chunks = chunk(b"x" * MEGABYTE) * 16 + (chunk(more) if more else b"") + chunk(b"")
    assert told(server, putting(headers, CHUNKED), chunks) == status
    found = Client(server.port, headers).get(DOCUMENT)
    assert (len(found.body) if found.status == 200 else None) == kept


def test_clients_that_are_slow_keep_nobody_else_waiting_and_leave_nothing_when_they_go(
    server: Server, sqlite_store: Store, headers: dict[str, str]
) -> None:
    slow = [connected(server) for _ in range(6)]
    for number, one in enumerate(slow):
        whole = head(headers, length(len(GOOD))) + GOOD
        one.sendall(whole[: len(whole) - 10 if number % 2 else 20])
    client = Client(server.port, headers)
    for number in range(10, 20):
        assert client.post(statement(number)).status == 200
    for one in slow:
        one.close()
    assert client.post(statement(20)).status == 200
    assert count(sqlite_store) == 11
    server.assert_no_fault()
