"""CPU of recording a decision and deciding a passport with 200 events behind it: python benchmarks/decision.py

The baseline, in the same run, does what nobody can leave out: read 200 rows of JSON and append one row, durably.
"""

import argparse
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson

from passport_service.services import decisions, items, passports, people, setup, training
from passport_service.services.setup import CORE
from passport_service.store import ledger
from passport_service.store.database import Store, migrate, open_store

GOAL_MS = 5.0
EVENTS = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=6, help="how many people are decided on, once each")
    parser.add_argument("--database", help="sqlite:///… or postgresql://…; a new SQLite file without it")
    parser.add_argument("--profile", action="store_true", help="say where the time goes")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(given.database or f"sqlite:///{folder}/passport.sqlite", create=True)
        migrate(store)
        streams, reviewer, now = made_people(store, given.people)
        work = [lambda stream=stream: _decide(store, stream, reviewer, now) for stream in streams]
        if given.profile:
            _profile(work)
            return
        work[0]()  # imports, caches
        base = [_cpu_ms(lambda: _bare(Path(folder))) for _ in streams][1:]
        ours = [_cpu_ms(one) for one in work[1:]]
        sizes = [len(ledger.read(store, stream)) for stream in streams]
        store.close()
    decision, bare = statistics.median(ours), statistics.median(base)
    print(f"events behind each decision: {min(sizes)} to {max(sizes)}")
    print(f"decision: {decision:.2f} ms of CPU (best {min(ours):.2f}); goal {GOAL_MS} ms or less")
    print(f"baseline: {bare:.2f} ms (200 rows read, one appended durably); ratio {decision / bare:.1f}")


def made_people(store: Store, number: int) -> tuple[list[str], str, datetime]:
    """Holders with at least 200 events each, and one item of each that waits to be decided."""
    now = datetime(2024, 1, 8, 9, tzinfo=UTC)
    setup.set_up(store, now=now)
    reviewer = _register(store, "rhys", "ccv_reviewer", now)
    streams = [_register(store, f"p{place}", "social_worker", now) for place in range(number)]
    last = now
    for place, stream in enumerate(streams):
        moment = now
        for slug in CORE:
            training.approve_prior(
                store, stream, requirement=slug, completed_on=date(2023, 11, 1), by="a", approver="b", reason="seen",
                now=moment,
            )  # fmt: skip
        count = 0
        while len(ledger.read(store, stream)) < EVENTS:
            moment += timedelta(days=2)
            _piece_of_work(store, stream, f"{place}-{count}", count, reviewer, moment)
            count += 1
        _submit(store, stream, f"{place}-last", moment + timedelta(days=1))
        last = max(last, moment)
    return streams, reviewer, last + timedelta(days=2)


def _register(store: Store, ref: str, role: str, now: datetime) -> str:
    known = {
        "role": role,
        "team": "CCV" if role == "ccv_reviewer" else "North",
        "name": ref,
        "email": f"{ref}@c.example",
    }
    return people.register(store, ref=ref, attributes=known, now=now, caused_by="benchmark")


def _piece_of_work(store: Store, stream: str, ref: str, count: int, reviewer: str, now: datetime) -> None:
    """Confirmed by the holder, or else sent to CCV and approved."""
    if passports.standpoint(store, stream, now=now).route(["care_act_assessment"]).may_confirm and count % 3:
        found = items.check(
            store, stream, kind="review", type="care_act_assessment", now=now, caused_by="benchmark"
        )
        items.confirm(store, check=found.id, item=ref, now=now, caused_by="benchmark")
        return
    _submit(store, stream, ref, now)
    _record(store, ref, reviewer, now + timedelta(hours=2))


def _submit(store: Store, stream: str, ref: str, now: datetime) -> None:
    items.submit(
        store, stream, item=ref, kind="assessment", type="care_act_assessment", now=now, caused_by="benchmark"
    )


def _record(store: Store, ref: str, reviewer: str, now: datetime) -> None:
    decisions.record(store, item=ref, outcome="approved", reviewer=reviewer, now=now, caused_by="benchmark")


def _decide(store: Store, stream: str, reviewer: str, now: datetime) -> None:
    place = int(people_ref(store, stream)[1:])
    _record(store, f"{place}-last", reviewer, now)


def people_ref(store: Store, stream: str) -> str:
    return str(store.execute("SELECT ref FROM practitioner WHERE stream = ?", (stream,)).fetchone()[0])


def _bare(folder: Path) -> None:
    """200 rows read and parsed, one row appended in a durable transaction."""
    db = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
    db.execute("PRAGMA journal_mode = wal")
    db.execute("PRAGMA synchronous = full")
    db.execute("CREATE TABLE IF NOT EXISTS fact (id INTEGER PRIMARY KEY, at TEXT, body TEXT)")
    row = orjson.dumps({"item": "A-1", "outcome": "approved", "reviewer": "P000001", "reason": ""}).decode()
    if db.execute("SELECT count(*) FROM fact").fetchone()[0] < EVENTS:
        db.executemany("INSERT INTO fact (at, body) VALUES (?, ?)", [("2026-03-02", row)] * EVENTS)
    db.execute("BEGIN IMMEDIATE")
    [orjson.loads(body) for (body,) in db.execute("SELECT body FROM fact LIMIT ?", (EVENTS,)).fetchall()]
    db.execute("INSERT INTO fact (at, body) VALUES (?, ?)", ("2026-03-02", row))
    db.execute("COMMIT")
    db.close()


def _cpu_ms(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def _profile(work: list[Callable[[], None]]) -> None:
    from cProfile import Profile
    from pstats import Stats

    work[0]()
    with Profile() as profile:
        for one in work[1:]:
            one()
    Stats(profile).sort_stats("tottime").print_stats(60)


if __name__ == "__main__":
    main()
