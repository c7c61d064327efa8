"""The chain verifies after every step and fails after any edit (RULES D.17, property 14)."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passport_service.domain.errors import Refused
from passport_service.domain.events import NewEvent
from passport_service.store import ledger
from passport_service.store.database import Store, migrate, open_store
from tests.database.facts import NOON

STREAMS = ("P000001", "P000002", "council")
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
DATA = st.dictionaries(
    WORDS, st.recursive(WORDS | st.integers(-9, 9) | st.none() | st.booleans(), st.lists), max_size=3
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.sampled_from(STREAMS), st.lists(DATA, min_size=1, max_size=3)),
        st.tuples(st.just("seal"), st.none(), st.none()),
        st.tuples(st.just("erase"), st.sampled_from(STREAMS), st.none()),
    ),
    min_size=1,
    max_size=8,
)
COLUMNS = ("stream", "seq", "kind", "effective_at", "recorded_at", "caused_by", "policy_version", "rests_on")
EXAMPLES = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def empty_store() -> Store:
    store = open_store("sqlite:///:memory:", create=True)
    migrate(store)
    return store


def take(store: Store, step: tuple[str, Any, Any]) -> None:
    what, stream, payloads = step
    if what == "seal":
        ledger.seal(store, NOON)
        return
    try:
        if what == "erase":
            ledger.erase(store, stream, NOON)
            return
        with store.writing():
            facts = [NewEvent("fact", NOON, data, "s") for data in payloads]
            given = ledger.append(store, stream, facts, recorded_at=NOON, caused_by="U7", policy_version=1)
        assert ledger.read(store, stream)[-len(given) :] == given
    except Refused as refused:
        # Nothing more goes into an erased stream; any other refusal is a fault.
        if refused.code != "NOT_FOUND":
            raise


@EXAMPLES
@given(STEPS)
def test_the_chain_verifies_after_every_step(steps: list[tuple[str, Any, Any]]) -> None:
    store = empty_store()
    for step in steps:
        take(store, step)
        assert ledger.verify(store) == []
    store.close()


@EXAMPLES
@given(STEPS, st.sampled_from(COLUMNS), st.integers(0, 99))
def test_any_edit_of_any_column_is_found(steps: list[tuple[str, Any, Any]], column: str, which: int) -> None:
    store = empty_store()
    take(store, ("append", "P000009", [{"first": 1}, {"second": 2}]))
    for step in steps:
        take(store, step)
    ids = [row[0] for row in store.execute("SELECT id FROM event ORDER BY id").fetchall()]
    store.execute("DROP TRIGGER event_no_update")
    changed = "seq = seq + 50" if column == "seq" else f"{column} = '2001-01-01T00:00:00.000000+00:00'"
    if column == "policy_version":
        changed = "policy_version = policy_version + 1"
    store.execute(f"UPDATE event SET {changed} WHERE id = ?", (ids[which % len(ids)],))
    assert ledger.verify(store)
    store.close()
