"""How far jobs have got with other systems, and the answers that programs were given."""

from passport_service.store.ddl import define, drop

TABLES = (
    """CREATE TABLE bookmark (
        name {code} NOT NULL PRIMARY KEY,
        place TEXT NOT NULL,
        moved_at {moment} NOT NULL
    )""",
    """CREATE TABLE answered_request (
        key_id {code} NOT NULL REFERENCES api_key (id),
        request {code} NOT NULL,
        digest {bytes} NOT NULL,
        status INTEGER NOT NULL,
        answer TEXT NOT NULL,
        answered_at {moment} NOT NULL,
        PRIMARY KEY (key_id, request),
        CONSTRAINT answered_request_is_named CHECK (length(request) > 0),
        CONSTRAINT answered_status_is_good CHECK (status BETWEEN 200 AND 299)
    )""",
    "CREATE INDEX answered_request_answered_at ON answered_request (answered_at)",
)


def up(migrator, db):
    define(db, TABLES)


def down(migrator, db):
    drop(db, ("answered_request", "bookmark"))
