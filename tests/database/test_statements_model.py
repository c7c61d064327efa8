"""The store against a model that a child could follow: a list of statements, looked through from one end to the other."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from passport_service.domain.errors import Refused
from passport_service.services import statements
from passport_service.store.database import Store
from passport_service.xapi.query import parse_query
from passport_service.xapi.timestamps import format_timestamp
from tests.database.sending import HOME, VOIDED, Sender, uid

numbers = count(
    1_000
)  # ids of one run are never those of another: all runs share a database, each has a key of its own

ACTORS = [{"account": {"homePage": "https://moodle.example", "name": name}} for name in "ab"]
VERBS = ["http://adlnet.gov/expapi/verbs/passed", "http://adlnet.gov/expapi/verbs/attempted"]
ACTIVITIES = ["https://moodle.example/a", "https://moodle.example/b"]
REGISTRATIONS = ["ec531277-b57b-4c15-8d91-d292c5b2b8f7", "fd531277-b57b-4c15-8d91-d292c5b2b8f7"]

CONTENT = st.builds(
    lambda actor, verb, activity, registration: (
        {
            "actor": actor,
            "verb": {"id": verb},
            "object": {"id": activity},
            "timestamp": "2026-03-01T09:00:00Z",
        }
        | ({} if registration is None else {"context": {"registration": registration}})
    ),
    st.sampled_from(ACTORS),
    st.sampled_from(VERBS),
    st.sampled_from(ACTIVITIES),
    st.none() | st.sampled_from(REGISTRATIONS),
)
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "agent": st.sampled_from([orjson.dumps(one).decode() for one in ACTORS]),
        "verb": st.sampled_from([*VERBS, VOIDED]),
        "activity": st.sampled_from(ACTIVITIES),
        "registration": st.sampled_from(REGISTRATIONS),
        "since": st.integers(0, 40),
        "until": st.integers(0, 40),
        "ascending": st.sampled_from(["true", "false"]),
        "limit": st.sampled_from(["1", "2", "3", "50"]),
    },
)


@dataclass(frozen=True)
class Known:
    """A statement as the model has it; they stand in the order in which they were stored."""

    id: str
    content: dict[str, Any]
    stored: datetime

    @property
    def target(self) -> str | None:
        meant = self.content["object"]
        return meant["id"] if meant.get("objectType") == "StatementRef" else None

    @property
    def is_voiding(self) -> bool:
        return bool(self.content["verb"]["id"] == VOIDED)


@dataclass
class Paging:
    """Somebody who reads page by page: what fitted when they began, and what they have been given."""

    parameters: dict[str, str]
    began_with: list[str]
    given: list[str] = field(default_factory=list)
    cursor: str | None = None


class Machine(RuleBasedStateMachine):
    """Rules of the model beside the real services, for one key."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store

    @initialize()
    def begin(self) -> None:
        self.sender = Sender(self.store, may_void=True)
        self.known: dict[str, Known] = {}
        self.foretold: list[str] = []  # ids that were voided before they came
        self.paging: list[Paging] = []

    # In

    def sent(self, batch: list[dict[str, Any]], **options: Any) -> None:
        body = batch[0] if "statement_id" in options else batch
        accepted = self.sender.send_body(orjson.dumps(body), **options)
        for statement_id, one in zip(accepted.ids, batch, strict=True):
            assert one.get("id", statement_id) == statement_id
            self.known.setdefault(statement_id, Known(statement_id, one, self.sender.now))

    @rule(contents=st.lists(CONTENT, min_size=1, max_size=4), with_ids=st.booleans())
    def post(self, contents: list[dict[str, Any]], with_ids: bool) -> None:
        self.sent([one | ({"id": uid(next(numbers))} if with_ids else {}) for one in contents])

    @rule(content=CONTENT)
    def put(self, content: dict[str, Any]) -> None:
        statement_id = uid(next(numbers))
        self.sent([content | {"id": statement_id}], statement_id=statement_id)

    @rule(data=st.data(), content=CONTENT)
    def send_again(self, data: st.DataObject, content: dict[str, Any]) -> None:
        if known := self.some(data):
            self.sent([content | {"id": uid(next(numbers))}, known.content | {"id": known.id}])

    @rule(data=st.data(), content=CONTENT)
    def conflict(self, data: st.DataObject, content: dict[str, Any]) -> None:
        if known := self.some(data):
            other = known.content | {"id": known.id, "result": {"response": "another"}}
            with pytest.raises(Refused) as refused:
                self.sent([content | {"id": uid(next(numbers))}, other])
            assert refused.value.code == "ID_CONFLICT"

    @rule(data=st.data(), content=CONTENT)
    def void(self, data: st.DataObject, content: dict[str, Any]) -> None:
        if known := self.some(data):
            self.sent([content | voids(known.id)])

    @rule(content=CONTENT)
    def void_what_is_to_come(self, content: dict[str, Any]) -> None:
        self.foretold.append(uid(next(numbers)))
        self.sent([content | voids(self.foretold[-1])])

    @rule(contents=st.lists(CONTENT, min_size=1, max_size=2))
    def post_what_was_voided_already(self, contents: list[dict[str, Any]]) -> None:
        if self.foretold:
            self.sent([contents[0] | {"id": self.foretold.pop()}, *contents[1:]])

    def some(self, data: st.DataObject) -> Known | None:
        return data.draw(st.sampled_from(list(self.known.values()))) if self.known else None

    # Out

    @rule(data=st.data())
    def find(self, data: st.DataObject) -> None:
        if known := self.some(data):
            is_voided = known.id in self.voided()
            for name, expected in (("statementId", not is_voided), ("voidedStatementId", is_voided)):
                query = parse_query({name: known.id})
                found = statements.find(self.store, query, key=self.sender.key)
                assert (found is not None) is expected
                assert found is None or (found.id, found.stored) == (known.id, known.stored)

    @rule(filters=FILTERS)
    def look_through(self, filters: dict[str, Any]) -> None:
        parameters = self.asked(filters)
        reader = Paging(parameters, [])
        while self.read_on(reader):
            pass
        assert reader.given == self.fitting(parameters)

    @rule(filters=FILTERS, limit=st.sampled_from(["1", "2", "3"]))
    def begin_paging(self, filters: dict[str, Any], limit: str) -> None:
        parameters = self.asked(filters | {"limit": limit})
        reader = Paging(parameters, self.fitting(parameters))
        if self.read_on(reader):
            self.paging.append(reader)

    @rule()
    def read_the_next_page(self) -> None:
        """What was there from the beginning comes exactly once, in order; what was voided meanwhile may be missing."""
        if not self.paging:
            return
        reader = self.paging[0]
        if self.read_on(reader):
            return
        self.paging.pop(0)
        assert len(set(reader.given)) == len(reader.given)
        old = set(reader.began_with)
        voided = self.voided()
        came = [one for one in reader.given if one in old and one not in voided]
        assert came == [one for one in reader.began_with if one not in voided]
        order = list(self.known)
        places = [order.index(one) for one in reader.given]
        assert places == sorted(places, reverse=reader.parameters.get("ascending") != "true")
        if reader.parameters.get("ascending") != "true":
            assert set(reader.given) <= old

    def asked(self, filters: dict[str, Any]) -> dict[str, str]:
        """Bounds by the place of a statement, as moments."""
        moments = [one.stored for one in self.known.values()]
        found = dict(filters)
        for name in ("since", "until"):
            place = found.pop(name, None)
            if place is not None and moments:
                found[name] = format_timestamp(moments[place % len(moments)])
        return found

    def read_on(self, reader: Paging) -> bool:
        """Reads a page; whether there is another."""
        more = {} if reader.cursor is None else {"cursor": reader.cursor}
        query = parse_query(reader.parameters | more)
        page = statements.search(self.store, query, key=self.sender.key, home=HOME)
        assert len(page.statements) <= int(reader.parameters.get("limit", 500))
        reader.given += [orjson.loads(one)["id"] for one in page.statements]
        reader.cursor = page.cursor
        return page.cursor is not None

    # The model

    def voided(self) -> set[str]:
        meant = {one.target for one in self.known.values() if one.is_voiding}
        return {one.id for one in self.known.values() if one.id in meant and not one.is_voiding}

    def fitting(self, parameters: dict[str, str]) -> list[str]:
        """The ids of what fits, in the order asked for; a reference fits through what it refers to."""
        voided = self.voided()
        found = [
            one.id
            for one in self.known.values()
            if one.id not in voided
            and in_time(one, parameters)
            and any(fits(each, parameters) for each in self.chain(one))
        ]
        return found if parameters.get("ascending") == "true" else found[::-1]

    def chain(self, one: Known | None) -> Iterable[Known]:
        while one is not None:
            yield one
            one = self.known.get(one.target) if one.target else None

    @invariant()
    def nothing_else_is_there(self) -> None:
        if hasattr(self, "known"):
            rows = self.store.execute(
                "SELECT count(*) FROM statement s JOIN statement_key k ON k.id = s.key_id WHERE k.key = ?",
                (self.sender.key.id,),
            )
            assert rows.fetchone()[0] == len(self.known)


def voids(target: str) -> dict[str, Any]:
    return {
        "id": uid(next(numbers)),
        "verb": {"id": VOIDED},
        "object": {"objectType": "StatementRef", "id": target},
    }


TESTS: dict[str, Callable[[dict[str, Any], str], bool]] = {
    "agent": lambda content, wanted: bool(content["actor"] == orjson.loads(wanted)),
    "verb": lambda content, wanted: bool(content["verb"]["id"] == wanted),
    "activity": lambda content, wanted: bool(content["object"]["id"] == wanted),
    "registration": lambda content, wanted: content.get("context", {}).get("registration") == wanted,
}


def fits(one: Known, parameters: dict[str, str]) -> bool:
    return all(test(one.content, parameters[name]) for name, test in TESTS.items() if name in parameters)


def in_time(one: Known, parameters: dict[str, str]) -> bool:
    stored = format_timestamp(one.stored)
    return parameters.get("since", "") < stored <= parameters.get("until", "9999")


def test_the_store_does_what_the_model_does(store: Store) -> None:
    examples = 60 if store.is_sqlite else 15
    run_state_machine_as_test(
        lambda: Machine(store),
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
