"""Events a second that `passport rebuild` folds and compares, on one core: python benchmarks/rebuild.py

The people are those of benchmarks/decision.py, each with about 200 events; give --database for a database of your own,
such as the demonstration's. The baseline reads and parses the same rows and does nothing with them.
"""

import argparse
import tempfile
import time

from benchmarks.decision import made_people
from passport_service.services import ledgers
from passport_service.store import ledger
from passport_service.store.database import Store, migrate, open_store

GOAL = 60_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--database", help="an existing database; otherwise one is made")
    parser.add_argument("--profile", action="store_true", help="say where the time goes")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(given.database or f"sqlite:///{folder}/passport.sqlite", create=not given.database)
        if not given.database:
            migrate(store)
            made_people(store, given.people)
        if given.profile:
            _profile(store)
            return
        events = sum(ledger.stream_sizes(store).values())
        read, parsed = _best(lambda: sum(len(facts) for _, facts in ledger.read_many(store)))
        rebuilt, done = _best(lambda: ledgers.rebuild(store))
        store.close()
    print(f"{events} events of {done.streams} people; {len(done.differences or [])} differences")
    print(f"rebuild: {events / rebuilt:,.0f} events a second of CPU; goal {GOAL:,}")
    print(f"baseline: {parsed / read:,.0f} events a second only read and parsed; ratio {read / rebuilt:.2f}")


def _best(work):
    """The least CPU of three, and what came of it."""
    least, found = None, None
    for _ in range(3):
        began = time.process_time()
        found = work()
        took = time.process_time() - began
        least = took if least is None else min(least, took)
    return least, found


def _profile(store: Store) -> None:
    from cProfile import Profile
    from pstats import Stats

    with Profile() as profile:
        ledgers.rebuild(store)
    Stats(profile).sort_stats("tottime").print_stats(45)


if __name__ == "__main__":
    main()
