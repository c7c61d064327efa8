"""How fast statements come in, against a bare loop in the same run.

    python benchmarks/ingest.py [--postgres ADDRESS] [--statements N] [--rounds N] [--profile]

Batches of 50 as a Moodle sends them, durable, one after the other. *accept* is the whole path behind the door: reading,
every check of the standard, comparison, storing, links, and learning with the shipped recognisers. *bare* parses the same
bodies with orjson and inserts payload, digest and the same index rows in the same batches, and nothing else. The two take
turns batch by batch, each on a fresh database, so that whatever else the machine does slows both; medians of the rounds
are compared.
"""

import argparse
import cProfile
import pstats
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import orjson
import psycopg

from passport_service.plugins import load
from passport_service.services import keys, learning, statements
from passport_service.services.keys import Key
from passport_service.store.database import Store, migrate, open_store
from passport_service.xapi.timestamps import parse_timestamp
from tests import builders

Bare = Callable[[Sequence[bytes]], Iterator[None]]

BATCH = 50
VIEWED = "http://id.tincanapi.com/verb/viewed"
GOAL_RATIO = 0.5
GOAL_RATE = 3_000
DONE = object()
PRAGMAS = ("journal_mode=wal", "synchronous=full", "foreign_keys=1", "cache_size=-8000")
STATEMENT = (
    "pk, id, key_id, agent_id, verb_id, activity_id, registration, timestamp, stored, voided, digest, payload"
)


def moodle_traffic(count: int) -> list[bytes]:
    """Bodies of 50 statements: views, some answers, one in twenty a module and one in twenty a course completed."""
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    made = [one_event(number, start) for number in range(count)]
    return [orjson.dumps(made[at : at + BATCH]) for at in range(0, count, BATCH)]


def one_event(number: int, start: datetime) -> dict[str, Any]:
    who = (builders.MOODLE, str(number * 7919 % 600))
    at = (start + timedelta(seconds=number)).isoformat()
    if number % 20 == 0:
        return builders.moodle_course_completed(number % 40, who=who, at=at)
    verb = "completed" if number % 20 == 1 else "answered" if number % 10 == 2 else VIEWED
    return builders.moodle_module(verb, path=f"mod/page/view.php?id={number % 400}", who=who, at=at)


def accept_each(store: Store, key: Key, bodies: Sequence[bytes]) -> Iterator[None]:
    """One batch a step."""
    for body in bodies:
        statements.accept(store, key=key, body=body, now=now(), clock=now)
        yield


def now() -> datetime:
    return datetime.now(UTC)


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


def bare_rows(bodies: Sequence[bytes]) -> Iterator[dict[str, list[tuple[Any, ...]]]]:
    """The rows of each batch, as little as there must be: no check, no comparison, no link but its index row."""
    agents, verbs, activities = Numbers(), Numbers(), Numbers()
    pk = 0
    for body in bodies:
        stored = now().isoformat(timespec="microseconds")
        rows, also = [], []
        for value in orjson.loads(body):
            pk += 1
            payload = orjson.dumps(value)
            account, context = value["actor"]["account"], value["context"]
            rows.append(
                (
                    pk,
                    uuid4().hex,
                    "key",
                    agents[f"account|{account['homePage']}|{account['name']}"],
                    verbs[value["verb"]["id"]],
                    activities[value["object"]["id"]],
                    context["registration"].replace("-", ""),
                    parse_timestamp(value["timestamp"]).isoformat(timespec="microseconds"),
                    stored,
                    False,
                    sha256(payload).digest(),
                    payload,
                )
            )
            also.extend(
                (activities[one["id"]], pk)
                for related in context["contextActivities"].values()
                for one in related
            )
        yield {
            "statement_agent (id, key)": agents.take(),
            "statement_verb (id, iri)": verbs.take(),
            "statement_activity (id, iri)": activities.take(),
            f"statement ({STATEMENT})": rows,
            "statement_also_activity (activity_id, statement_pk)": also,
        }


