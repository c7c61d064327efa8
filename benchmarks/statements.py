"""How fast statements come in, over HTTP, against a bare endpoint and a bare loop in the same run.

    python -m benchmarks.statements [--postgres ADDRESS] [--workers N] [--rounds N] [--only singles,batches,moodle,firehose]

Both sides are served by gunicorn with the Procfile's threads, and asked by the same client; they take turns in short rounds,
so that whatever else the machine does slows both. Medians of the rounds are compared. Acknowledged is durable on both sides.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from benchmarks import firehose
from benchmarks.sending import Sent, send, send_alone
from benchmarks.serving import Served, baseline, databases, service
from benchmarks.traffic import batches, mixed, singles

Requests = Iterator[bytes]
Way = Callable[..., Sent]
ALL = ("singles", "batches", "moodle", "firehose")
GOALS = {"sqlite": 0.40, "postgres": 0.30}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--postgres", help="address of a PostgreSQL server where databases may be made; else SQLite"
    )
    parser.add_argument("--workers", type=int, default=1, help="web processes, on both sides")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default=",".join(ALL))
    asked = parser.parse_args()
    kind = "postgres" if asked.postgres else "sqlite"
    wanted = asked.only.split(",")
    print(
        f"{kind}, {asked.workers} web processes of 8 threads on each side, medians of {asked.rounds} rounds"
    )
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        ours, theirs = stack.enter_context(databases(kind, asked.postgres, folder, 2))
        bare = stack.enter_context(baseline(theirs, workers=asked.workers))
        mine = stack.enter_context(service(ours, folder, workers=asked.workers))
        if "singles" in wanted:
            compare_singles(mine, bare, asked.rounds, GOALS[kind])
        if "batches" in wanted:
            for size in (50, 500):
                compare_batches(mine, bare, size, asked.rounds)
        if "moodle" in wanted:
            compare_moodle(mine, bare, asked.rounds)
    if "firehose" in wanted:
        firehose.measure(kind, asked.postgres, asked.workers, asked.rounds)


def compare_singles(mine: Served, bare: Served, rounds: int, goal: float) -> None:
    """(a): one statement a POST over eight connections."""
    own, other = singles(mine.authorization), singles(bare.authorization, "/bare")
    send(mine.port, own, number=300)
    rates = [(rate(send, bare, other, number=1500), rate(send, mine, own, number=800)) for _ in range(rounds)]
    tell("single POSTs, 8 connections", rates, "bare endpoint", goal)


def compare_batches(mine: Served, bare: Served, size: int, rounds: int) -> None:
    """(b): one sender over one connection; one statement in ten about completion."""
    number = max(6, 4000 // size)
    own = batches(size, mine.authorization, made=mixed)
    other = batches(size, bare.authorization, "/loop", made=mixed)
    send(mine.port, own, number=4, connections=1)
    send(bare.port, other, number=4, connections=1)
    rates = [
        (
            size * rate(send, bare, other, number=number, connections=1),
            size * rate(send, mine, own, number=number, connections=1),
        )
        for _ in range(rounds)
    ]
    tell(f"batches of {size}", rates, "bare loop", 0.50, 5_000)


def compare_moodle(mine: Served, bare: Served, rounds: int) -> None:
    """Thirty a POST, one at a time, each over a new connection."""
    own = batches(30, mine.authorization, made=mixed, close=True)
    other = batches(30, bare.authorization, "/loop", made=mixed, close=True)
    rates = [
        (30 * rate(send_alone, bare, other, number=100), 30 * rate(send_alone, mine, own, number=100))
        for _ in range(rounds)
    ]
    tell("as Moodle: 30 a POST, a new connection each", rates, "bare loop", None, 4_000)


def rate(way: Way, served: Served, requests: Requests, **how: int) -> float:
    sent = way(served.port, requests, **how)
    if set(sent.statuses) != {200}:
        raise SystemExit(f"not every request was accepted: {dict(sent.statuses)}")
    return sent.rate


def tell(
    what: str, rates: list[tuple[float, float]], against: str, goal: float | None, least: int | None = None
) -> None:
    base, own = median(base for base, _ in rates), median(own for _, own in rates)
    ratio = median(own / base for base, own in rates)
    goals = [f"{goal:.0%}"] if goal else []
    goals += [f"{least:,} a second"] if least else []
    print(
        f"{what}: {own:,.0f} a second, {against} {base:,.0f}, ratio {ratio:.0%}; goal {' and '.join(goals)}",
        flush=True,
    )


if __name__ == "__main__":
    main()
