"""The ledger: append-only by trigger, payloads apart, and the words of its chain."""

from passport_service.store.ddl import append_only, define, drop, is_sqlite

TABLES = (
    """CREATE TABLE event (
        id {id},
        stream {code} NOT NULL,
        seq INTEGER NOT NULL CONSTRAINT event_seq_from_one CHECK (seq >= 1),
        kind {code} NOT NULL CONSTRAINT event_kind_present CHECK (kind <> ''),
        effective_at {moment} NOT NULL,
        recorded_at {moment} NOT NULL,
        caused_by {code} NOT NULL CONSTRAINT event_cause_present CHECK (caused_by <> ''),
        policy_version INTEGER NOT NULL CONSTRAINT event_policy_not_negative CHECK (policy_version >= 0),
        rests_on {code},
        digest {bytes} NOT NULL CONSTRAINT event_digest_sha256 CHECK (length(digest) = 32),
        link {bytes} NOT NULL CONSTRAINT event_link_sha256 CHECK (length(link) = 32),
        transaction_id {long} NOT NULL DEFAULT 0
    )""",
    "CREATE UNIQUE INDEX event_stream_seq ON event (stream, seq)",
    "CREATE INDEX event_transaction_id_id ON event (transaction_id, id)",
    """CREATE TABLE event_payload (
        event_id {long} NOT NULL PRIMARY KEY REFERENCES event (id),
        salt {bytes} NOT NULL CONSTRAINT payload_salt_128_bits CHECK (length(salt) = 16),
        body TEXT NOT NULL
    )""",
    """CREATE TABLE stream_head (
        stream {code} NOT NULL PRIMARY KEY CONSTRAINT stream_named CHECK (stream <> ''),
        seq INTEGER NOT NULL CONSTRAINT head_seq_not_negative CHECK (seq >= 0),
        link {bytes} NOT NULL CONSTRAINT head_link_sha256 CHECK (length(link) = 32),
        erased {bool} NOT NULL DEFAULT FALSE
    )""",
    """CREATE TABLE seal (
        id {id},
        sealed_at {moment} NOT NULL,
        through_id {long} NOT NULL,
        streams INTEGER NOT NULL CONSTRAINT seal_streams_not_negative CHECK (streams >= 0),
        root {bytes} NOT NULL CONSTRAINT seal_root_sha256 CHECK (length(root) = 32),
        link {bytes} NOT NULL CONSTRAINT seal_link_sha256 CHECK (length(link) = 32)
    )""",
    """CREATE TABLE tombstone (
        stream {code} NOT NULL PRIMARY KEY REFERENCES stream_head (stream),
        erased_at {moment} NOT NULL,
        through_seq INTEGER NOT NULL CONSTRAINT tombstone_seq_not_negative CHECK (through_seq >= 0)
    )""",
    """CREATE TABLE ledger_epoch (
        epoch INTEGER NOT NULL PRIMARY KEY CONSTRAINT epoch_from_one CHECK (epoch >= 1),
        began_at {moment} NOT NULL,
        shift {long} NOT NULL,
        last_transaction_id {long} NOT NULL,
        last_id {long} NOT NULL
    )""",
    """CREATE TABLE counter (
        name {code} NOT NULL PRIMARY KEY,
        value {long} NOT NULL CONSTRAINT counter_not_negative CHECK (value >= 0)
    )""",
)
ENVELOPE = (
    "id", "stream", "seq", "kind", "effective_at", "recorded_at", "caused_by", "policy_version", "rests_on",
    "digest", "link",
)  # fmt: skip
IS_ERASED = "EXISTS (SELECT 1 FROM event e JOIN tombstone t ON t.stream = e.stream WHERE e.id = OLD.event_id)"


def up(migrator, db):
    define(db, TABLES)
    # transaction_id stays free: a restore into another cluster must renumber it (it is outside the chain).
    append_only(db, "event", columns=ENVELOPE)
    append_only(db, "event_payload", columns=("event_id", "salt", "body"), delete_when=IS_ERASED)
    append_only(db, "seal", columns=("id", "sealed_at", "through_id", "streams", "root", "link"))
    append_only(db, "tombstone", columns=("stream", "erased_at", "through_seq"))
    if not is_sqlite(db):
        # Who inserts cannot forget it: the number by which readers know that nothing older can still appear.
        db.execute_sql(
            "ALTER TABLE event ALTER COLUMN transaction_id SET DEFAULT pg_current_xact_id()::text::bigint"
        )


def down(migrator, db):
    drop(db, ("event_payload", "event", "tombstone", "stream_head", "seal", "ledger_epoch", "counter"))
    if not is_sqlite(db):
        for table in ("event", "event_payload", "seal", "tombstone"):
            db.execute_sql(f"DROP FUNCTION {table}_refuse()")
