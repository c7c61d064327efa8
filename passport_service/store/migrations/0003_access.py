"""Keys, accounts, limits on trying, the security log, and the days on which a key was heard."""

from passport_service.store.ddl import define, drop

TABLES = (
    """CREATE TABLE api_key (
        id {code} NOT NULL PRIMARY KEY,
        label TEXT NOT NULL,
        purpose {code} NOT NULL CONSTRAINT key_purpose_known CHECK (purpose IN ('xapi', 'api')),
        secret_hash {bytes} NOT NULL CONSTRAINT key_secret_sha256 CHECK (length(secret_hash) = 32),
        home_pages TEXT NOT NULL,
        may_void {bool} NOT NULL DEFAULT FALSE,
        may_waive {bool} NOT NULL DEFAULT FALSE,
        may_decide {bool} NOT NULL DEFAULT FALSE,
        may_confirm {bool} NOT NULL DEFAULT FALSE,
        may_read {bool} NOT NULL DEFAULT FALSE,
        created_at {moment} NOT NULL,
        created_by {code} NOT NULL,
        revoked_at {moment},
        last_used_at {moment}
    )""",
    """CREATE TABLE account (
        id {code} NOT NULL PRIMARY KEY,
        email TEXT NOT NULL CONSTRAINT account_email_lower_case CHECK (email = lower(email) AND email <> ''),
        name TEXT NOT NULL,
        password_hash TEXT,
        roles TEXT NOT NULL,
        stream {code} REFERENCES practitioner (stream),
        active {bool} NOT NULL DEFAULT TRUE,
        created_at {moment} NOT NULL,
        invited_at {moment},
        token_hash {bytes} CONSTRAINT account_token_sha256 CHECK (length(token_hash) = 32),
        token_until_at {moment},
        failed_sign_ins INTEGER NOT NULL DEFAULT 0
            CONSTRAINT account_failures_not_negative CHECK (failed_sign_ins >= 0),
        last_failed_at {moment},
        last_signed_in_at {moment},
        session_version INTEGER NOT NULL DEFAULT 1,
        CONSTRAINT account_token_ends CHECK ((token_hash IS NULL) = (token_until_at IS NULL))
    )""",
    "CREATE UNIQUE INDEX account_email ON account (email)",
    "CREATE UNIQUE INDEX account_stream ON account (stream)",
    "CREATE UNIQUE INDEX account_token_hash ON account (token_hash)",
    """CREATE TABLE rate (
        bucket TEXT NOT NULL,
        window_at {moment} NOT NULL,
        tries INTEGER NOT NULL CONSTRAINT rate_tries_from_one CHECK (tries >= 1),
        PRIMARY KEY (bucket, window_at)
    )""",
    "CREATE INDEX rate_window_at ON rate (window_at)",
    """CREATE TABLE security_log (
        id {id},
        at {moment} NOT NULL,
        kind {code} NOT NULL,
        who {code},
        detail TEXT NOT NULL
    )""",
    "CREATE INDEX security_log_at ON security_log (at)",
    "CREATE INDEX security_log_who_at ON security_log (who, at)",
    """CREATE TABLE last_heard (
        key_id {code} NOT NULL REFERENCES api_key (id),
        day_on {day} NOT NULL,
        last_at {moment} NOT NULL,
        batches INTEGER NOT NULL CONSTRAINT heard_batches_from_one CHECK (batches >= 1),
        PRIMARY KEY (key_id, day_on)
    )""",
)


def up(migrator, db):
    define(db, TABLES)


def down(migrator, db):
    drop(db, ("last_heard", "security_log", "rate", "account", "api_key"))
