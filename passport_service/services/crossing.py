"""Work that several threads bring at once, done by one of them in one go: as a ferry takes whoever waits at the quay.

A durable transaction costs much the same for one statement as for ten, so what waits while one is under way goes
together in the next.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


@dataclass(slots=True, eq=False)
class Passenger(Generic[T, R]):
    """What one thread brought, and what came of it. ``turn`` opens when that is known, or when it is to lead."""

    brought: T
    came: R | BaseException | None = None
    is_carried: bool = False
    turn: threading.Lock = field(default_factory=threading.Lock)


class Ferry(Generic[T, R]):
    """``carry`` does the work of everybody who waits and returns what came of each, in their order: a result, or the
    exception that is its alone. What it raises itself is raised in all of them. At most ``most`` go at once.
    """

    def __init__(self, carry: Callable[[Sequence[T]], Sequence[R | BaseException]], most: int) -> None:
        self._carry = carry
        self._most = most
        self._quay: deque[Passenger[T, R]] = deque()
        self._is_under_way = False
        self._gate = threading.Lock()

    def take(self, brought: T) -> R:
        """Has it done, by this thread or another; returns its result or raises its exception."""
        mine: Passenger[T, R] = Passenger(brought)
        if not self._leads_at_once(mine):
            mine.turn.acquire()
        if not mine.is_carried:
            self._cross()
        if isinstance(mine.came, BaseException):
            raise mine.came
        return mine.came  # type: ignore[return-value]

    def _leads_at_once(self, mine: Passenger[T, R]) -> bool:
        with self._gate:
            self._quay.append(mine)
            if self._is_under_way:
                mine.turn.acquire()  # closed until somebody opens it
                return False
            self._is_under_way = True
            return True

    def _cross(self) -> None:
        """The leader is the first at the quay, so it is always among those that go."""
        with self._gate:
            crew = [self._quay.popleft() for _ in range(min(self._most, len(self._quay)))]
        try:
            self._settle(crew)
        finally:
            with self._gate:
                following = self._quay[0] if self._quay else None
                self._is_under_way = following is not None
            for one in crew:
                one.is_carried = True
                if one.turn.locked():
                    one.turn.release()
            if following is not None:
                following.turn.release()

    def _settle(self, crew: Sequence[Passenger[T, R]]) -> None:
        try:
            came = self._carry([one.brought for one in crew])
        except BaseException as fault:
            for one in crew:
                one.came = fault
            if not isinstance(fault, Exception):
                raise
            return
        for one, what in zip(crew, came, strict=True):
            one.came = what
