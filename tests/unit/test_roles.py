"""Who may do what (D.9, D.18.2, the roles of the stories)."""

import pytest

from passport_service.domain.errors import Refused
from passport_service.domain.roles import (
    LABELS,
    PERMISSIONS,
    PRACTISING,
    Act,
    Role,
    may,
    may_any,
    parse_role,
    require,
)

WHO_MAY = {
    Act.SEE_OWN: {"social_worker", "occupational_therapist", "support_worker"},
    Act.CHALLENGE: {"social_worker", "occupational_therapist", "support_worker"},
    Act.DECIDE: {"ccv_reviewer"},
    Act.CORRECT: {"ccv_reviewer", "ccv_lead"},
    Act.SECOND_READ: {"ccv_reviewer", "ccv_lead"},
    Act.ANSWER: {"ccv_lead", "service_manager"},
    Act.OVERTURN: {"ccv_lead", "service_manager"},
    Act.MANAGE_TRAINING: {"workforce_development"},
    Act.MAP_ACTIVITIES: {"workforce_development"},
    Act.MANAGE_PEOPLE: {"workforce_development"},
    Act.MANAGE_PERSONAL_DATA: {"workforce_development"},
    Act.APPROVE_PRIOR: {"workforce_development", "team_manager", "service_manager"},
    Act.SEE_TEAM: {"team_manager", "service_manager"},
    Act.SEE_PRACTITIONERS: {"workforce_development", "ccv_lead", "service_manager"},
    Act.SEE_ARRIVALS: {"workforce_development", "lms_administrator", "administrator"},
    Act.SEE_REFUSED: {"workforce_development", "lms_administrator", "administrator"},
    Act.PUBLISH_POLICY: {"ccv_lead", "workforce_development", "service_manager"},
    Act.RUN_JOBS: {"administrator"},
    Act.MANAGE_KEYS: {"administrator"},
}


@pytest.mark.parametrize("act", WHO_MAY)
@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_the_table_says_and_nothing_else(act: Act, role: Role) -> None:
    assert may(role, act) is (role in WHO_MAY[act])


def test_every_role_has_a_label_and_a_row() -> None:
    assert set(LABELS) == set(PERMISSIONS) == set(Role)


def test_every_act_is_allowed_to_someone() -> None:
    assert set().union(*PERMISSIONS.values()) == set(Act)


def test_r9_5_whoever_reads_items_sees_no_draw() -> None:
    assert not any(may(role, Act.DECIDE) and may(role, Act.SEE_DRAWS) for role in Role)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.LMS_ADMINISTRATOR])
def test_an_administrator_sees_nobodys_practice(role: Role) -> None:
    assert not may(role, Act.SEE_PRACTITIONERS)
    assert not may(role, Act.SEE_TEAM)


def test_an_unknown_role_may_do_nothing() -> None:
    assert not any(may("head_of_everything", act) for act in Act)
    assert not may_any([], Act.SEE_OWN)


def test_a_person_with_two_roles_may_do_what_either_may() -> None:
    assert may_any([Role.TEAM_MANAGER, Role.SOCIAL_WORKER], Act.SEE_OWN)


def test_what_is_not_allowed_is_refused() -> None:
    require(Role.CCV_REVIEWER, Act.DECIDE)
    with pytest.raises(Refused) as refusal:
        require(Role.CCV_LEAD, Act.DECIDE)
    assert refusal.value.code == "NOT_ALLOWED"


def test_a_word_that_is_no_role_is_malformed() -> None:
    assert parse_role("social_worker") is Role.SOCIAL_WORKER
    with pytest.raises(Refused) as refusal:
        parse_role("wizard", "people.asha.role")
    assert (refusal.value.code, refusal.value.where) == ("MALFORMED", "people.asha.role")


def test_a_support_worker_practises_but_is_not_eligible_by_default() -> None:
    assert Role.SUPPORT_WORKER in PRACTISING
