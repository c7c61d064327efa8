"""What came through each key in each hour is counted as it comes, and the days heard are the same rows (R2.12)."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from playhouse.migrations import Runner

from passport_service.domain.errors import Refused
from passport_service.services import learning, refusals
from passport_service.services import statements as services
from passport_service.services.statements import Parcel, incoming
from passport_service.store import arrivals
from passport_service.store.arrivals import Came
from passport_service.store.database import MIGRATIONS, Store, migrate
from passport_service.xapi.batch import read_batch
from passport_service.xapi.versions import Version
from tests import builders
from tests.conftest import Clock
from tests.database.sending import START, Sender, statement
from tests.people import Town
from tests.workforce import completion, moodle_key, recognisers, refused_batch, send, workforce_town

DAY = timedelta(days=1)


@pytest.fixture
def sender(store: Store) -> Sender:
    return Sender(store)


@pytest.fixture
def here(store: Store, clock: Clock) -> Town:
    return workforce_town(store, clock)


def came(store: Store) -> list[tuple[datetime, Came]]:
    return [(one.at, one.came) for one in arrivals.between(store, START - DAY, START + DAY)]


def test_requests_statements_and_new_ones_are_counted_by_the_hour(sender: Sender) -> None:
    sender.send(statement(1), statement(2))
    sender.send(statement(1))
    sender.now = START + timedelta(hours=2, minutes=59)
    sender.send(statement(3))
    assert came(sender.store) == [(START, Came(2, 3, 2)), (START + timedelta(hours=2), Came(1, 1, 1))]


def test_what_speaks_of_completion_is_counted_whether_or_not_it_could_be_placed(here: Town) -> None:
    send(here, moodle_key(here), completion(8), completion(99, who="77"), builders.statement("answered"))
    assert came(here.store) == [(START, Came(1, 3, 3, 2))]


def test_a_refused_request_is_counted_and_is_no_sign_of_life(here: Town) -> None:
    key = moodle_key(here)
    refused_batch(here, key, b"[{}]")
    assert came(here.store) == [(START, Came(refused=1))]
    assert arrivals.last(here.store) == {}
    assert arrivals.days(here.store, since_on=START.date()) == {}


def test_a_refusal_is_counted_where_none_is_kept(here: Town) -> None:
    key, fault = moodle_key(here), Refused("NOT_ALLOWED", "No.")
    assert refusals.refuse(here.store, key=key, body=b"[]", fault=fault, now=here.now, quota=0) == 0
    assert came(here.store) == [(START, Came(refused=1))]


def test_what_is_refused_after_something_was_heard_leaves_when_it_was_heard(here: Town) -> None:
    key = moodle_key(here)
    send(here, key, completion(8))
    heard = here.now
    here.clock.move(minutes=1)
    refused_batch(here, key, b"[{}]")
    assert arrivals.last(here.store) == {key.id: heard}


def test_a_batch_that_is_undone_leaves_no_count(sender: Sender) -> None:
    with suppress(ZeroDivisionError), sender.store.writing():
        sender.send(statement(1))
        raise ZeroDivisionError
    assert came(sender.store) == []


def test_requests_that_share_a_transaction_take_one_row_a_key(store: Store, clock: Clock) -> None:
    here = workforce_town(store, clock)
    first, second = moodle_key(here), moodle_key(here)
    parcels = [
        Parcel([incoming(one, key) for one in read_batch(BODY, Version.V1)], key, here.now, None, ())
        for key in (first, second, first)
    ]
    seen: list[str] = []
    store.db.query_hooks.append(lambda event: seen.append(event.sql))
    services.write(store, parcels)
    assert sum("INTO arrival" in sql for sql in seen) == 2
    found = {one.key_id: one.came for one in arrivals.between(store, START, START + DAY)}
    assert found == {first.id: Came(2, 2, 2), second.id: Came(1, 1, 1)}


BODY = (
    b'{"actor":{"mbox":"mailto:a@council.example"},"verb":{"id":"https://v.example/x"},'
    b'"object":{"id":"https://a.example/1"}}'
)


def test_an_hour_after_midnight_in_summer_is_of_the_london_day(sender: Sender) -> None:
    sender.now = datetime(2026, 6, 1, 23, 10, tzinfo=UTC)
    sender.send(statement(1))
    assert arrivals.days(sender.store, since_on=date(2026, 6, 2)) == {sender.key.id: [date(2026, 6, 2)]}


def test_days_heard_before_the_hours_were_counted_are_kept(here: Town) -> None:
    learning.use(recognisers())
    key = moodle_key(here)
    Runner(here.store.db, str(MIGRATIONS)).down("0011_arrivals")
    with here.store.writing():
        for day in ("2026-02-27", "2026-02-28"):
            here.store.execute(
                "INSERT INTO last_heard (key_id, day_on, last_at, batches) VALUES (?, ?, ?, 3)",
                (key.id, day, f"{day}T21:30:00.000000+00:00"),
            )
    migrate(here.store)
    assert arrivals.days(here.store, since_on=date(2026, 2, 1)) == {
        key.id: [date(2026, 2, 27), date(2026, 2, 28)]
    }
    assert arrivals.last(here.store) == {key.id: datetime(2026, 2, 28, 21, 30, tzinfo=UTC)}
