"""What is held of somebody, as one file that they can read and keep (D.18.2, right of access)."""

import tracemalloc
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any
from zipfile import ZipFile

import orjson
import pytest
from peewee import OperationalError
from playhouse.migrations import Runner

from passport_service.app import create_app, open_deployment
from passport_service.config import Settings
from passport_service.domain.errors import Refused
from passport_service.domain.retention import Schedule
from passport_service.services import erasures, exports, people, retention, statements
from passport_service.services.erasures import Why
from passport_service.services.keys import Key
from passport_service.services.known import of_identifier, of_person
from passport_service.store import backups, documents, security_log
from passport_service.store import exports as rows
from passport_service.store.chunks import Gone
from passport_service.store.database import MIGRATIONS, Store, migrate
from passport_service.store.documents import Context, Place
from passport_service.store.engines import sqlite_path
from passport_service.store.exports import Export
from passport_service.store.fields import moment_text
from passport_service.xapi.documents import Content
from passport_service.xapi.multipart import PIECE
from tests import builders
from tests.conftest import Clock
from tests.database.sending import HOME, count, statement, uid
from tests.database.test_attachments import naming
from tests.database.together import meanwhile
from tests.pages import ORIGIN
from tests.parts import attached
from tests.people import BY, Town
from tests.workforce import MOODLE, completion, moodle_key, refused_batch, send, workforce_town

ASHA = f"account|{MOODLE}|12"


def agent(name: str, called: str | None = None) -> dict[str, Any]:
    return builders.account((MOODLE, name)) | ({"name": called} if called else {})


def export(made: Town, folder: Path, ref: str = "asha") -> Export:
    who = of_person(made.store, made.streams[ref])
    return exports.make(made.store, folder, who, home=HOME, now=made.now, by=BY)


def taken(store: Store, one: Export) -> bytes:
    file = b"".join(rows.pieces(store, one))
    assert len(file) == one.size
    return file


