"""Moodle and Totara with the xAPI log store plugin, versions 3 to 5.

Three generations of words for the same thing; all keep the course's address as the id of the activity.
`completed` is also sent for pages, quizzes, attempts and SCORM objects, which are not the course. The
`registration` is a hash of the sending session and means nothing, so it is not handed on.
"""

from integrations.moodle.recogniser import COURSE_TYPES, OTHER_TYPES, MoodleRecogniser
from integrations.moodle.sample import course_completions
from passport_service.plugins import Plugins


def register(plugins: Plugins) -> None:
    """Contribute the recogniser, the plugin's activity types, and `passport sample moodle`."""
    plugins.add_recogniser(MoodleRecogniser())
    plugins.add_course_types(COURSE_TYPES)
    plugins.add_other_types(OTHER_TYPES)
    plugins.add_sample("moodle", course_completions)
