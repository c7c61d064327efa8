"""What ties statements together: references and voidings in either order of arrival, and the rows of broad filters."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from passport_service.store.database import Store
from passport_service.store.interned import Numbers
from passport_service.store.statement_rows import (
    ERASED,
    FOUND,
    VOIDED,
    StoredStatement,
    id_bytes,
    id_text,
    in_parts,
    insert_many,
    load,
    marks,
)
from passport_service.xapi.actor import key_of
from passport_service.xapi.links import (
    activity_of,
    direct_agents,
    is_plain,
    related_activities,
    related_agents,
    target_of,
)
from passport_service.xapi.statement import VOIDED as VOIDING
from passport_service.xapi.statement import is_voiding

# References are followed this far; a longer chain is somebody's experiment, and would cost its square in rows.
LONGEST_CHAIN = 32
# A cross join, because the conditions on either side leave few of each.
LINK = (
    "INSERT INTO statement_through"
    " (through_pk, statement_pk, stored, key_id, agent_id, verb_id, activity_id, registration)"
    " SELECT s.pk, r.pk, r.stored, s.key_id, s.agent_id, s.verb_id, s.activity_id, s.registration"
    " FROM statement s CROSS JOIN statement r"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A stored statement that refers to another, which may not be known yet."""

    target: str
    pk: int
    key_id: str
    is_voiding: bool


def references_to(store: Store, ids: Sequence[str]) -> list[Reference]:
    """The stored statements that refer to these ids."""
    found: list[Reference] = []
    for part in in_parts(ids):
        rows = store.execute(
            "SELECT r.target, s.pk, k.key, v.iri FROM statement_reference r"
            " JOIN statement s ON s.pk = r.statement_pk JOIN statement_verb v ON v.id = s.verb_id"
            " JOIN statement_key k ON k.id = s.key_id"
            f" WHERE r.target IN ({marks(part)}) AND s.state <> ?",
            [*(id_bytes(one) for one in part), ERASED],
        )
        found.extend(
            Reference(id_text(target), pk, key, iri == VOIDING) for target, pk, key, iri in rows.fetchall()
        )
    return found


def voidings_of(store: Store, statement_id: str, key_id: str) -> list[str]:
    """The ids of the statements by which this key took a statement back, the first one first."""
    rows = store.execute(
        "SELECT s.id FROM statement_reference r JOIN statement s ON s.pk = r.statement_pk"
        " JOIN statement_verb v ON v.id = s.verb_id JOIN statement_key k ON k.id = s.key_id"
        " WHERE r.target = ? AND v.iri = ? AND k.key = ? AND s.state <> ? ORDER BY s.pk",
        (id_bytes(statement_id), VOIDING, key_id, ERASED),
    )
    return [id_text(one) for (one,) in rows.fetchall()]


def targets_of_voidings(statements: Iterable[StoredStatement]) -> dict[str, list[StoredStatement]]:
    """Which ids voiding statements mean, and which of them mean it."""
    found: dict[str, list[StoredStatement]] = {}
    for one in statements:
        target = target_of(one.statement) if is_voiding(one.statement) else None
        if target is not None:
            found.setdefault(target, []).append(one)
    return found


def void(store: Store, targets: Sequence[StoredStatement]) -> list[StoredStatement]:
    """Marks stored statements as voided; those that it changed. A voiding statement cannot be voided (Data 2.3.2)."""
    open_to_it = [one for one in targets if not one.voided and one.verb != VOIDING]
    for part in in_parts([one.pk for one in open_to_it]):
        query = f"UPDATE statement SET state = ? WHERE pk IN ({marks(part)}) AND state = ?"
        store.execute(query, [VOIDED, *part, FOUND])
    return load(store, [one.id for one in open_to_it])


@dataclass(frozen=True, slots=True)
class Named:
    """What a statement is found by: keys of agents, IRIs of the verb and of activities.

    ``agents`` are those beside the actor, each with whether only the broad filter finds it; ``activities`` are found by
    the broad filter alone.
    """

    actor: str | None
    verb: str
    activity: str | None
    agents: tuple[tuple[str, bool], ...]
    activities: tuple[str, ...]


def named_in(value: Mapping[str, Any]) -> Named:
    actor = key_of(value["actor"])
    agents: list[tuple[str, bool]] = []
    if not is_plain(value):
        agents.extend((key, False) for key in sorted(direct_agents(value)) if key != actor)
        agents.extend((key, True) for key in sorted(related_agents(value)))
    activities = tuple(related_activities(value)) if "context" in value or "actor" in value["object"] else ()
    return Named(actor, value["verb"]["id"], activity_of(value), tuple(agents), activities)


def link(
    store: Store,
    kept: Sequence[tuple[StoredStatement, Named]],
    agents: Numbers,
    activities: Numbers,
    earlier: Sequence[Reference],
) -> None:
    """Writes what the broad filters and the references of new statements need; names are turned into numbers."""
    also_agents = [(agents[key], one.pk, broad) for one, names in kept for key, broad in names.agents]
    insert_many(store, "statement_also_agent", "agent_id, statement_pk, broad", also_agents)
    also_activities = [(activities[iri], one.pk) for one, names in kept for iri in names.activities]
    insert_many(store, "statement_also_activity", "activity_id, statement_pk", also_activities)
    referring = [(target, one.pk) for one, _ in kept if (target := target_of(one.statement)) is not None]
    if referring:
        rows = [(id_bytes(target), pk) for target, pk in referring]
        insert_many(store, "statement_reference", "target, statement_pk", rows)
    if referring or earlier:
        link_through(store, [one for one, _ in kept], referring, earlier)


def link_through(
    store: Store,
    kept: Sequence[StoredStatement],
    referring: Sequence[tuple[str, int]],
    earlier: Sequence[Reference],
) -> None:
    """Adds each new reference whose target is known to the table of what is found through what."""
    own = {one.id: one.pk for one in kept}
    elsewhere = load(store, [target for target, _ in referring if target not in own])
    known = own | {one.id: one.pk for one in elsewhere}
    edges = [(known[target], pk) for target, pk in referring if target in known]
    edges += [(own[one.target], one.pk) for one in earlier if one.target in own]
    for target, pk in edges:
        reached = [target, *reached_from(store, target)]
        for part in in_parts([pk, *reaching_to(store, pk)]):
            store.execute(
                f"{LINK} WHERE s.pk IN ({marks(reached)}) AND r.pk IN ({marks(part)}) AND s.pk <> r.pk"
                " ON CONFLICT DO NOTHING",
                [*reached, *part],
            )


def reached_from(store: Store, pk: int) -> list[int]:
    rows = store.execute(
        "SELECT through_pk FROM statement_through WHERE statement_pk = ? LIMIT ?", (pk, LONGEST_CHAIN)
    )
    return [row[0] for row in rows.fetchall()]


def reaching_to(store: Store, pk: int) -> list[int]:
    """However many refer to it, but each of them through a chain that is not too long already."""
    rows = store.execute(
        "SELECT r.statement_pk FROM statement_through r WHERE r.through_pk = ?"
        " AND (SELECT count(*) FROM statement_through c WHERE c.statement_pk = r.statement_pk) < ?",
        (pk, LONGEST_CHAIN),
    )
    return [row[0] for row in rows.fetchall()]
