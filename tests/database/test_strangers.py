"""Somebody who is no practitioner here and left no statement is given what there is of them, and erased, all the same."""

from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import orjson
import pytest

from passport_service.domain.errors import Refused
from passport_service.services import erasures, exports
from passport_service.services.erasures import Why
from passport_service.services.keys import Key
from passport_service.services.known import of_identifier
from passport_service.store import documents
from passport_service.store import exports as rows
from passport_service.store.documents import Context, Place
from passport_service.xapi.documents import Content
from tests.database.sending import HOME, count
from tests.people import BY, Town
from tests.workforce import MOODLE, completion, refused_batch

STRANGER = f"account|{MOODLE}|stranger"


def leave_document(made: Town, _: Key) -> None:
    place = Place(Context(STRANGER, "https://moodle.example/unit/1"), "bookmark")
    with made.store.writing():
        documents.add(made.store, place, Content("text/plain", b"page 7"), made.now)


def leave_refused_batch(made: Town, key: Key) -> None:
    refused_batch(made, key, orjson.dumps([completion(7, who="stranger")]))


@pytest.mark.parametrize(
    ("leave", "file", "table"),
    [
        (leave_document, "documents.jsonl", "document"),
        (leave_refused_batch, "refused.jsonl", "refused_batch"),
    ],
)
def test_what_is_held_without_a_statement_is_given_and_erased(
    made: Town, key: Key, tmp_path: Path, leave: Callable[[Town, Key], None], file: str, table: str
) -> None:
    leave(made, key)
    one = export(made, tmp_path)
    kept = tmp_path / "held.zip"
    kept.write_bytes(b"".join(rows.pieces(made.store, one)))
    assert len(ZipFile(kept).read(file).splitlines()) == 1
    assert count(made.store, table) == 1
    erase(made)
    assert count(made.store, table) == count(made.store, "person_export") == 0
    for ask in (lambda: export(made, tmp_path), lambda: erase(made)):
        with pytest.raises(Refused, match="Nothing is held"):
            ask()


def export(made: Town, folder: Path) -> rows.Export:
    who = of_identifier(made.store, STRANGER)
    return exports.make(made.store, folder, who, home=HOME, now=made.now, by=BY)


def erase(made: Town) -> None:
    erasures.erase_identifier(made.store, STRANGER, why=Why.ASKED, now=made.now, by=BY)
