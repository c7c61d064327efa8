"""Whatever uses well-known verbs: Trax Logs, Storyline and Rise, H5P, LinkedIn Learning, home-grown."""

from integrations.generic.recogniser import COURSE_TYPES, OTHER_TYPES, GenericRecogniser
from passport_service.plugins import Plugins, Rank


def register(plugins: Plugins) -> None:
    """Contribute the recogniser that is asked last, and the activity types in common use."""
    plugins.add_recogniser(GenericRecogniser(), Rank.ANY)
    plugins.add_course_types(COURSE_TYPES)
    plugins.add_other_types(OTHER_TYPES)
