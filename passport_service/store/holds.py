"""Legal holds: of a person, an identifier or a key nothing may go until somebody lifts it (D.18.2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto

from passport_service.store.database import Store
from passport_service.store.statement_rows import in_parts
from passport_service.store.tables.keeping import LegalHold


class Kind(StrEnum):
    PERSON = auto()
    IDENTIFIER = auto()
    KEY = auto()


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold. ``name`` is a stream, an identifier (`xapi.actor.key_of`) or the id of a key; lifted_… None: it stands."""

    id: int
    kind: Kind
    name: str
    reason: str
    set_at: datetime
    set_by: str
    lifted_at: datetime | None
    lifted_by: str | None
    lifted_why: str | None


def add(store: Store, kind: Kind, name: str, reason: str, *, at: datetime, by: str) -> int:
    number: int = LegalHold.insert(kind=str(kind), name=name, reason=reason, set_at=at, set_by=by).execute()
    return number


def lift(store: Store, number: int, why: str, *, at: datetime, by: str) -> bool:
    """Ends a hold; False if it stands no more."""
    query = LegalHold.update(lifted_at=at, lifted_by=by, lifted_why=why)
    return int(query.where(LegalHold.id == number, LegalHold.lifted_at.is_null()).execute()) == 1


def find(store: Store, number: int) -> Hold | None:
    row = LegalHold.select().where(LegalHold.id == number).dicts().first()
    return hold_of(row) if row else None


def standing(store: Store) -> list[Hold]:
    """All that stand, the oldest first."""
    query = LegalHold.select().where(LegalHold.lifted_at.is_null()).order_by(LegalHold.set_at, LegalHold.id)
    return [hold_of(row) for row in query.dicts()]


def of(store: Store, names: Iterable[str]) -> list[Hold]:
    """Those of these names, lifted ones too, the oldest first."""
    found = [
        hold_of(row)
        for part in in_parts(sorted(set(names)))
        for row in LegalHold.select().where(LegalHold.name.in_(part)).dicts()
    ]
    return sorted(found, key=lambda one: one.id)


def forget(store: Store, names: Sequence[str]) -> None:
    """Deletes what is known of lifted holds of these names, when they are erased."""
    for part in in_parts(names):
        LegalHold.delete().where(LegalHold.name.in_(part), LegalHold.lifted_at.is_null(False)).execute()


def hold_of(row: dict[str, object]) -> Hold:
    return Hold(**row | {"kind": Kind(str(row["kind"]))})  # type: ignore[arg-type]
