"""Statements in: idempotent by id, all or nothing, kept exactly, voided in either order of arrival."""

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import orjson
import pytest

from passport_service.domain.errors import Refused
from passport_service.services import learning, statements
from passport_service.store import arrivals, interned
from passport_service.store.database import Store
from passport_service.store.statements import StoredStatement, load
from passport_service.xapi.errors import Invalid
from tests import builders
from tests.database.sending import START, Sender, count, reference, statement, uid, voiding


@pytest.fixture
def sender(store: Store) -> Sender:
    return Sender(store, may_void=True)


def test_a_batch_is_stored_and_answered_with_its_ids_in_order(sender: Sender) -> None:
    accepted = sender.send(statement(2), statement(), statement(1))
    assert accepted.ids[0] == uid(2)
    assert accepted.ids[2] == uid(1)
    assert len(set(accepted.ids)) == accepted.new == count(sender.store) == 3


def test_a_batch_of_none_stores_nothing(sender: Sender) -> None:
    assert sender.send().ids == []
    assert count(sender.store, "arrival") == 0


def test_a_payload_is_kept_byte_for_byte(sender: Sender) -> None:
    body = orjson.dumps(statement(1)).replace(
        b'"timestamp"', b' "result":{"score":{"raw":1.50E0}},\n"timestamp"'
    )
    sender.send_body(b"[" + body + b"]")
    assert sender.find(1) == body


def test_a_stored_statement_is_read_back_as_a_value(sender: Sender) -> None:
    sender.send(statement(1, timestamp="2026-03-01T10:00:00+01:00"), statement(2))
    one = load(sender.store, [uid(1), uid(7)])[0]
    assert (one.id, one.actor_key) == (uid(1), "account|https://moodle.example|12")
    assert (one.verb, one.activity) == (statement()["verb"]["id"], statement()["object"]["id"])
    assert one.timestamp == START - timedelta(days=1)
    assert (one.stored, one.key_id) == (sender.now, sender.key.id)
    assert (one.voided, one.timestamp_missing) == (False, False)
    assert one.statement == statement(1, timestamp="2026-03-01T10:00:00+01:00")


def test_a_statement_without_a_moment_happened_when_it_was_stored(sender: Sender) -> None:
    untimed = statement(1)
    del untimed["timestamp"]
    sender.send(untimed)
    one = load(sender.store, [uid(1)])[0]
    assert one.timestamp == one.stored == sender.now
    assert one.timestamp_missing


def test_the_same_statement_again_is_quiet(sender: Sender) -> None:
    sender.send(statement(1))
    again = sender.send(statement(1), statement(2))
    assert (again.ids, again.new) == ([uid(1), uid(2)], 1)
    assert sender.send(statement(1, stored="2026-01-01T00:00:00Z", version="1.0.0")).new == 0


def test_the_same_statement_comes_back_with_the_moment_it_was_given(sender: Sender) -> None:
    untimed = statement(1)
    del untimed["timestamp"]
    sender.send(untimed)
    given = load(sender.store, [uid(1)])[0].timestamp
    assert sender.send(untimed | {"timestamp": given.isoformat()}).new == 0
    with pytest.raises(Refused):
        sender.send(untimed | {"timestamp": (given + timedelta(seconds=1)).isoformat()})


def test_a_known_id_with_other_content_is_a_conflict_and_stores_nothing(sender: Sender) -> None:
    sender.send(statement(1))
    with pytest.raises(Refused) as refusal:
        sender.send(statement(2), statement(1, result={"success": False}), statement(3))
    assert (refusal.value.code, refusal.value.where) == ("ID_CONFLICT", "statements[1].id")
    assert count(sender.store) == 1


def test_one_invalid_statement_stores_nothing_of_its_batch(sender: Sender) -> None:
    with pytest.raises(Invalid):
        sender.send(statement(1), statement(2, actor={}))
    assert count(sender.store) == 0


