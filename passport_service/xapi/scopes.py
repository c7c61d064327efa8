"""What whoever comes in may do, in the standard's words (xAPI 1.0.3 Communication 4.2, authorization scope).

``define`` is not among them: what a statement says of an activity is merged, whoever may write statements.
"""

from collections.abc import Iterable
from enum import StrEnum
from functools import cache

Scopes = frozenset["Scope"]


class Scope(StrEnum):
    """One permission. The standard's order of narrow to wide; ``all`` holds every other one."""

    STATEMENTS_WRITE = "statements/write"
    STATEMENTS_READ_MINE = "statements/read/mine"
    STATEMENTS_READ = "statements/read"
    STATE = "state"
    PROFILE = "profile"
    ALL_READ = "all/read"
    ALL = "all"


# What a scope permits beside itself. State and profile are for reading and for writing, so what only reads is not
# in them and they are not in it: whoever reads a document holds one of the two.
WITHIN: dict[Scope, Scopes] = {
    Scope.STATEMENTS_READ: frozenset({Scope.STATEMENTS_READ_MINE}),
    Scope.ALL_READ: frozenset({Scope.STATEMENTS_READ, Scope.STATEMENTS_READ_MINE}),
    Scope.ALL: frozenset(Scope),
}


def allows(held: Scopes, wanted: Scope) -> bool:
    """Whether these scopes permit what ``wanted`` does, by itself or within a wider one."""
    return wanted in held or wanted in _widened(held)


@cache
def _widened(held: Scopes) -> Scopes:
    return held.union(*(WITHIN.get(one, frozenset()) for one in held))


@cache
def read_scopes(text: str) -> Scopes:
    """The scopes of a text that names them, separated by spaces (RFC 6749 §3.3). Raises ValueError for an unknown one."""
    return frozenset(Scope(word) for word in text.split())


def scopes_text(scopes: Iterable[Scope]) -> str:
    """The same as text, in the standard's order."""
    held = frozenset(scopes)
    return " ".join(one for one in Scope if one in held)
