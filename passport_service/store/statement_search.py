"""Statements out: one by its id, or a page of them by filters, newest first; of one key, or of all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from passport_service.store.database import Store
from passport_service.store.fields import microseconds_of, moment_of
from passport_service.store.interned import ACTIVITIES, AGENTS, KEYS, VERBS, number_of
from passport_service.store.statement_rows import FOUND, VOIDED, Kept, id_bytes, in_parts, kept_of, marks
from passport_service.xapi.query import Query

SELECT = (
    "SELECT s.pk, s.id, s.payload, s.timestamp, s.stored, s.state, s.edition, k.key"
    " FROM statement s JOIN statement_key k ON k.id = s.key_id"
)
ALSO_AGENT = "statement_also_agent"
ALSO_ACTIVITY = "statement_also_activity"
MANY = 2_000
USUAL = 0.25


@dataclass(frozen=True, slots=True)
class Page:
    """Statements in order, and the place after the last of them if there are more."""

    statements: list[Kept]
    after: tuple[datetime, int] | None


@dataclass(frozen=True, slots=True)
class Way:
    """A table ``s`` with what statements are found by, and what its rows lead to.

    ``fits``: the number of the statement that fulfils the filters; ``pk`` and ``stored``: of the one that is found, whose
    row is ``row``, in the tables ``source``.
    """

    source: str
    row: str
    fits: str
    pk: str
    stored: str = "s.stored"


DIRECT = Way("statement s", "s", "s.pk", "s.pk")
THROUGH = Way("statement_through s CROSS JOIN statement r", "r", "s.through_pk", "s.statement_pk")


@dataclass(frozen=True, slots=True)
class Clause:
    """Conditions on what a statement is found by, and their values; ``joined`` are tables that come before it.

    ``{fits}`` in a condition stands for the number of the statement that fulfils it (`Way`).
    """

    conditions: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    joined: str = ""

    def and_(self, condition: str, *values: Any) -> "Clause":
        return replace(self, conditions=(*self.conditions, condition), values=(*self.values, *values))

    def via(self, table: str, condition: str, value: Any) -> "Clause":
        """One more condition, on a narrow table that leads to the statements."""
        return replace(self.and_(condition, value), joined=f"{table} CROSS JOIN {self.joined}")


def find_one(store: Store, statement_id: str, *, key_id: str | None, voided: bool) -> Kept | None:
    """The statement with this id among the voided or among the others, if this key wrote it (None: whoever did)."""
    rows = store.execute(
        f"{SELECT} WHERE s.id = ? AND s.state = ?", (id_bytes(statement_id), VOIDED if voided else FOUND)
    )
    row = rows.fetchone()
    found = None if row is None else kept_of(row)
    return found if found is None or key_id in (None, found.key_id) else None


def find_page(store: Store, query: Query, *, key_id: str | None, limit: int, home: str) -> Page:
    """A page of at most ``limit`` statements in the query's order, voided and erased ones left out.

    ``key_id``: whose statements (None: everybody's). ``home``: the home page under which keys are authorities.
    """
    key = None if key_id is None else number_of(store, KEYS, key_id)
    if key is None and key_id is not None:
        return Page([], None)
    found: dict[int, int] = {}
    for clause in matching(store, query, home):
        found.update(direct(store, clause, query, key, limit + 1))
        if clause.conditions:
            found.update(through(store, clause, query, key, limit + 1))
    ordered = sorted(((stored, pk) for pk, stored in found.items()), reverse=not query.ascending)
    page = ordered[:limit]
    more = (moment_of(page[-1][0]), page[-1][1]) if len(ordered) > limit and page else None
    return Page(list(load(store, [pk for _, pk in page])), more)


def matching(store: Store, query: Query, home: str) -> list[Clause]:
    """The filters as alternatives, each of which an index can serve; a statement that fits any of them matches.

    None at all when a filter names what no statement ever named.
    """
    clause = Clause()
    if query.registration is not None:
        clause = clause.and_("s.registration = ?", id_bytes(query.registration))
    if query.verb is not None:
        number = number_of(store, VERBS, query.verb)
        if number is None:
            return []
        clause = clause.and_(usual(store, "s.verb_id = ?"), number)
    return [found for one in by_activity(store, clause, query) for found in by_agent(store, one, query, home)]


def usual(store: Store, condition: str) -> str:
    """A condition that many statements may fulfil: SQLite counts nothing and has to be told, or takes any index."""
    return f"likelihood({condition}, {USUAL})" if store.is_sqlite else condition


def by_activity(store: Store, clause: Clause, query: Query) -> list[Clause]:
    """As the object; broadly, also in the context or in a sub-statement."""
    if query.activity is None:
        return [clause]
    number = number_of(store, ACTIVITIES, query.activity)
    if number is None:
        return []
    own = clause.and_("s.activity_id = ?", number)
    if not query.related_activities:
        return [own]
    return [own, also(store, clause, ALSO_ACTIVITY, f"{ALSO_ACTIVITY}.activity_id = ?", number)]


def also(store: Store, clause: Clause, table: str, named: str, number: int) -> Clause:
    """Statements that rows of a narrow table ``n`` lead to.

    Of what is named nearly everywhere, like the site around every course, they lead to too many: then the newest
    statements are looked through instead, and the page is soon full.
    """
    linked = f"{table}.statement_pk = {{fits}} AND {named}"
    some = store.execute(f"SELECT 1 FROM {table} WHERE {named} LIMIT 1 OFFSET ?", (number, MANY)).fetchone()
    if some is None:
        return clause.via(table, linked, number)
    return clause.and_(f"EXISTS (SELECT 1 FROM {table} WHERE {linked})", number)


def by_agent(store: Store, clause: Clause, query: Query, home: str) -> list[Clause]:
    """As the actor, in a group or as the object; broadly, also as instructor and the like, and as the authority."""
    if query.agent is None:
        return [clause]
    found = []
    authority = authority_asked_for(store, query, home)
    if authority is not None:
        found.append(clause.and_(usual(store, "s.key_id = ?"), authority))
    number = number_of(store, AGENTS, query.agent)
    if number is not None:
        near = "" if query.related_agents else f" AND NOT {ALSO_AGENT}.broad"
        found.append(clause.and_("s.agent_id = ?", number))
        found.append(also(store, clause, ALSO_AGENT, f"{ALSO_AGENT}.agent_id = ?{near}", number))
    return found


def authority_asked_for(store: Store, query: Query, home: str) -> int | None:
    """The number of the key whose authority a query names with ``related_agents``; None when it names somebody else."""
    start = f"account|{home}|"
    if query.agent is None or not query.related_agents or not query.agent.startswith(start):
        return None
    return number_of(store, KEYS, query.agent.removeprefix(start))


def direct(
    store: Store, clause: Clause, query: Query, key: int | None, limit: int
) -> Iterator[tuple[int, int]]:
    """Statements that fulfil the filters themselves."""
    return rows(store, DIRECT, clause, query, key, limit)


def through(
    store: Store, clause: Clause, query: Query, key: int | None, limit: int
) -> Iterator[tuple[int, int]]:
    """Statements that refer to one that fulfils them (Communication 2.1.3, filter conditions for StatementRefs).

    What they refer to may be voided, and that is how a voiding statement is found; it must be the reader's own.
    """
    linked = clause.and_("r.pk = s.statement_pk")
    if key is not None:
        linked = linked.and_(usual(store, "s.key_id = ?"), key)
    return rows(store, THROUGH, linked, query, key, limit)


def rows(
    store: Store, way: Way, clause: Clause, query: Query, key: int | None, limit: int
) -> Iterator[tuple[int, int]]:
    """Number and moment of each statement found, once, in the query's order."""
    asked = within(store, way, clause, query, key)
    order = "ASC" if query.ascending else "DESC"
    # Through references, or a further table, several rows may lead to the same statement.
    once = "" if way is DIRECT and not clause.joined else "DISTINCT "
    found = store.execute(
        f"SELECT {once}{way.pk}, {way.stored} FROM {clause.joined}{way.source}"
        f" WHERE {' AND '.join(asked.conditions).format(fits=way.fits)}"
        f" ORDER BY {way.stored} {order}, {way.pk} {order} LIMIT ?",
        [*asked.values, limit],
    )
    return iter(found.fetchall())


def within(store: Store, way: Way, clause: Clause, query: Query, key: int | None) -> Clause:
    """Whose statements, stored when, after which place; these always apply to the statement itself."""
    asked = clause.and_(f"{way.row}.state = {FOUND}")
    if key is not None:
        asked = asked.and_(usual(store, f"{way.row}.key_id = ?"), key)
    if query.since is not None:
        asked = asked.and_(f"{way.stored} > ?", microseconds_of(query.since))
    if query.until is not None:
        asked = asked.and_(f"{way.stored} <= ?", microseconds_of(query.until))
    if query.after is not None:
        sign = ">" if query.ascending else "<"
        place = (microseconds_of(query.after[0]), query.after[1])
        asked = asked.and_(f"({way.stored}, {way.pk}) {sign} (?, ?)", *place)
    return asked


def load(store: Store, numbers: Sequence[int]) -> Iterator[Kept]:
    """The statements with these numbers, in the order given."""
    found: dict[int, Kept] = {}
    for part in in_parts(numbers):
        read = store.execute(f"{SELECT} WHERE s.pk IN ({marks(part)})", part)
        found.update((row[0], kept_of(row)) for row in read.fetchall())
    return (found[number] for number in numbers)
