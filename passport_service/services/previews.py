"""Who would change state if the meaning of an activity were changed, before anything is saved (R2.7)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from passport_service.domain.calendar import business_date
from passport_service.domain.council import Council, fold_council
from passport_service.domain.dossier import Dossier
from passport_service.domain.errors import Refused
from passport_service.domain.events import COUNCIL, Event
from passport_service.domain.folds import apply
from passport_service.domain.holdings import standing_of
from passport_service.domain.lifecycle import catch_up, settle
from passport_service.domain.training import Standing
from passport_service.services import councils, dossiers, learning
from passport_service.store import ledger
from passport_service.store.database import Store
from passport_service.store.recognitions import Recognition

Foreseen = tuple[Recognition, Recognition, dict[str, Any]]
Snapshot = tuple[str, dict[str, Standing]]
FIRST_STATE = "working_towards"


@dataclass(frozen=True, slots=True)
class Changed:
    """One person whose requirement or passport would change: (now, then) of each."""

    stream: str
    requirement: str
    before: Standing
    after: Standing
    passport_before: str
    passport_after: str


@dataclass(frozen=True, slots=True)
class Preview:
    """``statements`` would mean something else; ``counting`` of them would belong to somebody."""

    statements: int
    counting: int
    changed: list[Changed]


def preview_mapping(
    store: Store,
    *,
    activity: str,
    course: str,
    now: datetime,
    from_on: date | None = None,
    until_on: date | None = None,
) -> Preview:
    """What mapping an activity to a course would do. Raises Refused NOT_FOUND for an unknown course."""
    data = {
        "source": activity, "target": course, "from_on": from_on.isoformat() if from_on else None,
        "until_on": until_on.isoformat() if until_on else None,
    }  # fmt: skip
    return _preview(store, activity, course, "activity_mapped", data, now)


def preview_unmapping(store: Store, *, activity: str, course: str, now: datetime, cancel: bool) -> Preview:
    """What ending a mapping today would do, or with ``cancel`` taking it away as if it had never been."""
    council = councils.load(store)
    held = [one for one in council.catalogue.activities.get(activity, ()) if one.target == course]
    if not held:
        raise Refused("NOT_FOUND", "This activity does not mean that course.", "activity")
    if cancel:
        return _preview(
            store, activity, course, "activity_unmapped", {"source": activity, "target": course}, now
        )
    since = held[0].from_on
    data = {
        "source": activity, "target": course, "from_on": since.isoformat() if since else None,
        "until_on": business_date(now).isoformat(),
    }  # fmt: skip
    return _preview(store, activity, course, "activity_mapped", data, now)


def _preview(
    store: Store, activity: str, course: str, kind: str, data: dict[str, Any], now: datetime
) -> Preview:
    with store.reading():
        council = councils.load(store)
        if course not in council.catalogue.requirements:
            raise Refused("NOT_FOUND", f"There is no course named {course}.", "course")
        known = ledger.read(store, COUNCIL)
        candidate = fold_council([*known, Event(COUNCIL, len(known) + 1, kind, now, now, "", 0, None, data)])
        cancelled = course if kind == "activity_unmapped" else None
        foreseen = learning.foresee(store, candidate, [activity], now=now, cancelled=cancelled)
        changed = _people(store, council, candidate, foreseen, now)
    return Preview(len(foreseen), sum(then.stream is not None for _, then, _ in foreseen), changed)


def _people(
    store: Store, council: Council, candidate: Council, foreseen: list[Foreseen], now: datetime
) -> list[Changed]:
    by_stream: dict[str, list[Foreseen]] = defaultdict(list)
    for one in foreseen:
        for stream in {one[0].stream, one[1].stream} - {None}:
            by_stream[stream or ""].append(one)
    changed: list[Changed] = []
    for stream in sorted(by_stream):
        dossier = dossiers.load(store, stream)
        catch_up(dossier, council, now)
        before = snapshot(dossier, council, now)
        for event in _events(stream, by_stream[stream], now, dossier):
            apply(dossier, event)
        settle(dossier, candidate, now)
        changed += differences(stream, before, snapshot(dossier, candidate, now))
    return changed


def _events(stream: str, foreseen: Iterable[Foreseen], now: datetime, dossier: Dossier) -> list[Event]:
    events: list[Event] = []
    for was, then, facts in foreseen:
        if then.stream == stream:
            kind, data, at = "completion_recorded", facts, then.effective_at
        elif was.stream == stream:
            kind, data, at = "completion_moved", {"statement": was.statement}, now
        else:
            continue
        place = dossier.seq + len(events) + 1
        events.append(Event(stream, place, kind, at, now, "", 0, was.statement, data))
    return events


def snapshot(dossier: Dossier, council: Council, now: datetime) -> Snapshot:
    """The state of somebody's passport, and how each requirement stands; the dossier is caught up with ``now``."""
    day, role = business_date(now), dossier.role_at(now)
    catalogue = council.catalogue
    standings = {slug: standing_of(dossier, catalogue, slug, day, role) for slug in catalogue.requirements}
    return dossier.passport.state.value if dossier.passport else FIRST_STATE, standings


def differences(stream: str, before: Snapshot, after: Snapshot) -> list[Changed]:
    """The requirements whose standing is another in the second snapshot."""
    return [
        Changed(stream, slug, was, after[1][slug], before[0], after[0])
        for slug, was in before[1].items()
        if (was.state, was.expires_on) != (after[1][slug].state, after[1][slug].expires_on)
    ]
