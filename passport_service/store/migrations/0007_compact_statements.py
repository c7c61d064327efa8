"""Statements in half the room: ids as 16 bytes, moments as microseconds, keys as numbers, payloads deflated from now on.

Payloads that are there stay as they are: a plain one begins with a brace, a deflated one with the number of its words.
"""

from uuid import UUID

from passport_service.store.ddl import define, drop, is_sqlite

NAMES = (
    "CREATE TABLE statement_key (id {small_id}, key {code} NOT NULL)",
    "CREATE UNIQUE INDEX statement_key_key ON statement_key (key)",
)
# Wide columns last: PostgreSQL pads what comes before them, and SQLite reads a row from its front.
STATEMENT = """CREATE TABLE statement (
    pk {row_id},
    stored {long} NOT NULL,
    timestamp {long} NOT NULL,
    key_id INTEGER NOT NULL,
    agent_id INTEGER,
    verb_id INTEGER NOT NULL,
    activity_id INTEGER,
    state SMALLINT NOT NULL DEFAULT 0 CONSTRAINT statement_state_known CHECK (state IN (0, 1, 2)),
    edition SMALLINT NOT NULL DEFAULT 1 CONSTRAINT statement_edition_known CHECK (edition IN (1, 2)),
    id {bytes} NOT NULL CONSTRAINT statement_id_is_uuid CHECK (length(id) = 16),
    registration {bytes} CONSTRAINT statement_registration_is_uuid CHECK (length(registration) = 16),
    digest {bytes} NOT NULL CONSTRAINT statement_digest_sha256 CHECK (length(digest) = 32),
    payload {bytes} NOT NULL CONSTRAINT statement_payload_present CHECK (length(payload) > 0)
)"""
INDEXES = (
    "CREATE UNIQUE INDEX statement_id ON statement (id)",
    "CREATE INDEX statement_agent_id_verb_id_activity_id_stored ON statement (agent_id, verb_id, activity_id, stored)",
    "CREATE INDEX statement_activity_id_stored ON statement (activity_id, stored)",
    "CREATE INDEX statement_registration_stored ON statement (registration, stored)",
    "CREATE INDEX statement_key_id_stored ON statement (key_id, stored)",
    "CREATE INDEX statement_stored ON statement (stored)",
)
REFERENCE = """CREATE TABLE statement_reference (
    target {bytes} NOT NULL CONSTRAINT reference_target_is_uuid CHECK (length(target) = 16),
    statement_pk {long} NOT NULL,
    PRIMARY KEY (target, statement_pk)
) {keyed}"""
COPIED = (
    "pk, stored, timestamp, key_id, agent_id, verb_id, activity_id, state, id, registration, digest, payload"
)
COPY_SQLITE = f"""INSERT INTO statement ({COPIED})
    SELECT s.pk, microseconds(s.stored), microseconds(s.timestamp), k.id, s.agent_id, s.verb_id, s.activity_id, s.voided,
        packed(s.id), packed(s.registration), s.digest, s.payload
    FROM statement_before s JOIN statement_key k ON k.key = s.key_id ORDER BY s.pk"""
COPY_POSTGRES = f"""INSERT INTO statement ({COPIED})
    SELECT s.pk, (extract(epoch FROM s.stored) * 1000000)::bigint, (extract(epoch FROM s.timestamp) * 1000000)::bigint,
        k.id, s.agent_id, s.verb_id, s.activity_id, s.voided::int, uuid_send(s.id), uuid_send(s.registration),
        s.digest, s.payload
    FROM statement_before s JOIN statement_key k ON k.key = s.key_id ORDER BY s.pk"""
BEFORE = (
    "DROP INDEX statement_id",
    "DROP INDEX statement_agent_verb_activity_stored",
    "DROP INDEX statement_activity_stored",
    "DROP INDEX statement_key_id_stored",
    "ALTER TABLE statement RENAME TO statement_before",
    "ALTER TABLE statement_reference RENAME TO reference_before",
)
RENAMED = (
    ("SEQUENCE", "statement_pk_seq"),
    ("INDEX", "statement_pkey"),
    ("INDEX", "statement_reference_pkey"),
)
OLD_STATEMENT = (
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
    """CREATE TABLE statement_reference (
        target {uuid} NOT NULL,
        statement_pk {long} NOT NULL,
        PRIMARY KEY (target, statement_pk)
    ) {keyed}""",
)


def up(migrator, db):
    define(db, (*BEFORE, *NAMES, STATEMENT, REFERENCE))
    db.execute_sql(
        "INSERT INTO statement_key (key) SELECT DISTINCT key_id FROM statement_before ORDER BY key_id"
    )
    if is_sqlite(db):
        connection = db.connection()
        connection.create_function("packed", 1, packed, deterministic=True)
        connection.create_function("microseconds", 1, microseconds, deterministic=True)
        db.execute_sql(COPY_SQLITE)
        db.execute_sql(
            "INSERT INTO statement_reference SELECT packed(target), statement_pk FROM reference_before"
        )
    else:
        db.execute_sql(COPY_POSTGRES)
        db.execute_sql(
            "SELECT setval('statement_pk_seq1', (SELECT coalesce(max(pk), 0) + 1 FROM statement), false)"
        )
        db.execute_sql(
            "INSERT INTO statement_reference SELECT uuid_send(target), statement_pk FROM reference_before"
        )
    drop(db, ("statement_before", "reference_before"))
    if not is_sqlite(db):
        for what, name in (
            ("SEQUENCE", "statement_pk_seq"),
            ("INDEX", "statement_pkey"),
            ("INDEX", "statement_reference_pkey"),
        ):
            db.execute_sql(f"ALTER {what} {name}1 RENAME TO {name}")
    define(db, INDEXES)


def packed(text):
    return None if text is None else UUID(text).bytes


def microseconds(text):
    from passport_service.store.fields import microseconds_of, read_moment

    return microseconds_of(read_moment(text))


def down(migrator, db):
    """Only for an empty store: what is deflated cannot be read by what came before."""
    if db.execute_sql("SELECT 1 FROM statement LIMIT 1").fetchone():
        raise RuntimeError(
            "statements stored since cannot be read by the release before; restore a backup instead"
        )
    drop(db, ("statement_reference", "statement", "statement_key"))
    define(db, OLD_STATEMENT)
