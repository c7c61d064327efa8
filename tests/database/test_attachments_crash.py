"""The server is killed while attachments come in: what it acknowledged is there with its data, and nothing else is."""

import random
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import orjson
import pytest

from passport_service.services import keys
from passport_service.store.database import Store
from passport_service.store.statement_rows import id_text
from tests.database.sending import count, uid
from tests.database.serving import PEPPER, Client, Sender, headers_of, run_until, serving
from tests.database.test_attachments import naming
from tests.parts import multipart

SENDERS = 3
SIZE = 700_000
ROOM = 1_000_000  # numbers that a sender may use


def content_of(number: int) -> bytes:
    return random.Random(number).randbytes(SIZE)


@pytest.mark.crash
def test_a_server_killed_while_attachments_come_in_keeps_those_it_acknowledged_and_no_others(
    store: Store, tmp_path: Path
) -> None:
    made = keys.create(store, label="LMS", purpose="xapi", pepper=PEPPER, by="admin", now=datetime.now(UTC))
    acknowledged: list[int] = []

    def sends(first: int) -> Sender:
        def turn(client: Client, number: int) -> None:
            content = content_of(first + number)
            content_type, body = multipart(orjson.dumps([naming(first + number, content)]), [content])
            answer = client.ask("POST", "/xapi/statements", body, **{"Content-Type": content_type})
            assert answer.status == 200
            acknowledged.append(first + number)

        return Sender(Client(server.port, headers_of(made)), turn)

    with serving(store, tmp_path) as server:
        senders = [sends(one * ROOM) for one in range(1, SENDERS + 1)]
        run_until(senders, turns=4, server=server)
        server.kill_for_good(store)
        for sender in senders:
            sender.ended()
    there = whole(store)
    assert {
        uid(number): sha256(content_of(number)).hexdigest() for number in acknowledged
    }.items() <= there.items()
    # At most one of each sender was under way; it is there whole or not at all.
    assert len(there) == count(store) == count(store, "attachment")
    assert len(acknowledged) <= len(there) <= len(acknowledged) + SENDERS
    assert [*(tmp_path / "incoming").iterdir()] == []


def whole(store: Store) -> dict[str, str]:
    """The statements that are there, by id, with the hash of the data that is linked to each."""
    rows = store.execute(
        "SELECT s.id, c.content FROM statement s JOIN statement_attached l ON l.statement_pk = s.pk"
        " JOIN attachment_chunk c ON c.attachment_id = l.attachment_id ORDER BY s.pk, c.place"
    )
    found: dict[bytes, bytes] = {}
    for statement_id, content in rows.fetchall():
        found[bytes(statement_id)] = found.get(bytes(statement_id), b"") + bytes(content)
    return {id_text(one): sha256(content).hexdigest() for one, content in found.items()}


@pytest.mark.slow
def test_a_large_attachment_comes_in_and_goes_out_in_little_memory(store: Store, tmp_path: Path) -> None:
    """A hundred times what a piece takes; benchmarks/attachments.py does it with more."""
    made = keys.create(store, label="LMS", purpose="xapi", pepper=PEPPER, by="admin", now=datetime.now(UTC))
    content = random.Random(1).randbytes(2**20) * 60
    content_type, body = multipart(orjson.dumps([naming(1, content)]), [content])
    with serving(store, tmp_path) as server:
        client = Client(server.port, headers_of(made))
        small = b"small"
        for number in (2, 3):
            kind, other = multipart(orjson.dumps([naming(number, small)]), [small])
            assert client.ask("POST", "/xapi/statements", other, **{"Content-Type": kind}).status == 200
        server.forget_most()
        before = server.most_resident()
        assert client.ask("POST", "/xapi/statements", body, **{"Content-Type": content_type}).status == 200
        answer = client.get(f"/xapi/statements?attachments=true&statementId={uid(1)}")
        assert server.most_resident() - before < 30 * 2**20
    assert content in answer.body
