"""Confirmations a second through the interface, against a bare Flask endpoint: python -m benchmarks.confirm

Both answer the same kind of request in the same process, taking turns. The bare endpoint parses the body, compares one keyed
hash and inserts one row, durably: what no endpoint that may be believed can leave out.
"""

import argparse
import hmac
import sqlite3
import statistics
import tempfile
import time
from base64 import b64encode
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, jsonify, request

from passport_service.app import create_app
from passport_service.config import Settings
from passport_service.services import decisions, items, keys, people, setup, training
from passport_service.services.setup import CORE
from passport_service.store.database import Store, migrate, open_store

GOAL = 0.30
SECRET = "a secret that is only ever used in benchmarks"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--holders", type=int, default=10)
    parser.add_argument("--each", type=int, default=12, help="confirmations of each holder")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/passport.sqlite", create=True)
        migrate(store)
        streams, now = _holders(store, given.holders)
        ours = create_app(Settings(data_folder=Path(folder), secret_key=SECRET), store, now=lambda: now)
        made = keys.create(store, label="b", purpose="api", pepper=SECRET, by="b", now=now, may_confirm=True)
        credentials = b64encode(f"{made.key.id}:{made.secret}".encode()).decode()
        bare = _bare(Path(folder))
        confirmed, plain = [], []
        for number in range(given.each):
            for stream in streams:
                check = items.check(store, stream, kind="review", type="review", now=now, caused_by="b").id
                body = {"check": check, "item": f"{stream}-{number}", "declaration": 1}
                confirmed.append(_seconds(ours, "/api/v1/confirmations", body, credentials))
                plain.append(_seconds(bare, "/confirmations", body, credentials))
        store.close()
    mine, base = 1 / statistics.median(confirmed), 1 / statistics.median(plain)
    print(f"confirm: {mine:.0f} a second; bare endpoint: {base:.0f} a second")
    print(f"share: {mine / base:.0%}; goal {GOAL:.0%}")


def _holders(store: Store, number: int) -> tuple[list[str], datetime]:
    setup.set_up(store, now=START)
    now = START + timedelta(days=1)
    reviewer = people.register(
        store,
        ref="rhys",
        attributes={"role": "ccv_reviewer", "team": "CCV", "name": "R"},
        now=now,
        caused_by="b",
    )
    known = {"role": "social_worker", "team": "North", "name": "A"}
    streams = [
        people.register(store, ref=f"p{one}", attributes=known, now=now, caused_by="b")
        for one in range(number)
    ]
    for stream in streams:
        for slug in CORE:
            training.approve_prior(
                store, stream, requirement=slug, completed_on=date(2025, 11, 1), by="a", approver="c", reason="seen", now=now
            )  # fmt: skip
        for one in range(3):
            then = now + timedelta(hours=2 * one)
            items.submit(
                store, stream, item=f"{stream}-A{one}", kind="review", type="review", now=then, caused_by="b"
            )
            decisions.record(
                store, item=f"{stream}-A{one}", outcome="approved", reviewer=reviewer, now=then + timedelta(hours=1),
                caused_by="b",
            )  # fmt: skip
    return streams, now + timedelta(days=1)


def _bare(folder: Path) -> Flask:
    app = Flask("bare")
    db = sqlite3.connect(folder / "bare.sqlite", isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = wal")
    db.execute("PRAGMA synchronous = full")
    db.execute("CREATE TABLE confirmation (id INTEGER PRIMARY KEY, item TEXT UNIQUE, body TEXT)")

    @app.post("/confirmations")
    def confirm() -> Any:
        digest = hmac.new(SECRET.encode(), request.headers["Authorization"].encode(), "sha256").digest()
        assert not hmac.compare_digest(digest, bytes(32))
        body = request.get_json()
        db.execute("BEGIN IMMEDIATE")
        db.execute(
            "INSERT INTO confirmation (item, body) VALUES (?, ?)",
            (body["item"], request.get_data(as_text=True)),
        )
        db.execute("COMMIT")
        return jsonify(item=body["item"]), 201

    return app


def _seconds(app: Flask, path: str, body: dict[str, Any], credentials: str) -> float:
    client = app.test_client()
    began = time.perf_counter()
    answer = client.post(
        path, json=body, headers={"Authorization": f"Basic {credentials}"}, base_url="https://localhost"
    )
    took = time.perf_counter() - began
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return took


if __name__ == "__main__":
    main()
