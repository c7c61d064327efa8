"""Statements as the viewer lists them: newest first, with what became of each, and never more work than a page is worth.

Nothing is counted and nothing is skipped over: a page begins where the one before ended, and a filter that few fit looks
through a bounded number of statements and says how far it came.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from passport_service.store import recognitions
from passport_service.store.database import Store
from passport_service.store.fields import microseconds_of, moment_of
from passport_service.store.interned import KEYS, VERBS, number_of
from passport_service.store.recognitions import Recognition
from passport_service.store.statement_rows import ERASED, VOIDED, id_bytes, id_text, marks

PAGE_SIZE = 50
AT_ONCE = 500
MOST_LOOKED_AT = 5_000
NAMES = (
    "SELECT s.pk, a.key, v.iri, o.iri, k.key FROM statement s"
    " JOIN statement_verb v ON v.id = s.verb_id JOIN statement_key k ON k.id = s.key_id"
    " LEFT JOIN statement_agent a ON a.id = s.agent_id LEFT JOIN statement_activity o ON o.id = s.activity_id"
)
Place = tuple[datetime, int]


class Outcome(StrEnum):
    """What became of a statement."""

    RECOGNISED = "recognised"
    WAITING = "waiting"
    IGNORED = "ignored"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which statements: of a key, stored in [since, until), with a verb, of an outcome; ``after`` is where a page ended."""

    key_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    verb: str | None = None
    outcome: Outcome | None = None
    after: Place | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One statement in a list. ``verb`` and ``activity`` are IRIs, ``actor_key`` is None for an anonymous group."""

    id: str
    stored: datetime
    actor_key: str | None
    verb: str
    activity: str | None
    key_id: str
    outcome: Outcome
    recognition: Recognition | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of statements, and the place to go on from if older ones have not been looked at.

    ``is_full`` is false when the page ends because enough was looked through, not because it has enough lines.
    """

    lines: list[Line]
    after: Place | None
    is_full: bool


@dataclass(frozen=True, slots=True)
class Row:
    """What the filters look at."""

    pk: int
    stored: int
    id: str
    state: int


def list_statements(store: Store, asked: Asked, *, size: int = PAGE_SIZE) -> Listed:
    """The newest statements that fit, after the place of the page before; erased ones are not listed."""
    narrow = Narrow.of(store, asked)
    if narrow is None:
        return Listed([], None, is_full=True)
    found: list[tuple[Row, Recognition | None]] = []
    looked_at = 0
    place = narrow.after
    while looked_at < MOST_LOOKED_AT:
        # Without a filter the first rows are the page; with one, some hundreds of rows cost little more than one.
        wanted = size + 1 if asked.outcome is None else AT_ONCE
        rows = narrow.rows(store, place, wanted)
        for one in fitting(store, rows, asked.outcome):
            if len(found) == size:
                last = found[-1][0]
                return Listed(lines(store, found), (moment_of(last.stored), last.pk), is_full=True)
            found.append(one)
        if len(rows) < wanted:
            return Listed(lines(store, found), None, is_full=True)
        looked_at += len(rows)
        place = (rows[-1].stored, rows[-1].pk)
    assert place is not None
    return Listed(lines(store, found), (moment_of(place[0]), place[1]), is_full=False)


@dataclass(frozen=True, slots=True)
class Narrow:
    """A question with its texts turned into numbers."""

    key: int | None
    verb: int | None
    since: int | None
    until: int | None
    after: tuple[int, int] | None

    @staticmethod
    def of(store: Store, asked: Asked) -> "Narrow | None":
        """None when it names a key or a verb that no statement has."""
        key = None if asked.key_id is None else number_of(store, KEYS, asked.key_id)
        verb = None if asked.verb is None else number_of(store, VERBS, asked.verb)
        if (asked.key_id is not None and key is None) or (asked.verb is not None and verb is None):
            return None
        since, until = (None if one is None else microseconds_of(one) for one in (asked.since, asked.until))
        after = None if asked.after is None else (microseconds_of(asked.after[0]), asked.after[1])
        return Narrow(key, verb, since, until, after)

    def rows(self, store: Store, place: tuple[int, int] | None, limit: int) -> list[Row]:
        """The next rows in order: served by the index of a verb's statements, of a key's, or of all."""
        conditions, values = [f"state <> {ERASED}"], []
        for condition, value in (
            ("verb_id = ?", self.verb),
            ("key_id = ?", self.key),
            ("stored >= ?", self.since),
            ("stored < ?", self.until),
        ):
            if value is not None:
                conditions.append(condition)
                values.append(value)
        if place is not None:
            conditions.append("(stored, pk) < (?, ?)")
            values.extend(place)
        found = store.execute(
            f"SELECT pk, stored, id, state FROM statement WHERE {' AND '.join(conditions)}"
            " ORDER BY stored DESC, pk DESC LIMIT ?",
            [*values, limit],
        )
        return [Row(pk, stored, id_text(one), state) for pk, stored, one, state in found.fetchall()]


def fitting(
    store: Store, rows: Sequence[Row], outcome: Outcome | None
) -> Iterator[tuple[Row, Recognition | None]]:
    """The rows with the outcome, each with its recognition if it has one; one query for all of them."""
    known = recognitions.load(store, [one.id for one in rows]) if rows else {}
    for one in rows:
        recognition = known.get(one.id)
        if outcome is None or outcome_of(one.state, recognition) is outcome:
            yield one, recognition


def outcome_of(state: int, recognition: Recognition | None) -> Outcome:
    """What became of a statement, by its state and by what it was taken to mean."""
    if state == VOIDED:
        return Outcome.VOIDED
    if recognition is None:
        return Outcome.IGNORED
    return Outcome.WAITING if recognition.reason else Outcome.RECOGNISED


def lines(store: Store, found: Sequence[tuple[Row, Recognition | None]]) -> list[Line]:
    if not found:
        return []
    pks = [row.pk for row, _ in found]
    names: dict[int, Any] = {
        pk: rest for pk, *rest in store.execute(f"{NAMES} WHERE s.pk IN ({marks(pks)})", pks).fetchall()
    }
    return [line_of(row, names[row.pk], recognition) for row, recognition in found]


def line_of(row: Row, names: Sequence[Any], recognition: Recognition | None) -> Line:
    actor_key, verb, activity, key_id = names
    outcome = outcome_of(row.state, recognition)
    return Line(row.id, moment_of(row.stored), actor_key, verb, activity, key_id, outcome, recognition)


def is_erased(store: Store, statement_id: str) -> bool:
    """Whether a statement with this id was here and was erased."""
    row = store.execute("SELECT state FROM statement WHERE id = ?", (id_bytes(statement_id),)).fetchone()
    return row is not None and row[0] == ERASED


def verbs_known(store: Store, *, most: int = 200) -> list[str]:
    """The verbs that statements have named, in the order in which they were first met."""
    rows = store.execute("SELECT iri FROM statement_verb ORDER BY id LIMIT ?", (most,))
    return [iri for (iri,) in rows.fetchall()]
