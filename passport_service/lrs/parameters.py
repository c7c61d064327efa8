"""Parameters of a request, read by name; what is missing, wrong or unknown is refused by name (Communication 3.2)."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from passport_service.lrs.door import call
from passport_service.xapi.actor import check_agent
from passport_service.xapi.errors import Invalid
from passport_service.xapi.query import IGNORED, read
from passport_service.xapi.reading import read_json

T = TypeVar("T")

RULE = "Communication 3.2"


def refuse_unknown(known: Iterable[str]) -> None:
    """Refuses parameters that a resource does not have: the sender means something by them, and it would not happen."""
    for name in call().parameters:
        if name not in known and name not in IGNORED:
            raise Invalid(RULE, "is not a parameter of this request", name)


def optional(name: str, convert: Callable[[str], T]) -> T | None:
    """A parameter, converted; None when it is absent."""
    found: T | None = read(call().parameters, name, convert)
    return found


def needed(name: str, convert: Callable[[str], T]) -> T:
    found = optional(name, convert)
    if found is None:
        raise Invalid(RULE, "is missing", name)
    return found


def as_id(text: str) -> str:
    """The id of a document: any text that a database can keep."""
    if not text or "\x00" in text:
        raise ValueError("must not be empty, and not contain NUL")
    return text


def as_agent(text: str) -> dict[str, Any]:
    """An agent as JSON; a group is none, even where its identifier would do (Communication 2.6)."""
    value: dict[str, Any] = read_json(text.encode("utf-8", "surrogatepass"))
    check_agent(value)
    return value
