"""Two web nodes over one PostgreSQL, or two processes over one SQLite file: they share nothing but the database."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from passport_service.services import keys, ledgers
from passport_service.services.keys import Made
from passport_service.store import ledger
from passport_service.store.database import Store
from passport_service.store.fields import moment_of
from passport_service.store.statement_rows import id_text
from tests.database.load import Load, Mixture, Outcome, asking, assert_answers_hold
from tests.database.sending import statement, uid
from tests.database.serving import PEPPER, Client, Sender, Server, headers_of, run_until, serving
from tests.people import BY, Town
from tests.workforce import link

CONSISTENT = "X-Experience-API-Consistent-Through"
TURNS = 2
SENDERS = 6


@pytest.fixture
def nodes(made: Town, tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    with serving(made.store, first) as one, serving(made.store, second) as other:
        yield one, other
        one.assert_no_fault()
        other.assert_no_fault()


def new_key(made: Town, **may: Any) -> Made:
    return keys.create(made.store, label="LMS", purpose="xapi", pepper=PEPPER, by=BY, now=made.now, **may)


def test_what_one_node_was_told_the_other_knows_at_once(nodes: tuple[Server, Server], made: Town) -> None:
    key = new_key(made)
    one, other = (Client(node.port, headers_of(key)) for node in nodes)
    for number in range(0, 20, 2):
        assert one.post(statement(number)).status == 200
        assert other.get(f"/xapi/statements?statementId={uid(number)}").value["id"] == uid(number)
        assert other.post(statement(number), statement(number + 1)).status == 200  # quiet about the first
        assert (
            one.post(statement(number + 1, timestamp="2026-03-01T09:00:01Z")).error["code"] == "ID_CONFLICT"
        )
    assert pages_by_turns(one, other) == [uid(number) for number in range(20)]
    keys.revoke(made.store, key.key.id, now=made.now)
    assert [client.post(statement(99)).status for client in (one, other)] == [401, 401]


def pages_by_turns(*clients: Client) -> list[str]:
    """Every page at another node, following what the one before it answered."""
    more, found, turn = "/xapi/statements?ascending=true&limit=3", [], 0
    while more:
        page = clients[turn % len(clients)].get(more).value
        found += [one["id"] for one in page["statements"]]
        more, turn = page["more"], turn + 1
    assert turn >= len(clients)
    return found


class Follower:
    """Harvests a node as the standard foresees it: what is stored up to the moment that the answer calls consistent."""

    def __init__(self) -> None:
        self.through = "2000-01-01T00:00:00Z"
        self.seen: set[str] = set()

    def turn(self, client: Client, _: int) -> None:
        more, first = f"/xapi/statements?ascending=true&since={self.through.replace('+', '%2B')}", None
        while more:
            answer = client.get(more)
            first = first or answer.headers[CONSISTENT]
            for one in answer.value["statements"]:
                if moment(one["stored"]) <= moment(first):
                    self.seen.add(one["id"])
            more = answer.value["more"]
        assert first is not None
        self.through = max(self.through, first, key=moment)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_two_busy_nodes_never_deadlock_and_nothing_turns_up_below_what_is_consistent(
    nodes: tuple[Server, Server], made: Town
) -> None:
    names = []
    for number in range(2 * TURNS):
        names.append(f"p{number}")
        made.person(names[-1])
        link(made, names[-1], names[-1])
        made.approve(names[-1], *(f"I-{number}-{one}" for one in range(3)), by="rhys")
    foreign = Client(nodes[0].port, headers_of(new_key(made)))
    assert foreign.post(statement(1)).status == 200
    headers = headers_of(new_key(made, may_void=True))
    load = Load(uid(1), list(zip(names[::2], names[1::2], strict=True)))
    senders = [sender(load, number, nodes[number % 2].port, headers) for number in range(SENDERS)]
    followers = [Follower(), Follower()]
    reading = [
        Sender(Client(node.port, headers), follower.turn)
        for node, follower in zip(nodes, followers, strict=True)
    ]
    run_until([*senders, *reading], turns=TURNS, server=nodes[0])
    for one in (*senders, *reading):
        one.ended()
    assert all(one.outcome is not Outcome.UNANSWERED for one in load.requests)
    assert_answers_hold(made.store, load)
    for follower in followers:
        assert missed(made.store, follower) == []
    for name in names:
        events = ledger.read(made.store, made.streams[name])
        assert [one.kind for one in events].count("passport_issued") == 1
    assert ledgers.verify(made.store) == []


def sender(load: Load, number: int, port: int, headers: dict[str, str]) -> Sender:
    own = Mixture(load, number)
    return Sender(Client(port, headers), lambda client, turn: own.turn(asking(client), turn))


def missed(store: Store, follower: Follower) -> list[str]:
    """Statements below what was called consistent that a follower never saw; voided ones are not shown to anybody."""
    rows = store.execute("SELECT id, stored, key_id FROM statement WHERE state = 0 ORDER BY pk").fetchall()
    own = rows[-1][2]
    through = moment(follower.through)
    below = [id_text(one) for one, stored, key in rows if key == own and moment_of(stored) <= through]
    assert below
    return [one for one in below if one not in follower.seen]
