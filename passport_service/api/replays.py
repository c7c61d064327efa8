"""The same request again gets the same answer, so that a program may send it again when it does not know (R0.6)."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from flask import Response, request

from passport_service.api.door import key
from passport_service.domain.errors import Refused
from passport_service.doors import deployment, moment
from passport_service.store import requests
from passport_service.store.requests import Answered
from passport_service.store.retries import retrying

Do = Callable[[], tuple[dict[str, Any], bool]]


def carry_out(name: str | None, do: Do) -> Response:
    """Do what is asked, in one transaction, and answer 201; or give the answer of before, with 200.

    ``name`` is the id that the client gave the request, if any. ``do`` returns the answer and whether it did something
    now. Raises Refused ID_CONFLICT when the name was used for something else.
    """
    store, now = deployment().store, moment()

    def work() -> tuple[dict[str, Any], bool]:
        with store.writing(now):
            return do() if name is None else _once(name, do, now)

    answer, is_new = retrying(store, work)
    return respond(answer, 201 if is_new else 200)


def _once(name: str, do: Do, now: datetime) -> tuple[dict[str, Any], bool]:
    store, scoped = deployment().store, f"{request.path} {name}"
    requests.lock(store, key().id, scoped)
    digest = sha256(orjson.dumps(orjson.loads(request.get_data()), option=orjson.OPT_SORT_KEYS)).digest()
    known = requests.find(key().id, scoped)
    if known is not None:
        if known.digest != digest:
            raise Refused("ID_CONFLICT", "This id was used before, for another request.", "id")
        return known.answer, False
    answer, is_new = do()
    requests.keep(store, key().id, scoped, Answered(digest, 201, answer), now=now)
    return answer, is_new


def respond(answer: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(answer) + b"\n", status, mimetype="application/json")


def text_of(value: datetime | None) -> str | None:
    """A moment as it is answered: UTC, with its zone."""
    return None if value is None else value.isoformat().replace("+00:00", "Z")
