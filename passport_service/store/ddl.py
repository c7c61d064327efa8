"""Table definitions written once for both databases, CHECK constraints and all.

The migration runner's own table creation drops CHECK constraints silently, so the scripts spell tables out.
"""

from collections.abc import Iterable
from typing import Any

from peewee import SqliteDatabase

SQLITE_WORDS = {
    "{id}": "INTEGER PRIMARY KEY AUTOINCREMENT",
    # Without AUTOINCREMENT, for rows that are written by the thousand and numbered by whoever writes them.
    "{row_id}": "INTEGER PRIMARY KEY",
    "{moment}": "TEXT",
    "{day}": "DATE",
    "{bool}": "INTEGER",
    "{bytes}": "BLOB",
    "{long}": "INTEGER",
    "{code}": "TEXT",
    "{uuid}": "TEXT",
    "{small_id}": "INTEGER PRIMARY KEY AUTOINCREMENT",
    # Rows that are nothing but their key are stored in it.
    "{keyed}": "WITHOUT ROWID",
}
POSTGRES_WORDS = {
    "{id}": "BIGSERIAL PRIMARY KEY",
    "{row_id}": "BIGSERIAL PRIMARY KEY",
    "{moment}": "TIMESTAMPTZ",
    "{day}": "DATE",
    "{bool}": "BOOLEAN",
    "{bytes}": "BYTEA",
    "{long}": "BIGINT",
    # Byte order, like SQLite and Python: a code is never sorted by the rules of a language.
    "{code}": 'TEXT COLLATE "C"',
    "{uuid}": "UUID",
    "{small_id}": "SERIAL PRIMARY KEY",
    "{keyed}": "",
}


def is_sqlite(db: Any) -> bool:
    return isinstance(db, SqliteDatabase)


def define(db: Any, statements: Iterable[str]) -> None:
    """Runs each statement with the words in braces put into this database's own (the tables above)."""
    words = SQLITE_WORDS if is_sqlite(db) else POSTGRES_WORDS
    for statement in statements:
        for word, meaning in words.items():
            statement = statement.replace(word, meaning)
        db.execute_sql(statement)


def drop(db: Any, tables: Iterable[str]) -> None:
    """Drops tables in the order given."""
    for table in tables:
        db.execute_sql(f'DROP TABLE IF EXISTS "{table}"')


def append_only(db: Any, table: str, *, columns: Iterable[str], delete_when: str | None = None) -> None:
    """Triggers that refuse to change these columns of a table, or to delete a row.

    ``delete_when`` is a condition over OLD under which a row may go after all.
    """
    changed = ", ".join(columns)
    unless = f"NOT ({delete_when})" if delete_when else None
    if is_sqlite(db):
        define(db, sqlite_triggers(table, changed, unless))
    else:
        define(db, postgres_triggers(table, changed, unless))


def sqlite_triggers(table: str, changed: str, unless: str | None) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    when = f"WHEN {unless} " if unless else ""
    return [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {changed} ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {when}{refuse}",
    ]


def postgres_triggers(table: str, changed: str, unless: str | None) -> list[str]:
    refuse = f"RAISE EXCEPTION '{table} is append-only';"
    on_delete = f"IF {unless} THEN {refuse} END IF; RETURN OLD;" if unless else refuse
    body = f"BEGIN IF TG_OP = 'DELETE' THEN {on_delete} ELSE {refuse} END IF; END"
    return [
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {changed} ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {table}_refuse()",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {table}_refuse()",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()",
    ]
