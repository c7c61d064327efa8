"""What happens to each person, and on which day: a diary of plain facts, decided before anything is played."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from random import Random

from passport_service.demo.county import COURSES, Person
from passport_service.domain.calendar import add_months

DAYS = 728  # two years of whole weeks
FIRST_CONCERN, SECOND_CONCERN = 200, 310  # days after the first approvals
CASE_TYPES = (
    ("assessment", "care_act_assessment"),
    ("support_plan", "support_plan"),
    ("review", "review"),
    ("assessment", "equipment_simple"),
)


class Fate(StrEnum):
    """The stories the county holds, so that every state of a passport is there to look at."""

    STEADY = "steady"
    BEGINNER = "beginner"
    NEARLY = "nearly"
    RETURNED = "returned"
    LATE = "late"
    PAUSED = "paused"
    LAPSED = "lapsed"
    REVOKED = "revoked"
    EARNED_AGAIN = "earned again"
    OVERTURNED = "overturned"
    LOOKED_AT = "looked at again"
    SERIOUS = "serious"
    UPHELD = "upheld"
    LEAVER = "leaver"
    ROLE = "role"
    ELIGIBILITY = "eligibility"
    VOIDED = "voided"
    BASIS = "basis"
    CANCELLED = "cancelled"
    PRECAUTION = "precaution"
    AWAY = "away"


# The share of each fate among practitioners; everybody else is steady.
NUMBERS = {
    Fate.BEGINNER: 60,
    Fate.NEARLY: 12,
    Fate.RETURNED: 40,
    Fate.LATE: 50,
    Fate.PAUSED: 24,
    Fate.LAPSED: 8,
    Fate.REVOKED: 6,
    Fate.EARNED_AGAIN: 3,
    Fate.OVERTURNED: 2,
    Fate.LOOKED_AT: 1,
    Fate.SERIOUS: 2,
    Fate.UPHELD: 1,
    Fate.LEAVER: 14,
    Fate.ROLE: 3,
    Fate.ELIGIBILITY: 3,
    Fate.VOIDED: 4,
    Fate.BASIS: 2,
    Fate.CANCELLED: 1,
    Fate.PRECAUTION: 1,
    Fate.AWAY: 4,
}


@dataclass(slots=True)
class Life:
    """One practitioner's two years. Days are counted from the start of the history."""

    person: Person
    fate: Fate
    trained: list[tuple[int, str]] = field(default_factory=list)
    approvals_from: int = 0
    approvals: int = 3
    returned_first: bool = False
    confirms: list[int] = field(default_factory=list)


def lives(everybody: Sequence[Person], random: Random, start: date) -> list[Life]:
    """A life for each practitioner; the same random numbers give the same lives."""
    practitioners = [one for one in everybody if one.ref.startswith("PR")]
    able = [one for one in practitioners if one.role != "support_worker" and not one.newly_qualified]
    random.shuffle(able)
    fates: dict[str, Fate] = {}
    place = 0
    for fate, number in NUMBERS.items():
        fates.update((one.ref, fate) for one in able[place : place + number])
        place += number
    return [_life(one, fates.get(one.ref, Fate.STEADY), random, start) for one in practitioners]


def _life(person: Person, fate: Fate, random: Random, start: date) -> Life:
    life = Life(person, fate)
    life.trained = _training(fate, random, start)
    match fate:
        case Fate.BEGINNER:
            life.approvals_from, life.approvals = random.randint(DAYS - 150, DAYS - 20), random.randint(0, 2)
        case Fate.NEARLY:
            life.approvals_from, life.approvals = random.randint(DAYS - 60, DAYS - 30), 2
        case Fate.REVOKED | Fate.EARNED_AGAIN | Fate.OVERTURNED | Fate.LOOKED_AT | Fate.LAPSED | Fate.AWAY:
            life.approvals_from = random.randint(5, 60)
        case _:
            life.approvals_from = random.randint(5, 420)
    life.returned_first = fate is Fate.RETURNED
    if person.role == "support_worker" or person.newly_qualified:
        life.approvals = random.randint(0, 2)
    last = life.approvals_from + 60
    if last < DAYS and life.approvals == 3:
        life.confirms = sorted(random.randint(last, DAYS - 1) for _ in range(random.randint(3, 10)))
    if fate in (Fate.REVOKED, Fate.OVERTURNED, Fate.LOOKED_AT):
        life.confirms = [day for day in life.confirms if day < life.approvals_from + SECOND_CONCERN]
    return life


def _training(fate: Fate, random: Random, start: date) -> list[tuple[int, str]]:
    """When each course was done, as days from the start (earlier ones are negative), renewals included."""
    slugs = list(COURSES)
    if fate in (Fate.BEGINNER, Fate.NEARLY):
        kept = [] if fate is Fate.NEARLY else slugs[: random.randint(0, 6)]
        return [(random.randint(DAYS - 200, DAYS - 5), slug) for slug in kept]
    first = random.randint(-600, -40)
    if fate is Fate.LAPSED:
        first = random.randint(-560, -400)
    if fate is Fate.AWAY:
        first = random.randint(-600, -500)
    if fate is Fate.PAUSED:
        first = random.randint(-50, -12)
    done = []
    for slug in slugs:
        day = first + (0 if slugs.index(slug) < 4 else 7)
        done.append((day, slug))
        expires = (add_months(start + timedelta(days=day), 24) - start).days
        renewal = expires - random.randint(8, 45)
        if fate is Fate.LATE and slug == "mca":
            renewal = expires + random.randint(5, 40)
        if fate is Fate.AWAY and slug == "mca":
            renewal = expires + 290
        forgotten = fate in (Fate.LAPSED, Fate.PAUSED) and slug in ("mca", "safeguarding_adults")
        if renewal < DAYS and not forgotten:
            done.append((renewal, slug))
    return done
