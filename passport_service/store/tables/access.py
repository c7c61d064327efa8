"""Who may come in: keys of machines, accounts of people, limits on trying, and the security log."""

from peewee import BigAutoField, BlobField, BooleanField, CompositeKey, IntegerField, TextField

from passport_service.store.database import Row
from passport_service.store.fields import DayField, JsonField, UtcField


class ApiKey(Row):
    """A credential of a machine; only a keyed hash of its secret is kept."""

    id = TextField(primary_key=True)
    label = TextField()
    purpose = TextField()
    secret_hash = BlobField()
    home_pages = JsonField()
    may_void = BooleanField(default=False)
    may_waive = BooleanField(default=False)
    may_decide = BooleanField(default=False)
    may_confirm = BooleanField(default=False)
    may_read = BooleanField(default=False)
    created_at = UtcField()
    created_by = TextField()
    revoked_at = UtcField(null=True)
    last_used_at = UtcField(null=True)


class Account(Row):
    """A user who signs in; ``stream`` links them, explicitly, to a practitioner."""

    id = TextField(primary_key=True)
    email = TextField(unique=True)
    name = TextField()
    password_hash = TextField(null=True)
    roles = JsonField()
    stream = TextField(null=True, unique=True)
    active = BooleanField(default=True)
    created_at = UtcField()
    invited_at = UtcField(null=True)
    token_hash = BlobField(null=True, unique=True)
    token_until_at = UtcField(null=True)
    failed_sign_ins = IntegerField(default=0)
    last_failed_at = UtcField(null=True)
    last_signed_in_at = UtcField(null=True)
    session_version = IntegerField(default=1)


class Rate(Row):
    """How often something was tried in one window of time."""

    bucket = TextField()
    window_at = UtcField(index=True)
    tries = IntegerField()

    class Meta:
        primary_key = CompositeKey("bucket", "window_at")


class SecurityLog(Row):
    """Sign-ins, keys, roles, exports: apart from the business history (D.18.5)."""

    id = BigAutoField()
    at = UtcField(index=True)
    kind = TextField()
    who = TextField(null=True)
    detail = JsonField()

    class Meta:
        indexes = ((("who", "at"), False),)


class LastHeard(Row):
    """The days on which a key sent something: the silence alarm learns its interval from them (R2.12)."""

    key_id = TextField()
    day_on = DayField()
    last_at = UtcField()
    batches = IntegerField()

    class Meta:
        primary_key = CompositeKey("key_id", "day_on")
