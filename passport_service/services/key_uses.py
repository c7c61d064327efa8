"""When and from where keys are used: noted now and then, for a write for each request would cost more than all the rest."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock
from weakref import WeakKeyDictionary

from passport_service.store import keys, security_log
from passport_service.store.database import Store
from passport_service.store.failures import DATABASE_ERRORS
from passport_service.store.keys import Key

NOTED_EVERY = timedelta(minutes=5)
# Players in browsers use one key from everywhere; beyond these many addresses a new one is no news.
MOST_ADDRESSES = 20
MOST_REMEMBERED = 10_000
REFUSED = 0  # in place of the number of a secret

Use = tuple[str, int, str | None]
noted: WeakKeyDictionary[Store, dict[Use, datetime]] = WeakKeyDictionary()
beginning = Lock()
log = logging.getLogger(__name__)


def note_use(store: Store, key: Key, number: int, address: str | None, now: datetime) -> None:
    """Notes that a secret of a key was used from an address, unless this process did so a moment ago.

    An address that the key was never used from is a security event (D.18.5).
    """
    if is_news(store, (key.id, number, address), now):
        with undisturbed(key), store.writing():
            keys.touch(store, key.id, number, now)
            if address is not None and keys.note_address(store, key.id, address, now, MOST_ADDRESSES):
                security_log.note(store, "key_used_from_new_address", at=now, key=key.id, address=address)


def note_refused(store: Store, key: Key, address: str | None, now: datetime) -> None:
    """Notes that somebody tried a known key and could not open it: it has ended, or the secret was wrong."""
    if is_news(store, (key.id, REFUSED, None), now):
        with undisturbed(key), store.writing():
            why = "ended" if key.revoked_at is not None else "wrong credentials"
            security_log.note(store, "key_refused", at=now, key=key.id, address=address, why=why)


def is_news(store: Store, use: Use, now: datetime) -> bool:
    """Whether this process has not seen such a use in the last minutes; from now on it has."""
    seen = noted.get(store)
    if seen is None:
        with beginning:
            seen = noted.setdefault(store, {})
    last = seen.get(use)
    if last is not None and now - last <= NOTED_EVERY:
        return False
    if len(seen) >= MOST_REMEMBERED:
        seen.clear()
    seen[use] = now  # before it is written, so that others who come now need not write it too
    return True


@contextmanager
def undisturbed(key: Key) -> Iterator[None]:
    """Whoever comes to read need not suffer from a disk that is full."""
    try:
        yield
    except DATABASE_ERRORS as fault:
        log.warning("the use of key %s was not noted: %s", key.id, fault)
