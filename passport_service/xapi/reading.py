"""From bytes to values: JSON read strictly, and each statement's own bytes kept beside what they mean.

orjson refuses NaN, lone surrogates, bytes that are not UTF-8 and deep nesting. What it lets through and the service does
not: NUL (no database of ours keeps it in text) and an object that names a property twice.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from passport_service.xapi.errors import Invalid, Malformed
from passport_service.xapi.versions import Version

DEEPEST = 64
# Of what a learning system sends, the largest body that is taken holds less than half as many. A value of three bytes takes a
# hundred in memory: without a limit, one request of 12 MB took 600.
MOST_VALUES = 1_000_000
RULE = "Data 2.2"
SPACE = b" \t\r\n"
SPLIT = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True, slots=True)
class Read:
    """One statement as it came: ``payload`` its own bytes, ``value`` what they mean, by this version of the standard."""

    payload: bytes
    value: dict[str, Any]
    version: Version


def read_json(body: bytes) -> Any:
    """The value of a JSON text. Raises Malformed, with a sentence, for anything that is not strictly JSON."""
    if body.count(b",") >= MOST_VALUES:
        raise Malformed(RULE, f"holds more than {MOST_VALUES:,} values; send it in several parts")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        raise Malformed(RULE, why_unreadable(body, str(fault))) from None
    refuse_depth(body, value)
    hides = b"\\u00" in body
    if hides and b"\\u0000" in body:
        refuse_nul(value)
    # A colon stands after each property's name, and in texts. One that is lost belongs to a property that was named
    # twice, of which orjson keeps the last; unless a colon was written as an escape, counting them finds it.
    if body.count(b":") != orjson.dumps(value).count(b":") or (hides and b"\\u003" in body):
        json.loads(body, object_pairs_hook=refuse_twins, parse_int=str, parse_float=str)
    return value


def why_unreadable(body: bytes, fault: str) -> str:
    """In words that say what to do where the parser's do not."""
    if not body.strip(SPACE):
        return "is empty, where JSON is expected"
    if "UTF-8" in fault:
        return "is not in UTF-8, as JSON is"
    return f"is not valid JSON: {fault}"


def is_array(body: bytes) -> bool:
    return body.lstrip(SPACE).startswith(b"[")


def split_statements(body: bytes) -> list[bytes]:
    """The statements of a body, each as its own bytes, unread; a body that is no array is one. Raises Malformed."""
    if not is_array(body):
        return [body.strip(SPACE)]
    try:
        return [bytes(part) for part in SPLIT.decode(body)]
    except (msgspec.DecodeError, RecursionError):
        read_json(body)  # says what is wrong with it in orjson's words
        raise Malformed(RULE, "is not valid JSON") from None


def count_statements(body: bytes) -> int | None:
    """How many statements a body claims to hold; None when that cannot be told."""
    if not body.strip(SPACE):
        return 0
    try:
        return len(split_statements(body))
    except Malformed:
        return None


def read_one(text: bytes, version: Version | None, *where: str | int) -> Read:
    """One statement, not checked yet; without a ``version`` it is meant in the one that it names itself."""
    try:
        value = read_json(text)
        if type(value) is not dict:
            raise Invalid(RULE, "must be an object, as a statement is")
    except Invalid as fault:
        for key in reversed(where):
            fault.under(key)
        raise
    return Read(text, value, version or Version.told_by(value))


def refuse_nul(value: Any) -> None:
    if any("\x00" in text for text in texts_of(value)):
        raise Malformed(RULE, "contains the character NUL")


def refuse_depth(text: bytes, value: Any) -> None:
    """Refuse what is nested deeper than anything a statement says; extensions may hold any JSON, but not a bomb."""
    if text.count(b"[") + text.count(b"{") > DEEPEST and depth_of(value) > DEEPEST:
        raise Malformed(RULE, f"is nested more than {DEEPEST} levels deep")


def refuse_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuses an object that names one property twice: readers differ in which of the two they believe."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twin = next(name for name in names if names.count(name) > 1)
        raise Malformed(RULE, "stands twice in one object", twin)
    return found


def texts_of(value: Any) -> Iterator[str]:
    """Every text within a value, names of properties included."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            yield from item
            waiting.extend(item.values())


def depth_of(value: Any) -> int:
    """How many levels of arrays and objects a value has."""
    level, depth = [value], 0
    while level := [item for item in level if isinstance(item, (dict, list))]:
        depth += 1
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
    return depth
