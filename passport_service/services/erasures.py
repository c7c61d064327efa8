"""Erasing a person for good: what the ledger says of them, and what they left in the record store (D.18.2).

Somebody who is a practitioner here is erased with everything; somebody whom only learning systems speak of, by an
identifier. Counts stay true, the chain still verifies, and a learning system that sends the same again is told nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from passport_service.domain.errors import Refused
from passport_service.services import dossiers, holds, learning, people
from passport_service.services.known import Known, of_identifier, of_person, refuse_unheld
from passport_service.store import (
    exports,
    forgetting,
    ledger,
    lookups,
    refusals,
    security_log,
    tombstones,
    traces,
)
from passport_service.store import holds as hold_rows
from passport_service.store.database import Store
from passport_service.store.traces import Traces


class Why(StrEnum):
    """Why somebody is erased: a closed list, because what is typed would be kept."""

    ASKED = "asked"
    PERIOD_OVER = "period_over"
    NEVER_MEANT = "never_meant"
    ORDERED = "ordered"


WORDS = {
    Why.ASKED: "The person asked for it",
    Why.PERIOD_OVER: "The time for which it is kept is over",
    Why.NEVER_MEANT: "It should never have been held",
    Why.ORDERED: "A court or a regulator ordered it",
}


@dataclass(frozen=True, slots=True)
class Extent:
    """How much there is of somebody: statements of their own and of others that name them, documents about them, refused
    batches, events in the ledger."""

    own: int
    named: int
    documents: int
    refused: int
    events: int


def extent(store: Store, who: Known) -> Extent:
    """How much there is of somebody, before it is erased or given to them."""
    with store.reading():
        found = traces.find(store, who.held)
        return Extent(
            own=len(found.own),
            named=len(found.named),
            documents=len(traces.places_of(store, who.held)),
            refused=len(refusals.naming(store, who.held, who.names)),
            events=sum(lookups.last_seq(store, one) for one in who.streams),
        )


def erase(store: Store, who: str, *, why: Why, now: datetime, by: str) -> Traces:
    """Forget whom a staff reference or an identifier names. Raises Refused as the two below do."""
    if "|" in who:
        return erase_identifier(store, who, why=why, now=now, by=by)
    return erase_person(store, people.find(store, who), why=why, now=now, by=by)


def refuse_erasure(store: Store, who: str) -> None:
    """Raises Refused as erasing would, for somebody who has not left or is under legal hold; nothing is changed."""
    with store.reading():
        if "|" in who:
            refuse_held(store, of_identifier(store, who))
        else:
            load_left(store, people.find(store, who))


def erase_person(store: Store, stream: str, *, why: Why, now: datetime, by: str) -> Traces:
    """Forget a person who has left: payloads and salts go, a tombstone stays, the chain still verifies.

    Raises Refused NOT_ALLOWED for somebody who has not left.
    """
    with store.writing(now):
        tombstones.keep_senders_out(store)
        ledger.alone(store)
        who = load_left(store, stream)
        emails = {one: dossiers.load(store, one).attributes.latest("email") for one in who.streams}
        for one in who.streams:
            ledger.erase(store, one, now)
            forgetting.forget_person(store, one, emails[one])  # first the account, which leans on the record
            learning.forget(store, one)
        found = forget_left(store, who)
        note(store, who, found, why, now, by)
    forgetting.overwrite(store)
    return found


def erase_identifier(store: Store, key: str, *, why: Why, now: datetime, by: str) -> Traces:
    """Forget somebody who is no practitioner here, by an identifier. Raises Refused NOT_FOUND when there is nothing."""
    with store.writing(now):
        tombstones.keep_senders_out(store)
        ledger.alone(store)
        who = of_identifier(store, key)
        refuse_held(store, who)
        if not exports.of(store, [one.key for one in who.held]):  # which may be there longer than the rest
            refuse_unheld(store, who, traces.find(store, who.held))
        found = forget_left(store, who)
        note(store, who, found, why, now, by)
    forgetting.overwrite(store)
    return found


def load_left(store: Store, stream: str) -> Known:
    """Who may be erased. Raises Refused NOT_ALLOWED for somebody who has not left, or is under legal hold."""
    who = of_person(store, stream)
    if not who.streams or not dossiers.load(store, stream).attributes.latest("left"):
        raise Refused("NOT_ALLOWED", "Only the record of someone who has left can be erased.", "who")
    refuse_held(store, who)
    return who


def refuse_held(store: Store, who: Known) -> None:
    """Raises Refused NOT_ALLOWED for somebody under legal hold."""
    found = traces.find(store, who.held)
    holds.refuse_erasure(store, who, traces.senders(store, [*found.own, *found.named]))


def forget_left(store: Store, who: Known) -> Traces:
    """What lies in the record store, what was noted about keeping it, and what was exported of it."""
    names = [*who.streams, *(one.key for one in who.held)]
    hold_rows.forget(store, names)
    exports.forget_of(store, names)
    return forgetting.forget_statements(store, who.held, who.names)


def note(store: Store, who: Known, found: Traces, why: Why, now: datetime, by: str) -> None:
    """Keeps that somebody was erased, and of a stranger not even who it was."""
    security_log.note(
        store,
        "erased",
        at=now,
        who=by,
        streams=list(who.streams),
        statements=len(found.own),
        redacted=len(found.named),
        why=str(why),
    )
