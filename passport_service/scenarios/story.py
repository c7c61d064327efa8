"""What a story is once it has been read: every word known, every value of its kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


class Malformed(Exception):
    """A story that cannot be played; ``step`` counts from 1 (None: the file itself), ``key`` is the word at fault."""

    def __init__(
        self, message: str, key: str | None = None, step: int | None = None, word: str | None = None
    ) -> None:
        super().__init__(message)
        self.message, self.key, self.step, self.word = message, key, step, word

    def at(self, step: int, word: str | None = None) -> "Malformed":
        """This fault, with the step that it is in."""
        self.step, self.word = step, self.word or word
        return self

    def __str__(self) -> str:
        where = (
            "" if self.step is None else f"step {self.step}" + (f" ({self.word})" if self.word else "") + ": "
        )
        return where + (f"{self.key}: " if self.key else "") + self.message


class NotBuilt(Malformed):
    """A word that belongs to stories, but that this service cannot do yet."""


@dataclass(frozen=True, slots=True)
class Question:
    """One expectation: the question's word and keys, and the answers that are expected of it."""

    word: str
    asked: Mapping[str, Any]
    expected: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One step. ``given`` are its keys; of ``fails`` the step inside and the code, of ``expect`` the questions."""

    number: int
    at: datetime
    word: str
    given: Mapping[str, Any]
    effective_at: datetime | None = None
    inner: "Step | None" = None
    questions: Sequence[Question] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Someone in a story, under their key, which is also their staff reference."""

    key: str
    attributes: Mapping[str, Any]
    accounts: tuple[tuple[str, str], ...]

    @property
    def sends_as(self) -> tuple[str, str]:
        return self.accounts[0] if self.accounts else default_account(self.key)


def default_account(key: str) -> tuple[str, str]:
    """The account of whoever has none of their own in a story."""
    return "https://lms.example", key


@dataclass(frozen=True, slots=True)
class Story:
    """A whole file. ``catalogue`` None is the core catalogue; ``manual`` means that only steps run jobs."""

    name: str
    preset: str
    settings: Mapping[str, Any]
    people: Mapping[str, Person]
    steps: Sequence[Step]
    catalogue: Sequence[Mapping[str, Any]] | None = None
    activities: Mapping[str, Sequence[str]] = field(default_factory=dict)
    may_waive: bool = False
    manual: bool = False
