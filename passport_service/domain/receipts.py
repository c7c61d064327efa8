"""Receipts after the draw: checking one or a chain of them, replacements, what may be shown yet (D.8)."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from passport_service.domain.moderation import (
    RECEIPT_VERSION,
    WHOLE,
    Basis,
    Pick,
    SeedMode,
    commitment,
    order,
    pool_hash,
    quota,
    units,
)

NO_PICK: dict[str, str | None] = {"item": None, "ticket": None}
CARRY = ("carry_before", "units", "carry_after")
_OPTIONAL_TEXT = (str, type(None))
_OPTIONAL_NUMBER = (int, type(None))
_SHAPE: dict[str, tuple[type, ...]] = {
    "version": (int,),
    "period": (str,),
    "stratum": (str,),
    "after": _OPTIONAL_TEXT,
    "until": (str,),
    "pool": (list,),
    "pool_hash": (str,),
    "pool_size": (int,),
    "rate_bp": (int,),
    "carry_before": _OPTIONAL_NUMBER,
    "units": _OPTIONAL_NUMBER,
    "quota": (int,),
    "carry_after": _OPTIONAL_NUMBER,
    "seed_mode": (str,),
    "seed_text": (str,),
    "seed_source": _OPTIONAL_TEXT,
    "secret": _OPTIONAL_TEXT,
    "commitment": _OPTIONAL_TEXT,
    "next_commitment": _OPTIONAL_TEXT,
    "picks": (list,),
    "other_picks": (list,),
    "replacements": (list,),
}
_ROWS = {
    "picks": {"item", "ticket"},
    "other_picks": {"item", "basis"},
    "replacements": {"replaces", "reason", "item", "ticket"},
}


def verify_receipt(receipt: Any) -> list[str]:
    """What is wrong with a receipt, perhaps read from a file, in sentences; nothing if all holds.

    Done from the receipt alone (R8.1 to R8.7, R8.10). Whatever it is given, it answers and does not raise.
    """
    problems = _shape_problems(receipt)
    if problems:
        return problems
    try:
        return [problem for check in _CHECKS for problem in check(receipt)]
    except UnicodeEncodeError:
        return ["The receipt has text that is not valid Unicode."]


def verify_chain(receipts: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is wrong with one stratum's receipts, oldest first: each by itself, and after the last.

    The pool begins where the last one ended, carry goes on, no item is in two pools, and a published
    commitment is answered.
    """
    problems: list[str] = []
    seen: set[str] = set()
    before: Mapping[str, Any] | None = None
    for receipt in receipts:
        found = verify_receipt(receipt)
        if not found:
            found = _again_problems(receipt, seen) + (_link_problems(before, receipt) if before else [])
            seen.update(receipt["pool"])
            before = receipt
        problems += [f"{_name(receipt)}: {problem}" for problem in found]
    return problems


def next_after(receipt: Mapping[str, Any], already: Collection[str]) -> Pick | None:
    """The pick of the lowest ticket not in ``already`` (picked or replaced so far), or None.

    An item that has another basis is not passed over: as a replacement it becomes random (R8.7, R8.10).
    """
    taken = set(already)
    return next(
        (pick for pick in order(receipt["seed_text"], receipt["pool"]) if pick.item not in taken), None
    )


def replaced(receipt: Mapping[str, Any], item: str, reason: str) -> dict[str, Any]:
    """The receipt with the next ticket standing in for ``item``, not reviewable; both are shown (R8.10).

    When the pool has no more items the replacement is None. Raises ValueError if ``item`` is no pick, or
    replaced already.
    """
    standing = [pick["item"] for pick in (*receipt["picks"], *receipt["replacements"])]
    if item not in standing or item in [one["replaces"] for one in receipt["replacements"]]:
        raise ValueError("only a random pick is replaced, and only once")
    pick = next_after(receipt, standing)
    row = {
        "replaces": item,
        "reason": reason,
        "item": pick.item if pick else None,
        "ticket": pick.ticket if pick else None,
    }
    after = deepcopy(dict(receipt))
    after["replacements"].append(row)
    after["other_picks"] = [one for one in after["other_picks"] if one["item"] != row["item"]]
    return after


def withheld(receipt: Mapping[str, Any]) -> dict[str, Any]:
    """The receipt as it may be shown before the stratum's next draw: without the carry.

    A low carry and a small pool would tell people that nothing will be drawn (R8.2).
    """
    return {**receipt, **dict.fromkeys(CARRY)}


def _is_one_of(value: Any, types: tuple[type, ...]) -> bool:
    return isinstance(value, types) and not isinstance(value, bool)


def _are_rows(rows: list[Any], keys: set[str]) -> bool:
    return all(isinstance(row, Mapping) and set(row) == keys and _are_texts(row.values()) for row in rows)


def _are_texts(values: Iterable[Any]) -> bool:
    return all(isinstance(value, str | None) for value in values)


def _shape_problems(receipt: Any) -> list[str]:
    if not isinstance(receipt, Mapping):
        return ["This is not a receipt."]
    if receipt.get("version") != RECEIPT_VERSION:
        return ["This is not a receipt of a version that can be checked."]
    wrong = [name for name, types in _SHAPE.items() if not _is_one_of(receipt.get(name, ...), types)]
    wrong += [name for name in receipt if name not in _SHAPE]
    wrong += [
        name for name, keys in _ROWS.items() if name not in wrong and not _are_rows(receipt[name], keys)
    ]
    if "pool" not in wrong and not all(isinstance(ref, str) for ref in receipt["pool"]):
        wrong.append("pool")
    return [f"The field {name} is missing, unknown or malformed." for name in wrong]


