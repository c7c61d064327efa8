"""The county's other learning systems: one busy, one silent, and something refused, for whoever looks after them."""

from datetime import UTC, datetime

from passport_service.demo import county
from passport_service.demo.systems import play_others
from passport_service.services import ledgers, silence
from passport_service.store import arrivals, queries, recognitions
from passport_service.store.database import Store
from tests.conftest import Clock
from tests.workforce import PEPPER, moodle_key, workforce_town

WEDNESDAY = datetime(2026, 3, 4, 15, tzinfo=UTC)
PEOPLE = [
    county.Person("PR1", "Amara", "social_worker", "North A", "amara@council.example", None, 1),
    county.Person("PR2", "Callum", "social_worker", "North A", "callum@council.example", None, 2),
]


def test_there_is_something_to_look_at_on_every_page_about_what_arrives(store: Store, clock: Clock) -> None:
    here = workforce_town(store, clock)
    moodle = moodle_key(here)
    play_others(store, moodle, PEOPLE, pepper=PEPPER, now=WEDNESDAY)

    assert [one.key.label for one in silence.alarms(store, WEDNESDAY)] == ["E-learning library"]
    assert len(arrivals.between(store, WEDNESDAY.replace(hour=0), WEDNESDAY)) > 5
    assert queries.refused_batches(store).total == 5
    assert "UNMAPPED_ACTIVITY" in recognitions.waiting_reasons(store)
    assert ledgers.verify(store) == []
