"""What is kept, for how long: the schedule as a job, in portions, and legal hold over all of it (D.18.2)."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from passport_service.domain.errors import Refused
from passport_service.domain.retention import Schedule, days_before, months_before, rules
from passport_service.services import erasures, holds, ledgers, people, retention
from passport_service.services.erasures import Why
from passport_service.services.keys import Key
from passport_service.store import documents, ledger, security_log
from passport_service.store import holds as hold_rows
from passport_service.store import retention as kept
from passport_service.store.database import Store
from passport_service.store.documents import Context, Place
from passport_service.store.holds import Kind
from passport_service.xapi.documents import Content
from tests import builders
from tests.conftest import Clock
from tests.database.sending import count, statement, uid, voiding
from tests.database.together import A_MOMENT, meanwhile
from tests.people import BY, Town
from tests.waiting import PATIENCE
from tests.workforce import MOODLE, completion, moodle_key, send, workforce_town

ASHA = f"account|{MOODLE}|12"
SCHEDULE = Schedule()
A_YEAR = 366 + 31


@pytest.fixture
def made(store: Store, clock: Clock) -> Iterator[Town]:
    yield workforce_town(store, clock)
    assert ledgers.verify(store) == []
    assert [str(one) for one in ledgers.rebuild(store).differences or []] == []


@pytest.fixture
def key(made: Town) -> Key:
    return moodle_key(made, may_void=True)


def run(made: Town, schedule: Schedule = SCHEDULE, **options: Any) -> dict[str, int]:
    return dict(retention.statements(made.store, schedule, now=made.now, **options))


def by(name: str, number: int, **more: Any) -> dict[str, Any]:
    return statement(number, actor=builders.account((MOODLE, name)), **more)


def numbers(store: Store) -> int:
    return count(store)


# Statements


def test_after_a_year_what_means_nothing_is_deleted_and_evidence_stays(made: Town, key: Key) -> None:
    send(made, key, by("12", 1), by("77", 2, context={"instructor": builders.account((MOODLE, "78"))}))
    evidence = send(made, key, completion(7))
    waiting = send(made, key, completion(99), completion(7, who="nobody"))
    made.clock.move(days=300)
    assert run(made) == {"statements": 0, "kept_as_evidence": 0, "under_hold": 0}
    made.clock.move(days=A_YEAR - 300)
    assert run(made) == {"statements": 4, "kept_as_evidence": 1, "under_hold": 0}
    assert numbers(made.store) == 1
    assert made.store.execute("SELECT statement FROM recognition").fetchall() == [(evidence[0],)]
    assert len(waiting) == 2
    assert [one for (one,) in made.store.execute("SELECT key FROM statement_agent").fetchall()] == [ASHA]
    # Of what leads to statements only that of the evidence is left: the site around its course.
    assert (count(made.store, "statement_also_agent"), count(made.store, "statement_also_activity")) == (0, 1)


def test_zero_months_is_for_ever(made: Town, key: Key) -> None:
    send(made, key, by("12", 1))
    made.clock.move(days=10_000)
    assert run(made, Schedule(raw_months=0)) == {}
    assert numbers(made.store) == 1


def test_a_voided_statement_goes_like_any_other_and_what_voided_evidence_stays_with_it(
    made: Town, key: Key
) -> None:
    send(made, key, by("12", 1))
    send(made, key, voiding(2, 1))
    evidence = send(made, key, completion(7) | {"id": uid(3)})
    send(made, key, voiding(4, 3))
    made.clock.move(days=A_YEAR)
    assert run(made) == {"statements": 2, "kept_as_evidence": 2, "under_hold": 0}
    assert evidence == [uid(3)]


def test_a_run_that_ended_in_the_midst_goes_on_where_it_was(
    made: Town, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "PORTION", 4)
    send(made, key, *(by("12", number) for number in range(10)), completion(7))
    made.clock.move(days=A_YEAR)
    assert run(made, portions=1)["statements"] == 4
    assert run(made, portions=1)["statements"] == 4
    assert run(made) == {"statements": 2, "kept_as_evidence": 1, "under_hold": 0}
    assert run(made) == {"statements": 0, "kept_as_evidence": 0, "under_hold": 0}  # it is not looked at again


def test_a_portion_that_fails_leaves_neither_half_a_portion_nor_a_place_behind(
    made: Town, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(made, key, *(by("12", number) for number in range(3)))
    made.clock.move(days=A_YEAR)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(retention.bookmarks, "move", killed)
        with pytest.raises(KeyboardInterrupt):
            run(made)
    assert numbers(made.store) == 3
    assert run(made)["statements"] == 3


def test_evidence_that_is_none_any_more_is_found_in_a_later_round(made: Town, key: Key) -> None:
    send(made, key, completion(7))
    made.clock.move(days=A_YEAR)
    assert run(made)["kept_as_evidence"] == 1
    people.unlink(made.store, made.streams["asha"], ASHA, now=made.now, caused_by=BY)
    assert run(made)["statements"] == 0
    made.clock.move(days=31)
    assert run(made)["statements"] == 1


def test_what_was_deleted_may_be_sent_again_and_is_new(made: Town, key: Key) -> None:
    send(made, key, by("12", 1))
    made.clock.move(days=A_YEAR)
    run(made)
    send(made, key, by("12", 1))
    assert numbers(made.store) == 1


# What else is kept


def test_documents_that_nobody_writes_any_more_go_and_those_of_activities_stay(made: Town) -> None:
    places = [
        Place(Context(ASHA, "https://moodle.example/1"), "a"),
        Place(Context(None, "https://moodle.example/1"), "b"),
    ]
    with made.store.writing():
        for one in places:
            documents.add(made.store, one, Content("text/plain", b"x"), made.now)
    made.clock.move(days=2 * 366 + 1)
    assert retention.documents(made.store, SCHEDULE, now=made.now) == {"documents": 1}
    assert [documents.find(made.store, one) is not None for one in places] == [False, True]


def note_of(name: str) -> Place:
    return Place(Context(f"account|{MOODLE}|{name}", "https://moodle.example/1"), "a")


def write_notes(made: Town, *names: str) -> None:
    with made.store.writing():
        for name in names:
            documents.add(made.store, note_of(name), Content("text/plain", b"old"), made.now)


def test_a_document_that_is_written_while_old_ones_are_deleted_stays(made: Town) -> None:
    write_notes(made, "77", "78")
    made.clock.move(days=3 * 366)
    with meanwhile(made.store, partial(retention.documents, made.store, SCHEDULE, now=made.now)):
        documents.replace(made.store, note_of("77"), Content("text/plain", b"new"), made.now)
    found = documents.find(made.store, note_of("77"))
    assert found is not None
    assert found.content.data == b"new"
    assert documents.find(made.store, note_of("78")) is None


def test_a_hold_counts_from_the_next_portion_of_documents(
    made: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_notes(made, "77")
    made.clock.move(days=1)
    write_notes(made, "78")
    made.clock.move(days=3 * 366)
    monkeypatch.setattr(kept, "PORTION", 1)
    delete = kept.delete_documents

    def delete_and_hold(store: Store, before: datetime, held: Any) -> int:
        done = delete(store, before, held)
        hold_rows.add(store, Kind.IDENTIFIER, f"account|{MOODLE}|78", "tribunal", at=made.now, by=BY)
        return done

    monkeypatch.setattr(kept, "delete_documents", delete_and_hold)
    assert retention.documents(made.store, SCHEDULE, now=made.now) == {"documents": 1}
    assert documents.find(made.store, note_of("78")) is not None


@pytest.mark.parametrize("what", ["delete_portion", "delete_documents"])
def test_nothing_goes_that_was_put_under_hold_before_it_went(
    made: Town, key: Key, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is told that a hold stands finds afterwards what there was then."""
    send(made, key, by("77", 1))
    write_notes(made, "77")
    made.clock.move(days=3 * 366)
    delete = getattr(kept, what)
    holding = threading.Thread(
        target=lambda: (hold(made, Kind.IDENTIFIER, f"account|{MOODLE}|77"), made.store.close())
    )

    def delete_while_somebody_holds(*given: Any) -> Any:
        monkeypatch.setattr(kept, what, delete)  # in the first portion only
        holding.start()
        holding.join(A_MOMENT)
        assert holding.is_alive()
        return delete(*given)

    monkeypatch.setattr(kept, what, delete_while_somebody_holds)
    for rule in (retention.statements, retention.documents):
        rule(made.store, SCHEDULE, now=made.now)
    holding.join(PATIENCE)
    assert not holding.is_alive()


