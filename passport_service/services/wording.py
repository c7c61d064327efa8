"""Stopping what says who somebody is before it is stored: the service holds no data of people who draw on services."""

from passport_service.domain.errors import Refused
from passport_service.domain.personal import find_personal_data

LONGEST_FACT = 64


def refuse_personal_data(text: str, where: str) -> None:
    """Raises Refused MALFORMED, naming what was found, never repeating it (D.18.2)."""
    if found := find_personal_data(text):
        kinds = ", ".join(sorted({one.kind for one in found}))
        raise Refused("MALFORMED", f"This looks like personal data ({kinds}). Take it out and save again.", where)


def check_fact_text(text: str, where: str) -> None:
    """A fact's text is a choice or a date, never free text (R6.1). Raises Refused MALFORMED."""
    if len(text) > LONGEST_FACT:
        raise Refused("MALFORMED", f"A choice has at most {LONGEST_FACT} characters.", where)
    refuse_personal_data(text, where)
