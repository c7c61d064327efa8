"""Comma-separated files as spreadsheet programs read them: what such a program would run is refused or made harmless."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

# What begins a formula, also in the full-width forms that some spreadsheets take for the same.
BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would run this cell rather than show it."""
    return text.startswith(BEGINS_FORMULA) or text.strip().startswith(BEGINS_FORMULA)


def harmless(value: Any) -> str:
    """A cell as text that a spreadsheet shows and never runs: an apostrophe goes before what would be a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if is_formula(text) else text


def write_csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A file with a heading line and a byte order mark, which makes spreadsheets read it as UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([harmless(one) for one in head])
    writer.writerows([harmless(one) for one in row] for row in rows)
    return "\ufeff" + out.getvalue()
