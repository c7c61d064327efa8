"""Statements as they came, with agents, verbs and activities kept once and named by a number."""

from passport_service.store.ddl import define, drop

NAMES = (
    "CREATE TABLE statement_agent (id {small_id}, key {code} NOT NULL)",
    "CREATE UNIQUE INDEX statement_agent_key ON statement_agent (key)",
    "CREATE TABLE statement_verb (id {small_id}, iri {code} NOT NULL)",
    "CREATE UNIQUE INDEX statement_verb_iri ON statement_verb (iri)",
    "CREATE TABLE statement_activity (id {small_id}, iri {code} NOT NULL)",
    "CREATE UNIQUE INDEX statement_activity_iri ON statement_activity (iri)",
)
# No foreign keys from here to the names: they are never deleted, and each would cost a look-up a statement.
STATEMENT = (
    """CREATE TABLE statement (
        pk {id},
        id {uuid} NOT NULL,
        key_id {code} NOT NULL,
        agent_id INTEGER,
        verb_id INTEGER NOT NULL,
        activity_id INTEGER,
        registration {uuid},
        timestamp {moment} NOT NULL,
        stored {moment} NOT NULL,
        voided {bool} NOT NULL DEFAULT FALSE,
        digest {bytes} NOT NULL CONSTRAINT statement_digest_sha256 CHECK (length(digest) = 32),
        payload {bytes} NOT NULL CONSTRAINT statement_payload_present CHECK (length(payload) > 0)
    )""",
    "CREATE UNIQUE INDEX statement_id ON statement (id)",
    "CREATE INDEX statement_agent_verb_activity_stored ON statement (agent_id, verb_id, activity_id, stored)",
    "CREATE INDEX statement_activity_stored ON statement (activity_id, stored)",
    "CREATE INDEX statement_key_id_stored ON statement (key_id, stored)",
)
LINKS = (
    """CREATE TABLE statement_also_agent (
        agent_id INTEGER NOT NULL,
        statement_pk {long} NOT NULL,
        broad {bool} NOT NULL,
        PRIMARY KEY (agent_id, statement_pk)
    ) {keyed}""",
    """CREATE TABLE statement_also_activity (
        activity_id INTEGER NOT NULL,
        statement_pk {long} NOT NULL,
        PRIMARY KEY (activity_id, statement_pk)
    ) {keyed}""",
    """CREATE TABLE statement_reference (
        target {uuid} NOT NULL,
        statement_pk {long} NOT NULL,
        PRIMARY KEY (target, statement_pk)
    ) {keyed}""",
    """CREATE TABLE statement_through (
        through_pk {long} NOT NULL,
        statement_pk {long} NOT NULL,
        PRIMARY KEY (through_pk, statement_pk)
    ) {keyed}""",
    "CREATE INDEX statement_through_statement_pk ON statement_through (statement_pk)",
    """CREATE TABLE statement_attachment (
        key_id {code} NOT NULL,
        sha2 {code} NOT NULL CONSTRAINT attachment_hash_present CHECK (sha2 <> ''),
        content_type TEXT NOT NULL,
        content {bytes} NOT NULL,
        PRIMARY KEY (key_id, sha2)
    )""",
)


def up(migrator, db):
    define(db, (*NAMES, *STATEMENT, *LINKS))


def down(migrator, db):
    drop(
        db,
        (
            "statement_attachment",
            "statement_through",
            "statement_reference",
            "statement_also_activity",
            "statement_also_agent",
            "statement",
            "statement_activity",
            "statement_verb",
            "statement_agent",
        ),
    )
