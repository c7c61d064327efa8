"""The one append-only ledger: every fact goes in here, and every state is folded from what comes out.

Writing and reading are here; following, sealing, verifying and erasing have modules of their own and are
offered here under the same name.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from passport_service.domain.events import Event, NewEvent
from passport_service.store import chain, heads
from passport_service.store.database import Store
from passport_service.store.erasing import erase
from passport_service.store.fields import json_text, moment_text
from passport_service.store.following import follow
from passport_service.store.heads import alone, lock, share
from passport_service.store.reading import EVENTS, in_portions, read_event, read_events
from passport_service.store.sealing import seal
from passport_service.store.verifying import verify

INSERT_EVENT = (
    "INSERT INTO event (id, stream, seq, kind, effective_at, recorded_at, caused_by, policy_version,"
    " rests_on, digest, link) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
INSERT_PAYLOAD = "INSERT INTO event_payload (event_id, salt, body) VALUES (?, ?, ?)"


def append(
    store: Store,
    stream: str,
    new: Sequence[NewEvent],
    *,
    recorded_at: datetime,
    caused_by: str,
    policy_version: int,
) -> list[Event]:
    """Adds facts to the end of a stream, inside ``store.writing()``, and returns them as they will be read.

    ``caused_by`` is an opaque id (user, key, ``system``), never a name: it outlives an erasure. Raises
    ``Refused`` (NOT_FOUND) for an erased stream, ``ValueError`` for a naive moment, ``TypeError`` for data
    that is not JSON.
    """
    if not new:
        return []
    head = heads.locked_head(store, stream)
    recorded = moment_text(recorded_at)
    events, envelopes, payloads = [], [], []
    ids, salts = heads.next_ids(store, len(new)), chain.new_salts(len(new))
    for fact, place, salt in zip(new, ids, salts, strict=True):
        head.seq += 1
        body, effective = json_text(fact.data), moment_text(fact.effective_at)
        digest = chain.digest_of(salt, body)
        envelope: list[Any] = [
            place, stream, head.seq, fact.kind, effective, recorded, caused_by, policy_version, fact.rests_on,
        ]  # fmt: skip
        head.link = chain.link_of(head.link, digest, envelope)
        envelopes.append((*envelope, digest, head.link))
        payloads.append((place, salt, body))
        events.append(read_event((*envelope[1:], body, place)))
    store.execute_many(INSERT_EVENT, envelopes)
    store.execute_many(INSERT_PAYLOAD, payloads)
    heads.move(store, stream, head)
    return events


def read(store: Store, stream: str, *, known_at: datetime | None = None) -> list[Event]:
    """A stream's facts in the order of their numbers; ``known_at`` leaves out what was recorded later (R0.1)."""
    if known_at is None:
        rows = store.execute(f"{EVENTS} WHERE e.stream = ? ORDER BY e.seq", (stream,))
    else:
        rows = store.execute(
            f"{EVENTS} WHERE e.stream = ? AND e.recorded_at <= ? ORDER BY e.seq",
            (stream, moment_text(known_at)),
        )
    return read_events(rows.fetchall())


def read_many(store: Store, only: Iterable[str] | None = None) -> Iterator[tuple[str, list[Event]]]:
    """Each stream with its facts, streams in sorted order (all of them by default); for rebuilding.

    Streams without readable facts are left out. A few thousand facts are in memory at a time.
    """
    sizes = stream_sizes(store)
    wanted = sizes if only is None else {stream: sizes[stream] for stream in set(only) if stream in sizes}
    for some in in_portions(sorted(wanted.items())):
        marks = ", ".join("?" * len(some))
        rows = store.execute(f"{EVENTS} WHERE e.stream IN ({marks}) ORDER BY e.stream, e.seq", some)
        for stream, facts in groupby(rows.fetchall(), key=itemgetter(0)):
            yield stream, read_events(facts)


def streams(store: Store) -> list[str]:
    """The names of all streams that have a fact and were not erased, sorted."""
    return sorted(stream_sizes(store))


def stream_sizes(store: Store) -> dict[str, int]:
    """How many facts each stream has, without those that were erased."""
    return dict(store.execute("SELECT stream, seq FROM stream_head WHERE seq > 0 AND NOT erased").fetchall())


__all__ = [
    "alone",
    "append",
    "erase",
    "follow",
    "lock",
    "read",
    "read_many",
    "seal",
    "share",
    "streams",
    "verify",
]
