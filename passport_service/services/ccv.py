"""CCV's work as reviewers meet it: blind until the outcome is saved, and never their own or that of people near them.

What a reviewer may see is decided here, so that no page can show more (R9.1, R9.2, R9.5, R9.6).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from passport_service.domain.calendar import business_date
from passport_service.domain.concerns import Concern, ConcernStatus
from passport_service.domain.dossier import Dossier
from passport_service.domain.errors import Refused
from passport_service.domain.items import Item
from passport_service.domain.reviewers import conflict_between
from passport_service.domain.streak import Decision, ordered
from passport_service.services import councils, dossiers
from passport_service.store import ccv_queries, lookups
from passport_service.store.ccv_queries import WAITING, Load
from passport_service.store.database import Store

STREAMS = ("approve", "authorise", "moderate")
OFFERED = 25
LOOKED_AT = 200  # candidates whose history is read for one page of the queue, at most


@dataclass(frozen=True, slots=True)
class BlindItem:
    """What a reviewer may know of an item before the outcome is saved (R9.5)."""

    ref: str
    kind: str
    type: str
    stream_of_work: str
    facts: Mapping[str, Any]
    due_on: date | None
    waits_since_at: datetime | None


@dataclass(frozen=True, slots=True)
class Decided:
    """A decided item: what was said, and whose it was for whoever may know by now."""

    item: BlindItem
    decisions: tuple[Decision, ...]
    owner: str | None
    basis: str | None
    may_correct: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """A concern that waits for a further reader: its item and nothing of what the first one said (R9.6)."""

    item: str
    kind: str | None
    type: str | None
    waits_since_at: datetime


def loads(store: Store, now: datetime) -> list[Load]:
    """How much waits in each stream, in the order of the tabs."""
    found = ccv_queries.loads(store, business_date(now))
    return [found.get(name, Load(name, 0, 0)) for name in STREAMS]


def queue(store: Store, reader: str, stream_of_work: str, *, now: datetime) -> list[BlindItem]:
    """The first items of a stream that this reviewer may decide, soonest due first."""
    known = dossiers.load(store, reader)
    ref, team = known.attributes.at("ref", now), known.attributes.at("team", now)
    found: list[BlindItem] = []
    owners: dict[str, Dossier | None] = {}
    for one in ccv_queries.candidates(
        store, stream_of_work, reader=reader, team=team, ref=ref, limit=LOOKED_AT
    ):
        if one.owner not in owners:
            owners[one.owner] = _unless_near(store, one.owner, known, now)
        if owner := owners[one.owner]:
            found.append(_blind(owner.items[one.ref]))
        if len(found) == OFFERED:
            break
    return found


def _unless_near(store: Store, stream: str, reader: Dossier, now: datetime) -> Dossier | None:
    owner = dossiers.load(store, stream)
    return None if conflict_between(owner, reader, now, _months(store, now)) else owner


def _months(store: Store, now: datetime) -> int:
    return int(councils.load(store).policies.at(now)["reviewer.independence_months"])


def _blind(item: Item) -> BlindItem:
    since = item.picked_at or item.resubmitted_at or item.submitted_at
    return BlindItem(item.ref, item.kind, item.type, item.stream, item.facts, item.due_on, since)


def load_blind(store: Store, reader: str, item: str, *, now: datetime) -> BlindItem:
    """A waiting item for a reviewer who may decide on it.

    Raises Refused NOT_FOUND, NOT_ALLOWED when it does not wait, REVIEWER_CONFLICT without saying who is behind it.
    """
    owner = _owner(store, item)
    known = owner.items[item]
    if known.status not in WAITING:
        raise Refused(
            "NOT_ALLOWED", f"{item} does not wait for CCV: it was decided or withdrawn meanwhile.", "item"
        )
    _refuse_near(store, owner, reader, now)
    return _blind(known)


def _owner(store: Store, item: str) -> Dossier:
    stream = lookups.find_item_owner(item)
    if stream is None:
        raise Refused("NOT_FOUND", f"There is no item {item} here.", "item")
    return dossiers.load(store, stream)


def _refuse_near(store: Store, owner: Dossier, reader: str, now: datetime) -> None:
    """The refusal says that there is a conflict, not which: its kind would give the practitioner away."""
    known = dossiers.load(store, reader)
    if reader == owner.stream or conflict_between(owner, known, now, _months(store, now)):
        raise Refused(
            "REVIEWER_CONFLICT",
            "This item is not for you: somebody who is not near this work reads it.",
            "item",
        )


def find_decided(store: Store, reader: str, item: str, *, sees_people: bool, now: datetime) -> Decided:
    """What was decided on an item. Whose it is, is told to those who decided on it, and to whom people are open anyway,
    but to nobody while the item waits for a decision (R9.5). Raises Refused NOT_FOUND.
    """
    owner = _owner(store, item)
    known = owner.items[item]
    decisions = tuple(ordered([one for one in owner.decisions.values() if one.item == item]))
    waits = known.status in WAITING
    knows = sees_people or (not waits and any(one.reviewer == reader for one in decisions))
    near = reader == owner.stream or bool(
        conflict_between(owner, dossiers.load(store, reader), now, _months(store, now))
    )
    return Decided(
        _blind(known),
        () if waits and not sees_people else decisions,
        owner.stream if knows else None,
        known.basis if knows else None,
        bool(decisions) and not waits and not near,
    )


def readings(store: Store, reader: str, *, now: datetime) -> list[Reading]:
    """Concerns that wait for a further reader and that this one may read."""
    known = dossiers.load(store, reader)
    owners: dict[str, Dossier | None] = {}
    found = []
    for row in ccv_queries.open_concerns(store):
        if row.stream not in owners:
            near = row.stream == reader
            owners[row.stream] = None if near else _unless_near(store, row.stream, known, now)
        owner = owners[row.stream]
        if owner and _may_read(owner.concerns[row.id], reader):
            item = owner.items.get(row.item)
            found.append(
                Reading(row.item, item.kind if item else None, item.type if item else None, row.recorded_at)
            )
    return found


def _may_read(concern: Concern, reader: str) -> bool:
    return concern.status is ConcernStatus.OPEN and reader not in (concern.reader, *concern.readers)


def load_reading(store: Store, reader: str, item: str, *, now: datetime) -> tuple[str, Reading]:
    """(concern, reading) of an item that waits for this reader. Raises Refused NOT_FOUND, REVIEWER_CONFLICT."""
    for row in ccv_queries.concerns_about(store, item):
        owner = dossiers.load(store, row.stream)
        if _may_read(owner.concerns[row.id], reader):
            _refuse_near(store, owner, reader, now)
            known = owner.items.get(item)
            kind, work = (known.kind, known.type) if known else (None, None)
            return row.id, Reading(item, kind, work, row.recorded_at)
    raise Refused("NOT_FOUND", f"No concern about {item} waits for you to read it.", "item")
