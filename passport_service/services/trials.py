"""What a body would do if it were pushed with a key: done for real, looked at, and undone before anything is committed.

The path is that of every statement, so the answer is the truth. Nothing is stored, nobody is told, and no number that was
given out on the way is remembered.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from passport_service.domain.errors import Refused
from passport_service.domain.lifecycle import catch_up
from passport_service.services import councils, dossiers, refusals, statements
from passport_service.services.arrived import Deed, deeds
from passport_service.services.keys import Key
from passport_service.services.previews import Changed, Snapshot, differences, snapshot
from passport_service.services.refusals import Problem
from passport_service.store import recognitions
from passport_service.store.database import Store
from passport_service.store.statement_rows import StoredStatement, load
from passport_service.xapi.errors import NOWHERE, Invalid, split_path
from passport_service.xapi.links import target_of
from passport_service.xapi.versions import Version


class Undone(Exception):
    """Ends the trial: whatever it wrote goes with it."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One statement that would be taken in: its place in the body, and what it would do; ``is_known``: it is here already."""

    place: int
    statement: StoredStatement
    deed: Deed
    is_known: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """What would happen. ``refusal`` is what the sender would be told of the whole body; then ``tried`` are the statements
    that would have been taken in without the others, and ``problems`` what is wrong with those.

    ``changed`` are requirements and passports of people that would stand otherwise.
    """

    refusal: Problem | None
    problems: list[Problem]
    tried: list[Tried]
    changed: list[Changed]


@dataclass(frozen=True, slots=True)
class Taken:
    """What could be taken in: its statements with their places, what each did, and how everybody touched stands then."""

    refusal: Problem | None
    problems: list[Problem]
    statements: dict[int, StoredStatement]
    deeds: Mapping[str, Deed]
    after: Mapping[str, Snapshot]


def try_out(store: Store, *, key: Key, body: bytes, now: datetime, version: Version = Version.V1) -> Trial:
    """What pushing this body with this key would do now; whatever is wrong with the body is part of the answer."""
    found: list[Trial] = []
    with suppress(Undone), store.writing(at=now):
        taken = _undone(store, key, body, now, version)
        found.append(_compared(store, taken, now))
        raise Undone
    return found[0]


def _undone(store: Store, key: Key, body: bytes, now: datetime, version: Version) -> Taken:
    """Takes the body in and looks at what that did; on return it has not happened."""
    found: list[Taken] = []
    with suppress(Undone), store.savepoint():
        refusal, problems, ids = _take(store, key, body, now, version)
        stored = {one.id: one for one in load(store, list(ids.values()))}
        there = {place: stored[one] for place, one in ids.items()}
        after = snapshots(store, _touched(store, there.values()), now)
        found.append(Taken(refusal, problems, there, deeds(store, list(stored.values())), after))
        raise Undone
    return found[0]


def _compared(store: Store, taken: Taken, now: datetime) -> Trial:
    """The same seen from where nothing has happened: what was here already, and who stands otherwise."""
    known = {one.id for one in load(store, [one.id for one in taken.statements.values()])}
    tried = [
        Tried(place, one, taken.deeds[one.id], one.id in known)
        for place, one in sorted(taken.statements.items())
    ]
    before = snapshots(store, taken.after, now)
    changed = [
        one for stream, then in taken.after.items() for one in differences(stream, before[stream], then)
    ]
    return Trial(taken.refusal, taken.problems, tried, changed)


def _take(
    store: Store, key: Key, body: bytes, now: datetime, version: Version
) -> tuple[Problem | None, list[Problem], dict[int, str]]:
    """As the door does; when that refuses the body, as a replay would bring in what is good in it. Ids by place."""
    try:
        with store.savepoint():
            accepted = statements.accept(store, key=key, body=body, now=now, version=version)
            return None, [], dict(enumerate(accepted.ids))
    except (Invalid, Refused) as fault:
        refusal = _problem_of(fault, version)
    try:
        good, problems = refusals.sort_out(body, key, version)
    except Refused:  # no statement can be read
        return refusal, [], {}
    if refusal.place not in {NOWHERE, *(one.place for one in problems)}:
        problems.append(refusal)
    bad = {one.place for one in problems}
    good = [(place, one) for place, one in good if place not in bad]
    done = refusals.bring_in(store, good, problems, key, now, None)
    bad = {one.place for one in done.problems}
    places = [place for place, _ in good if place not in bad]
    return refusal, done.problems, dict(zip(places, done.ids, strict=True))


def _problem_of(fault: Invalid | Refused, version: Version) -> Problem:
    """The fault that the sender would hear of."""
    if isinstance(fault, Invalid):
        path, message = fault.path, f"{fault.message} ({version.cite(fault.rule)})"
    else:
        path, message = fault.where or "", fault.message
    return Problem(split_path(path)[0], path, message)


def _touched(store: Store, taken: Iterable[StoredStatement]) -> list[str]:
    """The people whom these statements are about, or from whom they take something back."""
    ids = [one.id for one in taken]
    ids += [target for one in taken if (target := target_of(one.statement)) is not None]
    return sorted({one.stream for one in recognitions.load(store, ids).values() if one.stream})


def snapshots(store: Store, streams: Iterable[str], now: datetime) -> dict[str, Snapshot]:
    council = councils.load(store)
    found = {}
    for stream in streams:
        dossier = dossiers.load(store, stream)
        catch_up(dossier, council, now)
        found[stream] = snapshot(dossier, council, now)
    return found
