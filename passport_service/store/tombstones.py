"""Statements that go: erased in place for a person's sake, rid of somebody who only appears in them, or deleted whole.

Inside ``store.writing()`` with senders kept out (`keep_senders_out`). What a statement was found by is worked
out from its own text again: no index leads from a statement to the rows that name it, and none is worth its room.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from passport_service.store import attachments, definitions, interned
from passport_service.store.database import Store
from passport_service.store.fields import moment_of
from passport_service.store.interned import ACTIVITIES, AGENTS
from passport_service.store.payloads import packed, unpacked
from passport_service.store.statement_links import Named, named_in
from passport_service.store.statement_rows import BLANK, ERASED, id_bytes, id_text, in_parts, marks
from passport_service.store.statements import REFERRING
from passport_service.store.traces import Held, Traces, keys_at
from passport_service.xapi.attachments import attachments_of
from passport_service.xapi.links import activities_of, target_of
from passport_service.xapi.redaction import Wanted, names_in, redacted, wanted, without

NOTHING = b"{}"
EMPTY = "UPDATE statement SET state = ?, payload = ?, digest = ?, agent_id = NULL, registration = NULL, timestamp = stored"


@dataclass(frozen=True, slots=True)
class Going:
    """A statement about to go, with what it is found by."""

    pk: int
    id: str
    agent: int | None
    value: Mapping[str, Any]
    named: Named


def keep_senders_out(store: Store) -> None:
    """Waits for the batches under way and lets none begin until the transaction ends; to be called before any other lock.

    What a batch brings is then there before this transaction looks, or comes after it.
    """
    if not store.is_sqlite:  # the one writer of SQLite is alone already
        store.execute("SELECT pg_advisory_xact_lock(?)", (REFERRING,))


def erase(store: Store, traces: Traces, held: Sequence[Held], names: Iterable[str]) -> None:
    """Empties a person's own statements, takes the person out of those of others, and forgets who nobody speaks of now.

    ``names``: those known of the person; the names by which their statements call them are added.
    """
    known, activities = set(names), set[str]()
    agents = set(interned.look_up(store, AGENTS, sorted({one.key for one in held})).values())
    for part in in_parts(traces.own):
        going = load(store, part)
        known.update(*(names_in(one.value, keys) for one in going if (keys := {one.named.actor or ""})))
        agents.update(unlink(store, going))
        activities.update(*(activities_of(one.value) for one in going))
        store.execute(f"{EMPTY} WHERE pk IN ({marks(part)})", (ERASED, NOTHING, BLANK, *part))
    for part in in_parts(traces.named):
        activities |= redact(store, part, held, known)
    redact_definitions(store, activities, wanted((one.key for one in held), known))
    interned.forget_agents(store, sorted(agents))


def delete(store: Store, pks: Sequence[int]) -> None:
    """Deletes statements with all that leads to them, and forgets who nobody speaks of now."""
    agents: set[int] = set()
    for part in in_parts(pks):
        agents.update(unlink(store, load(store, part)))
        store.execute(f"DELETE FROM statement WHERE pk IN ({marks(part)})", part)
    interned.forget_agents(store, sorted(agents))


def load(store: Store, pks: Sequence[int]) -> list[Going]:
    rows = store.execute(f"SELECT pk, id, agent_id, payload FROM statement WHERE pk IN ({marks(pks)})", pks)
    found = []
    for pk, found_id, agent, payload in rows.fetchall():
        value = orjson.loads(unpacked(payload))
        if value:  # nothing leads to what was erased before
            found.append(Going(pk, id_text(found_id), agent, value, named_in(value)))
    return found


def unlink(store: Store, going: Sequence[Going]) -> set[int]:
    """Deletes the rows that lead to these statements and what they meant; returns the numbers of all agents they name."""
    attachments.forget(store, [one.pk for one in going])
    agents = interned.look_up(store, AGENTS, sorted({key for one in going for key, _ in one.named.agents}))
    activities = interned.look_up(
        store, ACTIVITIES, sorted({iri for one in going for iri in one.named.activities})
    )
    store.execute_many(
        "DELETE FROM statement_also_agent WHERE agent_id = ? AND statement_pk = ?",
        [(agents[key], one.pk) for one in going for key, _ in one.named.agents if key in agents],
    )
    store.execute_many(
        "DELETE FROM statement_also_activity WHERE activity_id = ? AND statement_pk = ?",
        [(activities[iri], one.pk) for one in going for iri in one.named.activities if iri in activities],
    )
    store.execute_many(
        "DELETE FROM statement_reference WHERE target = ? AND statement_pk = ?",
        [(id_bytes(target), one.pk) for one in going if (target := target_of(one.value))],
    )
    for part in in_parts([one.pk for one in going]):
        for column in ("statement_pk", "through_pk"):
            store.execute(f"DELETE FROM statement_through WHERE {column} IN ({marks(part)})", part)
    for ids in in_parts([one.id for one in going]):
        store.execute(f"DELETE FROM recognition WHERE statement IN ({marks(ids)})", ids)
    return {*agents.values(), *(one.agent for one in going if one.agent is not None)}


def redact(store: Store, pks: Sequence[int], held: Sequence[Held], names: Iterable[str]) -> set[str]:
    """Takes a person out of these statements of others, by the identifiers that were theirs at the time of each.

    Returns the activities that they speak of.
    """
    activities: set[str] = set()
    rows = store.execute(f"SELECT pk, timestamp, payload FROM statement WHERE pk IN ({marks(pks)})", pks)
    for pk, timestamp, payload in rows.fetchall():
        value = orjson.loads(unpacked(payload))
        keys = keys_at(held, moment_of(timestamp))
        who = wanted(keys, {*names, *names_in(value, keys)})
        rest = redacted(value, who)
        activities.update(activities_of(value))
        was, now = named_in(value), named_in(rest)
        gone = {key for key, _ in was.agents} - {key for key, _ in now.agents}
        for number in interned.look_up(store, AGENTS, sorted(gone)).values():
            store.execute(
                "DELETE FROM statement_also_agent WHERE agent_id = ? AND statement_pk = ?", (number, pk)
            )
        attachments.forget_some(store, pk, hashes_of(value) - hashes_of(rest))
        store.execute(
            "UPDATE statement SET payload = ?, digest = ? WHERE pk = ?",
            (packed(orjson.dumps(rest)), BLANK, pk),
        )
    return activities


def redact_definitions(store: Store, activities: Iterable[str], who: Wanted) -> None:
    """Takes a person out of what statements said of activities, as where a page about somebody bears their name."""
    numbers = interned.look_up(store, ACTIVITIES, sorted(activities))
    for number, text in definitions.load(store, sorted(numbers.values())).items():
        value = orjson.loads(text)
        rest = without(value, who)
        if rest != value:
            store.execute(
                "UPDATE activity_definition SET definition = ? WHERE activity_id = ?",
                (packed(orjson.dumps(rest)), number),
            )


def hashes_of(value: Mapping[str, Any]) -> set[str]:
    return {one["sha2"].lower() for one in attachments_of(value)}
