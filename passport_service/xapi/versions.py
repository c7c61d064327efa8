"""Which version of the standard a request speaks (Communication 3.3)."""

import re

from passport_service.xapi.errors import Invalid

HEADER = "X-Experience-API-Version"
LATEST = "1.0.3"
SUPPORTED = ("1.0.0", "1.0.1", "1.0.2", "1.0.3")
# What a statement without a version is given (Data 2.4.10).
OF_STATEMENT = "1.0.0"
SPOKEN = re.compile(r"1\.0(?:\.[0-9]+)?")


def negotiate(header: str | None) -> str:
    """The version to answer in: any 1.0.x is understood, and answered in the latest of them, as the standard asks.

    Raises Invalid for a header that is missing or names another version.
    """
    if header is None:
        raise Invalid("Communication 3.3", "is missing", HEADER)
    if SPOKEN.fullmatch(header.strip()) is None:
        raise Invalid("Communication 3.3", "must be 1.0.0, 1.0.1, 1.0.2 or 1.0.3", HEADER)
    return LATEST
