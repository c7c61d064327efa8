"""How the standard's rules say no: which rule, where, and in a plain sentence."""

import re

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
LONGEST_KEY_SHOWN = 80
PLACED = re.compile(r"statement(?:s\[(\d+)\])?(?=[.\[]|$)")
NOWHERE = -1


class Invalid(ValueError):
    """A value that the standard does not allow.

    ``rule`` names the section of xAPI 1.0.3 (``Data 2.4.2``), ``message`` is a sentence without the value itself, which
    may be personal. ``path`` grows from the inside out while the checks unwind, so that a valid statement pays nothing.
    """

    def __init__(self, rule: str, message: str, *keys: str | int) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.keys: list[str | int] = list(reversed(keys))

    def under(self, key: str | int) -> "Invalid":
        """This fault, seen from one level further out."""
        self.keys.append(key)
        return self

    @property
    def path(self) -> str:
        """Where the fault lies, like ``statements[3].actor.mbox``, or the name of a header or a parameter; empty when it is
        the whole body."""
        match self.keys:
            case [str(name)]:
                return shortened(name)
        return "".join(step(key) for key in reversed(self.keys)).removeprefix(".")

    def __str__(self) -> str:
        return f"{self.path or 'body'}: {self.message} ({self.rule})"


class Malformed(Invalid):
    """A body that is not the JSON it claims to be; no statement of it can be read."""


def step(key: str | int) -> str:
    """One step of a path as it is written: ``[3]``, ``.actor``, or ``["http://…"]`` for keys that are not words."""
    if isinstance(key, int):
        return f"[{key}]"
    if PLAIN.fullmatch(key):
        return f".{key}"
    return f'["{shortened(key)}"]'


def shortened(key: str) -> str:
    return key if len(key) <= LONGEST_KEY_SHOWN else key[:LONGEST_KEY_SHOWN] + "…"


def split_path(path: str) -> tuple[int, str]:
    """Which statement of a body a path leads into, and the rest of it: ``(3, ".actor.mbox")``.

    A body that is one statement has the place 0; the place is ``NOWHERE`` when the path is that of no statement.
    """
    found = PLACED.match(path)
    if found is None:
        return NOWHERE, path
    return int(found.group(1) or 0), path[found.end() :]