def bare_sqlite(path: Path, bodies: Sequence[bytes]) -> Iterator[None]:
    """One batch a step."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    for tables in bare_rows(bodies):
        connection.execute("BEGIN IMMEDIATE")
        for table, rows in tables.items():
            if rows:
                marks = ", ".join("?" * len(rows[0]))
                connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        connection.execute("COMMIT")
        yield
    connection.close()


def bare_postgres(address: str, bodies: Sequence[bytes]) -> Iterator[None]:
    """One batch a step."""
    with psycopg.connect(address) as connection:
        for tables in bare_rows(bodies):
            for table, rows in tables.items():
                if rows:
                    mark = "(" + ", ".join(["%s"] * len(rows[0])) + ")"
                    marks = ", ".join([mark] * len(rows))
                    values = [value for row in rows for value in row]
                    connection.execute(f"INSERT INTO {table} VALUES {marks}", values)
            connection.commit()
            yield


@contextmanager
def sqlite_round(folder: Path) -> Iterator[tuple[Store, Bare]]:
    ours, theirs = folder / f"{uuid4()}.sqlite", folder / f"{uuid4()}.sqlite"
    other = open_store(f"sqlite:///{theirs}", create=True)
    migrate(other)
    other.close()
    store = open_store(f"sqlite:///{ours}", create=True)
    migrate(store)
    yield store, lambda bodies: bare_sqlite(theirs, bodies)
    store.close()
    ours.unlink()
    theirs.unlink()


@contextmanager
def postgres_round(server: str) -> Iterator[tuple[Store, Bare]]:
    head = server.rpartition("/")[0]
    names = [f"ingest_{uuid4().hex}" for _ in range(2)]
    with psycopg.connect(server, autocommit=True) as admin:
        for name in names:
            admin.execute(f"CREATE DATABASE {name}")
        other = open_store(f"{head}/{names[1]}")
        migrate(other)
        other.close()
        store = open_store(f"{head}/{names[0]}")
        migrate(store)
        yield store, lambda bodies: bare_postgres(f"{head}/{names[1]}", bodies)
        store.close()
        for name in names:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def make_key(store: Store) -> Key:
    made = keys.create(store, label="benchmark", purpose="xapi", pepper="x" * 32, by="benchmark", now=now())
    return made.key


def seconds_each(*steps: Iterator[None]) -> list[float]:
    """The time that each of several runs takes, one step of each after the other."""
    taken = [0.0] * len(steps)
    running = True
    while running:
        for place, step in enumerate(steps):
            start = time.perf_counter()
            running = next(step, DONE) is not DONE
            taken[place] += time.perf_counter() - start
    return taken


def compare(name: str, rounds: int, count: int, fresh: Callable[[], Any]) -> bool:
    """Prints the medians of one database; whether both goals are met."""
    bodies = moodle_traffic(count)
    size = sum(len(body) for body in bodies) / count
    rates: list[tuple[float, float]] = []
    for _ in range(rounds):
        with fresh() as (store, bare):
            loop, accept = seconds_each(bare(bodies), accept_each(store, make_key(store), bodies))
        rates.append((count / accept, count / loop))
    accept_rate, loop_rate = (median(column) for column in zip(*rates, strict=True))
    ratio = median(accept / loop for accept, loop in rates)
    print(
        f"{name}: accept {accept_rate:,.0f} statements a second, bare loop {loop_rate:,.0f}, ratio {ratio:.0%}"
        f" ({count:,} of {size:,.0f} bytes in fifties, median of {rounds} rounds)"
    )
    return ratio >= GOAL_RATIO and accept_rate >= GOAL_RATE


def profile(count: int, fresh: Callable[[], Any]) -> None:
    bodies = moodle_traffic(count)
    with fresh() as (store, _):
        key = make_key(store)
        profiler = cProfile.Profile()
        profiler.runcall(list, accept_each(store, key, bodies))
    pstats.Stats(profiler).sort_stats("tottime").print_stats(30)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", help="address of a PostgreSQL server where databases may be made")
    parser.add_argument("--statements", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    learning.use(load(["integrations.*"], installed=False).recognisers)
    with tempfile.TemporaryDirectory() as folder:
        databases: dict[str, Callable[[], Any]] = {"SQLite": lambda: sqlite_round(Path(folder))}
        if asked.postgres:
            databases["PostgreSQL"] = lambda: postgres_round(asked.postgres)
        if asked.profile:
            for fresh in databases.values():
                profile(asked.statements, fresh)
            return 0
        met = [compare(name, asked.rounds, asked.statements, fresh) for name, fresh in databases.items()]
    print("goal: ratio 50% and 3,000 a second -", "met" if all(met) else "missed")
    return 0 if all(met) else 1


if __name__ == "__main__":
    raise SystemExit(main())
