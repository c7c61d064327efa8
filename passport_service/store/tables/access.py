"""Who may come in: keys of machines, accounts of people, limits on trying, and the security log."""

from peewee import (
    BigAutoField,
    BlobField,
    BooleanField,
    CompositeKey,
    ForeignKeyField,
    IntegerField,
    TextField,
)

from passport_service.store.database import Row
from passport_service.store.fields import JsonField, UtcField


class ApiKey(Row):
    """What a machine is known by. ``scopes`` are separated by spaces; no ``rate_limit``: the setting's."""

    id = TextField(primary_key=True)
    label = TextField()
    purpose = TextField()
    scopes = TextField(default="")
    rate_limit = IntegerField(null=True)
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


class KeySecret(Row):
    """A secret of a key, of which only a keyed hash is kept; two may live at the same time."""

    key = ForeignKeyField(ApiKey, index=False)
    number = IntegerField()
    hash = BlobField()
    created_at = UtcField()
    created_by = TextField()
    ended_at = UtcField(null=True)
    last_used_at = UtcField(null=True)

    class Meta:
        primary_key = CompositeKey("key", "number")


class KeyAddress(Row):
    """Where a key was used from."""

    key = ForeignKeyField(ApiKey, index=False)
    address = TextField()
    first_at = UtcField()
    last_at = UtcField()

    class Meta:
        primary_key = CompositeKey("key", "address")


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
