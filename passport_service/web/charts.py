"""Stacked bars as shapes for an inline SVG: only arithmetic, the template draws them and puts the figures beside."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 760, 240
LEFT, TOP, BELOW = 64, 12, 34  # room for the scale, above, and for the words under the bars
GAP = 0.25
STEPS = 4
MOST_WORDS = 12


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a bar, of the series with this number."""

    y: float
    height: float
    series: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: ``word`` stands under it (empty: too many to read), ``says`` is what it shows, in words."""

    x: float
    width: float
    middle: float
    word: str
    says: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """One line of the scale."""

    y: float
    value: int


@dataclass(frozen=True, slots=True)
class Chart:
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    floor: int = HEIGHT - BELOW


def stacked(values: Sequence[tuple[str, str, Sequence[int]]]) -> Chart:
    """A chart of (word, words that say it, counts of each series from the floor up)."""
    top = round_up(max((sum(counts) for _, _, counts in values), default=0))
    floor, room = HEIGHT - BELOW, HEIGHT - BELOW - TOP
    step = (WIDTH - LEFT) / max(1, len(values))
    every = -(-len(values) // MOST_WORDS)
    bars = []
    for place, (word, says, counts) in enumerate(values):
        x, width = LEFT + step * (place + GAP / 2), step * (1 - GAP)
        parts, y = [], float(floor)
        for series, count in enumerate(counts):
            height = room * count / top
            y -= height
            if count:
                parts.append(Part(round(y, 1), round(height, 1), series))
        shown = word if place % every == 0 else ""
        bars.append(Bar(round(x, 1), round(width, 1), round(x + width / 2, 1), shown, says, tuple(parts)))
    ticks = tuple(Tick(round(floor - room * one / STEPS, 1), top * one // STEPS) for one in range(STEPS + 1))
    return Chart(tuple(bars), ticks)


def round_up(most: int) -> int:
    """The top of a scale: a round number that four steps divide."""
    size = 1
    while True:
        for one in (4, 8, 12, 20, 40):
            if one * size >= most:
                return one * size
        size *= 10
