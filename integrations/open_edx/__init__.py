"""Open edX: event routing says passed and failed of a course; the enterprise channel, completed."""

from integrations.open_edx.recogniser import COURSE_TYPES, OTHER_TYPES, OpenEdxRecogniser
from passport_service.plugins import Plugins


def register(plugins: Plugins) -> None:
    """Contribute the recogniser and the platform's activity types."""
    plugins.add_recogniser(OpenEdxRecogniser())
    plugins.add_course_types(COURSE_TYPES)
    plugins.add_other_types(OTHER_TYPES)
