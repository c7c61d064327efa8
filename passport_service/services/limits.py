"""How often somebody may ask: counted in this process alone, so that it costs a request next to nothing."""

from dataclasses import dataclass, field
from datetime import datetime

FAILURES_A_MINUTE = 30  # credentials that open nothing, from one address
MOST_COUNTED = 10_000


@dataclass(slots=True)
class Buckets:
    """A bucket for each name, which holds what may be asked in a minute and fills again all the time."""

    left: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, name: str, per_minute: int, now: datetime) -> float:
        """Takes one out. How many seconds to wait if there is none; 0: go on."""
        at = now.timestamp()
        held, since = self.left.get(name, (float(per_minute), at))
        held = min(per_minute, held + max(0.0, at - since) * per_minute / 60)
        if held < 1:
            self.left[name] = (held, at)
            return (1 - held) * 60 / per_minute
        if len(self.left) >= MOST_COUNTED:
            self.left.clear()
        self.left[name] = (held - 1, at)
        return 0


@dataclass(frozen=True, slots=True)
class Limits:
    """The buckets of one process: requests by key, and failed attempts by address."""

    requests: Buckets = field(default_factory=Buckets)
    failures: Buckets = field(default_factory=Buckets)
