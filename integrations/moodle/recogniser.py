"""What the statements of Moodle's log store plugin say."""

import re
from collections.abc import Mapping
from typing import Any

from passport_service.evidence import Meaning, Said, context_of, extension, say, type_of

ADL = "http://adlnet.gov/expapi"
TINCAN = "http://id.tincanapi.com"
EDLM = "https://xapi.edlm/profiles/edlm-lms/concepts"

MEANINGS = {
    f"{TINCAN}/verb/completed": Meaning.COMPLETED,  # 3.x
    f"{ADL}/verbs/completed": Meaning.COMPLETED,  # 4.0 and later; in 3.x for quizzes and SCORM
    f"{EDLM}/verbs/uncompleted": Meaning.UNCOMPLETED,  # 4.8 and later
}

COURSE_TYPES = frozenset(
    {
        f"{TINCAN}/activitytype/lms/course",  # up to 4.7
        "https://w3id.org/xapi/cmi5/activitytype/course",  # 4.8 and later
    }
)
SCORM_TYPES = frozenset(
    {
        f"{TINCAN}/activitytype/legacy-learning-standard",
        f"{EDLM}/activity-types/scorm-content-object",
    }
)
OTHER_TYPES = SCORM_TYPES | {
    f"{ADL}/activities/assessment",
    f"{ADL}/activities/attempt",
    f"{ADL}/activities/cmi.interaction",
    f"{EDLM}/activity-types/badge",
    f"{EDLM}/activity-types/lesson-session",
    *(
        f"{TINCAN}/activitytype/{kind}"
        for kind in (
            "book", "chapter", "chat-channel", "collection-simple", "discussion", "lms", "lms/forum",
            "lms/glossary", "lms/module", "lms/wiki", "page", "resource", "school-assignment", "site",
            "source", "survey",
        )
    ),
}  # fmt: skip

INFO = "http://lrs.learninglocker.net/define/extensions/info"
PLUGIN = "https://github.com/xAPI-vle/moodle-logstore_xapi"

# The address of a course itself: one of its sections is not the course.
COURSE_ADDRESS = re.compile(r"https?://[^?#]*/course/view\.php\?id=\d+")

SCORM_NOTE = ("Moodle also sends completed for a SCORM package that was failed, without saying so.",)
MODULE_NOTE = ("Some versions of Moodle's plugin also send this for an activity that is not complete.",)


class MoodleRecogniser:
    """Completion and its withdrawal, of courses and of everything inside them."""

    name = "moodle"
    verbs = frozenset(MEANINGS)

    def recognise(self, statement: Mapping[str, Any]) -> Said | None:
        """What the statement says when it is Moodle's by its address or the plugin's signature, else None."""
        activity_id = statement["object"]["id"]
        course = "/course/view.php?" in activity_id
        module = not course and "/mod/" in activity_id and ".php" in activity_id
        if not (course or module or _signed(statement)):
            return None
        kind = type_of(statement["object"])
        meaning = MEANINGS[statement["verb"]["id"]]
        if course:
            itself = COURSE_ADDRESS.fullmatch(activity_id) is not None and OTHER_TYPES.isdisjoint((kind,))
            return say(statement, meaning, self.name, is_course=itself)
        if module:
            return say(statement, meaning, self.name, is_course=False, notes=_notes(meaning, kind, statement))
        return say(statement, meaning, self.name)


def _signed(statement: Mapping[str, Any]) -> bool:
    info = extension(context_of(statement), INFO)
    return isinstance(info, dict) and PLUGIN in info


def _notes(meaning: Meaning, kind: str | None, statement: Mapping[str, Any]) -> tuple[str, ...]:
    if meaning is Meaning.UNCOMPLETED:
        return ()
    if kind in SCORM_TYPES or "/mod/scorm/" in statement["object"]["id"]:
        return SCORM_NOTE
    return () if "result" in statement else MODULE_NOTE
