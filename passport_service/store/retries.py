"""Doing a piece of work again when PostgreSQL gave it up for another's sake."""

from collections.abc import Callable
from typing import TypeVar

from passport_service.store.database import Store

T = TypeVar("T")

TRIES = 4
PASSING = ("40001", "40P01")  # serialization failure, deadlock


def retrying(store: Store, work: Callable[[], T]) -> T:
    """Runs ``work``, a whole transaction, again after a deadlock. Inside another transaction it runs once: only the
    outermost can be repeated."""
    tries = 1 if store.is_writing else TRIES
    for _ in range(tries - 1):
        try:
            return work()
        except Exception as fault:
            if not is_passing(fault):
                raise
    return work()


def is_passing(fault: BaseException | None) -> bool:
    """Whether the database says that the same work may succeed the next time."""
    while fault is not None:
        if getattr(fault, "sqlstate", None) in PASSING:
            return True
        fault = fault.__cause__ or fault.__context__
    return False
