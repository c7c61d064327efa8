"""Senders while somebody is erased: what arrives meanwhile is erased whole or stays whole (D.18.2)."""

from contextlib import suppress
from typing import Any

import orjson

from passport_service.domain.errors import Refused
from passport_service.services import erasures, statements
from passport_service.services.erasures import Why
from passport_service.store import interned
from passport_service.store.database import Store
from passport_service.store.statement_rows import load
from tests import builders
from tests.database.sending import Sender, statement, uid
from tests.database.test_attachments import naming
from tests.database.together import all_well
from tests.parts import attached
from tests.people import BY
from tests.workforce import MOODLE

ASHA = f"account|{MOODLE}|12"
SENDERS, EACH = 4, 6


def theirs(number: int) -> dict[str, Any]:
    team = {"objectType": "Group", "member": [builders.account((MOODLE, str(number % 5)))]}
    return statement(number, context={"team": team})


def test_what_arrives_while_somebody_is_erased_is_erased_or_stays_whole(store: Store) -> None:
    sender = Sender(store)
    sender.send(*(theirs(number) for number in range(40)))

    def sends(first: int) -> None:
        for number in range(first, first + EACH):
            body = orjson.dumps(
                [theirs(number), naming(number + 500, b"data") | {"actor": theirs(0)["actor"]}]
            )
            statements.accept(store, key=sender.key, body=body, now=sender.now, attached=[attached(b"data")])

    def erases() -> None:
        with suppress(Refused):  # the second may find nothing more
            erasures.erase_identifier(store, ASHA, why=Why.ASKED, now=sender.now, by=BY)

    works = [lambda first=first: sends(100 + first * 20) for first in range(SENDERS)]
    all_well(store, [*works[:2], erases, *works[2:], erases])
    rows = store.execute("SELECT pk, agent_id, state, payload, digest FROM statement").fetchall()
    assert len(rows) == 40 + SENDERS * EACH * 2
    for _, agent, state, payload, digest in rows:
        is_erased = (agent, state, bytes(payload), bytes(digest)) == (None, 2, b"{}", bytes(32))
        assert is_erased or (agent is not None and state == 0 and len(payload) > 2)
    whole = {pk for pk, _, state, _, _ in rows if state == 0}
    names = dict(store.execute("SELECT id, key FROM statement_agent").fetchall())
    assert {agent for _, agent, state, _, _ in rows if state == 0} <= set(names)
    linked = store.execute("SELECT agent_id, statement_pk FROM statement_also_agent").fetchall()
    assert {pk for _, pk in linked} <= whole
    assert {agent for agent, _ in linked} <= set(names)
    files = {pk for (pk,) in store.execute("SELECT statement_pk FROM statement_attached").fetchall()}
    with_files = {
        one.pk for number in range(600, 600 + SENDERS * 20) if (one := find(store, number)) is not None
    }
    assert files == with_files


def find(store: Store, number: int) -> Any:
    found = load(store, [uid(number)])
    return found[0] if found else None


def test_every_statement_that_came_later_is_found_by_its_agent(store: Store) -> None:
    sender = Sender(store)
    for round_ in range(5):
        sender.send(theirs(round_))
        erasures.erase_identifier(store, ASHA, why=Why.ASKED, now=sender.now, by=BY)
    all_well(store, [lambda number=number: sender.send(theirs(number)) for number in range(20, 26)])
    assert sorted(sender.numbers(agent=orjson.dumps(theirs(0)["actor"]).decode())) == list(range(20, 26))
    assert interned.number_of(store, interned.AGENTS, ASHA) is not None
