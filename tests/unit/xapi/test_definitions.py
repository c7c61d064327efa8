"""What statements say of activities, gathered; and what is known of an agent."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passport_service.xapi.definitions import described_in, merged
from passport_service.xapi.person import person

TAGS = st.sampled_from(["en", "en-GB", "cy", "fr"])
MAPS = st.dictionaries(TAGS, st.sampled_from(["a", "b"]), max_size=3)
COMPONENTS = st.lists(
    st.fixed_dictionaries({"id": st.sampled_from(["1", "2", "3"])}, optional={"description": MAPS}),
    max_size=3,
    unique_by=lambda one: one["id"],
)
PLAIN = {
    "name": MAPS,
    "description": MAPS,
    "type": st.sampled_from(["http://x.example/a", "http://x.example/b"]),
    "moreInfo": st.just("http://x.example/more"),
    "extensions": st.dictionaries(
        st.sampled_from(["http://x.example/1", "http://x.example/2"]), st.integers(0, 2)
    ),
}
DEFINITIONS = st.fixed_dictionaries({}, optional=PLAIN) | st.fixed_dictionaries(
    {"interactionType": st.just("choice")},
    optional={**PLAIN, "choices": COMPONENTS, "correctResponsesPattern": st.lists(st.just("1"), max_size=1)},
)


@given(DEFINITIONS)
def test_what_is_said_again_changes_nothing(definition: dict[str, Any]) -> None:
    assert merged(definition, definition) == definition
    assert merged({}, definition) == definition
    assert merged(definition, {}) == definition


@given(DEFINITIONS, DEFINITIONS)
def test_the_newer_counts_and_no_language_is_lost(known: dict[str, Any], newer: dict[str, Any]) -> None:
    """Communication 2.5: all available information of all statements that name the activity."""
    result = merged(known, newer)
    assert set(result) >= set(newer)
    for name in ("name", "description", "extensions"):
        assert result.get(name, {}) == known.get(name, {}) | newer.get(name, {})
    assert result.get("type") == newer.get("type", known.get("type"))
    if "interactionType" in newer:
        assert result.get("correctResponsesPattern") == newer.get("correctResponsesPattern")
        assert [one["id"] for one in result.get("choices", [])] == [
            one["id"] for one in newer.get("choices", [])
        ]
    else:
        assert result.get("choices") == known.get("choices")
    assert merged(result, newer) == result


@given(DEFINITIONS, DEFINITIONS)
def test_merging_leaves_what_it_is_given_alone(known: dict[str, Any], newer: dict[str, Any]) -> None:
    before = repr((known, newer))
    merged(known, newer)
    assert repr((known, newer)) == before


def test_a_choice_keeps_the_languages_that_it_had() -> None:
    known = {
        "interactionType": "choice",
        "choices": [
            {"id": "yes", "description": {"en": "Yes", "cy": "Ie"}},
            {"id": "maybe", "description": {"en": "Maybe"}},
            {"id": "no"},
        ],
        "correctResponsesPattern": ["maybe"],
    }
    newer = {
        "interactionType": "choice",
        "choices": [{"id": "no", "description": {"en": "No"}}, {"id": "yes", "description": {"en": "Aye"}}],
    }
    assert merged(known, newer) == {
        "interactionType": "choice",
        "choices": [
            {"id": "no", "description": {"en": "No"}},
            {"id": "yes", "description": {"en": "Aye", "cy": "Ie"}},
        ],
    }


def test_another_kind_of_interaction_takes_nothing_from_the_old_one() -> None:
    known = {"interactionType": "choice", "choices": [{"id": "a"}], "name": {"en": "Question"}}
    assert merged(known, {"interactionType": "numeric"}) == {
        "interactionType": "numeric",
        "name": {"en": "Question"},
    }


def activity(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"http://x.example/{number}", **more}


def test_every_activity_that_a_statement_defines_is_found() -> None:
    named = {"name": {"en": "x"}}
    inner = {
        "objectType": "SubStatement",
        "object": activity(1, definition=named),
        "context": {"contextActivities": {"other": [activity(2, definition=named)]}},
    }
    statement = {
        "object": inner,
        "context": {
            "contextActivities": {
                "parent": activity(3, definition=named),
                "grouping": [
                    activity(4),
                    activity(5, definition={}),
                    activity(6, definition={"type": "http://x.example/t"}),
                ],
            }
        },
    }
    assert [iri[-1] for iri, _ in described_in(statement)] == ["1", "2", "3", "6"]
    for thing in (
        {"objectType": "StatementRef", "id": "…"},
        {"objectType": "Agent", "mbox": "mailto:a@b.example"},
    ):
        assert list(described_in({"object": thing})) == []


@pytest.mark.parametrize(
    "identifier",
    [
        {"mbox": "mailto:asha@council.example"},
        {"mbox_sha1sum": "a" * 40},
        {"openid": "https://asha.example/"},
        {"account": {"homePage": "https://moodle.example", "name": "12"}},
    ],
)
def test_every_property_of_a_person_is_an_array(identifier: dict[str, Any]) -> None:
    """Communication 2.4, person properties; of an agent that nobody named, what the request says."""
    assert person(identifier) == {"objectType": "Person"} | {
        name: [value] for name, value in identifier.items()
    }
    assert person({"name": "Asha", **identifier})["name"] == ["Asha"]


def test_a_person_has_each_name_that_statements_give_to_this_agent_once() -> None:
    asha, rhys = (
        {"mbox": "mailto:asha@council.example"},
        {"mbox": "mailto:rhys@council.example", "name": "Rhys"},
    )
    group = {"objectType": "Group", "name": "Team", "member": [rhys, asha | {"name": "A. Example"}]}
    statements = [
        {"actor": asha | {"name": "Asha"}, "object": activity(1)},
        {"actor": asha | {"name": "Asha"}, "object": rhys | {"objectType": "Agent"}},
        {"actor": group, "object": activity(1)},
        {"actor": rhys, "object": activity(1, name="not a name")},
        {"actor": rhys, "object": asha | {"name": "Asha E.", "objectType": "Agent"}},
    ]
    assert person(asha | {"name": "As asked"}, statements)["name"] == [
        "Asha",
        "A. Example",
        "Asha E.",
        "As asked",
    ]
