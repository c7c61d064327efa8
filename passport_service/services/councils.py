"""The council as known now or at an earlier moment; folded once for each state of its stream."""

from collections.abc import Sequence
from datetime import datetime
from weakref import WeakKeyDictionary

from passport_service.domain.council import Council, fold_council
from passport_service.domain.events import COUNCIL, NewEvent
from passport_service.store import ledger, lookups
from passport_service.store.database import Store

# With the link that ends the stream: a number alone could name facts that were rolled back and replaced by others.
_known: WeakKeyDictionary[Store, tuple[bytes, Council]] = WeakKeyDictionary()


def load(store: Store, known_at: datetime | None = None) -> Council:
    """The council now, or as it was known at a moment (R0.1). The value is shared: nobody changes it."""
    if known_at is not None:
        return fold_council(ledger.read(store, COUNCIL), known_at=known_at)
    link = lookups.last_link(store, COUNCIL)
    known = _known.get(store)
    if known is not None and known[0] == link:
        return known[1]
    council = fold_council(ledger.read(store, COUNCIL))
    if link == lookups.last_link(store, COUNCIL):  # nothing was added between the two questions
        _known[store] = link, council
    return council


def load_for_change(store: Store) -> Council:
    """The council now, which nobody else changes until the open transaction ends; asked for before anybody is opened."""
    ledger.alone(store)
    return load(store)


def append(store: Store, new: Sequence[NewEvent], *, now: datetime, caused_by: str) -> Council:
    """Add facts about the council inside the open transaction, and return the council that follows."""
    version = load_for_change(store).versions[-1].version
    ledger.append(store, COUNCIL, new, recorded_at=now, caused_by=caused_by, policy_version=version)
    return fold_council(ledger.read(store, COUNCIL))
