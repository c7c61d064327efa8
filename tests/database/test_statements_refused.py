"""Refused batches: kept with their reason, within a quota, and replayed for what is valid in them."""

from collections import Counter
from datetime import timedelta

import orjson
import pytest

from passport_service.domain.errors import Refused
from passport_service.services import keys, learning, refusals
from passport_service.store.database import Store
from passport_service.xapi.errors import Invalid
from tests import builders
from tests.database.sending import START, Sender, count, statement, uid, voiding

QUOTA = 5


@pytest.fixture
def sender(store: Store) -> Sender:
    return Sender(store)


def send_badly(sender: Sender, *batch: object, body: bytes | None = None, quota: int = QUOTA) -> int:
    """Sends what is refused, as the door does; the number under which it is kept."""
    body = orjson.dumps(batch) if body is None else body
    with pytest.raises((Invalid, Refused)) as fault:
        sender.send_body(body)
    return refusals.refuse(
        sender.store, key=sender.key, body=body, fault=fault.value, now=sender.now, quota=quota
    )


BAD = statement(2, actor={"mbox": "nobody"})


def test_a_refused_batch_is_kept_with_its_reason(sender: Sender) -> None:
    number = send_badly(sender, statement(1), BAD, statement(3))
    kept = refusals.load(sender.store, number)
    assert (kept.key_id, kept.received_at, kept.statements) == (sender.key.id, sender.now, 3)
    assert (kept.path, kept.rule) == ("statements[1].actor.mbox", "xAPI 1.0.3 Data 2.4.2.3")
    assert kept.reason == "must be of the form mailto:address@domain"
    assert orjson.loads(kept.body)[2] == statement(3)
    assert [one.id for one in refusals.newest(sender.store)] == [number]


def test_a_conflict_keeps_the_other_copy_too(sender: Sender) -> None:
    sender.send(statement(1))
    number = send_badly(sender, statement(1, result={"success": True}))
    assert refusals.load(sender.store, number).rule == "ID_CONFLICT"
    assert sender.find(1) == orjson.dumps(statement(1))


def test_a_body_that_is_no_json_is_kept_as_it_came(sender: Sender) -> None:
    kept = refusals.load(sender.store, send_badly(sender, body=b"[{\xff"))
    assert (kept.body, kept.statements) == (b"[{\xff", None)


def test_one_megabyte_of_a_longer_body_is_kept(sender: Sender) -> None:
    body = orjson.dumps([BAD]) + b" " * 2_000_000
    number = send_badly(sender, body=body)
    kept = refusals.load(sender.store, number)
    assert (len(kept.body), kept.size, kept.is_whole) == (1_048_576, len(body), False)
    with pytest.raises(Refused, match="not kept whole"):
        refusals.replay(sender.store, number, by="P1", now=sender.now)


def test_older_batches_of_the_same_key_give_way(sender: Sender) -> None:
    other = send_badly(Sender(sender.store), BAD)
    numbers = [send_badly(sender, BAD) for _ in range(7)]
    assert [one.id for one in refusals.newest(sender.store)] == [*reversed(numbers[-QUOTA:]), other]
    assert send_badly(sender, BAD, quota=0) == 0


def test_batches_are_forgotten_after_thirty_days(sender: Sender) -> None:
    first = send_badly(sender, BAD)
    sender.now = START + timedelta(days=31)
    second = send_badly(sender, BAD)
    assert [one.id for one in refusals.newest(sender.store)] == [second]
    with pytest.raises(Refused) as refusal:
        refusals.load(sender.store, first)
    assert refusal.value.code == "NOT_FOUND"


def test_a_replay_brings_in_what_is_valid_and_tells_of_the_rest(sender: Sender) -> None:
    sender.send(statement(9))
    batch = [
        statement(1),
        BAD,
        7,
        statement(3),
        statement(1),
        statement(9, result={}),
        voiding(4, 1),
        statement(5),
    ]
    number = send_badly(sender, *batch)
    done = refusals.replay(sender.store, number, by="P1", now=sender.now + timedelta(days=1))
    assert done.ids == [uid(1), uid(3), uid(5)]
    assert done.new == 3
    assert [(one.place, one.path) for one in done.problems] == [
        (1, "statements[1].actor.mbox"),
        (2, "statements[2]"),
        (4, "statements[4].id"),
        (5, "statements[5]"),
        (6, "statements[6].verb"),
    ]
    assert count(sender.store) == 4
    kept = refusals.load(sender.store, number)
    assert (kept.replayed_by, kept.replayed_at) == ("P1", sender.now + timedelta(days=1))
    assert kept.replay_outcome is not None
    assert kept.replay_outcome["new"] == 3


def test_what_is_replayed_is_learned_at_the_moment_of_the_replay(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = send_badly(sender, statement(1), BAD)
    told = []

    def learn(store, new, *, may_waive, now):
        told.append((now, new[0].stored))
        return Counter()

    monkeypatch.setattr(learning, "learn", learn)
    later = sender.now + timedelta(days=1)
    refusals.replay(sender.store, number, by="P1", now=later)
    assert told == [(later, later)]


def test_a_batch_is_replayed_once(sender: Sender) -> None:
    number = send_badly(sender, statement(1), BAD)
    refusals.replay(sender.store, number, by="P1", now=sender.now)
    with pytest.raises(Refused) as refusal:
        refusals.replay(sender.store, number, by="P2", now=sender.now)
    assert refusal.value.code == "NOT_ALLOWED"
    assert count(sender.store) == 1


def test_a_batch_of_which_nothing_is_valid_yet_can_be_brought_in_later(sender: Sender) -> None:
    keys.change(sender.store, sender.key.id, home_pages=["https://elsewhere.example"], by="t", now=sender.now)
    body = orjson.dumps([statement(1, actor=builders.account(("https://lms.example", "12")))])
    fault = Refused("NOT_ALLOWED", "This key does not speak for this home page.", "statements[0].actor")
    number = refusals.refuse(
        sender.store, key=sender.key, body=body, fault=fault, now=sender.now, quota=QUOTA
    )
    assert refusals.replay(sender.store, number, by="P1", now=sender.now).ids == []
    assert refusals.load(sender.store, number).replayed_at is None
    keys.change(sender.store, sender.key.id, home_pages=["https://lms.example"], by="t", now=sender.now)
    assert refusals.replay(sender.store, number, by="P1", now=sender.now).ids == [uid(1)]


def test_a_batch_of_a_key_that_has_ended_is_not_replayed(sender: Sender) -> None:
    number = send_badly(sender, statement(1), BAD)
    keys.revoke(sender.store, sender.key.id, now=sender.now)
    with pytest.raises(Refused, match="ended"):
        refusals.replay(sender.store, number, by="P1", now=sender.now)


def test_a_body_that_is_no_json_is_not_replayed(sender: Sender) -> None:
    number = send_badly(sender, body=b"[{]")
    with pytest.raises(Refused) as refusal:
        refusals.replay(sender.store, number, by="P1", now=sender.now)
    assert refusal.value.code == "MALFORMED"
    assert refusals.load(sender.store, number).replayed_at is None


def test_good_completions_of_a_parked_moodle_batch_are_not_lost(sender: Sender) -> None:
    good = [builders.moodle_course_completed(number) for number in range(29)]
    number = send_badly(sender, *good[:10], builders.moodle_course_completed() | {"verb": {}}, *good[10:])
    done = refusals.replay(sender.store, number, by="P1", now=sender.now)
    assert (done.new, [one.place for one in done.problems]) == (29, [10])
