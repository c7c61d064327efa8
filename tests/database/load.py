"""A mixture of everything that learning systems send, each request marked, so that what is stored can be held against what
was answered: acknowledged is there exactly once, refused is not there at all, unanswered is there whole or not at all."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any
from uuid import UUID, uuid4

import orjson

from passport_service.services.setup import CORE
from passport_service.store import statement_rows
from passport_service.store.database import Store
from tests.database.sending import VOIDED
from tests.database.serving import Client
from tests.workforce import completion

MARK = "https://lms.example/mark"
ACTIVITIES = 12  # the new things that each sender names besides, always in another order
Batch = list[dict[str, Any]]
Ask = Callable[[str, str, Any], tuple[int, bytes]]


def asking(client: Client) -> Ask:
    """How a program with a connection to a real server asks."""

    def ask(method: str, path: str, body: Any) -> tuple[int, bytes]:
        answer = client.ask(method, path, body)
        return answer.status, answer.body

    return ask


class Outcome(Enum):
    UNANSWERED = auto()
    ACKNOWLEDGED = auto()
    REFUSED = auto()


@dataclass
class Request:
    """One request: its batch, what came of it, and the ids that were answered."""

    mark: str
    batch: Batch
    outcome: Outcome = Outcome.UNANSWERED
    ids: list[str] = field(default_factory=list)


@dataclass
class Load:
    """All that was asked by all senders. ``known`` are acknowledged batches with ids of the sender's own."""

    foreign: str  # the id of a statement that another key sent
    people: Sequence[tuple[str, str]] = ()  # pairs of account names whose training one batch completes
    requests: list[Request] = field(default_factory=list)
    trained: list[tuple[Request, tuple[str, str]]] = field(default_factory=list)
    races: dict[str, list[Request]] = field(default_factory=lambda: defaultdict(list))
    round: str = "0"
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, ask: Ask, batch: Batch, expected: Iterable[int] = (200,), put: bool = False) -> Request:
        """Marks a batch, sends it and notes what came of it; any other status than expected is a fault."""
        request = Request(str(uuid4()), marked(batch))
        request.batch = marked(batch, request.mark)
        with self._lock:
            self.requests.append(request)
        self.put(ask, request) if put else self.post(ask, request, expected)
        return request

    def post(self, ask: Ask, request: Request, expected: Iterable[int]) -> None:
        status, said = ask("POST", "/xapi/statements", request.batch)
        assert status in tuple(expected), (status, said[:500])
        if status != 200:
            assert orjson.loads(said)["error"]["message"]
            request.outcome = Outcome.REFUSED
            return
        request.ids = orjson.loads(said)
        given = [one.get("id", own) for one, own in zip(request.batch, request.ids, strict=True)]
        assert request.ids == given, "the answer is somebody else's"
        request.outcome = Outcome.ACKNOWLEDGED

    def put(self, ask: Ask, request: Request) -> None:
        (one,) = request.batch
        status, said = ask("PUT", f"/xapi/statements?statementId={one['id']}", one)
        assert status == 204, (status, said[:500])
        request.ids, request.outcome = [one["id"]], Outcome.ACKNOWLEDGED


def marked(batch: Batch, mark: str = "") -> Batch:
    return [
        one | {"context": {"extensions": {MARK: [mark, place, len(batch)]}}}
        for place, one in enumerate(batch)
    ]


def statement(sender: int, turn: int, place: int, **more: Any) -> dict[str, Any]:
    """Names people and activities that others name at the same time, in an order of its own."""
    number = (turn + (place if sender % 2 else -place)) % ACTIVITIES
    return {
        "actor": {"account": {"homePage": "https://moodle.example", "name": f"new-{turn}-{number}"}},
        "verb": {"id": f"https://lms.example/verbs/{turn}-{number % 3}"},
        "object": {"id": f"https://lms.example/activities/{turn}-{number}"},
        "timestamp": "2026-03-01T09:00:00Z",
        **more,
    }


def with_ids(batch: Batch) -> Batch:
    return [one | {"id": str(uuid4())} for one in batch]


