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
    ForeignKeyField,
    IntegerField,
    SmallIntegerField,
    TextField,
)

from passport_service.store.database import Row
from passport_service.store.fields import DayField, UtcField


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


class StatementKey(Row):
    """The key that sent a statement, by its id; it outlives the key."""

    id = AutoField()
    key = TextField(unique=True)


class Statement(Row):
    """A statement: ``payload`` is what was accepted, deflated (`store.payloads`); all else is derived or assigned.

    ``stored`` and ``timestamp`` are microseconds (`fields.microseconds_of`), ``id`` and ``registration`` the 16 bytes of
    a UUID. ``state``: 0 to be found, 1 voided, 2 erased (a tombstone). ``edition``: the standard it was sent under, 1 or 2.
    """

    pk = BigAutoField()
    stored = BigIntegerField(index=True)
    timestamp = BigIntegerField()
    key = IntegerField(column_name="key_id")
    agent = IntegerField(null=True, column_name="agent_id")
    verb = IntegerField(column_name="verb_id")
    activity = IntegerField(null=True, column_name="activity_id")
    state = SmallIntegerField(default=0)
    edition = SmallIntegerField(default=1)
    id = BlobField(unique=True)
    registration = BlobField(null=True)
    digest = BlobField()
    payload = BlobField()

    class Meta:
        indexes = (
            (("agent", "verb", "activity", "stored", "pk"), False),
            (("agent", "stored", "pk"), False),
            (("activity", "stored", "pk"), False),
            (("verb", "stored"), False),
            (("registration", "stored"), False),
            (("key", "stored"), False),
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

    target = BlobField()
    statement = BigIntegerField(column_name="statement_pk")

    class Meta:
        primary_key = CompositeKey("target", "statement")
        without_rowid = True


class Attachment(Row):
    """The data of an attachment, by its SHA-2; kept for each key apart, so that none learns what another sent."""

    id = BigAutoField()
    key_id = TextField()
    sha2 = TextField()
    size = BigIntegerField()

    class Meta:
        indexes = ((("key_id", "sha2"), True),)


class AttachmentChunk(Row):
    """A stretch of an attachment's data; never changed, so that it can be read one by one."""

    attachment = ForeignKeyField(Attachment, column_name="attachment_id", on_delete="CASCADE", index=False)
    place = IntegerField()
    content = BlobField()

    class Meta:
        primary_key = CompositeKey("attachment", "place")


class StatementAttached(Row):
    """Data that came with a statement, or that its key had sent before: who may read the one may read the other."""

    statement = BigIntegerField(column_name="statement_pk")
    attachment = ForeignKeyField(Attachment, column_name="attachment_id")
    content_type = TextField()

    class Meta:
        primary_key = CompositeKey("statement", "attachment")
        without_rowid = True


class StatementThrough(Row):
    """A statement that filters also find through the one it refers to, however many references lie between.

    ``stored`` is its own; all else is what the other is found by, so that a page of references is one look-up.
    """

    through = BigIntegerField(column_name="through_pk")
    statement = BigIntegerField(column_name="statement_pk")
    stored = BigIntegerField()
    key = IntegerField(column_name="key_id")
    agent = IntegerField(null=True, column_name="agent_id")
    verb = IntegerField(column_name="verb_id")
    activity = IntegerField(null=True, column_name="activity_id")
    registration = BlobField(null=True)

    class Meta:
        primary_key = CompositeKey("through", "statement")
        without_rowid = True
        indexes = (
            (("agent", "verb", "activity", "stored", "statement"), False),
            (("agent", "stored", "statement"), False),
            (("activity", "stored", "statement"), False),
            (("verb", "stored", "statement"), False),
            (("registration", "stored"), False),
            (("stored", "statement"), False),
            (("statement",), False),
        )


class Arrival(Row):
    """What came through a key in an hour: ``day_on`` is that of the hour in Europe/London, ``last_at`` when something
    was last taken in, ``added`` how many statements were not known before."""

    key = TextField(column_name="key_id")
    hour_at = UtcField(index=True)
    day_on = DayField()
    last_at = UtcField(null=True)
    requests = IntegerField(default=0)
    statements = IntegerField(default=0)
    added = IntegerField(default=0)
    completions = IntegerField(default=0)
    refused = IntegerField(default=0)

    class Meta:
        primary_key = CompositeKey("key", "hour_at")
