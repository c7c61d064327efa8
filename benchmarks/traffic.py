"""What a learning system sends, as bodies and as whole HTTP requests: mostly looks at pages, some answers and completions."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import orjson

from tests import builders

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
VIEWED = "http://id.tincanapi.com/verb/viewed"
PEOPLE, PAGES, COURSES = 600, 400, 40


def event(number: int) -> dict[str, Any]:
    """One event of a Moodle: in twenty, one module completed and two questions answered; the rest are looks."""
    who = (builders.MOODLE, str(number * 7919 % PEOPLE))
    at = (START + timedelta(seconds=number)).isoformat()
    verb = "completed" if number % 20 == 1 else "answered" if number % 10 == 2 else VIEWED
    return builders.moodle_module(verb, path=f"mod/page/view.php?id={number % PAGES}", who=who, at=at)


def quiet(number: int) -> dict[str, Any]:
    """The same without any word of completion."""
    return event(number + 2 if number % 20 == 1 else number)


def mixed(number: int) -> dict[str, Any]:
    """One in ten about completion: a module, which waits for nobody, or a course, of a person not known here."""
    if number % 20:
        return event(number)
    who = (builders.MOODLE, str(number * 7919 % PEOPLE))
    at = (START + timedelta(seconds=number)).isoformat()
    return builders.moodle_course_completed(number % COURSES, who=who, at=at)


def completing(course: int, who: str, number: int) -> dict[str, Any]:
    """A known person's completion of a mapped course."""
    at = (START + timedelta(seconds=number)).isoformat()
    return builders.moodle_course_completed(course, who=(builders.MOODLE, who), at=at)


def basic(key_id: str, secret: str) -> str:
    """The header by which a key is known."""
    return "Basic " + b64encode(f"{key_id}:{secret}".encode()).decode()


def post(body: bytes, authorization: str, path: str = "/xapi/statements", *, close: bool = False) -> bytes:
    """A whole request, as bytes."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {authorization}\r\n"
        "Content-Type: application/json\r\nX-Experience-API-Version: 1.0.3\r\n"
        f"Content-Length: {len(body)}\r\n{'Connection: close' if close else 'Connection: keep-alive'}\r\n\r\n"
    )
    return head.encode() + body


def get(path: str, authorization: str) -> bytes:
    """A whole request, as bytes."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {authorization}\r\n"
        "X-Experience-API-Version: 1.0.3\r\nConnection: keep-alive\r\n\r\n"
    ).encode()


def singles(authorization: str, path: str = "/xapi/statements", made: Any = quiet) -> Iterator[bytes]:
    """Requests of one statement each, for ever."""
    return (post(orjson.dumps(made(number)), authorization, path) for number in count())


def batches(
    size: int, authorization: str, path: str = "/xapi/statements", *, made: Any = quiet, close: bool = False
) -> Iterator[bytes]:
    """Requests of so many statements each, for ever."""
    for start in count(0, size):
        body = orjson.dumps([made(number) for number in range(start, start + size)])
        yield post(body, authorization, path, close=close)
