"""What a person left in the record store: the statements that are theirs, and those of others that name them (R2.11).

By identifiers, each for the time in which it was the person's: an identifier that a new starter took over splits by date.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from passport_service.store.database import Store
from passport_service.store.documents import Context, Place
from passport_service.store.fields import microseconds_of, read_moment
from passport_service.store.interned import AGENTS, number_of
from passport_service.store.statement_rows import ERASED, Kept, in_parts, kept_of, marks
from passport_service.store.statement_search import SELECT

FIRST, LAST = (
    microseconds_of(datetime(1, 1, 2, tzinfo=UTC)),
    microseconds_of(datetime(9999, 12, 30, tzinfo=UTC)),
)
WHEN = "s.timestamp >= ? AND s.timestamp < ? AND s.state <> ?"
OWN = f"SELECT s.pk FROM statement s WHERE s.agent_id = ? AND {WHEN}"
# A cross join keeps SQLite from starting at the large table; PostgreSQL knows the sizes and is free.
NAMED = (
    "SELECT s.pk FROM statement_also_agent n CROSS JOIN statement s"
    f" WHERE n.agent_id = ? AND s.pk = n.statement_pk AND {WHEN}"
)


@dataclass(frozen=True, slots=True)
class Held:
    """An identifier (`xapi.actor.key_of`) and whose it was: from a moment on, up to another. None: without an end."""

    key: str
    since: datetime | None = None
    until: datetime | None = None

    def covers(self, moment: datetime) -> bool:
        return (self.since is None or self.since <= moment) and (self.until is None or moment < self.until)

    @property
    def span(self) -> tuple[int, int]:
        """The same in microseconds, the second not included."""
        return (
            FIRST if self.since is None else microseconds_of(self.since),
            LAST if self.until is None else microseconds_of(self.until),
        )


@dataclass(frozen=True, slots=True)
class Traces:
    """Numbers of statements, rising: in ``own`` the person is the actor, in ``named`` they only appear."""

    own: Sequence[int]
    named: Sequence[int]


def find(store: Store, held: Iterable[Held]) -> Traces:
    """The statements in which a person appears, voided ones too; what was erased before is found no more."""
    own, named = set[int](), set[int]()
    for one in held:
        number = number_of(store, AGENTS, one.key)
        if number is not None:
            own.update(numbers(store, OWN, number, one))
            named.update(numbers(store, NAMED, number, one))
    return Traces(sorted(own), sorted(named - own))


def numbers(store: Store, query: str, agent: int, one: Held) -> Iterator[int]:
    rows = store.execute(query, (agent, *one.span, ERASED))
    return (pk for (pk,) in rows)


def senders(store: Store, pks: Sequence[int]) -> set[str]:
    """The ids of the keys that sent these statements."""
    found: set[str] = set()
    for part in in_parts(pks):
        rows = store.execute(
            "SELECT DISTINCT k.key FROM statement s JOIN statement_key k ON k.id = s.key_id"
            f" WHERE s.pk IN ({marks(part)})",
            part,
        )
        found.update(key for (key,) in rows.fetchall())
    return found


def load(store: Store, pks: Sequence[int]) -> list[Kept]:
    """These statements in order, without what was erased or deleted since they were found."""
    found: list[Kept] = []
    for part in in_parts(pks):
        rows = store.execute(
            f"{SELECT} WHERE s.pk IN ({marks(part)}) AND s.state <> ? ORDER BY s.pk", [*part, ERASED]
        )
        found.extend(kept_of(row) for row in rows.fetchall())
    return found


def places_of(store: Store, held: Sequence[Held]) -> list[Place]:
    """Documents about a person: State and profile, by who had the identifier when each was last written."""
    keys = sorted({one.key for one in held})
    return [
        Place(Context(agent, activity, registration or None), found)
        for part in in_parts(keys)
        for agent, activity, registration, found, at in store.execute(
            "SELECT agent, activity, registration, id, updated_at FROM document"
            f" WHERE agent IN ({marks(part)}) ORDER BY agent, coalesce(activity, ''), registration, id",
            part,
        ).fetchall()
        if agent in keys_at(held, read_moment(at))
    ]


def keys_at(held: Iterable[Held], moment: datetime) -> frozenset[str]:
    """Those identifiers that were the person's at a moment."""
    return frozenset(one.key for one in held if one.covers(moment))


def outside(key: str, others: Iterable[Held]) -> list[Held]:
    """When an identifier was nobody's of these: what is left for somebody who is known by it alone."""
    free = [Held(key)]
    for other in others:
        free = [part for one in free for part in minus(one, other)]
    return free


def minus(one: Held, other: Held) -> list[Held]:
    """What is left of a time without another."""
    begin, end = one.span
    taken_from, taken_until = other.span
    if taken_until <= begin or end <= taken_from:
        return [one]
    before = [Held(one.key, one.since, other.since)] if begin < taken_from else []
    after = [Held(one.key, other.until, one.until)] if taken_until < end else []
    return before + after
