"""The statements that the Moodle plugin's own tests expect, release by release, are told apart rightly.

They are reference data under another licence and lie beside the checkout, if at all; nothing of them is
kept here but what this table says of each kind, written down by hand from what the events are.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from passport_service.evidence import said
from tests.integrations.test_what_platforms_say import recognisers

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "fixtures" / "logstore_xapi"

# The part of the test's path that names the event -> what its statement says when its verb is (un)completed.
EXPECTED = {
    "course_completed": ("completed", True),
    "uncompleting_existing_module": ("uncompleted", False),
    "course_module_completion_update": ("completed", False),
    "attempt_submitted": ("completed", False),
    "lesson_ended": ("completed", False),
    "scoreraw_submitted": ("completed", False),
    "status_submitted": ("completed", False),
}

pytestmark = pytest.mark.skipif(not REFERENCE.is_dir(), reason=f"no reference statements at {REFERENCE}")


def sent_by(name: str, key: str) -> list[tuple[str, dict]]:
    rows = json.loads((REFERENCE / name).read_text(encoding="utf-8"))[key]
    return [(row["test"], statement) for row in rows for statement in row["statements"]]


def expected(test: str, statement: dict) -> tuple[str, bool] | None:
    """Only statements whose verb ends so are about completion; the event decides what kind."""
    if not statement["verb"]["id"].endswith(("/completed", "/uncompleted")):
        return None
    return next(meaning for part, meaning in EXPECTED.items() if part in test)


@pytest.mark.parametrize(
    ("name", "key", "counts"),
    [
        (
            "fixtures.json",
            "fixtures",
            {("completed", True): 1, ("completed", False): 19, ("uncompleted", False): 1, None: 169},
        ),
        (
            "by_version.json",
            "rows",
            {("completed", True): 8, ("completed", False): 92, ("uncompleted", False): 1, None: 109},
        ),
    ],
)
def test_every_reference_statement_is_told_apart_rightly(name, key, counts):
    heard = Counter()
    for test, statement in sent_by(name, key):
        answer = said(statement, recognisers())
        told = None if answer is None else (str(answer.meaning), answer.is_course)
        assert told == expected(test, statement), (test, statement["verb"]["id"])
        assert answer is None or answer.platform == "moodle"
        heard[told] += 1
    assert heard == counts


def test_no_reference_statement_is_a_failure_or_a_waiver():
    heard = [said(statement, recognisers()) for _, statement in sent_by("by_version.json", "rows")]
    assert not [one for one in heard if one and (one.success is False or one.meaning in {"failed", "waived"})]


def test_the_course_of_a_module_is_never_taken_for_its_activity():
    for test, statement in sent_by("by_version.json", "rows"):
        answer = said(statement, recognisers())
        if answer and "course_completed" not in test:
            assert not any("/course/view.php" in one for one in answer.activity_ids)
