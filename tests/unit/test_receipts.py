"""Checking a draw from its receipt, by the service and by the script of the documentation (R8.1 to R8.10)."""

import json
import subprocess
import sys
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passport_service.domain.moderation import Basis, Draw, Seed, SeedMode, commitment, order, run_draw
from passport_service.domain.receipts import next_after, replaced, verify_chain, verify_receipt, withheld

SCRIPT = Path(__file__).parents[2] / "docs" / "verify_draw.py"
REFS = [f"W-{number}" for number in range(1001, 1021)]


def week(number: int, refs: list[str], carry: int = 0, others: Any = ()) -> dict[str, Any]:
    """The receipt of Monday ``number`` of June 2026, at a rate of 10%, answering the week before."""
    seed = Seed(SeedMode.COMMITTED, secret=f"secret {number}", commitment=commitment(f"secret {number}"))
    until = datetime(2026, 6, 1 + 7 * number, 5, tzinfo=UTC)
    after = datetime(2026, 6, 7 * number - 6, 5, tzinfo=UTC) if number else None
    following = commitment(f"secret {number + 1}")
    draw = Draw(f"week {number}", "all", after, until, refs, 1000, carry, seed, following)
    return json.loads(json.dumps(run_draw(draw, others).data()))


GOOD = week(1, REFS, carry=9_000, others=[("W-1019", Basis.LATE_RECORDED), ("W-1020", Basis.COVERAGE)])


def script_says(receipt: Any, folder: Path) -> tuple[int, str]:
    path = folder / "receipt.json"
    path.write_text(json.dumps(receipt), encoding="utf-8")
    command = [sys.executable, "-I", str(SCRIPT), str(path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return run.returncode, run.stdout


def changed(**fields: Any) -> dict[str, Any]:
    return {**deepcopy(GOOD), **fields}


# What was altered, the receipt, and a word of what is said of it.
TAMPERED = [
    ("an item added", changed(pool=[*REFS, "W-9999"]), "pool"),
    ("an item taken out", changed(pool=REFS[:-1]), "pool"),
    ("the pool out of order", changed(pool=REFS[::-1]), "order"),
    ("the size", changed(pool_size=19), "pool|size"),
    ("the hash", changed(pool_hash="0" * 64), "hash"),
    ("the rate", changed(rate_bp=900), "units"),
    ("the units", changed(units=28_000), "units"),
    ("the carry before", changed(carry_before=8_000), "units"),
    ("the carry after", changed(carry_after=0), "carry"),
    ("the quota", changed(quota=1), "quota"),
    ("the secret", changed(secret="another"), "committed"),
    ("the commitment", changed(commitment="0" * 64), "committed"),
    ("the seed text", changed(seed_text="chosen to suit"), "seed text"),
    ("a pick dropped", changed(picks=GOOD["picks"][:1]), "picks"),
    ("picks swapped", changed(picks=GOOD["picks"][::-1]), "picks"),
    ("a pick exchanged", changed(picks=[GOOD["picks"][0], {"item": "W-1001", "ticket": "0" * 64}]), "picks"),
]


@pytest.mark.parametrize("receipt", [week(0, []), week(1, REFS), GOOD, withheld(GOOD)])
def test_a_receipt_that_nobody_touched_is_right(receipt: dict[str, Any], tmp_path: Path) -> None:
    assert verify_receipt(receipt) == []
    assert script_says(receipt, tmp_path) == (0, "The draw is right.\n")


@pytest.mark.parametrize(("what", "receipt", "word"), TAMPERED, ids=[case[0] for case in TAMPERED])
def test_a_tampered_receipt_is_found_out_by_both(
    what: str, receipt: dict[str, Any], word: str, tmp_path: Path
) -> None:
    problems = verify_receipt(receipt)
    assert any(part in " ".join(problems) for part in word.split("|")), what
    code, output = script_says(receipt, tmp_path)
    assert code == 1
    assert any(part in output for part in word.split("|"))


@pytest.mark.parametrize(
    ("what", "receipt"),
    [
        ("part of the carry", changed(units=None)),
        ("a rate beyond the whole", changed(rate_bp=10_001, units=1)),
        ("an unknown mode", changed(seed_mode="trust me")),
        ("a secret without a commitment", changed(seed_mode="dice")),
        ("no secret", changed(secret=None)),
        ("another pick from elsewhere", changed(other_picks=[{"item": "X-1", "basis": "audit"}])),
        ("another pick twice", changed(other_picks=[{"item": "W-1020", "basis": "audit"}] * 2)),
        (
            "another pick that is random",
            changed(other_picks=[{"item": GOOD["picks"][0]["item"], "basis": "audit"}]),
        ),
        ("another pick with no basis", changed(other_picks=[{"item": "W-1020", "basis": "random"}])),
        ("a line break", changed(pool=["W-1\nW-2"])),
        ("a half character", changed(pool=["\ud800"])),
        ("an unknown field", changed(note="trust me")),
        ("a wrong type", changed(pool="W-1001")),
        ("a truth value for a number", changed(quota=True)),
        ("references that are no text", changed(pool=[1, 2])),
        ("picks that are no rows", changed(picks=["W-1001", "W-1002"])),
        ("picks with more to them", changed(picks=[{**pick, "by": "hand"} for pick in GOOD["picks"]])),
        ("a pick that is a list", changed(picks=[{"item": [], "ticket": {}}] * 2)),
        ("another pick that is a list", changed(other_picks=[{"item": [], "basis": {}}])),
        (
            "a replacement that is a list",
            changed(replacements=[{"replaces": [], "reason": "", "item": None, "ticket": None}]),
        ),
        ("another version", changed(version=2)),
        ("a field missing", {name: value for name, value in GOOD.items() if name != "secret"}),
        ("a list", [GOOD]),
        ("nothing", None),
    ],
)
def test_whatever_else_is_wrong_with_a_receipt_is_said(what: str, receipt: Any) -> None:
    assert verify_receipt(receipt), what


@given(st.sampled_from(sorted(GOOD)), st.none() | st.integers() | st.text() | st.lists(st.text() | st.none()))
def test_verifying_answers_whatever_a_field_holds(name: str, value: Any) -> None:
    assert isinstance(verify_receipt(changed(**{name: value})), list)


def test_r8_10_the_next_ticket_stands_in_for_an_item_that_cannot_be_reviewed(tmp_path: Path) -> None:
    ranking = [pick.item for pick in order(GOOD["seed_text"], REFS)]
    first = replaced(GOOD, ranking[0], "case transferred")
    second = replaced(first, ranking[2], "record locked")
    assert [row["item"] for row in second["replacements"]] == ranking[2:4]
    assert [row["replaces"] for row in second["replacements"]] == [ranking[0], ranking[2]]
    assert GOOD["replacements"] == []
    assert verify_receipt(second) == []
    assert script_says(second, tmp_path)[0] == 0


def test_r8_10_a_replacement_out_of_order_is_found_out(tmp_path: Path) -> None:
    receipt = replaced(GOOD, GOOD["picks"][0]["item"], "locked")
    receipt["replacements"][0]["item"] = "W-1001"
    assert "replacement" in " ".join(verify_receipt(receipt))
    assert script_says(receipt, tmp_path)[0] == 1


@pytest.mark.parametrize("item", ["W-9999", "W-1020"])
def test_r8_10_only_a_random_pick_is_replaced(item: str) -> None:
    with pytest.raises(ValueError, match="only a random pick"):
        replaced(GOOD, item, "why not")


def test_r8_10_a_pick_is_replaced_once() -> None:
    item = GOOD["picks"][0]["item"]
    with pytest.raises(ValueError, match="only once"):
        replaced(replaced(GOOD, item, "locked"), item, "locked")


def test_r8_10_when_the_pool_is_used_up_nothing_stands_in(tmp_path: Path) -> None:
    receipt = week(1, ["W-1"], carry=9_000)
    gone = replaced(receipt, "W-1", "locked")
    assert gone["replacements"][0]["item"] is None
    assert verify_receipt(gone) == []
    assert script_says(gone, tmp_path)[0] == 0
    assert next_after(receipt, ["W-1"]) is None


def test_r8_7_a_replacement_that_had_another_basis_becomes_random() -> None:
    ranking = [pick.item for pick in order(GOOD["seed_text"], REFS)]
    receipt = week(1, REFS, carry=9_000, others=[(ranking[2], Basis.TIGHTENED)])
    after = replaced(receipt, ranking[0], "locked")
    assert after["replacements"][0]["item"] == ranking[2]
    assert after["other_picks"] == []
    assert verify_receipt(after) == []


def chain() -> list[dict[str, Any]]:
    first = week(0, REFS[:7])
    second = week(1, REFS[7:15], carry=first["carry_after"])
    return [first, second, week(2, REFS[15:], carry=second["carry_after"])]


def test_a_chain_of_receipts_that_nobody_touched_is_right() -> None:
    assert verify_chain(chain()) == []
    assert verify_chain([*chain()[:2], withheld(chain()[2])]) == []


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("after", "2026-06-02T05:00:00Z", "begin"),
        ("stratum", "review", "stratum"),
        ("next_commitment", None, ""),
    ],
)
def test_a_chain_with_a_gap_is_found_out(field: str, value: Any, word: str) -> None:
    receipts = chain()
    receipts[1][field] = value
    problems = verify_chain(receipts)
    assert word in " ".join(problems)
    assert bool(problems) is (field != "next_commitment")


