"""The columns of the file by which people are brought in: what each means, and how a cell of it is read."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from passport_service.domain.errors import Refused
from passport_service.domain.roles import parse_role

NOTHING = "none"

COLUMNS = {
    "reference": "The council's own staff reference. Needed on every line; it never changes.",
    "name": "Full name. Needed for somebody new.",
    "email": "Work e-mail address, for notices.",
    "email_identifies": "yes: learning systems that send this address mean this person.",
    "role": "One of the roles, such as social_worker. Needed for somebody new.",
    "team": "Team.",
    "locality": "Locality.",
    "manager": "The manager's staff reference; the manager is in the file or here already.",
    "registered": "yes, no, unknown or not required: the entry in the professional register.",
    "registration_checked_on": "The day on which the register was read.",
    "agency": "yes or no.",
    "newly_qualified": "yes or no.",
    "left_on": "The first day on which the person no longer works here.",
    "accounts": "Accounts in learning systems: home page, a space, account name; several are separated by |.",
    "absent_from": "First day of an absence. No reason is kept.",
    "absent_until": "Last day of that absence.",
}  # fmt: skip
ALIASES = {
    "staff_reference": "reference", "ref": "reference", "e_mail": "email", "e_mail_identifies": "email_identifies",
    "registration": "registered", "left": "left_on", "account": "accounts",
}  # fmt: skip
TEMPLATE_ROWS = (
    ("C1001", "Asha Example", "asha@council.example", "yes", "social_worker", "North A", "North", "C1002", "yes",
     "2026-03-02", "no", "no", "", "https://moodle.council.example 12", "", ""),
    ("C1002", "Rhys Example", "rhys@council.example", "no", "team_manager", "North A", "North", "", "not required",
     "", "no", "no", "", "", "2026-08-03", "2026-08-14"),
)  # fmt: skip

REFERENCE = re.compile(r"[\w./-]{1,40}")
EMAIL = re.compile(r"[^\s@<>,;|]+@[^\s@<>,;|]+\.[^\s@<>,;|.]+")
DAY_FIRST = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
YES_NO = {
    "yes": True,
    "y": True,
    "true": True,
    "1": True,
    "no": False,
    "n": False,
    "false": False,
    "0": False,
}
REGISTERED = {
    "yes": "registered", "registered": "registered", "no": "ended", "ended": "ended", "unknown": "unknown",
    "not required": "not_required", "not_required": "not_required",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: ``line`` as an editor counts them, ``column`` by its heading (None: the whole line)."""

    line: int
    column: str | None
    message: str


@dataclass(slots=True)
class PersonLine:
    """What one line says. ``attributes`` are as the service keeps them; None takes a value away."""

    line: int
    ref: str
    attributes: dict[str, Any] = field(default_factory=dict)
    email_identifies: bool = False
    accounts: tuple[tuple[str, str], ...] = ()
    checked_on: date | None = None
    left_on: date | None = None
    returns: bool = False
    absence: tuple[date, date] | None = None


class Wrong(Exception):
    """A cell that cannot be; the message says why."""


def read_day(text: str) -> date:
    """``2026-03-04`` or ``4/3/2026``, day first. Raises Wrong; a year of two digits is not guessed."""
    try:
        if match := DAY_FIRST.fullmatch(text):
            return date(int(match[3]), int(match[2]), int(match[1]))
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        raise Wrong(f"“{text}” is not a day of the calendar.") from None
    raise Wrong("Write the day as 2026-03-04 or 04/03/2026.")


def _name(found: PersonLine, text: str) -> None:
    found.attributes["name"] = text


def _email(found: PersonLine, text: str) -> None:
    if text.lower() == NOTHING:
        found.attributes["email"] = None
    elif not EMAIL.fullmatch(text):
        raise Wrong("This is not an e-mail address.")
    else:
        found.attributes["email"] = text


def _yes_no(text: str) -> bool:
    if text.lower() not in YES_NO:
        raise Wrong("Write yes or no.")
    return YES_NO[text.lower()]


def _email_identifies(found: PersonLine, text: str) -> None:
    found.email_identifies = _yes_no(text)


def _role(found: PersonLine, text: str) -> None:
    try:
        found.attributes["role"] = str(parse_role(re.sub(r"[\s-]+", "_", text.lower())))
    except Refused as refusal:
        raise Wrong(refusal.message) from None


def _text_or_nothing(name: str) -> Callable[[PersonLine, str], None]:
    def take(found: PersonLine, text: str) -> None:
        found.attributes[name] = None if text.lower() == NOTHING else text

    return take


def _flag(name: str) -> Callable[[PersonLine, str], None]:
    def take(found: PersonLine, text: str) -> None:
        found.attributes[name] = _yes_no(text)

    return take


def _registered(found: PersonLine, text: str) -> None:
    if text.lower() not in REGISTERED:
        raise Wrong("Write yes, no, unknown or not required.")
    found.attributes["registration"] = REGISTERED[text.lower()]


def _checked_on(found: PersonLine, text: str) -> None:
    found.checked_on = read_day(text)


def _left_on(found: PersonLine, text: str) -> None:
    if text.lower() == NOTHING:
        found.returns = True
    else:
        found.left_on = read_day(text)


def _accounts(found: PersonLine, text: str) -> None:
    parts = [one.strip().partition(" ") for one in text.split("|") if one.strip()]
    for home, _, name in parts:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s|]+", home) or not name.strip():
            raise Wrong(
                "Write the home page, a space and the account name, such as https://moodle.council.example 12."
            )
    found.accounts = tuple(dict.fromkeys((home, name.strip()) for home, _, name in parts))


def _day_only(found: PersonLine, text: str) -> None:
    read_day(text)


READERS: dict[str, Callable[[PersonLine, str], None]] = {
    "name": _name, "email": _email, "email_identifies": _email_identifies, "role": _role,
    "team": _text_or_nothing("team"), "locality": _text_or_nothing("locality"), "manager": _text_or_nothing("manager"),
    "registered": _registered, "registration_checked_on": _checked_on, "agency": _flag("agency"),
    "newly_qualified": _flag("newly_qualified"), "left_on": _left_on, "accounts": _accounts,
    "absent_from": _day_only, "absent_until": _day_only,
}  # fmt: skip
