"""Look-ups of statements: by an agent or a verb alone, and on PostgreSQL always in order.

SQLite ends every index with the row's number by itself. PostgreSQL guesses how many rows it would have to sort, and of a
prepared query it guesses by the average: of what is named often it sorted everything, to answer with a page.
"""

from passport_service.store.ddl import define

UP = (
    "DROP INDEX statement_agent_id_verb_id_activity_id_stored",
    "DROP INDEX statement_activity_id_stored",
    "CREATE INDEX statement_agent_id_verb_id_activity_id_stored_pk"
    " ON statement (agent_id, verb_id, activity_id, stored, pk)",
    "CREATE INDEX statement_activity_id_stored_pk ON statement (activity_id, stored, pk)",
    "CREATE INDEX statement_agent_id_stored_pk ON statement (agent_id, stored, pk)",
    "CREATE INDEX statement_verb_id_stored ON statement (verb_id, stored)",
)
DOWN = (
    "DROP INDEX statement_verb_id_stored",
    "DROP INDEX statement_agent_id_stored_pk",
    "DROP INDEX statement_activity_id_stored_pk",
    "DROP INDEX statement_agent_id_verb_id_activity_id_stored_pk",
    "CREATE INDEX statement_activity_id_stored ON statement (activity_id, stored)",
    "CREATE INDEX statement_agent_id_verb_id_activity_id_stored"
    " ON statement (agent_id, verb_id, activity_id, stored)",
)


def up(migrator, db):
    define(db, UP)


def down(migrator, db):
    define(db, DOWN)