def test_the_security_log_is_kept_for_a_year(made: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "PORTION", 2)
    before = count(made.store, "security_log")
    made.clock.move(days=A_YEAR)
    with made.store.writing():
        security_log.note(made.store, "signed_in", at=made.now)
    assert retention.security_log(made.store, SCHEDULE, now=made.now) == {"log_entries": before}
    assert count(made.store, "security_log") == 1


def test_six_years_after_leaving_a_person_is_erased(made: Town, key: Key) -> None:
    send(made, key, completion(7))
    people.leave(made.store, made.streams["asha"], on=made.now.date(), now=made.now, caused_by=BY)
    made.clock.move(days=6 * 365)
    assert retention.leavers(made.store, SCHEDULE, now=made.now) == {}
    made.clock.move(days=10)
    assert retention.leavers(made.store, SCHEDULE, now=made.now) == {"people": 1}
    assert ledger.read(made.store, made.streams["asha"]) == []
    assert retention.leavers(made.store, SCHEDULE, now=made.now) == {}


# Legal hold


def hold(made: Town, kind: Kind, name: str) -> int:
    return holds.set_hold(made.store, kind, name, reason="tribunal", now=made.now, by=BY)


def leave(made: Town) -> str:
    asha = made.streams["asha"]
    people.leave(made.store, asha, on=made.now.date(), now=made.now, caused_by=BY)
    made.clock.move(days=1)
    return asha


