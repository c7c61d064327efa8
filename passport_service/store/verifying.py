"""Checking the ledger against its own chain: each stream to its head, and all heads against the seals."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from passport_service.store.chain import START, digest_of, link_of, root_of, seal_link_of
from passport_service.store.database import Store
from passport_service.store.fields import moment_text, read_moment
from passport_service.store.reading import in_portions

COLUMNS = (
    "e.stream, e.id, e.seq, e.kind, e.effective_at, e.recorded_at, e.caused_by, e.policy_version, e.rests_on,"
    " e.digest, e.link, p.salt, p.body"
)
CHAIN = f"SELECT {COLUMNS} FROM event e LEFT JOIN event_payload p ON p.event_id = e.id"
SEALS = "SELECT id, sealed_at, through_id, streams, root, link FROM seal ORDER BY id"


@dataclass(slots=True)
class Seen:
    """What each seal should have covered: for every seal, the last event of each stream within its span."""

    bounds: list[int]
    heads: list[dict[str, tuple[int, bytes]]] = field(default_factory=list)

    def put(self, stream: str, row: Any) -> None:
        at = bisect_left(self.bounds, row[1])
        if at < len(self.bounds):
            self.heads[at][stream] = (row[2], bytes(row[10]))


def verify(store: Store) -> list[str]:
    """Every problem of the ledger as a sentence, the first broken link of each stream by name and number.

    Empty if all is sound; otherwise in the order of the ledger. Reads one consistent moment while others
    write.
    """
    with store.reading():
        seals = store.execute(SEALS).fetchall()
        seen = Seen([seal[2] for seal in seals], [{} for _ in seals])
        problems = sorted(check_streams(store, seen))
        return [sentence for _, sentence in problems] + list(check_seals(seals, seen))


def check_streams(store: Store, seen: Seen) -> Iterator[tuple[int, str]]:
    """The first broken link of each stream, as its place in the ledger and a sentence."""
    erased = dict(store.execute("SELECT stream, through_seq FROM tombstone").fetchall())
    rows = store.execute("SELECT stream, seq, link FROM stream_head").fetchall()
    heads = {stream: (seq, bytes(link)) for stream, seq, link in rows}
    for stream, events in each_chain(store):
        problem = check_stream(stream, events, heads.pop(stream, None), erased.get(stream, 0))
        if problem:
            yield problem
        for row in events:
            seen.put(stream, row)
    for stream, (seq, _) in heads.items():
        if seq:
            yield 0, f"stream {stream}, event 1: all of its {seq} events are missing"


def each_chain(store: Store) -> Iterator[tuple[str, list[Any]]]:
    sizes = store.execute("SELECT stream, count(*) FROM event GROUP BY stream").fetchall()
    for some in in_portions(sorted(sizes)):
        marks = ", ".join("?" * len(some))
        found = store.execute(f"{CHAIN} WHERE e.stream IN ({marks}) ORDER BY e.stream, e.seq", some)
        for stream, events in groupby(found.fetchall(), key=itemgetter(0)):
            yield stream, list(events)


def check_stream(
    stream: str, events: list[Any], head: tuple[int, bytes] | None, erased_through: int
) -> tuple[int, str] | None:
    """The first broken link of one stream, or None."""
    link = START
    for expected, row in enumerate(events, 1):
        fault = fault_of(row, expected, link, erased_through)
        if fault:
            return row[1], f"stream {stream}, event {expected}: {fault}"
        link = bytes(row[10])
    number = len(events)
    if head is None:
        return events[-1][1], f"stream {stream}, event {number}: the head of the stream is missing"
    if head[0] > number:
        return events[-1][1], f"stream {stream}, event {number + 1}: missing, the head knows {head[0]} events"
    if head != (number, link):
        return events[-1][1], f"stream {stream}, event {number}: the head of the stream does not match it"
    return None


def fault_of(row: Any, expected: int, previous: bytes, erased_through: int) -> str | None:
    """What is wrong with one event, given the link before it."""
    seq, digest, link, salt, body = row[2], bytes(row[9]), bytes(row[10]), row[11], row[12]
    if seq != expected:
        return f"missing, {seq} stands in its place"
    if link_of(previous, digest, envelope_of(row)) != link:
        return "its columns do not match its link"
    if body is None:
        return None if seq <= erased_through else "its payload is missing without a tombstone"
    if erased_through:
        return "it has a payload although the stream was erased"
    return None if digest_of(bytes(salt), body) == digest else "its payload was changed"


def envelope_of(row: Any) -> list[int | str | None]:
    stream, place, seq, kind, effective_at, recorded_at, *rest = row[:9]
    return [
        place, stream, seq, kind, moment_text(read_moment(effective_at)), moment_text(read_moment(recorded_at)),
        *rest,
    ]  # fmt: skip


def check_seals(seals: list[Any], seen: Seen) -> Iterator[str]:
    """The seals that were changed, or whose events are no longer those that were sealed."""
    previous = START
    for (number, sealed_at, through, streams, root, link), heads in zip(seals, seen.heads, strict=True):
        at = moment_text(read_moment(sealed_at))
        found = root_of((stream, seq, end) for stream, (seq, end) in heads.items())
        if seal_link_of(previous, at, through, bytes(root)) != bytes(link):
            yield f"seal {number} of {at}: it was changed, or the seal before it is missing"
        elif found != bytes(root) or streams != len(heads):
            yield f"seal {number} of {at}: the events up to {through} are not those that were sealed"
        previous = bytes(link)
