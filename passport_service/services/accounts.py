"""Accounts of people: by invitation, with a password of their own, linked to a practitioner by hand, ended with the job."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from argon2 import PasswordHasher

from passport_service.config import LOCAL_TIME, Settings
from passport_service.domain.calendar import business_date
from passport_service.domain.errors import Refused
from passport_service.domain.passwords import check_password, normalised
from passport_service.domain.roles import PRACTISING, Role, parse_role
from passport_service.services import letters
from passport_service.store import accounts, deliveries, lookups, security_log
from passport_service.store.accounts import Account
from passport_service.store.database import Store

INVITATION_LASTS = timedelta(days=7)
RESET_LASTS = timedelta(hours=1)
LONGEST_EMAIL = 254

# 19 MiB and two passes, a usual minimum for interactive sign-in: several at once must fit into a small web process.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def invite(
    store: Store,
    settings: Settings,
    *,
    email: str,
    name: str,
    roles: Iterable[str],
    now: datetime,
    by: str,
    who: str | None = None,
) -> Account:
    """Make an account, or invite again one that has no password yet, and post the link that sets a password.

    Returns the account as it was: with ``invited_at``, there was an earlier invitation. Its link has ended, and its letter
    is taken back if it still waited.

    ``who`` is the staff reference of the person the account is for. Raises Refused MALFORMED, NOT_FOUND, ID_CONFLICT.
    """
    email = clean_email(email)
    with store.writing():
        known = accounts.find_by_email(store, email)
        if known and (known.has_password or not known.active):
            raise Refused("ID_CONFLICT", "There is an account with this address already.", "email")
        account = known or open_account(store, email=email, name=name, roles=roles, now=now, by=by, who=who)
        accounts.change(store, account.id, invited_at=now)
        # Or a letter whose link opens nothing would be sent.
        deliveries.take_back(f"{account.id}-invitation-")
        _post_link(store, settings, account, "invitation", "Your account", now, INVITATION_LASTS)
        security_log.note(store, "invited", at=now, who=account.id, by=by)
    return account


def open_account(
    store: Store,
    *,
    email: str,
    name: str,
    roles: Iterable[str],
    now: datetime,
    by: str,
    who: str | None = None,
) -> Account:
    """Make an account without inviting anybody: it has no password, so nobody can sign in to it (but in the demo).

    Raises Refused MALFORMED for an address or role that is none, NOT_FOUND for an unknown person, ID_CONFLICT.
    """
    email = clean_email(email)
    if not name.strip():
        raise Refused("MALFORMED", "Give the name of the person.", "name")
    granted = sorted({str(parse_role(one, "roles")) for one in roles})
    account = "A" + secrets.token_hex(5).upper()
    with store.writing():
        if not accounts.add(
            store,
            id=account,
            email=email,
            name=name.strip(),
            roles=granted,
            stream=None,
            active=True,
            created_at=now,
        ):
            raise Refused("ID_CONFLICT", "There is an account with this address already.", "email")
        if who:
            link(store, account, who, now=now, by=by)
        security_log.note(store, "account_made", at=now, who=account, by=by, roles=granted)
        return load(store, account)


def clean_email(text: str) -> str:
    """The address as it is kept. Raises Refused MALFORMED."""
    email = text.strip().lower()
    name, at, host = email.rpartition("@")
    if (
        not (at and name and host)
        or len(email) > LONGEST_EMAIL
        or any(one.isspace() or ord(one) < 33 for one in email)
    ):
        raise Refused("MALFORMED", "Enter an e-mail address in the form name@example.org.", "email")
    return email


def load(store: Store, account: str) -> Account:
    """The account with this id. Raises Refused NOT_FOUND."""
    found = accounts.find(store, account)
    if found is None:
        raise Refused("NOT_FOUND", "There is no such account.", "account")
    return found


def load_by_email(store: Store, email: str) -> Account:
    """The account with this address. Raises Refused NOT_FOUND."""
    found = accounts.find_by_email(store, clean_email(email))
    if found is None:
        raise Refused("NOT_FOUND", "There is no account with this address.", "email")
    return found


def link(store: Store, account: str, who: str, *, now: datetime, by: str) -> None:
    """Say which person an account belongs to, by their staff reference. Raises Refused NOT_FOUND, ID_CONFLICT."""
    with store.writing():
        stream = lookups.find_stream(who)
        if stream is None:
            raise Refused("NOT_FOUND", f"Nobody has the reference {who}.", "who")
        if not accounts.link(store, load(store, account).id, stream):
            raise Refused("ID_CONFLICT", "This person has an account already.", "who")
        accounts.end_sessions(store, account)
        security_log.note(store, "linked", at=now, who=account, by=by, stream=stream)


def grant(store: Store, account: str, roles: Iterable[str], *, now: datetime, by: str) -> None:
    """Replace the roles of an account. Raises Refused NOT_FOUND, MALFORMED."""
    granted = sorted({str(parse_role(one, "roles")) for one in roles})
    with store.writing():
        accounts.change(store, load(store, account).id, roles=granted)
        accounts.end_sessions(store, account)
        security_log.note(store, "roles_changed", at=now, who=account, by=by, roles=granted)


def refuse_beyond(own: Iterable[str], roles: Iterable[str]) -> None:
    """Raises Refused NOT_ALLOWED where somebody would give or take what is not theirs to give: the administrator's role."""
    if Role.ADMINISTRATOR in {*roles} and Role.ADMINISTRATOR not in {*own}:
        raise Refused(
            "NOT_ALLOWED", "Only an administrator gives or takes the role of administrator.", "roles"
        )


