"""How many queries the main use cases take: a query for each person or statement too many shows here as a difference.

The numbers are not a goal in themselves. Whoever changes them says why.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from passport_service.services import items, passports
from passport_service.services.keys import Key
from passport_service.store.database import Store
from tests.people import BY, Town
from tests.workforce import completion, link, send

FRAME = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
WORK = {"kind": "assessment", "type": "care_act_assessment"}
PEOPLE = 50
DESCRIBED = 2  # course 8 is named for the first time: is its description known? It is kept
PORTIONS = 4  # fifty rows are written in portions of 32, 16 and 2, into two tables
# Of each batch one asks whether an agent was forgotten since: what is remembered of agents would name nobody (D.18.2).
EACH = 4  # queries for one person whose state changes: read, append; the stored copies are of all of them together


@contextmanager
def counting(store: Store) -> Iterator[Callable[[], int]]:
    """Counts queries; what begins and ends a transaction is left out."""
    seen: list[str] = []

    def note(event: object) -> None:
        seen.append(str(event.sql))  # type: ignore[attr-defined]

    store.db.query_hooks.append(note)
    try:
        yield lambda: sum(not sql.startswith(FRAME) for sql in seen)
    finally:
        store.db.query_hooks.remove(note)


def on(store: Store, *, sqlite: int, postgres: int) -> int:
    return sqlite if store.is_sqlite else postgres


def known_people(made: Town, number: int) -> list[str]:
    """That many people who are known to the learning system; their accounts there."""
    accounts = [f"1{place:03d}" for place in range(number)]
    for one in accounts:
        made.person(f"p{one}")
        link(made, f"p{one}", one)
    return accounts


def test_recording_a_decision(made: Town) -> None:
    made.approve("asha", "A-1", by="rhys")
    made.submit("asha", "A-2")
    with counting(made.store) as count:
        made.decide("A-2", by="rhys")
    assert count() == on(made.store, sqlite=19, postgres=21)


def test_checking_and_confirming(made: Town) -> None:
    made.holder("ben", by="rhys")
    made.confirm("ben", "W-1")
    with counting(made.store) as count:
        check = items.check(made.store, made.streams["ben"], **WORK, now=made.now, caused_by=BY)
        checked = count()
        items.confirm(made.store, check=check.id, item="W-2", now=made.now, caused_by=BY)
    assert checked == on(made.store, sqlite=6, postgres=8)
    assert count() - checked == on(made.store, sqlite=21, postgres=23)


@pytest.mark.parametrize("number", [1, PEOPLE])
def test_a_batch_of_completions_of_as_many_people(made: Town, key: Key, number: int) -> None:
    accounts = known_people(made, number)
    send(made, key, completion(7))
    with counting(made.store) as count:
        send(made, key, *(completion(8, who=one) for one in accounts))
    each = on(made.store, sqlite=EACH, postgres=EACH + 1)  # the numbers of new events are asked for
    portions = PORTIONS if number > 1 else 0
    assert count() == on(made.store, sqlite=26, postgres=27) + DESCRIBED + portions + number * each


def test_a_batch_of_completions_of_one_person(made: Town, key: Key) -> None:
    send(made, key, completion(7))
    with counting(made.store) as count:
        send(made, key, *(completion(8, on=date(2026, 1, 1 + day % 28)) for day in range(PEOPLE)))
    assert count() == on(made.store, sqlite=27, postgres=29) + DESCRIBED + PORTIONS


@pytest.mark.parametrize("number", [1, 4])
def test_a_sweep(made: Town, number: int) -> None:
    for place in range(number):
        made.holder(f"p{place}", by="rhys")
    made.clock.move(days=365 * 2)
    with counting(made.store) as count:
        assert passports.sweep(made.store, now=made.now) == number
    # A transaction for each: the locks, and the four parts of what is written and told.
    assert count() == 2 + number * on(made.store, sqlite=23, postgres=25)


def test_a_sweep_with_nothing_due(made: Town) -> None:
    made.holder("ben", by="rhys")
    with counting(made.store) as count:
        assert passports.sweep(made.store, now=made.now) == 0
    assert count() == 1
