"""What learning systems keep here for themselves: documents about an agent, an activity, or both; and activities as
their statements describe them."""

from peewee import BlobField, CompositeKey, IntegerField, TextField

from passport_service.store.database import Row
from passport_service.store.fields import UtcField


class Document(Row):
    """A document: of a State (agent and activity), an agent's profile or an activity's.

    ``context`` is the SHA-256 of agent and activity, which may each be longer than an index takes. ``registration`` is a
    UUID's 32 digits, or empty. ``tag`` is the SHA-1 of the content in hexadecimal digits.
    """

    context = BlobField()
    registration = TextField(default="")
    id = TextField()
    agent = TextField(null=True, index=True)
    activity = TextField(null=True)
    updated_at = UtcField(index=True)
    tag = TextField()
    content_type = TextField()
    content = BlobField()

    class Meta:
        primary_key = CompositeKey("context", "registration", "id")


class ActivityDefinition(Row):
    """What statements have said of an activity so far, merged: JSON, deflated as statements are."""

    activity = IntegerField(column_name="activity_id", primary_key=True)
    definition = BlobField()
