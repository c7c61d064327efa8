"""Text that looks like personal data of someone who draws on services, which has no place here (D.18.2).

Patterns only stop what they can see: names pass. They are kept narrow, so that opaque references, identifiers
and the dates of practice pass too.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from passport_service.domain.calendar import add_months
from passport_service.domain.errors import Refused

LONGEST_REFERENCE = 64
YOUNGEST_BARE_DATE_MONTHS = 16 * 12
OLD_WITHOUT_A_TODAY = date(2000, 1, 1)


class PersonalData(StrEnum):
    """A kind of personal data, in the words people read."""

    NHS_NUMBER = "an NHS number"
    NATIONAL_INSURANCE = "a National Insurance number"
    POSTCODE = "a postcode"
    BIRTH_DATE = "a date of birth"
    PHONE = "a phone number"
    EMAIL = "an e-mail address"


@dataclass(frozen=True, slots=True)
class Finding:
    """Where in a text something personal seems to be: ``text[start:end]``. The text itself is never kept."""

    kind: PersonalData
    start: int
    end: int


_GAP = r"[ \u00a0\u2009\u202f.\u2010\u2011\u2013-]"
_ALONE = r"(?<![0-9A-Za-z])"
_ENDS = r"(?![0-9A-Za-z])"

_NHS = re.compile(
    rf"(?:{_ALONE}|(?<=nhs))(?:[0-9]{{10}}|[0-9]{{3}}{_GAP}[0-9]{{3}}{_GAP}[0-9]{{4}}){_ENDS}", re.IGNORECASE
)
_NATIONAL_INSURANCE = re.compile(
    rf"{_ALONE}(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]{_GAP}?"
    rf"[0-9]{{2}}{_GAP}?[0-9]{{2}}{_GAP}?[0-9]{{2}}{_GAP}?[A-D]{_ENDS}",
    re.IGNORECASE,
)
_AREAS = (
    "AB AL B BA BB BD BF BH BL BN BR BS BT BX CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX "
    "FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN "
    "NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB "
    "W WA WC WD WF WN WR WS WV YO ZE"
)
_POSTCODE = re.compile(
    rf"{_ALONE}(?:(?:{_AREAS.replace(' ', '|')})(?:[0-9]{{1,2}}|[0-9][A-HJKMNP-Z])|GIR)"
    rf"[ \u00a0]?(?!(?-i:1st|2nd|3rd|[4-9]th))[0-9][ABD-HJLNP-UW-Z]{{2}}{_ENDS}",
    re.IGNORECASE,
)
_PHONE = re.compile(
    rf"{_ALONE}(?:(?:\+|00)44{_GAP}?(?:\(0\){_GAP}?)?|\(?0)[1-9](?:[()]?{_GAP}?[()]?[0-9]){{8,9}}{_ENDS}"
    rf"|\+[1-9](?:{_GAP}?[0-9]){{8,13}}{_ENDS}"
)
_DATE_AND_TIME = re.compile(r"[0-9]{1,2}[.-][0-9]{1,2}[.-](?:19|20)[0-9]{2}(?![0-9])")
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"]{1,64}@[^\s@<>()\[\],;:\"]{1,190}\.[^\W\d_]{2,24}\b")

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/#-]{0,63}")

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = r"(?P<word>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_YEAR = r"(?P<year>[0-9]{4}|[0-9]{2})"
_DATES = tuple(
    re.compile(_ALONE + pattern + r"(?![0-9])", re.IGNORECASE)
    for pattern in (
        r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})",
        rf"(?P<day>[0-9]{{1,2}})[-/. ](?P<month>[0-9]{{1,2}})[-/. ]{_YEAR}",
        rf"(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?[ -](?:of )?{_MONTH}[, -]{{1,2}}{_YEAR}",
        rf"{_MONTH} (?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,? (?P<year>[0-9]{{4}})",
    )
)
_BORN_BEFORE = re.compile(
    r"\b(?:born|dob|d\.o\.b|date of birth|birth ?da(?:te|y))\b\.?[^\n;.0-9]{0,20}$", re.IGNORECASE
)
_BORN_AFTER = re.compile(r"[\s,(]{0,3}(?:dob\b|d\.o\.b|date of birth|birth)", re.IGNORECASE)


def find_personal_data(text: str, today: date | None = None) -> list[Finding]:
    """What in ``text`` looks like personal data, in order of place, nothing found twice.

    A date is one of birth beside a word such as “born” or “DOB”, or, standing alone with four figures to its
    year, when it is 16 years old or older at ``today`` (without ``today``: before 2000). The dates of recent
    practice pass.
    """
    found = [*_numbers(text), *_births(text, today)]
    found.sort(key=lambda finding: (finding.start, -finding.end))
    kept: list[Finding] = []
    for finding in found:
        if not kept or finding.start >= kept[-1].end:
            kept.append(finding)
    return kept


def refuse_personal_data(text: str, where: str | None = None, today: date | None = None) -> None:
    """Raises Refused MALFORMED, naming the kinds but never the text, if ``text`` looks like personal data."""
    found = find_personal_data(text, today)
    if found:
        kinds = " and ".join(dict.fromkeys(str(finding.kind) for finding in found))
        raise Refused("MALFORMED", f"This seems to have {kinds} in it. Please take it out.", where)


def opaque_reference(text: object, where: str = "item") -> str:
    """The reference of an item, if it says nothing of a person.

    1 to 64 letters, figures and ``. _ - : / #``, beginning with a letter or figure, and not like personal
    data (so a bare number that is a valid NHS number is not one). Raises Refused MALFORMED.
    """
    if not isinstance(text, str) or not _REFERENCE.fullmatch(text):
        raise Refused(
            "MALFORMED",
            f"A reference has 1 to {LONGEST_REFERENCE} letters, figures, dots, dashes or slashes, and no spaces.",
            where,
        )
    refuse_personal_data(text, where)
    return text


def is_nhs_number(text: str) -> bool:
    """Whether the ten figures of ``text`` (gaps aside) carry the NHS number's check digit, modulus 11."""
    figures = [int(figure) for figure in text if "0" <= figure <= "9"]
    if len(figures) != 10 or not any(figures):
        return False
    weighted = sum(figure * weight for figure, weight in zip(figures, range(10, 1, -1), strict=False))
    return (11 - weighted % 11) % 11 == figures[9]


