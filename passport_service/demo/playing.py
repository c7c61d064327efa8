"""The state of the playing: who is who, what is still to come, how often a service was called."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from passport_service.demo import county
from passport_service.demo.plan import DAYS, Life
from passport_service.domain.calendar import start_of_day
from passport_service.services.keys import Key
from passport_service.store.database import Store

BY = "demo"
SATURDAY = 5
Action = Callable[["Play", datetime], None]


@dataclass(slots=True)
class Play:
    """The state of the playing: who is who, what is still to come, how often a service was called."""

    store: Store
    key: Key
    draw_key: bytes
    start: date
    random: Random
    streams: dict[str, str] = field(default_factory=dict)
    diary: dict[int, list[tuple[int, int, Action]]] = field(default_factory=lambda: defaultdict(list))
    outgoing: list[dict[str, Any]] = field(default_factory=list)
    reviewers: list[str] = field(default_factory=list)
    leads: list[str] = field(default_factory=list)
    calls: int = 0
    order: int = 0
    items: int = 0
    everybody: list[county.Person] = field(default_factory=list)
    lives: list[Life] = field(default_factory=list)

    def on(self, day: int, hour: int, action: Action) -> None:
        """Write something into the diary, on the next weekday; what lies before the history happens on its first days."""
        day = max(day, 0)
        while self._is_weekend(day):
            day += 1
        if day < DAYS:
            self.order += 1
            self.diary[day].append((hour, self.order, action))

    def _is_weekend(self, day: int) -> bool:
        return (self.start + timedelta(days=day)).weekday() >= SATURDAY

    def call(self, use_case: Callable[..., Any], *args: Any, **given: Any) -> Any:
        """Call a service, counted."""
        self.calls += 1
        return use_case(self.store, *args, **given)

    def new_item(self) -> str:
        self.items += 1
        return f"HC-{200_000 + self.items}"


def hour_of(playing: Play, day: int, hour: int, minute: int = 0) -> datetime:
    """Local hour of a day of the history; a superset of the clock is enough for a demonstration."""
    return start_of_day(playing.start + timedelta(days=day)) + timedelta(hours=hour, minutes=minute)
