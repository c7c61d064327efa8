"""One page of a long list."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Line = TypeVar("Line")


@dataclass(frozen=True, slots=True)
class Page(Generic[Line]):
    """``lines`` of page ``number`` (from 1), of ``total`` lines in all."""

    lines: list[Line]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def has_next(self) -> bool:
        return self.number < self.pages


def page_of(query: Any, make: Callable[[dict[str, Any]], Line], *, number: int, size: int) -> Page[Line]:
    """One page of a query; a number past the end gives the last page."""
    total = query.count()
    number = min(max(1, number), max(1, -(-total // size)))
    rows = query.limit(size).offset((number - 1) * size).dicts()
    return Page([make(row) for row in rows], number, size, total)
