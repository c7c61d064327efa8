"""One other store's settings, checked before anything is sent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

VERSIONS = ("1.0.0", "1.0.1", "1.0.2", "1.0.3", "2.0.0")
FILTERS = frozenset({"agent", "verb", "activity", "registration", "related_activities", "related_agents"})


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where the other store is and how much of it one run may take.

    ``endpoint`` is the address before ``/statements``; ``key`` and ``secret`` are sent as Basic
    authentication. ``allowed_private_hosts`` are host names whose addresses may be private or loopback;
    ``allow_http`` allows plain HTTP, which only such hosts should need. ``exchange_seconds`` bounds one
    request and its answer, ``run_seconds`` a whole run; ``page_bytes`` bounds one answer. ``overlap_seconds``
    are asked for again each time, for stores in which a statement can become visible after a later one.
    ``begin_at`` is where the first run begins; ``filters`` are query parameters of the standard.
    ``vocabulary`` is the address under which the words of forwarded statements live.
    """

    endpoint: str
    key: str = ""
    secret: str = field(default="", repr=False)
    version: str = "1.0.3"
    allowed_private_hosts: tuple[str, ...] = ()
    allow_http: bool = False
    exchange_seconds: float = 30.0
    run_seconds: float = 240.0
    page_statements: int = 200
    page_bytes: int = 8 * 1024 * 1024
    pages: int = 500
    overlap_seconds: float = 10.0
    begin_at: datetime | None = None
    filters: Mapping[str, str] | None = None
    vocabulary: str = "https://passport.invalid/xapi"

    def __post_init__(self) -> None:
        positive = ("exchange_seconds", "run_seconds", "page_statements", "page_bytes", "pages")
        for name in positive:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name}: must be more than nothing")
        if self.version not in VERSIONS:
            raise ValueError(f"version: must be one of {', '.join(VERSIONS)}")
        if self.begin_at is not None and self.begin_at.tzinfo is None:
            raise ValueError("begin_at: must have a time zone")
        unknown = set(self.filters or ()) - FILTERS
        if unknown:
            raise ValueError(f"filters: {', '.join(sorted(unknown))} is not a filter of the standard")


def read_settings(given: Mapping[str, Any]) -> StoreSettings:
    """Settings from a mapping; raises ValueError that names the setting at fault. Secrets may be pydantic's."""
    known = {one.name for one in fields(StoreSettings)}
    unknown = sorted(set(given) - known)
    if unknown:
        raise ValueError(f"{unknown[0]}: there is no such setting of another store")
    if not given.get("endpoint"):
        raise ValueError("endpoint: the address of the other store is missing")
    plain = {name: _typed(name, _revealed(value)) for name, value in given.items() if value is not None}
    if "allowed_private_hosts" in plain:
        plain["allowed_private_hosts"] = tuple(plain["allowed_private_hosts"])
    return StoreSettings(**plain)


def _typed(name: str, value: Any) -> Any:
    """Settings that come from the environment are text; this is what they mean."""
    read = READ_AS.get(name)
    if read is None or not isinstance(value, str):
        return value
    try:
        return read(value)
    except ValueError:
        raise ValueError(f"{name}: {value!r} cannot be understood") from None


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false", "yes", "no", "1", "0"):
        raise ValueError(text)
    return text.lower() in ("true", "yes", "1")


def _pairs(text: str) -> dict[str, str]:
    """``verb=…,activity=…``."""
    return dict(_pair(one) for one in text.split(",") if one.strip())


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(text)
    return name.strip(), value.strip()


READ_AS: Mapping[str, Callable[[str], Any]] = {
    "allow_http": _truth,
    "exchange_seconds": float,
    "run_seconds": float,
    "overlap_seconds": float,
    "page_statements": int,
    "page_bytes": int,
    "pages": int,
    "begin_at": datetime.fromisoformat,
    "filters": _pairs,
}


def _revealed(value: Any) -> Any:
    reveal = getattr(value, "get_secret_value", None)
    return reveal() if callable(reveal) else value
