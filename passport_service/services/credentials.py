"""Credentials against what is known of a key: a secret, or a token that stands for one. Nothing is asked or written."""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from passport_service.store.keys import Credential, Key, Secret
from passport_service.xapi.scopes import Scope, Scopes, allows

TOKEN_LIVES = timedelta(hours=1)
NO_HASH = bytes(32)
ORDER = tuple(Scope)


@dataclass(frozen=True, slots=True)
class Opened:
    """A key that was opened, and the number of the secret that did it. By a token, the key has only that one's scopes."""

    key: Key
    number: int


def by_secret(
    found: Credential | None, key_id: str, secret: str, *, purpose: str, pepper: str
) -> Opened | None:
    """The key, if this secret opens it for this purpose.

    A secret has 256 random bits, so one keyed SHA-256 protects it as well as a slow hash would. An unknown key takes the
    same work as a wrong secret.
    """
    given = digest(key_id, secret, pepper)
    known = found.secrets if found is not None else ()
    fits = [hmac.compare_digest(given, one.hash) for one in known] or [hmac.compare_digest(given, NO_HASH)]
    if found is None or not known or not any(fits) or not is_for(found.key, purpose):
        return None
    return Opened(found.key, known[fits.index(True)].number)


def by_token(
    found: Credential | None, token: str, *, purpose: str, pepper: str, now: datetime
) -> Opened | None:
    """The key, if this token of it is good: signed with a secret that is still live, and not past its time."""
    text = token.rpartition(".")[0]
    _, number, until, scopes = [*text.split("."), "", "", ""][:4]
    if found is None or not is_for(found.key, purpose):
        return None
    secret = next((one for one in found.secrets if str(one.number) == number), None)
    if secret is None or not hmac.compare_digest(token.encode(), signed(text, secret, pepper)):
        return None
    # What was signed here is as it was written here.
    if int(until) <= now.timestamp():
        return None
    held = frozenset(one for one in unpacked(int(scopes)) if allows(found.key.scopes, one))
    return Opened(replace(found.key, scopes=held), secret.number)


def token_of(key: Key, secret: Secret, scopes: Scopes, *, pepper: str, now: datetime) -> str:
    """A token for a key that this secret opened: ``key.secret.until.scopes.signature``.

    It is kept nowhere. Whatever comes with it is checked against the key and the secret as they are then, so it ends
    with either of them at once.
    """
    until = int((now + TOKEN_LIVES).timestamp())
    text = f"{key.id}.{secret.number}.{until}.{packed(scopes)}"
    return signed(text, secret, pepper).decode()


def key_of_token(token: str) -> str:
    """The id of the key that a token says it is of."""
    return token.partition(".")[0]


def is_for(key: Key, purpose: str) -> bool:
    return key.revoked_at is None and key.purpose == purpose


def signed(text: str, secret: Secret, pepper: str) -> bytes:
    """The text with its signature, which nobody can make who does not know the deployment's own secret."""
    signature = hmac.new(pepper.encode() + secret.hash, b"token " + text.encode(), sha256).hexdigest()
    return f"{text}.{signature}".encode()


def packed(scopes: Scopes) -> int:
    return sum(1 << place for place, one in enumerate(ORDER) if one in scopes)


def unpacked(bits: int) -> Scopes:
    return frozenset(one for place, one in enumerate(ORDER) if bits >> place & 1)


def digest(key_id: str, secret: str, pepper: str) -> bytes:
    """What is kept of a secret. ``pepper``: the setting ``secret_key``."""
    return hmac.new(pepper.encode(), f"{key_id}:{secret}".encode("utf-8", "surrogatepass"), sha256).digest()
