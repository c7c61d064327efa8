"""Which index serves which question: what few statements fulfil is looked up, and a page is never sorted out of many."""

from typing import Any

import orjson
import pytest
from playhouse.migrations import Runner

from passport_service.store.database import MIGRATIONS, Store, migrate
from tests import builders
from tests.database.sending import Sender, reference, statement

RHYS = builders.mailbox("rhys@council.example")
BOOK = {"id": "https://moodle.example/mod/book/view.php?id=2"}
REGISTRATION = "0d5f5d3c-3f1c-4a6c-9a55-1d2a7a2f7c11"
VALUES = {
    "agent": orjson.dumps(RHYS).decode(),
    "verb": statement()["verb"]["id"],
    "activity": BOOK["id"],
    "registration": REGISTRATION,
    "since": "2026-01-01T00:00:00Z",
}


def filled(store: Store) -> Sender:
    sender = Sender(store)
    context = {"registration": REGISTRATION}
    sender.send(*(statement(one, actor=RHYS, object=BOOK, context=context) for one in range(1, 30)))
    return sender


def plan_of(sender: Sender, asked: str) -> list[str]:
    """How the database finds the statements of a key that fulfil these filters themselves."""
    store, sent = sender.store, list[Any]()
    store.db.query_hooks.append(sent.append)
    assert sender.numbers(**{name: VALUES[name] for name in asked.split()}) == list(range(29, 0, -1))
    store.db.query_hooks.pop()
    [question] = [one for one in sent if "FROM statement s WHERE" in one.sql and "ORDER BY" in one.sql]
    with store.reading():
        if store.is_sqlite:
            rows = store.db.execute_sql(f"EXPLAIN QUERY PLAN {question.sql}", question.params)
            return [row[3] for row in rows.fetchall()]
        for way in ("seqscan", "bitmapscan"):  # ways that are only for a table as small as this
            store.execute(f"SET LOCAL enable_{way} = off")
        return [
            row[0] for row in store.db.execute_numbered(f"EXPLAIN {question.sql}", question.params).fetchall()
        ]


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ("agent verb activity", "agent_id_verb_id_activity_id_stored_pk (agent_id=? AND verb_id=? AND activity_id=?)"),
        ("agent verb", "agent_id_verb_id_activity_id_stored_pk (agent_id=? AND verb_id=?)"),
        ("agent", "agent_id_stored_pk (agent_id=?)"),
        ("activity verb", "activity_id_stored_pk (activity_id=?)"),
        ("activity since", "activity_id_stored_pk (activity_id=? AND stored>?)"),
        ("registration verb", "registration_stored (registration=?)"),
        ("registration verb since", "registration_stored (registration=? AND stored>?)"),
        ("verb", "verb_id_stored (verb_id=?)"),
        ("verb since", "verb_id_stored (verb_id=? AND stored>?)"),
        ("", "key_id_stored (key_id=?)"),
    ],
)  # fmt: skip
def test_sqlite_looks_up_what_few_statements_fulfil(sqlite_store: Store, asked: str, index: str) -> None:
    assert plan_of(filled(sqlite_store), asked)[0] == f"SEARCH s USING INDEX statement_{index}"


@pytest.mark.parametrize(
    "asked", ["agent verb activity", "agent verb activity since", "agent", "activity", "activity since"]
)
def test_a_page_of_what_is_named_often_is_not_sorted_out_of_all_of_it(store: Store, asked: str) -> None:
    plan = plan_of(filled(store), asked)
    assert any("_stored_pk" in step for step in plan)
    assert not any("TEMP B-TREE" in step or "Sort" in step for step in plan)


def test_references_stored_before_this_release_are_found_by_what_they_refer_to(store: Store) -> None:
    sender = Sender(store)
    sender.send(statement(1, actor=RHYS), statement(2, object=reference(1)))
    Runner(store.db, str(MIGRATIONS)).down("0015_references")
    assert "0015_references" in migrate(store)
    assert sender.numbers(agent=VALUES["agent"]) == [2, 1]
