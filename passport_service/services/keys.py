"""Keys for machines: made, shown once, checked cheaply, their secrets changed in turn, ended."""

import secrets
from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from passport_service.domain.errors import Refused
from passport_service.services.credentials import digest
from passport_service.store import keys, security_log
from passport_service.store.database import Store
from passport_service.store.keys import Address, Key, Secret
from passport_service.xapi.scopes import Scope, scopes_text
from passport_service.xapi.values import is_iri

__all__ = [
    "PRESETS",
    "PURPOSES",
    "RIGHTS",
    "Address",
    "Key",
    "Made",
    "Secret",
    "addresses_of",
    "change",
    "create",
    "end_secret",
    "every",
    "home_page",
    "load",
    "revoke",
    "rotate",
    "secrets_of",
]

PURPOSES = ("xapi", "api")
RIGHTS = ("may_void", "may_waive", "may_decide", "may_confirm", "may_read")
# What most need who come in at the door of learning systems. A tool that shows or judges what others wrote reads all.
PRESETS: dict[str, frozenset[Scope]] = {
    "lms": frozenset({Scope.STATEMENTS_WRITE, Scope.STATEMENTS_READ_MINE, Scope.STATE, Scope.PROFILE}),
    "sender": frozenset({Scope.STATEMENTS_WRITE}),
    "cmi5": frozenset({Scope.STATEMENTS_WRITE, Scope.STATEMENTS_READ, Scope.STATE, Scope.PROFILE}),
    "reader": frozenset({Scope.STATEMENTS_READ}),
    "all": frozenset({Scope.ALL}),
}
MOST_SECRETS = 2  # that live at the same time
HIGHEST_LIMIT = 10_000_000  # requests a minute


@dataclass(frozen=True, slots=True)
class Made:
    """A key with a new secret, which nobody can ever see again; ``number`` is the secret's."""

    key: Key
    secret: str
    number: int = 1


def create(
    store: Store,
    *,
    label: str,
    purpose: str,
    pepper: str,
    by: str,
    now: datetime,
    home_pages: Iterable[str] = (),
    scopes: Iterable[Scope] | None = None,
    rate_limit: int | None = None,
    **rights: bool,
) -> Made:
    """Makes a key. ``pepper`` is the setting ``secret_key``; ``by`` is who makes it; ``rights`` are its ``may_…``.

    Without ``scopes`` a key for xapi has those of the preset ``lms``. Raises Refused MALFORMED for an empty label, an
    unknown purpose, a home page that is not an address, scopes of a key for api, or a limit that is none.
    """
    key = Key(
        id="k" + b32encode(secrets.token_bytes(5)).decode().lower(),
        label=label,
        purpose=purpose,
        rate_limit=rate_limit,
        home_pages=tuple(home_pages),
        **{name: rights.pop(name, False) for name in RIGHTS},
        created_at=now,
        created_by=by,
        revoked_at=None,
        last_used_at=None,
        scopes=frozenset(scopes) if scopes is not None else default_scopes(purpose),
    )
    if rights:
        raise TypeError(f"a key has no right {next(iter(rights))}")
    key = checked(key)
    secret = new_secret()
    with keys.changing(store):
        keys.add(store, key)
        keys.add_secret(store, key.id, 1, digest(key.id, secret, pepper), by=by, at=now)
        security_log.note(store, "key_made", at=now, who=by, key=key.id, **told(key))
    return Made(key, secret)


def new_secret() -> str:
    """256 random bits as text, which a command line does not take for an option."""
    while (text := secrets.token_urlsafe(32)).startswith("-"):
        pass
    return text


def default_scopes(purpose: str) -> frozenset[Scope]:
    return PRESETS["lms"] if purpose == "xapi" else frozenset()


def change(store: Store, key_id: str, *, by: str, now: datetime, **values: Any) -> Key:
    """Changes a key's ``label``, ``home_pages``, ``scopes``, ``rate_limit`` or ``may_…``, from the next request on.

    Raises Refused as ``create`` does, and NOT_FOUND for a key that has ended.
    """
    with keys.changing(store):
        before = live(store, key_id)
        after = checked(replace(before, **values))
        if after != before:
            keys.change(store, after)
            security_log.note(store, "key_changed", at=now, who=by, key=key_id, **told(after))
    return after


