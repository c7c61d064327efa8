"""What the service is measured against, served in the same way: a bare endpoint, and a bare loop that stores.

``/bare`` parses a body with orjson and answers. ``/loop`` parses it and durably inserts payload, digest and the same index
rows as the service, each request in one transaction; nothing is checked, compared, deflated, recognised or counted.
"""

import os
import sqlite3
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson
import psycopg
from flask import Flask, Response, request

from passport_service.store.fields import microseconds_of
from passport_service.store.incoming import new_id
from passport_service.store.statements import COLUMNS
from passport_service.xapi.timestamps import parse_timestamp

ADDRESS = os.environ.get("BARE_DATABASE", "")
PRAGMAS = ("journal_mode=wal", "synchronous=full", "foreign_keys=1", "cache_size=-8000")
STATEMENT = f"statement (pk, {COLUMNS})"
Rows = dict[str, list[tuple[Any, ...]]]

app = Flask("bare")
local = threading.local()
one_writer = threading.Lock()


@app.post("/bare")
def bare() -> Response:
    orjson.loads(request.get_data())
    return Response(b'["answered"]', mimetype="application/json")


@app.post("/loop")
def loop() -> Response:
    with one_writer:
        ids = write(rows_of(orjson.loads(request.get_data())))
    return Response(orjson.dumps(ids), mimetype="application/json")


class Numbers:
    """Texts turned to numbers in memory; the rows behind them are written once each."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}
        self.new: list[tuple[int, str]] = []

    def __getitem__(self, text: str) -> int:
        number = self.known.get(text)
        if number is None:
            number = self.known[text] = len(self.known) + 1
            self.new.append((number, text))
        return number

    def take(self) -> list[tuple[int, str]]:
        new, self.new = self.new, []
        return new


agents, verbs, activities = Numbers(), Numbers(), Numbers()
last = 0


def rows_of(sent: Any) -> Rows:
    """The rows of a body, as little as there must be."""
    global last
    stored = microseconds_of(datetime.now(UTC))
    rows, also = [], []
    for value in sent if isinstance(sent, list) else [sent]:
        last += 1
        payload = orjson.dumps(value)
        account, context = value["actor"]["account"], value["context"]
        rows.append(
            (
                last,
                stored,
                microseconds_of(parse_timestamp(value["timestamp"])),
                1,
                agents[f"account|{account['homePage']}|{account['name']}"],
                verbs[value["verb"]["id"]],
                activities[value["object"]["id"]],
                0,
                1,
                bytes.fromhex(new_id().replace("-", "")),
                bytes.fromhex(context["registration"].replace("-", "")),
                sha256(payload).digest(),
                payload,
            )
        )
        also.extend(
            (activities[one["id"]], last)
            for related in context["contextActivities"].values()
            for one in related
        )
    return {
        "statement_agent (id, key)": agents.take(),
        "statement_verb (id, iri)": verbs.take(),
        "statement_activity (id, iri)": activities.take(),
        STATEMENT: rows,
        "statement_also_activity (activity_id, statement_pk)": also,
    }


def write(tables: Rows) -> list[str]:
    if ADDRESS.startswith("sqlite"):
        write_sqlite(tables)
    else:
        write_postgres(tables)
    return [row[9].hex() for row in tables[STATEMENT]]


def write_sqlite(tables: Rows) -> None:
    connection = getattr(local, "connection", None)
    if connection is None:
        path = ADDRESS.removeprefix("sqlite:///")
        connection = local.connection = sqlite3.connect(path, isolation_level=None)
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN IMMEDIATE")
    for table, rows in filled(tables):
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    connection.execute("COMMIT")


def write_postgres(tables: Rows) -> None:
    connection = getattr(local, "connection", None)
    if connection is None:
        connection = local.connection = psycopg.connect(ADDRESS)
    for table, rows in filled(tables):
        mark = "(" + ", ".join(["%s"] * len(rows[0])) + ")"
        marks = ", ".join([mark] * len(rows))
        connection.execute(f"INSERT INTO {table} VALUES {marks}", [value for row in rows for value in row])
    connection.commit()


def filled(tables: Rows) -> Iterable[tuple[str, list[tuple[Any, ...]]]]:
    return [(table, rows) for table, rows in tables.items() if rows]
