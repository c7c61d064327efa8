"""Where a pull stopped, so that the next one neither misses a statement nor takes one twice.

``since`` is a moment before which everything has been taken. It rests below what the other store says it is
consistent through, and below now: a store that dates statements in the future cannot make us skip. While a
chain of pages is being followed, ``more`` leads on; ``latest`` is the latest stored moment in it. Only if the
store really sends the oldest first does ``since`` move before the chain has ended. ``seen`` are the ids
around ``since``, which will be sent again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from passport_service.xapi.timestamps import format_timestamp, parse_timestamp

MOST_SEEN = 2000  # ids kept; past it a statement may be offered again, which changes nothing


@dataclass(frozen=True, slots=True)
class Cursor:
    """Immutable; ``after`` gives the next one."""

    since: datetime | None = None
    more: str | None = None
    latest: datetime | None = None
    through: datetime | None = None
    in_order: bool = True
    seen: Mapping[str, datetime] = field(default_factory=dict)

    def after(
        self,
        stored: Iterable[tuple[str, datetime]],
        more: str | None,
        *,
        through: datetime,
        overlap: timedelta,
    ) -> "Cursor":
        """The cursor once a page has been taken.

        ``stored`` are (id, stored moment) in the order of the page, ``more`` leads to the next page or is
        None, and ``through`` is until when the store was complete as it answered this page.
        """
        page = list(stored)
        moments = [moment for _, moment in page]
        start = [self.latest] if self.latest else []
        in_order = self.in_order and sorted(start + moments) == start + moments
        latest = max(start + moments, default=None)
        through = min(through, self.through) if self.through else through
        since = self.since
        if latest is not None and (in_order or more is None):
            reached = min(latest, through)
            since = max(self.since, reached) if self.since else reached
        seen = _recent({**self.seen, **dict(page)}, since, overlap)
        if more is None:
            return Cursor(since=since, seen=seen)
        return Cursor(since, more, latest, through, in_order, seen)

    def without_chain(self) -> "Cursor":
        """The same place, to be asked for afresh."""
        return replace(self, more=None, latest=None, through=None, in_order=True)

    def as_json(self) -> dict[str, Any]:
        """A JSON object that ``read_cursor`` reads."""
        moments = {"since": self.since, "latest": self.latest, "through": self.through}
        return {
            **{name: format_timestamp(moment) if moment else None for name, moment in moments.items()},
            "more": self.more,
            "in_order": self.in_order,
            "seen": {one: format_timestamp(moment) for one, moment in self.seen.items()},
        }


def read_cursor(given: Mapping[str, Any] | None) -> Cursor:
    """The cursor that was saved, or a new one. Raises ValueError when it cannot be read."""
    if given is None:
        return Cursor()
    moments = {
        name: parse_timestamp(given[name]) if given.get(name) else None
        for name in ("since", "latest", "through")
    }
    return Cursor(
        **moments,
        more=given.get("more"),
        in_order=bool(given.get("in_order", True)),
        seen={one: parse_timestamp(moment) for one, moment in (given.get("seen") or {}).items()},
    )


def _recent(
    seen: Mapping[str, datetime], since: datetime | None, overlap: timedelta
) -> Mapping[str, datetime]:
    begin = since - overlap if since else None
    kept = {one: moment for one, moment in seen.items() if begin is None or moment > begin}
    return dict(list(kept.items())[-MOST_SEEN:])
