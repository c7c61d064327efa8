"""How rows of the ledger become events: the hot path of every fold."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from passport_service.domain.events import Event
from passport_service.store.fields import read_moment

EVENT_COLUMNS = (
    "e.stream, e.seq, e.kind, e.effective_at, e.recorded_at, e.caused_by, e.policy_version, e.rests_on,"
    " p.body, e.id"
)
# An inner join: of an erased person nothing is left to read, and a fold sees none of it.
EVENTS = f"SELECT {EVENT_COLUMNS} FROM event e JOIN event_payload p ON p.event_id = e.id"

EVENTS_AT_ONCE = 4_000
STREAMS_AT_ONCE = 400


def in_portions(sizes: Iterable[tuple[str, int]]) -> Iterator[list[str]]:
    """Streams in portions of a few thousand events, so that reading all of them takes a bounded memory.

    ``sizes`` are (stream, number of events); a single stream is never divided.
    """
    portion: list[str] = []
    events = 0
    for stream, size in sizes:
        if portion and (events + size > EVENTS_AT_ONCE or len(portion) == STREAMS_AT_ONCE):
            yield portion
            portion, events = [], 0
        portion.append(stream)
        events += size
    if portion:
        yield portion


def read_events(rows: Iterable[tuple[Any, ...]]) -> list[Event]:
    return [read_event(row) for row in rows]


def read_event(row: tuple[Any, ...], loads: Any = orjson.loads, moment: Any = read_moment) -> Event:
    """An event of a row of ``EVENT_COLUMNS``. The last two parameters only make the hot path's names local."""
    stream, seq, kind, effective_at, recorded_at, caused_by, policy_version, rests_on, body, place = row
    return Event(
        stream, seq, kind, moment(effective_at), moment(recorded_at), caused_by, policy_version, rests_on,
        loads(body), place,
    )  # fmt: skip
