"""What a key may do in the standard's words, its secrets apart from it, where it was used from, and its own rate limit."""

from passport_service.store.ddl import define, drop, is_sqlite

# What every key of a learning system could do before there were scopes.
AS_BEFORE = "statements/write statements/read/mine"
SECRET = (
    """CREATE TABLE key_secret (
        key_id {code} NOT NULL REFERENCES api_key (id),
        number INTEGER NOT NULL CONSTRAINT key_secret_from_one CHECK (number >= 1),
        hash {bytes} NOT NULL CONSTRAINT key_secret_sha256 CHECK (length(hash) = 32),
        created_at {moment} NOT NULL,
        created_by {code} NOT NULL,
        ended_at {moment},
        last_used_at {moment},
        PRIMARY KEY (key_id, number)
    )""",
    "INSERT INTO key_secret (key_id, number, hash, created_at, created_by, ended_at, last_used_at)"
    " SELECT id, 1, secret_hash, created_at, created_by, revoked_at, last_used_at FROM api_key",
    "ALTER TABLE api_key DROP COLUMN secret_hash",
    """CREATE TABLE key_address (
        key_id {code} NOT NULL REFERENCES api_key (id),
        address {code} NOT NULL,
        first_at {moment} NOT NULL,
        last_at {moment} NOT NULL,
        PRIMARY KEY (key_id, address)
    )""",
)
MORE = (
    "ALTER TABLE api_key ADD COLUMN scopes {code} NOT NULL DEFAULT ''",
    "ALTER TABLE api_key ADD COLUMN rate_limit INTEGER"
    " CONSTRAINT key_rate_limit_not_negative CHECK (rate_limit >= 0)",
    f"UPDATE api_key SET scopes = '{AS_BEFORE}' WHERE purpose = 'xapi'",
)
BACK = (
    "ALTER TABLE api_key DROP COLUMN scopes",
    "ALTER TABLE api_key DROP COLUMN rate_limit",
    "ALTER TABLE api_key ADD COLUMN secret_hash {bytes} NOT NULL DEFAULT {nothing}"
    " CONSTRAINT key_secret_sha256 CHECK (length(secret_hash) = 32)",
    "UPDATE api_key SET secret_hash = (SELECT hash FROM key_secret s WHERE s.key_id = api_key.id"
    " ORDER BY s.ended_at IS NULL DESC, s.number DESC LIMIT 1)"
    " WHERE EXISTS (SELECT 1 FROM key_secret s WHERE s.key_id = api_key.id)",
)


def up(migrator, db):
    define(db, (*SECRET, *MORE))


def down(migrator, db):
    """A key goes on with the newest of its secrets, and with no scopes: it may again what every key might."""
    zeros = "00" * 32
    nothing = f"X'{zeros}'" if is_sqlite(db) else f"'\\x{zeros}'"
    define(db, (one.replace("{nothing}", nothing) for one in BACK))
    drop(db, ("key_address", "key_secret"))
