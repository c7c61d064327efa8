"""The Agents and Activities resources, and what statements say of activities over time. Sections are those of xAPI
1.0.3, Communication."""

from contextlib import suppress
from functools import partial
from hashlib import sha1
from typing import Any

import pytest

from passport_service.services import directory
from passport_service.store import definitions, retries
from passport_service.store.database import Store
from tests.database.learning_system import VERSION, Lms, error_of
from tests.database.sending import START, Sender, statement
from tests.database.test_documents import text
from tests.database.together import all_well

COURSE = "https://moodle.example/course/view.php?id=7"
SITE = "https://moodle.example"


def described(iri: str, **definition: Any) -> dict[str, Any]:
    return {"objectType": "Activity", "id": iri, "definition": definition}


def about(number: int | None = None, *, iri: str = COURSE, **definition: Any) -> dict[str, Any]:
    return statement(number, object=described(iri, **definition))


def activity(lms: Lms, iri: str = COURSE) -> dict[str, Any]:
    answer = lms.call("GET", path="activities", query_string={"activityId": iri})
    assert answer.status_code == 200, answer.data
    found: dict[str, Any] = answer.get_json()
    return found


def known(store: Store, iri: str = COURSE) -> dict[str, Any]:
    found: dict[str, Any] = directory.find_activity(store, iri).get("definition", {})
    return found


@pytest.fixture
def sender(store: Store) -> Sender:
    return Sender(store)


# 2.5 Activities


@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
def test_an_activity_has_the_languages_of_all_statements_about_it(lms: Lms, version: str) -> None:
    """2.5; xAPI 2.0 4.1.6.4."""
    lms.headers[VERSION] = version
    lms.call(
        "POST",
        [about(1, name={"en": "Safeguarding"}, type="http://x.example/t"), about(2, name={"cy": "Diogelu"})],
    )
    lms.call("POST", [about(3, name={"en": "Safeguarding adults"}, description={"en": "…"})])
    assert activity(lms) == described(
        COURSE,
        name={"en": "Safeguarding adults", "cy": "Diogelu"},
        type="http://x.example/t",
        description={"en": "…"},
    )


def test_an_activity_that_nobody_described_is_an_activity_all_the_same(lms: Lms) -> None:
    """2.5: an Activity object is still returned."""
    assert activity(lms) == {"objectType": "Activity", "id": COURSE}
    lms.call("POST", [statement(1, object={"id": COURSE})])
    assert activity(lms) == {"objectType": "Activity", "id": COURSE}


def test_activities_of_contexts_and_sub_statements_are_described_too(lms: Lms) -> None:
    inner = {"objectType": "SubStatement", **statement(object=described(COURSE, name={"en": "Course"}))}
    context = {"contextActivities": {"category": described(SITE, name={"en": "Site"})}}
    assert lms.call("POST", [statement(1, object=inner, context=context)]).status_code == 200
    assert activity(lms)["definition"] == {"name": {"en": "Course"}}
    assert activity(lms, SITE)["definition"] == {"name": {"en": "Site"}}


def test_exact_is_as_it_was_sent_while_canonical_knows_what_all_said(lms: Lms) -> None:
    """2.1.3, format and language filtering."""
    sent = [
        about(1, name={"en": "Safeguarding", "cy": "Diogelu"}),
        about(2, type="http://x.example/t"),
        statement(3, object={"id": SITE}, context={"contextActivities": {"parent": [{"id": COURSE}]}}),
    ]
    lms.call("POST", sent)
    exact = lms.get(format="exact", ascending="true").get_json()["statements"]
    assert [one["object"] for one in exact] == [one["object"] for one in sent]
    assert exact[2]["context"]["contextActivities"] == {"parent": [{"id": COURSE}]}

    asked = {
        "query_string": {"format": "canonical", "ascending": "true"},
        "headers": {"Accept-Language": "cy"},
    }
    found = lms.call("GET", **asked).get_json()["statements"]
    canonical = {"name": {"cy": "Diogelu"}, "type": "http://x.example/t"}
    assert [one["object"].get("definition") for one in found] == [canonical, canonical, None]
    assert found[2]["context"]["contextActivities"]["parent"] == [{"id": COURSE, "definition": canonical}]

    one = {"format": "canonical", "statementId": sent[1]["id"]}
    assert lms.get(**one).get_json()["object"]["definition"]["name"] == {"en": "Safeguarding"}
    assert lms.get(format="ids").get_json()["statements"][2]["object"] == {"id": COURSE}


# 2.4 Agents


def test_a_person_has_the_names_of_statements_that_the_key_may_read(lms: Lms, store: Store) -> None:
    """2.4: the Person, every property an array."""
    asha = {"mbox": "mailto:asha@council.example"}
    other = Sender(store)
    other.send(statement(9, actor=asha | {"name": "Of another key"}))
    lms.call(
        "POST", [statement(1, actor=asha | {"name": "Asha"}), statement(2, actor=asha | {"name": "Asha E."})]
    )
    answer = lms.call("GET", path="agents", query_string={"agent": text(asha)})
    assert answer.get_json() == {"objectType": "Person", "name": ["Asha E.", "Asha"], "mbox": [asha["mbox"]]}


def test_a_person_that_nobody_named_is_what_the_request_says(lms: Lms) -> None:
    """2.4: still a Person, with the information of the agent asked for."""
    agent = {"objectType": "Agent", "name": "Asha", "account": {"homePage": SITE, "name": "12"}}
    answer = lms.call("GET", path="agents", query_string={"agent": text(agent)})
    assert answer.get_json() == {"objectType": "Person", "name": ["Asha"], "account": [agent["account"]]}


