"""Attachments in the store and at its door (xAPI 1.0.3 Communication 1.5.2, xAPI 2.0 4.1.3): in, out, and gone again."""

import tempfile
from hashlib import sha256
from io import BytesIO
from typing import Any

import orjson
import pytest
from flask import Flask
from playhouse.migrations import Runner
from werkzeug.test import TestResponse

from passport_service.app import create_app
from passport_service.config import Settings
from passport_service.services import keys, refusals
from passport_service.store import attachments
from passport_service.store.chunks import Gone
from passport_service.store.database import MIGRATIONS, Store, migrate
from passport_service.xapi.multipart import PIECE
from passport_service.xapi.scopes import Scope
from tests.conftest import Clock
from tests.database.sending import Sender, count, statement, uid
from tests.database.test_lrs import FILE, Lms, error_of
from tests.parts import TYPE, attached, multipart, read_whole

TABLES = ("attachment", "attachment_chunk", "statement_attached", "statement")
LARGE = bytes(range(256)) * 3000  # three chunks


@pytest.fixture
def lms_app(settings: Settings, store: Store, clock: Clock) -> Flask:
    small = settings.model_copy(update={"body_limit": 65_536, "attachment_limit": 2_000_000})
    app = create_app(small, store, now=clock)
    app.testing = True
    return app


@pytest.fixture
def lms(lms_app: Flask, settings: Settings, store: Store, clock: Clock) -> Lms:
    return another(lms_app, settings, store, clock)


def another(app: Flask, settings: Settings, store: Store, clock: Clock, **may: Any) -> Lms:
    pepper = settings.secret_key.get_secret_value()
    made = keys.create(store, label="LMS", purpose="xapi", pepper=pepper, by="admin", now=clock(), **may)
    return Lms(app, made)


def naming(number: int, *contents: bytes, **more: Any) -> dict[str, Any]:
    """A statement with these attachments."""
    listed = [
        FILE | {"length": len(one), "sha2": sha256(one).hexdigest().upper(), **more} for one in contents
    ]
    return statement(number, attachments=listed)


def send(lms: Lms, statements: list[dict[str, Any]], *contents: bytes, **options: Any) -> TestResponse:
    content_type, body = multipart(orjson.dumps(statements), contents)
    headers = {"Content-Type": content_type} | options.pop("headers", {})
    return lms.call("POST", body, headers=headers, **options)


def taken_out(answer: TestResponse) -> tuple[Any, list[tuple[dict[str, str], bytes]]]:
    """The statements of an answer, and its attachments."""
    assert answer.status_code == 200, answer.text
    boundary = answer.headers["Content-Type"].partition('boundary="')[2].rstrip('"')
    (_, first), *others = read_whole(boundary, answer.data)
    assert answer.content_length == len(answer.data)
    return orjson.loads(first), others


def held(store: Store) -> list[int]:
    return [count(store, table) for table in TABLES]


# In and out


