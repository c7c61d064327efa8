"""The file by which people are brought in: its shape, its limits, and what each line of it says.

One line a person. A column that is not in the file, and a cell that is empty, change nothing; the word ``none`` takes a
value away. What the lines mean for the people already here is for the service to say (``services.importing``).
"""

import csv
import io
import re
from collections.abc import Mapping

from passport_service.domain.people_columns import (
    ALIASES,
    COLUMNS,
    READERS,
    REFERENCE,
    Fault,
    PersonLine,
    Wrong,
    read_day,
)
from passport_service.domain.spreadsheets import is_formula

MOST_BYTES = 400_000
MOST_ROWS = 2_000
LONGEST_CELL = 500
DELIMITERS = (",", ";", "\t")
LABELS = {"reference": "reference", "accounts": "account", "email": "identifying e-mail address"}


def read_people(body: bytes) -> tuple[list[PersonLine], list[Fault]]:
    """The lines of a file, and everything that is wrong with it; nothing may be applied while there are faults."""
    try:
        head, rows = _cells(_text(body))
    except Wrong as fault:
        return [], [Fault(1, None, str(fault))]
    names, faults = _headings(head)
    if faults:
        return [], faults
    lines = []
    for number, cells in rows:
        found, wrong = _line(number, names, cells)
        faults += wrong
        if found is not None:
            lines.append(found)
    if not rows:
        faults.append(Fault(1, None, "The file has headings but nobody in it."))
    return lines, faults + _repeated(lines)


def _text(body: bytes) -> str:
    """The file's text. Raises Wrong for one that is too long or in another encoding than UTF-8."""
    if len(body) > MOST_BYTES:
        raise Wrong(f"The file is too large: at most {MOST_BYTES // 1000} kB. Split it.")
    if not body.strip():
        raise Wrong("The file is empty.")
    if body.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Wrong(
            "This is a workbook, not a CSV file. Save it as “CSV UTF-8 (comma delimited)” and try again."
        )
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = body.count(b"\n", 0, fault.start) + 1
        raise Wrong(
            f"The file is not UTF-8 (line {line} has a character in another encoding, such as Windows-1252). "
            "Save it as “CSV UTF-8 (comma delimited)”, so that no name is changed on the way."
        ) from None
    if "\x00" in text:
        raise Wrong("The file is not UTF-8 text; it may be UTF-16. Save it as “CSV UTF-8 (comma delimited)”.")
    return text


def _cells(text: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The heading cells, and each further line with its number; blank lines are passed over. Raises Wrong."""
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: list[tuple[int, list[str]]] = []
    try:
        head = next(reader)
        after = reader.line_num
        for cells in reader:
            if any(one.strip() for one in cells):
                found.append((after + 1, cells))
            after = reader.line_num
            if len(found) > MOST_ROWS:
                raise Wrong(f"The file has too many lines: at most {MOST_ROWS:,} people at a time. Split it.")
    except csv.Error as fault:
        raise Wrong(f"Line {reader.line_num} cannot be read as CSV: {fault}.") from None
    return head, found


def _headings(head: list[str]) -> tuple[list[str], list[Fault]]:
    names = [re.sub(r"[\s_-]+", "_", one.strip().lower()) for one in head]
    names = [ALIASES.get(one, one) for one in names]
    faults = [
        Fault(
            1, head[place].strip()[:40] or None, f"Column {place + 1} has a heading that is not known here."
        )
        for place, name in enumerate(names)
        if name not in COLUMNS
    ]
    faults += [
        Fault(1, one, "This column is there twice.") for one in dict.fromkeys(names) if names.count(one) > 1
    ]
    if "reference" not in names:
        faults.append(Fault(1, "reference", "This column is needed. Are the headings on the first line?"))
    return names, faults


def _line(number: int, names: list[str], cells: list[str]) -> tuple[PersonLine | None, list[Fault]]:
    if len(cells) > len(names):
        return None, [Fault(number, None, f"The line has {len(cells)} cells, the headings are {len(names)}.")]
    given = dict(zip(names, cells, strict=False))
    faults = [Fault(number, name, why) for name, cell in given.items() if (why := _refusal(cell))]
    given = {name: cell.strip() for name, cell in given.items() if cell.strip() and not _refusal(cell)}
    if not REFERENCE.fullmatch(given.get("reference", "")):
        faults.append(
            Fault(
                number, "reference", "Give the staff reference: letters, digits and . / - _ only, 40 at most."
            )
        )
        return None, faults
    found = PersonLine(number, given.pop("reference"))
    for name, text in given.items():
        try:
            READERS[name](found, text)
        except Wrong as fault:
            faults.append(Fault(number, name, str(fault)))
    return found, faults + _belonging(found, given)


def _refusal(cell: str) -> str | None:
    if is_formula(cell):
        return "This begins like a spreadsheet formula (= + - @ or a tab), so it is not taken in."
    if any(ord(one) < 32 or ord(one) == 127 for one in cell.strip()):
        return "There is a line break or another control character in this cell."
    return f"A cell has at most {LONGEST_CELL} characters." if len(cell) > LONGEST_CELL else None


def _belonging(found: PersonLine, given: Mapping[str, str]) -> list[Fault]:
    """Cells that only mean something together."""
    faults = []
    if found.email_identifies and not found.attributes.get("email"):
        faults.append(
            Fault(found.line, "email_identifies", "There is no e-mail address on this line to identify by.")
        )
    both = [one for one in ("absent_from", "absent_until") if one in given]
    if len(both) == 1:
        missing = "absent_until" if both == ["absent_from"] else "absent_from"
        faults.append(Fault(found.line, missing, "An absence needs its first and its last day."))
    elif both:
        try:
            found.absence = read_day(given["absent_from"]), read_day(given["absent_until"])
        except Wrong:
            return faults  # said where the day was read
        if found.absence[1] < found.absence[0]:
            faults.append(Fault(found.line, "absent_until", "The absence ends before it begins."))
    return faults


def _repeated(lines: list[PersonLine]) -> list[Fault]:
    """References, and identifiers of different people, that are in the file twice."""
    seen: dict[tuple[str, str], int] = {}
    faults = []
    for one in lines:
        claims = [("reference", one.ref.casefold())]
        claims += [("accounts", f"{home} {name}") for home, name in dict.fromkeys(one.accounts)]
        if one.email_identifies:
            claims.append(("email", str(one.attributes.get("email")).casefold()))
        for column, value in claims:
            if (column, value) in seen:
                first = seen[(column, value)]
                faults.append(
                    Fault(one.line, column, f"The same {LABELS[column]} is on line {first} already.")
                )
            seen.setdefault((column, value), one.line)
    return faults