def _is_phone(text: str) -> bool:
    """Not a date with a time behind it, and not a row of times: a phone number has a group of three figures."""
    return not _DATE_AND_TIME.match(text) and re.search("[0-9]{3}", text) is not None


def _always(text: str) -> bool:
    return True


_PATTERNS: tuple[tuple[PersonalData, re.Pattern[str], Callable[[str], bool]], ...] = (
    (PersonalData.EMAIL, _EMAIL, _always),
    (PersonalData.NHS_NUMBER, _NHS, is_nhs_number),
    (PersonalData.NATIONAL_INSURANCE, _NATIONAL_INSURANCE, _always),
    (PersonalData.PHONE, _PHONE, _is_phone),
    (PersonalData.POSTCODE, _POSTCODE, _always),
)


def _numbers(text: str) -> list[Finding]:
    return [
        Finding(kind, match.start(), match.end())
        for kind, pattern, holds in _PATTERNS
        for match in pattern.finditer(text)
        if holds(match[0])
    ]


def _births(text: str, today: date | None) -> list[Finding]:
    oldest = OLD_WITHOUT_A_TODAY if today is None else add_months(today, -YOUNGEST_BARE_DATE_MONTHS)
    return [
        Finding(PersonalData.BIRTH_DATE, match.start(), match.end())
        for pattern in _DATES
        for match in pattern.finditer(text)
        if _is_birth(text, match, oldest)
    ]


def _is_birth(text: str, match: re.Match[str], oldest: date) -> bool:
    on = _date_of(match)
    if on is None:
        return False
    if _BORN_BEFORE.search(text[max(match.start() - 40, 0) : match.start()]) or _BORN_AFTER.match(
        text, match.end()
    ):
        return True
    return len(match["year"]) == 4 and on <= oldest


def _date_of(match: re.Match[str]) -> date | None:
    """The date a match names, day first or else month first, if any; two-figure years are of the 1900s."""
    parts = match.groupdict()
    year = int(parts["year"]) + (1900 if len(parts["year"]) == 2 else 0)
    day = int(parts["day"])
    month = _MONTHS.index(parts["word"].lower()) + 1 if parts.get("word") else int(parts["month"])
    for try_month, try_day in ((month, day), (day, month)):
        try:
            return date(year, try_month, try_day)
        except ValueError:
            continue
    return None
