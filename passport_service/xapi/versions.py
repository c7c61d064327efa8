"""Which version of the standard a request speaks, and what follows from it (Communication 3.3; xAPI 2.0 4.2.4.3)."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from passport_service.xapi.errors import Invalid
from passport_service.xapi.sections import section_of

HEADER = "X-Experience-API-Version"
SUPPORTED = ("1.0.0", "1.0.1", "1.0.2", "1.0.3", "2.0.0")


class Version(StrEnum):
    """A version as it is spoken here; the value is what every answer in it names, the latest patch of its line."""

    V1 = "1.0.3"
    V2 = "2.0.0"

    @property
    def edition(self) -> int:
        """Its number, as it is stored beside each statement."""
        return 1 if self is Version.V1 else 2

    @staticmethod
    def of(edition: int) -> "Version":
        return Version.V1 if edition == 1 else Version.V2

    @property
    def of_statement(self) -> str:
        """What a statement that says no version of its own is given (Data 2.4.10; xAPI 2.0 4.2.4.3)."""
        return "1.0.0" if self is Version.V1 else "2.0.0"

    @staticmethod
    def told_by(statement: Mapping[str, Any]) -> "Version":
        """The version that a statement names as its own; 1.0.x when it names none that is known."""
        told = statement.get("version")
        return understood(told if type(told) is str else None) or Version.V1

    @staticmethod
    def cited(rule: str | None) -> "Version":
        """The version in whose words a rule was told (`cite`)."""
        return Version.V2 if rule is not None and rule.startswith("xAPI 2.0 ") else Version.V1

    def cite(self, rule: str) -> str:
        """A rule as it is named to somebody who speaks this version; rules are written with their place in 1.0.3."""
        return f"xAPI 1.0.3 {rule}" if self is Version.V1 else f"xAPI 2.0 {section_of(rule)}"


SPOKEN = {
    Version.V1: re.compile(r"1\.0(?:\.[0-9]+)?"),
    Version.V2: re.compile(r"2\.0(?:\.[0-9]+)?"),
}


def understood(header: str | None) -> Version | None:
    """The version that a header names, of whichever patch; None for one that is missing or not spoken here."""
    asked = (header or "").strip()
    return next((version for version, form in SPOKEN.items() if form.fullmatch(asked)), None)


def negotiate(header: str | None) -> Version:
    """The version to understand a request by, and to answer in: any 1.0.x as 1.0.3, any 2.0.x as 2.0.0.

    Raises Invalid for a header that is missing or names another version, as both versions ask.
    """
    if header is None:
        raise Invalid("Communication 3.3", "is missing", HEADER)
    version = understood(header)
    if version is None:
        raise Invalid("Communication 3.3", "must be 1.0.0, 1.0.1, 1.0.2, 1.0.3 or 2.0.0", HEADER)
    return version
