"""Keys for machines: made, shown once, checked cheaply, ended."""

import hmac
import secrets
from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from passport_service.domain.errors import Refused
from passport_service.store import keys
from passport_service.store.database import Store
from passport_service.store.keys import Key
from passport_service.xapi.values import is_iri

__all__ = ["PURPOSES", "Key", "Made", "authenticate", "create", "every", "home_page", "load", "revoke"]

PURPOSES = ("xapi", "api")
NO_HASH = bytes(32)
# Being used is noted this often at most: a write for each request would cost more than the check itself.
NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Made:
    """A new key with its secret, which nobody can ever see again."""

    key: Key
    secret: str


def create(
    store: Store,
    *,
    label: str,
    purpose: str,
    pepper: str,
    by: str,
    now: datetime,
    home_pages: Iterable[str] = (),
    may_void: bool = False,
    may_waive: bool = False,
    may_decide: bool = False,
    may_confirm: bool = False,
    may_read: bool = False,
) -> Made:
    """Makes a key. ``pepper`` is the setting ``secret_key``; ``by`` is who makes it.

    Raises Refused MALFORMED for an empty label, an unknown purpose, or a home page that is not an address.
    """
    pages = tuple(dict.fromkeys(home_page(page) for page in home_pages))
    check(label, purpose, pages)
    secret = secrets.token_urlsafe(32)
    key = Key(
        id="k" + b32encode(secrets.token_bytes(5)).decode().lower(),
        label=label.strip(),
        purpose=purpose,
        home_pages=pages,
        may_void=may_void,
        may_waive=may_waive,
        may_decide=may_decide,
        may_confirm=may_confirm,
        may_read=may_read,
        created_at=now,
        created_by=by,
        revoked_at=None,
        last_used_at=None,
    )
    with store.writing():
        keys.add(store, key, digest(key.id, secret, pepper))
    return Made(key, secret)


def check(label: str, purpose: str, pages: tuple[str, ...]) -> None:
    if not label.strip():
        raise Refused("MALFORMED", "Say in a few words what the key is for.", "label")
    if purpose not in PURPOSES:
        raise Refused("MALFORMED", "A key is for xapi or for api.", "purpose")
    for page in pages:
        if not is_iri(page):
            raise Refused("MALFORMED", f"{page} is not an address with a scheme.", "home_pages")


def home_page(text: str) -> str:
    """A home page as it is compared: without a slash at the end, which some senders add and some do not."""
    return text.strip().rstrip("/")


def authenticate(
    store: Store, key_id: str, secret: str, *, purpose: str, pepper: str, now: datetime
) -> Key | None:
    """The key that these credentials open, None when they open none for this purpose.

    The secret has 256 random bits, so one keyed SHA-256 protects it as well as a slow hash would. An unknown id takes
    the same work as a wrong secret.
    """
    found = keys.find(store, key_id) if "\x00" not in key_id else None
    key, expected = found if found is not None else (None, NO_HASH)
    given = digest(key_id, secret, pepper)
    if not hmac.compare_digest(given, expected) or key is None:
        return None
    if key.revoked_at is not None or key.purpose != purpose:
        return None
    if key.last_used_at is None or now - key.last_used_at > NOTED_EVERY:
        with store.writing():
            keys.touch(store, key.id, now)
    return key


def revoke(store: Store, key_id: str, *, now: datetime) -> None:
    """Ends a key at once. Raises Refused NOT_FOUND when there is none to end."""
    with store.writing():
        if not keys.revoke(store, key_id, now):
            raise Refused("NOT_FOUND", "There is no such key, or it has ended already.", "key")


def load(store: Store, key_id: str) -> Key:
    """A key by its id, ended or not. Raises Refused NOT_FOUND."""
    found = keys.find(store, key_id)
    if found is None:
        raise Refused("NOT_FOUND", "There is no such key.", "key")
    return found[0]


def every(store: Store) -> list[Key]:
    """All keys, oldest first."""
    return keys.every(store)


def digest(key_id: str, secret: str, pepper: str) -> bytes:
    return hmac.new(pepper.encode(), f"{key_id}:{secret}".encode("utf-8", "surrogatepass"), sha256).digest()
