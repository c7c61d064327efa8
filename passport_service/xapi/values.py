"""The standard's small values: texts, numbers, IRIs, UUIDs, language maps, durations, extensions (Data 4)."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from passport_service.xapi.errors import Invalid
from passport_service.xapi.timestamps import parse_iso_8601, parse_rfc_3339

Check = Callable[[Any], object]

# A scheme, then anything but white space, controls and what RFC 3987 §2.2 leaves out of every part.
IRI = re.compile(r'[A-Za-z][A-Za-z0-9+.\-]*:[^\s\x00-\x1f\x7f<>"{}|\\^`]+')
UUID = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}")
# RFC 5646 §2.1: language, script, region, variants, extensions, private use.
LANGUAGE = re.compile(
    r"(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8})"
    r"(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*"
    r"(?:-[0-9A-WY-Za-wy-z](?:-[A-Za-z0-9]{2,8})+)*"
    r"(?:-[xX](?:-[A-Za-z0-9]{1,8})+)?"
    r"|[xX](?:-[A-Za-z0-9]{1,8})+"
    r"|[iI]-(?:ami|bnn|default|enochian|hak|klingon|lux|mingo|navajo|pwn|tao|tay|tsu)|en-GB-oed|sgn-BE-FR|sgn-BE-NL|sgn-CH-DE"
)
# ISO 8601 §4.4.3.2: designators in order, weeks alone, a fraction only on the last number.
DURATION = re.compile(
    r"P(?:[0-9]+(?:[.,][0-9]+)?W"
    r"|(?=[0-9T])(?:[0-9]+(?:[.,][0-9]+(?=Y$))?Y)?(?:[0-9]+(?:[.,][0-9]+(?=M$))?M)?(?:[0-9]+(?:[.,][0-9]+(?=D$))?D)?"
    r"(?:T(?=[0-9])(?:[0-9]+(?:[.,][0-9]+(?=H$))?H)?(?:[0-9]+(?:[.,][0-9]+(?=M$))?M)?(?:[0-9]+(?:[.,][0-9]+)?S)?)?)"
)
NUMBERS = (int, float)
LONGEST_REMEMBERED = 256


def check_text(value: Any) -> None:
    if type(value) is not str:
        raise Invalid("Data 2.2", "must be a string")


def check_flag(value: Any) -> None:
    if type(value) is not bool:
        raise Invalid("Data 2.2", "must be true or false")


def check_number(value: Any) -> None:
    if type(value) not in NUMBERS:
        raise Invalid("Data 2.2", "must be a number")


def check_count(value: Any) -> None:
    if type(value) is not int or value < 0:
        raise Invalid("Data 2.4.11", "must be a whole number, 0 or more")


@lru_cache(maxsize=20_000)
def is_short_iri(value: str) -> bool:
    return IRI.fullmatch(value) is not None


def is_iri(value: str) -> bool:
    """Whether a text is an absolute IRI; the same few thousand come again and again, so short ones are remembered."""
    if len(value) <= LONGEST_REMEMBERED:
        return is_short_iri(value)
    return IRI.fullmatch(value) is not None


def check_iri(value: Any) -> None:
    if type(value) is not str or not is_iri(value):
        raise Invalid("Data 4.3", "must be an IRI with a scheme")


def check_uuid(value: Any) -> None:
    if type(value) is not str or UUID.fullmatch(value) is None:
        raise Invalid("Data 4.4", "must be a UUID in its standard form")


def check_timestamp(value: Any) -> None:
    """Data 4.5: a moment of ISO 8601; one that cannot be placed on a calendar is refused."""
    check_moment(value, parse_iso_8601)


def check_full_timestamp(value: Any) -> None:
    """xAPI 2.0 4.2.7: a moment of RFC 3339, which leaves nothing out."""
    check_moment(value, parse_rfc_3339)


def check_moment(value: Any, parse: Callable[[str], object]) -> None:
    try:
        if type(value) is not str:
            raise ValueError("must be a string")
        parse(value)
    except ValueError as fault:
        raise Invalid("Data 4.5", str(fault)) from None


def check_duration(value: Any) -> None:
    if type(value) is not str or DURATION.fullmatch(value) is None:
        raise Invalid("Data 4.6", "must be an ISO 8601 duration such as PT1H30M")


@lru_cache(maxsize=1_000)
def is_language(value: str) -> bool:
    return len(value) <= LONGEST_REMEMBERED and LANGUAGE.fullmatch(value) is not None


def check_language(value: Any) -> None:
    if type(value) is not str or not is_language(value):
        raise Invalid("Data 4.2", "must be a language tag of RFC 5646 such as en-GB")


def check_language_map(value: Any) -> None:
    if type(value) is not dict:
        raise Invalid("Data 4.2", "must be a language map")
    for tag, text in value.items():
        if not is_language(tag):
            raise Invalid("Data 4.2", "is not a language tag of RFC 5646 such as en-GB", tag)
        if type(text) is not str:
            raise Invalid("Data 4.2", "must be a string", tag)


def check_extensions(value: Any) -> None:
    """Data 4.1: the keys are IRIs; the values are anyone's, null included."""
    if type(value) is not dict:
        raise Invalid("Data 4.1", "must be an object")
    for key in value:
        if not is_iri(key):
            raise Invalid("Data 4.1", "is not an IRI, as the key of an extension must be", key)


def check_properties(value: Any, table: Mapping[str, Check], rule: str) -> None:
    """An object all of whose properties the table knows, each fulfilling its check; null never does (Data 2.2)."""
    if type(value) is not dict:
        raise Invalid(rule, "must be an object")
    key = ""
    try:
        for key, item in value.items():
            check = table.get(key)
            if check is None:
                raise Invalid("Data 2.2", "is not a property that the standard knows here")
            check(item)
    except Invalid as fault:
        fault.under(key)
        raise


def check_required(value: Mapping[str, Any], names: tuple[str, ...], rule: str) -> None:
    for name in names:
        if name not in value:
            raise Invalid(rule, "is missing", name)


def check_list(value: Any, check: Check, rule: str) -> None:
    """An array whose every entry fulfils the check."""
    if type(value) is not list:
        raise Invalid(rule, "must be an array")
    place = 0
    try:
        for place, item in enumerate(value):  # noqa: B007 (the place is read when a check fails)
            check(item)
    except Invalid as fault:
        fault.under(place)
        raise
