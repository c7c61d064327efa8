"""What came through each key in each hour: counted as it comes, so that no page counts statements (R2.12).

One row a key and hour, and one upsert a key and transaction. The silence alarm learns its days from the same rows.
"""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime

from passport_service.domain.calendar import business_date, start_of_day
from passport_service.store.database import Store
from passport_service.store.fields import moment_text, read_moment

NOTE = (
    "INSERT INTO arrival (key_id, hour_at, day_on, last_at, requests, statements, added, completions, refused)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key_id, hour_at) DO UPDATE SET"
    " last_at = coalesce(excluded.last_at, arrival.last_at), requests = arrival.requests + excluded.requests,"
    " statements = arrival.statements + excluded.statements, added = arrival.added + excluded.added,"
    " completions = arrival.completions + excluded.completions, refused = arrival.refused + excluded.refused"
)


@dataclass(frozen=True, slots=True)
class Came:
    """Counts of one key: requests taken in, their statements, those not known before, how many of these speak of
    completion, and requests refused."""

    requests: int = 0
    statements: int = 0
    added: int = 0
    completions: int = 0
    refused: int = 0

    @property
    def is_nothing(self) -> bool:
        return not self.requests and not self.refused

    def __add__(self, other: "Came") -> "Came":
        return Came(*(one + more for one, more in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True, slots=True)
class Hour:
    """What came through one key in the hour that begins ``at``."""

    key_id: str
    at: datetime
    came: Came


def note(store: Store, key_id: str, came: Came, *, at: datetime) -> None:
    """Adds to the counts of a key in an hour; inside ``writing()``, and after every lock of a person or a statement."""
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    last = moment_text(at) if came.requests else None
    store.execute(
        NOTE,
        (
            key_id,
            moment_text(hour),
            business_date(hour).isoformat(),
            last,
            came.requests,
            came.statements,
            came.added,
            came.completions,
            came.refused,
        ),
    )


def between(store: Store, since: datetime, until: datetime, *, key_id: str | None = None) -> list[Hour]:
    """The hours that began in [since, until), in order of time, of one key or of all; hours without a word are absent."""
    chosen, values = ("", []) if key_id is None else (" AND key_id = ?", [key_id])
    rows = store.execute(
        "SELECT key_id, hour_at, requests, statements, added, completions, refused FROM arrival"
        f" WHERE hour_at >= ? AND hour_at < ?{chosen} ORDER BY hour_at, key_id",
        [moment_text(since), moment_text(until), *values],
    )
    return [Hour(key, read_moment(hour), Came(*counts)) for key, hour, *counts in rows.fetchall()]


def days(store: Store, *, since_on: date) -> dict[str, list[date]]:
    """The days since then on which something was taken in through each key, in order (R2.12)."""
    rows = store.execute(
        "SELECT DISTINCT key_id, day_on FROM arrival WHERE hour_at >= ? AND requests > 0 ORDER BY key_id, day_on",
        (moment_text(start_of_day(since_on)),),
    )
    found: dict[str, list[date]] = {}
    for key, day in rows.fetchall():
        found.setdefault(key, []).append(day if isinstance(day, date) else date.fromisoformat(day))
    return found


def last(store: Store) -> Mapping[str, datetime]:
    """When something was last taken in through each key: the end of an index for each, however long it has sent."""
    rows = store.execute(
        "SELECT id, (SELECT last_at FROM arrival WHERE key_id = api_key.id AND requests > 0"
        " ORDER BY hour_at DESC LIMIT 1) FROM api_key"
    )
    return {key: read_moment(moment) for key, moment in rows.fetchall() if moment is not None}