def test_a_failure_while_learning_stores_nothing(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("learning failed")

    with monkeypatch.context() as patch:
        patch.setattr(learning, "learn", fail)
        with pytest.raises(RuntimeError):
            sender.send(statement(1))
    assert count(sender.store) == count(sender.store, "statement_agent") == 0
    assert sender.send(statement(1)).new == 1  # nothing remembers numbers that were rolled back
    assert sender.numbers(verb=statement()["verb"]["id"]) == [1]


def test_learning_is_told_of_new_statements_only_in_their_order(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def learn(store: Store, new: Sequence[StoredStatement], **_: object) -> Counter[str]:
        told.extend(one.id for one in new)
        return Counter()

    monkeypatch.setattr(learning, "learn", learn)
    sender.send(statement(3), statement(1))
    sender.send(statement(1), statement(2), statement(3))
    assert told == [uid(3), uid(1), uid(2)]


def test_the_moment_of_storing_is_read_inside_the_transaction_and_never_runs_back(sender: Sender) -> None:
    later = sender.now + timedelta(minutes=1)
    sender.send(statement(1), clock=lambda: later)
    assert load(sender.store, [uid(1)])[0].stored == later
    sender.send(statement(2), clock=lambda: START - timedelta(days=1))
    assert load(sender.store, [uid(2)])[0].stored == sender.now


def test_each_day_on_which_a_key_sends_is_noted(sender: Sender) -> None:
    sender.send(statement(1))
    sender.send(statement(2))
    sender.now = START + timedelta(days=2, hours=14)  # after midnight in London only by summer time
    sender.send(statement(3))
    days = arrivals.days(sender.store, since_on=START.date())[sender.key.id]
    assert [day.isoformat() for day in days] == ["2026-03-02", "2026-03-04"]
    assert arrivals.last(sender.store) == {sender.key.id: sender.now}


def test_a_put_takes_the_id_of_the_request(sender: Sender) -> None:
    body = orjson.dumps(statement())
    assert sender.send_body(body, statement_id=uid(5).upper()).ids == [uid(5)]
    assert sender.find(5) == body


# Voiding (R2.10)


def test_a_voiding_statement_voids_its_target(sender: Sender) -> None:
    sender.send(statement(1))
    sender.send(voiding(2, 1))
    assert sender.find(1) is None
    assert sender.find(1, voided=True) is not None
    assert sender.numbers() == [2]


def test_a_target_that_comes_after_its_voiding_is_born_voided(sender: Sender) -> None:
    sender.send(voiding(2, 1))
    sender.send(statement(1))
    assert load(sender.store, [uid(1)])[0].voided
    assert sender.numbers() == [2]


@pytest.mark.parametrize("swapped", [False, True])
def test_a_target_in_the_same_batch_is_born_voided(sender: Sender, swapped: bool) -> None:
    batch = [voiding(2, 1), statement(1)]
    sender.send(*(reversed(batch) if swapped else batch))
    assert load(sender.store, [uid(1)])[0].voided


def test_voiding_a_voiding_statement_changes_nothing(sender: Sender) -> None:
    sender.send(statement(1))
    sender.send(voiding(2, 1))
    sender.send(voiding(3, 2))
    assert sender.numbers() == [3, 2]
    assert load(sender.store, [uid(1)])[0].voided


def test_learning_is_told_of_what_is_voided_once(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(
        learning, "voided", lambda store, targets, **_: told.extend(one.id for one in targets)
    )
    sender.send(statement(1))
    sender.send(voiding(2, 1))
    sender.send(voiding(3, 1))
    sender.send(voiding(4, 3))
    assert told == [uid(1)]


def test_a_key_voids_only_if_it_may(store: Store) -> None:
    sender = Sender(store)
    sender.send(statement(1))
    with pytest.raises(Refused) as refusal:
        sender.send(statement(3), voiding(2, 1))
    assert (refusal.value.code, refusal.value.where) == ("NOT_ALLOWED", "statements[1].verb")
    assert count(store) == 1


def test_a_key_voids_only_what_it_sent_itself(sender: Sender) -> None:
    other = Sender(sender.store, may_void=True)
    sender.send(statement(1))
    with pytest.raises(Refused) as refusal:
        other.send(statement(3), voiding(2, 1))
    assert (refusal.value.code, refusal.value.where) == ("NOT_ALLOWED", "statements[1].object.id")
    assert sender.find(1) is not None
    assert count(sender.store) == 1


def test_a_voiding_in_advance_by_another_key_has_no_effect(sender: Sender) -> None:
    Sender(sender.store, may_void=True).send(voiding(2, 1))
    sender.send(statement(1))
    assert sender.find(1) is not None


# Whose statements


def test_a_key_sends_only_accounts_of_its_home_pages(store: Store) -> None:
    sender = Sender(store, home_pages=["https://moodle.example/"])
    sender.send(statement(1), statement(2, actor={"mbox": "mailto:asha@council.example"}))
    with pytest.raises(Refused) as refusal:
        sender.send(statement(3, actor=builders.account(("https://other.example", "12"))))
    assert (refusal.value.code, refusal.value.where) == (
        "NOT_ALLOWED",
        "statements[0].actor.account.homePage",
    )


def test_a_key_reads_only_what_it_sent(sender: Sender) -> None:
    other = Sender(sender.store)
    sender.send(statement(1), statement(2))
    assert other.find(1) is None
    assert other.numbers() == other.numbers(verb=statement()["verb"]["id"]) == []
    assert other.send(statement(1)).new == 0  # the same content is quiet, whoever sends it
    assert other.numbers() == []


# Many at once


def in_parallel(*work: object) -> list[BaseException]:
    """Runs functions at the same moment, each in a thread; what they raised."""
    start = threading.Barrier(len(work))
    raised: list[BaseException] = []

    def run(one: object) -> None:
        start.wait()
        try:
            one()  # type: ignore[operator]
        except BaseException as fault:  # noqa: BLE001
            raised.append(fault)

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def batches(sender: Sender, numbers: list[int], turn: int) -> object:
    def send() -> None:
        for number in numbers:
            made = [
                statement(
                    number * 10 + place,
                    actor=builders.account(("https://moodle.example", str((place + turn) % 10))),
                    verb={"id": f"http://x.example/{place % 3}"},
                    object={"id": f"http://x.example/a{(place * 7) % 10}"},
                )
                for place in range(10)
            ]
            body = orjson.dumps(made[::-1] if turn % 2 else made)
            statements.accept(sender.store, key=sender.key, body=body, now=START)
        sender.store.close()

    return send


def test_concurrent_batches_with_the_same_actors_and_activities_all_arrive(sender: Sender) -> None:
    numbers = [list(range(at, 40, 4)) for at in range(4)]
    assert in_parallel(*(batches(sender, numbers[turn], turn) for turn in range(4))) == []
    assert count(sender.store) == 400
    assert count(sender.store, "statement_agent") == count(sender.store, "statement_activity") == 10


def test_the_same_batches_sent_at_once_are_stored_once(sender: Sender) -> None:
    numbers = list(range(10))
    assert in_parallel(*(batches(sender, numbers, 0) for _ in range(4))) == []
    assert count(sender.store) == 100


def test_a_voiding_and_its_target_that_arrive_at_once_never_miss_each_other(sender: Sender) -> None:
    def send(made: object) -> object:
        def run() -> None:
            statements.accept(sender.store, key=sender.key, body=orjson.dumps([made]), now=START)
            sender.store.close()

        return run

    for number in range(0, 30, 2):
        assert in_parallel(send(statement(number)), send(voiding(number + 1, number))) == []
    assert not [one for one in range(0, 30, 2) if not load(sender.store, [uid(one)])[0].voided]


def send_and_fail(sender: Sender) -> None:
    with sender.store.writing():
        sender.send(statement(1))
        raise RuntimeError("the outer transaction fails")


def test_numbers_are_remembered_only_after_the_commit(sender: Sender) -> None:
    with pytest.raises(RuntimeError):
        send_and_fail(sender)
    assert interned.committed(sender.store, interned.VERBS) == {}
    sender.send(statement(1))
    assert list(interned.committed(sender.store, interned.VERBS)) == [statement()["verb"]["id"]]


def test_a_statement_about_another_is_stored_without_it(sender: Sender) -> None:
    sender.send(statement(1, object=reference(99)))
    assert load(sender.store, [uid(1)])[0].activity is None
