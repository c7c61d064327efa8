"""Who may do what: a closed table, refused by default (D.18.2, D.9, SCENARIOS "Roles").

The table says what a role may do at all. Whether this person may do it to that thing (own team, not one's own
work, never twice by the same person, no hard conflict of R9.2) is decided where the thing is known.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum, auto

from passport_service.domain.errors import Refused


class Role(StrEnum):
    """What a person is employed or appointed to do."""

    SOCIAL_WORKER = auto()
    OCCUPATIONAL_THERAPIST = auto()
    SUPPORT_WORKER = auto()
    CCV_REVIEWER = auto()
    CCV_LEAD = auto()
    WORKFORCE_DEVELOPMENT = auto()
    TEAM_MANAGER = auto()
    SERVICE_MANAGER = auto()
    LMS_ADMINISTRATOR = auto()
    ADMINISTRATOR = auto()


class Act(StrEnum):
    """Something that is done through a page, the interface or a story, and needs a role."""

    SEE_OWN = auto()
    SEE_TEAM = auto()
    SEE_PRACTITIONERS = auto()
    SEE_ARRIVALS = auto()
    SEE_REFUSED = auto()
    SEE_DRAWS = auto()
    SUBMIT = auto()
    CONFIRM = auto()
    CHALLENGE = auto()
    DECIDE = auto()
    CORRECT = auto()
    RECORD_CONCERN = auto()
    SECOND_READ = auto()
    OVERTURN = auto()
    ANSWER = auto()
    TAKE_PRECAUTION = auto()
    MANAGE_TRAINING = auto()
    MAP_ACTIVITIES = auto()
    PROPOSE_PRIOR = auto()
    APPROVE_PRIOR = auto()
    MANAGE_PEOPLE = auto()
    MANAGE_PERSONAL_DATA = auto()
    MANAGE_ABSENCES = auto()
    MANAGE_ACCOUNTS = auto()
    PUBLISH_POLICY = auto()
    PUBLISH_RULES = auto()
    RUN_JOBS = auto()
    MANAGE_KEYS = auto()


LABELS = {
    Role.SOCIAL_WORKER: "Social worker",
    Role.OCCUPATIONAL_THERAPIST: "Occupational therapist",
    Role.SUPPORT_WORKER: "Support worker",
    Role.CCV_REVIEWER: "CCV reviewer",
    Role.CCV_LEAD: "CCV lead",
    Role.WORKFORCE_DEVELOPMENT: "Workforce development",
    Role.TEAM_MANAGER: "Team manager",
    Role.SERVICE_MANAGER: "Service manager",
    Role.LMS_ADMINISTRATOR: "LMS administrator",
    Role.ADMINISTRATOR: "Administrator",
}

PRACTISING = frozenset({Role.SOCIAL_WORKER, Role.OCCUPATIONAL_THERAPIST, Role.SUPPORT_WORKER})
REGISTERED = frozenset({Role.SOCIAL_WORKER, Role.OCCUPATIONAL_THERAPIST})

_PRACTITIONER = frozenset({Act.SEE_OWN, Act.SUBMIT, Act.CONFIRM, Act.CHALLENGE, Act.PROPOSE_PRIOR})

# A CCV reviewer sees no draw: until the outcome is saved nobody who reads the item may know why it came
# (R9.5).
PERMISSIONS: Mapping[str, frozenset[Act]] = {
    Role.SOCIAL_WORKER: _PRACTITIONER,
    Role.OCCUPATIONAL_THERAPIST: _PRACTITIONER,
    Role.SUPPORT_WORKER: _PRACTITIONER,
    Role.CCV_REVIEWER: frozenset({Act.DECIDE, Act.CORRECT, Act.RECORD_CONCERN, Act.SECOND_READ}),
    Role.CCV_LEAD: frozenset(
        {
            Act.CORRECT,
            Act.RECORD_CONCERN,
            Act.SECOND_READ,
            Act.OVERTURN,
            Act.ANSWER,
            Act.TAKE_PRECAUTION,
            Act.SEE_PRACTITIONERS,
            Act.SEE_DRAWS,
            Act.PUBLISH_POLICY,
            Act.PUBLISH_RULES,
        }
    ),
    Role.WORKFORCE_DEVELOPMENT: frozenset(
        {
            Act.SEE_PRACTITIONERS,
            Act.SEE_ARRIVALS,
            Act.SEE_REFUSED,
            Act.MANAGE_TRAINING,
            Act.MAP_ACTIVITIES,
            Act.PROPOSE_PRIOR,
            Act.APPROVE_PRIOR,
            Act.MANAGE_PEOPLE,
            Act.MANAGE_PERSONAL_DATA,
            Act.MANAGE_ABSENCES,
            Act.MANAGE_ACCOUNTS,
            Act.PUBLISH_POLICY,
        }
    ),
    Role.TEAM_MANAGER: frozenset({Act.SEE_TEAM, Act.MANAGE_ABSENCES, Act.PROPOSE_PRIOR, Act.APPROVE_PRIOR}),
    Role.SERVICE_MANAGER: frozenset(
        {
            Act.SEE_TEAM,
            Act.SEE_PRACTITIONERS,
            Act.SEE_DRAWS,
            Act.OVERTURN,
            Act.ANSWER,
            Act.TAKE_PRECAUTION,
            Act.APPROVE_PRIOR,
            Act.MANAGE_ABSENCES,
            Act.PUBLISH_POLICY,
            Act.PUBLISH_RULES,
        }
    ),
    # Whoever looks after a learning system sees what it sent and what became of it, and nobody's record.
    Role.LMS_ADMINISTRATOR: frozenset({Act.SEE_ARRIVALS, Act.SEE_REFUSED}),
    Role.ADMINISTRATOR: frozenset(
        {
            Act.SEE_ARRIVALS,
            Act.SEE_REFUSED,
            Act.SEE_DRAWS,
            Act.MANAGE_ACCOUNTS,
            Act.RUN_JOBS,
            Act.MANAGE_KEYS,
        }
    ),
}


def may(role: Role | str, act: Act) -> bool:
    """Whether ``role`` may do ``act`` at all; a word that is no role may do nothing."""
    return act in PERMISSIONS.get(role, frozenset())


def may_any(roles: Iterable[Role | str], act: Act) -> bool:
    """Whether someone with these ``roles`` may do ``act``."""
    return any(may(role, act) for role in roles)


def require(role: Role | str, act: Act) -> None:
    """Raises Refused NOT_ALLOWED if ``role`` may not do ``act``."""
    if not may(role, act):
        words = str(act).replace("_", " ")
        raise Refused("NOT_ALLOWED", f"Your role does not allow this ({words}).")


def parse_role(text: str, where: str | None = None) -> Role:
    """The role of that name. Raises Refused MALFORMED for any other word."""
    try:
        return Role(text)
    except ValueError:
        known = ", ".join(Role)
        raise Refused("MALFORMED", f"There is no role of that name. The roles are: {known}.", where) from None