def test_a_key_asks_about_people_of_its_own_home_pages_only(lms: Lms, store: Store) -> None:
    store.execute("UPDATE api_key SET home_pages = ?", ('["https://other.example"]',))
    agent = text({"account": {"homePage": SITE, "name": "12"}})
    assert (
        error_of(lms.call("GET", path="agents", query_string={"agent": agent}), 403)["code"] == "NOT_ALLOWED"
    )


# Both


@pytest.fixture(params=["agents", "activities"])
def asked(request: pytest.FixtureRequest) -> dict[str, Any]:
    value = {"agents": ("agent", '{"mbox":"mailto:a@b.example"}'), "activities": ("activityId", COURSE)}[
        request.param
    ]
    return {"path": request.param, "query_string": dict([value])}


def test_what_is_told_has_a_tag_and_head_has_it_too(lms: Lms, asked: dict[str, Any]) -> None:
    """1.1, 3.1."""
    got, head = lms.call("GET", **asked), lms.call("HEAD", **asked)
    assert got.headers["ETag"] == f'"{sha1(got.data).hexdigest()}"' == head.headers["ETag"]
    assert (got.headers["Content-Type"], head.data) == ("application/json", b"")


def test_what_is_asked_wrongly_is_400_and_anything_but_reading_405(lms: Lms, asked: dict[str, Any]) -> None:
    """2.4, 2.5, 3.2."""
    path, (name,) = asked["path"], asked["query_string"]
    for wrong in ({}, {name: "x"}, {name: "true"}, {name: "{}"}, {**asked["query_string"], "limit": "1"}):
        answer = lms.call("GET", path=path, query_string=wrong)
        assert error_of(answer, 400)["where"] == ("limit" if "limit" in wrong else name)
    for method in ("PUT", "POST", "DELETE"):
        answer = lms.call(method, {}, **asked)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert lms.call("GET", **asked, headers={"Authorization": None}).status_code == 401


# Definitions in the store


def test_a_description_that_is_known_costs_no_query(sender: Sender) -> None:
    sender.send(about(name={"en": "a"}), about(iri=SITE, name={"en": "b"}))
    seen: list[str] = []

    def hook(event: Any) -> None:
        if "activity_definition" in event.sql:
            seen.append(event.sql)

    sender.store.db.query_hooks.append(hook)
    sender.send(*[about(iri=iri, name={"en": name}) for iri, name in [(COURSE, "a"), (SITE, "b")] * 10])
    assert seen == []
    sender.send(about(name={"en": "c"}))
    assert len(seen) in (3, 4)  # read, lock and write; and on PostgreSQL nothing to insert
    assert known(sender.store)["name"] == {"en": "c"}


def test_an_old_name_that_comes_back_counts_again(sender: Sender) -> None:
    sender.send(about(name={"en": "old"}))
    sender.send(about(name={"en": "new"}))
    sender.now += definitions.AGAIN_AFTER
    sender.send(about(name={"en": "old"}))
    assert known(sender.store)["name"] == {"en": "old"}


def test_what_another_process_learnt_is_kept(sender: Sender) -> None:
    sender.send(about(name={"en": "a"}))
    definitions.remembered.clear()
    sender.send(about(name={"cy": "b"}), about(iri=SITE, name={"en": "c"}))
    assert known(sender.store)["name"] == {"en": "a", "cy": "b"}
    assert known(sender.store, SITE)["name"] == {"en": "c"}


def test_a_transaction_that_is_given_up_leaves_nothing_known(sender: Sender) -> None:
    with suppress(ZeroDivisionError), sender.store.writing():
        sender.send(about(1, name={"en": "a"}))
        raise ZeroDivisionError
    assert known(sender.store) == {}
    sender.send(about(1, name={"en": "a"}))
    assert known(sender.store) == {"name": {"en": "a"}}


def test_a_known_statement_describes_nothing_anew(sender: Sender) -> None:
    sender.send(about(1, name={"en": "old"}))
    sender.send(about(2, name={"en": "new"}))
    definitions.remembered.clear()
    sender.send(about(1, name={"en": "old"}))
    assert known(sender.store)["name"] == {"en": "new"}


def test_a_description_does_not_grow_for_ever(sender: Sender) -> None:
    many = [about(extensions={f"http://x.example/{number}": "x" * 20_000}) for number in range(4)]
    sender.send(*many)
    assert known(sender.store) == many[-1]["object"]["definition"]
    sender.send(about(name={"en": "x" * 70_000}))
    assert known(sender.store) == many[-1]["object"]["definition"]
    sender.send(about(iri=SITE, name={"en": "x" * 70_000}))
    assert known(sender.store, SITE) == {}


def test_batches_at_once_neither_wait_for_ever_nor_lose_a_language(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each names the same activities, in its own order and language; a deadlock is not tried again but fails the test."""
    monkeypatch.setattr(retries, "TRIES", 1)
    tags = ["en", "cy", "fr", "de", "pl", "ur"]
    iris = [f"{SITE}/mod/page/view.php?id={number}" for number in range(12)]
    sender.send(*[about(iri=iri, name={"nl": "x"}) for iri in iris[:6]])

    def note(place: int, tag: str) -> None:
        batch = [about(iri=iri, name={tag: "x"}) for iri in iris]
        with sender.store.writing(at=START):
            definitions.note(sender.store, batch[place:] + batch[:place], START)

    all_well(sender.store, [partial(note, 2 * place, tag) for place, tag in enumerate(tags)])
    for number, iri in enumerate(iris):
        assert set(known(sender.store, iri)["name"]) == {*tags, *(["nl"] if number < 6 else [])}
