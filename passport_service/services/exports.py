"""What is held of somebody as one file that they can read and keep: the right of access (D.18.2).

The file is made piece by piece on disk, without a name, and kept in chunks in the database, so that its size costs no memory
and every web node has it. It is deleted after the days that the schedule says, or when the person is erased.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

import orjson

from passport_service.domain.errors import Refused
from passport_service.domain.retention import Schedule, days_before
from passport_service.durable import staging
from passport_service.services import histories
from passport_service.services.attachments import attached_to
from passport_service.services.export_page import page
from passport_service.services.known import Known, refuse_unheld
from passport_service.services.refused_of import refused_of
from passport_service.services.renditions import given_back
from passport_service.store import documents, exports, forgetting, ledger, security_log, traces
from passport_service.store.database import Store
from passport_service.store.exports import Export
from passport_service.store.statement_rows import Kept
from passport_service.store.traces import Traces, keys_at
from passport_service.xapi.multipart import PIECE
from passport_service.xapi.redaction import masked

FOLDER_OF_BEFORE, FILE_OF_BEFORE = "exports", re.compile(r"[0-9a-f]{32}\.(zip|part)")
PART = 100
ONE_LINE = bytes.maketrans(
    b"\r\n", b"  "
)  # a text in JSON holds no line break, so this changes nothing in it

log = logging.getLogger(__name__)


def make(store: Store, folder: Path, who: Known, *, home: str, now: datetime, by: str) -> Export:
    """Make the file and keep it. ``folder``: where a large one lies while it is made, and nothing is left of it.

    Raises Refused NOT_FOUND when nothing at all is held, and CHANGED_SINCE when some of it has been erased or deleted by the
    time that the file is done.
    """
    with store.reading():
        found = traces.find(store, who.held)
        refuse_unheld(store, who, found)
    with staging(folder) as file:
        with ZipFile(file, "w", ZIP_DEFLATED, allowZip64=True) as archive:
            write(store, archive, who, found, home, now)
        made = Export(token_hex(16), who.subject, now, by, len(found.own), file.tell())
        file.seek(0)
        keep(store, made, file, who, found)
    return made


def keep(store: Store, made: Export, file: IO[bytes], who: Known, found: Traces) -> None:
    with store.writing():
        refuse_gone(store, who, found)  # what is erased is not to be written again even for a moment
        exports.add(store, made, iter(partial(file.read, PIECE), b""))
        # From here on nobody is erased without finding this. Not earlier: a large file takes seconds, and others would wait.
        ledger.share(store)
        refuse_gone(store, who, found)
        named = {} if "|" in made.subject else {"stream": made.subject}
        security_log.note(
            store, "exported", at=made.made_at, who=made.made_by, what="a person", export=made.id, **named
        )


def refuse_gone(store: Store, who: Known, found: Traces) -> None:
    """Raises Refused CHANGED_SINCE when some of what was found is there no more: it must not live on in a file."""
    left = traces.find(store, who.held)
    is_whole = {*found.own, *found.named} <= {*left.own, *left.named}
    if not is_whole or not all(ledger.read(store, one) for one in who.streams):
        raise Refused(
            "CHANGED_SINCE", "Some of this was erased or deleted while the file was made. Ask again.", "who"
        )


def write(store: Store, archive: ZipFile, who: Known, found: Traces, home: str, now: datetime) -> None:
    lines(archive, "statements.jsonl", (given_back(one, home) for one in each(store, found.own)))
    record = [one for stream in who.streams for one in histories.everything(store, stream)]
    archive.writestr("record.json", orjson.dumps(record, option=orjson.OPT_INDENT_2))
    counts = {"record.json": len(record)}
    for name, values in (
        ("mentions.jsonl", (mention(one, who) for one in each(store, found.named))),
        ("documents.jsonl", write_documents(store, archive, who)),
        ("attachments.jsonl", write_attachments(store, archive, found.own)),
        ("refused.jsonl", refused_of(store, who)),
        ("looked.jsonl", looked(store, who)),
    ):
        counts[name] = lines(archive, name, values)
    with archive.open("index.html", "w") as file:
        for text in index(store, who, found, counts, now):
            file.write(text.encode())


def lines(archive: ZipFile, name: str, values: Iterable[bytes | dict[str, Any]]) -> int:
    """A file of one JSON value a line; returns how many."""
    number = 0
    with archive.open(name, "w") as file:
        for value in values:
            file.write(as_line(value))
            number += 1
    return number


def as_line(value: bytes | dict[str, Any]) -> bytes:
    text = value if isinstance(value, bytes) else orjson.dumps(value)
    return text.translate(ONE_LINE) + b"\n"


def each(store: Store, pks: Sequence[int]) -> Iterator[Kept]:
    """Statements by number, read a part at a time; what is erased meanwhile is left out."""
    for start in range(0, len(pks), PART):
        with store.reading():
            found = traces.load(store, pks[start : start + PART])
        yield from found


def mention(one: Kept, who: Known) -> dict[str, Any]:
    return {"id": one.id, **masked(orjson.loads(one.payload), keys_at(who.held, one.timestamp))}


def write_documents(store: Store, archive: ZipFile, who: Known) -> list[dict[str, Any]]:
    """Each document as a file of its own; returns what each is."""
    listed = []
    for number, place in enumerate(traces.places_of(store, who.held), 1):
        with store.reading():
            found = documents.find(store, place)
        if found is None:
            continue
        name = f"documents/{number}"
        archive.writestr(name, found.content.data)
        listed.append(
            {
                "file": name,
                "id": place.id,
                "agent": place.context.agent,
                "activity": place.context.activity,
                "registration": place.context.registration,
                "type": found.content.type,
                "updated_at": found.updated_at.isoformat(),
            }
        )
    return listed


def write_attachments(store: Store, archive: ZipFile, pks: Sequence[int]) -> list[dict[str, Any]]:
    """The data of attachments, each once, piece by piece; returns what each is, and of which statements."""
    listed: dict[str, dict[str, Any]] = {}
    for one in each(store, pks):
        for data in attached_to(store, [one]):
            if data.sha2 not in listed:
                name = f"attachments/{data.sha2}"
                with archive.open(name, "w") as file:
                    for piece in data.pieces():
                        file.write(piece)
                listed[data.sha2] = {"file": name, "type": data.content_type, "size": data.size, "of": []}
            listed[data.sha2]["of"].append(one.id)
    return list(listed.values())


def looked(store: Store, who: Known) -> Iterator[dict[str, Any]]:
    """Who looked at the person's record, by account, and took it out."""
    for entry in security_log.about(store, who.streams):
        yield {"at": entry.at.isoformat(), "what": entry.kind, "account": entry.who}


def index(store: Store, who: Known, found: Traces, counts: Mapping[str, int], now: datetime) -> Iterator[str]:
    """The page that people read: the identifiers, what the files are and how much each holds, a line for each statement."""
    return page(who, each(store, found.own), len(found.own), counts, now)


def forget_old(store: Store, schedule: Schedule, *, now: datetime) -> dict[str, int]:
    """Delete the files whose days are over, each in a transaction of its own: it may be large."""
    before = days_before(now, schedule.exports_days)
    found = exports.before(store, before) if before else []
    for one in found:
        with store.writing():
            exports.forget(store, one.id)
    if found:
        forgetting.overwrite(store)
    return {"exports": len(found)}


def delete_folder_of_before(data_folder: Path) -> None:
    """Deletes the files of releases that kept exports in a folder of each host; nothing in the database leads to them."""
    folder = data_folder / FOLDER_OF_BEFORE
    try:
        for file in folder.iterdir():
            if FILE_OF_BEFORE.fullmatch(file.name):
                file.unlink(missing_ok=True)
        folder.rmdir()
    except FileNotFoundError:  # as at every start but the first, or when another process deletes them too
        return
    except OSError as fault:
        log.error("%s held exports of an earlier release; delete what is left of it: %s", folder, fault)
