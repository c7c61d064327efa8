"""What the world is told of: each transition of a passport, each confirmation and authorisation, once (R7.4).

One reading of the ledger serves the feed, the forwarder and whoever else tells the world. It stops at the watermark, so
that nothing is missed under concurrent writers. It says what happened and where the present state can be read; never why.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from passport_service.domain.events import Event
from passport_service.domain.passport import TRANSITIONS, series_of
from passport_service.domain.streak import APPROVALS, Outcome
from passport_service.services import dossiers
from passport_service.store import ledger, lookups
from passport_service.store.database import Store

PLAIN = {
    "passport_issued": "issued",
    "passport_revoked": "revoked",
    "passport_lapsed": "lapsed",
    "passport_ended": "ended",
    "passport_voided": "voided",
    "passport_reinstated": "reinstated",
    "item_confirmed": "confirmed",
}
BY_STATE = {"passport_suspended": "suspended", "passport_cause_cleared": "lifted"}
FOLLOWED = (*PLAIN, *BY_STATE, "item_decided")
KINDS = tuple(dict.fromkeys([*PLAIN.values(), *BY_STATE.values(), "authorised"]))
MOST = 500


@dataclass(frozen=True, slots=True)
class Published:
    """One thing that happened, for the world. ``id`` never changes; ``who`` is a staff reference, None once erased."""

    id: str
    kind: str
    stream: str
    who: str | None
    passport: int | None
    item: str | None
    at: datetime
    recorded_at: datetime


def published(store: Store, after: str | None, limit: int = MOST) -> tuple[list[Published], str, bool]:
    """Up to ``limit`` events after a cursor (None: from the start), the next cursor, and whether more may be there now.

    Raises Refused MALFORMED for a cursor that was never given out.
    """
    with store.reading():
        events, cursor = ledger.follow(store, after, limit, FOLLOWED)
        passports = _Passports(store)
        refs = lookups.find_refs({one.stream for one in events})
        found = [
            _published(one, kind, passports.number_at(one), refs.get(one.stream))
            for one in events
            if (kind := passports.kind_of(one)) is not None
        ]
    return found, cursor, len(events) == limit


def _published(event: Event, kind: str, passport: int | None, ref: str | None) -> Published:
    item = event.data.get("item") if kind in ("confirmed", "authorised") else None
    return Published(
        f"{event.stream}.{event.seq}",
        kind,
        event.stream,
        ref,
        passport,
        item,
        event.effective_at,
        event.recorded_at,
    )


class _Passports:
    """What an event did to its passport, from the transitions up to it; each stream is read once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._transitions: dict[str, list[Event]] = {}

    def kind_of(self, event: Event) -> str | None:
        """The word for the world, or None when nothing changed for it: a second cause, one of several cleared."""
        if event.kind == "item_decided":
            approved = Outcome(event.data["outcome"]) in APPROVALS
            return "authorised" if event.data["stream"] == "authorise" and approved else None
        if event.kind in BY_STATE:
            before, after = self._state(event, before=True), self._state(event)
            return BY_STATE[event.kind] if before != after else None
        return PLAIN[event.kind]

    def number_at(self, event: Event) -> int | None:
        series = series_of([one for one in self._of(event.stream) if one.seq <= event.seq])
        return series[-1].number if series else None

    def _state(self, event: Event, *, before: bool = False) -> str | None:
        reached = event.seq - 1 if before else event.seq
        series = series_of([one for one in self._of(event.stream) if one.seq <= reached])
        return series[-1].state if series else None

    def _of(self, stream: str) -> list[Event]:
        if stream not in self._transitions:
            events = ledger.read(self._store, stream)
            self._transitions[stream] = [one for one in events if one.kind in TRANSITIONS]
        return self._transitions[stream]


def account_of(store: Store, stream: str) -> tuple[str, str] | None:
    """The practitioner's newest account in a learning system: (home page, name)."""
    accounts = [key for key, _, until in dossiers.load(store, stream).identifiers if until is None]
    for key in reversed(accounts):
        kind, _, rest = key.partition("|")
        if kind == "account":
            home_page, _, name = rest.rpartition("|")
            return home_page, name
    return None


def all_published(store: Store) -> Iterator[Published]:
    """Everything so far, page by page."""
    cursor, more = None, True
    while more:
        found, cursor, more = published(store, cursor)
        yield from found
