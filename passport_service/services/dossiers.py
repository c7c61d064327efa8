"""Opening a person's dossier, adding facts to it and settling it: the one way in which anybody's state changes.

Every change locks the person, catches up with time, adds the facts, settles, and writes events, projections and
messages in the same transaction. The world is told afterwards, by the worker.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from passport_service.domain.council import Council
from passport_service.domain.dossier import Dossier
from passport_service.domain.events import Event, NewEvent
from passport_service.domain.folds import apply, fold
from passport_service.domain.lifecycle import catch_up, settle
from passport_service.services import councils, outbox, rows
from passport_service.store import ledger, lookups, projections
from passport_service.store.database import Store
from passport_service.store.statement_rows import in_parts

SYSTEM = "system"
OPENED = "dossiers open for change"


@dataclass(slots=True)
class Case:
    """A dossier opened for change inside a write transaction; ``add`` takes facts in one by one."""

    dossier: Dossier
    council: Council
    now: datetime
    caused_by: str
    new: list[tuple[str, int, NewEvent]] = field(default_factory=list)

    def add(
        self,
        kind: str,
        data: Mapping[str, Any],
        *,
        effective_at: datetime | None = None,
        rests_on: str | None = None,
    ) -> None:
        """Add one fact, effective now unless it happened earlier, and take it into the dossier at once."""
        event = NewEvent(kind, effective_at or self.now, data, rests_on)
        version = self.council.policies.at(event.effective_at).version
        self.new.append((self.caused_by, version, event))
        apply(
            self.dossier,
            Event(
                self.dossier.stream,
                self.dossier.seq + 1,
                kind,
                event.effective_at,
                self.now,
                self.caused_by,
                version,
                rests_on,
                data,
            ),
        )

    def take(self, events: Iterable[NewEvent]) -> None:
        """Keep what the lifecycle has decided; the dossier has already taken it in."""
        for event in events:
            self.new.append((SYSTEM, self.council.policies.at(event.effective_at).version, event))


def load(store: Store, stream: str, known_at: datetime | None = None) -> Dossier:
    """The dossier as known now, or at an earlier moment; includes those merged into this person (R16.4)."""
    events = ledger.read(store, stream, known_at=known_at)
    theirs = _of_duplicates(store, events, known_at)
    if not theirs:
        return fold(stream, events)
    dossier = fold(stream, sorted([*events, *theirs], key=lambda one: one.id))
    dossier.seq = events[-1].seq
    dossier.of_duplicates = frozenset(
        (name, one.data[name]) for one in theirs if (name := STAYS_THEIRS.get(one.kind)) is not None
    )
    return dossier


def _of_duplicates(store: Store, events: Iterable[Event], known_at: datetime | None) -> list[Event]:
    """What the records merged into this one, and into those, bring to it."""
    found = []
    for other in merged_streams(events):
        theirs = ledger.read(store, other, known_at=known_at)
        found += [one for one in theirs if one.kind in UNITED_KINDS]
        found += _of_duplicates(store, theirs, known_at)
    return found


UNITED_KINDS = frozenset(
    {
        "completion_recorded",
        "completion_moved",
        "evidence_voided",
        "prior_approved",
        "waiver_granted",
        "absence_recorded",
        "item_submitted",
        "item_confirmed",
        "item_withdrawn",
        "item_picked",
        "item_decided",
        "decision_corrected",
        "decision_set_aside",
        "concern_recorded",
        "concern_read_again",
        "concern_closed",
        "concern_answered",
    }
)


WHOLE_RECORD = frozenset({"person_registered", "person_merged", "person_unmerged"})
STAYS_THEIRS = {
    "item_submitted": "item",
    "item_confirmed": "item",
    "concern_recorded": "concern",
}


def merged_streams(events: Iterable[Event]) -> list[str]:
    """The duplicates now merged into this person, in order; an unmerge takes one out exactly."""
    merged: list[str] = []
    for one in events:
        if one.kind == "person_merged" and "source" in one.data:
            merged.append(one.data["source"])
        elif one.kind == "person_unmerged" and one.data.get("source") in merged:
            merged.remove(one.data["source"])
    return merged


@contextmanager
def changing(
    store: Store, stream: str, *, now: datetime, caused_by: str = SYSTEM, afresh: bool = False
) -> Iterator[Case]:
    """Open one person's dossier for change; on leaving it is settled and written. Nothing is written if it raises."""
    with changing_all(store, [stream], now=now, caused_by=caused_by, afresh=afresh) as cases:
        yield cases[stream]


