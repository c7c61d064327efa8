"""What a GET of statements asks for (Communication 2.1.3); every parameter that is wrong is refused by name."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from passport_service.xapi.actor import check_actor, key_of
from passport_service.xapi.errors import Invalid
from passport_service.xapi.reading import read_json
from passport_service.xapi.timestamps import (
    format_timestamp,
    parse_iso_8601,
    parse_rfc_3339,
    parse_timestamp,
)
from passport_service.xapi.values import UUID as UUID_FORM
from passport_service.xapi.values import is_iri
from passport_service.xapi.versions import Version

RULE = "Communication 2.1.3"
FILTERS = ("agent", "verb", "activity", "registration", "related_activities", "related_agents")
SEQUENCE = ("since", "until", "limit", "ascending", "cursor")
SINGLE = ("statementId", "voidedStatementId")
SHAPE = ("format", "attachments")
# One client library adds it to defeat caches; it means nothing.
IGNORED = ("cachebuster",)
LONGEST_NUMBER = 100
LARGEST_NUMBER = 2**63 - 1  # of a place in the sequence, as databases count
KNOWN = frozenset((*FILTERS, *SEQUENCE, *SINGLE, *SHAPE, *IGNORED))


class Format(StrEnum):
    """How much of actors, verbs and activities is given back."""

    EXACT = "exact"
    IDS = "ids"
    CANONICAL = "canonical"


@dataclass(frozen=True, slots=True)
class Query:
    """A checked question. ``agent`` is a key of `actor.key_of`; ids are in lower case; ``limit`` 0 means the most allowed.

    ``after`` is the place where the page before ended: the moment stored and a number that tells equal moments apart.
    """

    statement_id: str | None = None
    voided_statement_id: str | None = None
    agent: str | None = None
    verb: str | None = None
    activity: str | None = None
    registration: str | None = None
    related_activities: bool = False
    related_agents: bool = False
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 0
    format: Format = Format.EXACT
    attachments: bool = False
    ascending: bool = False
    after: tuple[datetime, int] | None = None

    @property
    def is_single(self) -> bool:
        return self.statement_id is not None or self.voided_statement_id is not None


def parse_query(parameters: Mapping[str, str], version: Version = Version.V1) -> Query:
    """The question that parameters ask; values are checked as in statements of the same version (Data 2.2).

    Raises Invalid whose path is the parameter's name.
    """
    as_moment = moments_of(version)
    for name in parameters:
        if name not in KNOWN:
            raise Invalid("Communication 3.2", "is not a parameter of this resource", name)
    refuse_mixed(parameters)
    return Query(
        statement_id=read(parameters, "statementId", as_uuid),
        voided_statement_id=read(parameters, "voidedStatementId", as_uuid),
        agent=read(parameters, "agent", as_agent),
        verb=read(parameters, "verb", as_iri),
        activity=read(parameters, "activity", as_iri),
        registration=read(parameters, "registration", as_uuid),
        related_activities=read(parameters, "related_activities", as_flag) or False,
        related_agents=read(parameters, "related_agents", as_flag) or False,
        since=read(parameters, "since", as_moment),
        until=read(parameters, "until", as_moment),
        limit=read(parameters, "limit", as_limit) or 0,
        format=read(parameters, "format", as_format) or Format.EXACT,
        attachments=read(parameters, "attachments", as_flag) or False,
        ascending=read(parameters, "ascending", as_flag) or False,
        after=read(parameters, "cursor", parse_cursor),
    )


def refuse_mixed(parameters: Mapping[str, str]) -> None:
    """A statement asked for by id is one statement: no filter goes with it."""
    asked = [name for name in SINGLE if name in parameters]
    if len(asked) > 1:
        raise Invalid(RULE, "cannot be asked for together with statementId", "voidedStatementId")
    if asked:
        for name in (*FILTERS, *SEQUENCE):
            if name in parameters:
                raise Invalid(RULE, f"cannot be combined with {asked[0]}", name)


def read(parameters: Mapping[str, str], name: str, convert: Any) -> Any:
    """One parameter, converted; None when it is absent."""
    if name not in parameters:
        return None
    try:
        return convert(parameters[name])
    except Invalid as fault:
        raise fault.under(name) from None
    except ValueError as fault:
        raise Invalid(RULE, str(fault), name) from None


def as_uuid(text: str) -> str:
    if UUID_FORM.fullmatch(text) is None:
        raise ValueError("must be a UUID in its standard form")
    return text.lower()


def as_iri(text: str) -> str:
    if "\x00" in text or not is_iri(text):
        raise ValueError("must be an IRI with a scheme")
    return text


def moments_of(version: Version) -> Callable[[str], datetime]:
    """How a version writes moments: ISO 8601 at large, or RFC 3339 (Data 4.5; xAPI 2.0 4.2.7)."""
    return parse_iso_8601 if version is Version.V1 else parse_rfc_3339


def as_flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("must be true or false")
    return text == "true"


def as_limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        raise ValueError("must be a whole number, 0 or more")
    return int(text)


def as_format(text: str) -> Format:
    if text not in tuple(Format):
        raise ValueError("must be exact, ids or canonical")
    return Format(text)


def as_agent(text: str) -> str:
    """An agent or identified group as JSON; compared by its identifier, never by its text."""
    value = read_json(text.encode("utf-8", "surrogatepass"))
    check_actor(value)
    key = key_of(value)
    if key is None:
        raise ValueError("must be an Agent or an identified Group")
    return key


def parse_cursor(text: str) -> tuple[datetime, int]:
    """The place that `format_cursor` wrote down."""
    try:
        moment, _, number = urlsafe_b64decode(text.encode()).decode().partition(" ")
        place = parse_timestamp(moment), int(number)
        if place[1] > LARGEST_NUMBER:
            raise ValueError("no database counts so far")
        return place
    except (ValueError, NotBase64, UnicodeError):
        raise ValueError("is not one that this service gave out") from None


def format_cursor(stored: datetime, number: int) -> str:
    """A place in the sequence of statements, as an opaque text that is safe in a URL."""
    return urlsafe_b64encode(f"{format_timestamp(stored)} {number}".encode()).decode()
