"""Which version a request speaks, and what is a statement in one of them and not in the other."""

from typing import Any

import pytest

from passport_service.xapi.errors import Invalid
from passport_service.xapi.query import parse_query
from passport_service.xapi.sections import SECTIONS, section_of
from passport_service.xapi.statement import check_statement
from passport_service.xapi.versions import Version, negotiate, understood
from tests.unit.xapi.test_statement import ASHA, INNER, RHYS, put, whole

V1, V2 = Version.V1, Version.V2
SPOKEN = {
    "1.0": V1,
    "1.0.0": V1,
    "1.0.1": V1,
    "1.0.2": V1,
    "1.0.3": V1,
    " 1.0.3 ": V1,
    "1.0.9": V1,
    "2.0": V2,
    "2.0.0": V2,
    "2.0.7": V2,
}
NOT_SPOKEN = [
    "",
    "0.9",
    "0.95",
    "1",
    "1.1.0",
    "1.0.",
    "1.0.x",
    "2",
    "2.0.",
    "2.1.0",
    "3.0.0",
    "12.0.0",
    "latest",
]
AGENT = {"objectType": "contextAgent", "agent": ASHA, "relevantTypes": ["http://x.example/mentor"]}
GROUP = {"objectType": "contextGroup", "group": {"objectType": "Group", "member": [RHYS]}}


@pytest.mark.parametrize(("header", "version"), SPOKEN.items())
def test_any_patch_of_either_version_is_spoken(header: str, version: Version) -> None:
    """Communication 3.3: ``1.0`` means 1.0.0, and the answer names the latest patch."""
    assert negotiate(header) is version


@pytest.mark.parametrize("header", [None, *NOT_SPOKEN])
def test_another_version_is_refused(header: str | None) -> None:
    """Communication 3.3: a request that names no version, or one that is not spoken, is refused."""
    assert understood(header) is None
    with pytest.raises(Invalid, match=r"Communication 3\.3"):
        negotiate(header)


def changed(*changes: Any) -> dict[str, Any]:
    statement = whole()
    for change in changes:
        change(statement)
    return statement


BARE = {name: whole()[name] for name in ("actor", "verb", "object")}


def with_context(**more: Any) -> dict[str, Any]:
    return whole() | {"context": more}


ONLY_IN_2 = {
    "an agent of the context": with_context(contextAgents=[AGENT]),
    "a group of the context": with_context(contextGroups=[GROUP]),
    "many of both": with_context(contextAgents=[AGENT, AGENT], contextGroups=[GROUP, GROUP]),
    "none of both": with_context(contextAgents=[], contextGroups=[]),
    "an agent in a sub-statement": BARE | {"object": INNER | {"context": {"contextAgents": [AGENT]}}},
    "its own version": changed(put("version", "2.0.0")),
    "its version in short": changed(put("version", "2.0")),
    "a time in small letters": changed(put("timestamp", "2026-03-02t09:00:00z")),
    "a time after a space": changed(put("timestamp", "2026-03-02 09:00:00+01:00")),
}
ONLY_IN_1 = {
    "a time without its zone": put("timestamp", "2026-03-02T09:00:00"),
    "a time without seconds": put("timestamp", "2026-03-02T09:00Z"),
    "a fraction after a comma": put("timestamp", "2026-03-02T09:00:00,5Z"),
    "a zone without minutes": put("timestamp", "2026-03-02T09:00:00+01"),
    "a zone without a colon": put("timestamp", "2026-03-02T09:00:00+0100"),
    "stored without a zone": put("stored", "2026-03-02T09:00:00"),
}
IN_NEITHER = {
    "no list": (with_context(contextAgents=AGENT), "context.contextAgents"),
    "another object type": (
        with_context(contextAgents=[AGENT | {"objectType": "Agent"}]),
        "context.contextAgents[0].objectType",
    ),
    "no object type": (with_context(contextAgents=[{"agent": ASHA}]), "context.contextAgents[0].objectType"),
    "no agent": (
        with_context(contextAgents=[{"objectType": "contextAgent"}]),
        "context.contextAgents[0].agent",
    ),
    "a group for an agent": (
        with_context(contextAgents=[AGENT | {"agent": GROUP["group"]}]),
        "context.contextAgents[0].agent.member",
    ),
    "an agent for a group": (
        with_context(contextGroups=[GROUP | {"group": ASHA}]),
        "context.contextGroups[0].group",
    ),
    "no type that is relevant": (
        with_context(contextAgents=[AGENT | {"relevantTypes": []}]),
        "context.contextAgents[0].relevantTypes",
    ),
    "a relevant type that is no IRI": (
        with_context(contextGroups=[GROUP | {"relevantTypes": ["mentor"]}]),
        "context.contextGroups[0].relevantTypes[0]",
    ),
    "one more property": (
        with_context(contextAgents=[AGENT | {"name": "x"}]),
        "context.contextAgents[0].name",
    ),
    "a version that was never": (changed(put("version", "1.1.0")), "version"),
    "a later version": (changed(put("version", "2.1.0")), "version"),
    "an offset nobody knows": (changed(put("timestamp", "2026-03-02T09:00:00-00:00")), "timestamp"),
}