@contextmanager
def changing_all(
    store: Store, streams: Iterable[str], *, now: datetime, caused_by: str = SYSTEM, afresh: bool = False
) -> Iterator[dict[str, Case]]:
    """Open several dossiers for change, locked in sorted order so that two writers never wait for each other.

    Without a new fact nothing is written, unless ``afresh``: when the moment has come to look again, or the catalogue
    by which everything is read has changed. Raises RuntimeError for one that this transaction has open already: two
    copies would each settle without the other.
    """
    with store.writing(now):
        wanted = sorted(set(streams))
        ledger.share(store)
        united = lookups.merged_into(store, wanted)
        ledger.lock(store, {*wanted, *united})
        council = councils.load(store)
        with _nobody_twice(store, wanted):
            cases = {stream: _open(store, council, stream, now, caused_by) for stream in wanted}
            yield cases
            _save(store, cases.values(), afresh=afresh)
        for stream in united:  # what is new of a duplicate counts for the person it is (R16.4)
            _save(store, [_open(store, council, stream, now, SYSTEM)], afresh=True)


@contextmanager
def _nobody_twice(store: Store, streams: list[str]) -> Iterator[None]:
    opened: set[str] = store.notes.setdefault(OPENED, set())
    if twice := opened.intersection(streams):
        raise RuntimeError(f"already open for change in this transaction: {', '.join(sorted(twice))}")
    opened.update(streams)
    try:
        yield
    finally:
        opened.difference_update(streams)


def _open(store: Store, council: Council, stream: str, now: datetime, caused_by: str) -> Case:
    dossier = load(store, stream)
    case = Case(dossier, council, now, caused_by)
    if dossier.last_recorded_at is not None and not dossier.is_duplicate:
        case.take(catch_up(dossier, council, now))
    return case


def _save(store: Store, cases: Iterable[Case], *, afresh: bool) -> None:
    """Write what is new of each person, and then the stored copies of all of them together."""
    for some in in_parts(list(cases)):
        changed = {case.dossier.stream: case for case in some if _appended(store, case, afresh=afresh)}
        touched = {stream: _touched_items(case) for stream, case in changed.items()}
        written = {
            stream: rows.rows_of(case.dossier, case.council, settled_at=case.now, items=touched[stream])
            for stream, case in changed.items()
        }
        only = {stream: {"item": items} for stream, items in touched.items() if items is not None}
        projections.replace_many(store, written, only=only)
        for case in changed.values():
            outbox.enqueue(store, case.dossier, [one for _, _, one in case.new], now=case.now)


def _appended(store: Store, case: Case, *, afresh: bool) -> bool:
    """Settle a person and append what is new; whether there is anything to be written of them."""
    dossier = case.dossier
    if not dossier.is_duplicate:
        case.take(settle(dossier, case.council, case.now))
    for (caused_by, version), group in groupby(case.new, key=lambda one: one[:2]):
        new = [one for _, _, one in group]
        ledger.append(
            store, dossier.stream, new, recorded_at=case.now, caused_by=caused_by, policy_version=version
        )
    return bool(case.new) or afresh


def _touched_items(case: Case) -> set[str] | None:
    """The items that the new facts speak of; None when all may differ, because people were merged or parted."""
    if case.dossier.of_duplicates or any(event.kind in WHOLE_RECORD for _, _, event in case.new):
        return None
    return {event.data["item"] for _, _, event in case.new if event.data.get("item")}


def touch(store: Store, streams: Iterable[str], *, now: datetime) -> int:
    """Settle people without a new fact, each in a transaction of their own; returns how many changed."""
    changed = 0
    for stream in streams:
        with changing(store, stream, now=now, afresh=True) as case:
            pass
        changed += bool(case.new)
    return changed
