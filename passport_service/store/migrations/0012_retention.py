"""Legal holds, and the exports that were made of what is held of somebody; documents by the time they were written."""

from passport_service.store.ddl import define, drop

TABLES = (
    """CREATE TABLE legal_hold (
        id {id},
        kind {code} NOT NULL CONSTRAINT hold_kind_known CHECK (kind IN ('person', 'identifier', 'key')),
        name {code} NOT NULL CONSTRAINT hold_is_of_somebody CHECK (name <> ''),
        reason TEXT NOT NULL CONSTRAINT hold_has_a_reason CHECK (reason <> ''),
        set_at {moment} NOT NULL,
        set_by {code} NOT NULL,
        lifted_at {moment},
        lifted_by {code},
        lifted_why TEXT,
        CONSTRAINT hold_is_lifted_by_somebody
            CHECK ((lifted_at IS NULL) = (lifted_by IS NULL) AND (lifted_at IS NULL) = (lifted_why IS NULL))
    )""",
    "CREATE INDEX legal_hold_name ON legal_hold (name)",
    """CREATE TABLE person_export (
        id {code} NOT NULL PRIMARY KEY,
        subject {code} NOT NULL,
        made_at {moment} NOT NULL,
        made_by {code} NOT NULL,
        statements INTEGER NOT NULL CONSTRAINT export_statements_count CHECK (statements >= 0),
        size {long} NOT NULL CONSTRAINT export_has_a_size CHECK (size > 0)
    )""",
    "CREATE INDEX person_export_subject ON person_export (subject)",
    "CREATE INDEX person_export_made_at ON person_export (made_at)",
    "CREATE INDEX document_updated_at ON document (updated_at)",
)


def up(migrator, db):
    define(db, TABLES)


def down(migrator, db):
    db.execute_sql("DROP INDEX document_updated_at")
    drop(db, ("person_export", "legal_hold"))
