"""What must be kept longer than its rule says, and what was handed out about somebody."""

from peewee import (
    BigAutoField,
    BigIntegerField,
    BlobField,
    CompositeKey,
    ForeignKeyField,
    IntegerField,
    TextField,
)

from passport_service.store.database import Row
from passport_service.store.fields import UtcField


class LegalHold(Row):
    """A person (by stream), an identifier or a key of which nothing may go until somebody lifts it."""

    id = BigAutoField()
    kind = TextField()
    name = TextField(index=True)
    reason = TextField()
    set_at = UtcField()
    set_by = TextField()
    lifted_at = UtcField(null=True)
    lifted_by = TextField(null=True)
    lifted_why = TextField(null=True)


class PersonExport(Row):
    """A file with what is held of somebody: ``subject`` is their stream, or the identifier of a stranger."""

    id = TextField(primary_key=True)
    subject = TextField(index=True)
    made_at = UtcField(index=True)
    made_by = TextField()
    statements = IntegerField()
    size = BigIntegerField()


class PersonExportChunk(Row):
    """A stretch of such a file; never changed, so that it can be read one by one."""

    export = ForeignKeyField(PersonExport, column_name="export_id", on_delete="CASCADE", index=False)
    place = IntegerField()
    content = BlobField()

    class Meta:
        primary_key = CompositeKey("export", "place")
