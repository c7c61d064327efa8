"""The schedule of what is kept, carried out in portions, each a transaction: a run may end at any moment (D.18.2)."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from passport_service.domain.calendar import business_date
from passport_service.domain.errors import Refused
from passport_service.domain.retention import Schedule, months_before
from passport_service.services import erasures, holds
from passport_service.services.erasures import Why
from passport_service.store import bookmarks, keys, ledger, retention, tombstones
from passport_service.store.database import Store
from passport_service.store.retention import Portion, Position

MARK = "retention of statements"
SYSTEM = "system"
# What stayed as evidence may be none any more: after so long everything is looked at again from the beginning.
AGAIN_AFTER = timedelta(days=30)
MOST_PORTIONS = 4_000
MOST_PEOPLE = 200
Counts = Counter[str]


def statements(store: Store, schedule: Schedule, *, now: datetime, portions: int = MOST_PORTIONS) -> Counts:
    """Delete statements that mean nothing here and were stored too long ago; how many, and how many were kept and why."""
    done: Counts = Counter()
    before = months_before(now, schedule.raw_months)
    for _ in range(portions if before else 0):
        assert before is not None
        one = portion(store, before, now)
        done.update(statements=one.deleted, kept_as_evidence=one.evidence, under_hold=one.held)
        if one.after is None:
            break
    return done


def portion(store: Store, before: datetime, now: datetime) -> Portion:
    """One portion, and how far it came, in one transaction."""
    with store.writing(now):
        tombstones.keep_senders_out(store)
        ledger.share(store)  # nobody changes meanwhile what statements mean, or is put under hold
        place = bookmarks.find(store, MARK) or {}
        begin, began = begin_at(place, now)
        held = retention.spared(store, holds.held_by_all(store), holds.keys_held(store))
        one = retention.delete_portion(store, before, begin, held)
        after = one.after or begin
        bookmarks.move(
            store,
            MARK,
            {"after": asdict(after), "began": began.isoformat(), "ended": one.after is None},
            now=now,
        )
    return one


def begin_at(place: Mapping[str, Any], now: datetime) -> tuple[Position, datetime]:
    """Where to go on, and when that round began; a round that is over and old is begun anew."""
    began = datetime.fromisoformat(place["began"]) if place else now
    if not place or (place["ended"] and now - began >= AGAIN_AFTER):
        return Position(), now
    return Position(**place["after"]), began


def documents(store: Store, schedule: Schedule, *, now: datetime) -> Counts:
    """Delete documents about people that nobody has written for too long."""

    def delete(before: datetime) -> int:
        ledger.share(store)  # nobody is put under hold meanwhile
        return retention.delete_documents(store, before, holds.held_by_all(store))

    return in_portions(store, "documents", months_before(now, schedule.documents_months), delete)


def security_log(store: Store, schedule: Schedule, *, now: datetime) -> Counts:
    """Delete what the security log says of too long ago, and where keys were used from then and not since."""
    before = months_before(now, schedule.security_log_months)
    if before is not None:
        with store.writing():
            keys.forget_addresses(store, before)
    return in_portions(store, "log_entries", before, lambda at: retention.delete_log(store, at))


def in_portions(
    store: Store, what: str, before: datetime | None, delete: Callable[[datetime], int]
) -> Counts:
    done: Counts = Counter()
    for _ in range(MOST_PORTIONS if before else 0):
        assert before is not None
        with store.writing():
            number = delete(before)
        done[what] += number
        if number < retention.PORTION:
            break
    return done


def leavers(store: Store, schedule: Schedule, *, now: datetime) -> Counts:
    """Erase people who left too long ago, one after the other; those under legal hold stay."""
    done: Counts = Counter()
    before = months_before(now, schedule.leavers_months)
    for stream in left_before(store, business_date(before)) if before else ():
        try:
            erasures.erase_person(store, stream, why=Why.PERIOD_OVER, now=now, by=SYSTEM)
        except Refused:
            done["people_under_hold"] += 1
        else:
            done["people"] += 1
            if done["people"] == MOST_PEOPLE:
                break
    return done


def left_before(store: Store, day: date) -> list[str]:
    return retention.left_before(store, day, limit=100_000)
