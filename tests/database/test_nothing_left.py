"""After somebody was erased, no table of the database holds a name or an identifier of theirs, in no column (D.18.2)."""

import zlib
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest

from passport_service.config import Settings
from passport_service.services import (
    accounts,
    erasures,
    exports,
    holds,
    ledgers,
    people,
    statements,
)
from passport_service.services.erasures import Why
from passport_service.services.keys import Key
from passport_service.services.known import of_person
from passport_service.store import documents
from passport_service.store.database import Store
from passport_service.store.documents import Context, Place
from passport_service.store.engines import sqlite_path
from passport_service.store.holds import Kind
from passport_service.store.payloads import unpacked
from passport_service.store.tables import all_tables
from passport_service.xapi.actor import sha1_of_mbox
from passport_service.xapi.documents import Content
from passport_service.xapi.signature import SIGNATURE
from tests import builders
from tests.conftest import Clock
from tests.database.sending import HOME, statement, voiding
from tests.database.test_attachments import naming
from tests.parts import attached
from tests.people import BY, Town
from tests.workforce import MOODLE, completion, moodle_key, refused_batch, send, workforce_town

NUMBER = "4711-0815"
NAME = "Noor Achterberg"
ADDRESS = "noor.achterberg@council.example"
REF = "staff-8814"
WORDS = [
    one.encode()
    for one in (NUMBER, NAME, "noor", "Achterberg", ADDRESS, REF, sha1_of_mbox(f"mailto:{ADDRESS}"))
]


def agent(**more: Any) -> dict[str, Any]:
    return builders.account((MOODLE, NUMBER)) | {"name": NAME} | more


def other(name: str) -> dict[str, Any]:
    return builders.account((MOODLE, name))


def everything(store: Store) -> Iterator[tuple[str, str, bytes]]:
    """Every text and every run of bytes that the database holds: table, column, what is in it, inflated."""
    for table in all_tables():
        name = table._meta.table_name
        cursor = store.execute(f'SELECT * FROM "{name}"')
        columns = [one[0] for one in cursor.description]
        for row in cursor.fetchall():
            for column, value in zip(columns, row, strict=True):
                if isinstance(value, str):
                    yield name, column, value.encode()
                elif isinstance(value, bytes | memoryview):
                    yield name, column, inflated(bytes(value))


def inflated(value: bytes) -> bytes:
    try:
        return value + unpacked(value)
    except (ValueError, zlib.error):
        return value


def left(store: Store) -> set[tuple[str, str, bytes]]:
    """Where one of the person's words stands."""
    return {
        (table, column, word)
        for table, column, value in everything(store)
        for word in WORDS
        if word.lower() in value.lower()
    }


@pytest.fixture
def made(store: Store, clock: Clock) -> Town:
    made = workforce_town(store, clock)
    made.streams["noor"] = people.register(
        store, ref=REF, attributes={"name": NAME, "role": "social_worker", "team": "North A", "email": ADDRESS},
        now=made.now, caused_by=BY,
    )  # fmt: skip
    people.link(
        store, made.streams["noor"], f"account|{MOODLE}|{NUMBER}", now=made.now, caused_by=BY, why=NAME
    )
    people.link(store, made.streams["noor"], f"mbox|mailto:{ADDRESS}", now=made.now, caused_by=BY)
    accounts.open_account(
        store, email=ADDRESS, name=NAME, roles=["social_worker"], now=made.now, by=BY, who=REF
    )
    return made


@pytest.fixture
def key(made: Town) -> Key:
    return moodle_key(made, may_void=True)


