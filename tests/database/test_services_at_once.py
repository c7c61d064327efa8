"""Many writers at once: nobody's facts are lost, nothing happens twice, nobody waits for ever; on both databases."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from passport_service.domain.errors import Refused
from passport_service.services import (
    concerns,
    councils,
    decisions,
    dossiers,
    draws,
    items,
    ledgers,
    passports,
    people,
    policies,
    priors,
    setup,
    statements,
    training,
)
from passport_service.services.keys import Key
from passport_service.store import ledger, queries, retries
from passport_service.store.database import Store
from passport_service.store.tables.work import Outbox
from tests.conftest import Clock
from tests.database.together import all_well, meanwhile, together
from tests.people import BY, Town, town
from tests.waiting import PATIENCE
from tests.workforce import COURSES, MOODLE, UNMAPPED, completion, link, send, workforce_town

NUMBERS = range(7, 7 + len(COURSES))
DRAW_KEY = b"k" * 32
WORK = {"kind": "assessment", "type": "care_act_assessment"}


@pytest.fixture
def made(store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """A town whose ledger is sound afterwards; a deadlock is not tried again but fails the test."""
    monkeypatch.setattr(retries, "TRIES", 1)
    yield workforce_town(store, clock)
    assert_sound(store)


def assert_sound(store: Store) -> None:
    assert ledgers.verify(store) == []
    assert [str(one) for one in ledgers.rebuild(store).differences or []] == []
    assert ledgers.unpooled(store) == []


def kinds(made: Town, ref: str) -> list[str]:
    return [one.kind for one in ledger.read(made.store, made.streams[ref])]


def courses_of(made: Town, ref: str) -> list[str]:
    return [one.requirement for one in queries.holdings_of(made.store, made.streams[ref])]


def submit(made: Town, ref: str, *names: str) -> None:
    for item in names:
        made.submit(ref, item)
    made.clock.move(hours=1)


def decide(made: Town, item: str, outcome: str = "approved", reason: str = "") -> Any:
    return decisions.record(
        made.store,
        item=item,
        outcome=outcome,
        reviewer=made.streams["rhys"],
        reason=reason,
        now=made.now,
        caused_by=BY,
    )


# Many writers on one practitioner


def test_decisions_statements_and_sweeps_at_once_issue_one_passport_and_tell_of_it_once(
    made: Town, key: Key
) -> None:
    submit(made, "asha", "A-1", "A-2", "A-3", "A-4")
    works = [partial(decide, made, f"A-{number}") for number in (1, 2, 3, 4)]
    works += [partial(send, made, key, completion(number)) for number in NUMBERS]
    works += [partial(passports.sweep, made.store, now=made.now)] * 2
    all_well(made.store, works)
    assert passports.standpoint(made.store, made.streams["asha"], now=made.now).state == "active"
    assert kinds(made, "asha").count("passport_issued") == 1
    assert kinds(made, "asha").count("item_decided") == 4
    assert kinds(made, "asha").count("completion_recorded") == len(NUMBERS)
    assert Outbox.select().count() == 1


def test_concerns_recorded_at_once_revoke_once_with_one_notice(made: Town) -> None:
    made.holder("asha", by="rhys")
    made.clock.move(days=1)
    submit(made, "asha", "B-1", "B-2", "B-3")
    reason = "The views of the person are missing."
    all_well(made.store, [partial(decide, made, f"B-{number}", "concern", reason) for number in (1, 2, 3)])
    found = kinds(made, "asha")
    assert (found.count("concern_recorded"), found.count("passport_revoked")) == (3, 1)
    codes = [one.code for one in queries.notices_of(made.store, made.streams["asha"])]
    assert codes.count("REPEATED_CONCERNS") == 1


def test_a_dossier_is_read_only_when_nobody_else_can_change_it(made: Town, key: Key) -> None:
    send(made, key, *(completion(number) for number in NUMBERS))
    submit(made, "asha", "A-1", "A-2", "A-3")
    decide(made, "A-1")
    with meanwhile(made.store, partial(decide, made, "A-3")):
        decide(made, "A-2")
    assert kinds(made, "asha").count("passport_issued") == 1


def test_a_dossier_is_never_open_twice_in_one_transaction(made: Town) -> None:
    asha = made.streams["asha"]
    with (
        pytest.raises(RuntimeError, match="already open"),
        dossiers.changing(made.store, asha, now=made.now),
        dossiers.changing(made.store, asha, now=made.now),
    ):
        pass
    with made.store.writing():  # one after the other is well
        for team in ("X", "Y"):
            people.change(made.store, asha, {"team": team}, now=made.now, caused_by=BY)


def test_one_decision_typed_by_two_at_once_is_never_half_there(made: Town) -> None:
    submit(made, "asha", "A-1")
    together(
        made.store, [partial(decide, made, "A-1"), partial(decide, made, "A-1", "returned", "Not finished.")]
    )
    found = [one.data for one in ledger.read(made.store, made.streams["asha"]) if one.kind == "item_decided"]
    assert len({one["decision"] for one in found}) == len(found)


def test_one_check_confirms_one_item_however_many_ask(made: Town) -> None:
    made.holder("asha", by="rhys")
    check = items.check(made.store, made.streams["asha"], **WORK, now=made.now, caused_by=BY).id
    asked = ["W-1", "W-1", "W-2", "W-2"]
    found = together(
        made.store,
        [
            partial(items.confirm, made.store, check=check, item=one, now=made.now, caused_by=BY)
            for one in asked
        ],
    )
    done = [one for one in found if not isinstance(one, Exception)]
    assert len(done) == 2
    assert len({one.item for one in done}) == 1
    assert {one.code for one in found if isinstance(one, Refused)} == {"ID_CONFLICT"}
    assert kinds(made, "asha").count("item_confirmed") == 1


def test_a_passport_revoked_while_its_holder_confirms_is_not_used_again(made: Town) -> None:
    made.holder("asha", by="rhys")
    given = {
        "by": made.streams["lena"],
        "reason": "Something has to be looked at.",
        "now": made.now,
        "caused_by": BY,
    }
    check = items.check(made.store, made.streams["asha"], **WORK, now=made.now, caused_by=BY).id
    refused: list[Refused] = []

    def confirm() -> None:
        try:
            items.confirm(made.store, check=check, item="W-1", now=made.now, caused_by=BY)
        except Refused as fault:
            refused.append(fault)

    with meanwhile(made.store, confirm):
        passports.take_precaution(made.store, made.streams["asha"], **given)
    assert len(refused) == 1
    assert kinds(made, "asha").count("item_confirmed") == 0


# One name, two at once


def test_a_reference_taken_by_two_at_once_goes_to_one(made: Town) -> None:
    given = {"attributes": {"role": "social_worker"}, "now": made.now, "caused_by": BY}
    found = together(
        made.store, [partial(people.register, made.store, ref="cara", **given) for _ in range(3)]
    )
    assert sum(isinstance(one, str) for one in found) == 1
    assert all(isinstance(one, str | Refused) for one in found)
    works = [
        partial(items.submit, made.store, made.streams[who], item="A-1", **WORK, now=made.now, caused_by=BY)
        for who in ("asha", "ben")
    ]
    found = together(made.store, works)
    assert sorted(isinstance(one, Refused) for one in found) == [False, True]


def test_an_import_and_a_registration_do_not_wait_for_each_other(made: Town) -> None:
    with meanwhile(made.store, partial(made.person, "cara"), then=lambda: made.person("dora")):
        ledger.alone(made.store)
    assert made.streams["dora"] < made.streams["cara"]


def test_what_changes_how_everybody_is_read_is_begun_before_anybody_is_opened(made: Town) -> None:
    with (
        pytest.raises(RuntimeError, match="before anybody"),
        dossiers.changing(made.store, made.streams["asha"], now=made.now),
    ):
        training.map_activity(made.store, activity=UNMAPPED, course="mca", now=made.now, caused_by=BY)


def test_a_council_set_up_by_two_at_once_is_set_up_once(store: Store, clock: Clock) -> None:
    all_well(store, [partial(setup.set_up, store, now=clock.now)] * 3)
    assert [one.kind for one in ledger.read(store, "council")].count("policy_published") == 1


def test_policies_published_at_once_are_numbered_one_after_the_other(made: Town) -> None:
    given = {
        "effective_from": made.now + timedelta(days=1),
        "author": "one",
        "approver": "two",
        "now": made.now,
    }
    works = [
        partial(policies.publish, made.store, {"streak.length": length}, **given) for length in (4, 5, 6)
    ]
    numbers = [one for one in together(made.store, works) if isinstance(one, int)]
    assert sorted(numbers) == list(range(2, 2 + len(numbers)))
    versions = [one.version for one in councils.load(made.store).versions]
    assert versions == list(range(1, 2 + len(numbers)))


# What everybody is read by


def test_a_council_that_was_rolled_back_is_not_remembered(made: Town, key: Key) -> None:
    def given_up() -> None:
        with made.store.writing():
            training.map_activity(made.store, activity=UNMAPPED, course="mca", now=made.now, caused_by=BY)
            councils.load(made.store)
            raise Refused("MALFORMED", "it is given up")

    with pytest.raises(Refused, match="given up"):
        given_up()
    training.map_activity(made.store, activity=f"{UNMAPPED}0", course="mca", now=made.now, caused_by=BY)
    send(made, key, completion(99))
    assert courses_of(made, "asha") == []
    assert [one.activity_id for one in queries.waiting_activities(made.store)[0].lines] == [UNMAPPED]


def test_a_statement_and_its_mapping_never_miss_each_other(made: Town, key: Key) -> None:
    mapping = {"course": "mca", "now": made.now, "caused_by": BY}
    with meanwhile(made.store, partial(training.map_activity, made.store, activity=UNMAPPED, **mapping)):
        send(made, key, completion(99))
    assert courses_of(made, "asha") == ["mca"]
    with meanwhile(made.store, partial(send, made, key, completion(990))):
        training.map_activity(made.store, activity=f"{UNMAPPED}0", **mapping)
    assert queries.waiting_activities(made.store)[0].lines == []


def test_a_statement_and_its_person_never_miss_each_other(made: Town, key: Key) -> None:
    with meanwhile(made.store, partial(link, made, "ben", "13")):
        send(made, key, completion(7, who="13"))
    with meanwhile(made.store, partial(send, made, key, completion(8, who="14"))):
        link(made, "ben", "14")
    assert len(courses_of(made, "ben")) == 2
    assert queries.waiting_actors(made.store).lines == []


def test_somebody_who_joins_while_requirements_change_is_worked_out_by_the_new_ones(made: Town) -> None:
    wanted = {"slug": "fire", "title": "Fire safety", "sets": ["core"]}
    with meanwhile(
        made.store, partial(training.set_requirement, made.store, wanted, now=made.now, caused_by=BY)
    ):
        made.person("cara")
    assert_sound(made.store)
    with meanwhile(made.store, partial(made.person, "dora")):
        training.set_requirement(made.store, wanted | {"slug": "ice"}, now=made.now, caused_by=BY)


def test_mappings_policies_links_and_draws_among_statements_and_decisions_do_not_wait_for_each_other(
    made: Town, key: Key
) -> None:
    for number in range(6):
        made.person(f"p{number}")
        link(made, f"p{number}", f"10{number}")
        made.submit(f"p{number}", f"I-{number}")
    made.clock.move(hours=1)

    def push(backwards: bool) -> None:
        who = [f"10{number}" for number in range(6)][:: -1 if backwards else 1]
        for number in (7, 99):
            statements.accept_values(
                made.store, key=key, values=[completion(number, who=one) for one in who], now=made.now
            )

    def change_council() -> None:
        training.map_activity(made.store, activity=UNMAPPED, course="mca", now=made.now, caused_by=BY)
        wanted = {"slug": "fire", "title": "Fire safety", "sets": ["core"]}
        training.set_requirement(made.store, wanted, now=made.now, caused_by=BY)
        policies.publish(
            made.store, {"streak.length": 4}, effective_from=made.now + timedelta(days=1), author="a", approver="b",
            now=made.now,
        )  # fmt: skip

    def change_people() -> None:
        for number in (5, 4, 0):
            people.link(
                made.store, made.streams["ben"], f"account|{MOODLE}|10{number}", from_at=datetime(2026, 2, 20, tzinfo=UTC),
                now=made.now, caused_by=BY,
            )  # fmt: skip
        people.merge(
            made.store, duplicate=made.streams["p1"], into=made.streams["p2"], now=made.now, caused_by=BY
        )

    works = [partial(push, True), partial(push, False), change_council, change_people]
    works += [partial(decide, made, f"I-{number}") for number in range(6)]
    works += [
        partial(passports.sweep, made.store, now=made.now),
        partial(draws.run_due, made.store, now=made.now, key=DRAW_KEY),
        partial(ledgers.seal, made.store, now=made.now),
    ]
    all_well(made.store, works)
    assert queries.waiting_activities(made.store)[0].lines == []


LISTENER = """
import sys
from passport_service.services import councils
from passport_service.store.database import open_store

