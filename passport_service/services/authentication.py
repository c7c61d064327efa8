"""Who comes in with which credentials: found by one question, checked without another, noted now and then."""

from dataclasses import dataclass
from datetime import datetime

from passport_service.domain.errors import Refused
from passport_service.services import credentials
from passport_service.services.credentials import Opened
from passport_service.services.key_uses import note_refused, note_use
from passport_service.store import keys
from passport_service.store.database import Store
from passport_service.store.keys import Credential, Key
from passport_service.xapi.scopes import Scopes, allows, scopes_text


@dataclass(frozen=True, slots=True)
class Token:
    """What a key comes in with for a while, in place of its secret, and what that permits."""

    key: Key
    text: str
    scopes: Scopes


def by_secret(
    store: Store,
    key_id: str,
    secret: str,
    *,
    purpose: str,
    pepper: str,
    now: datetime,
    address: str | None = None,
) -> Key | None:
    """The key that these credentials open, None when they open none for this purpose. ``address``: where they came from."""
    found = find(store, key_id)
    opened = credentials.by_secret(found, key_id, secret, purpose=purpose, pepper=pepper)
    return noted(store, found, opened, address, now)


def by_token(
    store: Store, token: str, *, purpose: str, pepper: str, now: datetime, address: str | None = None
) -> Key | None:
    """The key that this token stands for, with no more than the token's scopes; None when it is good for nothing."""
    found = find(store, credentials.key_of_token(token)) if token.isascii() else None
    opened = credentials.by_token(found, token, purpose=purpose, pepper=pepper, now=now)
    # That a token is past its time is nothing to note: whoever holds one finds out so.
    return noted(store, None, opened, address, now)


def find(store: Store, key_id: str) -> Credential | None:
    """Everything that credentials of this id are checked against, if there is such a key."""
    return keys.find(store, key_id) if "\x00" not in key_id else None


def noted(
    store: Store, found: Credential | None, opened: Opened | None, address: str | None, now: datetime
) -> Key | None:
    """The key that was opened. That it was, or that somebody tried a known one in vain, is noted now and then."""
    if opened is not None:
        note_use(store, opened.key, opened.number, address, now)
        return opened.key
    if found is not None:
        note_refused(store, found.key, address, now)
    return None


def issue_token(
    store: Store,
    key_id: str,
    secret: str,
    *,
    scopes: Scopes | None,
    pepper: str,
    now: datetime,
    address: str | None = None,
) -> Token | None:
    """A token for what comes in by bearer (RFC 6749 §4.4), None for wrong credentials. ``scopes``: fewer than the key's.

    Raises Refused NOT_ALLOWED when the key does not have one of them.
    """
    found = find(store, key_id)
    opened = credentials.by_secret(found, key_id, secret, purpose="xapi", pepper=pepper)
    key = noted(store, found, opened, address, now)
    if found is None or opened is None or key is None:
        return None
    wanted = key.scopes if scopes is None else scopes
    if not all(allows(key.scopes, one) for one in wanted):
        raise Refused("NOT_ALLOWED", f"This key has only the scopes {scopes_text(key.scopes)}.", "scope")
    by = next(one for one in found.secrets if one.number == opened.number)
    return Token(key, credentials.token_of(key, by, wanted, pepper=pepper, now=now), wanted)