class Mixture:
    """One sender's turns: every kind of request, one after the other, beginning at another place than its neighbours."""

    def __init__(self, load: Load, number: int) -> None:
        self.load, self.number = load, number
        self.own: list[Request] = []
        self.kinds = (
            self.single, self.batch_with_ids, self.race, self.batch_without_ids, self.invalid, self.alone, self.conflicting,
            self.completions, self.again, self.voiding, self.voiding_of_another, self.race,
        )  # fmt: skip

    def turn(self, ask: Ask, number: int) -> None:
        for kind in self.kinds[self.number % 3 :] if number == 0 else self.kinds:
            kind(ask, number)

    def batch(self, turn: int, size: int = 4) -> Batch:
        return [statement(self.number, turn, place) for place in range(size)]

    def single(self, ask: Ask, turn: int) -> None:
        self.load.send(ask, self.batch(turn, 1))

    def batch_without_ids(self, ask: Ask, turn: int) -> None:
        self.load.send(ask, self.batch(turn))

    def batch_with_ids(self, ask: Ask, turn: int) -> None:
        self.own.append(self.load.send(ask, with_ids(self.batch(turn))))

    def alone(self, ask: Ask, turn: int) -> None:
        self.load.send(ask, with_ids(self.batch(turn, 1)), put=True)

    def invalid(self, ask: Ask, turn: int) -> None:
        bad = {name: value for name, value in statement(self.number, turn, 3).items() if name != "verb"}
        assert self.load.send(ask, [*self.batch(turn), bad], (400,)).outcome is Outcome.REFUSED

    def conflicting(self, ask: Ask, turn: int) -> None:
        if self.own:
            known = {"id": self.own[0].batch[0]["id"]}
            batch = [*with_ids(self.batch(turn)), statement(self.number, turn, 3) | known]
            assert self.load.send(ask, batch, (409,)).outcome is Outcome.REFUSED

    def again(self, ask: Ask, turn: int) -> None:
        """The same once more, as after a lost answer: quiet, and answered alike."""
        if self.own:
            earlier = self.own[-1]
            self.load.post(ask, Request(earlier.mark, earlier.batch), (200,))

    def race(self, ask: Ask, turn: int) -> None:
        """All senders claim the same id with contents of their own: one has it, the others are refused whole."""
        wanted = str(UUID(int=hash((self.load.round, turn)) & (1 << 127) - 1, version=4))
        batch = [statement(self.number, turn, 3) | {"id": wanted}, *with_ids(self.batch(turn, 2))]
        request = self.load.send(ask, batch[:: 1 if self.number % 2 else -1], (200, 409))
        self.load.races[wanted].append(request)

    def voiding(self, ask: Ask, turn: int) -> None:
        if self.own:
            target = self.own.pop(0).batch[-1]["id"]
            self.load.send(ask, with_ids([voids(self.number, turn, target)]))

    def voiding_of_another(self, ask: Ask, turn: int) -> None:
        batch = with_ids([*self.batch(turn), voids(self.number, turn, self.load.foreign)])
        assert self.load.send(ask, batch, (403,)).outcome is Outcome.REFUSED

    def completions(self, ask: Ask, turn: int) -> None:
        """All the training of two people at once; others tell of the same people the other way round."""
        if turn < len(self.load.people):
            pair = self.load.people[turn]
            batch = [completion(course, who=who) for who in pair for course in range(7, 7 + len(CORE))]
            request = self.load.send(ask, batch[:: 1 if self.number % 2 else -1])
            self.load.trained.append((request, pair))


def voids(sender: int, turn: int, target: str) -> dict[str, Any]:
    return statement(
        sender, turn, 0, verb={"id": VOIDED}, object={"objectType": "StatementRef", "id": target}
    )


def assert_answers_hold(store: Store, load: Load) -> None:
    """Every answer is true of what is stored. A request whose answer was lost is stored whole or not at all."""
    found: dict[str, dict[int, str]] = defaultdict(dict)
    states = {}
    for pk, key_id, payload, state in store.execute(
        "SELECT s.pk, s.id, s.payload, s.state FROM statement s ORDER BY s.pk"
    ).fetchall():
        value = orjson.loads(statement_rows.unpacked(payload))
        statement_id = statement_rows.id_text(key_id)
        assert statement_id not in states
        states[statement_id] = state
        mark, place, _ = value.get("context", {}).get("extensions", {}).get(MARK, ("", pk, 0))
        assert place not in found[mark], "stored twice"
        found[mark][place] = statement_id
    for request in load.requests:
        _assert_holds(request, found.get(request.mark, {}))
    _assert_voided(load, states)
    assert set(found) <= {"", *(one.mark for one in load.requests)}


def _assert_holds(request: Request, there: dict[int, str]) -> None:
    places = list(range(len(request.batch)))
    match request.outcome:
        case Outcome.ACKNOWLEDGED:
            assert [there.get(place) for place in places] == request.ids
        case Outcome.REFUSED:
            assert there == {}
        case Outcome.UNANSWERED:
            assert sorted(there) in ([], places)


def _assert_voided(load: Load, states: dict[str, int]) -> None:
    """Also a voiding whose answer was lost is there with all that it does, or not at all."""
    stored = [one for request in load.requests for one in request.batch if one.get("id") in states]
    voided = {one["object"]["id"] for one in stored if one["verb"]["id"] == VOIDED}
    for statement_id, state in states.items():
        expected = statement_rows.VOIDED if statement_id in voided else statement_rows.FOUND
        assert state == expected, (statement_id, state)
    for wanted, requests in load.races.items():
        assert sum(one.outcome is Outcome.ACKNOWLEDGED for one in requests) <= 1, wanted