def _pool_problems(receipt: Mapping[str, Any]) -> list[str]:
    pool = receipt["pool"]
    problems = []
    if pool != sorted(pool) or len(set(pool)) != len(pool):
        problems.append("The pool is not in order, or names an item twice.")
    if any("\n" in ref for ref in pool):
        problems.append("A reference in the pool has a line break.")
    if receipt["pool_size"] != len(pool):
        problems.append(f"The pool has {len(pool)} items, not {receipt['pool_size']}.")
    if receipt["pool_hash"] != pool_hash(pool):
        problems.append("The pool hash is not that of the pool.")
    return problems


def _quota_problems(receipt: Mapping[str, Any]) -> list[str]:
    if all(receipt[name] is None for name in CARRY):
        return []
    if any(receipt[name] is None for name in CARRY):
        return ["The carry is shown in part."]
    carry, rate_bp, size = receipt["carry_before"], receipt["rate_bp"], len(receipt["pool"])
    if not (0 <= carry < WHOLE and 0 <= rate_bp <= WHOLE):
        return ["The rate or the carry is out of range."]
    problems = []
    if receipt["units"] != units(carry, rate_bp, size):
        problems.append("The units are not carry + rate x pool.")
    if (receipt["quota"], receipt["carry_after"]) != quota(carry, rate_bp, size):
        problems.append("The quota or the carry afterwards is not what the units give.")
    return problems


def _seed_problems(receipt: Mapping[str, Any]) -> list[str]:
    if receipt["seed_mode"] not in list(SeedMode):
        return ["The mode of the seed is unknown."]
    secret = receipt["secret"]
    if receipt["seed_mode"] != SeedMode.COMMITTED:
        return [] if secret is None else ["A secret is given for a seed that has none."]
    if not secret:
        return ["The secret is missing."]
    problems = []
    if commitment(secret) != receipt["commitment"]:
        problems.append("The secret is not the one that was committed to.")
    if receipt["seed_text"] != f"{secret}|{receipt['pool_hash']}":
        problems.append("The seed text is not the secret and the pool hash.")
    return problems


def _pick_problems(receipt: Mapping[str, Any]) -> list[str]:
    ranked = order(receipt["seed_text"], receipt["pool"])
    ranking: list[dict[str, str | None]] = [{"item": pick.item, "ticket": pick.ticket} for pick in ranked]
    problems = []
    if len(receipt["picks"]) != receipt["quota"]:
        problems.append(f"There are {len(receipt['picks'])} picks, not {receipt['quota']}.")
    if receipt["picks"] != ranking[: len(receipt["picks"])]:
        problems.append("The picks are not the lowest tickets in order.")
    stand_ins = ranking[len(receipt["picks"]) :]
    standing: list[str | None] = [pick["item"] for pick in ranking[: len(receipt["picks"])]]
    for place, row in enumerate(receipt["replacements"]):
        due = stand_ins[place] if place < len(stand_ins) else NO_PICK
        drawn = {"item": row["item"], "ticket": row["ticket"]}
        if row["replaces"] not in standing or drawn != due:
            return [*problems, "A replacement is not the next ticket in order."]
        standing.remove(row["replaces"])
        standing.append(due["item"])
    return problems


def _other_problems(receipt: Mapping[str, Any]) -> list[str]:
    random = {row["item"] for row in (*receipt["picks"], *receipt["replacements"])}
    pool = set(receipt["pool"])
    others = [row["item"] for row in receipt["other_picks"]]
    bases = [basis for basis in Basis if basis is not Basis.RANDOM]
    problems = []
    if any(item not in pool for item in others) or len(set(others)) != len(others):
        problems.append("Another pick is not in the pool, or is named twice.")
    if random & set(others):
        problems.append("A random pick has another basis too.")
    if any(row["basis"] not in bases for row in receipt["other_picks"]):
        problems.append("Another pick has an unknown basis.")
    return problems


def _again_problems(receipt: Mapping[str, Any], seen: Collection[str]) -> list[str]:
    again = sum(ref in seen for ref in receipt["pool"])
    return [f"{again} items were in an earlier pool."] if again else []


def _link_problems(before: Mapping[str, Any], receipt: Mapping[str, Any]) -> list[str]:
    problems = []
    if receipt["stratum"] != before["stratum"]:
        problems.append("The stratum is not that of the receipt before.")
    if receipt["after"] != before["until"]:
        problems.append("The pool does not begin where the one before ended.")
    if None not in (before["carry_after"], receipt["carry_before"]) and (
        receipt["carry_before"] != before["carry_after"]
    ):
        problems.append("The carry is not the one left by the draw before.")
    answers = (
        receipt["seed_mode"] == SeedMode.COMMITTED
    )  # a given seed leaves the published hash to the next draw
    if (
        answers
        and before["next_commitment"] is not None
        and receipt["commitment"] != before["next_commitment"]
    ):
        problems.append("The commitment is not the one published by the draw before.")
    return problems


def _name(receipt: Any) -> str:
    return str(receipt.get("period", "?")) if isinstance(receipt, Mapping) else "?"


_CHECKS: tuple[Callable[[Mapping[str, Any]], list[str]], ...] = (
    _pool_problems,
    _quota_problems,
    _seed_problems,
    _pick_problems,
    _other_problems,
)
