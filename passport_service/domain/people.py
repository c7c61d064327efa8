"""What is known of a person over time: role, team, manager, registration, absences (D.16)."""

from bisect import insort
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

# What is kept about a person, besides whether they have left.
ATTRIBUTES = (
    "ref", "name", "email", "role", "team", "locality", "manager", "profession", "newly_qualified", "agency", "registration",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Absence:
    """Days away, both included, without a reason; used only to pause clocks in the person's favour (D.18.1)."""

    from_on: date
    until_on: date


@dataclass(slots=True)
class Attributes:
    """Each attribute's values with the moment from which each holds, in the order of R0.5."""

    values: dict[str, list[tuple[datetime, int, Any]]] = field(default_factory=dict)

    def put(self, name: str, at: datetime, seq: int, value: Any) -> None:
        insort(self.values.setdefault(name, []), (at, seq, value), key=lambda one: one[:2])

    def at(self, name: str, moment: datetime, default: Any = None) -> Any:
        """The value in force at a moment, or the default when none was known to hold by then."""
        for since, _, value in reversed(self.values.get(name, ())):
            if since <= moment:
                return value
        return default

    def latest(self, name: str, default: Any = None) -> Any:
        known = self.values.get(name)
        return known[-1][2] if known else default

    def since(self, name: str, moment: datetime) -> datetime | None:
        """From when the value in force at a moment has held."""
        found = [one for one in self.values.get(name, ()) if one[0] <= moment]
        while len(found) > 1 and found[-2][2] == found[-1][2]:
            found.pop()
        return found[-1][0] if found else None

    def held_between(self, name: str, first: datetime, last: datetime) -> set[Any]:
        """Every value that held at any moment between two moments."""
        known = self.values.get(name, [])
        held = {value for since, _, value in known if first < since <= last} | {self.at(name, first)}
        return held - {None}

    def changes_after(self, moment: datetime) -> list[datetime]:
        return [since for known in self.values.values() for since, _, _ in known if since > moment]


def absent_days(absences: list[Absence], first: date, last: date) -> int:
    """Days of absence from ``first`` to the day before ``last``; overlapping absences count once."""
    days: set[int] = set()
    for one in absences:
        start, end = max(one.from_on, first).toordinal(), min(one.until_on.toordinal() + 1, last.toordinal())
        days.update(range(start, end))
    return len(days)
