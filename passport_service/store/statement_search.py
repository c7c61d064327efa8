"""Statements out: one by its id, or a page of them by filters, newest first. A key finds only what it wrote itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from passport_service.store.database import Store
from passport_service.store.fields import moment_text, read_moment
from passport_service.store.interned import ACTIVITIES, AGENTS, VERBS, number_of
from passport_service.store.statement_rows import Kept, id_text, in_parts, kept_of, marks
from passport_service.xapi.query import Query

COLUMNS = "s.pk, s.id, s.payload, s.timestamp, s.stored, s.voided"
ALSO_AGENT = "statement_also_agent"
ALSO_ACTIVITY = "statement_also_activity"
MANY = 2_000
# A cross join keeps SQLite from starting at the large table; PostgreSQL knows the sizes and is free.
THROUGH = "statement_through t CROSS JOIN statement s CROSS JOIN statement r"


@dataclass(frozen=True, slots=True)
class Page:
    """Statements in order, and the place after the last of them if there are more."""

    statements: list[Kept]
    after: tuple[datetime, int] | None


@dataclass(frozen=True, slots=True)
class Clause:
    """Conditions on a statement ``s`` and their values.

    ``joined`` are tables that come before it. ``is_narrow``: an agent or an activity is among them, so that few rows fit.
    """

    conditions: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    joined: str = ""
    is_narrow: bool = False

    def and_(self, condition: str, *values: Any) -> "Clause":
        return replace(self, conditions=(*self.conditions, condition), values=(*self.values, *values))

    def narrowed(self, condition: str, number: int, via: str = "") -> "Clause":
        """One more condition, that only few fulfil; ``via`` a narrow table that leads to them."""
        return replace(self.and_(condition, number), joined=via + self.joined, is_narrow=True)


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
    found: dict[int, str | datetime] = {}
    for clause in matching(store, query, authority):
        found.update(direct(store, clause, query, key_id, limit + 1))
        if clause.conditions:
            found.update(through(store, clause, query, key_id, limit + 1))
    ordered = sorted(((stored, pk) for pk, stored in found.items()), reverse=not query.ascending)
    page = ordered[:limit]
    more = (read_moment(page[-1][0]), page[-1][1]) if len(ordered) > limit and page else None
    return Page(list(load(store, [pk for _, pk in page])), more)


def matching(store: Store, query: Query, authority: str) -> list[Clause]:
    """The filters as alternatives, each of which an index can serve; a statement that fits any of them matches.

    None at all when a filter names what no statement ever named.
    """
    clause = Clause()
    if query.registration is not None:
        clause = clause.and_("s.registration = ?", id_text(query.registration))
    if query.verb is not None:
        number = number_of(store, VERBS, query.verb)
        if number is None:
            return []
        clause = clause.and_("s.verb_id = ?", number)
    return [
        found for one in by_activity(store, clause, query) for found in by_agent(store, one, query, authority)
    ]


def by_activity(store: Store, clause: Clause, query: Query) -> list[Clause]:
    """As the object; broadly, also in the context or in a sub-statement."""
    if query.activity is None:
        return [clause]
    number = number_of(store, ACTIVITIES, query.activity)
    if number is None:
        return []
    own = clause.narrowed("s.activity_id = ?", number)
    if not query.related_activities:
        return [own]
    return [own, also(store, clause, ALSO_ACTIVITY, f"{ALSO_ACTIVITY}.activity_id = ?", number)]


def also(store: Store, clause: Clause, table: str, named: str, number: int) -> Clause:
    """Statements that rows of a narrow table ``n`` lead to.

    Of what is named nearly everywhere, like the site around every course, they lead to too many: then the newest
    statements are looked through instead, and the page is soon full.
    """
    some = store.execute(f"SELECT 1 FROM {table} WHERE {named} LIMIT 1 OFFSET ?", (number, MANY)).fetchone()
    linked = f"{table}.statement_pk = s.pk AND {named}"
    if some is None:
        return clause.narrowed(linked, number, f"{table} CROSS JOIN ")
    return clause.and_(f"EXISTS (SELECT 1 FROM {table} WHERE {linked})", number)


def by_agent(store: Store, clause: Clause, query: Query, authority: str) -> list[Clause]:
    """As the actor, in a group or as the object; broadly, also as instructor and the like, or as the authority of all."""
    if query.agent is None or (query.related_agents and query.agent == authority):
        return [clause]
    number = number_of(store, AGENTS, query.agent)
    if number is None:
        return []
    near = "" if query.related_agents else f" AND NOT {ALSO_AGENT}.broad"
    own = clause.narrowed("s.agent_id = ?", number)
    return [own, also(store, clause, ALSO_AGENT, f"{ALSO_AGENT}.agent_id = ?{near}", number)]


def direct(store: Store, clause: Clause, query: Query, key_id: str, limit: int) -> Iterator[tuple[int, Any]]:
    """Statements that fulfil the filters themselves."""
    asked = within(store, clause, query, key_id, "s")
    return rows(store, f"{clause.joined}statement s", "s", asked, query, limit)


def through(store: Store, clause: Clause, query: Query, key_id: str, limit: int) -> Iterator[tuple[int, Any]]:
    """Statements that refer to one that fulfils them (Communication 2.1.3, filter conditions for StatementRefs).

    What they refer to may be voided, and that is how a voiding statement is found; it must be the reader's own.
    """
    linked = clause.and_("s.pk = t.through_pk AND r.pk = t.statement_pk AND s.key_id = ?", key_id)
    asked = within(store, linked, query, key_id, "r")
    source = (
        THROUGH if not clause.joined else f"{THROUGH} CROSS JOIN {clause.joined.removesuffix(' CROSS JOIN ')}"
    )
    return rows(store, source, "r", asked, query, limit)


def within(store: Store, clause: Clause, query: Query, key_id: str, table: str) -> Clause:
    """Whose statements, stored when, after which place; these always apply to the statement itself."""
    # The plus keeps SQLite from the index of all of a key's statements where a narrower one serves.
    plus = "+" if store.is_sqlite and clause.is_narrow else ""
    asked = clause.and_(f"{plus}{table}.key_id = ? AND NOT {table}.voided", key_id)
    if query.since is not None:
        asked = asked.and_(f"{table}.stored > ?", moment_text(query.since))
    if query.until is not None:
        asked = asked.and_(f"{table}.stored <= ?", moment_text(query.until))
    if query.after is not None:
        sign = ">" if query.ascending else "<"
        place = (moment_text(query.after[0]), query.after[1])
        asked = asked.and_(f"({table}.stored, {table}.pk) {sign} (?, ?)", *place)
    return asked


def rows(
    store: Store, source: str, table: str, asked: Clause, query: Query, limit: int
) -> Iterator[tuple[int, Any]]:
    way = "ASC" if query.ascending else "DESC"
    found = store.execute(
        f"SELECT {table}.pk, {table}.stored FROM {source} WHERE {' AND '.join(asked.conditions)}"
        f" ORDER BY {table}.stored {way}, {table}.pk {way} LIMIT ?",
        [*asked.values, limit],
    )
    return iter(found.fetchall())


def load(store: Store, numbers: Sequence[int]) -> Iterator[Kept]:
    """The statements with these numbers, in the order given."""
    found: dict[int, Kept] = {}
    for part in in_parts(numbers):
        read = store.execute(f"SELECT {COLUMNS} FROM statement s WHERE s.pk IN ({marks(part)})", part)
        found.update((row[0], kept_of(row)) for row in read.fetchall())
    return (found[number] for number in numbers)
