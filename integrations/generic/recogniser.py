"""What statements with well-known verbs say, when no platform's own recogniser knew them.

Says the verb and the result as they stand. A Storyline package may send failed with completion true, and
H5P a score alone: the rules, not this module, decide what comes of that.
"""

from collections.abc import Mapping
from typing import Any

from passport_service.evidence import Meaning, Said, registration_of, say

ADL = "http://adlnet.gov/expapi"
TINCAN = "http://id.tincanapi.com"
TRAX = "http://vocab.xapi.fr/activities"

MEANINGS = {
    f"{ADL}/verbs/completed": Meaning.COMPLETED,
    f"{ADL}/verbs/passed": Meaning.PASSED,
    f"{ADL}/verbs/failed": Meaning.FAILED,
    f"{TINCAN}/verb/completed": Meaning.COMPLETED,
    "http://activitystrea.ms/schema/1.0/complete": Meaning.COMPLETED,
    "https://w3id.org/xapi/adl/verbs/satisfied": Meaning.SATISFIED,
    "https://w3id.org/xapi/adl/verbs/waived": Meaning.WAIVED,
    "https://xapi.edlm/profiles/edlm-lms/concepts/verbs/uncompleted": Meaning.UNCOMPLETED,
}

COURSE_TYPES = frozenset({f"{ADL}/activities/course", f"{TRAX}/course"})
OTHER_TYPES = frozenset(
    {
        *(
            f"{ADL}/activities/{kind}"
            for kind in (
                "assessment", "attempt", "cmi.interaction", "file", "interaction", "lesson", "link", "media",
                "meeting", "module", "objective", "performance", "profile", "question", "simulation",
            )
        ),
        *(
            f"{TRAX}/{kind}"
            for kind in (
                "assignment", "badge", "blog-post", "book", "certificate", "discussion", "external-activity",
                "forum", "page", "quiz", "quiz-question", "sco", "survey", "system", "web-content",
                "web-page", "wiki", "workshop",
            )
        ),
    }
)  # fmt: skip

COURSE_ID = "urn:lyndaCourse:"  # LinkedIn Learning; its videos have urns of their own
ENROLLED = frozenset({Meaning.SATISFIED, Meaning.WAIVED})  # verbs whose registration means an enrolment


class GenericRecogniser:
    """Completion in well-known words."""

    name = "generic"
    verbs = frozenset(MEANINGS)

    def recognise(self, statement: Mapping[str, Any]) -> Said:
        """What the statement says; the type tells a course, but for ids that are courses by their form."""
        meaning = MEANINGS[statement["verb"]["id"]]
        return say(
            statement,
            meaning,
            self.name,
            is_course=True if statement["object"]["id"].startswith(COURSE_ID) else None,
            registration=registration_of(statement) if meaning in ENROLLED else None,
        )
