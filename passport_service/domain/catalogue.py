"""What is required, which courses give it, which activities mean those courses, and what each case type needs.

Versioned by the council's own stream: every entry carries the days between which it holds (R2.7, D.5).
"""

from dataclasses import dataclass, field
from datetime import date

from passport_service.domain.training import CORE, Requirement


@dataclass(frozen=True, slots=True)
class Mapping:
    """Between two days (both included; None: without bound) ``source`` means ``target``."""

    source: str
    target: str
    from_on: date | None = None
    until_on: date | None = None

    def holds(self, day: date) -> bool:
        return (self.from_on is None or self.from_on <= day) and (
            self.until_on is None or day <= self.until_on
        )


@dataclass(frozen=True, slots=True)
class CaseType:
    """A kind of statutory work; ``endorsement`` None means that the passport itself covers it (R5.1)."""

    slug: str
    title: str
    endorsement: str | None = None


@dataclass(frozen=True, slots=True)
class Endorsement:
    """Cover for some case types; ``streak`` is the length of its own run, if it needs one (R5.1)."""

    slug: str
    title: str
    streak: int | None = None


@dataclass(slots=True)
class Catalogue:
    """The training catalogue as known at one moment."""

    requirements: dict[str, Requirement] = field(default_factory=dict)
    activities: dict[str, list[Mapping]] = field(default_factory=dict)
    equivalents: dict[str, list[Mapping]] = field(default_factory=dict)
    case_types: dict[str, CaseType] = field(default_factory=dict)
    endorsements: dict[str, Endorsement] = field(default_factory=dict)

    def in_set(self, name: str) -> list[Requirement]:
        return [one for one in self.requirements.values() if name in one.sets]

    @property
    def core(self) -> list[Requirement]:
        return self.in_set(CORE)

    def course_of(self, activity_ids: tuple[str, ...], day: date) -> str | None:
        """The course that the first mapped of these activity ids means on a day, or None; several with spaces between."""
        for activity in activity_ids:
            if meant := [one.target for one in self.activities.get(activity, ()) if one.holds(day)]:
                return " ".join(meant)
        return None

    def satisfies(self, course: str, requirement: str, day: date) -> bool:
        """Whether a course completed on a day satisfies a requirement: its own course, or an equivalent (R2.7)."""
        courses = course.split()
        if requirement in courses:
            return True
        return any(one.source in courses and one.holds(day) for one in self.equivalents.get(requirement, ()))

    def satisfied_by(self, course: str, day: date) -> list[str]:
        """The requirements that a course completed on a day satisfies (R2.7)."""
        found = [one for one in course.split() if one in self.requirements]
        if self.equivalents:
            found += [
                one for one in self.requirements if one not in found and self.satisfies(course, one, day)
            ]
        return found

    def needs_score(self, course: str) -> bool:
        """Whether any requirement that this course may satisfy looks at a score; otherwise none is kept (D.18.2)."""
        courses = course.split()
        return any(
            one.min_scaled is not None
            and (one.slug in courses or any(m.source in courses for m in self.equivalents.get(one.slug, ())))
            for one in self.requirements.values()
        )
