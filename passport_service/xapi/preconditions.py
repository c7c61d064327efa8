"""Conditions under which a document may be written: the If-Match and If-None-Match headers (Communication 3.1)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from passport_service.xapi.versions import Version

ANY = "*"
# A tag in quotes, weak or not; or bare, as one client library sends what it was given without the quotes.
TAG = re.compile(r'(W/)?(?:"([^"]*)"|([^\s",]+))')


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags that a header names. ``every``: it is ``*``, which means any document there is."""

    every: bool
    strong: frozenset[str]
    weak: frozenset[str]


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a request demands of the document that is there; None where the header is absent."""

    match: Tags | None = None
    none_match: Tags | None = None

    @property
    def are_absent(self) -> bool:
        return self.match is None and self.none_match is None


class Demand(Enum):
    """When a PUT must carry a condition."""

    NEVER = auto()
    TO_REPLACE = auto()
    ALWAYS = auto()


class Verdict(Enum):
    """Whether a document may be written; if not, what was wrong."""

    PROCEED = auto()
    UNMET = auto()
    WOULD_REPLACE = auto()
    UNCONDITIONAL = auto()


def read_conditions(headers: Mapping[str, str]) -> Conditions:
    """The conditions that headers, by their names in lower case, carry."""
    match, none_match = headers.get("if-match"), headers.get("if-none-match")
    return Conditions(
        None if match is None else read_tags(match), None if none_match is None else read_tags(none_match)
    )


def read_tags(header: str) -> Tags:
    """The tags of one header. Ours are hexadecimal digits, so a client that worked one out in capitals means the same."""
    if header.strip() == ANY:
        return Tags(True, frozenset(), frozenset())
    found = [(weak, (quoted or bare).lower()) for weak, quoted, bare in TAG.findall(header)]
    return Tags(
        False,
        frozenset(tag for weak, tag in found if not weak),
        frozenset(tag for weak, tag in found if weak),
    )


def demand_of(version: Version, *, is_state: bool) -> Demand:
    """What a version asks of a PUT.

    1.0.3 leaves State to last-writer-wins and wants a condition on every PUT of a profile (Communication 3.1). 2.0 makes
    no difference between them, and wants one where a document would be replaced (4.1.4).
    """
    if version is not Version.V1:
        return Demand.TO_REPLACE
    return Demand.NEVER if is_state else Demand.ALWAYS


def judge(conditions: Conditions, tag: str | None, demand: Demand = Demand.NEVER) -> Verdict:
    """Whether a write may go on where the document there has ``tag``; None when there is none."""
    if conditions.are_absent:
        if demand is Demand.NEVER or (tag is None and demand is Demand.TO_REPLACE):
            return Verdict.PROCEED
        return Verdict.UNCONDITIONAL if tag is None else Verdict.WOULD_REPLACE
    return Verdict.PROCEED if is_met(conditions, tag) else Verdict.UNMET


def is_met(conditions: Conditions, tag: str | None) -> bool:
    """RFC 2616 §14.24 and §14.26: a weak tag never fulfils If-Match, and does fail If-None-Match."""
    wanted, unwanted = conditions.match, conditions.none_match
    if wanted is not None and (tag is None or not (wanted.every or tag in wanted.strong)):
        return False
    if unwanted is None or tag is None:
        return True
    return not (unwanted.every or tag in unwanted.strong | unwanted.weak)
