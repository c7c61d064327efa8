"""Signing in: the same answer and the same work whoever is not there, and a limit on trying (D.18.5)."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256

from argon2.exceptions import InvalidHashError, VerificationError

from passport_service.config import Settings, require_secret
from passport_service.domain.passwords import LONGEST, normalised
from passport_service.services import accounts as services
from passport_service.services.accounts import HASHER
from passport_service.store import accounts, security_log, tries
from passport_service.store.accounts import Account
from passport_service.store.database import Store

WINDOW = timedelta(minutes=15)
TRIES_AN_ACCOUNT = 10
TRIES_AN_ADDRESS = 100  # a whole council may come from one address; only failures count
RESETS_AN_ACCOUNT = 3
RESETS_AN_ADDRESS = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """Who came in, if anybody did; ``too_many`` says that nobody may try for a while."""

    account: Account | None = None
    too_many: bool = False


def sign_in(
    store: Store, settings: Settings, *, email: str, password: str, address: str, now: datetime
) -> Answer:
    """Who this address and password open. Every other case looks alike from outside: unknown, closed, left, wrong."""
    buckets = _buckets(settings, "sign-in", email, address)
    limits = (TRIES_AN_ACCOUNT, TRIES_AN_ADDRESS)
    if not _may_try(store, buckets, limits, now):
        with store.writing():
            security_log.note(store, "sign_in_limited", at=now, tried=buckets[0], address=address)
        return Answer(too_many=True)
    account = accounts.find_by_email(store, _as_kept(email))
    known = accounts.password_hash(store, account.id) if account else None
    is_right = _verify(known, password) and account is not None
    with store.writing():
        if account is None or not is_right or not account.active or services.has_left(store, account, now):
            who = account.id if account else None
            security_log.note(store, "sign_in_failed", at=now, who=who, tried=buckets[0], address=address)
            return Answer()
        for bucket in buckets:
            tries.take_back(store, bucket, tries.window_of(now, WINDOW))
        if known and HASHER.check_needs_rehash(known):
            accounts.change(store, account.id, password_hash=HASHER.hash(normalised(password)))
        note_sign_in(store, account, address=address, now=now)
    return Answer(account)


def note_sign_in(
    store: Store, account: Account, *, address: str, now: datetime, way: str = "password"
) -> None:
    """Keep that somebody came in, and by which way."""
    with store.writing():
        accounts.change(store, account.id, last_signed_in_at=now)
        security_log.note(store, "signed_in", at=now, who=account.id, address=address, way=way)


def note_sign_out(store: Store, account: str, *, now: datetime) -> None:
    with store.writing():
        security_log.note(store, "signed_out", at=now, who=account)


def forgotten(store: Store, settings: Settings, *, email: str, address: str, now: datetime) -> None:
    """Post a link if there is such an account; who asks is told the same in every case."""
    buckets = _buckets(settings, "reset", email, address)
    if not _may_try(store, buckets, (RESETS_AN_ACCOUNT, RESETS_AN_ADDRESS), now):
        return
    account = accounts.find_by_email(store, _as_kept(email))
    if account and account.active and not services.has_left(store, account, now):
        services.ask_reset(store, settings, account, now=now)


def _as_kept(email: str) -> str:
    """What was typed, in the form in which addresses are kept and without what no database takes."""
    return email.strip().lower().replace("\x00", "").encode("utf-8", "replace").decode()


def _buckets(settings: Settings, what: str, email: str, address: str) -> tuple[str, str]:
    """What is counted: the address tried (by a keyed digest, known or not) and where the request came from."""
    key = require_secret(settings).encode()
    tried = hmac.new(key, _as_kept(email).encode(), sha256).hexdigest()[:24]
    return f"{what}:{tried}", f"{what}:{address}"


def _may_try(store: Store, buckets: tuple[str, str], limits: tuple[int, int], now: datetime) -> bool:
    """Count this try before it is made, so that many at once are no way round the limit."""
    window = tries.window_of(now, WINDOW)
    with store.writing():
        tries.forget(store, window - WINDOW)
        counted = [tries.count(store, bucket, window) for bucket in buckets]
    return all(number <= limit for number, limit in zip(counted, limits, strict=True))


def _verify(known: str | None, password: str) -> bool:
    """Whether a password fits a hash; without one the same work is done for nothing."""
    try:
        HASHER.verify(known or _nobody(), normalised(password[: 4 * LONGEST]).encode("utf-8", "replace"))
    except (VerificationError, InvalidHashError):
        return False
    return known is not None


@cache
def _nobody() -> str:
    return HASHER.hash(secrets.token_urlsafe(32))
