"""The data of attachments in chunks, so that none is ever wholly in memory, and which statement each belongs to."""

from passport_service.store.ddl import define, drop, is_sqlite

CHUNK = 262_144
BEFORE = "ALTER TABLE statement_attachment RENAME TO attachment_before"
TABLES = (
    """CREATE TABLE attachment (
        id {id},
        key_id {code} NOT NULL,
        sha2 {code} NOT NULL CONSTRAINT attachment_hash_present CHECK (sha2 <> ''),
        size {long} NOT NULL CONSTRAINT attachment_size_counts CHECK (size >= 0)
    )""",
    "CREATE UNIQUE INDEX attachment_key_id_sha2 ON attachment (key_id, sha2)",
    """CREATE TABLE attachment_chunk (
        attachment_id {long} NOT NULL REFERENCES attachment (id) ON DELETE CASCADE,
        place INTEGER NOT NULL CONSTRAINT attachment_place_counts CHECK (place >= 0),
        content {bytes} NOT NULL CONSTRAINT attachment_chunk_present CHECK (length(content) > 0),
        PRIMARY KEY (attachment_id, place)
    )""",
    """CREATE TABLE statement_attached (
        statement_pk {long} NOT NULL,
        attachment_id {long} NOT NULL REFERENCES attachment (id),
        content_type TEXT NOT NULL,
        PRIMARY KEY (statement_pk, attachment_id)
    ) {keyed}""",
    "CREATE INDEX statement_attached_attachment_id ON statement_attached (attachment_id)",
)
OLD = """CREATE TABLE statement_attachment (
    key_id {code} NOT NULL,
    sha2 {code} NOT NULL CONSTRAINT attachment_hash_present CHECK (sha2 <> ''),
    content_type TEXT NOT NULL,
    content {bytes} NOT NULL,
    PRIMARY KEY (key_id, sha2)
)"""


def up(migrator, db):
    define(db, (BEFORE, *TABLES))
    if not is_sqlite(db):
        # Certificates and pictures are compressed already; trying again only costs time.
        db.execute_sql("ALTER TABLE attachment_chunk ALTER COLUMN content SET STORAGE EXTERNAL")
    if db.execute_sql("SELECT 1 FROM attachment_before LIMIT 1").fetchone():
        move(db, "?" if is_sqlite(db) else "%s")
    drop(db, ("attachment_before",))


def move(db, mark):
    """What was kept whole, in chunks; linked to the statements of its key that name it."""
    db.execute_sql(
        "INSERT INTO attachment (key_id, sha2, size)"
        " SELECT key_id, sha2, length(content) FROM attachment_before ORDER BY key_id, sha2"
    )
    kept = db.execute_sql("SELECT id, key_id, sha2, size FROM attachment ORDER BY id").fetchall()
    for number, key_id, sha2, size in kept:
        for place, start in enumerate(range(0, size, CHUNK)):
            db.execute_sql(
                "INSERT INTO attachment_chunk (attachment_id, place, content)"
                f" SELECT {number}, {place}, substr(content, {start + 1}, {CHUNK})"
                f" FROM attachment_before WHERE key_id = {mark} AND sha2 = {mark}",
                (key_id, sha2),
            )
    link(db, mark, {(key_id, sha2): number for number, key_id, sha2, _ in kept})


def link(db, mark, numbers):
    import orjson

    from passport_service.store.payloads import unpacked
    from passport_service.xapi.attachments import attachments_of

    last, asked = 0, "SELECT s.pk, k.key, s.payload FROM statement s JOIN statement_key k ON k.id = s.key_id"
    while rows := db.execute_sql(
        f"{asked} WHERE s.pk > {mark} AND s.state <> 2 ORDER BY s.pk LIMIT 500", (last,)
    ).fetchall():
        last = rows[-1][0]
        for pk, key_id, payload in rows:
            for one in attachments_of(orjson.loads(unpacked(bytes(payload)))):
                number = numbers.get((key_id, one["sha2"].lower()))
                if number is not None:
                    db.execute_sql(
                        f"INSERT INTO statement_attached VALUES ({mark}, {mark}, {mark}) ON CONFLICT DO NOTHING",
                        (pk, number, one["contentType"]),
                    )


def down(migrator, db):
    """Only without data: what came in chunks may be too large to be kept whole."""
    if db.execute_sql("SELECT 1 FROM attachment LIMIT 1").fetchone():
        raise RuntimeError("attachments cannot be read by the release before; restore a backup instead")
    drop(db, ("statement_attached", "attachment_chunk", "attachment"))
    define(db, (OLD,))
