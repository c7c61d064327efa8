"""Statements out: one by its id, or a page of them by filters, newest first. A key finds only what it wrote itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from passport_service.store.database import Store
from passport_service.store.fields import moment_text, read_moment
from passport_service.store.interned import ACTIVITIES, AGENTS, VERBS, number_of
from passport_service.store.statement_rows import Kept, id_text, in_parts, kept_of, marks
from passport_service.xapi.query import Query

COLUMNS = "s.pk, s.id, s.payload, s.timestamp, s.stored, s.voided"
NOTHING = "s.pk IS NULL"


@dataclass(frozen=True, slots=True)
class Page:
    """Statements in order, and the place after the last of them if there are more."""

    statements: list[Kept]
    after: tuple[datetime, int] | None


@dataclass(slots=True)
class Clause:
    """Conditions, and the parameters of their question marks in order."""

    conditions: list[str]
    values: list[Any]

    def add(self, condition: str, *values: Any) -> None:
        self.conditions.append(condition)
        self.values.extend(values)

    @property
    def text(self) -> str:
        return " AND ".join(self.conditions)


def find_one(store: Store, statement_id: str, *, key_id: str, voided: bool) -> Kept | None:
    """The statement with this id that this key wrote, among the voided or among the others."""
    rows = store.execute(
        f"SELECT {COLUMNS} FROM statement s WHERE s.id = ? AND s.key_id = ? AND s.voided = ?",
        (id_text(statement_id), key_id, voided),
    )
    row = rows.fetchone()
    return None if row is None else kept_of(row)


def find_page(store: Store, query: Query, *, key_id: str, limit: int, authority: str) -> Page:
    """A page of at most ``limit`` statements in the query's order, voided ones left out.

    ``authority`` is the agent key under which this key's statements are stored: asked for broadly, it matches all.
    """
    matches = matching(store, query, authority)
    asked = [clause.text for clause in matches] != [""]
    found: dict[int, str | datetime] = {}
    for clause in matches:
        found.update(direct(store, clause, query, key_id, limit + 1))
        if asked:
            found.update(through(store, clause, query, key_id, limit + 1))
    ordered = sorted(((stored, pk) for pk, stored in found.items()), reverse=not query.ascending)
    page = ordered[:limit]
    more = (read_moment(page[-1][0]), page[-1][1]) if len(ordered) > limit and page else None
    return Page(list(load(store, [pk for _, pk in page])), more)


def matching(store: Store, query: Query, authority: str) -> list[Clause]:
    """The filters as alternatives, each of which an index can serve; a statement that fits any of them matches."""
    rest = Clause([], [])
    if query.verb is not None:
        rest.add("s.verb_id = ?", number_of(store, VERBS, query.verb))
    if query.registration is not None:
        rest.add("s.registration = ?", id_text(query.registration))
    if query.activity is not None:
        add_activity(rest, number_of(store, ACTIVITIES, query.activity), broad=query.related_activities)
    if query.agent is None or (query.related_agents and query.agent == authority):
        return [rest]
    number = number_of(store, AGENTS, query.agent)
    as_actor = Clause(["s.agent_id = ?", *rest.conditions], [number, *rest.values])
    kept = "" if query.related_agents else " AND NOT broad"
    also = f"s.pk IN (SELECT statement_pk FROM statement_also_agent WHERE agent_id = ?{kept})"
    return [as_actor, Clause([also, *rest.conditions], [number, *rest.values])]


def add_activity(clause: Clause, number: int | None, *, broad: bool) -> None:
    if broad:
        clause.add(
            "(s.activity_id = ? OR s.pk IN"
            " (SELECT statement_pk FROM statement_also_activity WHERE activity_id = ?))",
            number,
            number,
        )
    else:
        clause.add("s.activity_id = ?", number)


def direct(store: Store, clause: Clause, query: Query, key_id: str, limit: int) -> Iterator[tuple[int, Any]]:
    """Statements that fulfil the filters themselves."""
    bounds = within(query, key_id, "s")
    conditions = [*clause.conditions, *bounds.conditions]
    return rows(store, "statement s", "s", conditions, [*clause.values, *bounds.values], query, limit)


def through(store: Store, clause: Clause, query: Query, key_id: str, limit: int) -> Iterator[tuple[int, Any]]:
    """Statements that refer to one that fulfils them (Communication 2.1.3, filter conditions for StatementRefs).

    What they refer to may be voided, and that is how a voiding statement is found; it must be the reader's own.
    """
    bounds = within(query, key_id, "r")
    source = "statement_through t JOIN statement s ON s.pk = t.through_pk JOIN statement r ON r.pk = t.statement_pk"
    conditions = ["s.key_id = ?", *clause.conditions, *bounds.conditions]
    return rows(store, source, "r", conditions, [key_id, *clause.values, *bounds.values], query, limit)


def within(query: Query, key_id: str, table: str) -> Clause:
    """Whose statements, stored when, after which place; these always apply to the statement itself."""
    clause = Clause([f"{table}.key_id = ?", f"NOT {table}.voided"], [key_id])
    if query.since is not None:
        clause.add(f"{table}.stored > ?", moment_text(query.since))
    if query.until is not None:
        clause.add(f"{table}.stored <= ?", moment_text(query.until))
    if query.after is not None:
        sign = ">" if query.ascending else "<"
        clause.add(f"({table}.stored, {table}.pk) {sign} (?, ?)", moment_text(query.after[0]), query.after[1])
    return clause


def rows(
    store: Store,
    source: str,
    table: str,
    conditions: Sequence[str],
    values: Sequence[Any],
    query: Query,
    limit: int,
) -> Iterator[tuple[int, Any]]:
    way = "ASC" if query.ascending else "DESC"
    found = store.execute(
        f"SELECT {table}.pk, {table}.stored FROM {source} WHERE {' AND '.join(conditions)}"
        f" ORDER BY {table}.stored {way}, {table}.pk {way} LIMIT ?",
        [*values, limit],
    )
    return iter(found.fetchall())


def load(store: Store, numbers: Sequence[int]) -> Iterator[Kept]:
    """The statements with these numbers, in the order given."""
    found: dict[int, Kept] = {}
    for part in in_parts(numbers):
        read = store.execute(f"SELECT {COLUMNS} FROM statement s WHERE s.pk IN ({marks(part)})", part)
        found.update((row[0], kept_of(row)) for row in read.fetchall())
    return (found[number] for number in numbers)
