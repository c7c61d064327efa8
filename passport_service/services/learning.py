"""From statements to evidence: recognise, find the course and the person, and add what it means (R2.2, R2.7, R2.11).

Only statements that speak of completion are looked at twice. What each of them meant here is kept as a *recognition*;
when a mapping or a person arrives later the same statements are read again, and only differences become events.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from passport_service.domain.calendar import business_date
from passport_service.domain.council import Council
from passport_service.evidence import Meaning, Recognisers, Said, said, unsaid
from passport_service.services import councils, dossiers
from passport_service.store import ledger, lookups, projections, recognitions
from passport_service.store.database import Store
from passport_service.store.lookups import Holders
from passport_service.store.recognitions import Recognition
from passport_service.store.statements import StoredStatement

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(minutes=15)

_recognisers: list[Recognisers] = []


def use(recognisers: Recognisers) -> None:
    """Say which recognisers this process has; called once, where the parts are joined."""
    _recognisers[:] = [recognisers]


@dataclass(frozen=True, slots=True)
class Reading:
    """One statement read: what it said, and its recognition under what is known now."""

    statement: StoredStatement
    said: Said
    recognition: Recognition


def learn(
    store: Store, statements: Sequence[StoredStatement], *, may_waive: Collection[str] = (), now: datetime
) -> Counter[str]:
    """Take in what newly stored statements mean, inside their transaction; ``may_waive``: ids of keys that may.

    Returns how many of each key's speak of completion. Those born voided are kept as evidence that was withdrawn, as
    they would be had they come first (R2.10, D.17 1).
    """
    heard = _heard(statements)
    if not heard:
        return Counter()
    ledger.share(store)
    council = councils.load(store)
    holders = _holders(store, heard)
    readings = [
        _read(council, holders, one, what, one.key_id, one.key_id in may_waive, now) for one, what in heard
    ]
    _take_in(store, {}, readings, now)
    return Counter(one.key_id for one, _ in heard)


def voided(store: Store, targets: Sequence[StoredStatement], *, now: datetime) -> None:
    """Evidence whose statement was voided no longer stands, from now on (R2.10). A key voids only what it sent itself."""
    ledger.share(store)
    known = recognitions.load(store, [one.id for one in targets])
    by_stream: dict[str, list[Recognition]] = defaultdict(list)
    for one in known.values():
        if one.stream:
            by_stream[one.stream].append(one)
    with dossiers.changing_all(store, by_stream, now=now) as cases:
        for stream, found in by_stream.items():
            for one in found:
                cases[stream].caused_by = f"key:{one.key_id}"
                cases[stream].add("evidence_voided", {"statement": one.statement}, rests_on=one.statement)
    recognitions.end_waiting(store, [one.id for one in targets])


def read_again_by_activity(
    store: Store, activities: Iterable[str], *, now: datetime, cancelled: str | None = None
) -> int:
    """Read again every statement about these activities; returns how many now mean something else (R2.2, R2.7).

    What a statement meant while a mapping was in force it goes on meaning, except the course that is ``cancelled``.
    """
    return _read_again(store, recognitions.by_activity(store, list(activities)), now, cancelled)


def read_again_by_actor(store: Store, actor_keys: Iterable[str], *, now: datetime) -> int:
    """Read again every statement by these actors; returns how many now mean something else (R2.11)."""
    return _read_again(store, recognitions.by_actor(store, list(actor_keys)), now)


def forget(store: Store, stream: str) -> None:
    """Remove the recognitions and stored copies of an erased person."""
    recognitions.forget(store, stream)
    projections.replace(store, stream, {name: [] for name in projections.PROJECTIONS})


def _read_again(
    store: Store, known: dict[str, Recognition], now: datetime, cancelled: str | None = None
) -> int:
    readings = _changed(store, councils.load(store), known, now, cancelled)
    _take_in(store, known, readings, now)
    return len(readings)


def foresee(
    store: Store, council: Council, activities: Iterable[str], *, now: datetime, cancelled: str | None = None
) -> list[tuple[Recognition, Recognition, dict[str, Any]]]:
    """What statements about these activities would mean under another council: (now, then, facts then). Writes nothing."""
    known = recognitions.by_activity(store, list(activities))
    return [
        (known[one.statement.id], one.recognition, _completion(one, council, now))
        for one in _changed(store, council, known, now, cancelled)
    ]


def _changed(
    store: Store, council: Council, known: dict[str, Recognition], now: datetime, cancelled: str | None
) -> list[Reading]:
    heard = _heard(recognitions.statements_of(store, known))
    holders = _holders(store, heard)
    readings = []
    for one, what in heard:
        old = known[one.id]
        kept = [course for course in (old.course or "").split() if course != cancelled]
        reading = _read(council, holders, one, what, old.key_id, old.may_waive, now, kept)
        if _differs(old, reading.recognition):
            readings.append(reading)
    return readings


def hear(value: Mapping[str, Any]) -> Said | None:
    """What a valid statement says about completion to the recognisers of this process, if anything."""
    return said(value, _recognisers[0] if _recognisers else ())


def why_not_heard(value: Mapping[str, Any]) -> str:
    """Why a valid statement says nothing of completion, in a sentence."""
    return unsaid(value, _recognisers[0] if _recognisers else Recognisers(()))


def _heard(statements: Iterable[StoredStatement]) -> list[tuple[StoredStatement, Said]]:
    """The statements that are about completion, with what they say."""
    return [(one, what) for one in statements if (what := hear(one.statement)) is not None]


def _holders(store: Store, heard: Iterable[tuple[StoredStatement, Said]]) -> Holders:
    # Asked for all of them at once: a query for each statement would be most of what a batch costs.
    return lookups.holders_of(store, {one.actor_key for one, _ in heard if one.actor_key})


def _differs(old: Recognition, new: Recognition) -> bool:
    return (old.stream, old.course, old.reason) != (new.stream, new.course, new.reason)


def _read(
    council: Council,
    holders: Holders,
    statement: StoredStatement,
    heard: Said,
    key_id: str,
    may_waive: bool,
    now: datetime,
    kept: Sequence[str] = (),
) -> Reading:
    """What a statement about completion means under the catalogue and identities of now.

    ``kept`` are courses that it meant already: ending a mapping does not cancel evidence dated before (R2.7).
    """
    day = business_date(statement.timestamp)
    meant = (council.catalogue.course_of(heard.activity_ids, day) or "").split()
    course = " ".join(dict.fromkeys([*kept, *meant])) or None
    actor_key = statement.actor_key or ""  # a group without an identifier is nobody's
    stream = lookups.holder_at(holders.get(actor_key, ()), statement.timestamp)
    reason = None
    if course is None:
        reason = "UNMAPPED_ACTIVITY"
    elif stream is None:
        reason = "UNKNOWN_PERSON"
    elif statement.timestamp < EARLIEST:
        reason = "BEFORE_2000"
    # A waiver is said of the unit, which nobody maps, just before the course is `satisfied`: it is kept for that person.
    belongs = (
        stream is not None and reason != "BEFORE_2000" and (reason is None or heard.meaning is Meaning.WAIVED)
    )
    recognition = Recognition(
        statement=statement.id,
        stream=stream if belongs else None,
        meaning=heard.meaning.value,
        key_id=key_id,
        actor_key=actor_key,
        activity_id=heard.activity_ids[0],
        also=heard.activity_ids[1:],
        activity_name=heard.activity_name,
        activity_type=heard.activity_type,
        is_course=heard.is_course,
        effective_at=statement.timestamp,
        course=course,
        reason=None if statement.voided else reason,  # what was voided waits for nobody
        may_waive=may_waive,
        recorded_at=now,
    )
    return Reading(statement, heard, recognition)


def _take_in(store: Store, known: dict[str, Recognition], readings: Sequence[Reading], now: datetime) -> None:
    """Write the recognitions, and to each person touched what came and what went."""
    if not readings:
        return
    recognitions.save(store, [one.recognition for one in readings])
    touched = {one.recognition.stream for one in readings} | {
        known[one.statement.id].stream for one in readings if one.statement.id in known
    }
    council = councils.load(store)
    with dossiers.changing_all(store, [one for one in touched if one], now=now) as cases:
        for one in readings:
            old, new = known.get(one.statement.id), one.recognition
            if old and old.stream and old.stream != new.stream:
                cases[old.stream].add(
                    "completion_moved", {"statement": new.statement}, rests_on=new.statement
                )
            if new.stream:
                case = cases[new.stream]
                case.caused_by = f"key:{new.key_id}"
                case.add(
                    "completion_recorded",
                    _completion(one, council, now),
                    effective_at=new.effective_at,
                    rests_on=new.statement,
                )
                if one.statement.voided and new.statement not in case.dossier.voided:
                    case.add("evidence_voided", {"statement": new.statement}, rests_on=new.statement)


def _completion(reading: Reading, council: Council, now: datetime) -> dict[str, Any]:
    """The facts that a person's stream keeps; a score only where a requirement looks at one (D.18.2)."""
    heard, new = reading.said, reading.recognition
    flags = []
    if reading.statement.timestamp_missing:
        flags.append("no timestamp: the time of storing is used")
    if new.effective_at > now + AHEAD:
        flags.append("dated in the future")
    data: dict[str, Any] = {
        "statement": new.statement,
        "meaning": new.meaning,
        "activity": new.activity_id,
        "course": new.course,
        "platform": heard.platform,
    }
    scored = new.course is not None and council.catalogue.needs_score(new.course)
    optional = {
        "success": heard.success,
        "completion": heard.completion,
        "scaled": heard.scaled if scored else None,
        "registration": heard.registration,
        "may_waive": new.may_waive or None,
        "flags": flags or None,
    }
    return data | {name: value for name, value in optional.items() if value is not None}
