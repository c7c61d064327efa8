"""Requests that programs named and the answers they got: the same request again gets the same answer (R0.6)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from passport_service.store.database import Store
from passport_service.store.fields import json_text, moment_text
from passport_service.store.tables.work import AnsweredRequest


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer given before. ``digest`` is that of the request's content."""

    digest: bytes
    status: int
    answer: dict[str, Any]


def lock(store: Store, key_id: str, request: str) -> None:
    """Lets one of several equal requests go first; inside ``store.writing()``. SQLite has one writer anyway."""
    if not store.is_sqlite:
        store.execute("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", (f"{key_id} {request}",))


def find(key_id: str, request: str) -> Answered | None:
    row = AnsweredRequest.get_or_none(AnsweredRequest.key_id == key_id, AnsweredRequest.request == request)
    return None if row is None else Answered(bytes(row.digest), row.status, row.answer)


def keep(store: Store, key_id: str, request: str, answered: Answered, *, now: datetime) -> None:
    """Keeps an answer in the transaction that did what it tells of."""
    values = (key_id, request, answered.digest, answered.status, json_text(answered.answer), moment_text(now))
    store.execute(
        "INSERT INTO answered_request (key_id, request, digest, status, answer, answered_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        values,
    )


def forget_before(moment: datetime) -> int:
    return int(AnsweredRequest.delete().where(AnsweredRequest.answered_at < moment).execute())
