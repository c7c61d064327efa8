"""Moments as the standard writes them (Data 4.5): in as ISO 8601 or, from 2.0 on, as RFC 3339; out in UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache

# ISO 8601, date and time combined: in the extended form, or in the basic one without separators; by the day of the month,
# of the week or of the year. Minutes, seconds and the zone may be missing; a zone without its colon is often seen in both.
ISO_8601 = re.compile(
    r"(?:[0-9]{4}-(?:[0-9]{2}-[0-9]{2}|W[0-9]{2}-[0-9]|[0-9]{3})T[0-9]{2}(?::[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?)?"
    r"|[0-9]{4}(?:[0-9]{4}|W[0-9]{3}|[0-9]{3})T[0-9]{2}(?:[0-9]{2}(?:[0-9]{2}(?:[.,][0-9]+)?)?)?)"
    r"(?:Z|[+\-][0-9]{2}(?::?[0-5][0-9])?)?"
)
DAY_OF_YEAR = re.compile(r"([0-9]{4})-?([0-9]{3})(T.*)")
# RFC 3339 §5.6: nothing may be missing; small letters, and a space in the place of T, are allowed.
RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+\-][0-9]{2}:[0-5][0-9])"
)
LONGEST = 64
UNKNOWN_OFFSETS = ("-00", "-0000", "-00:00")


@dataclass(frozen=True, slots=True)
class Timestamp:
    """The moment that a text names, aware and in UTC, and by which of the two standards it is written."""

    at: datetime
    is_iso_8601: bool
    is_rfc_3339: bool


@lru_cache(maxsize=2_000)
def read_timestamp(text: str) -> Timestamp:
    """The moment a text names; without a zone it is read as UTC. The last few are remembered.

    Raises ValueError with a sentence: in neither form, no such day or time, outside the years 1 to 9999, or the offset
    ``-00:00``, with which a sender says that it does not know its own zone.
    """
    iso, rfc = ISO_8601.fullmatch(text) is not None, RFC_3339.fullmatch(text) is not None
    if len(text) > LONGEST or not (iso or rfc):
        raise ValueError("must be a timestamp such as 2026-03-02T09:00:00Z")
    if text.endswith(UNKNOWN_OFFSETS):
        raise ValueError("must not have the offset -00:00")
    try:
        moment = datetime.fromisoformat(by_month(text.upper()))
        at = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("names a day or a time that does not exist") from None
    return Timestamp(at, iso, rfc)


def by_month(text: str) -> str:
    """A timestamp that names the day of the year, by month and day instead; any other as it is. Raises ValueError."""
    found = DAY_OF_YEAR.fullmatch(text)
    if found is None:
        return text
    day = date(int(found[1]), 1, 1) + timedelta(days=int(found[2]) - 1)
    if day.year != int(found[1]):
        raise ValueError("no such day")
    return f"{day}{found[3]}"


def parse_timestamp(text: str) -> datetime:
    """The moment that a text names by either version of the standard, aware and in UTC. Raises as `read_timestamp`."""
    return read_timestamp(text).at


def parse_iso_8601(text: str) -> datetime:
    """The moment that a text names by xAPI 1.0.x (Data 4.5). Raises ValueError."""
    found = read_timestamp(text)
    if not found.is_iso_8601:
        raise ValueError("must be a timestamp of ISO 8601 such as 2026-03-02T09:00:00Z")
    return found.at


def parse_rfc_3339(text: str) -> datetime:
    """The moment that a text names by xAPI 2.0 (4.2.7): nothing may be missing from it. Raises ValueError."""
    found = read_timestamp(text)
    if not found.is_rfc_3339:
        raise ValueError(
            "must be a timestamp of RFC 3339, seconds and zone included, such as 2026-03-02T09:00:00Z"
        )
    return found.at


def format_timestamp(moment: datetime) -> str:
    """A moment as the service writes it: UTC, milliseconds or finer, ``Z``. Naive moments are refused."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    at = moment.astimezone(UTC).replace(tzinfo=None)
    return at.isoformat(timespec="microseconds" if at.microsecond % 1000 else "milliseconds") + "Z"


def format_assigned(moment: datetime) -> str:
    """A moment that the service assigned: always of the same length, so that its texts sort as the moments do."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def http_date(moment: datetime) -> str:
    """A moment as HTTP headers write it, to the second."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)
