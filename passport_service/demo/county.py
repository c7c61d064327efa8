"""The people of an invented county: four localities, twenty-four teams, some six hundred practitioners."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

COUNCIL = "Harrowmere County Council"
LMS = "https://learning.harrowmere.example"
LOCALITIES = ("Kelding", "Thornsea", "Wexbury", "Averham Vale")
TEAM_KINDS = (
    "Older people",
    "Working age adults",
    "Hospital discharge",
    "Reablement",
    "Learning disability",
    "Mental health",
)
PER_TEAM = 25
REVIEWERS = 15
GIVEN = (
    "Amara",
    "Bethan",
    "Callum",
    "Divya",
    "Elin",
    "Farid",
    "Grace",
    "Hamza",
    "Imogen",
    "Jakub",
    "Kezia",
    "Liam",
    "Maryam",
    "Nadia",
    "Owen",
    "Priya",
    "Quentin",
    "Rosa",
    "Samir",
    "Tamsin",
    "Umar",
    "Violet",
    "Wanda",
    "Xanthe",
    "Yusuf",
    "Zofia",
    "Adeola",
    "Bridie",
    "Chidi",
    "Dylan",
    "Esther",
    "Finlay",
    "Gwen",
    "Harjit",
    "Isla",
    "Joaquin",
    "Kamala",
    "Lowri",
    "Mateo",
    "Niamh",
    "Olga",
    "Parveen",
    "Rhona",
    "Stefan",
    "Teresa",
    "Vikram",
    "Winston",
    "Yetunde",
)
FAMILY = (
    "Abernathy",
    "Bellweather",
    "Castellane",
    "Dunmore",
    "Ellingham",
    "Farquarson",
    "Goldsworth",
    "Hathersage",
    "Iverson",
    "Jessamy",
    "Kirkbride",
    "Lanyon",
    "Merriweather",
    "Nightingale",
    "Oakhanger",
    "Pemberley",
    "Quillfeather",
    "Ravenscroft",
    "Silverdale",
    "Thistlewood",
    "Umberleigh",
    "Vantongeren",
    "Wainscott",
    "Yarborough",
    "Adeyemi-Cole",
    "Banerjee-Holt",
    "Chaudhry-Lane",
    "Desai-Marsh",
    "Eze-Whitlock",
    "Fernandes-Roe",
    "Gill-Harker",
    "Hussain-Peel",
    "Iqbal-Thorne",
    "Jankowska-Reed",
    "Kaur-Hollis",
    "Lindqvist-Moor",
    "Mbeki-Stone",
    "Nowak-Fields",
    "Okoro-Vale",
    "Patel-Winter",
    "Rahman-Leigh",
    "Szabo-Finch",
)

COURSES = {
    "corporate_governance": (101, "Corporate governance for practitioners"),
    "mca": (102, "Mental Capacity Act in practice"),
    "case_system": (103, "Recording in the case system"),
    "safeguarding_adults": (104, "Safeguarding adults, level 3"),
    "safeguarding_children": (105, "Safeguarding children, level 2"),
    "assistive_technology": (106, "Assistive technology basics"),
    "basic_ot": (107, "Basic occupational therapy for social workers"),
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody invented; ``number`` is their user number in the learning system."""

    ref: str
    name: str
    role: str
    team: str
    locality: str
    manager: str | None
    number: int
    newly_qualified: bool = False
    agency: bool = False

    @property
    def email(self) -> str:
        return f"{self.ref.lower()}@harrowmere.example"


def course_id(slug: str) -> str:
    """The activity id of a course in the county's learning system."""
    return f"{LMS}/course/view.php?id={COURSES[slug][0]}"


def people(random: Random) -> list[Person]:
    """Everybody: service managers, team managers, practitioners, CCV, workforce development."""
    names = _names(random)
    everybody: list[Person] = []

    def add(prefix: str, role: str, team: str, locality: str, manager: str | None, **flags: bool) -> Person:
        number = 1000 + len(everybody)
        one = Person(f"{prefix}{number}", next(names), role, team, locality, manager, number, **flags)
        everybody.append(one)
        return one

    for locality in LOCALITIES:
        head = add("SM", "service_manager", f"{locality} management", locality, None)
        for kind in TEAM_KINDS:
            team = f"{locality} {kind.lower()}"
            manager = add("TM", "team_manager", team, locality, head.ref)
            for _ in range(PER_TEAM):
                flags = {"newly_qualified": random.random() < 0.05, "agency": random.random() < 0.08}
                add("PR", _role(random, kind), team, locality, manager.ref, **flags)
    for _ in range(2):
        add("CL", "ccv_lead", "CCV", "County", None)
    for _ in range(REVIEWERS):
        add("CV", "ccv_reviewer", "CCV", "County", None)
    for _ in range(4):
        add("WD", "workforce_development", "Workforce development", "County", None)
    return everybody


def _names(random: Random) -> Iterator[str]:
    pairs = [f"{given} {family}" for given in GIVEN for family in FAMILY]
    random.shuffle(pairs)
    return iter(pairs)


def _role(random: Random, kind: str) -> str:
    if kind == "Reablement" and random.random() < 0.4:
        return "occupational_therapist"
    share = random.random()
    if share < 0.06:
        return "occupational_therapist"
    return "support_worker" if share < 0.10 else "social_worker"
