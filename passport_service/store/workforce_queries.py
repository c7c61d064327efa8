"""What workforce development staff and managers read beside ``store.queries``: plain values, a few queries each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from peewee import fn

from passport_service.domain.events import Event
from passport_service.store.database import Store
from passport_service.store.fields import read_json, read_moment
from passport_service.store.queries.paging import Page, page_of
from passport_service.store.queries.people import NOT_PRACTISING, PAGE_SIZE, Person
from passport_service.store.reading import EVENTS, read_events
from passport_service.store.statement_rows import in_parts, marks
from passport_service.store.tables.people import Identifier, Practitioner

SORTS = ("name", "team", "state", "expiry")


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose records somebody may see: everyone's, or those of their own team and of people they manage (D.18.2)."""

    everyone: bool = False
    team: str | None = None
    manager: str | None = None

    def covers(self, person: Person) -> bool:
        if self.everyone:
            return True
        in_team = self.team is not None and person.team == self.team
        return in_team or (self.manager is not None and person.manager == self.manager)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of practitioners is narrowed and sorted by; None narrows nothing."""

    search: str | None = None
    team: str | None = None
    locality: str | None = None
    state: str | None = None
    leavers: bool = False
    sort: str = "name"


@dataclass(slots=True)
class Kept:
    """What is kept of one person that no projection holds: absences, and when the register was last read."""

    absences: set[tuple[date, date]] = field(default_factory=set)
    checked_at: datetime | None = None


def practitioners(
    store: Store, reach: Reach, filters: Filters, *, page: int = 1, size: int = PAGE_SIZE
) -> Page[Person]:
    """One page of the practitioners within reach; people without a practising role only with ``state="none"``."""
    return page_of(_narrowed(reach, filters).order_by(*_order(filters.sort)), _person, number=page, size=size)


def every_practitioner(store: Store, reach: Reach, filters: Filters) -> list[Person]:
    """The same without pages, for an export."""
    return [_person(row) for row in _narrowed(reach, filters).order_by(*_order(filters.sort)).dicts()]


def count_by_state(store: Store, reach: Reach, filters: Filters) -> dict[str, int]:
    """How many practitioners within reach are in each state, whatever state the list is narrowed to."""
    query = _narrowed(reach, filters, by_state=False)
    counted = query.select(Practitioner.passport_state, fn.COUNT(Practitioner.stream))
    return dict(counted.group_by(Practitioner.passport_state).tuples())


def places(store: Store, reach: Reach) -> tuple[list[str], list[str]]:
    """The teams and the localities of practitioners within reach, by name."""
    columns = (Practitioner.team, Practitioner.locality)
    rows = list(_narrowed(reach, Filters(leavers=True)).select(*columns).distinct().tuples())
    return sorted({team for team, _ in rows if team}), sorted({place for _, place in rows if place})


def find_people(store: Store, search: str, *, limit: int = 20) -> list[Person]:
    """People whose name, reference or e-mail address contains a text, for a choice of one; leavers come last."""
    query = Practitioner.select().where(Practitioner.merged_into.is_null(), _contains(search))
    ordered = query.order_by(Practitioner.left_on.is_null().desc(), Practitioner.name, Practitioner.stream)
    return [_person(row) for row in ordered.limit(limit).dicts()]


def people(store: Store, search: str | None, *, page: int = 1, size: int = PAGE_SIZE) -> Page[Person]:
    """One page of everybody who works here, whatever their role, by name."""
    query = Practitioner.select().where(Practitioner.merged_into.is_null())
    if search:
        query = query.where(_contains(search))
    return page_of(query.order_by(Practitioner.name, Practitioner.stream), _person, number=page, size=size)


def everybody(store: Store) -> list[Person]:
    """Every record, merged duplicates and leavers too, by reference."""
    return [_person(row) for row in Practitioner.select().order_by(Practitioner.ref).dicts()]


def holders_of(store: Store, keys: Sequence[str]) -> dict[str, str]:
    """Who holds each of these identifiers without an end: key to stream."""
    found: dict[str, str] = {}
    for part in in_parts(keys):
        query = Identifier.select(Identifier.key, Identifier.stream).where(
            Identifier.key.in_(part), Identifier.until_at.is_null()
        )
        found.update(query.tuples())
    return found


def kept_of(store: Store, streams: Sequence[str]) -> dict[str, Kept]:
    """Absences and readings of the register, by person; people of whom neither is kept are left out."""
    found: dict[str, Kept] = {}
    for part in in_parts(streams):
        rows = store.execute(
            "SELECT e.stream, e.kind, e.effective_at, p.body FROM event e JOIN event_payload p ON p.event_id = e.id"
            f" WHERE e.stream IN ({marks(part)})"
            " AND e.kind IN ('absence_recorded', 'absence_cancelled', 'registration_checked') ORDER BY e.stream, e.seq",
            part,
        )
        for stream, kind, effective_at, body in rows.fetchall():
            _keep(found.setdefault(stream, Kept()), kind, read_moment(effective_at), read_json(body))
    return found


def _keep(kept: Kept, kind: str, effective_at: datetime, data: dict[str, Any]) -> None:
    if kind == "registration_checked":
        kept.checked_at = max(kept.checked_at or effective_at, effective_at)
        return
    days = date.fromisoformat(data["from_on"]), date.fromisoformat(data["until_on"])
    (kept.absences.add if kind == "absence_recorded" else kept.absences.discard)(days)


def identifier_events(store: Store, stream: str) -> list[Event]:
    """How somebody's identifiers were linked and unlinked, in order."""
    rows = store.execute(
        f"{EVENTS} WHERE e.stream = ? AND e.kind IN ('identifier_linked', 'identifier_unlinked') ORDER BY e.seq",
        (stream,),
    )
    return read_events(rows.fetchall())


def _narrowed(reach: Reach, filters: Filters, *, by_state: bool = True) -> Any:
    query = Practitioner.select().where(Practitioner.merged_into.is_null())
    if by_state and filters.state:
        query = query.where(Practitioner.passport_state == filters.state)
    else:
        query = query.where(Practitioner.passport_state != NOT_PRACTISING)
    if not reach.everyone:
        query = query.where(
            (Practitioner.team == (reach.team or "")) | (Practitioner.manager == (reach.manager or ""))
        )
    if filters.search:
        query = query.where(_contains(filters.search))
    if filters.team:
        query = query.where(Practitioner.team == filters.team)
    if filters.locality:
        query = query.where(Practitioner.locality == filters.locality)
    return query if filters.leavers else query.where(Practitioner.left_on.is_null())


def _contains(search: str) -> Any:
    found = Practitioner.name.contains(search) | Practitioner.ref.contains(search)
    return found | Practitioner.email.contains(search)


def _order(sort: str) -> list[Any]:
    last = [Practitioner.name, Practitioner.stream]
    match sort:
        case "team":
            return [Practitioner.team.asc(nulls="LAST"), *last]
        case "state":
            return [Practitioner.passport_state, *last]
        case "expiry":
            return [Practitioner.next_expiry_on.asc(nulls="LAST"), *last]
        case _:
            return last


def _person(row: dict[str, Any]) -> Person:
    return Person(**row)
