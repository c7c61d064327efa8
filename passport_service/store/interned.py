"""Long texts that come again and again (agents, verbs, activities, keys), each kept once and named by a number.

Numbers that are committed are remembered in the process. Those met inside a transaction are noted with it and become
known only after its commit, so that a rollback leaves no number behind that names nothing.

An agent whom no statement names any more is forgotten: the text is somebody's address (D.18.2). Every process then drops
what it remembers of agents, which it notices by a count that each transaction with new statements reads.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from weakref import WeakKeyDictionary

from passport_service.store.counters import next_number
from passport_service.store.database import Store

Numbers = dict[str, int]

AGENTS = ("statement_agent", "key")
VERBS = ("statement_verb", "iri")
ACTIVITIES = ("statement_activity", "iri")
KEYS = ("statement_key", "key")
Kind = tuple[str, str]

MOST_REMEMBERED = 50_000
AT_ONCE = 500
NOTE = "interned"
LONGEST = 2_000  # bytes; PostgreSQL indexes no text beyond 2,700

FORGOTTEN = (
    "agents forgotten"  # the counter that says how often; PostgreSQL: raised while no batch is under way
)


@dataclass(slots=True)
class Memory:
    """Numbers of one store, and how often agents had been forgotten when those of agents were read."""

    kinds: dict[Kind, Numbers] = field(default_factory=dict)
    forgotten: int = 0


remembered: WeakKeyDictionary[Store, Memory] = WeakKeyDictionary()
filling = Lock()


class TooLong(Exception):
    """An identifier that is longer than an index can hold."""

    def __init__(self, text: str) -> None:
        super().__init__(f"An identifier is longer than {LONGEST} bytes: {text[:60]}…")
        self.text = text


def intern(store: Store, kind: Kind, texts: Iterable[str]) -> Numbers:
    """The numbers of all these texts, new ones made as needed; inside ``writing()``. Raises TooLong.

    Texts are inserted in sorted order and without waiting on conflicts being errors, so concurrent batches never
    deadlock on them.
    """
    if kind == AGENTS:
        noted_in(store).forgotten = keep_up(store)
    known = committed(store, kind)
    noted = noted_in(store).kinds.setdefault(kind, {})
    found: Numbers = {}
    missing = []
    for text in texts:
        number = known.get(text) or noted.get(text)
        if number is None:
            if len(text) > LONGEST or len(text.encode()) > LONGEST:
                raise TooLong(text)
            missing.append(text)
        else:
            found[text] = number
    if missing:
        made = make(store, kind, sorted(set(missing)))
        noted.update(made)
        found.update(made)
    return found


def make(store: Store, kind: Kind, texts: list[str]) -> Numbers:
    found = look_up(store, kind, texts)
    new = [text for text in texts if text not in found]
    table, column = kind
    for start in range(0, len(new), AT_ONCE):
        part = new[start : start + AT_ONCE]
        rows = ", ".join(["(?)"] * len(part))
        store.execute(f'INSERT INTO {table} ("{column}") VALUES {rows} ON CONFLICT DO NOTHING', part)
    return found | look_up(store, kind, new) if new else found


def look_up(store: Store, kind: Kind, texts: list[str]) -> Numbers:
    """The numbers of those texts that have one."""
    table, column = kind
    found: Numbers = {}
    for start in range(0, len(texts), AT_ONCE):
        part = texts[start : start + AT_ONCE]
        marks = ", ".join("?" * len(part))
        rows = store.execute(f'SELECT "{column}", id FROM {table} WHERE "{column}" IN ({marks})', part)
        found.update(rows.fetchall())
    return found


def number_of(store: Store, kind: Kind, text: str) -> int | None:
    """The number of one text, None when no statement ever named it.

    Agents are looked up each time: another process may have forgotten this one since.
    """
    known = None if kind == AGENTS else committed(store, kind).get(text)
    return known or look_up(store, kind, [text]).get(text)


def noted_in(store: Store) -> Memory:
    """What the open transaction met; to be given to `remember` after its commit."""
    noted: Memory = store.notes.setdefault(NOTE, Memory())
    return noted


def remember(store: Store, noted: Memory) -> None:
    """Makes numbers known that are now committed. A full memory starts afresh: filling it again costs one look-up each."""
    for kind, numbers in noted.kinds.items():
        known = committed(store, kind)
        with filling:
            if kind == AGENTS and noted.forgotten < remembered[store].forgotten:
                continue  # some of them may have been forgotten since
            if len(known) + len(numbers) > MOST_REMEMBERED:
                known.clear()
            known.update(numbers)


def committed(store: Store, kind: Kind) -> Numbers:
    with filling:
        return remembered.setdefault(store, Memory()).kinds.setdefault(kind, {})


def keep_up(store: Store) -> int:
    """Drops what is remembered of agents if any have been forgotten since, here or elsewhere; how often that was."""
    row = store.execute("SELECT value FROM counter WHERE name = ?", (FORGOTTEN,)).fetchone()
    forgotten = 0 if row is None else int(row[0])
    with filling:
        memory = remembered.setdefault(store, Memory())
        if memory.forgotten < forgotten:
            memory.kinds.pop(AGENTS, None)
            memory.forgotten = forgotten
    return forgotten


def forget_agents(store: Store, numbers: Sequence[int]) -> int:
    """Deletes those agents that no statement names any more, inside ``writing()`` with all senders kept out; how many."""
    gone = 0
    for start in range(0, len(numbers), AT_ONCE):
        part = numbers[start : start + AT_ONCE]
        marks = ", ".join("?" * len(part))
        gone += store.execute(
            f"DELETE FROM statement_agent WHERE id IN ({marks})"
            " AND NOT EXISTS (SELECT 1 FROM statement s WHERE s.agent_id = statement_agent.id)"
            " AND NOT EXISTS (SELECT 1 FROM statement_also_agent a WHERE a.agent_id = statement_agent.id)",
            part,
        ).rowcount
    if gone:
        next_number(store, FORGOTTEN)
    return gone
