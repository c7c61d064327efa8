"""Several pieces of work at the same moment, in threads of their own, and work that waits for an open transaction."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from passport_service.store.database import Store
from tests.waiting import PATIENCE

A_MOMENT = 0.15  # long enough for a thread to come to the lock that it waits for

Work = Callable[[], Any]


def together(store: Store, works: Sequence[Work]) -> list[Any]:
    """Does all of it at once; what each gave, or the exception that it ended with, in their order."""
    start = threading.Barrier(len(works))
    found: list[Any] = [None] * len(works)

    def run(place: int) -> None:
        try:
            start.wait(PATIENCE)
            found[place] = works[place]()
        except Exception as fault:  # noqa: BLE001 - told to the test
            found[place] = fault
        finally:
            store.close()

    threads = [threading.Thread(target=run, args=(place,), daemon=True) for place in range(len(works))]
    for one in threads:
        one.start()
    for one in threads:
        one.join(PATIENCE)
    assert not any(one.is_alive() for one in threads), "they wait for each other"
    return found


def all_well(store: Store, works: Sequence[Work]) -> list[Any]:
    """The same, when none of it may fail; the first exception is raised here."""
    found = together(store, works)
    for one in found:
        if isinstance(one, Exception):
            raise one
    return found


@contextmanager
def meanwhile(store: Store, work: Work, *, then: Work = lambda: None) -> Iterator[None]:
    """``work`` begins in another thread while the transaction opened here is under way, and has ended afterwards.

    What is done in the block is not committed before ``work`` has had time to read what is there without it; nor is
    what is done ``then``, in the same transaction, while ``work`` waits.
    """
    failures: list[Exception] = []

    def run() -> None:
        try:
            work()
        except Exception as fault:  # noqa: BLE001 - told to the test
            failures.append(fault)
        finally:
            store.close()

    other = threading.Thread(target=run, daemon=True)
    with store.writing():
        yield
        other.start()
        other.join(A_MOMENT)
        then()
    other.join(PATIENCE)
    assert not other.is_alive(), "it waits for ever"
    if failures:
        raise failures[0]
