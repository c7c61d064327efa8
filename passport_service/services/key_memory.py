"""Keys that were asked for a moment ago, remembered in the process, for the door that is asked thousands of times a second.

Who comes in by memory is let write only if nothing about any key has changed since, which the transaction that writes looks
at itself: a key that has ended is refused by the very next request, on every web node.
"""

from collections.abc import Collection
from weakref import WeakKeyDictionary

from passport_service.store import keys
from passport_service.store.database import Store
from passport_service.store.keys import Credential

MOST_REMEMBERED = 1_000

Known = dict[str, tuple[Credential, int]]
remembered: WeakKeyDictionary[Store, Known] = WeakKeyDictionary()


class KeysChanged(Exception):
    """Some key is another since it was remembered; whoever came in by memory has to be asked for afresh."""


def find(store: Store, key_id: str) -> tuple[Credential, int] | None:
    """A key with its live secrets, and the stamp of keys that it is as old as; None when there is none of this id."""
    known = remembered.get(store)
    if known is None:
        known = remembered.setdefault(store, {})
    found = known.get(key_id)
    if found is None and "\x00" not in key_id:
        stamp = keys.stamp(store)  # first: what changes between the two questions is noticed
        credential = keys.find(store, key_id)
        if credential is None:
            return None
        if len(known) >= MOST_REMEMBERED:
            known.clear()
        found = known[key_id] = (credential, stamp)
    return found


def forget(store: Store) -> None:
    """Asks for every key afresh."""
    remembered.pop(store, None)


def refuse_changed(store: Store, stamps: Collection[int | None]) -> None:
    """Inside the transaction that writes. Raises KeysChanged unless all that was remembered is as keys are now."""
    if any(one is not None for one in stamps) and set(stamps) - {None} != {keys.stamp(store)}:
        raise KeysChanged
