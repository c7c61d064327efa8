"""What completions of known people cost among everything else: 5% of them, against none, over HTTP in the same run."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.sending import send
from benchmarks.serving import databases, service
from benchmarks.traffic import PEOPLE, batches, completing, quiet, singles
from passport_service.services import people, setup, training
from passport_service.services.setup import CORE
from passport_service.store.database import open_store
from tests import builders

EACH = 20  # one statement in so many is a completion
GOAL_SINGLES, GOAL_BATCHES = 1.2, 2.0


def measure(kind: str, server: str | None, workers: int, rounds: int) -> None:
    """Prints the cost with completions as a multiple of the cost without."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        (url,) = stack.enter_context(databases(kind, server, folder, 1))
        make_council(url)
        served = stack.enter_context(service(url, folder, workers=workers))
        plain, some = singles(served.authorization), singles(served.authorization, made=with_completions())
        compare(
            "single POSTs",
            GOAL_SINGLES,
            rounds,
            lambda it: send(served.port, it, number=800).seconds,
            plain,
            some,
        )
        for size in (50, 500):
            plain = batches(size, served.authorization)
            some = batches(size, served.authorization, made=with_completions())
            number = max(4, 2000 // size)
            compare(
                f"batches of {size}",
                GOAL_BATCHES,
                rounds,
                lambda it, number=number: send(served.port, it, number=number, connections=1).seconds,
                plain,
                some,
            )


def compare(
    what: str,
    goal: float,
    rounds: int,
    seconds: Callable[[Iterator[bytes]], float],
    plain: Iterator[bytes],
    some: Iterator[bytes],
) -> None:
    seconds(plain)
    seconds(some)
    pairs = [(seconds(plain), seconds(some)) for _ in range(rounds)]
    ratio = median(with_them / without for without, with_them in pairs)
    print(
        f"firehose, 5% completions of known people, {what}: {ratio:.2f} times the cost of none; goal {goal}",
        flush=True,
    )


def with_completions() -> Callable[[int], dict[str, Any]]:
    """One in twenty is a known person's completion of a mapped course, of another day each time."""

    def made(number: int) -> dict[str, Any]:
        if number % EACH:
            return quiet(number)
        turn = number // EACH
        return completing(turn % len(CORE), str(turn * 31 % PEOPLE), number)

    return made


def make_council(url: str) -> None:
    """People with accounts at the learning system, and its courses mapped to the core requirements."""
    store, now = open_store(url), datetime.now(UTC)
    setup.set_up(store, now=now)
    for number, slug in enumerate(CORE):
        training.map_activity(
            store,
            activity=f"{builders.MOODLE}/course/view.php?id={number}",
            course=slug,
            now=now,
            caused_by="benchmark",
        )
    for number in range(PEOPLE):
        stream = people.register(
            store,
            ref=f"p{number}",
            attributes={"role": "social_worker", "team": f"Team {number % 30}", "name": f"Person {number}"},
            now=now,
            caused_by="benchmark",
        )
        people.link(store, stream, f"account|{builders.MOODLE}|{number}", now=now, caused_by="benchmark")
    store.close()
