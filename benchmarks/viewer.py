"""How quick the pages about what arrives are, with many statements: python -m benchmarks.viewer [--statements N]

The store is filled through the function that the door uses, from five keys over thirty days, one statement in ten about
completion; then each page is asked for through the service itself, as an LMS administrator.
"""

import argparse
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import orjson
from flask import Flask
from flask.testing import FlaskClient

from benchmarks.traffic import mixed
from passport_service.app import create_app
from passport_service.config import Settings
from passport_service.services import accounts, keys, refusals, setup
from passport_service.services.keys import Key
from passport_service.services.statements import accept
from passport_service.store import queries
from passport_service.store.database import Store, migrate, open_store
from passport_service.store.queries import Asked, Outcome
from passport_service.web.users import session_name
from passport_service.xapi.errors import Invalid
from tests import builders

SECRET = "a secret that is only ever used in benchmarks"
ORIGIN = "https://localhost"
BATCH, KEYS, REFUSED = 500, 5, 200
SPREAD = timedelta(days=30)
TIMES = 15
GOAL_MS = 200.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--statements", type=int, default=1_000_000)
    parser.add_argument(
        "--database", help="another one, made and empty; else SQLite in a folder that is deleted"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        store = open_store(asked.database or f"sqlite:///{name}/passport.sqlite", create=True)
        migrate(store)
        now = datetime.now(UTC)
        app = create_app(Settings(data_folder=Path(name), secret_key=SECRET), store, now=lambda: now)
        setup.set_up(store, now=now - 2 * SPREAD)
        sent = fill(store, asked.statements, now)
        measure(app, store, sent, now)
        store.close()


def fill(store: Store, number: int, now: datetime) -> list[Key]:
    """That many statements and some refused batches; returns the keys that sent them."""
    made = [
        keys.create(
            store,
            label=f"System {place}",
            purpose="xapi",
            pepper=SECRET,
            by="benchmark",
            now=now - 2 * SPREAD,
        ).key
        for place in range(KEYS)
    ]
    began = time.perf_counter()
    for start in range(0, number, BATCH):
        body = orjson.dumps([mixed(one) for one in range(start, min(start + BATCH, number))])
        at = now - SPREAD + SPREAD * start / number
        accept(store, key=made[start // BATCH % KEYS], body=body, now=at)
    print(f"{number:,} statements stored in {time.perf_counter() - began:.0f} s", flush=True)
    fault = Invalid("Data 2.4.2", "must have an actor", "statements", 40, "actor")
    body = orjson.dumps([mixed(one) for one in range(50)])
    for place in range(REFUSED):
        at = now - SPREAD / 2 + place * timedelta(minutes=10)
        refusals.refuse(store, key=made[place % KEYS], body=body, fault=fault, now=at, quota=REFUSED)
    return made


def measure(app: Flask, store: Store, sent: list[Key], now: datetime) -> None:
    browser = signed_in(app, store, now)
    one = queries.list_statements(store, Asked(outcome=Outcome.WAITING)).lines[0]
    batch = queries.refused_batches(store).lines[0].id
    deep = (now - SPREAD * 0.9).replace(minute=0, second=0, microsecond=0).isoformat()
    rare, never = quote(builders.VERBS["answered"]), quote("https://verbs.example/never")
    for address in (
        "/arrivals", "/arrivals?period=week", f"/arrivals?day={now.date() - timedelta(days=3)}", "/arrivals/systems",
        "/arrivals/statements", f"/arrivals/statements?key={sent[0].id}", f"/arrivals/statements?hour={quote(deep)}",
        f"/arrivals/statements?verb={rare}", f"/arrivals/statements?verb={never}",
        "/arrivals/statements?outcome=waiting", "/arrivals/statements?outcome=recognised",
        f"/arrivals/statements/{one.id}", "/refused", f"/refused/{batch}", "/quarantine", "/arrivals/try",
    ):  # fmt: skip
        took = times(browser, address)
        slow = "" if took[-2] < GOAL_MS else f"   more than {GOAL_MS:.0f} ms"
        shown = address.replace(one.id, "ID").replace(sent[0].id, "KEY")
        print(
            f"{shown}: median {took[len(took) // 2]:.0f} ms, slowest but one {took[-2]:.0f} ms{slow}",
            flush=True,
        )


def signed_in(app: Flask, store: Store, now: datetime) -> FlaskClient:
    account = accounts.open_account(
        store, email="lms@council.example", name="Lara", roles=["lms_administrator"], now=now, by="benchmark"
    )
    browser = app.test_client()
    with browser.session_transaction(base_url=ORIGIN) as session:
        session["_user_id"], session["_fresh"] = session_name(account, now), True
    return browser


def times(browser: FlaskClient, address: str) -> list[float]:
    """Milliseconds of each of some requests, in order of length; the first, which also loads templates, is not counted."""
    found = []
    for _ in range(TIMES + 1):
        began = time.perf_counter()
        answer = browser.get(address, base_url=ORIGIN)
        found.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{address}: {answer.status}")
    return sorted(found[1:])


if __name__ == "__main__":
    main()
