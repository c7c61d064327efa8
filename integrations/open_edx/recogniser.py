"""What the statements of Open edX say, from event routing and from the enterprise channel."""

import re
from collections.abc import Mapping
from typing import Any

from passport_service.evidence import Meaning, Said, context_of, extension, say

ADL = "http://adlnet.gov/expapi"

MEANINGS = {
    f"{ADL}/verbs/passed": Meaning.PASSED,
    f"{ADL}/verbs/failed": Meaning.FAILED,
    f"{ADL}/verbs/completed": Meaning.COMPLETED,
}
COURSE_TYPES = frozenset({f"{ADL}/activities/course"})
OTHER_TYPES = frozenset(
    {
        f"{ADL}/activities/attempt",
        f"{ADL}/activities/cmi.interaction",
        f"{ADL}/activities/link",
        f"{ADL}/activities/module",
        f"{ADL}/activities/question",
        "http://id.tincanapi.com/activitytype/discussion",
        "http://id.tincanapi.com/activitytype/resource",
        "https://w3id.org/xapi/openedx/activity/practice-assessment",
        "https://w3id.org/xapi/openedx/activity/proctored-assessment",
        "https://w3id.org/xapi/openedx/activity/timed-assessment",
        "https://w3id.org/xapi/video/activity-type/video",
    }
)
ROUTER = "https://w3id.org/xapi/openedx/extension/transformer-version"

COURSE_RUN = re.compile(r"https?://[^?#]*/(?:courses?|xapi/activities/courserun)/course-v1:[^/?#]+/?")
ENTERPRISE_KEY = "/course/key"  # how the enterprise channel's extensions end, after the site's own address


class OpenEdxRecogniser:
    """Courses passed, failed or completed, and the blocks inside them."""

    name = "open_edx"
    verbs = frozenset(MEANINGS)

    def recognise(self, statement: Mapping[str, Any]) -> Said | None:
        """What the statement says when its course key or its extensions are Open edX's, else None."""
        activity = statement["object"]
        course = _course(activity)
        if course is None and extension(context_of(statement), ROUTER) is None:
            return None
        return say(statement, MEANINGS[statement["verb"]["id"]], self.name, is_course=course)


def _course(activity: Mapping[str, Any]) -> bool | None:
    activity_id = activity["id"]
    if "block-v1:" in activity_id or "/xblock/" in activity_id:
        return False
    if "course-v1:" in activity_id:
        return COURSE_RUN.fullmatch(activity_id) is not None
    return True if "/xapi/activities/course" in activity_id and _of_enterprise(activity) else None


def _of_enterprise(activity: Mapping[str, Any]) -> bool:
    definition = activity.get("definition")
    extensions = definition.get("extensions") if isinstance(definition, dict) else None
    return isinstance(extensions, dict) and any(key.endswith(ENTERPRISE_KEY) for key in extensions)
