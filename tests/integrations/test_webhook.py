"""Signed webhooks: what is sent, that it can be trusted, and what happens when it is not taken."""

import json
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from integrations.webhook.sending import read_settings, signature, tell
from passport_service.plugins import Transition

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HERE = ("127.0.0.1",)


def transition(number: int, kind: str = "issued") -> Transition:
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    link = "https://passport.example/api/v1/practitioners/asha/passport"
    return Transition(f"P000001.{number}", kind, "https://lms.example", "asha", "asha-1", at, link)


class Receiver:
    """Another system on loopback; answers with each status in turn, then 204."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.messages: list[tuple[dict[str, str], bytes]] = []
        self.endpoint = ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.messages.append(({name.lower(): value for name, value in self.headers.items()}, body))
            status = made.statuses.pop(0) if made.statuses else 204
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", made.endpoint)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.endpoint = f"http://127.0.0.1:{server.server_port}/hooks?council=1"
    yield made
    server.shutdown()
    server.server_close()


def settings(receiver: Receiver, **more: Any) -> dict[str, Any]:
    given = {
        "endpoint": receiver.endpoint,
        "secret": SECRET,
        "allow_http": "true",
        "allowed_private_hosts": HERE,
    }
    return {**given, **more}


def test_the_signature_is_that_of_the_standards_own_example() -> None:
    secret = b64decode(SECRET.removeprefix("whsec_"))
    body = b'{"test": 2432232314}'
    assert signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_each_transition_is_one_signed_message_that_says_what_and_not_why(receiver: Receiver) -> None:
    sent: list[str] = []
    report = tell(settings(receiver), [transition(1), transition(2, "confirmed")], sent=sent.append)
    assert (report.sent, sent, report.problem) == (
        ["P000001.1", "P000001.2"],
        ["P000001.1", "P000001.2"],
        None,
    )
    headers, body = receiver.messages[0]
    assert json.loads(body) == {
        "type": "passport.issued",
        "timestamp": "2026-03-02T09:00:00Z",
        "data": {
            "id": "P000001.1",
            "passport": "asha-1",
            "status": "https://passport.example/api/v1/practitioners/asha/passport",
        },
    }
    secret = b64decode(SECRET.removeprefix("whsec_"))
    expected = signature(secret, headers["webhook-id"], int(headers["webhook-timestamp"]), body)
    assert headers["webhook-signature"] == expected


@pytest.mark.parametrize("status", [500, 503, 429, 401, 302])
def test_what_is_not_taken_stops_the_run_and_the_rest_waits(receiver: Receiver, status: int) -> None:
    receiver.statuses = [204, status]
    report = tell(settings(receiver), [transition(1), transition(2), transition(3)], sent=lambda _: None)
    assert report.sent == ["P000001.1"]
    assert str(status) in (report.problem or "")
    assert len(receiver.messages) == 2


def test_what_will_never_be_taken_is_reported_and_passed_over(receiver: Receiver) -> None:
    receiver.statuses = [422]
    report = tell(settings(receiver), [transition(1), transition(2)], sent=lambda _: None)
    assert (report.sent, report.problem) == (["P000001.2"], None)
    assert report.refused == [("P000001.1", "The other side answers 422.")]


def test_private_addresses_and_plain_http_are_not_called_unless_allowed(receiver: Receiver) -> None:
    for more, words in (
        ({"allowed_private_hosts": ()}, "private"),
        ({"allow_http": "false"}, "without encryption"),
    ):
        report = tell(settings(receiver, **more), [transition(1)], sent=lambda _: None)
        assert words in (report.problem or "")
    assert receiver.messages == []


@pytest.mark.parametrize(
    "change", [{"secret": ""}, {"secret": "whsec_c2hvcnQ="}, {"secret": "x" * 40}, {"colour": "red"}]
)
def test_a_wrong_setting_is_named(receiver: Receiver, change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        read_settings(settings(receiver, **change))
