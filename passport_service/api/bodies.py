"""Reading bodies and parameters strictly: what is unknown, missing or of another type is refused by its name.

A reader takes (value, where) and returns the value or raises Refused MALFORMED that says where.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import orjson
from flask import request

from passport_service.domain.errors import Refused
from passport_service.domain.personal import refuse_personal_data
from passport_service.doors import moment
from passport_service.entrance import whole_body

LONGEST_NAME = 128
LONGEST_TEXT = 4000
DEEPEST = 3

Reader = Callable[[Any, str], Any]


class Optional:
    """A reader for what may be left out; then its value is None."""

    def __init__(self, read: Reader) -> None:
        self.read = read


def malformed(message: str, where: str) -> Refused:
    return Refused("MALFORMED", message, where)


def word(value: Any, where: str) -> str:
    """A name, reference or choice: one line of at most 128 characters, not empty."""
    text = _text(value, where, LONGEST_NAME)
    if not text.strip() or not text.isprintable():
        raise malformed("This must be a word or reference, on one line.", where)
    return text


def words(value: Any, where: str) -> str:
    """Free text of a few sentences; stopped when it looks like personal data (D.18.2)."""
    text = _text(value, where, LONGEST_TEXT)
    refuse_personal_data(text, where)
    return text


def _text(value: Any, where: str, longest: int) -> str:
    if not isinstance(value, str):
        raise malformed(f"This must be text, not {kind_of(value)}.", where)
    if len(value) > longest:
        raise malformed(f"This has {len(value)} characters; at most {longest} are allowed.", where)
    if "\x00" in value:
        raise malformed("This has a NUL character in it.", where)
    return value


def number(value: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise malformed(f"This must be a whole number, not {kind_of(value)}.", where)
    return value


def day(value: Any, where: str) -> date:
    """A day as ``2026-03-02``."""
    text = word(value, where)
    try:
        if len(text) == len("2026-03-02"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise malformed("This must be a day such as 2026-03-02.", where)


def instant(value: Any, where: str) -> datetime:
    """A moment with its time zone, such as ``2026-03-02T09:00:00Z``."""
    text = word(value, where)
    try:
        found = datetime.fromisoformat(text)
        found = found if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        found = None
    if found is None or found.tzinfo is None or "T" not in text.upper():
        raise malformed("This must be a moment with a time zone, such as 2026-03-02T09:00:00Z.", where)
    return found


def past(value: Any, where: str) -> datetime:
    """A moment that is not later than the request, nor before the year 2000."""
    found = instant(value, where)
    if found > moment():
        raise malformed("This cannot be later than now.", where)
    if found.year < 2000:
        raise malformed("This cannot be before the year 2000.", where)
    return found


def facts(value: Any, where: str) -> dict[str, Any]:
    """An object of declared values; what each may be, the service says."""
    if not isinstance(value, dict):
        raise malformed(f"This must be an object, not {kind_of(value)}.", where)
    for name, one in value.items():
        word(name, f"{where}.{name[:40]}")
        if isinstance(one, str):
            _text(one, f"{where}.{name}", LONGEST_TEXT)
    return value


def body(fields: Mapping[str, Reader | Optional]) -> dict[str, Any]:
    """The JSON object of this request, each field by its reader; absent optional ones are None. Raises Refused."""
    given = _object()
    unknown = sorted(given.keys() - fields.keys())
    if unknown:
        raise malformed(
            f"There is no field {unknown[0]!r} here; the fields are {', '.join(fields)}.", unknown[0][:100]
        )
    return {name: _field(given, name, reader) for name, reader in fields.items()}


def _field(given: Mapping[str, Any], name: str, reader: Reader | Optional) -> Any:
    if isinstance(reader, Optional):
        value = given.get(name)
        return None if value is None else reader.read(value, name)
    if name not in given or given[name] is None:
        raise malformed("This field is missing.", name)
    return reader(given[name], name)


def _object() -> dict[str, Any]:
    if request.mimetype != "application/json":
        raise Refused("UNSUPPORTED_TYPE", "Send JSON, as Content-Type: application/json.", "Content-Type")
    try:
        given = orjson.loads(whole_body(request, cache=True))
    except orjson.JSONDecodeError as fault:
        raise Refused("MALFORMED", f"The body is not JSON: {fault}.", "body") from None
    if not isinstance(given, dict):
        raise malformed(f"The body must be an object, not {kind_of(given)}.", "body")
    if _depth(given) > DEEPEST:
        raise malformed("The body is nested too deeply.", "body")
    return given


def _depth(value: Any) -> int:
    if isinstance(value, dict | list):
        inside = value.values() if isinstance(value, dict) else value
        return 1 + max(map(_depth, inside), default=0)
    return 0


def kind_of(value: Any) -> str:
    """A JSON value's type in words."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case _:
            return "an object"


def parameters(fields: Mapping[str, Reader | Optional]) -> dict[str, Any]:
    """The parameters of this request's address, by the same readers. Raises Refused."""
    given: dict[str, str] = {}
    for name, value in request.args.items(multi=True):
        if name not in fields:
            raise malformed(
                f"There is no parameter {name!r} here; there are {', '.join(fields)}.", name[:100]
            )
        if name in given:
            raise malformed("This parameter is given twice.", name)
        given[name] = value
    return {name: _field(given, name, reader) for name, reader in fields.items()}


def moment_parameter(value: str, where: str) -> datetime:
    # An unescaped + in an address arrives as a space.
    return instant(value.replace(" ", "+"), where)


def count_parameter(value: str, where: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 6) or int(value) < 1:
        raise malformed("This must be a whole number above nought.", where)
    return int(value)
