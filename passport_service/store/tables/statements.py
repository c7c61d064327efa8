"""What learning systems sent: statements as they came, and the columns by which they are found.

Agents, verbs and activities are kept once and named by a number: shorter rows, and indexes that stay in memory.
"""

from peewee import (
    AutoField,
    BigAutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CompositeKey,
    IntegerField,
    TextField,
    UUIDField,
)

from passport_service.store.database import Row
from passport_service.store.fields import UtcField


class StatementAgent(Row):
    """An agent or identified group, by its one identifier."""

    id = AutoField()
    key = TextField(unique=True)


class StatementVerb(Row):
    """A verb, by its IRI."""

    id = AutoField()
    iri = TextField(unique=True)


class StatementActivity(Row):
    """An activity, by its IRI."""

    id = AutoField()
    iri = TextField(unique=True)


class Statement(Row):
    """A statement: ``payload`` is exactly what was accepted; all else is derived from it or assigned."""

    pk = BigAutoField()
    id = UUIDField(unique=True)
    key_id = TextField()
    agent = IntegerField(null=True, column_name="agent_id")
    verb = IntegerField(column_name="verb_id")
    activity = IntegerField(null=True, column_name="activity_id")
    registration = UUIDField(null=True)
    timestamp = UtcField()
    stored = UtcField()
    voided = BooleanField(default=False)
    digest = BlobField()
    payload = BlobField()

    class Meta:
        indexes = (
            (("agent", "verb", "activity", "stored"), False),
            (("activity", "stored"), False),
            (("key_id", "stored"), False),
        )


class StatementAlsoAgent(Row):
    """A further agent of a statement: group members and objects (``broad`` false), instructor and the like (true)."""

    agent = IntegerField(column_name="agent_id")
    statement = BigIntegerField(column_name="statement_pk")
    broad = BooleanField()

    class Meta:
        primary_key = CompositeKey("agent", "statement")
        without_rowid = True


class StatementAlsoActivity(Row):
    """An activity that a statement names in its context or sub-statement."""

    activity = IntegerField(column_name="activity_id")
    statement = BigIntegerField(column_name="statement_pk")

    class Meta:
        primary_key = CompositeKey("activity", "statement")
        without_rowid = True


class StatementReference(Row):
    """A statement whose object is another, known here or not yet."""

    target = UUIDField()
    statement = BigIntegerField(column_name="statement_pk")

    class Meta:
        primary_key = CompositeKey("target", "statement")
        without_rowid = True


class StatementAttachment(Row):
    """The data of an attachment, by its SHA-2; kept for each key apart, as a key reads only what it wrote."""

    key_id = TextField()
    sha2 = TextField()
    content_type = TextField()
    content = BlobField()

    class Meta:
        primary_key = CompositeKey("key_id", "sha2")


class StatementThrough(Row):
    """A statement that filters also find through the one it refers to, however many references lie between."""

    through = BigIntegerField(column_name="through_pk")
    statement = BigIntegerField(column_name="statement_pk")

    class Meta:
        primary_key = CompositeKey("through", "statement")
        without_rowid = True
        indexes = ((("statement",), False),)
