"""What the log says while the database is in trouble: that it began and that it is over, and not each time it is met."""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from passport_service.store.failures import Trouble, trouble_of

SELDOM = timedelta(seconds=10)
# What is full, read-only or busy fails some and lets others through; each job that is due is tried once in this time.
QUIET = timedelta(seconds=60)

log = logging.getLogger(__name__)


def in_one_line(fault: BaseException) -> str:
    """What a fault says; PostgreSQL says it in several lines."""
    return " ".join(str(fault).split())


@dataclass(slots=True)
class Outage:
    """The troubles that the jobs meet, in whichever thread: told when they begin, and when they are over."""

    began_at: datetime | None = None
    met_at: datetime | None = None
    times: int = 0
    told: set[Trouble] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)

    def explains(self, fault: BaseException, what: str, now: datetime) -> bool:
        """Whether a trouble of the database is the reason; it is logged, unless it was since this outage began.

        ``what`` says what did not come off, and when it is tried again. Anything else is for the caller to log.
        """
        trouble = trouble_of(fault)
        if trouble is None:
            return False
        with self.lock:
            self.began_at = self.began_at or now
            self.met_at = now
            self.times += 1
            is_known = trouble in self.told
            self.told.add(trouble)
        if not is_known:
            log.error("the database is in trouble: %s (%s); %s", trouble.name, in_one_line(fault), what)
        return True

    def end(self, now: datetime) -> None:
        """To be called when something could be written, with when that began: an outage met before then is over.

        This is logged, if there was one.
        """
        with self.lock:
            if self.began_at is None or self.met_at is None or self.met_at > now:
                return
            if self.told != {Trouble.GONE} and now - self.met_at < QUIET:
                return
            lasted, times = now - self.began_at, self.times
            self.began_at = self.met_at = None
            self.times = 0
            self.told.clear()
        log.info("the database works again after %d s; %d attempts had failed", lasted.total_seconds(), times)


@dataclass(slots=True)
class Seldom:
    """The refusals of the web for a trouble: the first is logged, then one in ten seconds, with how many were left out."""

    last: dict[Trouble, tuple[datetime, int]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def tell(self, trouble: Trouble, fault: BaseException, path: str, now: datetime) -> None:
        """Logs that what was asked at this address could not be done, or counts it for the next line."""
        with self.lock:
            at, left_out = self.last.get(trouble, (None, 0))
            if at is not None and timedelta(0) <= now - at < SELDOM:
                self.last[trouble] = (at, left_out + 1)
                return
            self.last[trouble] = (now, 0)
        more = f"; {left_out} more since the last such line" if left_out else ""
        log.error("unavailable at %s: %s (%s)%s", path, trouble.name, in_one_line(fault), more)