def test_a_statement_of_the_first_version_is_one_of_the_second() -> None:
    """xAPI 2.0 4.2.4.3: statements whose version starts with 1.0. are taken."""
    check_statement(whole(), V1)
    check_statement(whole(), V2)


@pytest.mark.parametrize("statement", ONLY_IN_2.values(), ids=ONLY_IN_2.keys())
def test_only_the_second_version_knows(statement: dict[str, Any]) -> None:
    """xAPI 2.0 4.2.2.5, 4.2.4.3 and 4.2.7; xAPI 1.0.3 Data 2.2, 2.4.10 and 4.5."""
    check_statement(statement, V2)
    with pytest.raises(Invalid):
        check_statement(statement, V1)


@pytest.mark.parametrize("change", ONLY_IN_1.values(), ids=ONLY_IN_1.keys())
def test_the_second_version_no_longer_takes(change: Any) -> None:
    """xAPI 2.0 4.2.7: timestamps are those of RFC 3339; xAPI 1.0.3 Data 4.5: of ISO 8601."""
    check_statement(changed(change), V1)
    with pytest.raises(Invalid, match=r"RFC 3339.*Data 4\.5"):
        check_statement(changed(change), V2)


@pytest.mark.parametrize(("statement", "path"), IN_NEITHER.values(), ids=IN_NEITHER.keys())
def test_neither_version_takes(statement: dict[str, Any], path: str) -> None:
    """xAPI 2.0 4.2.2.5: what members of contextAgents and contextGroups are made of."""
    with pytest.raises(Invalid) as fault:
        check_statement(statement, V2)
    assert fault.value.path == path
    with pytest.raises(Invalid):
        check_statement(statement, V1)


def test_parameters_are_checked_like_statements_of_the_same_version() -> None:
    """Data 2.2: to the same standards as values of the same types in statements."""
    assert parse_query({"since": "2026-03-02T09:00"}, V1).since is not None
    with pytest.raises(Invalid, match="since"):
        parse_query({"since": "2026-03-02T09:00"}, V2)
    assert parse_query({"until": "2026-03-02 09:00:00z"}, V2).until is not None
    with pytest.raises(Invalid, match="until"):
        parse_query({"until": "2026-03-02 09:00:00z"}, V1)


CITED = {
    "Data 2.4.2": "4.2.2.1",
    "Data 2.4.2.3": "4.2.2.1",
    "Data 2.4.10": "4.2.4.3",
    "Data 2.4.1": "4.2.4.2",
    "Data 4.5": "4.2.7",
    "Communication 2.1.3": "4.1.6.1",
    "Communication 1.3": "4.1",
    "Communication 9": "4.1",
    "R8.2": "R8.2",
}


@pytest.mark.parametrize(("rule", "section"), CITED.items())
def test_a_rule_is_cited_by_its_place_in_the_version_spoken(rule: str, section: str) -> None:
    assert V1.cite(rule) == f"xAPI 1.0.3 {rule}"
    assert V2.cite(rule) == f"xAPI 2.0 {section}"


def test_every_section_is_found_by_its_own_name() -> None:
    assert {rule: section_of(rule) for rule in SECTIONS} == SECTIONS