def with_everything(made: Town, key: Key, folder: Path) -> None:
    """All that may be known of a person, in every place where it can stand."""
    store, stream = made.store, made.streams["noor"]
    team = {"objectType": "Group", "name": f"Friends of {NAME}", "member": [other("77"), agent()]}
    mailbox = builders.mailbox(ADDRESS.replace("council", "Council")) | {"name": NAME}
    hashed = {"mbox_sha1sum": sha1_of_mbox(f"mailto:{ADDRESS}").upper()}
    inner = {
        "objectType": "SubStatement", "actor": agent(), "verb": {"id": "http://example.org/did"},
        "object": {"id": "http://example.org/1"},
    }  # fmt: skip
    context = {
        "instructor": mailbox,
        "team": team,
        "extensions": {"http://example.org/who": {"mail": ADDRESS, "as": NAME}},
    }
    own = completion(7, who=NUMBER)
    send(
        made, key,
        own | {"actor": agent()}, completion(99, who=NUMBER),
        statement(1, actor=agent(), context={"instructor": other("78")}),
        statement(2, actor=mailbox, object={"id": "http://example.org/profile", "definition": {"name": {"en": NAME}}}),
        statement(3, actor=hashed),
        statement(4, actor=other("77"), context=context, result={"response": f"{NAME} ({ADDRESS}) was there"}),
        statement(5, actor=team), statement(6, actor=other("77"), object=agent()),
        statement(7, actor=other("77"), object=inner), statement(8, actor=agent(), object=inner),
        statement(10, actor=other("77"), context={"instructor": hashed}),
    )  # fmt: skip
    send(made, key, voiding(9, 1) | {"actor": agent()})
    with_files(made, key)
    with store.writing():
        for context_of in (
            Context(f"account|{MOODLE}|{NUMBER}", "http://example.org/1"),
            Context(f"mbox|mailto:{ADDRESS}"),
        ):
            documents.add(store, Place(context_of, "state"), Content("text/plain", NAME.encode()), made.now)
    refused_batch(made, key, orjson.dumps([completion(7, who="77"), completion(8, who=NUMBER)]))
    refused_batch(made, key, b'[{"actor": {"mbox": "mailto:noor.achterberg\\u0040council.example"')
    made.submit("noor", "N-1")
    made.decide("N-1", by="rhys")
    exports.make(store, folder, of_person(store, stream), home=HOME, now=made.now, by=BY)
    number = holds.set_hold(store, Kind.PERSON, stream, reason=f"{NAME} went to court", now=made.now, by=BY)
    holds.lift(store, number, why=f"{NAME} lost", now=made.now, by=BY)


def with_files(made: Town, key: Key) -> None:
    """A file of their own, and a signature by somebody else over a statement that names them."""
    mine, signed = f"certificate of {NAME}".encode(), signature(agent())
    for body, data in (
        (naming(11, mine) | {"actor": agent()}, mine),
        (
            statement(12, actor=other("77"), context={"instructor": agent()})
            | {"attachments": naming(12, signed, usageType=SIGNATURE)["attachments"]},
            signed,
        ),
    ):
        with_type = [one | {"contentType": "application/octet-stream"} for one in body["attachments"]]
        sent = [body | {"attachments": with_type}]
        statements.accept(
            made.store, key=key, body=orjson.dumps(sent), now=made.now, attached=[attached(data)]
        )


def signature(who: dict[str, Any]) -> bytes:
    value = statement(12, actor=other("77"), context={"instructor": who})
    parts = (orjson.dumps({"alg": "RS256"}), orjson.dumps(value), sha256(b"").digest())
    return b".".join(urlsafe_b64encode(one).rstrip(b"=") for one in parts)


def erase(made: Town) -> None:
    stream = made.streams["noor"]
    people.leave(made.store, stream, on=made.now.date(), now=made.now, caused_by=BY)
    made.clock.move(days=1)
    erasures.erase_person(made.store, stream, why=Why.ASKED, now=made.now, by=BY)


def test_no_column_of_no_table_holds_a_name_or_an_identifier(
    made: Town, key: Key, tmp_path: Path, settings: Settings
) -> None:
    with_everything(made, key, tmp_path)
    places = {(table, column) for table, column, _ in left(made.store)}
    assert len(places) > 12, places  # the test would notice
    erase(made)
    assert left(made.store) == set()
    assert ledgers.verify(made.store) == []
    assert ledgers.rebuild(made.store).differences == []


def test_nor_does_the_file_of_sqlite(sqlite_store: Store, clock: Clock, tmp_path: Path) -> None:
    made = workforce_town(sqlite_store, clock)
    key = moodle_key(made)
    made.streams["noor"] = people.register(
        sqlite_store, ref=REF, attributes={"name": NAME, "role": "social_worker", "email": ADDRESS},
        now=made.now, caused_by=BY,
    )  # fmt: skip
    people.link(sqlite_store, made.streams["noor"], f"account|{MOODLE}|{NUMBER}", now=made.now, caused_by=BY)
    send(made, key, *(completion(7 + number, who=NUMBER) for number in range(30)))
    send(made, key, *(statement(number, actor=other(f"p{number}")) for number in range(200)))
    file = Path(sqlite_path(sqlite_store.url))
    sqlite_store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert ADDRESS.encode() in file.read_bytes()
    erase(made)
    found = file.read_bytes() + file.with_name(file.name + "-wal").read_bytes()
    assert [word for word in WORDS if word in found] == []
