"""Batches that were refused: kept with the reason, looked at by few, and replayed for what is valid in them.

A learning system parks a whole refused batch for good (one bad statement loses good completions), so a person here
must be able to see it and bring in the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from passport_service.domain.errors import Refused
from passport_service.services import keys
from passport_service.services.keys import Key
from passport_service.services.statements import Clock, accept_batch, incoming, refuse_not_allowed
from passport_service.store import refusals
from passport_service.store.database import Store
from passport_service.store.refusals import Refusal
from passport_service.xapi.attachments import refuse_missing
from passport_service.xapi.batch import check_at, note_id
from passport_service.xapi.errors import Invalid
from passport_service.xapi.reading import Read, count_statements, read_one, split_statements

KEPT_FOR = timedelta(days=30)
MOST_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one statement of a batch was not brought in."""

    place: int
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did: ids brought in (``new`` of them not known before), and the problems of the others."""

    ids: list[str]
    new: int
    problems: list[Problem] = field(default_factory=list)


def refuse(
    store: Store,
    *,
    key: Key,
    body: bytes,
    fault: Invalid | Refused,
    now: datetime,
    quota: int,
    size: int | None = None,
) -> int:
    """Keeps a refused body from a known key, with its reason; returns its number, 0 when the quota is none.

    Only the statements are given here, never headers or form fields: no credentials are kept. The first megabyte is
    kept, or none of it where only its ``size`` is known; what is older than 30 days is deleted on the way.
    """
    if quota == 0:
        return 0
    with store.writing():
        refusals.forget_before(store, now - KEPT_FOR)
        return refusals.keep(
            store,
            key_id=key.id,
            received_at=now,
            reason=fault.message,
            rule=fault.rule if isinstance(fault, Invalid) else fault.code,
            path=fault.path if isinstance(fault, Invalid) else fault.where,
            body=body,
            size=len(body) if size is None else size,
            statements=count_statements(body) if size is None else None,
            quota=quota,
        )


def newest(store: Store, limit: int = MOST_SHOWN) -> list[Refusal]:
    """The latest refused batches, newest first."""
    with store.reading():
        return refusals.newest(store, limit)


def load(store: Store, number: int) -> Refusal:
    """One refused batch. Raises Refused NOT_FOUND."""
    found = refusals.find(store, number)
    if found is None:
        raise Refused("NOT_FOUND", "There is no such refused batch; they are kept for 30 days.")
    return found


def replay(store: Store, number: int, *, by: str, now: datetime, clock: Clock | None = None) -> Replayed:
    """Brings in the valid statements of a refused batch, learned now; tells what is wrong with each of the others.

    ``by``: the person who asks. Raises Refused: NOT_FOUND, MALFORMED when the body is no JSON or was too long to keep,
    NOT_ALLOWED when its key has ended or the batch was replayed before.
    """
    with store.writing(at=now):
        refusal = load(store, number)
        key = keys.load(store, refusal.key_id)
        refuse_replay(refusal, key)
        good, problems = sort_out(refusal.body, key)
        done = bring_in(store, good, problems, key, now, clock)
        outcome = {
            "new": done.new,
            "ids": done.ids,
            "problems": [{"path": one.path, "message": one.message} for one in done.problems],
        }
        if not refusals.mark_replayed(store, number, at=now, by=by, outcome=outcome):
            raise Refused("NOT_ALLOWED", "This batch has been replayed already.")
        return done


def refuse_replay(refusal: Refusal, key: Key) -> None:
    if refusal.replayed_at is not None:
        raise Refused("NOT_ALLOWED", "This batch has been replayed already.")
    if key.revoked_at is not None:
        raise Refused("NOT_ALLOWED", "The key that sent this batch has ended.")
    if not refusal.is_whole:
        raise Refused("MALFORMED", "This batch was too long to be kept whole.")


def sort_out(body: bytes, key: Key) -> tuple[list[tuple[int, Read]], list[Problem]]:
    """The statements of a body that may be stored, with their places, and the problems of the others."""
    try:
        parts = split_statements(body)
    except Invalid as fault:
        raise Refused("MALFORMED", f"No statement can be read: {fault.message}.", fault.path) from None
    good: list[tuple[int, Read]] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for place, part in enumerate(parts):
        try:
            one = read_one(part, "statements", place)
            check_at(one.value, place)
            note_id(seen, one.value, place)
            refuse_missing(one.value, place)
            refuse_not_allowed(key, one.value, place)
            good.append((place, one))
        except Invalid as fault:
            problems.append(Problem(place, fault.path, fault.message))
        except Refused as fault:
            problems.append(Problem(place, fault.where or "", fault.message))
    return good, problems


def bring_in(
    store: Store,
    good: Sequence[tuple[int, Read]],
    problems: list[Problem],
    key: Key,
    now: datetime,
    clock: Clock | None,
) -> Replayed:
    """Stores what can be stored; a statement that conflicts with a stored one becomes a problem of its own."""
    left: list[Any] = [
        (place, one) for (place, _), one in zip(good, incoming([read for _, read in good]), strict=True)
    ]
    while True:
        try:
            with store.savepoint():
                done = accept_batch(store, [one for _, one in left], key=key, now=now, clock=clock)
        except Refused as fault:
            index = place_in(fault)
            place = left.pop(index)[0]
            problems.append(Problem(place, f"statements[{place}]", fault.message))
        else:
            return Replayed(done.ids, done.new, sorted(problems, key=lambda one: one.place))


def place_in(fault: Refused) -> int:
    """Which statement of the batch a refusal names (``statements[2].id``)."""
    where = fault.where or ""
    return int(where.partition("[")[2].partition("]")[0])