def opened(store: Store, one: Export) -> dict[str, bytes]:
    with ZipFile(BytesIO(taken(store, one))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def lines(text: bytes) -> list[Any]:
    return [orjson.loads(line) for line in text.splitlines()]


def test_every_statement_is_there_as_it_was_received_a_line_each(
    made: Town, key: Key, tmp_path: Path
) -> None:
    sent = send(made, key, completion(7), completion(99))
    send(made, key, completion(7, who="77"))
    spread = (
        b'[{"id": "%s",\n "actor": %s,\r\n "verb": {"id": "http://example.org/said"}, "object": %s, "result": %s}]'
        % (
            uid(1).encode(),
            orjson.dumps(agent("12")),
            b'{"id": "http://example.org/1"}',
            b'{"score": {"raw": 1.10}}',
        )
    )
    statements.accept(made.store, key=key, body=spread, now=made.now)
    found = opened(made.store, export(made, tmp_path))
    assert [one["id"] for one in lines(found["statements.jsonl"])] == [*sent, uid(1)]
    assert b'{"raw": 1.10}' in found["statements.jsonl"]
    assert b"stored" in found["statements.jsonl"]
    assert b'"77"' not in found["statements.jsonl"]


def test_statements_of_others_say_where_the_person_appears_and_nothing_of_the_others(
    made: Town, key: Key, tmp_path: Path
) -> None:
    team = {"objectType": "Group", "member": [agent("78", "Cy Li")]}
    context = {"instructor": agent("12", "Asha"), "team": team}
    result = {"response": "Ben Okafor failed"}
    send(made, key, statement(1, actor=agent("77", "Ben Okafor"), context=context, result=result))
    text = opened(made.store, export(made, tmp_path))["mentions.jsonl"]
    [told] = lines(text)
    assert told["context"]["instructor"] == agent("12", "Asha")
    assert (told["id"], "result" in told) == (uid(1), False)
    assert not any(one in text for one in (b"Okafor", b"Cy Li", b'"77"', b'"78"'))


def test_documents_attachments_refusals_and_the_record_are_in_it(
    made: Town, key: Key, tmp_path: Path
) -> None:
    with made.store.writing():
        place = Place(Context(ASHA, "https://moodle.example/unit"), "bookmark")
        documents.add(made.store, place, Content("text/plain", b"page 7"), made.now)
    body = orjson.dumps([naming(1, b"a certificate") | {"actor": agent("12")}])
    statements.accept(made.store, key=key, body=body, now=made.now, attached=[attached(b"a certificate")])
    refused_batch(made, key, orjson.dumps([completion(8)]))
    found = opened(made.store, export(made, tmp_path))
    [document], [file] = lines(found["documents.jsonl"]), lines(found["attachments.jsonl"])
    assert found[document["file"]] == b"page 7"
    assert (found[file["file"]], file["of"]) == (b"a certificate", [uid(1)])
    assert [one["key"] for one in lines(found["refused.jsonl"])] == [key.id]
    assert orjson.loads(found["record.json"])[0]["what"] == "person_registered"
    page = found["index.html"].decode()
    assert "What is held about you" in page
    assert ASHA in page


def test_a_refused_batch_is_told_with_the_rule_the_place_and_what_it_says_of_the_person(
    made: Town, key: Key, tmp_path: Path
) -> None:
    own = completion(8) | {"result": {"response": "my answer"}}
    named = statement(
        2, actor={"mbox": "ben@else.example", "name": "Ben Okafor"}, result={"response": "Ben failed"}
    )
    named |= {"context": {"instructor": agent("12", "Asha")}, "user": "Ben Okafor"}
    refused_batch(made, key, orjson.dumps([own, named, statement(3, actor=agent("78", "Cy Li"))]))
    refused_batch(made, key, b'[{"actor": "Cy Li", "also": ' + orjson.dumps(agent("12")))
    found = opened(made.store, export(made, tmp_path))
    told, broken = lines(found["refused.jsonl"])
    assert (told["rule"], told["where"]) == ("xAPI 1.0.3 Data 2.4.2", "statements[1].actor")
    assert told["statements"][0] == orjson.loads(orjson.dumps(own))
    assert told["statements"][1]["context"]["instructor"] == agent("12", "Asha")
    assert len(told["statements"]) == 2
    assert "no JSON" in broken["body"]
    assert not any(one in found["refused.jsonl"] for one in (b"Ben", b"ben@", b"Cy Li", b'"78"'))
    page = found["index.html"].decode()
    assert "<h2>Refused batches (2)</h2>" in page


def test_the_page_says_what_else_is_in_the_file_and_how_many(made: Town, key: Key, tmp_path: Path) -> None:
    send(made, key, completion(7), completion(9))
    send(made, key, statement(1, actor=agent("77"), context={"instructor": agent("12")}))
    export(made, tmp_path)
    found = opened(made.store, export(made, tmp_path))
    page = found["index.html"].decode()
    number = len(orjson.loads(found["record.json"]))
    lookers = len(lines(found["looked.jsonl"]))
    for heading in (
        f"Your record ({number})", "Statements about others (1)", "Documents (0)", "Attachments (0)",
        "Refused batches (0)", f"Who looked ({lookers})", "Your statements (2)",
    ):  # fmt: skip
        assert f"<h2>{heading}</h2>" in page
    assert lookers > 0


def test_the_page_tells_times_as_people_here_read_their_clocks(made: Town, key: Key, tmp_path: Path) -> None:
    send(made, key, completion(7) | {"timestamp": "2025-07-31T23:30:00Z"})
    page = opened(made.store, export(made, tmp_path))["index.html"].decode()
    assert "<td>1 August 2025 00:30</td>" in page
    assert "<th>When (UK time)</th>" in page


def test_it_says_who_looked_at_the_record(made: Town, tmp_path: Path) -> None:
    export(made, tmp_path)
    [told] = [
        one
        for one in lines(opened(made.store, export(made, tmp_path))["looked.jsonl"])
        if one["what"] == "exported"
    ]
    assert told["account"] == BY


def test_a_stranger_gets_what_is_held_under_an_identifier(made: Town, key: Key, tmp_path: Path) -> None:
    send(made, key, completion(7, who="stranger"))
    who = of_identifier(made.store, f"account|{MOODLE}|stranger")
    one = exports.make(made.store, tmp_path, who, home=HOME, now=made.now, by=BY)
    assert len(lines(opened(made.store, one)["statements.jsonl"])) == 1
    assert not any("stranger" in str(entry.detail) for entry in security_log.latest(made.store))
    nobody = of_identifier(made.store, f"account|{MOODLE}|nobody")
    with pytest.raises(Refused, match="Nothing is held"):
        exports.make(made.store, tmp_path, nobody, home=HOME, now=made.now, by=BY)


def nothing_is_left(made: Town, folder: Path) -> bool:
    kept = [count(made.store, table) for table in ("person_export", "person_export_chunk")]
    return kept == [0, 0] and not any(folder.glob("*.*"))


def test_nothing_is_left_of_a_file_that_could_not_be_finished(
    made: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(exports, "looked", full)
    with pytest.raises(OSError, match="no space"):
        export(made, tmp_path / "passing")
    assert nothing_is_left(made, tmp_path / "passing")


def test_nothing_is_left_of_a_file_that_could_not_be_noted(
    made: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OperationalError("the database is gone")

    monkeypatch.setattr(security_log, "note", gone)
    with pytest.raises(OperationalError):
        export(made, tmp_path / "passing")
    assert nothing_is_left(made, tmp_path / "passing")


def erase(made: Town, ref: str) -> None:
    erasures.erase_person(made.store, made.streams[ref], why=Why.ASKED, now=made.now, by=BY)


def leave(made: Town, ref: str) -> None:
    people.leave(made.store, made.streams[ref], on=made.now.date(), now=made.now, caused_by=BY)
    made.clock.move(days=1)


@pytest.mark.parametrize("sends", [True, False])
def test_a_file_of_somebody_who_was_erased_while_it_was_made_is_not_kept(
    made: Town, key: Key, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sends: bool
) -> None:
    if sends:
        send(made, key, completion(7))
    leave(made, "asha")
    index = exports.index

    def and_meanwhile(*given: Any) -> Any:
        erase(made, "asha")
        return index(*given)

    stored: list[object] = []
    monkeypatch.setattr(exports, "index", and_meanwhile)
    monkeypatch.setattr(rows, "add", lambda *given: stored.append(given))
    with pytest.raises(Refused, match="erased or deleted while") as refusal:
        export(made, tmp_path / "passing")
    assert refusal.value.code == "CHANGED_SINCE"
    assert stored == []  # not even for a moment
    assert nothing_is_left(made, tmp_path / "passing")


def test_a_file_of_a_stranger_who_was_erased_while_it_was_made_is_not_kept(
    made: Town, key: Key, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = f"account|{MOODLE}|stranger"
    send(made, key, completion(7, who="stranger"))
    index = exports.index

    def and_meanwhile(*given: Any) -> Any:
        erasures.erase_identifier(made.store, stranger, why=Why.ASKED, now=made.now, by=BY)
        send(made, key, completion(8, who="stranger"))
        return index(*given)

    monkeypatch.setattr(exports, "index", and_meanwhile)
    who = of_identifier(made.store, stranger)
    with pytest.raises(Refused, match="erased or deleted while"):
        exports.make(made.store, tmp_path / "passing", who, home=HOME, now=made.now, by=BY)
    assert nothing_is_left(made, tmp_path / "passing")


def test_an_erasure_waits_for_a_file_that_is_being_kept_and_deletes_it(made: Town, tmp_path: Path) -> None:
    leave(made, "asha")
    with meanwhile(made.store, lambda: erase(made, "asha")):
        export(made, tmp_path / "passing")
    assert nothing_is_left(made, tmp_path / "passing")


def test_a_file_waits_for_an_erasure_under_way_and_is_not_kept(made: Town, tmp_path: Path) -> None:
    leave(made, "asha")
    who = of_person(made.store, made.streams["asha"])

    def make() -> None:
        exports.make(made.store, tmp_path / "passing", who, home=HOME, now=made.now, by=BY)

    with pytest.raises(Refused, match="erased or deleted while"), meanwhile(made.store, make):
        erase(made, "asha")
    assert nothing_is_left(made, tmp_path / "passing")


def test_a_file_that_is_deleted_while_somebody_takes_it_ends_short(
    made: Town, key: Key, tmp_path: Path
) -> None:
    content = Random(1).randbytes(2 * PIECE)
    body = orjson.dumps([naming(1, content) | {"actor": agent("12")}])
    statements.accept(made.store, key=key, body=body, now=made.now, attached=[attached(content)])
    pieces = rows.pieces(made.store, export(made, tmp_path))
    assert next(pieces)
    assert not made.store.db.in_transaction()
    leave(made, "asha")
    erase(made, "asha")
    with pytest.raises(Gone):
        next(pieces)


def test_after_ninety_days_it_is_deleted(made: Town, tmp_path: Path) -> None:
    one = export(made, tmp_path)
    made.clock.move(days=90)
    assert exports.forget_old(made.store, Schedule(), now=made.now) == {"exports": 0}
    assert rows.find(made.store, one.id) == one
    made.clock.move(days=1)
    assert exports.forget_old(made.store, Schedule(), now=made.now) == {"exports": 1}
    assert nothing_is_left(made, tmp_path / "passing")


def test_erasing_somebody_deletes_what_was_exported_of_them(made: Town, tmp_path: Path) -> None:
    one, other = export(made, tmp_path), export(made, tmp_path, "ben")
    leave(made, "asha")
    erase(made, "asha")
    assert rows.of(made.store, made.streams.values()) == [other]
    assert opened(made.store, other)
    with pytest.raises(Gone):
        taken(made.store, one)


def test_what_was_exported_of_a_stranger_is_erased_even_when_their_statements_are_deleted_by_then(
    made: Town, key: Key, tmp_path: Path
) -> None:
    stranger = f"account|{MOODLE}|stranger"
    send(made, key, completion(98, who="stranger"))
    exports.make(made.store, tmp_path, of_identifier(made.store, stranger), home=HOME, now=made.now, by=BY)
    made.clock.move(days=80)
    assert retention.statements(made.store, Schedule(raw_months=1), now=made.now)["statements"] == 1
    erasures.erase_identifier(made.store, stranger, why=Why.ASKED, now=made.now, by=BY)
    assert nothing_is_left(made, tmp_path / "passing")


@pytest.mark.parametrize("end", ["its time is over", "erased"])
def test_the_file_of_sqlite_and_a_copy_of_it_hold_nothing_of_a_deleted_export(
    sqlite_store: Store, clock: Clock, tmp_path: Path, end: str
) -> None:
    made = workforce_town(sqlite_store, clock)
    said = Random(1).randbytes(4 * PIECE).hex()
    send(made, moodle_key(made), statement(1, actor=agent("12"), result={"response": said}))
    one = export(made, tmp_path)
    parts = [piece[1000:1040] for piece in rows.pieces(sqlite_store, one)]
    assert len(parts) > 4  # as no other row holds them: there the statement is deflated by itself
    assert left_in(sqlite_store, parts) == parts
    if end == "erased":
        leave(made, "asha")
        erase(made, "asha")
    else:
        made.clock.move(days=91)
        exports.forget_old(sqlite_store, Schedule(), now=made.now)
    assert left_in(sqlite_store, parts) == []
    backups.backup(sqlite_store, tmp_path / "copy.backup")
    copy = (tmp_path / "copy.backup").read_bytes()
    assert [one for one in parts if one in copy] == []


def left_in(store: Store, parts: list[bytes]) -> list[bytes]:
    file = Path(sqlite_path(store.url))
    found = file.read_bytes() + file.with_name(f"{file.name}-wal").read_bytes()
    return [one for one in parts if one in found]


def test_the_files_of_an_earlier_release_go_with_their_notes(
    made: Town, tmp_path: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    export(made, tmp_path)
    Runner(made.store.db, str(MIGRATIONS)).down("0016_exports")
    made.store.execute(
        "INSERT INTO person_export VALUES (?, ?, ?, ?, 1, 1)", ("a" * 32, "P1", moment_text(made.now), BY)
    )
    assert "0016_exports" in migrate(made.store)
    assert nothing_is_left(made, tmp_path / "passing")
    folder = settings.data_folder / "exports"
    folder.mkdir()
    (folder / f"{'a' * 32}.zip").touch()
    (folder / f"{'b' * 32}.part").touch()
    open_deployment(settings, made.store)
    assert not folder.exists()
    folder.mkdir()
    (folder / "of-somebody-else.zip").touch()
    (folder / f"{'c' * 32}.zip").touch()
    open_deployment(settings, made.store)
    assert [one.name for one in folder.iterdir()] == ["of-somebody-else.zip"]
    assert "held exports of an earlier release" in caplog.text


@pytest.mark.slow
def test_a_large_file_is_made_and_taken_in_little_memory(
    made: Town, key: Key, settings: Settings, clock: Clock
) -> None:
    size = 100 * PIECE
    content = Random(1).randbytes(size)
    body = orjson.dumps([naming(1, content) | {"actor": agent("12")}])
    statements.accept(made.store, key=key, body=body, now=made.now, attached=[attached(content)])
    del content
    wendy = made.signed_in(create_app(settings, made.store, now=clock), "wendy")
    page = wendy.get("/personal-data/one?who=asha")
    tracemalloc.start()
    try:
        page = page.submit("Make the file")
        link = next(address for address in page.links.values() if "/exports/" in address)
        answer = wendy.client.get(link, base_url=ORIGIN)
        got = sum(len(piece) for piece in answer.iter_encoded())
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert got == answer.content_length > size
    assert most < 20 * PIECE
