"""Which learning systems have gone quiet, and when each was last heard (R2.12)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from passport_service.domain.calendar import business_date
from passport_service.domain.silence import LEARNED_FROM_DAYS, Silence, silence
from passport_service.services import councils, keys
from passport_service.services.keys import Key
from passport_service.store import arrivals
from passport_service.store.database import Store

XAPI = "xapi"
LOOKED_BACK = timedelta(days=2 * LEARNED_FROM_DAYS)


@dataclass(frozen=True, slots=True)
class Hearing:
    """One key of a learning system: when it was last heard, and how that compares with its habit."""

    key: Key
    last_at: datetime | None
    silence: Silence | None

    @property
    def is_alarming(self) -> bool:
        return self.silence is not None and self.silence.is_alarming


def hearings(store: Store, now: datetime) -> list[Hearing]:
    """Every key of a learning system that has not ended, in order of its label; three queries."""
    with store.reading():
        live = [one for one in keys.every(store) if one.purpose == XAPI and one.revoked_at is None]
        last = arrivals.last(store)
        days = arrivals.days(store, since_on=business_date(now - LOOKED_BACK))
        calendar = councils.load(store).calendar
    today = business_date(now)
    return [
        Hearing(
            one,
            last.get(one.id),
            silence(days.get(one.id, ()), today, calendar) or _long_ago(last.get(one.id)),
        )
        for one in sorted(live, key=lambda key: key.label.casefold())
    ]


def alarms(store: Store, now: datetime) -> list[Hearing]:
    """The keys that usually send and have been quiet for longer than they ever usually are."""
    return [one for one in hearings(store, now) if one.is_alarming]


def _long_ago(last_at: datetime | None) -> Silence | None:
    """A key not heard for longer than is looked back: quiet, but with no habit any more."""
    return None if last_at is None else Silence(business_date(last_at), LEARNED_FROM_DAYS, None)