def test_somebody_under_hold_is_not_erased_until_it_is_lifted(made: Town, key: Key) -> None:
    send(made, key, completion(7))
    asha = leave(made)
    number = hold(made, Kind.PERSON, asha)
    with pytest.raises(Refused, match="legal hold since 2026-03-03"):
        erasures.erase_person(made.store, asha, why=Why.ASKED, now=made.now, by=BY)
    with pytest.raises(Refused, match="already"):
        hold(made, Kind.PERSON, asha)
    made.clock.move(days=7 * 366)
    assert retention.leavers(made.store, SCHEDULE, now=made.now) == {"people_under_hold": 1}
    holds.lift(made.store, number, why="it was settled", now=made.now, by=BY)
    with pytest.raises(Refused, match=f"No hold {number} stands"):
        holds.lift(made.store, number, why="again", now=made.now, by=BY)
    erasures.erase_person(made.store, asha, why=Why.ASKED, now=made.now, by=BY)
    assert count(made.store, "legal_hold") == 0


@pytest.mark.parametrize("kind", [Kind.PERSON, Kind.IDENTIFIER, Kind.KEY])
def test_no_statement_of_what_is_held_is_deleted(made: Town, key: Key, kind: Kind) -> None:
    other = moodle_key(made)
    name = {Kind.PERSON: made.streams["asha"], Kind.IDENTIFIER: ASHA, Kind.KEY: key.id}[kind]
    hold(made, kind, name)
    send(made, key, by("12", 1), by("77", 2, context={"instructor": builders.account((MOODLE, "12"))}))
    send(made, other, by("77", 3))
    made.clock.move(days=A_YEAR)
    assert run(made) == {"statements": 1, "kept_as_evidence": 0, "under_hold": 2}


def test_what_a_held_key_sent_is_not_erased_for_anybody(made: Town, key: Key) -> None:
    send(made, key, completion(7))
    asha = leave(made)
    number = hold(made, Kind.KEY, key.id)
    says = f"The key {key.id}, which sent some of this, is under legal hold since .* \\(hold {number}\\)"
    with pytest.raises(Refused, match=says):
        erasures.erase_person(made.store, asha, why=Why.ASKED, now=made.now, by=BY)


def test_a_stranger_under_hold_is_not_erased_and_the_log_does_not_name_them(made: Town, key: Key) -> None:
    stranger = f"account|{MOODLE}|stranger"
    send(made, key, by("stranger", 1))
    hold(made, Kind.IDENTIFIER, stranger)
    with pytest.raises(Refused, match="legal hold"):
        erasures.erase_identifier(made.store, stranger, why=Why.ASKED, now=made.now, by=BY)
    [entry] = [one for one in security_log.latest(made.store) if one.kind == "hold_set"]
    assert "stranger" not in str(entry.detail)


@pytest.mark.parametrize(
    ("kind", "name", "reason", "says"),
    [
        (Kind.PERSON, "P999999", "tribunal", "Nobody"),
        (Kind.IDENTIFIER, "name|Asha", "tribunal", "An identifier is"),
        (Kind.KEY, "none", "tribunal", "key"),
        (Kind.IDENTIFIER, ASHA, " ", "Say why"),
    ],
)
def test_a_hold_is_of_something_that_there_is_and_has_a_reason(
    made: Town, kind: Kind, name: str, reason: str, says: str
) -> None:
    with pytest.raises(Refused, match=says):
        holds.set_hold(made.store, kind, name, reason=reason, now=made.now, by=BY)


# The schedule


def test_time_is_counted_in_whole_days_of_the_council() -> None:
    now = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)  # the first of April in London
    assert months_before(now, 12) == datetime(2025, 3, 31, 23, tzinfo=UTC)
    assert months_before(now, 0) is None
    assert days_before(now, 90) == datetime(2026, 3, 31, 23, tzinfo=UTC) - timedelta(days=90)
    assert days_before(now, 0) is None


def test_the_schedule_reads_as_sentences() -> None:
    told = {one.what: one.kept for one in rules(Schedule(raw_months=0))}
    assert told["Statements that mean nothing here, or whose person nobody knows"] == "for ever"
    assert told["Exports of what is held of a person"] == "90 days"
