"""The main use cases from end to end, with the same outcome on SQLite and PostgreSQL (D.2, D.4, D.11, D.16)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from passport_service.domain.errors import Refused
from passport_service.services import concerns, items, ledgers, passports, people, statements, training
from passport_service.services.keys import Key
from passport_service.store import ledger, projections, queries, recognitions
from passport_service.store.database import Store
from tests import builders
from tests.conftest import Clock
from tests.people import BY, Town
from tests.workforce import COURSES, MOODLE, UNMAPPED, completion, link, moodle_key, send, workforce_town

NUMBERS = range(7, 7 + len(COURSES))
ASHA = f"account|{MOODLE}|12"


@pytest.fixture
def made(store: Store, clock: Clock) -> Iterator[Town]:
    """A town whose ledger is sound, and gives what is stored, however the test leaves it."""
    yield workforce_town(store, clock)
    assert ledgers.verify(store) == []
    assert [str(one) for one in ledgers.rebuild(store).differences or []] == []


@pytest.fixture
def key(made: Town) -> Key:
    return moodle_key(made, may_void=True)


def learn_everything(made: Town, key: Key, who: str = "12", on: date = date(2026, 2, 2)) -> None:
    send(made, key, *(completion(number, who=who, on=on) for number in NUMBERS))


def state(made: Town, ref: str = "asha") -> str:
    return str(passports.standpoint(made.store, made.streams[ref], now=made.now).state)


def held(made: Town, ref: str) -> dict[str, list[str]]:
    """Which statements stand behind each requirement of a person."""
    found = projections.current(made.store, made.streams[ref])["holding"]
    return {str(one["requirement"]): str(one["evidence"]).split('"')[3::8] for one in found}


def rows(made: Town, ref: str) -> dict[str, Any]:
    """All that is stored of a person but what says how much is known and when to look again."""
    found = projections.current(made.store, made.streams[ref])
    for one in found["practitioner"]:
        del one["updated_seq"], one["review_at"]
    return dict(found)


def kinds(made: Town, ref: str) -> list[str]:
    return [one.kind for one in ledger.read(made.store, made.streams[ref])]


def told(made: Town, ref: str) -> list[str]:
    return [one.code for one in queries.notices_of(made.store, made.streams[ref])]


@pytest.fixture
def holder(made: Town, key: Key) -> Town:
    """Asha holds a passport: seven pushed completions and three approvals."""
    learn_everything(made, key)
    made.approve("asha", "A-1", "A-2", "A-3", by="rhys")
    assert state(made) == "active"
    return made


def test_pushed_completions_and_approvals_issue_one_passport(made: Town, key: Key) -> None:
    made.approve("asha", "A-1", "A-2", by="rhys")
    learn_everything(made, key)
    assert state(made) == "working_towards"
    made.approve("asha", "A-3", by="rhys")
    assert state(made) == "active"
    learn_everything(made, key)  # Moodle sends again, with new ids: the same facts
    assert kinds(made, "asha").count("passport_issued") == 1
    assert sorted(held(made, "asha")) == sorted(COURSES)


def test_the_last_condition_may_be_a_completion(made: Town, key: Key) -> None:
    made.approve("asha", "A-1", "A-2", "A-3", by="rhys")
    send(made, key, *(completion(number) for number in list(NUMBERS)[:-1]))
    assert state(made) == "working_towards"
    send(made, key, completion(NUMBERS[-1]))
    assert state(made) == "active"


def test_training_that_runs_out_pauses_renewal_lifts_and_waiting_too_long_lapses(
    holder: Town, key: Key
) -> None:
    expires_on = queries.find_person(holder.store, holder.streams["asha"]).next_expiry_on  # type: ignore[union-attr]
    assert expires_on
    holder.clock.now = datetime(expires_on.year, expires_on.month, expires_on.day, 12, tzinfo=UTC)
    passports.sweep(holder.store, now=holder.now)
    assert state(holder) == "active"
    holder.clock.move(days=1)
    assert passports.sweep(holder.store, now=holder.now) == 1
    assert state(holder) == "suspended"
    learn_everything(holder, key, on=holder.now.date())
    assert state(holder) == "active"
    holder.clock.move(days=366 * 5)
    passports.sweep(holder.store, now=holder.now)
    assert passports.sweep(holder.store, now=holder.now) == 0
    assert state(holder) == "lapsed"
    assert told(holder, "asha").count("LAPSED") == 1


def test_repeated_concerns_revoke_once_and_a_lead_gives_the_passport_back(holder: Town) -> None:
    for number in (1, 2, 3):
        holder.clock.move(days=1)
        holder.submit("asha", f"B-{number}")
        holder.clock.move(hours=1)
        holder.decide(f"B-{number}", "concern", by="rhys", reason="The views of the person are missing.")
        if state(holder) == "revoked":
            break
    assert state(holder) == "revoked"
    assert told(holder, "asha").count("REPEATED_CONCERNS") == 1
    answer = {
        "by": holder.streams["lena"],
        "reason": "Both were one and the same finding.",
        "now": holder.now,
    }
    for concern in queries.concerns_of(holder.store, holder.streams["asha"]):
        concerns.overturn(holder.store, concern.id, caused_by=BY, **answer)
    concerns.answer_notice(
        holder.store,
        holder.streams["asha"],
        "REPEATED_CONCERNS",
        outcome="overturned",
        caused_by=BY,
        **answer,
    )
    assert state(holder) == "active"


def test_a_serious_concern_pauses_and_a_persons_answer_ends_the_pause(holder: Town) -> None:
    rhys, lena = holder.streams["rhys"], holder.streams["lena"]
    concerns.record(
        holder.store, holder.streams["asha"], id="S-1", item="A-1", severity="serious", source="audit", reader=rhys,
        reason="A risk was not acted on.", now=holder.now, caused_by=BY,
    )  # fmt: skip
    assert state(holder) == "suspended"
    concerns.answer_concern(
        holder.store,
        "S-1",
        by=lena,
        outcome="varied",
        reason="It was acted on the next day.",
        now=holder.now,
        caused_by=BY,
    )
    assert state(holder) == "active"


def test_a_concern_upheld_costs_the_passport(holder: Town) -> None:
    rhys, lena = holder.streams["rhys"], holder.streams["lena"]
    concerns.record(
        holder.store, holder.streams["asha"], id="S-1", item="A-1", severity="serious", source="audit", reader=rhys,
        reason="A risk was not acted on.", now=holder.now, caused_by=BY,
    )  # fmt: skip
    concerns.answer_concern(
        holder.store,
        "S-1",
        by=lena,
        outcome="upheld",
        reason="Nothing was done for a week.",
        now=holder.now,
        caused_by=BY,
    )
    assert state(holder) == "revoked"
    with pytest.raises(Refused):
        items.confirm(holder.store, check="none", item="A-9", now=holder.now, caused_by=BY)


def test_a_holder_confirms_once_for_each_check(holder: Town) -> None:
    given = {"kind": "assessment", "type": "care_act_assessment", "now": holder.now, "caused_by": BY}
    check = items.check(holder.store, holder.streams["asha"], **given)
    first = items.confirm(holder.store, check=check.id, item="A-9", now=holder.now, caused_by=BY)
    assert items.confirm(holder.store, check=check.id, item="A-9", now=holder.now, caused_by=BY) == first
    with pytest.raises(Refused, match="was used"):
        items.confirm(holder.store, check=check.id, item="A-10", now=holder.now, caused_by=BY)
    assert kinds(holder, "asha").count("item_confirmed") == 1


def test_evidence_voided_and_sent_again_is_as_if_never_voided(holder: Town, key: Key) -> None:
    before = rows(holder, "asha")["practitioner"][0]["next_expiry_on"]
    number = NUMBERS[0]
    slug = next(iter(COURSES))
    known = held(holder, "asha")[slug]
    voids = [
        builders.statement("voided", {"objectType": "StatementRef", "id": one}, actor=builders.account())
        for one in known
    ]
    holder.clock.move(days=1)
    send(holder, key, *voids)
    assert state(holder) == "suspended"
    send(holder, key, completion(number))
    assert state(holder) == "active"
    assert rows(holder, "asha")["practitioner"][0]["next_expiry_on"] == before


def test_a_leaver_loses_the_passport_and_a_return_does_not_bring_it_back(holder: Town) -> None:
    people.leave(holder.store, holder.streams["asha"], on=holder.now.date(), now=holder.now, caused_by=BY)
    assert state(holder) == "ended"
    people.change(
        holder.store, holder.streams["asha"], {"left": False}, now=holder.clock.move(days=9), caused_by=BY
    )
    assert kinds(holder, "asha").count("passport_reinstated") == 0


# Quarantine: whatever comes last, the statement counts (R2.2, R2.7, R2.11)


def _push(made: Town, key: Key) -> None:
    send(made, key, completion(99, who="77"))


def _map(made: Town, _: Key) -> None:
    training.map_activity(made.store, activity=UNMAPPED, course="mca", now=made.now, caused_by=BY)


def _link(made: Town, _: Key) -> None:
    link(made, "ben", "77")


@pytest.mark.parametrize(
    "order", list(permutations([_push, _map, _link])), ids=lambda steps: "-".join(s.__name__ for s in steps)
)
def test_statement_mapping_and_person_may_come_in_any_order(made: Town, key: Key, order: Any) -> None:
    for step in order:
        made.clock.move(minutes=1)
        step(made, key)
    assert list(held(made, "ben")) == ["mca"]
    assert recognitions.waiting_reasons(made.store) == []


def test_a_mapping_taken_back_takes_its_evidence_back(made: Town, key: Key) -> None:
    for step in (_push, _map, _link):
        step(made, key)
    training.unmap_activity(
        made.store, activity=UNMAPPED, course="mca", cancel=True, now=made.now, caused_by=BY
    )
    assert held(made, "ben").get("mca", []) == []
    assert [one.activity_id for one in queries.waiting_activities(made.store)[0].lines] == [UNMAPPED]


# Identity (R2.11)


def test_an_identifier_used_again_splits_its_evidence_by_date(made: Town, key: Key) -> None:
    send(made, key, completion(7, on=date(2026, 1, 10)), completion(8, on=date(2026, 2, 10)))
    people.link(
        made.store,
        made.streams["ben"],
        ASHA,
        from_at=datetime(2026, 2, 1, tzinfo=UTC),
        now=made.now,
        caused_by=BY,
    )
    send(made, key, completion(9, on=date(2026, 1, 20)), completion(10, on=date(2026, 2, 20)))
    slugs = list(COURSES)
    assert sorted(slug for slug, found in held(made, "asha").items() if found) == sorted([slugs[0], slugs[2]])
    assert sorted(slug for slug, found in held(made, "ben").items() if found) == sorted([slugs[1], slugs[3]])


def test_a_changed_account_name_makes_no_second_person_and_loses_nothing(made: Town, key: Key) -> None:
    send(made, key, completion(7))
    link(made, "asha", "asha@council.example")
    send(made, key, completion(8, who="asha@council.example"))
    assert sorted(held(made, "asha")) == sorted(list(COURSES)[:2])


@pytest.fixture
def doubled(made: Town, key: Key) -> Town:
    """Asha is here twice: some training and an approval under each record."""
    made.person("asha-too", team="North A")
    link(made, "asha-too", "13")
    send(made, key, *(completion(number) for number in (7, 8, 9, 10)))
    send(made, key, *(completion(number, who="13") for number in (11, 12, 13)))
    made.approve("asha", "A-1", "A-2", by="rhys")
    made.approve("asha-too", "D-1", by="rhys")
    return made


def merge(made: Town) -> None:
    people.merge(
        made.store, duplicate=made.streams["asha-too"], into=made.streams["asha"], now=made.now, caused_by=BY
    )


def unmerge(made: Town) -> None:
    people.unmerge(
        made.store, duplicate=made.streams["asha-too"], from_=made.streams["asha"], now=made.now, caused_by=BY
    )


def test_two_records_of_one_person_unite_and_a_person_looks_before_a_passport_is_issued(
    doubled: Town,
) -> None:
    merge(doubled)
    assert state(doubled) == "working_towards"
    people.clear_merge(doubled.store, doubled.streams["asha"], now=doubled.now, caused_by=BY)
    assert state(doubled) == "active"
    assert sorted(held(doubled, "asha")) == sorted(COURSES)


def test_an_unmerge_restores_both_exactly(doubled: Town) -> None:
    before = rows(doubled, "asha"), rows(doubled, "asha-too")
    doubled.clock.move(days=1)
    merge(doubled)
    doubled.clock.move(days=1)
    unmerge(doubled)
    assert (rows(doubled, "asha"), rows(doubled, "asha-too")) == before


def test_records_that_part_after_somebody_looked_are_each_read_alone(doubled: Town) -> None:
    before = held(doubled, "asha"), held(doubled, "asha-too")
    merge(doubled)
    people.clear_merge(doubled.store, doubled.streams["asha"], now=doubled.now, caused_by=BY)
    assert state(doubled) == "active"
    doubled.clock.move(days=1)
    unmerge(doubled)
    assert (held(doubled, "asha"), held(doubled, "asha-too")) == before
    assert state(doubled) == "suspended"  # what it was issued on is gone: a person decides (L5)


def test_what_comes_while_two_records_are_one_goes_to_its_own_when_they_part(doubled: Town, key: Key) -> None:
    merge(doubled)
    doubled.clock.move(days=1)
    send(doubled, key, completion(7, who="13", on=date(2026, 2, 20)))
    unmerge(doubled)
    slug = next(iter(COURSES))
    assert len(held(doubled, "asha")[slug]) == 1
    assert len(held(doubled, "asha-too")[slug]) == 1


def test_work_of_a_merged_record_is_decided_and_counts_for_the_one_person(doubled: Town) -> None:
    doubled.submit("asha-too", "D-2")
    merge(doubled)
    doubled.clock.move(hours=1)
    doubled.decide("D-2", by="rhys")
    found = queries.find_person(doubled.store, doubled.streams["asha"])
    assert found
    assert found.run == 4
    unmerge(doubled)
    found = queries.find_person(doubled.store, doubled.streams["asha-too"])
    assert found
    assert found.run == 2


def test_a_refused_batch_of_which_one_is_wrong_leaves_nothing(made: Town, key: Key) -> None:
    before = rows(made, "asha")
    wrong = completion(8) | {"timestamp": "yesterday"}
    with pytest.raises(Exception, match="timestamp"):
        send(made, key, completion(7), wrong)
    assert rows(made, "asha") == before
    assert statements.accept_values(made.store, key=key, values=[], now=made.now + timedelta(1)).ids == []
