"""Real servers to measure: gunicorn as the Procfile starts it, over a database of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg

from benchmarks.traffic import basic
from passport_service.services import keys, setup
from passport_service.store.database import Store, migrate, open_store
from tests.ports import free_port

SECRET = "a secret that is only ever used in benchmarks"
ROOT = Path(__file__).parent.parent
THREADS = 8


@dataclass(frozen=True, slots=True)
class Served:
    """A server at work: where, over which database, and how its key signs."""

    port: int
    url: str
    authorization: str
    process: int


@contextmanager
def databases(kind: str, server: str | None, folder: Path, number: int) -> Iterator[list[str]]:
    """Addresses of new, migrated databases: SQLite files in a folder, or databases on a PostgreSQL server."""
    with ExitStack() as stack:
        if kind == "sqlite":
            urls = [f"sqlite:///{folder}/{uuid4().hex}.sqlite" for _ in range(number)]
        else:
            urls = [stack.enter_context(postgres_database(server or "")) for _ in range(number)]
        for url in urls:
            store = open_store(url, create=True)
            migrate(store)
            store.close()
        yield urls


@contextmanager
def postgres_database(server: str) -> Iterator[str]:
    name = f"benchmark_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    try:
        yield f"{server.rpartition('/')[0]}/{name}"
    finally:
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def made_key(store: Store, **rights: bool) -> str:
    """A key for a learning system; the header by which it is known."""
    made = keys.create(
        store,
        label="benchmark",
        purpose="xapi",
        pepper=SECRET,
        by="benchmark",
        now=datetime.now(UTC),
        rate_limit=0,
        **rights,
    )
    return basic(made.key.id, made.secret)


@contextmanager
def service(url: str, folder: Path, *, workers: int = 1) -> Iterator[Served]:
    """The whole service over a migrated database, set up if it is not, with a key."""
    store = open_store(url)
    if not setup.is_set_up(store):
        setup.set_up(store, now=datetime.now(UTC))
    authorization = made_key(store)
    store.close()
    given = {
        "PASSPORT_DATABASE_URL": url,
        "PASSPORT_DATA_FOLDER": str(folder),
        "PASSPORT_SECRET_KEY": SECRET,
        "PASSPORT_PUBLIC_URL": "https://localhost",
        "PASSPORT_LOG_LEVEL": "error",
        "PASSPORT_KEY_RATE_LIMIT": "0",
    }
    with gunicorn("passport_service.wsgi:app", given, workers) as (port, process):
        yield Served(port, url, authorization, process)


@contextmanager
def baseline(url: str, *, workers: int = 1) -> Iterator[Served]:
    """The bare endpoints of `benchmarks.bare` over a migrated database."""
    with gunicorn("benchmarks.bare:app", {"BARE_DATABASE": url}, workers) as (port, process):
        yield Served(port, url, "Basic none", process)


@contextmanager
def gunicorn(app: str, given: Mapping[str, str], workers: int) -> Iterator[tuple[int, int]]:
    port = free_port()
    options = ["--no-control-socket", "--bind", f"127.0.0.1:{port}", "--keep-alive", "60"]
    size = ["--workers", str(workers), "--threads", str(THREADS), "--log-level", "error"]
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *options, *size, app], cwd=ROOT, env={**os.environ, **given}
    )
    try:
        wait_for(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the server did not start")