def told(key: Key) -> dict[str, Any]:
    """What the security log says of a key."""
    return {
        "purpose": key.purpose,
        "scopes": scopes_text(key.scopes),
        "rights": [name for name in RIGHTS if getattr(key, name)],
        "home_pages": list(key.home_pages),
        "rate_limit": key.rate_limit,
    }


def checked(key: Key) -> Key:
    """The key with its texts as they are kept. Raises Refused MALFORMED."""
    pages = tuple(dict.fromkeys(home_page(page) for page in key.home_pages))
    if not key.label.strip():
        raise Refused("MALFORMED", "Say in a few words what the key is for.", "label")
    if key.purpose not in PURPOSES:
        raise Refused("MALFORMED", "A key is for xapi or for api.", "purpose")
    for page in pages:
        if not is_iri(page):
            raise Refused("MALFORMED", f"{page} is not an address with a scheme.", "home_pages")
    if key.purpose == "xapi" and not key.scopes:
        raise Refused("MALFORMED", "Choose at least one thing that the key may do.", "scopes")
    if key.purpose == "api" and key.scopes:
        raise Refused("MALFORMED", "Only a key for learning records has scopes.", "scopes")
    if key.rate_limit is not None and not 0 <= key.rate_limit <= HIGHEST_LIMIT:
        raise Refused("MALFORMED", "A limit is a number of requests a minute, or 0 for none.", "rate_limit")
    return replace(key, label=key.label.strip(), home_pages=pages)


def home_page(text: str) -> str:
    """A home page as it is compared: without a slash at the end, which some senders add and some do not."""
    return text.strip().rstrip("/")


def rotate(store: Store, key_id: str, *, pepper: str, by: str, now: datetime) -> Made:
    """A second secret for a key; both work until one is ended. Raises Refused NOT_FOUND, or TWO_SECRETS for a third."""
    secret = new_secret()
    with keys.changing(store):
        key = live(store, key_id)
        known = keys.secrets_of(store, key_id)
        if sum(one.ended_at is None for one in known) >= MOST_SECRETS:
            raise Refused("TWO_SECRETS", "This key has two secrets. End one of them first.", "key")
        number = len(known) + 1
        keys.add_secret(store, key_id, number, digest(key_id, secret, pepper), by=by, at=now)
        security_log.note(store, "key_secret_made", at=now, who=by, key=key_id, secret=number)
    return Made(key, secret, number)


def end_secret(store: Store, key_id: str, number: int, *, by: str, now: datetime) -> None:
    """Ends one secret at once, with the tokens that it gave. Raises Refused NOT_FOUND, or LAST_SECRET for the only one:
    a key that nothing opens is ended as a whole.
    """
    with keys.changing(store):
        live(store, key_id)
        alive = [one.number for one in keys.secrets_of(store, key_id) if one.ended_at is None]
        if number not in alive:
            raise Refused("NOT_FOUND", "There is no such secret, or it has ended already.", "secret")
        if alive == [number]:
            raise Refused(
                "LAST_SECRET", "This is the key's only secret. Make another first, or end the key.", "secret"
            )
        keys.end_secret(store, key_id, number, now)
        security_log.note(store, "key_secret_ended", at=now, who=by, key=key_id, secret=number)


def revoke(store: Store, key_id: str, *, now: datetime, by: str | None = None) -> None:
    """Ends a key at once, with its secrets and tokens. Raises Refused NOT_FOUND when there is none to end."""
    with keys.changing(store):
        if not keys.revoke(store, key_id, now):
            raise Refused("NOT_FOUND", "There is no such key, or it has ended already.", "key")
        security_log.note(store, "key_ended", at=now, who=by, key=key_id)


def load(store: Store, key_id: str) -> Key:
    """A key by its id, ended or not. Raises Refused NOT_FOUND."""
    found = keys.find(store, key_id) if "\x00" not in key_id else None
    if found is None:
        raise Refused("NOT_FOUND", "There is no such key.", "key")
    return found.key


def live(store: Store, key_id: str) -> Key:
    key = load(store, key_id)
    if key.revoked_at is not None:
        raise Refused("NOT_FOUND", "This key has ended.", "key")
    return key


def every(store: Store) -> list[Key]:
    """All keys, oldest first."""
    return keys.every(store)


def secrets_of(store: Store, key_id: str) -> list[Secret]:
    """All secrets that a key ever had, without themselves."""
    return keys.secrets_of(store, key_id)


def addresses_of(store: Store, key_id: str) -> list[Address]:
    """Where a key was used from, as long as the security log is kept, the latest first."""
    return keys.addresses_of(store, key_id)
