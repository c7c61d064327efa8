"""Deliveries, jobs, leases, recognitions, refused batches, checks and the commitments of draws."""

from passport_service.store.ddl import define, drop

RUNNING = (
    """CREATE TABLE outbox (
        id {id},
        notice {code} NOT NULL,
        channel {code} NOT NULL,
        address TEXT NOT NULL,
        subject TEXT NOT NULL,
        text TEXT NOT NULL,
        html TEXT,
        state {code} NOT NULL DEFAULT 'waiting' CONSTRAINT outbox_state_known CHECK
            (state IN ('waiting', 'claimed', 'sent', 'failed')),
        attempts INTEGER NOT NULL DEFAULT 0 CONSTRAINT outbox_attempts_not_negative CHECK (attempts >= 0),
        created_at {moment} NOT NULL,
        next_at {moment} NOT NULL,
        claimed_by {code},
        claimed_at {moment},
        sent_at {moment},
        error TEXT,
        CONSTRAINT outbox_claim_has_holder CHECK
            (state <> 'claimed' OR (claimed_by IS NOT NULL AND claimed_at IS NOT NULL)),
        CONSTRAINT outbox_sent_has_moment CHECK ((state = 'sent') = (sent_at IS NOT NULL))
    )""",
    "CREATE UNIQUE INDEX outbox_notice_channel ON outbox (notice, channel)",
    "CREATE INDEX outbox_state_next_at ON outbox (state, next_at)",
    """CREATE TABLE job_run (
        id {id},
        job {code} NOT NULL,
        period {code} NOT NULL,
        state {code} NOT NULL CONSTRAINT run_state_known CHECK (state IN ('running', 'done', 'failed')),
        holder {code} NOT NULL,
        started_at {moment} NOT NULL,
        finished_at {moment},
        outcome TEXT,
        error TEXT,
        CONSTRAINT run_finished_has_moment CHECK ((state = 'running') = (finished_at IS NULL))
    )""",
    "CREATE UNIQUE INDEX job_run_job_period ON job_run (job, period)",
    "CREATE INDEX job_run_job_started_at ON job_run (job, started_at)",
    """CREATE TABLE lease (
        name {code} NOT NULL PRIMARY KEY,
        holder {code} NOT NULL,
        until_at {moment} NOT NULL
    )""",
)
RECEIVED = (
    """CREATE TABLE recognition (
        statement {code} NOT NULL PRIMARY KEY,
        stream {code},
        meaning {code} NOT NULL,
        key_id {code},
        actor_key {code} NOT NULL,
        activity_id {code} NOT NULL,
        is_course {bool},
        effective_at {moment} NOT NULL,
        course {code},
        reason {code} CONSTRAINT recognition_reason_known CHECK
            (reason IN ('UNMAPPED_ACTIVITY', 'UNKNOWN_PERSON', 'BEFORE_2000')),
        detail TEXT,
        recorded_at {moment} NOT NULL
    )""",
    "CREATE INDEX recognition_stream ON recognition (stream)",
    "CREATE INDEX recognition_reason_activity_id ON recognition (reason, activity_id)",
    "CREATE INDEX recognition_actor_key_reason ON recognition (actor_key, reason)",
    """CREATE TABLE refused_batch (
        id {id},
        key_id {code} NOT NULL REFERENCES api_key (id),
        received_at {moment} NOT NULL,
        reason TEXT NOT NULL,
        rule TEXT,
        path TEXT,
        body {bytes} NOT NULL CONSTRAINT refused_body_one_megabyte CHECK (length(body) <= 1048576),
        size INTEGER NOT NULL CONSTRAINT refused_size_not_negative CHECK (size >= 0),
        statements INTEGER CONSTRAINT refused_statements_not_negative CHECK (statements >= 0),
        replayed_at {moment},
        replayed_by {code},
        replay_outcome TEXT,
        CONSTRAINT refused_replay_has_person CHECK ((replayed_at IS NULL) = (replayed_by IS NULL))
    )""",
    "CREATE INDEX refused_batch_received_at ON refused_batch (received_at)",
    "CREATE INDEX refused_batch_key_id_received_at ON refused_batch (key_id, received_at)",
)
ASKED = (
    """CREATE TABLE check_record (
        id {code} NOT NULL PRIMARY KEY,
        stream {code} NOT NULL,
        kind {code} NOT NULL,
        type {code} NOT NULL,
        facts_hash {code} NOT NULL,
        route {code} NOT NULL,
        created_at {moment} NOT NULL,
        valid_until_at {moment} NOT NULL,
        item {code},
        detail TEXT NOT NULL,
        CONSTRAINT check_ends_after_start CHECK (valid_until_at >= created_at)
    )""",
    "CREATE INDEX check_record_stream ON check_record (stream)",
    "CREATE INDEX check_record_valid_until_at ON check_record (valid_until_at)",
    """CREATE TABLE draw_commitment (
        period {code} NOT NULL PRIMARY KEY,
        secret TEXT NOT NULL,
        secret_hash {code} NOT NULL CONSTRAINT commitment_hash_is_hex CHECK (length(secret_hash) = 64),
        committed_at {moment} NOT NULL,
        revealed_at {moment}
    )""",
)


def up(migrator, db):
    define(db, (*RUNNING, *RECEIVED, *ASKED))


def down(migrator, db):
    drop(
        db,
        (
            "draw_commitment", "check_record", "refused_batch", "recognition", "lease", "job_run", "outbox",
        ),
    )  # fmt: skip
