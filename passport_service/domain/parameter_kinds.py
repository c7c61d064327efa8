"""The kinds of value a policy parameter can have: how each is checked, read from a form and shown."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from passport_service.domain.cutoffs import parse_schedule
from passport_service.domain.errors import Refused


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value.

    ``check`` gives the value in its one form or raises ValueError; ``wanted`` ends the sentence “This must be
    …”; ``choices`` are the words allowed, for a form; ``word`` is what the empty value is called.
    """

    check: Callable[[Any], Any]
    wanted: str
    choices: tuple[str, ...] = ()
    many: bool = False
    word: str | None = None
    stands_for: Any = None

    def read(self, text: str) -> Any:
        """The value typed into a form. Raises ValueError."""
        words = text.strip()
        if self.many:
            return self.check([word.strip() for word in words.split(",") if word.strip()])
        if words.isascii() and words.isdigit() and len(words) < 10 and not self.choices:
            return self.check(int(words))
        return self.check(words)

    def show(self, value: Any) -> str:
        """The value in words, which ``read`` understands."""
        if self.word is not None and value == self.stands_for:
            return self.word
        if isinstance(value, bool):
            return "on" if value else "off"
        return ", ".join(value) if self.many else str(value)


def whole(low: int, high: int, *, word: str | None = None, stands_for: Any = None) -> Kind:
    """A whole number from ``low`` to ``high``, or ``word`` (or None; “off” also False) for ``stands_for``."""
    # Lists, not sets: a value that arrives as a list or mapping must be refused, not fail to hash.
    empty = [] if word is None else [word, stands_for, None]

    def check(value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        if value in empty or (word == "off" and value is False):
            return stands_for
        raise ValueError

    wanted = f"a whole number from {low} to {high}" + (f", or “{word}”" if word else "")
    return Kind(check, wanted, word=word, stands_for=stands_for)


def on_off() -> Kind:
    """“on” or “off”, kept as True or False (a story's YAML 1.2 gives the words)."""

    def check(value: Any) -> bool:
        if isinstance(value, bool):
            return value
        if value in ("on", "off"):
            return bool(value == "on")
        raise ValueError

    return Kind(check, "“on” or “off”", choices=("on", "off"))


def choice(*words: str) -> Kind:
    """One of ``words``; where “none” is one of them None stands for it too."""

    def check(value: Any) -> str:
        if value is None and "none" in words:
            return "none"
        if isinstance(value, str) and value in words:
            return value
        raise ValueError

    return Kind(check, "one of: " + ", ".join(words), choices=words)


def listed(*words: str) -> Kind:
    """At least one of ``words``, each once, kept as a tuple in the order of ``words``."""

    def check(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or not value:
            raise ValueError
        if any(not isinstance(word, str) or word not in words for word in value):
            raise ValueError
        return tuple(word for word in words if word in value)

    return Kind(check, "a list of at least one of: " + ", ".join(words), choices=words, many=True)


def schedule() -> Kind:
    """A weekday and a local time, kept as text in full (R8.6)."""

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError
        try:
            return str(parse_schedule(value))
        except Refused:
            raise ValueError from None

    return Kind(check, "a weekday and a time, such as “Monday 06:00 Europe/London”")
