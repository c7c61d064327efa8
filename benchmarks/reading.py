"""How fast statements go out, and how much room they take, with 100,000 and with 1,000,000 of them.

    python -m benchmarks.reading [--postgres ADDRESS] [--small N] [--large N] [--asked N]

Two stores are filled through the same functions that the door uses; one statement in fifty refers to another. They are asked
in turns at 100 requests a second over one connection: one statement by its id, and a page by agent, verb and activity, by an
agent alone, and by a verb alone. Then everything is paged through, 500 at a time.
"""

import argparse
import http.client
import os
import random
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import psycopg

from benchmarks.sending import Sent, send, send_steadily
from benchmarks.serving import Served, databases, service
from benchmarks.traffic import get, mixed
from passport_service.services import keys
from passport_service.services.statements import accept
from passport_service.store.database import open_store

A_SECOND = 100
BATCH = 500
REFERRING = 50  # one statement in so many
ROUNDS = 10
GOAL_MS, GOAL_GROWTH, GOAL_ROOM = 5.0, 1.3, 1.2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--postgres", help="address of a PostgreSQL server where databases may be made; else SQLite"
    )
    parser.add_argument("--small", type=int, default=100_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--asked", type=int, default=1_000, help="requests of each kind to each store")
    asked = parser.parse_args()
    kind = "postgres" if asked.postgres else "sqlite"
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        urls = stack.enter_context(databases(kind, asked.postgres, folder, 2))
        small, large = (stack.enter_context(service(url, folder)) for url in urls)
        filled = [fill(small, asked.small), fill(large, asked.large)]
        compare("GET by id", [by_id(one, ids) for one, (ids, _) in zip((small, large), filled, strict=True)],
                (small, large), asked.asked)  # fmt: skip
        for names in (("agent", "verb", "activity"), ("agent",), ("verb",)):
            compare(f"GET by {', '.join(names)}", [by_filters(one, names) for one in (small, large)],
                    (small, large), asked.asked)  # fmt: skip
        room = size_of(large.url) / filled[1][1]
        print(
            f"{asked.large:,} statements take {room:.2f} times the bytes of their payloads; goal {GOAL_ROOM}"
        )
        page_through(large, asked.large)


def fill(served: Served, wanted: int) -> tuple[list[str], int]:
    """Stores so many statements under the server's key; some of their ids, and the bytes of all their payloads."""
    store = open_store(served.url)
    key = keys.every(store)[-1]
    began, payloads, ids = time.perf_counter(), 0, []
    for start in range(0, wanted, BATCH):
        body = orjson.dumps(batch(start, ids))
        payloads += len(body) - BATCH - 1
        now = datetime.now(UTC)
        ids.extend(accept(store, key=key, body=body, now=now, clock=lambda: datetime.now(UTC)).ids[:5])
    spent = time.perf_counter() - began
    print(f"{wanted:,} statements stored in {spent:.0f} s, {wanted / spent:,.0f} a second", flush=True)
    if store.is_sqlite:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    else:
        store.execute("ANALYZE")
    store.close()
    return ids, payloads


def batch(start: int, ids: list[str]) -> list[dict[str, Any]]:
    statements = [mixed(number) for number in range(start, start + BATCH)]
    for place in range(0, BATCH if ids else 0, REFERRING):
        own = {name: statements[place][name] for name in ("actor", "verb", "timestamp")}
        statements[place] = {
            **own,
            "object": {"objectType": "StatementRef", "id": ids[(start + place) * 7919 % len(ids)]},
        }
    return statements


def compare(what: str, requests: list[Iterator[bytes]], served: tuple[Served, Served], number: int) -> None:
    """Asks the small and the large store in turns, so that whatever else the machine does slows both."""
    small, large = [], []
    for _ in range(ROUNDS):
        small.extend(ask(served[0], requests[0], number // ROUNDS).latencies)
        large.extend(ask(served[1], requests[1], number // ROUNDS).latencies)
    few, many = Sent(latencies=small), Sent(latencies=large)
    growth = many.latency(0.95) / few.latency(0.95)
    print(
        f"{what}, {A_SECOND} a second: p50 {few.latency(0.5):.2f} and {many.latency(0.5):.2f} ms,"
        f" p95 {few.latency(0.95):.2f} and {many.latency(0.95):.2f} ms, goal {GOAL_MS};"
        f" {growth:.2f} times as long in the larger store, goal {GOAL_GROWTH}",
        flush=True,
    )


def ask(served: Served, requests: Iterator[bytes], number: int) -> Sent:
    send(served.port, requests, number=20, connections=1)
    sent = send_steadily(served.port, requests, number=number, a_second=A_SECOND)
    if set(sent.statuses) != {200}:
        raise SystemExit(f"not every question was answered: {dict(sent.statuses)}")
    return sent


def by_id(served: Served, ids: list[str]) -> Iterator[bytes]:
    chance = random.Random(1)
    while True:
        yield get(f"/xapi/statements?statementId={chance.choice(ids)}", served.authorization)


def by_filters(served: Served, names: tuple[str, ...]) -> Iterator[bytes]:
    """A page of ten of the statements that share these with one of those stored, chosen by chance."""
    chance = random.Random(2)
    while True:
        one = mixed(chance.randrange(100_000))
        values = {
            "agent": orjson.dumps({"account": one["actor"]["account"]}).decode(),
            "verb": one["verb"]["id"],
            "activity": one["object"]["id"],
        }
        filters = "&".join(f"{name}={quote(values[name], safe='')}" for name in names)
        yield get(f"/xapi/statements?{filters}&limit=10", served.authorization)


def size_of(url: str) -> int:
    if url.startswith("sqlite"):
        return os.path.getsize(url.removeprefix("sqlite:///"))
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT pg_database_size(current_database())").fetchone()[0]  # type: ignore[index]


def page_through(served: Served, wanted: int) -> None:
    """Follows `more` to the end; the time of a page at the start and at the end, and the server's memory."""
    seen, path, taken = 0, "/xapi/statements?limit=500", []
    before = memory_of(served)
    while path:
        began = time.perf_counter()
        body = body_of(served, path)
        taken.append(time.perf_counter() - began)
        found = orjson.loads(body)
        seen, path = seen + len(found["statements"]), found["more"]
    tenth = max(1, len(taken) // 10)
    first, last = sum(taken[:tenth]) / tenth, sum(taken[-tenth:]) / tenth
    print(
        f"paged through {seen:,} in {len(taken):,} pages: {first * 1000:.1f} ms a page at first, {last * 1000:.1f} at last;"
        f" the server's memory went from {before:.0f} to {memory_of(served):.0f} MB"
    )
    if seen < wanted:
        raise SystemExit(f"{wanted:,} statements were to be seen")


def body_of(served: Served, path: str) -> bytes:
    line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    line.request(
        "GET",
        path,
        headers={
            "Authorization": served.authorization,
            "X-Experience-API-Version": "1.0.3",
            "Host": "localhost",
        },
    )
    body = line.getresponse().read()
    line.close()
    return body


def memory_of(served: Served) -> float:
    """Resident megabytes of the process that answers."""
    status = Path(f"/proc/{served.process}/task/{served.process}/children").read_text().split()
    kept = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{status[0]}/status").read_text())
    return int(kept[1]) / 1024 if kept else 0.0


if __name__ == "__main__":
    main()
