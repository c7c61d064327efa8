"""Telling a request that is sent again from a new one by what it says: the same thing said twice is one fact (R0.6).

Each answers what was done before, or None when the request is new (or contradicts what is there, which its use case
then says). To be asked inside the transaction of the use case, with the person locked.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from passport_service.domain.dossier import Dossier
from passport_service.domain.items import Item
from passport_service.domain.streak import Decision, ordered
from passport_service.services import dossiers
from passport_service.store import ledger, lookups, queries
from passport_service.store.database import Store

WAITING = "submitted"
NOT_DECIDED = frozenset({"submitted", "picked", "confirmed", "withdrawn"})


def submitted(
    store: Store, stream: str, *, item: str, kind: str, type: str, facts: Mapping[str, Any] | None
) -> date | None:
    """The due day of the same submission, while it waits."""
    known = queries.find_item(store, item)
    if known is None or known.stream != stream or known.status != WAITING:
        return None
    same = (known.kind, known.type, dict(known.facts)) == (kind, type, dict(facts or {}))
    return known.due_on if same else None


def withdrawn(store: Store, item: str) -> bool:
    known = queries.find_item(store, item)
    return known is not None and known.status == "withdrawn"


def decided(
    store: Store, *, item: str, outcome: str, reviewer: str, reason: str, facts: Mapping[str, Any] | None
) -> str | None:
    """The id of the same decision by the same reviewer, if nothing happened to the item since."""
    found = _last_decision(store, item)
    if found is None:
        return None
    _, last = found
    same = (last.outcome, last.reviewer, last.reason or "") == (outcome, reviewer, reason)
    return last.id if same else None


def corrected(store: Store, *, item: str, outcome: str, reviewer: str, reason: str) -> str | None:
    """The id of the decision that was corrected in just this way last."""
    known = queries.find_item(store, item)
    if known is None:
        return None
    said = [
        one
        for one in ledger.read(store, known.stream)
        if one.kind in SAYINGS and one.data.get("item") == item
    ]
    if not said or said[-1].kind != "decision_corrected":
        return None
    data = said[-1].data
    same = (data["outcome"], data["reviewer"], data["reason"]) == (outcome, reviewer, reason)
    return str(data["decision"]) if same else None


SAYINGS = frozenset({"item_submitted", "item_decided", "decision_corrected", "item_withdrawn", "item_picked"})


def _last_decision(store: Store, item: str) -> tuple[Item, Decision] | None:
    """An item that is decided now, with its latest decision; the fold is only asked where there can be one."""
    known = queries.find_item(store, item)
    if known is None or known.status in NOT_DECIDED:
        return None
    dossier: Dossier = dossiers.load(store, known.stream)
    decisions = ordered([one for one in dossier.decisions.values() if one.item == item])
    return (dossier.items[item], decisions[-1]) if decisions else None


def lock_owner(store: Store, item: str) -> None:
    """Lets nobody else change the item's person until the open transaction ends."""
    stream = lookups.find_item_owner(item)
    if stream is not None:
        ledger.lock(store, [stream])
