"""Who is signed in: an account as the pages know it, and how long a session lasts."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import session
from flask_login import UserMixin, current_user

from passport_service.domain.errors import Refused
from passport_service.doors import deployment, moment
from passport_service.services import accounts as services
from passport_service.store import accounts
from passport_service.store.accounts import Account
from passport_service.web.access import login


@dataclass(frozen=True, slots=True)
class User(UserMixin):
    """A person who signed in. ``stream`` is theirs if the account is linked to a practitioner or reviewer."""

    account: Account
    roles: frozenset[str]
    signed_in_at: datetime

    @property
    def stream(self) -> str | None:
        return self.account.stream

    @property
    def name(self) -> str:
        return self.account.name

    @property
    def caused_by(self) -> str:
        """How the ledger names this user."""
        return f"account:{self.account.id}"

    def get_id(self) -> str:
        return session_name(self.account, self.signed_in_at)


def session_name(account: Account, signed_in_at: datetime) -> str:
    """What the session keeps: the account, the version that ends with a new password or role, and since when."""
    return f"{account.id}.{account.session_version}.{int(signed_in_at.timestamp())}"


@login.user_loader
def load_user(name: str) -> User | None:
    """The user of a session, unless it ran out, was ended, or its account was closed."""
    account, _, rest = name.partition(".")
    version, _, since = rest.partition(".")
    if not (version.isdigit() and since.isdigit()):
        return None
    now, store, settings = moment(), deployment().store, deployment().settings
    signed_in_at = datetime.fromtimestamp(int(since), UTC)
    if not signed_in_at <= now + timedelta(seconds=1) or now >= signed_in_at + timedelta(
        hours=settings.session_hours
    ):
        return None
    found = accounts.find(store, account)
    if (
        found is None
        or not found.active
        or found.session_version != int(version)
        or services.has_left(store, found, now)
    ):
        return None
    return User(found, services.roles_of(store, found), signed_in_at)


def user() -> User:
    """The user of this request, on a page that only people who signed in may use."""
    found: User = current_user._get_current_object()
    return found


def own_stream() -> str:
    """The stream of whoever is signed in. Raises Refused NOT_ALLOWED for an account that is linked to nobody."""
    stream = user().stream
    if stream is None:
        raise Refused(
            "NOT_ALLOWED",
            "Your account is not linked to a staff record yet, so there is nothing to show or to sign with your name. "
            f"Contact {deployment().settings.contact}.",
        )
    return stream


def forget_others() -> None:
    """A new session for whoever signs in: nothing of the one before is carried over."""
    session.clear()
    session.permanent = True
