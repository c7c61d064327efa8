"""The projections: what each person's fold says, ready to be listed and compared."""

from passport_service.store.ddl import define, drop

PRACTITIONER = (
    """CREATE TABLE practitioner (
        stream {code} NOT NULL PRIMARY KEY,
        ref TEXT NOT NULL CONSTRAINT practitioner_ref_present CHECK (ref <> ''),
        name TEXT NOT NULL,
        email TEXT,
        role {code},
        team TEXT,
        locality TEXT,
        manager {code},
        profession TEXT,
        newly_qualified {bool} NOT NULL DEFAULT FALSE,
        agency {bool} NOT NULL DEFAULT FALSE,
        registration {code},
        left_on {day},
        merged_into {code},
        passport_state {code} NOT NULL CONSTRAINT practitioner_state_known CHECK (passport_state IN
            ('none', 'working_towards', 'active', 'suspended', 'revoked', 'lapsed', 'ended', 'void')),
        passport_number INTEGER CONSTRAINT practitioner_number_from_one CHECK (passport_number >= 1),
        since {moment},
        earned_on {day},
        reasons TEXT NOT NULL,
        causes TEXT NOT NULL,
        run INTEGER NOT NULL CONSTRAINT practitioner_run_not_negative CHECK (run >= 0),
        next_expiry_on {day},
        review_at {moment},
        open_tasks INTEGER NOT NULL DEFAULT 0
            CONSTRAINT practitioner_tasks_not_negative CHECK (open_tasks >= 0),
        open_concerns INTEGER NOT NULL DEFAULT 0
            CONSTRAINT practitioner_concerns_not_negative CHECK (open_concerns >= 0),
        updated_seq INTEGER NOT NULL,
        CONSTRAINT practitioner_live_has_number CHECK
            (passport_number IS NOT NULL OR passport_state NOT IN ('active', 'suspended')),
        CONSTRAINT practitioner_not_into_itself CHECK (merged_into <> stream)
    )""",
    "CREATE UNIQUE INDEX practitioner_ref ON practitioner (ref)",
    "CREATE INDEX practitioner_manager ON practitioner (manager)",
    "CREATE INDEX practitioner_next_expiry_on ON practitioner (next_expiry_on)",
    "CREATE INDEX practitioner_review_at ON practitioner (review_at)",
    "CREATE INDEX practitioner_name_stream ON practitioner (name, stream)",
    "CREATE INDEX practitioner_team_name ON practitioner (team, name)",
    "CREATE INDEX practitioner_passport_state_name ON practitioner (passport_state, name)",
)
TRAINING = (
    """CREATE TABLE holding (
        stream {code} NOT NULL REFERENCES practitioner (stream),
        requirement {code} NOT NULL,
        state_basis {code} NOT NULL,
        since_on {day},
        expires_on {day},
        evidence TEXT NOT NULL,
        PRIMARY KEY (stream, requirement)
    )""",
    "CREATE INDEX holding_expires_on ON holding (expires_on)",
    """CREATE TABLE identifier (
        key {code} NOT NULL CONSTRAINT identifier_key_present CHECK (key <> ''),
        stream {code} NOT NULL REFERENCES practitioner (stream),
        from_at {moment} NOT NULL,
        until_at {moment},
        PRIMARY KEY (key, from_at),
        CONSTRAINT identifier_ends_after_start CHECK (until_at >= from_at)
    )""",
    "CREATE INDEX identifier_stream ON identifier (stream)",
)
WORK = (
    """CREATE TABLE item (
        ref {code} NOT NULL PRIMARY KEY CONSTRAINT item_ref_present CHECK (ref <> ''),
        stream {code} NOT NULL REFERENCES practitioner (stream),
        kind {code} NOT NULL CONSTRAINT item_kind_known CHECK
            (kind IN ('assessment', 'support_plan', 'review')),
        type {code} NOT NULL,
        status {code} NOT NULL,
        stream_of_work {code} NOT NULL CONSTRAINT item_stream_known CHECK
            (stream_of_work IN ('approve', 'authorise', 'moderate', 'none')),
        recorded_at {moment} NOT NULL,
        submitted_at {moment},
        resubmitted_at {moment},
        confirmed_at {moment},
        confirmed_recorded_at {moment},
        picked_at {moment},
        decided_at {moment},
        withdrawn_at {moment},
        due_on {day},
        basis {code},
        check_id {code},
        facts TEXT NOT NULL,
        CONSTRAINT item_submitted_or_confirmed CHECK (submitted_at IS NOT NULL OR confirmed_at IS NOT NULL),
        CONSTRAINT item_confirmed_is_recorded CHECK
            ((confirmed_at IS NULL) = (confirmed_recorded_at IS NULL))
    )""",
    "CREATE INDEX item_confirmed_recorded_at ON item (confirmed_recorded_at)",
    "CREATE INDEX item_stream_recorded_at ON item (stream, recorded_at)",
    "CREATE INDEX item_stream_of_work_status_due_on ON item (stream_of_work, status, due_on)",
    """CREATE TABLE concern (
        id {code} NOT NULL PRIMARY KEY,
        stream {code} NOT NULL REFERENCES practitioner (stream),
        item {code} NOT NULL,
        category {code} NOT NULL,
        severity {code} NOT NULL CONSTRAINT concern_severity_known CHECK
            (severity IN ('standard', 'serious')),
        source {code} NOT NULL,
        occurred_on {day} NOT NULL,
        found_on {day} NOT NULL,
        recorded_at {moment} NOT NULL,
        status {code} NOT NULL CONSTRAINT concern_status_known CHECK
            (status IN ('open', 'counted', 'under_challenge', 'overturned', 'withdrawn')),
        counted {bool} NOT NULL,
        decide_by {day},
        reader {code} NOT NULL
    )""",
    "CREATE INDEX concern_stream ON concern (stream)",
    "CREATE INDEX concern_item ON concern (item)",
    """CREATE TABLE notice (
        id {code} NOT NULL PRIMARY KEY,
        stream {code} NOT NULL REFERENCES practitioner (stream),
        code {code} NOT NULL,
        given_at {moment} NOT NULL,
        respond_by {day},
        content TEXT NOT NULL
    )""",
    "CREATE INDEX notice_stream_given_at ON notice (stream, given_at)",
)


def up(migrator, db):
    define(db, (*PRACTITIONER, *TRAINING, *WORK))


def down(migrator, db):
    drop(db, ("notice", "concern", "item", "identifier", "holding", "practitioner"))
