"""What CCV is offered and what waits for a person, on both databases."""

import pytest

from passport_service.domain.errors import Refused
from passport_service.services import answers, ccv
from passport_service.services import concerns as services
from passport_service.store import ccv_queries
from tests.people import town


@pytest.fixture
def here(store, clock):
    made = town(store, clock)
    made.person("asha", team="North A", manager="mona")
    made.person("bea", team="CCV")
    made.submit("asha", "A-1")
    clock.move(days=3)
    made.submit("asha", "A-2", kind="review", type="review")
    made.submit("bea", "B-1")
    return made


def test_what_waits_is_counted_by_stream_with_what_is_late(here):
    loads = {one.stream: (one.waiting, one.overdue) for one in ccv.loads(here.store, here.now)}

    assert loads == {"approve": (3, 1), "authorise": (0, 0), "moderate": (0, 0)}


def test_the_queue_is_in_order_of_the_day_due_and_without_the_readers_own_team(here):
    found = ccv.queue(here.store, here.streams["rhys"], "approve", now=here.now)

    assert [one.ref for one in found] == ["A-1", "A-2"]
    assert not any(hasattr(one, "owner") or hasattr(one, "stream") for one in found)


def test_the_queue_of_somebodys_manager_leaves_their_work_out(here):
    mona = here.person("mona", "ccv_reviewer", "Elsewhere")

    assert [one.ref for one in ccv.queue(here.store, mona, "approve", now=here.now)] == ["B-1"]


def test_nobody_opens_their_own_work_to_decide_on_it(here):
    with pytest.raises(Refused) as refused:
        ccv.load_blind(here.store, here.streams["bea"], "B-1", now=here.now)
    assert refused.value.code == "REVIEWER_CONFLICT"


def test_concerns_are_found_by_item_by_status_and_by_name(here):
    services.record(
        here.store, here.streams["asha"], id="C-9", item="A-9", severity="serious", source="audit",
        reader=here.streams["rhys"], reason="Unclear.", now=here.now, caused_by="test",
    )  # fmt: skip

    assert ccv_queries.find_concern(here.store, "C-9").item == "A-9"
    assert [one.id for one in ccv_queries.concerns_about(here.store, "A-9")] == ["C-9"]
    assert ccv_queries.concerns(here.store, status="counted").total == 1
    assert ccv_queries.open_concerns(here.store) == []
    (waiting,) = answers.waiting(here.store, now=here.now)
    assert (waiting.question, waiting.of, str(waiting.decide_by)) == ("serious", "C-9", "2026-03-12")


def test_a_serious_concern_about_somebody_without_a_passport_waits_too(here):
    """T11.9: there is nothing to revoke, and still a person decides."""
    services.record(
        here.store, here.streams["asha"], id="C-9", item="A-9", severity="serious", source="audit",
        reader=here.streams["rhys"], reason="Unclear.", now=here.now, caused_by="test",
    )  # fmt: skip
    (waiting,) = answers.waiting(here.store, now=here.now)

    answers.answer(
        here.store,
        waiting,
        by=here.streams["lena"],
        outcome="varied",
        reason="A lesson.",
        now=here.now,
        caused_by="test",
    )

    assert answers.waiting(here.store, now=here.now) == []
