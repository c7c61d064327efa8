"""Batches that were refused: kept with the reason, looked at by few, and replayed for what is valid in them.

A learning system parks a whole refused batch for good (one bad statement loses good completions), so a person here
must be able to see it and bring in the rest.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from passport_service.domain.errors import Refused
from passport_service.services import keys
from passport_service.services.keys import Key
from passport_service.services.statements import Clock, accept_batch, incoming, refuse_not_allowed
from passport_service.store import arrivals, refusals
from passport_service.store.arrivals import Came
from passport_service.store.database import Store
from passport_service.store.refusals import Refusal
from passport_service.xapi.attachments import refuse_missing
from passport_service.xapi.batch import check_at, note_id
from passport_service.xapi.errors import NOWHERE, Invalid, split_path
from passport_service.xapi.reading import Read, count_statements, read_one, split_statements
from passport_service.xapi.scopes import Scope, allows
from passport_service.xapi.versions import Version

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
    version: Version = Version.V1,
) -> int:
    """Counts and keeps a refused body from a known key, with its reason; returns its number, 0 when the quota is none.

    The rule is told as the sender was told it, in the ``version`` of the standard that the request spoke.

    Only the statements are given here, never headers or form fields: no credentials are kept. The first megabyte is
    kept, or none of it where only its ``size`` is known; what is older than 30 days is deleted on the way.
    """
    with store.writing():
        arrivals.note(store, key.id, Came(refused=1), at=now)
        if quota == 0:
            return 0
        refusals.forget_before(store, now - KEPT_FOR)
        return refusals.keep(
            store,
            key_id=key.id,
            received_at=now,
            reason=fault.message,
            rule=version.cite(fault.rule) if isinstance(fault, Invalid) else fault.code,
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
    NOT_ALLOWED when its key has ended or the batch was replayed before. A batch of which nothing can be brought in stays
    as it is: its key may be given the missing home page yet.
    """
    with store.writing(at=now):
        refusal = load(store, number)
        key = keys.load(store, refusal.key_id)
        refuse_replay(refusal, key)
        good, problems = sort_out(refusal.body, key, Version.cited(refusal.rule))
        done = bring_in(store, good, problems, key, now, clock)
        if not done.ids:
            return done
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
        raise Refused(
            "NOT_ALLOWED", "The key that sent it has ended, so nothing more can be brought in with it."
        )
    if not allows(key.scopes, Scope.STATEMENTS_WRITE):
        raise Refused(
            "NOT_ALLOWED",
            "The key that sent it may not write statements. Once it may, they can be brought in.",
        )
    if not refusal.is_whole:
        raise Refused("MALFORMED", "It was not kept whole, so nothing can be brought in from here.")


def hindrance(refusal: Refusal, key: Key, examined: "Examined") -> str:
    """Why nothing of a batch that was not brought in yet can be; empty where something can."""
    try:
        refuse_replay(refusal, key)
    except Refused as fault:
        return fault.message
    if len(examined.problems) == examined.places:
        return "Nothing in it is valid, so there is nothing to bring in."
    return ""


def sort_out(body: bytes, key: Key, version: Version) -> tuple[list[tuple[int, Read]], list[Problem]]:
    """The statements of a body that may be stored, with their places, and the problems of the others.

    ``version``: the one in which the refusal was told. What is a statement in the other one only is good as well, as a
    refusal for another reason does not say which it was.
    """
    try:
        parts = split_statements(body)
    except Invalid as fault:
        raise Refused("MALFORMED", f"No statement can be read: {fault.message}.", fault.path) from None
    good: list[tuple[int, Read]] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for place, part in enumerate(parts):
        try:
            one = read_in_either(part, place, version)
            note_id(seen, one.value, place)
            refuse_missing(one.value, place)
            refuse_not_allowed(key, one.value, place)
            good.append((place, one))
        except Invalid as fault:
            problems.append(Problem(place, fault.path, fault.message))
        except Refused as fault:
            problems.append(Problem(place, fault.where or "", fault.message))
    return good, problems


def read_in_either(part: bytes, place: int, version: Version) -> Read:
    """A valid statement, by this version of the standard or else by the other. Raises Invalid as the first one does."""
    one = read_one(part, version, "statements", place)
    try:
        check_at(one, place)
    except Invalid:
        other = replace(one, version=Version.V1 if version is Version.V2 else Version.V2)
        with suppress(Invalid):
            check_at(other, place)
            return other
        raise
    return one


@dataclass(frozen=True, slots=True)
class Examined:
    """The statements of a refused body, told apart: how many there are, which are wrong and why. None can be told apart
    in a body that is not the JSON it claims to be (``places`` 0)."""

    places: int
    problems: dict[int, Problem]


def examine(refusal: Refusal, key: Key) -> Examined:
    """What in a refused batch is good and what is not, judged now: what its key was not allowed then may be allowed by now.

    The fault that it was refused for is among it where only what is stored shows it.
    """
    try:
        good, found = sort_out(refusal.body, key, Version.cited(refusal.rule))
    except Refused:
        return Examined(0, {})
    problems = {one.place: one for one in found}
    place, _ = split_path(refusal.path or "")
    if place != NOWHERE and (
        problems[place].path != refusal.path if place in problems else only_stored(refusal)
    ):
        problems[place] = Problem(place, refusal.path or "", refusal.reason)
    return Examined(len(good) + len(found), problems)


def only_stored(refusal: Refusal) -> bool:
    """Whether only a look into what is stored shows the fault: an id that is taken, what may not be voided."""
    is_of_voiding = refusal.rule == "NOT_ALLOWED" and (refusal.path or "").endswith(".object.id")
    return is_of_voiding or refusal.rule in ("ID_CONFLICT", "TOO_LONG")


def bring_in(
    store: Store,
    good: Sequence[tuple[int, Read]],
    problems: list[Problem],
    key: Key,
    now: datetime,
    clock: Clock | None,
) -> Replayed:
    """Stores what can be stored; a statement that conflicts with a stored one becomes a problem of its own."""
    left: list[Any] = [(place, incoming(one, key)) for place, one in good]
    while True:
        try:
            with store.savepoint():
                done = accept_batch(store, [one for _, one in left], key=key, now=now, clock=clock)
        except Refused as fault:
            index, _ = split_path(fault.where or "")
            place = left.pop(index)[0]
            problems.append(Problem(place, f"statements[{place}]", fault.message))
        else:
            return Replayed(done.ids, done.new, sorted(problems, key=lambda one: one.place))
