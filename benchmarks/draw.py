"""A draw over a pool of many items: python -m benchmarks.draw

The pool is drawn as the service does it: entries, tickets, quota, receipt, and the receipt is checked again. The baseline
makes the same number of SHA-256 tickets and sorts them.
"""

import argparse
import resource
import time
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from passport_service.domain.moderation import Seed, SeedMode
from passport_service.domain.picks import Entry, Rules, draw_all
from passport_service.domain.receipts import verify_receipt

GOAL_SECONDS, GOAL_MB = 2.0, 200
CUTOFF = datetime(2026, 3, 9, 6, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    given = parser.parse_args()
    entries = [_entry(number) for number in range(given.items)]
    began = time.perf_counter()
    receipts = draw_all(
        entries,
        period="2026-03-09T06:00:00Z",
        after=CUTOFF - timedelta(days=7),
        until=CUTOFF,
        drawn_on=date(2026, 3, 9),
        rules=Rules(500, "none", 0, None),
        seed=Seed(SeedMode.GIVEN, text="dice:4-2-6-1-3-5", source="benchmark"),
        carries={},
        last_looked_on={},
        next_commitment=None,
    )
    data = [one.data() for one in receipts]
    took = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert verify_receipt(data[0]) == []
    began = time.perf_counter()
    sorted(sha256(f"seed|{one.item}".encode()).hexdigest() for one in entries)
    base = time.perf_counter() - began
    print(
        f"draw over {given.items} items, {len(data[0]['picks'])} picks: {took:.2f} s; goal {GOAL_SECONDS} s"
    )
    print(f"memory at most: {memory:.0f} MB; goal {GOAL_MB} MB")
    print(f"baseline: {base:.2f} s for the tickets alone; ratio {took / base:.1f}")


def _entry(number: int) -> Entry:
    recorded = CUTOFF - timedelta(days=6) + timedelta(seconds=number % 400_000)
    return Entry(f"W-{number:07}", f"P{number % 600:06}", "assessment", recorded, "North", (), None)


if __name__ == "__main__":
    main()
