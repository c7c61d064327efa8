"""Looking after the ledger: fold everything again, verify the chain, seal it (R0.2, D.17)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from passport_service.domain.events import COUNCIL
from passport_service.domain.folds import fold
from passport_service.services import councils, dossiers, rows
from passport_service.store import ledger, lookups, projections
from passport_service.store.database import Store

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
        for stream, events in ledger.read_many(store):
            found.events += len(events)
            if stream == COUNCIL:
                continue
            merged = dossiers.merged_streams(events)
            dossier = dossiers.load(store, stream) if merged else fold(stream, events)
            folded = projections.canonical(rows.rows_of(dossier, council))
            found.streams += 1
            differences = list(_differences(stream, projections.current(store, stream), folded))
            found.differences += differences
            if write and differences:
                projections.replace(store, stream, rows.rows_of(dossier, council))
    return found


def _differences(stream: str, stored: projections.Rows, folded: projections.Rows) -> Iterator[Difference]:
    for table in sorted({*stored, *folded}):
        have = {_key(row): row for row in stored.get(table, [])}
        want = {_key(row): row for row in folded.get(table, [])}
        for key in sorted({*have, *want}):
            if key not in have or key not in want:
                yield Difference(stream, table, key, "row", key in have, key in want)
                continue
            for column in want[key]:
                if column not in HINTS and have[key].get(column) != want[key][column]:
                    yield Difference(stream, table, key, column, have[key].get(column), want[key][column])


def _key(row: Mapping[str, object]) -> str:
    """What names a row within its stream."""
    names = ("id", "ref", "requirement", "key", "from_at")
    return " ".join(str(row[name]) for name in names if name in row) or str(row["stream"])


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
