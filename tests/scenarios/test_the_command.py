"""What ``passport scenario`` prints, and how it ends."""

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from passport_service.commands.scenario import command

GOOD = """\
people:
  asha: {team: North A, role: social_worker}
  rhys: {team: CCV, role: ccv_reviewer}
story:
- at: 2026-03-02T09:00:00Z
  statement: {who: asha, verb: completed, course: mca}
- at: 2026-03-04T10:00:00Z
  submit: {item: A1, kind: assessment, type: care_act_assessment, who: asha}
- at: 2026-03-05T15:00:00Z
  decide: {item: A1, outcome: approved, reviewer: rhys}
- at: 2026-03-05T15:00:01Z
  expect:
  - streak: {of: asha, run: 1}
"""


def play(tmp_path: Path, *texts: str, options: tuple[str, ...] = ()) -> Result:
    """The command over these texts, each in a file of its own: story1.yaml, story2.yaml …"""
    files = []
    for place, text in enumerate(texts, 1):
        files.append(tmp_path / f"story{place}.yaml")
        files[-1].write_text(text, encoding="utf-8")
    return CliRunner().invoke(command, [*options, *map(str, files)], catch_exceptions=False)


def test_a_story_that_holds_exits_0_and_prints_no_failure(tmp_path: Path) -> None:
    result = play(tmp_path, GOOD)
    assert (result.exit_code, result.stdout) == (0, "")


def test_each_failed_expectation_is_one_line_with_file_step_expected_and_got(tmp_path: Path) -> None:
    wrong = GOOD.replace(
        "run: 1}", "run: 2, condition_met: true}\n  - passport: {of: asha, state: active, number: 1}"
    )
    result = play(tmp_path, wrong, GOOD)
    lines = result.stdout.splitlines()
    assert result.exit_code == 1
    assert len(lines) == 2
    assert "story1.yaml" in lines[0]
    assert "step 4" in lines[0]
    assert "run: expected 2, got 1; condition_met: expected true, got false" in lines[0]
    assert "state: expected active, got working_towards; number: expected 1, got null" in lines[1]


def test_a_step_that_the_service_refuses_is_a_failure_and_the_story_goes_on(tmp_path: Path) -> None:
    wrong = GOOD.replace("reviewer: rhys", "reviewer: asha").replace("run: 1", "run: 0")
    result = play(tmp_path, wrong)
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 1
    assert "REVIEWER_CONFLICT" in result.stdout


@pytest.mark.parametrize(
    ("refused", "expected"),
    [
        ("{decide: {item: A1, outcome: approved, reviewer: rhys}}", "got no refusal"),
        ("{decide: {item: A1, outcome: approved, reviewer: asha}}", "got NOT_ALLOWED, REVIEWER_CONFLICT"),
    ],
)
def test_fails_fails_when_the_step_is_done_or_refused_for_another_reason(
    tmp_path: Path, refused: str, expected: str
) -> None:
    step = f"- at: 2026-03-05T14:00:00Z\n  fails: {{step: {refused}, with: REASON_NEEDED}}\n"
    result = play(tmp_path, GOOD.replace("- at: 2026-03-05T15:00:00Z", step + "- at: 2026-03-05T15:00:00Z"))
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 1
    assert expected in result.stdout


def test_a_step_that_had_to_be_refused_leaves_no_trace(tmp_path: Path) -> None:
    step = "- at: 2026-03-05T14:00:00Z\n  fails: {step: {withdraw: {item: A1, reason: ''}}, with: REASON_NEEDED}\n"
    kept = tmp_path / "kept.sqlite"
    other = tmp_path / "other.sqlite"
    with_step = GOOD.replace("- at: 2026-03-05T15:00:00Z", step + "- at: 2026-03-05T15:00:00Z")
    assert play(tmp_path, with_step, options=("--keep", str(kept))).exit_code == 0
    assert play(tmp_path, GOOD, options=("--keep", str(other))).exit_code == 0
    assert _events(kept) == _events(other)


def _events(file: Path) -> list[tuple[str, int, str]]:
    with sqlite3.connect(file) as found:
        return found.execute("SELECT stream, seq, kind FROM event ORDER BY stream, seq").fetchall()


def test_json_prints_every_answer(tmp_path: Path) -> None:
    result = play(tmp_path, GOOD, options=("--json",))
    (told,) = json.loads(result.stdout)
    assert told["failures"] == []
    assert told["answers"][0]["answer"] == {"run": 1, "condition_met": False, "reasons": ["RUN_TOO_SHORT"]}


def test_keep_never_writes_over_a_file(tmp_path: Path) -> None:
    kept = tmp_path / "kept.sqlite"
    kept.write_text("mine")
    assert play(tmp_path, GOOD, options=("--keep", str(kept))).exit_code == 2
    assert kept.read_text() == "mine"


SUBMIT = "submit: {item: A1, kind: assessment, type: care_act_assessment, who: asha}"


