"""Reasons that people give: never blank, never too long, never saying who somebody is (D.18.2)."""

from passport_service.domain.errors import Refused
from passport_service.domain.personal import refuse_personal_data

LONGEST_REASON = 4000


def check_reason(reason: str, where: str = "reason") -> None:
    """Raises Refused REASON_NEEDED for a blank one, MALFORMED for one that is too long or says who somebody is (D.18.2)."""
    if not reason.strip():
        raise Refused("REASON_NEEDED", "Give a reason in your own words.", where)
    if len(reason) > LONGEST_REASON:
        raise Refused("MALFORMED", f"A reason has at most {LONGEST_REASON} characters.", where)
    refuse_personal_data(reason, where)
