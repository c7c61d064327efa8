"""A nightly sweep with nothing due, over many practitioners: python -m benchmarks.sweep

The rows are copies of real ones made by the services, so that the table and its indexes have their real size. The baseline
counts the same table once.
"""

import argparse
import tempfile
import time
from datetime import timedelta

from benchmarks.decision import made_people
from passport_service.services import passports
from passport_service.store.database import Store, migrate, open_store

GOAL_SECONDS = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/passport.sqlite", create=True)
        migrate(store)
        streams, _, now = made_people(store, 2)
        passports.sweep(store, now=now)
        _multiply(store, streams[0], given.people)
        began = time.perf_counter()
        changed = passports.sweep(store, now=now + timedelta(seconds=1))
        took = time.perf_counter() - began
        began = time.perf_counter()
        people = store.execute("SELECT count(*) FROM practitioner WHERE name <> ''").fetchone()[0]
        base = time.perf_counter() - began
        store.close()
    print(
        f"sweep of {people} people, {changed} changed: {took * 1000:.1f} ms; goal {GOAL_SECONDS * 1000:.0f} ms"
    )
    print(f"baseline: {base * 1000:.1f} ms to read each row of the table once; ratio {took / base:.2f}")


def _multiply(store: Store, stream: str, number: int) -> None:
    """As many people like this one, whose next moment is years away."""
    columns = [name for (_, name, *_) in store.execute("PRAGMA table_info(practitioner)").fetchall()]
    made = {"stream": "'Q' || n", "ref": "'q' || n", "review_at": "'2099-01-01T00:00:00.000000+00:00'"}
    values = ", ".join(made.get(name, name) for name in columns)
    with store.writing():
        store.execute(
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)"
            f" INSERT INTO practitioner ({', '.join(columns)}) SELECT {values} FROM practitioner, numbers WHERE stream = ?",
            (number, stream),
        )


if __name__ == "__main__":
    main()