def deactivate(store: Store, account: str, *, now: datetime, by: str) -> None:
    """Close an account: whoever is signed in is out at once, and no link or password opens it again."""
    with store.writing():
        load(store, account)
        accounts.change(store, account, active=False, token_hash=None, token_until_at=None)
        accounts.end_sessions(store, account)
        security_log.note(store, "deactivated", at=now, who=account, by=by)


def deactivate_leavers(store: Store, *, now: datetime) -> int:
    """Close the accounts of people who have left; returns how many."""
    leavers = [
        one for one in accounts.every(store, active_only=True) if one.stream and has_left(store, one, now)
    ]
    for one in leavers:
        deactivate(store, one.id, now=now, by="system")
    return len(leavers)


def has_left(store: Store, account: Account, now: datetime) -> bool:
    """Whether the person an account is linked to has left by now."""
    if account.stream is None:
        return False
    _, left_on = accounts.person_of(store, account.stream)
    return left_on is not None and left_on <= business_date(now)


def roles_of(store: Store, account: Account) -> frozenset[str]:
    """What a user may do: what the account was granted, and their own pages while their work is that of a practitioner."""
    role, _ = accounts.person_of(store, account.stream) if account.stream else (None, None)
    granted = {one for one in account.roles if one not in PRACTISING}
    return frozenset(granted | ({role} if role in PRACTISING else set()))


def ask_reset(store: Store, settings: Settings, account: Account, *, now: datetime) -> None:
    """Post the link that sets a new password; the old one stays until it is used."""
    with store.writing():
        _post_link(store, settings, account, "reset", "Set a new password", now, RESET_LASTS)
        security_log.note(store, "reset_asked", at=now, who=account.id)


def find_invited(store: Store, token: str, *, now: datetime) -> Account | None:
    """The account that a link opens, if the link still works."""
    found = accounts.find_by_token(store, _digest(token))
    if found is None or not found.active or found.token_until_at is None or found.token_until_at <= now:
        return None
    return None if has_left(store, found, now) else found


def set_password(store: Store, settings: Settings, token: str, password: str, *, now: datetime) -> Account:
    """Set the password by a link that works once; everybody signed in with the account is signed out.

    Raises Refused NOT_FOUND for a link that was used or ran out, MALFORMED for a password that is easily guessed.
    """
    account = find_invited(store, token, now=now)
    if account is None:
        raise Refused("NOT_FOUND", "This link has been used or has run out. Ask for a new one.", "token")
    check_password(password, (account.name, account.email, settings.council_name, settings.service_name))
    hashed = HASHER.hash(normalised(password))
    with store.writing():
        if not accounts.use_token(store, _digest(token)):
            raise Refused("NOT_FOUND", "This link has been used or has run out. Ask for a new one.", "token")
        accounts.change(store, account.id, password_hash=hashed, failed_sign_ins=0)
        accounts.end_sessions(store, account.id)
        security_log.note(store, "password_set", at=now, who=account.id)
        _post(store, settings, account, "password-set", "Your password was set", now, at=_in_words(now))
    return account


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def _post_link(
    store: Store,
    settings: Settings,
    account: Account,
    letter: str,
    subject: str,
    now: datetime,
    lasts: timedelta,
) -> None:
    token = secrets.token_urlsafe(32)
    accounts.change(store, account.id, token_hash=_digest(token), token_until_at=now + lasts)
    address = f"{settings.public_url}/account/link/{token}"
    _post(store, settings, account, letter, subject, now, link=address, until=_in_words(now + lasts))


def _post(
    store: Store, settings: Settings, account: Account, name: str, subject: str, now: datetime, **words: str
) -> None:
    letter = letters.write(
        name,
        subject,
        name=account.name,
        council_name=settings.council_name,
        service_name=settings.service_name,
        contact=settings.contact,
        **words,
    )
    identity = f"{account.id}-{name}-{secrets.token_hex(6)}"
    deliveries.put(identity, account.email, letter.subject, letter.text, now, html=letter.html)


def _in_words(moment: datetime) -> str:
    local = moment.astimezone(LOCAL_TIME)
    return f"{local:%H:%M} on {local.day} {local:%B %Y}"
