"""Looking after the ledger: fold everything again, verify the chain, seal it (R0.2, D.17)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from passport_service.domain.council import Council
from passport_service.domain.events import COUNCIL, Event
from passport_service.domain.folds import fold
from passport_service.services import councils, dossiers, rows
from passport_service.store import ledger, lookups, projections
from passport_service.store.database import Store

STREAMS_AT_ONCE = 20
HINTS = frozenset({"review_at"})  # when to look again: follows from when it was last looked at, never a state


@dataclass(frozen=True, slots=True)
class Difference:
    """One stored value that folding again does not give."""

    stream: str
    table: str
    row: str
    column: str
    stored: object
    folded: object

    def __str__(self) -> str:
        return f"{self.stream} {self.table} {self.row} {self.column}: stored {self.stored!r}, folded {self.folded!r}"


@dataclass(slots=True)
class Rebuilt:
    """How a rebuild went."""

    streams: int = 0
    events: int = 0
    differences: list[Difference] | None = None


def rebuild(store: Store, *, write: bool = False) -> Rebuilt:
    """Fold every person again and compare with what is stored; with ``write`` the stored copies are put right (R0.2)."""
    found = Rebuilt(differences=[])
    assert found.differences is not None
    with store.writing() if write else store.reading():
        council = councils.load(store)
        for portion in _portions(ledger.read_many(store)):
            stored = projections.stored_many(store, [stream for stream, _ in portion])
            for stream, events in portion:
                found.events += len(events)
                if stream != COUNCIL:
                    found.streams += 1
                    found.differences += _rebuild(store, council, stream, events, stored[stream], write=write)
    return found


def _portions(streams: Iterator[tuple[str, list[Event]]]) -> Iterator[list[tuple[str, list[Event]]]]:
    while portion := list(islice(streams, STREAMS_AT_ONCE)):
        yield portion


def _rebuild(
    store: Store, council: Council, stream: str, events: list[Event], stored: Any, *, write: bool
) -> list[Difference]:
    dossier = dossiers.load(store, stream) if dossiers.merged_streams(events) else fold(stream, events)
    folded = rows.rows_of(dossier, council, hints=False)
    compared = [Difference(stream, *one) for one in projections.compare(stream, stored, folded)]
    differences = [one for one in compared if one.column not in HINTS]
    if write and differences:
        projections.replace(store, stream, rows.rows_of(dossier, council))
    return differences


def verify(store: Store) -> list[str]:
    """Everything wrong with the chain, the first broken link of each stream by name; empty when all is well."""
    return ledger.verify(store)


def seal(store: Store, *, now: datetime) -> None:
    """Seal the heads of all streams, so that not even the last events can be taken away unseen."""
    ledger.seal(store, now)


def unpooled(store: Store) -> list[str]:
    """Confirmed items that should have been in a draw's pool and are in none: there must never be one (R8.1)."""
    council = councils.load(store)
    if not council.draws:
        return []
    pooled = {ref for draw in council.draws for receipt in draw.data["receipts"] for ref in receipt["pool"]}
    through = council.draws[-1].effective_at
    return [
        one.ref
        for one in lookups.confirmed_between(None, through)
        if one.ref not in pooled and (one.withdrawn_at is None or one.withdrawn_at >= through)
    ]
