"""JSON as numbered lines for people, with the place marked that a fault's path names."""

import re
from dataclasses import dataclass
from typing import Any

import orjson

from passport_service.web.dossier_page import pretty

# What `xapi.errors.step` writes: [3], .actor, ["http://…"]; a long key is cut and ends in an ellipsis.
STEP = re.compile(r'\[(\d+)\]|\["(.*?)"\](?=[.\[]|$)|\.?([A-Za-z_][A-Za-z0-9_-]*)')
# Neither HTML nor a terminal should ever be given these; a tab is harmless.
CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
MOST_MARKED = 12
LONGEST_LINE = 2_000
AROUND = 200
CUT = "…"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text, by its number from 1."""

    number: int
    text: str
    is_marked: bool = False


def lines_of(value: Any, path: str = "") -> list[Line]:
    """A value as indented lines; those that hold what the path leads to are marked, or where it should have been.

    ``path`` begins inside the value: ``actor.mbox`` of a statement, ``[3].actor`` of a batch.
    """
    marked = marked_in(value, path)
    texts = pretty(value).split("\n")
    return [Line(number, shown(text), number - 1 in marked) for number, text in enumerate(texts, 1)]


def text_lines(body: bytes, most: int) -> list[Line]:
    """A body that is no JSON, with the line marked at which reading it failed; cut around that place."""
    text = body.decode("utf-8", "replace")
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        number, column = fault.lineno, fault.colno
    else:
        number, column = 0, 0
    lines = text.split("\n")
    first = max(0, min(number - 1, len(lines)) - most // 2)
    return [
        Line(place, around(one, column) if place == number else shown(one), place == number)
        for place, one in enumerate(lines[first : first + most], first + 1)
    ]


def around(text: str, column: int) -> str:
    """What stands before and after a column of a line that may be very long."""
    if len(text) <= 2 * AROUND:
        return shown(text)
    start, end = max(0, column - AROUND), column + AROUND
    return shown(f"{CUT if start else ''}{text[start:end]}{CUT if end < len(text) else ''}")


def shown(text: str) -> str:
    return CONTROL.sub("\ufffd", text if len(text) <= LONGEST_LINE else text[:LONGEST_LINE] + CUT)


def marked_in(value: Any, path: str) -> set[int]:
    """The lines, from 0, that a path marks: what it leads to, or the first line of the innermost part that is there."""
    steps = steps_of(path)
    if not steps:
        return set()
    line, found, followed = 0, value, 0
    for step in steps:
        key = key_in(found, step)
        if key is None:
            break
        line, found, followed = line + 1 + height_before(found, key), found[key], followed + 1
    if followed < len(steps):
        return {line}
    return set(range(line, line + min(height_of(found), MOST_MARKED)))


def steps_of(path: str) -> list[str | int]:
    """The keys and places of a path as a fault tells it; none for text that is no such path."""
    steps: list[str | int] = []
    position = 0
    while position < len(path):
        found = STEP.match(path, position)
        if found is None:
            return []
        place, quoted, word = found.groups()
        steps.append(int(place) if place is not None else quoted if quoted is not None else word)
        position = found.end()
    return steps


def key_in(value: Any, step: str | int) -> str | int | None:
    """The key or the place that a step means in a value, None where there is none."""
    if isinstance(step, int):
        return step if isinstance(value, list) and step < len(value) else None
    if not isinstance(value, dict):
        return None
    if step in value:
        return step
    return next((key for key in value if step.endswith(CUT) and key.startswith(step[:-1])), None)


def height_before(value: Any, key: str | int) -> int:
    """How many lines stand between the opening of a value and one of its parts."""
    if isinstance(value, list):
        return sum(height_of(one) for one in value[: int(key)])
    total = 0
    for name, one in value.items():
        if name == key:
            break
        total += height_of(one)
    return total


def height_of(value: Any) -> int:
    """How many lines a value takes: an empty object or array stands on one."""
    if isinstance(value, dict) and value:
        return 2 + sum(height_of(one) for one in value.values())
    if isinstance(value, list) and value:
        return 2 + sum(height_of(one) for one in value)
    return 1
