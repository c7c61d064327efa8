"""An item of statutory work: an assessment, a support plan or a review, known by an opaque reference only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

KINDS = ("assessment", "support_plan", "review")


@dataclass(slots=True)
class Item:
    """One item as it stands. ``stream`` is the CCV stream it waits or waited in: approve, authorise, moderate or none."""

    ref: str
    kind: str
    type: str
    stream: str
    status: str
    recorded_at: datetime
    submitted_at: datetime | None = None
    resubmitted_at: datetime | None = None
    confirmed_at: datetime | None = None
    withdrawn_at: datetime | None = None
    picked_at: datetime | None = None
    decided_at: datetime | None = None
    due_on: date | None = None
    basis: str | None = None
    check: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def work_at(self) -> datetime | None:
        """When the work was done, as far as this service knows: confirmed, or first submitted (R11.1)."""
        return self.confirmed_at or self.submitted_at