@pytest.mark.parametrize(
    "content", [b"", b"a certificate\r\n--\x00\xff", LARGE], ids=["empty", "small", "large"]
)
def test_what_came_in_parts_goes_out_in_parts(lms: Lms, store: Store, content: bytes) -> None:
    assert send(lms, [naming(1, content)], content).status_code == 200
    assert lms.get(statementId=uid(1)).mimetype == "application/json"
    found, parts = taken_out(lms.get(statementId=uid(1), attachments="true"))
    assert found["id"] == uid(1)
    assert parts == [
        (
            {
                "content-type": "text/plain",
                "content-transfer-encoding": "binary",
                "x-experience-api-hash": sha256(content).hexdigest(),
            },
            content,
        )
    ]
    assert count(store, "attachment_chunk") == -(-len(content) // PIECE)


def test_a_put_may_have_attachments(lms: Lms) -> None:
    content_type, body = multipart(orjson.dumps(naming(1, b"data")), [b"data"])
    answer = lms.call(
        "PUT", body, headers={"Content-Type": content_type}, query_string={"statementId": uid(1)}
    )
    assert answer.status_code == 204
    assert taken_out(lms.get(attachments="true"))[1][0][1] == b"data"


def test_data_that_many_statements_share_is_kept_and_sent_once(lms: Lms, store: Store) -> None:
    """Communication 1.5.2: only one copy when the same attachment is used in several statements."""
    shared = [naming(1, b"shared"), naming(2, b"shared", b"own"), naming(3, b"shared")]
    assert send(lms, shared, b"shared", b"own", b"shared").status_code == 200
    found, parts = taken_out(lms.get(attachments="true"))
    assert len(found["statements"]) == 3
    assert sorted(content for _, content in parts) == [b"own", b"shared"]
    assert held(store) == [2, 2, 4, 3]
    assert send(lms, [naming(4, b"shared")], b"shared").status_code == 200
    assert held(store) == [2, 2, 5, 4]


def test_many_attachments_in_a_batch_are_all_kept(lms: Lms) -> None:
    contents = [b"%d" % number for number in range(700)]
    batch = [naming(number, *contents[number * 100 : number * 100 + 100]) for number in range(7)]
    for place, one in enumerate(batch):
        assert send(lms, [one], *contents[place * 100 : place * 100 + 100]).status_code == 200
    _, parts = taken_out(lms.get(attachments="true"))
    assert {content for _, content in parts} == set(contents)


def test_attachments_with_an_address_need_no_data_and_none_is_made_up(lms: Lms, store: Store) -> None:
    """Communication 1.5.1 and 1.5.2: as JSON, and in parts."""
    there = naming(1, b"elsewhere", fileUrl="https://files.example/1")
    assert lms.call("POST", [there]).status_code == 200
    assert send(lms, [there | {"id": uid(2)}, statement(3)]).status_code == 200
    found, parts = taken_out(lms.get(attachments="true"))
    assert (len(found["statements"]), parts, held(store)) == (3, [], [0, 0, 0, 3])


def test_the_type_that_goes_out_is_that_of_the_statement_asked_for(lms: Lms) -> None:
    """Communication 1.5.2: where a parameter and a property say the same thing, they must match."""
    for number, kind in ((1, "text/plain"), (2, "application/pdf; version=1.7")):
        assert send(lms, [naming(number, b"data", contentType=kind)], b"data").status_code == 200
    kinds = [
        taken_out(lms.get(statementId=uid(number), attachments="true"))[1][0][0]["content-type"]
        for number in (1, 2)
    ]
    assert kinds == ["text/plain", "application/pdf; version=1.7"]


def test_a_head_says_as_much_as_a_get_without_the_content(lms: Lms) -> None:
    send(lms, [naming(1, LARGE)], LARGE)
    whole = lms.get(statementId=uid(1), attachments="true")
    answer = lms.call("HEAD", query_string={"statementId": uid(1), "attachments": "true"})
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.content_length == len(whole.data)
    for name in ("ETag", "Last-Modified", "X-Experience-API-Consistent-Through"):
        assert answer.headers[name] == whole.headers[name]


def test_a_known_statement_sent_again_is_quiet_and_may_bring_data_that_was_missing(
    lms: Lms, store: Store
) -> None:
    there = naming(1, b"data", fileUrl="https://files.example/1")
    assert lms.call("POST", [there]).status_code == 200
    for _ in range(2):
        assert send(lms, [there], b"data").get_json() == [uid(1)]
    assert held(store) == [1, 1, 1, 1]
    assert taken_out(lms.get(attachments="true"))[1][0][1] == b"data"


def test_a_key_learns_nothing_of_what_another_sent(
    lms: Lms, lms_app: Flask, settings: Settings, store: Store, clock: Clock
) -> None:
    other = another(lms_app, settings, store, clock)
    assert send(lms, [naming(1, b"secret")], b"secret").status_code == 200
    assert error_of(other.call("POST", [naming(2, b"secret")]), 400)
    there = naming(3, b"secret", fileUrl="https://files.example/1")
    assert other.call("POST", [there]).status_code == 200
    assert taken_out(other.get(attachments="true"))[1] == []
    assert send(other, [naming(4, b"secret")], b"secret").status_code == 200
    assert held(store)[0] == 2


def test_who_reads_the_statements_of_all_reads_their_data_each_once(
    lms: Lms, lms_app: Flask, settings: Settings, store: Store, clock: Clock
) -> None:
    other = another(lms_app, settings, store, clock)
    reader = another(lms_app, settings, store, clock, scopes=frozenset({Scope.STATEMENTS_READ}))
    for number, sender in ((1, lms), (2, other)):
        assert send(sender, [naming(number, b"shared")], b"shared").status_code == 200
    found, parts = taken_out(reader.get(attachments="true"))
    assert len(found["statements"]) == 2
    assert [content for _, content in parts] == [b"shared"]


def test_data_is_read_without_an_open_transaction(store: Store) -> None:
    """A reader that stops in the midst holds nothing up, and what is erased under it ends its answer."""
    sender = Sender(store)
    sender.send(naming(1, LARGE), attached=[attached(LARGE)])
    (resting,) = attachments.of_statements(store, pks(store))
    pieces = attachments.pieces(store, resting)
    assert next(pieces) == LARGE[:PIECE]
    assert not store.db.in_transaction()
    sender.send(statement(2))
    assert next(pieces) == LARGE[PIECE : 2 * PIECE]
    with store.writing():
        attachments.forget(store, pks(store))
    with pytest.raises(Gone):
        next(pieces)


# Refused, erased, moved


def pks(store: Store) -> list[int]:
    return [pk for (pk,) in store.execute("SELECT pk FROM statement ORDER BY pk").fetchall()]


@pytest.mark.parametrize(
    ("batch", "contents", "status"),
    [
        ([naming(1, b"data")], [], 400),
        ([naming(1, b"data")], [b"data", b"more"], 400),
        ([naming(1, b"data")], [b"date"], 400),
        ([naming(1, LARGE), statement(2, actor={})], [LARGE], 400),
        ([naming(1, LARGE), statement(9, result={})], [LARGE], 409),
    ],
    ids=["missing", "surplus", "another", "invalid", "conflict"],
)
def test_a_refused_batch_leaves_nothing_but_its_statements_among_the_refused(
    lms: Lms, store: Store, batch: list[dict[str, Any]], contents: list[bytes], status: int
) -> None:
    lms.call("POST", [statement(9)])
    error_of(send(lms, batch, *contents), status)
    assert held(store) == [0, 0, 0, 1]
    kept = refusals.newest(store)[0]
    assert (orjson.loads(kept.body), kept.is_whole, kept.statements) == (batch, True, len(batch))


def test_a_replay_names_the_statement_whose_data_is_gone(lms: Lms, store: Store, clock: Clock) -> None:
    error_of(send(lms, [naming(1, b"data"), statement(2), statement(3, actor={})], b"data"), 400)
    done = refusals.replay(store, refusals.newest(store)[0].id, by="admin", now=clock())
    assert done.ids == [uid(2)]
    assert [(one.place, "data" in one.message) for one in done.problems] == [(0, True), (2, False)]


def test_what_is_too_large_is_refused_and_noted(lms: Lms, store: Store) -> None:
    """Communication 1.5.2: a store may refuse what is larger than it is configured to take."""
    large = b"x" * 2_000_001
    assert error_of(send(lms, [naming(1, large)], large), 413)["code"] == "TOO_LARGE"
    kept = refusals.newest(store)[0]
    assert (kept.rule, kept.size > 2_000_000, kept.is_whole) == ("TOO_LARGE", True, False)
    padded = [statement(1, result={"response": "x" * 70_000})]
    assert error_of(send(lms, padded), 413)["code"] == "TOO_LARGE"
    assert refusals.newest(store)[0].is_whole is False
    assert held(store) == [0, 0, 0, 0]


def test_a_body_without_a_length_is_bounded_too(lms: Lms, store: Store) -> None:
    """Chunked transfer encoding: the server ends the stream, and no header tells its length."""

    def streamed(content: bytes) -> TestResponse:
        content_type, body = multipart(orjson.dumps([naming(1, content)]), [content])
        return lms.call(
            "POST",
            headers={"Content-Type": content_type},
            input_stream=BytesIO(body),
            environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
        )

    assert error_of(streamed(b"x" * 2_000_000), 413)["code"] == "TOO_LARGE"
    kept = refusals.newest(store)[0]
    assert orjson.loads(kept.body)[0]["id"] == uid(1)  # they had been read by then
    assert streamed(LARGE).status_code == 200
    assert taken_out(lms.get(attachments="true"))[1][0][1] == LARGE


def test_a_body_of_exactly_the_limit_is_taken(lms: Lms) -> None:
    envelope = len(multipart(orjson.dumps([naming(1, b"x" * 1_900_000)]), [b""])[1])
    content = b"x" * (2_000_000 - envelope)
    assert send(lms, [naming(1, content)], content).status_code == 200


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/related", "multipart/mixedup"])
def test_parts_of_another_kind_are_refused(lms: Lms, kind: str) -> None:
    content_type = TYPE.replace("multipart/mixed", kind)
    error_of(send(lms, [statement(1)], headers={"Content-Type": content_type}), 400)


def test_a_malformed_body_is_kept_without_what_could_not_be_read(lms: Lms, store: Store) -> None:
    error_of(lms.call("POST", b"--nothing", headers={"Content-Type": TYPE}), 400)
    kept = refusals.newest(store)[0]
    assert (kept.body, kept.size, kept.is_whole) == (b"", 9, False)


@pytest.mark.parametrize(("content_type", "size"), [(TYPE, 100), ("application/json", 2_000_000)])
def test_nobody_without_a_key_is_listened_to_for_long(lms: Lms, content_type: str, size: int) -> None:
    """What may be large is not read before it is known who sends it."""
    unread = BytesIO(b" " * size)
    answer = lms.call(
        "POST", input_stream=unread, headers={"Content-Type": content_type, "Authorization": "Basic eDp5"}
    )
    assert (answer.status_code, unread.tell()) == (401, 0)


def test_a_full_disk_is_told_and_leaves_nothing(
    lms: Lms, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the body comes in: the disk of this host; every write to this device fails as on a full disk."""
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "TemporaryFile", lambda **options: open("/dev/full", "w+b", buffering=0))  # noqa: SIM115
        assert error_of(send(lms, [naming(1, LARGE)], LARGE), 503)["code"] == "UNAVAILABLE"
    assert held(store) == [0, 0, 0, 0]
    assert send(lms, [naming(1, LARGE)], LARGE).status_code == 200


def test_a_full_database_is_told_and_leaves_nothing(
    settings: Settings, sqlite_store: Store, clock: Clock
) -> None:
    store, app = sqlite_store, create_app(settings, sqlite_store, now=clock)
    lms = another(app, settings, store, clock)
    lms.call("POST", [statement(1)])
    (pages,) = store.execute("PRAGMA page_count").fetchone()
    store.execute(f"PRAGMA max_page_count = {pages + 60}")
    assert error_of(send(lms, [naming(2, LARGE)], LARGE), 503)["code"] == "UNAVAILABLE"
    assert held(store) == [0, 0, 0, 1]
    assert lms.call("POST", [statement(3)]).status_code == 200
    store.execute("PRAGMA max_page_count = 1000000")
    assert send(lms, [naming(2, LARGE)], LARGE).status_code == 200


def test_erasing_a_statement_takes_its_data_unless_another_statement_has_it(store: Store) -> None:
    sender = Sender(store)
    sender.send(
        naming(1, b"own", b"shared"), naming(2, b"shared"), attached=[attached(b"own"), attached(b"shared")]
    )
    first, second = pks(store)
    with store.writing():
        attachments.forget(store, [first])
    assert held(store) == [1, 1, 1, 2]
    assert [one.sha2 for one in attachments.of_statements(store, [second])] == [attached(b"shared").sha2]
    with store.writing():
        attachments.forget(store, [second])
    assert held(store) == [0, 0, 0, 2]


def test_data_for_an_erased_statement_is_not_kept(store: Store) -> None:
    sender = Sender(store)
    sender.send(naming(1, b"data", fileUrl="https://files.example/1"))
    store.execute("UPDATE statement SET state = 2, digest = ?", (bytes(32),))
    sender.send(naming(1, b"data", fileUrl="https://files.example/1"), attached=[attached(b"data")])
    assert held(store) == [0, 0, 0, 1]


def test_data_kept_whole_by_an_earlier_release_is_moved(store: Store) -> None:
    sender = Sender(store)
    sender.send(naming(1, LARGE), naming(2, LARGE, b"small"), attached=[attached(LARGE), attached(b"small")])
    before = attachments.of_statements(store, pks(store)[1:])
    put_back_whole(store, sender.key.id)
    assert "0010_attachments" in migrate(store)
    after = attachments.of_statements(store, pks(store)[1:])
    assert [(one.sha2, one.size, one.content_type) for one in after] == [
        (one.sha2, one.size, one.content_type) for one in before
    ]
    assert {b"".join(attachments.pieces(store, one)) for one in after} == {LARGE, b"small"}
    assert held(store) == [2, 4, 3, 2]


def put_back_whole(store: Store, key_id: str) -> None:
    """The tables as the release before left them."""
    store.execute("DELETE FROM statement_attached")
    store.execute("DELETE FROM attachment")
    Runner(store.db, str(MIGRATIONS)).down("0010_attachments")
    for content in (LARGE, b"small"):
        store.execute(
            "INSERT INTO statement_attachment VALUES (?, ?, 'text/plain', ?)",
            (key_id, attached(content).sha2, content),
        )
