"""What a statement touches."""

from passport_service.xapi.links import (
    activity_of,
    direct_agents,
    is_plain,
    related_activities,
    related_agents,
    target_of,
)
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


def test_whom_a_context_of_the_second_version_names_is_found_broadly() -> None:
    """xAPI 2.0 4.2.2.5 and 4.1.6.1: contextAgents and contextGroups are for ``related_agents``."""
    group = {"objectType": "Group", "member": [RHYS]}
    agents = [{"objectType": "contextAgent", "agent": ASHA}]
    groups = [{"objectType": "contextGroup", "group": group}]
    statement = {"actor": {"mbox": "mailto:c@d.example"}, "verb": VERB, "object": COURSE}
    assert related_agents(statement | {"context": {"contextAgents": agents}}) == {ASHA_KEY}
    assert related_agents(statement | {"context": {"contextGroups": groups}}) == {RHYS_KEY}
    assert not is_plain(statement | {"context": {"contextAgents": agents}})
    inner = INNER | {"context": {"contextGroups": groups}}
    assert related_agents(statement | {"object": inner}) == {ASHA_KEY, RHYS_KEY}
