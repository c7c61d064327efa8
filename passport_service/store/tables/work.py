"""What waits, runs or was put aside: deliveries, jobs, leases, recognitions, refused batches, checks."""

from peewee import BigAutoField, BlobField, BooleanField, CompositeKey, IntegerField, TextField

from passport_service.store.database import Row
from passport_service.store.fields import JsonField, UtcField


class Outbox(Row):
    """One delivery of one notice by one channel; claimed by a worker, sent after the commit."""

    id = BigAutoField()
    notice = TextField()
    channel = TextField()
    address = TextField()
    subject = TextField()
    text = TextField()
    html = TextField(null=True)
    state = TextField(default="waiting")
    attempts = IntegerField(default=0)
    created_at = UtcField()
    next_at = UtcField()
    claimed_by = TextField(null=True)
    claimed_at = UtcField(null=True)
    sent_at = UtcField(null=True)
    error = TextField(null=True)

    class Meta:
        indexes = ((("notice", "channel"), True), (("state", "next_at"), False))


class JobRun(Row):
    """One run of one job for one period: the unique pair makes a second scheduler harmless."""

    id = BigAutoField()
    job = TextField()
    period = TextField()
    state = TextField()
    holder = TextField()
    started_at = UtcField()
    finished_at = UtcField(null=True)
    outcome = JsonField(null=True)
    error = TextField(null=True)

    class Meta:
        indexes = ((("job", "period"), True), (("job", "started_at"), False))


class Lease(Row):
    """Who holds a name, until when."""

    name = TextField(primary_key=True)
    holder = TextField()
    until_at = UtcField()


class Recognition(Row):
    """What one statement meant here, or why it waits in quarantine (R2.2)."""

    statement = TextField(primary_key=True)
    stream = TextField(null=True, index=True)
    meaning = TextField()
    key_id = TextField(null=True)
    actor_key = TextField()
    activity_id = TextField()
    is_course = BooleanField(null=True)
    effective_at = UtcField()
    course = TextField(null=True)
    reason = TextField(null=True)
    detail = JsonField(null=True)
    recorded_at = UtcField()

    class Meta:
        indexes = ((("actor_key", "reason"), False),)


# What the quarantine counts it reads from these alone; a statement that waits is in one of them, no other in any.
for reason, name, fields in (
    ("UNMAPPED_ACTIVITY", "unmapped", ("activity_id", "recorded_at", "is_course")),
    ("UNKNOWN_PERSON", "unknown", ("actor_key", "recorded_at")),
    ("BEFORE_2000", "early", ("recorded_at",)),
):
    columns = (getattr(Recognition, one) for one in (*fields, "reason"))
    found = Recognition.index(*columns, name=f"recognition_{name}")
    Recognition.add_index(found.where(Recognition.reason == reason))


class RefusedBatch(Row):
    """A refused body from a known key, kept for a while so that nothing good in it is lost."""

    id = BigAutoField()
    key_id = TextField()
    received_at = UtcField(index=True)
    reason = TextField()
    rule = TextField(null=True)
    path = TextField(null=True)
    body = BlobField()
    size = IntegerField()
    statements = IntegerField(null=True)
    replayed_at = UtcField(null=True)
    replayed_by = TextField(null=True)
    replay_outcome = JsonField(null=True)

    class Meta:
        indexes = ((("key_id", "received_at"), False),)


class CheckRecord(Row):
    """The answer to a check, to be quoted by its confirm (R7.1)."""

    id = TextField(primary_key=True)
    stream = TextField(index=True)
    kind = TextField()
    type = TextField()
    facts_hash = TextField()
    route = TextField()
    created_at = UtcField()
    valid_until_at = UtcField(index=True)
    item = TextField(null=True)
    detail = JsonField()


class DrawCommitment(Row):
    """The secret of a coming draw; its hash is published one draw earlier (R8.4)."""

    period = TextField(primary_key=True)
    secret = TextField()
    secret_hash = TextField()
    committed_at = UtcField()
    revealed_at = UtcField(null=True)


class Bookmark(Row):
    """How far a job has got with something outside: another store's pages, the ledger's transitions."""

    name = TextField(primary_key=True)
    place = JsonField()
    moved_at = UtcField()


class AnsweredRequest(Row):
    """The answer to a request that a program named, so that the same request again gets the same answer (R0.6)."""

    key_id = TextField()
    request = TextField()
    digest = BlobField()
    status = IntegerField()
    answer = JsonField()
    answered_at = UtcField(index=True)

    class Meta:
        primary_key = CompositeKey("key_id", "request")
