"""The one shape in which every fact is kept: an event in the ledger (R0.1).

A *stream* is one person's facts (``P000123``) or the council's own (``council``: catalogue, policy, calendar, draws).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

COUNCIL = "council"


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A fact about to be appended; the ledger adds who, when it was learned, and its place."""

    kind: str
    effective_at: datetime
    data: Mapping[str, Any]
    rests_on: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A fact as the ledger holds it.

    ``effective_at`` is when it happened, ``recorded_at`` when this service learned of it (both aware, UTC). ``seq`` rises
    by one within the stream; ``id`` is the place in the whole ledger. ``rests_on`` names the statement or decision behind it.
    """

    stream: str
    seq: int
    kind: str
    effective_at: datetime
    recorded_at: datetime
    caused_by: str
    policy_version: int
    rests_on: str | None
    data: Mapping[str, Any]
    id: int = 0
