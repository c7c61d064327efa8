"""How it went: results and scores (Data 2.4.5)."""

from typing import Any

from passport_service.xapi.errors import Invalid
from passport_service.xapi.values import (
    check_duration,
    check_extensions,
    check_flag,
    check_number,
    check_properties,
    check_text,
)


def check_scaled(value: Any) -> None:
    check_number(value)
    if not -1 <= value <= 1:
        raise Invalid("Data 2.4.5.1", "must lie between -1 and 1")


SCORE = {"scaled": check_scaled, "raw": check_number, "min": check_number, "max": check_number}


def check_score(value: Any) -> None:
    """Data 2.4.5.1: scaled within −1 and 1; min below max; raw within them where they are given."""
    check_properties(value, SCORE, "Data 2.4.5.1")
    raw, least, most = value.get("raw"), value.get("min"), value.get("max")
    if least is not None and most is not None and not least < most:
        raise Invalid("Data 2.4.5.1", "must be less than max", "min")
    if raw is not None and least is not None and raw < least:
        raise Invalid("Data 2.4.5.1", "must not be less than min", "raw")
    if raw is not None and most is not None and raw > most:
        raise Invalid("Data 2.4.5.1", "must not be more than max", "raw")


RESULT = {
    "score": check_score,
    "success": check_flag,
    "completion": check_flag,
    "response": check_text,
    "duration": check_duration,
    "extensions": check_extensions,
}


def check_result(value: Any) -> None:
    check_properties(value, RESULT, "Data 2.4.5")
