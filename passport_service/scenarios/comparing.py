"""Whether what came is what was expected: days and moments tolerantly, reasons as a set, lists in order."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from passport_service.domain.calendar import business_date

AS_SETS = ("reasons",)


def differences(expected: Mapping[str, Any], came: Mapping[str, Any]) -> list[str]:
    """Each expected answer that did not come, in words; only the keys expected are compared."""
    return [
        f"{name}: expected {shown(wanted)}, got {shown(came[name])}"
        for name, wanted in expected.items()
        if not _agree(name, wanted, came[name])
    ]


def _agree(name: str, wanted: Any, came: Any) -> bool:
    if name in AS_SETS:
        return set(wanted) == set(came)
    if isinstance(wanted, tuple):
        return list(wanted) == list(came or ())
    if isinstance(came, datetime) and isinstance(wanted, date) and not isinstance(wanted, datetime):
        return business_date(came) == wanted
    return bool(wanted == came)


def shown(value: Any) -> str:
    """An answer as a story would write it."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(shown(one) for one in value) + "]"
    found = plain(value)
    return "null" if found is None else str(found).lower() if isinstance(found, bool) else str(found)


def plain(value: Any) -> Any:
    """A value as JSON has it: moments in UTC with Z, days as text."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    return value
