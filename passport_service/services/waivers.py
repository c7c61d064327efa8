"""Waivers that learning systems asked for and a person must decide (R2.2, R2.9)."""

from dataclasses import dataclass
from datetime import datetime

from passport_service.domain.errors import Refused
from passport_service.domain.folds import fold
from passport_service.domain.holdings import WaiverRequest, waiver_requests
from passport_service.services import councils, training
from passport_service.store import ledger, queries, waiting_queries
from passport_service.store.database import Store
from passport_service.store.queries import Person


@dataclass(frozen=True, slots=True)
class Asked:
    """One statement that asks for waivers, whose it is, and the requirements that it would waive."""

    person: Person
    statement: str
    requests: tuple[WaiverRequest, ...]


def requests(store: Store) -> list[Asked]:
    """Every request that waits, the oldest first."""
    with store.reading():
        streams = waiting_queries.streams_with_waivers(store)
        people = queries.people_by_stream(store, streams) if streams else {}
        catalogue = councils.load(store).catalogue
        found: list[Asked] = []
        for stream, events in ledger.read_many(store, streams):
            waiting: dict[str, list[WaiverRequest]] = {}
            for one in waiver_requests(fold(stream, events), catalogue):
                waiting.setdefault(one.statement, []).append(one)
            if stream in people:
                found += [Asked(people[stream], statement, tuple(of)) for statement, of in waiting.items()]
    return sorted(found, key=lambda one: (one.requests[0].on, one.person.name))


def answer(
    store: Store, stream: str, *, statement: str, grant: bool, by: str, reason: str, now: datetime
) -> None:
    """Grant or refuse what a statement asks for. ``by`` signs; nobody decides about themselves (R2.9)."""
    if by == stream:
        raise Refused("SAME_PERSON", "Another person must decide this.", "approver")
    training.answer_waiver_request(
        store, stream, statement=statement, grant=grant, by=by, reason=reason, now=now
    )
