"""Where in the standard a rule stands, for people: its words, and a link where the text is public."""

import re
from dataclasses import dataclass

PUBLISHED = "https://github.com/adlnet/xAPI-Spec/blob/xAPI-1.0.3/xAPI-{part}.md#{section}"
PARTS = {"Data": "part two, Statements", "Communication": "part three, Communication"}
RULE = re.compile(r"(?:xAPI 1\.0\.3 )?(Data|Communication) ([0-9][0-9.]*)")
LATER = "xAPI 2.0 "


@dataclass(frozen=True, slots=True)
class Cited:
    """A rule in words; ``address`` is empty where its text cannot be linked to, or it is a rule of this service."""

    words: str
    address: str = ""


def cited(rule: str | None) -> Cited | None:
    """The section that a rule such as ``xAPI 1.0.3 Data 2.4.2`` names; None for no rule."""
    if not rule:
        return None
    found = RULE.fullmatch(rule)
    if found:
        part, section = found.groups()
        words = f"section {section} of xAPI 1.0.3, {PARTS[part]}"
        return Cited(words, PUBLISHED.format(part=part, section=anchor(section)))
    if rule.startswith(LATER):
        return Cited(f"section {rule.removeprefix(LATER)} of xAPI 2.0 (IEEE 9274.1.1)")
    return Cited(f"a rule of this service ({rule.lower().replace('_', ' ')})")


def anchor(section: str) -> str:
    """The name of a section in the published text: chapters have a zero behind them."""
    return section if "." in section else f"{section}.0"
