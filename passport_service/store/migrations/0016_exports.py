"""Exports of what is held of somebody in chunks beside the note of each: any web node gives out what another has made.

Until now the files lay in a folder of the host that made them, which no script knows. Their notes go; whoever opens the
deployment there deletes what is left in the folder (`services.exports.delete_folder_of_before`). They can be made again.
"""

from passport_service.store.ddl import define, drop, is_sqlite

NOTES = "DELETE FROM person_export"
CHUNKS = """CREATE TABLE person_export_chunk (
    export_id {code} NOT NULL REFERENCES person_export (id) ON DELETE CASCADE,
    place INTEGER NOT NULL CONSTRAINT export_place_counts CHECK (place >= 0),
    content {bytes} NOT NULL CONSTRAINT export_chunk_present CHECK (length(content) > 0),
    PRIMARY KEY (export_id, place)
)"""


def up(migrator, db):
    define(db, (NOTES, CHUNKS))
    if not is_sqlite(db):
        # A zip is compressed already; trying again only costs time.
        db.execute_sql("ALTER TABLE person_export_chunk ALTER COLUMN content SET STORAGE EXTERNAL")


def down(migrator, db):
    """The release before looks for files, and would find none."""
    drop(db, ("person_export_chunk",))
    define(db, (NOTES,))
