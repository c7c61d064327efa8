"""The random draw: pool hash, tickets, exact quota, receipt (R8.1 to R8.7, D.17.5, D.17.6)."""

import json
import random
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passport_service.domain.moderation import (
    Basis,
    Draw,
    Seed,
    SeedMode,
    canonical,
    commitment,
    order,
    pool_hash,
    quota,
    run_draw,
    ticket,
)

SEED_TEXT = "2026-W14|dice:4-2-6-1-3-5-5-2-1-6"
REFS = [f"W-{number}" for number in range(1001, 1011)]
IN_ORDER = [
    "W-1006",
    "W-1004",
    "W-1005",
    "W-1010",
    "W-1003",
    "W-1009",
    "W-1001",
    "W-1008",
    "W-1007",
    "W-1002",
]
DICE = Seed(SeedMode.DICE, text=SEED_TEXT, source="thrown by two people")
REFERENCES = st.lists(st.from_regex(r"[A-Z]{1,2}-[0-9]{1,6}", fullmatch=True), unique=True, max_size=60)


def draw(pool=(), *, rate_bp=500, carry=0, seed=DICE, stratum="all") -> Draw:
    return Draw(
        period="2026-03-30T05:00:00Z",
        stratum=stratum,
        after=datetime(2026, 3, 23, 6, tzinfo=UTC),
        until=datetime(2026, 3, 30, 5, tzinfo=UTC),
        pool=pool,
        rate_bp=rate_bp,
        carry=carry,
        seed=seed,
    )


# R8.2, the eight draws of its table: N, units, n, carry, cumulative N, cumulative n.
TABLE = [
    (7, 3500, 0, 3500, 7, 0),
    (12, 9500, 0, 9500, 19, 0),
    (9, 14000, 1, 4000, 28, 1),
    (0, 4000, 0, 4000, 28, 1),
    (31, 19500, 1, 9500, 59, 2),
    (4, 11500, 1, 1500, 63, 3),
    (18, 10500, 1, 500, 81, 4),
    (22, 11500, 1, 1500, 103, 5),
]


def test_t8_2_the_quota_is_exact_over_eight_draws() -> None:
    carry = size = count = 0
    for number, (pool, units, picks, carry_after, all_items, all_picks) in enumerate(TABLE):
        receipt = run_draw(draw([f"R{number}-{item}" for item in range(pool)], carry=carry))
        assert (receipt.units, receipt.quota, receipt.carry_after) == (units, picks, carry_after)
        assert len(receipt.picks) == picks
        carry, size, count = receipt.carry_after, size + pool, count + receipt.quota
        assert (size, count) == (all_items, all_picks)


@pytest.mark.parametrize(
    ("sizes", "picks"),
    [((18, 11, 25), [0, 1, 1]), ((9, 14, 3), [0, 1, 0]), ((4, 6, 12), [0, 0, 1])],
    ids=["assessment", "support plan", "review"],
)
def test_t8_3_each_stratum_has_its_own_carry(sizes: tuple[int, ...], picks: list[int]) -> None:
    carry, counts = 0, []
    for size in sizes:
        count, carry = quota(carry, 500, size)
        counts.append(count)
    assert counts == picks


def test_r8_2_the_long_run_rate_is_exact_over_10_000_random_draws() -> None:
    chance = random.Random(20260330)
    carry = start = chance.randrange(10_000)
    size = count = owed = 0
    for _ in range(10_000):
        pool, rate_bp = chance.randrange(60), 500
        picks, carry = quota(carry, rate_bp, pool)
        size, count, owed = size + pool, count + picks, owed + rate_bp * pool
        assert count == (start + 500 * size) // 10_000
        assert 0 <= picks <= pool
    assert (start + owed) % 10_000 == carry


@given(st.integers(0, 9_999), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 500)), max_size=30))
def test_r8_2_a_change_of_rate_keeps_the_carry(carry: int, draws: list[tuple[int, int]]) -> None:
    owed, count = carry, 0
    for rate_bp, size in draws:
        picks, carry = quota(carry, rate_bp, size)
        owed, count = owed + rate_bp * size, count + picks
        assert picks <= size
        assert count == owed // 10_000


def test_r8_5_the_tickets_of_the_test_vector() -> None:
    ranking = order(SEED_TEXT, REFS)
    assert [pick.item for pick in ranking] == IN_ORDER
    assert [pick.ticket[:16] for pick in ranking[:3]] == [
        "0d05ac797cd327ed",
        "0fafd7dd24a9daa9",
        "34515470290cd3c4",
    ]
    assert ranking[0].ticket == ticket(SEED_TEXT, "W-1006")


def test_r8_5_the_pool_hash_of_the_test_vector() -> None:
    assert pool_hash(reversed(REFS)) == "3e1892281f4514df718013cea13d26e885f04223561a496b6bd37a083f89c047"


