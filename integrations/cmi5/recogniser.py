"""What cmi5 statements say (cmi5 specification, sections 9.3 to 9.6)."""

from collections.abc import Mapping
from typing import Any

from passport_service.evidence import (
    Meaning,
    Said,
    context_ids,
    extension,
    registration_of,
    say,
    type_of,
)

CATEGORY = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
COURSE = "https://w3id.org/xapi/cmi5/activitytype/course"
BLOCK = "https://w3id.org/xapi/cmi5/activitytype/block"
REASON = "https://w3id.org/xapi/cmi5/result/extensions/reason"

MEANINGS = {
    "http://adlnet.gov/expapi/verbs/completed": Meaning.COMPLETED,
    "http://adlnet.gov/expapi/verbs/passed": Meaning.PASSED,
    "http://adlnet.gov/expapi/verbs/failed": Meaning.FAILED,
    "https://w3id.org/xapi/adl/verbs/satisfied": Meaning.SATISFIED,
    "https://w3id.org/xapi/adl/verbs/waived": Meaning.WAIVED,
}
OF_THE_PROFILE = frozenset({Meaning.SATISFIED, Meaning.WAIVED})  # verbs that only cmi5 has
LONGEST_REASON = 200


class Cmi5Recogniser:
    """Courses satisfied, units completed, passed, failed or waived."""

    name = "cmi5"
    verbs = frozenset(MEANINGS)

    def recognise(self, statement: Mapping[str, Any]) -> Said | None:
        """What the statement says when its category names the profile or its verb is the profile's own."""
        meaning = MEANINGS[statement["verb"]["id"]]
        declared = CATEGORY in context_ids(statement, "category")
        if not declared and meaning not in OF_THE_PROFILE:
            return None
        course = _course(type_of(statement["object"]), meaning, declared)
        return say(
            statement,
            meaning,
            self.name,
            is_course=course,
            also=context_ids(statement, "grouping") if course or (course is None and declared) else (),
            registration=registration_of(statement),
            notes=_reason(statement) if meaning is Meaning.WAIVED else (),
        )


def _course(kind: str | None, meaning: Meaning, declared: bool) -> bool | None:
    """Only the profile's own type is its course.

    Whatever else declares the profile and is not satisfied is a unit, though its publisher may call it a
    course.
    """
    if kind == COURSE:
        return True
    return False if kind == BLOCK or (declared and meaning is not Meaning.SATISFIED) else None


def _reason(statement: Mapping[str, Any]) -> tuple[str, ...]:
    reason = extension(statement.get("result"), REASON)
    return (f"Reason given: {reason[:LONGEST_REASON]}",) if isinstance(reason, str) and reason.strip() else ()
