"""What a body would do is told by doing it and undoing it: nothing is stored, nobody is told, nothing is remembered."""

import orjson
import pytest

from passport_service.services import trials
from passport_service.services.keys import Key
from passport_service.store import interned
from passport_service.store.database import Store
from passport_service.store.queries import Outcome
from passport_service.xapi.versions import Version
from tests import builders
from tests.conftest import Clock
from tests.people import Town
from tests.workforce import COURSES, completion, moodle_key, send, workforce_town

NEW_VERB = "https://verbs.example/never-seen-before"


@pytest.fixture
def here(store: Store, clock: Clock) -> Town:
    return workforce_town(store, clock)


@pytest.fixture
def key(here: Town) -> Key:
    return moodle_key(here, may_void=True)


def try_out(here: Town, key: Key, *sent: object) -> trials.Trial:
    return trials.try_out(here.store, key=key, body=orjson.dumps(sent), now=here.now)


def everything(store: Store) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    return {
        name: sorted(str(row) for row in store.execute(f'SELECT * FROM "{name}"').fetchall())
        for name in store.db.get_tables()
    }


def one_course_short(here: Town) -> None:
    """Asha has three approvals and all core training but the one that completion(7) brings."""
    here.approve("asha", "A-1", "A-2", "A-3", by="rhys")
    number = {activity: place for place, activity in enumerate(COURSES.values(), 7)}
    key = moodle_key(here)
    send(here, key, *(completion(place) for place in number.values() if place != 7))


def test_nothing_at_all_is_stored_and_nobody_is_told(here: Town, key: Key) -> None:
    one_course_short(here)
    before = everything(here.store)
    found = try_out(
        here, key, completion(7), completion(8, who="77"), builders.statement(NEW_VERB), {"actor": 1}
    )
    assert [one.deed.outcome for one in found.tried] == [Outcome.RECOGNISED, Outcome.WAITING, Outcome.IGNORED]
    assert {"outbox", "notice", "event", "statement", "arrival", "refused_batch"} <= set(before)
    assert everything(here.store) == before


def test_no_number_that_was_given_out_is_remembered(here: Town, key: Key) -> None:
    try_out(here, key, builders.statement(NEW_VERB))
    assert NEW_VERB not in interned.committed(here.store, interned.VERBS)
    assert interned.number_of(here.store, interned.VERBS, NEW_VERB) is None
    ids = send(here, key, builders.statement(NEW_VERB))
    rows = here.store.execute(
        "SELECT v.iri FROM statement s JOIN statement_verb v ON v.id = s.verb_id ORDER BY s.pk"
    ).fetchall()
    assert (len(ids), rows) == (1, [(NEW_VERB,)])


def test_a_passport_that_would_be_issued_is_told(here: Town, key: Key) -> None:
    one_course_short(here)
    found = try_out(here, key, completion(7))
    deed = found.tried[0].deed
    assert [one.kind for one in deed.rests] == ["completion_recorded"]
    assert [one.kind for one in deed.followed] == ["passport_issued"]
    assert [(one.passport_before, one.passport_after) for one in found.changed] == [
        ("working_towards", "active")
    ]
    assert deed.said is not None
    assert (deed.said.platform, deed.courses, deed.why) == ("moodle", ("Corporate governance",), "")


def test_what_it_told_is_what_then_happens(here: Town, key: Key) -> None:
    one_course_short(here)
    told = try_out(here, key, completion(7)).changed[0]
    send(here, key, completion(7))
    again = try_out(here, key, completion(7)).changed
    assert again == []  # the same fact once more changes nothing
    row = here.store.execute(
        "SELECT passport_state FROM practitioner WHERE stream = ?", (told.stream,)
    ).fetchone()
    assert row[0] == told.passport_after


def test_a_body_that_would_be_refused_tells_what_its_good_statements_would_do(here: Town, key: Key) -> None:
    found = try_out(here, key, completion(8), {"actor": {}}, completion(9, who="77"))
    assert found.refusal is not None
    assert found.refusal.path == "statements[1].actor"
    assert [one.place for one in found.problems] == [1]
    assert [one.place for one in found.tried] == [0, 2]


def test_what_a_key_may_not_say_is_told(here: Town) -> None:
    found = try_out(
        here, moodle_key(here), builders.statement(actor=builders.account(("https://other.example", "1")))
    )
    assert found.refusal is not None
    assert found.refusal.path == "statements[0].actor.account.homePage"
    assert found.tried == []


def test_a_statement_that_is_here_already_is_known(here: Town, key: Key) -> None:
    known = completion(8) | {"id": "11111111-1111-4111-8111-111111111111"}
    send(here, key, known)
    other = known | {"verb": {"id": NEW_VERB}}
    assert [one.is_known for one in try_out(here, key, known, completion(9)).tried] == [True, False]
    conflict = try_out(here, key, completion(9), other)
    assert conflict.refusal is not None
    assert (conflict.refusal.place, [one.place for one in conflict.tried]) == (1, [0])


def test_a_voiding_tells_whose_requirement_would_go(here: Town, key: Key) -> None:
    statement = completion(8) | {"id": "11111111-1111-4111-8111-111111111111"}
    send(here, key, statement)
    target = {"objectType": "StatementRef", "id": statement["id"]}
    found = try_out(here, key, builders.statement("voided", target))
    assert [(one.stream, one.after.state) for one in found.changed] == [(here.streams["asha"], "withdrawn")]
    assert try_out(here, key, completion(9)).changed != []


def test_one_statement_alone_and_one_by_the_other_version(here: Town, key: Key) -> None:
    body = orjson.dumps(builders.statement(context={"contextAgents": []}))
    first = trials.try_out(here.store, key=key, body=body, now=here.now, version=Version.V1)
    assert first.refusal is not None
    assert first.refusal.place == 0
    bare = trials.try_out(here.store, key=key, body=orjson.dumps(completion(8)), now=here.now)
    assert [one.place for one in bare.tried] == [0]


@pytest.mark.parametrize("body", [b"", b"{", b"nonsense", b"[{}"])
def test_what_is_no_json_is_told_so(here: Town, key: Key, body: bytes) -> None:
    found = trials.try_out(here.store, key=key, body=body, now=here.now)
    assert found.refusal is not None
    assert "JSON" in found.refusal.message
    assert found.tried == []
