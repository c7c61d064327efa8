"""Documents of learning systems, and what their statements said about activities, merged."""

from passport_service.store.ddl import define, drop

TABLES = (
    """CREATE TABLE document (
        context {bytes} NOT NULL CONSTRAINT document_context_sha256 CHECK (length(context) = 32),
        registration {code} NOT NULL CONSTRAINT document_registration_is_uuid CHECK (length(registration) IN (0, 32)),
        id {code} NOT NULL CONSTRAINT document_is_named CHECK (id <> ''),
        agent {code},
        activity {code},
        updated_at {moment} NOT NULL,
        tag {code} NOT NULL CONSTRAINT document_tag_sha1 CHECK (length(tag) = 40),
        content_type TEXT NOT NULL,
        content {bytes} NOT NULL,
        PRIMARY KEY (context, registration, id),
        CONSTRAINT document_is_about_something CHECK (agent IS NOT NULL OR activity IS NOT NULL),
        CONSTRAINT document_profile_has_no_registration
            CHECK (registration = '' OR (agent IS NOT NULL AND activity IS NOT NULL))
    )""",
    "CREATE INDEX document_agent ON document (agent)",
    """CREATE TABLE activity_definition (
        activity_id INTEGER NOT NULL PRIMARY KEY,
        definition {bytes} NOT NULL
    )""",
)


def up(migrator, db):
    define(db, TABLES)


def down(migrator, db):
    drop(db, ("activity_definition", "document"))
