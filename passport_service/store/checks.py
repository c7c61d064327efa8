"""Answers given to "may this person confirm this item", kept until they are quoted or run out (R7.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from passport_service.domain.errors import Refused
from passport_service.store.database import ask
from passport_service.store.fields import read_json, read_moment
from passport_service.store.tables.work import CheckRecord

COLUMNS = ("id", "stream", "kind", "type", "facts_hash", "valid_until_at", "item", "detail")
FIND = f"SELECT {', '.join(COLUMNS)} FROM check_record WHERE id = ?"


@dataclass(frozen=True, slots=True)
class KnownCheck:
    """A check as it was answered; ``item`` is what it was used for."""

    id: str
    stream: str
    kind: str
    type: str
    facts_hash: str
    valid_until_at: datetime
    item: str | None
    facts: Mapping[str, Any]


def new_id() -> str:
    return uuid4().hex


def save(**values: Any) -> None:
    """Keep an answer. Raises Refused ID_CONFLICT when a check of that id was given already."""
    if CheckRecord.select().where(CheckRecord.id == values["id"]).exists():
        raise Refused("ID_CONFLICT", "A check with this id was given already.", "id")
    CheckRecord.insert(**values).execute()


def find(check: str) -> KnownCheck | None:
    row = ask(FIND, (check,)).fetchone()
    if row is None:
        return None
    named = dict(zip(COLUMNS, row, strict=True))
    named["valid_until_at"] = read_moment(named["valid_until_at"])
    detail = read_json(named.pop("detail"))
    return KnownCheck(**named, facts=detail["facts"])


def load(check: str) -> KnownCheck:
    """A check that is there. Raises Refused NOT_FOUND."""
    known = find(check)
    if known is None:
        raise Refused("NOT_FOUND", "There is no such check.", "check")
    return known


def use(check: str, item: str) -> None:
    ask("UPDATE check_record SET item = ? WHERE id = ? AND item IS NULL", (item, check))


def forget(*, unused_before: datetime, used_before: datetime) -> int:
    """Drop answers whose time is long over; those that were quoted by a confirm are kept for longer."""
    unused = CheckRecord.item.is_null() & (CheckRecord.valid_until_at < unused_before)
    return int(CheckRecord.delete().where(unused | (CheckRecord.valid_until_at < used_before)).execute())
