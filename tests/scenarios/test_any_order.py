"""Stories made at random: what is known does not depend on the order in which it was learned (D.17 1, R2.6, R0.5)."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from passport_service.config import Settings
from passport_service.evidence import Recognisers
from passport_service.plugins import load
from passport_service.scenarios.player import play
from passport_service.scenarios.reading import read_story

PEOPLE = {"asha": {}, "bo": {}, "rhys": {"role": "ccv_reviewer"}, "gwen": {"role": "ccv_reviewer"}}
CATALOGUE = [
    {"slug": "yearly", "months": 12, "window_days": 30, "grace_days": 10},
    {"slug": "plain"},
    {"slug": "exam", "needs_passed": True, "min_scaled": 0.5},
]
SLUGS = [one["slug"] for one in CATALOGUE]
VERBS = ("completed", "completed", "passed", "uncompleted", "failed", "waived")
OUTCOMES = (
    "approved",
    "approved",
    "approved",
    "approved_with_comments",
    "returned",
    "concern",
    "not_reviewable",
)
START = datetime(2023, 1, 1, 12, tzinfo=UTC)
LEARNED = datetime(2026, 1, 5, 9, tzinfo=UTC)

Facts = list[dict[str, Any]]


@pytest.fixture(scope="module")
def recognisers() -> Recognisers:
    return load(Settings.model_fields["integrations"].default).recognisers


@pytest.mark.parametrize("seed", range(12))
def test_requirements_do_not_depend_on_the_order_of_arrival(seed: int, recognisers: Recognisers) -> None:
    facts = _training_facts(random.Random(seed))
    days = [date(2023, 1, 1) + timedelta(days=days) for days in range(0, 1100, 45)]
    asked = [
        {"requirement": {"of": who, "name": slug, "on": day.isoformat()}}
        for who in ("asha", "bo")
        for slug in SLUGS
        for day in days
    ]
    first, *others = [
        _answers(order, asked, recognisers, catalogue=CATALOGUE) for order in _orders(facts, seed)
    ]
    assert all(one == first for one in others)


@pytest.mark.parametrize("seed", range(12))
def test_the_run_does_not_depend_on_the_order_of_arrival(seed: int, recognisers: Recognisers) -> None:
    chance = random.Random(seed)
    items = [f"I{number}" for number in range(chance.randint(3, 8))]
    submitted = [_submit(item) for item in items]
    decisions = [_decide(item, chance) for item in items for _ in range(chance.choice([1, 1, 2, 3]))]
    settings = {"streak.min_reviewers": 2, "streak.resubmission": chance.choice(["neutral", "counts"])}
    orders = [[*submitted, *order] for order in _orders(decisions, seed)]
    asked = [{"streak": {"of": "asha"}}, {"passport": {"of": "asha"}}]
    first, *others = [_answers(order, asked, recognisers, settings=settings) for order in orders]
    assert all(one == first for one in others)


def _orders(facts: Facts, seed: int) -> list[Facts]:
    """The facts as they are, and in three other orders."""
    chance = random.Random(seed)
    return [facts, *(chance.sample(facts, len(facts)) for _ in range(3))]


def _answers(facts: Facts, asked: Sequence[Any], recognisers: Recognisers, **more: Any) -> list[Any]:
    steps = [
        {"at": (LEARNED + timedelta(minutes=place)).isoformat(), **fact} for place, fact in enumerate(facts)
    ]
    steps.append({"at": (LEARNED + timedelta(days=1)).isoformat(), "expect": list(asked)})
    story = read_story(
        {"jobs": "manual", "may_waive": "catalogue" in more, "people": PEOPLE, "story": steps, **more}
    )
    played = play(story, recognisers)
    assert played.failures == []
    return [(one["asked"], one["answer"]) for one in played.answers]


def _training_facts(chance: random.Random) -> Facts:
    """Statements, some about an activity that is mapped at some time, some voided, and an account that changes hands."""
    facts: Facts = []
    for number in range(chance.randint(3, 9)):
        slug, at = chance.choice(SLUGS), START + timedelta(days=chance.randint(0, 900), minutes=number)
        about = {"activity": f"https://lms.example/{slug}"} if chance.random() < 0.2 else {"course": slug}
        score = {"result": {"score": {"scaled": chance.choice([0.4, 0.6])}}} if chance.random() < 0.3 else {}
        said = {"who": chance.choice(["asha", "bo"]), "verb": chance.choice(VERBS), **about, **score}
        facts.append({"statement": {**said, "timestamp": at.isoformat(), "id": f"s{number}"}})
        if chance.random() < 0.25:
            facts.append({"void": {"statement": f"s{number}"}})
    facts += [{"map": {"activity": f"https://lms.example/{slug}", "requirement": slug}} for slug in SLUGS]
    return [*facts, {"link": {"who": "asha", "account": ["https://lms.example", "bo"], "from": "2023-06-01"}}]


def _submit(item: str) -> dict[str, Any]:
    given = {"item": item, "kind": "assessment", "type": "care_act_assessment", "who": "asha"}
    return {"effective_at": "2022-12-01", "submit": given}


def _decide(item: str, chance: random.Random) -> dict[str, Any]:
    at = START + timedelta(days=chance.randint(0, 500), minutes=chance.randint(0, 1439))
    given = {"item": item, "outcome": chance.choice(OUTCOMES), "reviewer": chance.choice(["rhys", "gwen"])}
    return {"effective_at": at.isoformat(), "decide": given}
