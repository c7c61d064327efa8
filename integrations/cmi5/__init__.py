"""cmi5: the learning system says itself that a course is satisfied.

A statement names the profile by its category. `satisfied` comes on the course and on each block; a block
is never the course. The learning system has its own id for a course, so the publisher's, in `grouping`, is
a candidate too (R2.1). `registration` is the enrolment: it joins a unit's `waived` to the course's
`satisfied`.
"""

from integrations.cmi5.recogniser import BLOCK, COURSE, Cmi5Recogniser
from passport_service.plugins import Plugins, Rank


def register(plugins: Plugins) -> None:
    """Contribute the recogniser, asked before those of platforms, and the profile's activity types."""
    plugins.add_recogniser(Cmi5Recogniser(), Rank.DECLARED)
    plugins.add_course_types({COURSE})
    plugins.add_other_types({BLOCK})