def test_r8_5_taking_an_item_out_leaves_the_order_of_the_others() -> None:
    rest = order(SEED_TEXT, [ref for ref in REFS if ref != "W-1004"])
    assert [pick.item for pick in rest] == [ref for ref in IN_ORDER if ref != "W-1004"]


@given(REFERENCES, st.randoms(use_true_random=False), st.integers(0, 10_000))
def test_d17_6_the_order_of_the_pool_makes_no_difference(
    refs: list[str], chance: random.Random, rate: int
) -> None:
    shuffled = list(refs)
    chance.shuffle(shuffled)
    one, other = run_draw(draw(refs, rate_bp=rate)), run_draw(draw(shuffled, rate_bp=rate))
    assert canonical(one.data()) == canonical(other.data())
    assert {pick.item for pick in one.picks} <= set(refs)


def test_every_item_is_picked_as_often_as_any_other() -> None:
    """Chi-squared of inclusion over 2,000 draws of 10 from 100, with 99 degrees of freedom: 149 is the 0.1% point."""
    chance = random.Random(5)
    refs = [f"W-{number}" for number in range(100)]
    times = dict.fromkeys(refs, 0)
    for _ in range(2_000):
        for pick in order(f"{chance.getrandbits(128):032x}", refs)[:10]:
            times[pick.item] += 1
    # Drawn without replacement the counts vary less than independent ones: by the factor (1 - 10/100).
    statistic = sum((count - 200) ** 2 for count in times.values()) / 200 / 0.9 * 99 / 100
    assert 60 < statistic < 149


def test_r8_4_the_committed_seed_takes_in_the_pool() -> None:
    seed = Seed(SeedMode.COMMITTED, secret="s3cret", commitment=commitment("s3cret"))
    receipt = run_draw(draw(REFS, rate_bp=2000, seed=seed)).data()
    assert receipt["seed_text"] == f"s3cret|{pool_hash(REFS)}"
    assert (receipt["secret"], receipt["commitment"]) == ("s3cret", commitment("s3cret"))
    assert [pick["item"] for pick in receipt["picks"]] == [
        p.item for p in order(receipt["seed_text"], REFS)[:2]
    ]


@pytest.mark.parametrize(
    "seed",
    [
        Seed(SeedMode.COMMITTED, secret="s", commitment=commitment("another")),
        Seed(SeedMode.COMMITTED, secret="", commitment=commitment("")),
        Seed(SeedMode.COMMITTED, text="typed"),
        Seed(SeedMode.DICE),
    ],
)
def test_r8_4_a_seed_that_does_not_answer_its_commitment_draws_nothing(seed: Seed) -> None:
    with pytest.raises(ValueError, match=r"committed|seed"):
        run_draw(draw(REFS, seed=seed))


def test_r8_6_a_draw_over_nothing_is_still_a_draw() -> None:
    receipt = run_draw(draw(carry=9_999)).data()
    assert (receipt["pool_size"], receipt["quota"], receipt["carry_after"], receipt["picks"]) == (
        0,
        0,
        9_999,
        [],
    )
    assert receipt["pool_hash"] == pool_hash([])


def test_r8_7_an_item_that_is_also_random_is_random() -> None:
    others = [("W-1006", Basis.TIGHTENED), ("W-1002", Basis.COVERAGE), ("W-1002", Basis.TIGHTENED)]
    receipt = run_draw(draw(REFS, rate_bp=1000), others).data()
    assert [pick["item"] for pick in receipt["picks"]] == ["W-1006"]
    assert receipt["other_picks"] == [{"item": "W-1002", "basis": "coverage"}]


@pytest.mark.parametrize(
    "wrong",
    [
        {"pool": ["W-1", "W-1"]},
        {"pool": ["W-1"], "rate_bp": 10_001},
        {"pool": ["W-1"], "carry": 10_000},
        {"pool": ["W-1"], "carry": -1},
    ],
)
def test_a_draw_from_impossible_numbers_is_an_error(wrong: dict) -> None:
    with pytest.raises(ValueError, match=r"twice|out of range"):
        run_draw(draw(**wrong))


def test_everything_is_picked_at_a_rate_of_one() -> None:
    receipt = run_draw(draw(REFS, rate_bp=10_000, carry=9_999))
    assert [pick.item for pick in receipt.picks] == IN_ORDER


def test_a_receipt_survives_being_written_and_read() -> None:
    data = run_draw(draw(REFS)).data()
    assert json.loads(canonical(data)) == data
    assert (data["after"], data["until"]) == ("2026-03-23T06:00:00Z", "2026-03-30T05:00:00Z")


def test_a_pool_of_100_000_items_is_drawn_quickly() -> None:
    refs = [f"LL-2026-{number:06}" for number in range(100_000)]
    began = time.process_time()
    assert run_draw(draw(refs)).quota == 5_000
    assert time.process_time() - began < 20  # seconds; what grows with the square takes minutes
