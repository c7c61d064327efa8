"""What of somebody is in the record store can be found and erased; counts and the chain stay true (D.18.2, R2.11)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest

from passport_service.domain.errors import Refused
from passport_service.services import erasures, ledgers, people
from passport_service.services.erasures import Why
from passport_service.services.keys import Key
from passport_service.services.refusals import newest
from passport_service.store import documents, interned, ledger, projections, queries, traces
from passport_service.store.database import Store, open_store, proxy
from passport_service.store.documents import Context, Place
from passport_service.store.traces import Held
from passport_service.xapi.documents import Content
from tests import builders
from tests.conftest import Clock
from tests.database.sending import Sender, count, reference, statement, uid, voiding
from tests.people import BY, Town
from tests.workforce import MOODLE, completion, link, moodle_key, refused_batch, send, workforce_town

ASHA = f"account|{MOODLE}|12"
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
EXPERIENCED = "http://adlnet.gov/expapi/verbs/experienced"


def agent(name: str, called: str | None = None) -> dict[str, Any]:
    return builders.account((MOODLE, name)) | ({"name": called} if called else {})


def by(name: str, number: int, **more: Any) -> dict[str, Any]:
    """The numbered statement of that account."""
    return statement(number, actor=agent(name), **more)


@pytest.fixture
def made(store: Store, clock: Clock) -> Iterator[Town]:
    yield workforce_town(store, clock)
    assert ledgers.verify(store) == []
    assert [str(one) for one in ledgers.rebuild(store).differences or []] == []


@pytest.fixture
def key(made: Town) -> Key:
    return moodle_key(made, may_void=True)


@pytest.fixture
def sender(store: Store) -> Sender:
    return Sender(store, may_void=True)


def forget(sender: Sender, name: str = "12") -> traces.Traces:
    return erasures.erase_identifier(
        sender.store, f"account|{MOODLE}|{name}", why=Why.ASKED, now=sender.now, by=BY
    )


def leave_and_erase(made: Town, ref: str = "asha") -> traces.Traces:
    stream = made.streams[ref]
    people.leave(made.store, stream, on=made.now.date(), now=made.now, caused_by=BY)
    return erasures.erase_person(made.store, stream, why=Why.ASKED, now=made.clock.move(days=1), by=BY)


def row(store: Store, number: int) -> dict[str, Any]:
    names = (
        "pk",
        "stored",
        "timestamp",
        "agent_id",
        "verb_id",
        "activity_id",
        "state",
        "registration",
        "digest",
    )
    found = store.execute(
        f"SELECT {', '.join(names)}, payload FROM statement WHERE id = ?",
        (bytes.fromhex(uid(number).replace("-", "")),),
    ).fetchone()
    return dict(zip((*names, "payload"), found, strict=True))


# A practitioner


def test_after_an_erasure_the_chain_verifies_and_nothing_of_the_person_is_left(made: Town, key: Key) -> None:
    asha, store = made.streams["asha"], made.store
    sent = send(made, key, *(completion(number) for number in (7, 8, 98)))
    with pytest.raises(Refused, match="has left"):
        erasures.erase_person(store, asha, why=Why.ASKED, now=made.now, by=BY)
    ledger.seal(store, made.now)
    assert len(leave_and_erase(made).own) == len(sent)
    assert ledger.read(store, asha) == []
    assert ledger.verify(store) == []
    assert count(store) == len(sent)  # what was counted stays counted
    assert count(store, "recognition") == 0
    assert all(not found for found in projections.current(store, asha).values())
    with pytest.raises(Refused):
        people.change(store, asha, {"team": "South"}, now=made.now, caused_by=BY)
    send(made, key, completion(7, on=date(2026, 3, 1)))
    assert [one.actor_key for one in queries.waiting_actors(store).lines] == [ASHA]


def test_an_identifier_that_a_new_starter_took_over_is_split_by_date(made: Town, key: Key) -> None:
    store = made.store
    older = send(made, key, completion(7, on=date(2026, 2, 2)))
    people.link(store, made.streams["ben"], ASHA, now=made.now, caused_by=BY, from_at=MARCH)
    newer = send(made, key, completion(7, on=date(2026, 3, 2)))
    found = leave_and_erase(made)
    assert len(found.own) == len(older)
    kept = store.execute("SELECT statement, stream FROM recognition").fetchall()
    assert kept == [(newer[0], made.streams["ben"])]
    assert interned.number_of(store, interned.AGENTS, ASHA) is not None  # it is the other's now


def test_statements_under_the_address_that_the_council_knows_are_theirs_too(made: Town, key: Key) -> None:
    send(made, key, statement(1, actor=builders.mailbox("asha@council.example")))
    send(made, key, statement(2, actor=builders.mailbox("ben@council.example")))
    assert len(leave_and_erase(made).own) == 1


def test_records_that_were_merged_go_together(made: Town, key: Key) -> None:
    made.person("asha-too", team="North A")
    link(made, "asha-too", "13")
    send(made, key, completion(7), completion(7, who="13"))
    people.merge(
        made.store, duplicate=made.streams["asha-too"], into=made.streams["asha"], now=made.now, caused_by=BY
    )
    assert len(leave_and_erase(made).own) == 2
    assert ledger.read(made.store, made.streams["asha-too"]) == []


def test_a_refused_batch_that_names_the_person_goes_and_others_stay(made: Town, key: Key) -> None:
    other = refused_batch(made, key, orjson.dumps([completion(7, who="14")]))
    refused_batch(made, key, orjson.dumps([completion(7, who="14"), completion(8)]))
    refused_batch(made, key, orjson.dumps([completion(8)])[:-9])  # cut off: not JSON any more
    leave_and_erase(made)
    assert [one.id for one in newest(made.store)] == [other]


def test_documents_about_the_person_go_from_the_time_in_which_the_identifier_was_theirs(made: Town) -> None:
    before, after = MARCH - timedelta(days=2), MARCH + timedelta(days=2)
    people.link(made.store, made.streams["ben"], ASHA, now=made.now, caused_by=BY, from_at=MARCH)
    context = Context(ASHA, "https://moodle.example/unit/1")
    for name, at in (("old", before), ("new", after)):
        with made.store.writing():
            documents.add(made.store, Place(context, name), Content("text/plain", b"place"), at)
    leave_and_erase(made)
    assert [one.id for one in documents.ids(made.store, context)] == ["new"]


# Somebody whom only learning systems speak of


def test_an_erased_statement_stays_as_a_tombstone_that_nobody_finds(sender: Sender) -> None:
    sender.send(by("12", 1, context={"registration": uid(9), "instructor": agent("77")}), by("13", 2))
    before = row(sender.store, 1)
    forget(sender)
    after = row(sender.store, 1)
    assert {name for name in after if after[name] != before[name]} == {
        "timestamp", "agent_id", "state", "registration", "digest", "payload",
    }  # fmt: skip
    assert (after["state"], after["agent_id"], after["registration"]) == (2, None, None)
    assert (bytes(after["payload"]), bytes(after["digest"])) == (b"{}", bytes(32))
    assert sender.numbers() == [2]
    assert sender.find(1) is None
    assert sender.numbers(registration=uid(9)) == []
    assert count(sender.store) == 2
    keys = [one for (one,) in sender.store.execute("SELECT key FROM statement_agent").fetchall()]
    assert keys == [f"account|{MOODLE}|13"]  # the instructor is named by nothing any more either


def test_a_resend_of_an_erased_statement_is_quiet_and_stores_nothing(sender: Sender) -> None:
    sender.send(by("12", 1))
    forget(sender)
    assert sender.send(by("12", 1)).new == 0
    assert sender.send(by("14", 1)).ids == [uid(1)]  # nor does anybody learn what it was
    assert (count(sender.store), count(sender.store, "statement_agent")) == (1, 0)


def test_a_voided_statement_is_erased_like_any_other(sender: Sender) -> None:
    sender.send(by("12", 1))
    sender.send(voiding(2, 1))
    assert sender.find(1, voided=True)
    forget(sender)
    assert sender.find(1, voided=True) is None
    assert sender.numbers() == []  # what voided it was the same person's


@pytest.mark.parametrize(
    "place",
    [
        {"object": agent("12", "Asha Patel") | {"objectType": "Agent"}},
        {"actor": {"objectType": "Group", "member": [agent("12", "Asha Patel"), agent("14")]}},
        {"context": {"instructor": agent("12", "Asha Patel")}},
        {"context": {"team": {"objectType": "Group", "member": [agent("14"), agent("12", "Asha Patel")]}}},
        {
            "object": {
                "objectType": "SubStatement",
                "actor": agent("12", "Asha Patel"),
                "verb": {"id": EXPERIENCED},
                "object": {"id": "https://moodle.example/1"},
            }
        },
    ],
    ids=["object", "member", "instructor", "team", "sub-statement"],
)
def test_somebody_is_taken_out_of_the_statements_of_others_which_stay(
    sender: Sender, place: dict[str, Any]
) -> None:
    sender.send(statement(1, **({"actor": agent("13")} | place), result={"response": "asha patel was there"}))
    found = forget(sender)
    assert (len(found.own), len(found.named)) == (0, 1)
    payload = sender.find(1)
    assert payload
    assert b"Asha" not in payload
    assert b'"12"' not in payload
    assert payload.count(b"mailto:erased@erased.invalid") == 1
    again = orjson.loads(payload)
    assert again["result"]["response"] == "Erased was there"
    assert sender.numbers() == [1]
    assert (
        sender.numbers(
            agent='{"account": {"homePage": "https://moodle.example", "name": "12"}}', related_agents="true"
        )
        == []
    )
    assert sender.send(again).new == 0  # it is still a valid statement, and known
    assert sender.send(statement(1, **({"actor": agent("13")} | place))).new == 0


def test_what_referred_to_an_erased_statement_stays_and_leads_nowhere(sender: Sender) -> None:
    sender.send(by("12", 1), by("13", 2, object=reference(1)))
    forget(sender)
    assert sender.numbers() == [2]
    assert count(sender.store, "statement_through") == 0


def test_erasing_by_an_identifier_leaves_what_a_practitioner_did_under_it(made: Town, key: Key) -> None:
    people.unlink(made.store, made.streams["asha"], ASHA, now=made.now, caused_by=BY)
    people.link(made.store, made.streams["ben"], ASHA, now=made.now, caused_by=BY, from_at=MARCH)
    send(made, key, completion(7, on=date(2026, 2, 2)), completion(7, on=date(2026, 3, 2)))
    found = erasures.erase_identifier(made.store, ASHA, why=Why.ASKED, now=made.now, by=BY)
    assert len(found.own) == 1
    with pytest.raises(Refused, match="Nothing is held"):
        erasures.erase_identifier(made.store, ASHA, why=Why.ASKED, now=made.now, by=BY)


def test_a_time_without_others_is_what_lies_before_between_and_after() -> None:
    days = [MARCH + timedelta(days=number) for number in range(4)]
    taken = [Held("k", days[0], days[1]), Held("k", days[2], days[3])]
    assert traces.outside("k", taken) == [
        Held("k", None, days[0]),
        Held("k", days[1], days[2]),
        Held("k", days[3], None),
    ]
    assert traces.outside("k", [Held("k")]) == []


# Numbers of agents, once one was forgotten


def test_a_number_that_another_process_remembers_is_not_used_after_its_agent_was_forgotten(
    store: Store, database_url: str
) -> None:
    """Another process is another store over the same database: it has a memory of its own."""
    here = Sender(store)
    here.send(by("12", 1))
    elsewhere = open_store(database_url)
    try:
        proxy.initialize(elsewhere.db)
        erasures.erase_identifier(elsewhere, ASHA, why=Why.ASKED, now=here.now, by=BY)
    finally:
        proxy.initialize(store.db)
        elsewhere.close()
    here.send(by("12", 2))
    named = store.execute(
        "SELECT count(*) FROM statement s JOIN statement_agent a ON a.id = s.agent_id WHERE a.key = ?",
        (ASHA,),
    ).fetchone()[0]
    assert named == 1
    assert here.numbers(agent=orjson.dumps(agent("12")).decode()) == [2]
