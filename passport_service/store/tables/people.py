"""Projections: the stored copies of the folds, one set of rows a stream. ``rebuild`` must reproduce each."""

from peewee import BooleanField, CompositeKey, IntegerField, TextField

from passport_service.store.database import Row
from passport_service.store.fields import DayField, JsonField, UtcField


class Practitioner(Row):
    """One person as they stand: attributes, passport, run, and when the state can next change by itself."""

    stream = TextField(primary_key=True)
    ref = TextField(unique=True)
    name = TextField()
    email = TextField(null=True)
    role = TextField(null=True)
    team = TextField(null=True)
    locality = TextField(null=True)
    manager = TextField(null=True, index=True)
    profession = TextField(null=True)
    newly_qualified = BooleanField(default=False)
    agency = BooleanField(default=False)
    registration = TextField(null=True)
    left_on = DayField(null=True)
    merged_into = TextField(null=True)
    passport_state = TextField()
    passport_number = IntegerField(null=True)
    since = UtcField(null=True)
    earned_on = DayField(null=True)
    reasons = JsonField()
    causes = JsonField()
    run = IntegerField()
    next_expiry_on = DayField(null=True, index=True)
    review_at = UtcField(null=True, index=True)
    open_tasks = IntegerField(default=0)
    open_concerns = IntegerField(default=0)
    updated_seq = IntegerField()

    class Meta:
        indexes = (
            (("name", "stream"), False),
            (("team", "name"), False),
            (("passport_state", "name"), False),
        )


class Holding(Row):
    """How one requirement stands for one person; the day's state follows from the dates (R2.5)."""

    stream = TextField()
    requirement = TextField()
    state_basis = TextField()
    since_on = DayField(null=True)
    expires_on = DayField(null=True)
    evidence = JsonField()

    class Meta:
        primary_key = CompositeKey("stream", "requirement")
        indexes = ((("expires_on",), False),)


class Identifier(Row):
    """An identifier and whose it was from when to when (R2.11)."""

    key = TextField()
    stream = TextField(index=True)
    from_at = UtcField()
    until_at = UtcField(null=True)

    class Meta:
        primary_key = CompositeKey("key", "from_at")


class Item(Row):
    """One piece of statutory work by its opaque reference."""

    ref = TextField(primary_key=True)
    stream = TextField()
    kind = TextField()
    type = TextField()
    status = TextField()
    stream_of_work = TextField()
    recorded_at = UtcField()
    submitted_at = UtcField(null=True)
    resubmitted_at = UtcField(null=True)
    confirmed_at = UtcField(null=True)
    confirmed_recorded_at = UtcField(null=True, index=True)
    picked_at = UtcField(null=True)
    decided_at = UtcField(null=True)
    withdrawn_at = UtcField(null=True)
    due_on = DayField(null=True)
    basis = TextField(null=True)
    check_id = TextField(null=True)
    facts = JsonField()

    class Meta:
        indexes = (
            (("stream", "recorded_at"), False),
            (("stream_of_work", "status", "due_on"), False),
        )


class Concern(Row):
    """One reader's concern about one item (R11.1)."""

    id = TextField(primary_key=True)
    stream = TextField(index=True)
    item = TextField(index=True)
    category = TextField()
    severity = TextField()
    source = TextField()
    occurred_on = DayField()
    found_on = DayField()
    recorded_at = UtcField()
    status = TextField()
    counted = BooleanField()
    decide_by = DayField(null=True)
    reader = TextField()


class Notice(Row):
    """What a person was told, with every element of R12.1."""

    id = TextField(primary_key=True)
    stream = TextField()
    code = TextField()
    given_at = UtcField()
    respond_by = DayField(null=True)
    content = JsonField()

    class Meta:
        indexes = ((("stream", "given_at"), False),)
