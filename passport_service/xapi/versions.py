"""Which version of the standard a request speaks (Communication 3.3)."""

import re

from passport_service.xapi.errors import Invalid

LATEST = "1.0.3"
SUPPORTED = ("1.0.0", "1.0.1", "1.0.2", "1.0.3")
# What a statement without a version is given (Data 2.4.10).
OF_STATEMENT = "1.0.0"
SPOKEN = re.compile(r"1\.0(?:\.[0-9]+)?")


def negotiate(header: str | None, *, default: str | None) -> str:
    """The version to answer in. Any 1.0.x is spoken to, and answered in the latest of them, as the standard asks.

    ``default`` stands in for a missing header, which some senders forget; None refuses it. Raises Invalid.
    """
    asked = default if header is None else header.strip()
    if asked is None:
        raise Invalid(
            "Communication 3.3", "the header X-Experience-API-Version is missing", "X-Experience-API-Version"
        )
    if SPOKEN.fullmatch(asked) is None:
        raise Invalid("Communication 3.3", "this service speaks 1.0.x", "X-Experience-API-Version")
    return LATEST