@pytest.mark.parametrize(
    ("found", "put", "step", "key"),
    [
        (SUBMIT, "sing: {item: A1}", 2, "sing"),
        (SUBMIT, "submit: {item: A1, kind: assessment, type: review, who: asha, colour: red}", 2, "colour"),
        (SUBMIT, "submit: {item: A1, kind: assessment, type: review}", 2, "who"),
        (SUBMIT, "submit: {item: A1, kind: assessment, type: review, who: bert}", 2, "who"),
        (SUBMIT, "submit: {item: A1, kind: poem, type: review, who: asha}", 2, "kind"),
        (SUBMIT, "submit: {item: A B, kind: review, type: review, who: asha}", 2, "item"),
        (SUBMIT, SUBMIT + "\n  tick: {}", 2, "tick"),
        (
            SUBMIT,
            "prior: {who: asha, requirement: yoga, on: 2026-01-01, by: a, approver: b, reason: c}",
            2,
            "requirement",
        ),
        (SUBMIT, "prior: {who: asha, requirement: mca, on: May, by: a, approver: b, reason: c}", 2, "on"),
        (
            SUBMIT,
            "policy: {effective_from: 2027-01-01, settings: {streak.lenght: 3}, author: a, approver: b}",
            2,
            "settings",
        ),
        (
            SUBMIT,
            "policy: {effective_from: 2027-01-01, settings: {streak.length: x}, author: a, approver: b}",
            2,
            "settings",
        ),
        (SUBMIT, "statement: {who: asha, verb: danced, course: mca}", 2, "verb"),
        (SUBMIT, "statement: {who: asha, verb: completed}", 2, "course"),
        (SUBMIT, "statement: {verb: completed, course: mca}", 2, "who"),
        (
            SUBMIT,
            "fails: {step: {submit: {item: A1, kind: assessment, type: review}}, with: MALFORMED}",
            2,
            "who",
        ),
        (SUBMIT, "fails: {step: {sing: {item: A1}}, with: MALFORMED}", 2, "sing"),
        (SUBMIT, "fails: {step: {tick: {}}}", 2, "with"),
        ("reviewer: rhys", "reviewer: nobody", 3, "reviewer"),
        ("item: A1, outcome", "item: A7, outcome", 3, "item"),
        ("2026-03-05T15:00:00Z", "2026-03-04T09:59:59Z", 3, "at"),
        ("2026-03-05T15:00:00Z", "soon", 3, "at"),
        ("- at: 2026-03-05T15:00:00Z\n  decide", "- decide", 3, "at"),
        ("- streak: {of: asha", "- streak: {off: asha", 4, "off"),
        ("- streak: {of: asha", "- streak: {of: bert", 4, "of"),
        ("- streak: {of: asha, run: 1", "- streak: {of: asha, runs: 1", 4, "runs"),
        ("- streak: {of: asha, run: 1", "- streak: {of: asha, run: one", 4, "run"),
        ("- streak: {of: asha, run: 1", "- mood: {of: asha", 4, "mood"),
        ("- streak: {of: asha, run: 1}", "- {draw: first, quota: 1}", 4, "draw"),
        ("- streak: {of: asha, run: 1}", "- concern: {of: c9, status: open}", 4, "of"),
        ("people:", "settings: {streak.length: many}\npeople:", None, "streak.length"),
        ("people:", "policy: wild\npeople:", None, "policy"),
        ("people:", "colour: red\npeople:", None, "colour"),
        ("people:", "jobs: sometimes\npeople:", None, "jobs"),
        ("people:", "catalogue: [{slug: mca, month: 3}]\npeople:", None, "month"),
        ("role: social_worker", "role: astronaut", None, "role"),
        ("team: North A,", "team: North A, manager: bert,", None, "manager"),
        ("story:", "tale:", None, "tale"),
    ],
)
def test_a_malformed_story_exits_2_and_names_file_step_and_key(
    tmp_path: Path, found: str, put: str, step: int | None, key: str
) -> None:
    assert found in GOOD
    result = play(tmp_path, GOOD.replace(found, put, 1))
    assert result.exit_code == 2
    assert "story1.yaml" in result.stderr
    assert f"{key}: " in result.stderr
    if step is not None:
        assert f"step {step}" in result.stderr


@pytest.mark.parametrize(
    "text", ["", "- 1\n- 2", "people: {", "a: 1\na: 2", "story: []", "people: {}\nstory: 7"]
)
def test_what_is_no_story_exits_2(tmp_path: Path, text: str) -> None:
    assert play(tmp_path, text).exit_code == 2


def test_a_file_that_is_not_there_exits_2() -> None:
    assert CliRunner().invoke(command, ["/nowhere/story.yaml"]).exit_code == 2


def test_malformed_goes_before_failed_and_the_others_are_still_played(tmp_path: Path) -> None:
    result = play(tmp_path, GOOD.replace("run: 1", "run: 7"), "nonsense")
    assert result.exit_code == 2
    assert "expected 7, got 1" in result.stdout


@pytest.mark.parametrize(
    "step",
    [
        "challenge: {of: A1, by: asha, text: No}",
        "rules: {effective_from: 2027-01-01, rules: [], author: a, approver: b}",
        "expect: [{challenge: {of: A1, decide_by: 2026-01-01}}]",
        "expect: [{task: {item: A1, reviewer: rhys}}]",
    ],
)
def test_what_is_not_built_yet_exits_2_and_says_so(tmp_path: Path, step: str) -> None:
    result = play(tmp_path, GOOD.replace(SUBMIT, step))
    assert result.exit_code == 2
    assert "step 2" in result.stderr
    assert "not built yet" in result.stderr


def test_on_and_off_are_words_and_timestamps_need_no_quotes(tmp_path: Path) -> None:
    story = GOOD.replace(
        "people:", "settings: {concern.second_reader: on, moderation.coverage: off}\npeople:", 1
    )
    assert play(tmp_path, story.replace("2026-03-02T09:00:00Z", '"2026-03-02 09:00:00+00:00"')).exit_code == 0
