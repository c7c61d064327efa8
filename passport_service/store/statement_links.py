"""What ties statements together: references and voidings in either order of arrival, and the rows of broad filters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from passport_service.store.database import Store
from passport_service.store.interned import ACTIVITIES, AGENTS, intern
from passport_service.store.statement_rows import (
    StoredStatement,
    id_text,
    in_parts,
    insert_many,
    load,
    marks,
)
from passport_service.xapi.links import direct_agents, is_plain, related_activities, related_agents, target_of
from passport_service.xapi.statement import VOIDED, is_voiding

# References are followed this far; a longer chain is somebody's experiment, and would cost its square in rows.
LONGEST_CHAIN = 32


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
            "SELECT r.target, s.pk, s.key_id, v.iri FROM statement_reference r"
            " JOIN statement s ON s.pk = r.statement_pk JOIN statement_verb v ON v.id = s.verb_id"
            f" WHERE r.target IN ({marks(part)})",
            [id_text(one) for one in part],
        )
        found.extend(
            Reference(str(UUID(str(t))), pk, key, iri == VOIDED) for t, pk, key, iri in rows.fetchall()
        )
    return found


def targets_of_voidings(statements: Iterable[StoredStatement]) -> dict[str, StoredStatement]:
    """Which id each voiding statement means."""
    found = {}
    for one in statements:
        target = target_of(one.statement) if is_voiding(one.statement) else None
        if target is not None:
            found[target] = one
    return found


def void(store: Store, targets: Sequence[StoredStatement]) -> list[StoredStatement]:
    """Marks stored statements as voided; those that it changed. A voiding statement cannot be voided (Data 2.3.2)."""
    open_to_it = [one for one in targets if not one.voided and one.verb != VOIDED]
    for part in in_parts([one.pk for one in open_to_it]):
        store.execute(f"UPDATE statement SET voided = ? WHERE pk IN ({marks(part)})", [True, *part])
    return load(store, [one.id for one in open_to_it])


def link(store: Store, kept: Sequence[StoredStatement], earlier: Sequence[Reference]) -> None:
    """Writes what the broad filters and the references of new statements need."""
    link_agents(store, kept)
    link_activities(store, kept)
    referring = [(target, one.pk) for one in kept if (target := target_of(one.statement)) is not None]
    if referring:
        rows = [(id_text(target), pk) for target, pk in referring]
        insert_many(store, "statement_reference", "target, statement_pk", rows)
    if referring or earlier:
        link_through(store, kept, referring, earlier)


def link_agents(store: Store, kept: Sequence[StoredStatement]) -> None:
    found: list[tuple[str, int, bool]] = []
    for one in kept:
        if is_plain(one.statement):
            continue
        found.extend((key, one.pk, False) for key in direct_agents(one.statement) if key != one.actor_key)
        found.extend((key, one.pk, True) for key in related_agents(one.statement))
    if found:
        numbers = intern(store, AGENTS, {key for key, _, _ in found})
        rows = [(numbers[key], pk, broad) for key, pk, broad in found]
        insert_many(store, "statement_also_agent", "agent_id, statement_pk, broad", rows)


def link_activities(store: Store, kept: Sequence[StoredStatement]) -> None:
    found = [(activity, one.pk) for one in kept for activity in related_activities(one.statement)]
    if found:
        numbers = intern(store, ACTIVITIES, {activity for activity, _ in found})
        rows = [(numbers[activity], pk) for activity, pk in found]
        insert_many(store, "statement_also_activity", "activity_id, statement_pk", rows)


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
        reached = [target, *column(store, "through_pk", "statement_pk", target)]
        reaching = [pk, *column(store, "statement_pk", "through_pk", pk)]
        rows = [(through, statement) for through in reached for statement in reaching if through != statement]
        insert_many(store, "statement_through", "through_pk, statement_pk", rows)


def column(store: Store, wanted: str, given: str, number: int) -> list[int]:
    rows = store.execute(
        f"SELECT {wanted} FROM statement_through WHERE {given} = ? LIMIT ?", (number, LONGEST_CHAIN)
    )
    return [row[0] for row in rows.fetchall()]