def test_r8_1_an_item_in_two_pools_is_found_out() -> None:
    first, second = chain()[0], week(1, REFS[6:15], carry=7_000)
    assert verify_chain([first, second]) == ["week 1: 1 items were in an earlier pool."]


def test_r8_2_a_carry_that_does_not_go_on_is_found_out() -> None:
    assert "carry" in " ".join(verify_chain([chain()[0], week(1, REFS[7:15], carry=0)]))


def test_r8_4_a_secret_other_than_the_one_committed_to_is_found_out() -> None:
    receipts = chain()
    receipts[0]["next_commitment"] = commitment("something else")
    assert "week 1: The commitment" in " ".join(verify_chain(receipts))


def test_a_broken_receipt_in_a_chain_is_named() -> None:
    assert verify_chain([None, *chain()])[0].startswith("?: ")  # type: ignore[list-item]


def test_r8_2_the_carry_is_withheld_until_the_next_draw() -> None:
    shown = withheld(GOOD)
    assert [shown[name] for name in ("carry_before", "units", "carry_after")] == [None] * 3
    assert shown["quota"] == GOOD["quota"]


def test_the_script_is_short_and_stands_alone() -> None:
    lines = SCRIPT.read_text(encoding="utf-8").splitlines()
    imports = [line for line in lines if line.startswith(("import ", "from "))]
    assert len(lines) <= 40
    assert imports == ["import json", "import sys", "from hashlib import sha256"]


def test_the_page_about_the_draw_names_every_field_of_a_receipt() -> None:
    page = (SCRIPT.parent / "draw.md").read_text(encoding="utf-8")
    assert [name for name in GOOD if f"`{name}`" not in page] == []