store = open_store(sys.argv[1])
for line in sys.stdin:
    print(len(councils.load(store).catalogue.activities), flush=True)
"""


def test_another_process_knows_of_a_change_at_once(made: Town) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", LISTENER, made.store.url],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert other.stdin
    assert other.stdout
    known = []
    for number in range(3):
        other.stdin.write("?\n")
        other.stdin.flush()
        known.append(int(other.stdout.readline()))
        training.map_activity(
            made.store, activity=f"{UNMAPPED}{number}", course="mca", now=made.now, caused_by=BY
        )
    other.stdin.close()
    assert other.wait(PATIENCE) == 0
    assert known == [known[0], known[0] + 1, known[0] + 2]


# Batches


def test_batches_that_share_agents_activities_and_people_in_any_order_do_not_deadlock(
    made: Town, key: Key
) -> None:
    for number in range(8):
        made.person(f"p{number}")
        link(made, f"p{number}", f"10{number}")

    def push(place: int) -> None:
        sent = [completion(7 + n % 7, who=f"10{(n * (place + 1)) % 8}") for n in range(24)]
        for batch in (sent, sent[::-1]):
            statements.accept_values(made.store, key=key, values=batch, now=made.now)

    all_well(made.store, [partial(push, place) for place in range(6)])
    assert made.store.execute("SELECT count(*) FROM statement").fetchone()[0] == 6 * 2 * 24


# The clock's work


def test_two_sweeps_at_once_do_each_thing_once(store: Store, clock: Clock) -> None:
    made = town(store, clock)
    for ref in ("asha", "ben", "cara"):
        made.holder(ref, by="rhys")
    clock.move(days=365 * 2)
    found = all_well(store, [partial(passports.sweep, store, now=clock.now)] * 3)
    assert sum(found) == 3
    for ref in ("asha", "ben", "cara"):
        codes = [one.code for one in queries.notices_of(store, made.streams[ref])]
        assert len(codes) == len(set(codes)) > 0
    assert passports.sweep(store, now=clock.now) == 0
    assert_sound(store)


def test_two_draws_at_once_draw_each_cutoff_once(store: Store, clock: Clock) -> None:
    made = town(store, clock, **{"moderation.rate_bp": 5000})
    made.holder("asha", by="rhys")
    for number in range(6):
        made.confirm("asha", f"W-{number}")
    clock.move(days=15)
    found = all_well(store, [partial(draws.run_due, store, now=clock.now, key=DRAW_KEY)] * 3)
    council = councils.load(store)
    assert sum(map(len, found)) == len(council.draws)
    assert len({one.effective_at for one in council.draws}) == len(council.draws)
    picked = [
        one.data["item"] for one in ledger.read(store, made.streams["asha"]) if one.kind == "item_picked"
    ]
    assert len(picked) == len(set(picked)) == 3
    assert_sound(store)


@pytest.fixture
def cutoff(store: Store, clock: Clock) -> tuple[Town, datetime]:
    """A holder with one confirmed item and a check, and the coming cut-off."""
    made = town(store, clock, **{"moderation.rate_bp": 10000})
    made.holder("asha", by="rhys")
    made.confirm("asha", "W-1")
    draws.run_due(store, now=clock.now, key=DRAW_KEY)
    due = draws.next_due_at(councils.load(store), clock.now)
    clock.now = due - timedelta(seconds=1)
    return made, due


def pools(store: Store) -> list[list[str]]:
    return [list(one["pool"]) for one in draws.receipts_of(store)]


def test_a_confirmation_under_way_at_the_cutoff_enters_exactly_one_pool(
    cutoff: tuple[Town, datetime],
) -> None:
    made, due = cutoff
    run = partial(draws.run_due, made.store, now=due + timedelta(seconds=1), key=DRAW_KEY)
    with meanwhile(made.store, run):
        made.confirm("asha", "W-2")
    assert sum(pool.count("W-2") for pool in pools(made.store)) == 1
    assert_sound(made.store)


def test_a_confirmation_stamped_before_a_draw_that_came_first_enters_the_next_pool(
    cutoff: tuple[Town, datetime],
) -> None:
    made, due = cutoff
    draws.run_due(made.store, now=due + timedelta(seconds=1), key=DRAW_KEY)
    made.confirm("asha", "W-2")
    draws.run_due(made.store, now=due + timedelta(days=8), key=DRAW_KEY)
    assert [pool.count("W-2") for pool in pools(made.store)].count(1) == 1
    assert_sound(made.store)


def test_a_concern_is_answered_once_by_two_who_answer_at_once(made: Town) -> None:
    made.holder("asha", by="rhys")
    made.person("luke", "ccv_lead", "CCV lead")
    concerns.record(
        made.store, made.streams["asha"], id="S-1", item="ASHA-1", severity="serious", source="audit",
        reader=made.streams["rhys"], reason="A risk was not acted on.", now=made.now, caused_by=BY,
    )  # fmt: skip
    answers = [("lena", "upheld"), ("luke", "varied")]
    works = [
        partial(
            concerns.answer_concern, made.store, "S-1", by=made.streams[by], outcome=outcome,
            reason="It was looked at with the manager.", now=made.now, caused_by=BY,
        )
        for by, outcome in answers
    ]  # fmt: skip
    found = together(made.store, works)
    assert sorted(isinstance(one, Refused) for one in found) == [False, True]
    assert kinds(made, "asha").count("concern_answered") == 1


def test_a_proposal_answered_by_two_at_once_is_answered_once(made: Town) -> None:
    proposal = priors.propose(
        made.store, made.streams["asha"], requirement="mca", completed_on=date(2026, 1, 5), issuer="A college",
        course="Capacity", document="D-17", authenticity="original_seen", by="P-one", now=made.now, caused_by="account:1",
    )  # fmt: skip
    by = {"now": made.now, "caused_by": "account:2"}
    works = [
        partial(priors.approve, made.store, proposal, approver="P-two", **by),
        partial(priors.decline, made.store, proposal, by="P-three", reason="It is another course.", **by),
    ]
    found = together(made.store, works)
    assert sorted(isinstance(one, Refused) for one in found) == [False, True]
    assert kinds(made, "asha").count("prior_answered") == 1
