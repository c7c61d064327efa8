"""The kinds of value a key of a story may have. Each reader gives the value in its one form or raises ValueError."""

from collections.abc import Callable, Container, Mapping
from datetime import UTC, date, datetime
from typing import Any

from passport_service.domain.calendar import business_date, start_of_day

Reader = Callable[[Any], Any]


def text(value: Any) -> str:
    """Words; a number is taken as it is written."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise ValueError("must be text")


def name(value: Any) -> str:
    """Text that is not blank."""
    found = text(value)
    if not found.strip():
        raise ValueError("must not be blank")
    return found


def blank_or_text(value: Any) -> str:
    """A reason as given: an explicitly empty one must reach the service."""
    return "" if value is None else text(value)


def truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be a whole number")
    return value


def anything(value: Any) -> Any:
    return value


def mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError("must be names with values")
    return value


def one_of(*words: str) -> Reader:
    """One of some words."""

    def read(value: Any) -> str:
        if value not in words:
            raise ValueError("must be one of: " + ", ".join(words))
        return str(value)

    return read


def known(keys: Container[str], what: str) -> Reader:
    """A word that the story, or its catalogue, knows."""

    def read(value: Any) -> str:
        found = text(value)
        if found not in keys:
            raise ValueError(f"there is no {what} {found!r} in this story")
        return found

    return read


def moment(value: Any) -> datetime:
    """An instant; a day with no time means 00:00 local, an instant with no zone is UTC."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, date):
        return start_of_day(value)
    if not isinstance(value, str):
        raise ValueError("must be a moment such as 2026-03-02T09:00:00Z")
    if is_day(value):
        return start_of_day(day(value))
    try:
        found = datetime.fromisoformat(value.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{value!r} is not a moment such as 2026-03-02T09:00:00Z") from None


def day(value: Any) -> date:
    """A local day; of an instant its business date (R0.4)."""
    if isinstance(value, datetime):
        return business_date(moment(value))
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise ValueError("must be a day such as 2026-03-02")
    try:
        return date.fromisoformat(value.strip()) if is_day(value) else business_date(moment(value))
    except ValueError:
        raise ValueError(f"{value!r} is not a day such as 2026-03-02") from None


def is_day(value: Any) -> bool:
    """Whether a value is a day with no time."""
    if isinstance(value, str):
        return len(value.strip()) == len("2026-03-02")
    return isinstance(value, date) and not isinstance(value, datetime)


def case_types(value: Any) -> str:
    """One case type, or several that an item has at once, joined as the service joins them (R5.3)."""
    listed = value if isinstance(value, list) else [value]
    if not listed:
        raise ValueError("must name a case type")
    return "+".join(name(one) for one in listed)


def account(value: Any) -> tuple[str, str]:
    """[home page, name]"""
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("must be [home page, name]")
    return name(value[0]), name(value[1])


def accounts(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list):
        raise ValueError("must be a list of [home page, name]")
    return tuple(account(one) for one in value)


def slugs(value: Any) -> tuple[str, ...]:
    """One word or a list of words."""
    listed = value if isinstance(value, list) else [value]
    if not listed:
        raise ValueError("must name at least one")
    return tuple(name(one) for one in listed)


def several(reader: Reader) -> Reader:
    """One value or a list of values of a kind."""

    def read(value: Any) -> tuple[Any, ...]:
        return tuple(reader(one) for one in (value if isinstance(value, list) else [value]))

    return read


def optional(reader: Reader) -> Reader:
    """The same kind of value, or null."""

    def read(value: Any) -> Any:
        return None if value is None else reader(value)

    return read
