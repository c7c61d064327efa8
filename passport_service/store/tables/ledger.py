"""The append-only ledger: events, their payloads apart, the chain's heads, seals and tombstones."""

from peewee import BigAutoField, BigIntegerField, BlobField, BooleanField, IntegerField, TextField

from passport_service.store.database import Row
from passport_service.store.fields import UtcField


class LedgerEvent(Row):
    """The envelope of a fact; no column holds personal data, ids are opaque. Triggers refuse change."""

    id = BigAutoField()
    stream = TextField()
    seq = IntegerField()
    kind = TextField()
    effective_at = UtcField()
    recorded_at = UtcField()
    caused_by = TextField()
    policy_version = IntegerField()
    rests_on = TextField(null=True)
    digest = BlobField()
    link = BlobField()
    transaction_id = BigIntegerField(default=0)

    class Meta:
        table_name = "event"
        indexes = ((("stream", "seq"), True), (("transaction_id", "id"), False))


class EventPayload(Row):
    """What the fact says, with the salt of its digest; erasing a person deletes both."""

    event = BigIntegerField(primary_key=True, column_name="event_id")
    salt = BlobField()
    body = TextField()


class StreamHead(Row):
    """The end of each stream's chain: locked by a writer, and the proof that no last event is missing."""

    stream = TextField(primary_key=True)
    seq = IntegerField()
    link = BlobField()
    erased = BooleanField(default=False)


class Seal(Row):
    """Covers the heads of all streams that moved since the seal before, and that seal."""

    id = BigAutoField()
    sealed_at = UtcField()
    through_id = BigIntegerField()
    streams = IntegerField()
    root = BlobField()
    link = BlobField()


class Tombstone(Row):
    """Says that the payloads of a stream were erased on purpose."""

    stream = TextField(primary_key=True)
    erased_at = UtcField()
    through_seq = IntegerField()


class LedgerEpoch(Row):
    """One row for each restore: how readers' positions from before it are read (see ``following``)."""

    epoch = IntegerField(primary_key=True)
    began_at = UtcField()
    shift = BigIntegerField()
    last_transaction_id = BigIntegerField()
    last_id = BigIntegerField()


class Counter(Row):
    """The last number given out for a name; numbers are never given twice."""

    name = TextField(primary_key=True)
    value = BigIntegerField()
