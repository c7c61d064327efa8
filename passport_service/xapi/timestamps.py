"""Moments as the standard writes them (Data 4.5): in as ISO 8601, out in UTC."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache

# The combined extended form. RFC 3339 is a profile of it; seconds and the zone may be missing.
FORM = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?:Z|[+\-][0-9]{2}(?::?[0-9]{2})?)?"
)
LONGEST = 64
UNKNOWN_OFFSETS = ("-00", "-0000", "-00:00")


@lru_cache(maxsize=2_000)
def parse_timestamp(text: str) -> datetime:
    """The moment a text names, aware and in UTC; without a zone it is read as UTC. The last few are remembered.

    Raises ValueError with a sentence: not ISO 8601, no such day or time, outside the years 1 to 9999, or the offset
    ``-00:00``, with which a sender says that it does not know its own zone.
    """
    if len(text) > LONGEST or FORM.fullmatch(text) is None:
        raise ValueError("must be a timestamp of ISO 8601 such as 2026-03-02T09:00:00Z")
    if text.endswith(UNKNOWN_OFFSETS):
        raise ValueError("must not have the offset -00:00")
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("names a day or a time that does not exist") from None


def format_timestamp(moment: datetime) -> str:
    """A moment as the service writes it: UTC, milliseconds or finer, ``Z``. Naive moments are refused."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    at = moment.astimezone(UTC).replace(tzinfo=None)
    return at.isoformat(timespec="microseconds" if at.microsecond % 1000 else "milliseconds") + "Z"


def http_date(moment: datetime) -> str:
    """A moment as HTTP headers write it, to the second."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)
