"""Indexes that cover what the quarantine counts; each statement that waits is in one of them, no other in any.

The reason is a column all the same, without which SQLite reads the rows to find what the condition has said; the last,
as PostgreSQL does not seek by it.
"""

from passport_service.store.ddl import define

WAITING = (
    """CREATE INDEX recognition_unmapped ON recognition (activity_id, recorded_at, is_course, reason)
        WHERE reason = 'UNMAPPED_ACTIVITY'""",
    """CREATE INDEX recognition_unknown ON recognition (actor_key, recorded_at, reason)
        WHERE reason = 'UNKNOWN_PERSON'""",
    "CREATE INDEX recognition_early ON recognition (recorded_at, reason) WHERE reason = 'BEFORE_2000'",
)


def up(migrator, db):
    define(db, ("DROP INDEX recognition_reason_activity_id", *WAITING))


def down(migrator, db):
    define(
        db,
        (
            "DROP INDEX recognition_early",
            "DROP INDEX recognition_unknown",
            "DROP INDEX recognition_unmapped",
            "CREATE INDEX recognition_reason_activity_id ON recognition (reason, activity_id)",
        ),
    )
