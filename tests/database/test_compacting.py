"""Statements of the release before are all there after the migration that makes them smaller."""

from datetime import UTC, datetime
from uuid import UUID

from playhouse.migrations import Runner

from passport_service.store.database import MIGRATIONS, Store, migrate
from passport_service.store.interned import ACTIVITIES, AGENTS, VERBS, intern
from passport_service.store.statement_rows import load
from tests import builders

ONE, OTHER = UUID(int=1), UUID(int=2)
AT = "2026-03-02T09:00:00.123456+00:00"


def test_statements_stored_before_are_read_as_they_were(store: Store) -> None:
    Runner(store.db, str(MIGRATIONS)).down("0007_compact_statements")
    with store.writing():
        agent = intern(store, AGENTS, ["account|https://moodle.example|12"]).popitem()[1]
        verb = intern(store, VERBS, [builders.VERBS["completed"]]).popitem()[1]
        activity = intern(store, ACTIVITIES, ["https://moodle.example/course/view.php?id=7"]).popitem()[1]
        for pk, (one, voided) in enumerate(((ONE, False), (OTHER, True)), 1):
            store.execute(
                "INSERT INTO statement (pk, id, key_id, agent_id, verb_id, activity_id, registration, timestamp, stored,"
                " voided, digest, payload) VALUES (?, ?, 'kold', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (pk, one.hex, agent, verb, activity, one.hex, AT, AT, voided, bytes(32), b'{"actor":{}}'),
            )
        store.execute("INSERT INTO statement_reference (target, statement_pk) VALUES (?, 2)", (ONE.hex,))
    migrate(store)
    found = load(store, [str(ONE), str(OTHER)])
    assert [(one.pk, one.id, one.voided, one.key_id, one.edition) for one in found] == [
        (1, str(ONE), False, "kold", 1),
        (2, str(OTHER), True, "kold", 1),
    ]
    assert {one.stored for one in found} == {datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)}
    assert found[0].statement == {"actor": {}}
    rows = store.execute("SELECT target, statement_pk FROM statement_reference").fetchall()
    assert [(bytes(target), pk) for target, pk in rows] == [(ONE.bytes, 2)]
