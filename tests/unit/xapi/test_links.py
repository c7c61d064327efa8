"""What a statement touches, and which version a request speaks."""

import pytest

from passport_service.xapi.errors import Invalid
from passport_service.xapi.links import (
    activity_of,
    direct_agents,
    is_plain,
    related_activities,
    related_agents,
    target_of,
)
from passport_service.xapi.versions import LATEST, negotiate
from tests import builders
from tests.unit.xapi.test_statement import ASHA, COURSE, INNER, REF, RHYS, whole

ASHA_KEY, RHYS_KEY = "mbox|mailto:asha@council.example", "account|https://moodle.example|31"
VERB = {"id": "http://x.example/v"}


def test_the_agents_of_a_statement_are_told_apart_by_their_place() -> None:
    statement = whole()
    assert direct_agents(statement) == {ASHA_KEY}
    assert related_agents(statement) == {RHYS_KEY}
    assert not is_plain(statement)


def test_an_agent_as_object_and_the_members_of_a_group_are_found_directly() -> None:
    group = {"objectType": "Group", "member": [RHYS]}
    statement = {"actor": group, "verb": VERB, "object": {"objectType": "Agent", **ASHA}}
    assert direct_agents(statement) == {ASHA_KEY, RHYS_KEY}


def test_a_sub_statement_is_found_broadly_by_all_that_it_names() -> None:
    statement = {"actor": RHYS, "verb": VERB, "object": INNER | {"context": whole()["context"]}}
    assert related_agents(statement) == {ASHA_KEY}
    assert related_activities(statement) == {COURSE["id"]}
    assert activity_of(statement) is None


def test_a_statement_of_moodle_touches_only_its_actor() -> None:
    statement = builders.moodle_module()
    assert is_plain(statement)
    assert related_agents(statement) == set()
    assert f"{builders.MOODLE}/course/view.php?id=7" in related_activities(statement)


def test_a_reference_names_its_target_in_lower_case() -> None:
    assert target_of({"object": REF | {"id": REF["id"].upper()}}) == REF["id"]
    assert target_of({"object": COURSE}) is None


@pytest.mark.parametrize("header", ["1.0", "1.0.0", "1.0.1", "1.0.2", "1.0.3", " 1.0.3 ", "1.0.9"])
def test_any_version_of_the_first_generation_is_spoken(header: str) -> None:
    assert negotiate(header) == LATEST


@pytest.mark.parametrize("header", [None, "", "0.95", "1.1.0", "2.0.0", "1.0.", "1.0.x", "latest"])
def test_another_version_is_refused(header: str | None) -> None:
    with pytest.raises(Invalid):
        negotiate(header)
