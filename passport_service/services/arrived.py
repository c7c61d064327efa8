"""What one statement did here, in plain words: what it was recognised as, for whom, what rests on it, or why nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from passport_service.domain.catalogue import Catalogue
from passport_service.domain.errors import Refused
from passport_service.domain.events import Event
from passport_service.domain.passport import TRANSITIONS
from passport_service.evidence import Said
from passport_service.services import councils, learning
from passport_service.store import ledger, queries, recognitions, statement_links
from passport_service.store.database import Store
from passport_service.store.queries import Outcome, Person
from passport_service.store.recognitions import Recognition
from passport_service.store.statement_rows import FOUND, VOIDED, StoredStatement, load
from passport_service.xapi.links import target_of
from passport_service.xapi.statement import is_voiding

WAITS = {
    "UNMAPPED_ACTIVITY": "Nobody has said which course this activity is. It waits in quarantine.",
    "UNKNOWN_PERSON": "Nobody here is known by the identifier that was sent. It waits in quarantine.",
    "BEFORE_2000": "It is dated before the year 2000, so it never counts.",
}


@dataclass(frozen=True, slots=True)
class Deed:
    """What a statement did. ``why`` says in a sentence why it did nothing, or why it waits.

    ``courses`` are titles of requirements; ``person`` whose evidence it is; ``rests`` the events that rest on it, and
    ``followed`` the changes of a passport that were decided together with them.
    """

    outcome: Outcome
    said: Said | None
    recognition: Recognition | None
    courses: tuple[str, ...]
    person: Person | None
    rests: tuple[Event, ...]
    followed: tuple[Event, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Looked:
    """One statement with what it did, and the statements that took it back."""

    statement: StoredStatement
    deed: Deed
    voids: str | None
    voided_by: tuple[str, ...]


def look(store: Store, statement_id: str) -> Looked:
    """One statement and what it did, in one reading. Raises Refused NOT_FOUND for an unknown or erased one."""
    with store.reading():
        found = load(store, [statement_id])
        if not found:
            raise Refused("NOT_FOUND", missing(store, statement_id))
        statement = found[0]
        voids = target_of(statement.statement) if is_voiding(statement.statement) else None
        by = statement_links.voidings_of(store, statement.id, statement.key_id) if statement.voided else ()
        return Looked(statement, deeds(store, [statement])[statement.id], voids, tuple(by))


def missing(store: Store, statement_id: str) -> str:
    if queries.is_erased(store, statement_id):
        return "This statement was erased. That it was here is kept, and nothing of what it said."
    return "There is no statement with this id."


def deeds(store: Store, statements: Sequence[StoredStatement]) -> dict[str, Deed]:
    """What each of these statements did, by id; a query for each person they are about, and two for all."""
    known = recognitions.load(store, [one.id for one in statements])
    catalogue = councils.load(store).catalogue
    streams = sorted({one.stream for one in known.values() if one.stream})
    people = queries.people_by_stream(store, streams) if streams else {}
    histories = {stream: ledger.read(store, stream) for stream in streams}
    return {one.id: _deed(one, known.get(one.id), catalogue, people, histories) for one in statements}


def _deed(
    statement: StoredStatement,
    recognition: Recognition | None,
    catalogue: Catalogue,
    people: Mapping[str, Person],
    histories: Mapping[str, Sequence[Event]],
) -> Deed:
    stream = None if recognition is None else recognition.stream
    rests, followed = _resting(histories.get(stream or "", ()), statement.id)
    outcome = queries.outcome_of(VOIDED if statement.voided else FOUND, recognition)
    return Deed(
        outcome=outcome,
        said=learning.hear(statement.statement),
        recognition=recognition,
        courses=tuple(_titles(recognition, catalogue)),
        person=people.get(stream or ""),
        rests=rests,
        followed=followed,
        why=_why(statement.statement, recognition, outcome),
    )


def _titles(recognition: Recognition | None, catalogue: Catalogue) -> list[str]:
    slugs = (recognition.course or "").split() if recognition else []
    return [catalogue.requirements[one].title if one in catalogue.requirements else one for one in slugs]


def _resting(history: Sequence[Event], statement_id: str) -> tuple[tuple[Event, ...], tuple[Event, ...]]:
    """The events that rest on a statement, and the transitions of the passport decided at the same moments."""
    rests = tuple(one for one in history if one.rests_on == statement_id)
    moments = {one.recorded_at for one in rests}
    followed = tuple(
        one
        for one in history
        # What time alone had brought is recorded then too, with an earlier moment of its own.
        if one.kind in TRANSITIONS and one.recorded_at in moments and one.effective_at == one.recorded_at
    )
    return rests, followed


def _why(value: Mapping[str, Any], recognition: Recognition | None, outcome: Outcome) -> str:
    if outcome is Outcome.VOIDED:
        return "It was taken back by a later statement, and nothing rests on it any more."
    if recognition is not None:
        return WAITS.get(recognition.reason or "", "")
    if is_voiding(value):
        return "It takes back another statement."
    return learning.why_not_heard(value)
