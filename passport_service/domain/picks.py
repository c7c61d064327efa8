"""Which items a cut-off draws from, in which strata, and which have another basis (R8.1, R8.3, R8.7–10)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from passport_service.domain.moderation import (
    EVERYTHING,
    Basis,
    Draw,
    Receipt,
    Seed,
    run_draw,
    ticket,
    with_others,
)

RETURN_CHECKS = 3
FEWEST_NOT_REVIEWABLE = 3
UNPLACED = "unplaced"
CLEAN = frozenset({"approved", "approved_with_comments"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A self-confirmed item that a draw may take.

    ``bases`` say why it must be looked at whatever the draw says, as known when it was confirmed: tightened,
    return to practice, late recorded. ``withdrawn_at`` is when the service learned that it was withdrawn.
    """

    item: str
    holder: str
    kind: str
    recorded_at: datetime
    locality: str | None = None
    bases: tuple[Basis, ...] = ()
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What the policy in force at the cut-off says of the draw."""

    rate_bp: int = 500
    strata: str = "none"
    carry_start: int = 0
    coverage_days: int | None = None


def in_pool(entry: Entry, after: datetime | None, until: datetime) -> bool:
    """Recorded in (previous cut-off, this cut-off] and not withdrawn before this one (R8.1)."""
    if entry.recorded_at > until or (after is not None and entry.recorded_at <= after):
        return False
    return entry.withdrawn_at is None or entry.withdrawn_at >= until


def stratum_of(entry: Entry, strata: str) -> str:
    """The stratum of an item under ``moderation.strata``; items without a locality share one (R8.3)."""
    match strata:
        case "none":
            return EVERYTHING
        case "kind":
            return entry.kind
        case "locality":
            return entry.locality or UNPLACED
        case _:
            raise ValueError(f"no strata by {strata}")


def stratified(entries: Iterable[Entry], strata: str, known: Iterable[str] = ()) -> dict[str, list[Entry]]:
    """The entries by stratum, in order; strata ``known`` from earlier draws even when empty (R8.6)."""
    groups: dict[str, list[Entry]] = {name: [] for name in known}
    if strata == "none":
        groups.setdefault(EVERYTHING, [])
    for entry in entries:
        groups.setdefault(stratum_of(entry, strata), []).append(entry)
    return dict(sorted(groups.items()))


def draw_all(
    entries: Iterable[Entry],
    *,
    period: str,
    after: datetime | None,
    until: datetime,
    drawn_on: date,
    rules: Rules,
    seed: Seed,
    carries: Mapping[str, int],
    last_looked_on: Mapping[str, date],
    next_commitment: str | None = None,
) -> list[Receipt]:
    """The draw of one cut-off: a receipt for each stratum, with the picks of every basis (R8.1–8).

    ``carries`` has the carry of each stratum drawn before under the same ``rules.strata`` (others start from
    ``carry_start``). ``last_looked_on`` has for each holder the day of the draw that last picked an item of
    theirs, or else of issue; ``drawn_on`` is the local day of the cut-off.
    """
    pool = [entry for entry in entries if in_pool(entry, after, until)]
    groups = stratified(pool, rules.strata, carries)
    receipts = []
    for stratum, group in groups.items():
        carry = carries.get(stratum, rules.carry_start)
        refs = [entry.item for entry in group]
        draw = Draw(period, stratum, after, until, refs, rules.rate_bp, carry, seed, next_commitment)
        receipts.append(run_draw(draw, owed_looks(group)))
    if rules.coverage_days is None:
        return receipts
    covered = coverage(pool, receipts, last_looked_on, drawn_on, rules.coverage_days)
    return [_with_coverage(receipt, covered) for receipt in receipts]


def owed_looks(entries: Iterable[Entry]) -> list[tuple[str, Basis]]:
    """(item, basis) of the entries that must be looked at for a reason known at their confirmation (R8.7)."""
    return [(entry.item, entry.bases[0]) for entry in entries if entry.bases]


def coverage(
    pool: Sequence[Entry],
    receipts: Sequence[Receipt],
    last_looked_on: Mapping[str, date],
    drawn_on: date,
    days: int,
) -> list[str]:
    """The lowest-ticket item of each holder not picked for more than ``days`` days, nor now (R8.8)."""
    holders = {entry.item: entry.holder for entry in pool}
    seen = {holders[item] for receipt in receipts for item in _picked(receipt)}
    lowest: dict[str, tuple[str, str]] = {}
    for receipt in receipts:
        for item in receipt.pool:
            holder = holders[item]
            last_on = last_looked_on.get(holder)
            if holder in seen or last_on is None or (drawn_on - last_on).days <= days:
                continue
            mine = (ticket(receipt.seed_text, item), item)
            lowest[holder] = min(lowest.get(holder, mine), mine)
    return sorted(item for _, item in lowest.values())


def still_tightened(outcomes: Sequence[str], until_clean: int | None) -> bool:
    """Whether every item is moderated, by the outcomes since the last counted concern (R8.9).

    Approved, with comments or not, is clean. Returned and not reviewable neither add nor break. A concern
    that was not counted starts the clean ones again; a counted one is the caller's new beginning. None: the
    setting is off.
    """
    if until_clean is None:
        return False
    clean = 0
    for outcome in outcomes:
        if outcome == "concern":
            clean = 0
        clean += outcome in CLEAN
    return clean < until_clean


def returning(confirmed_since: int) -> bool:
    """Whether the next confirmation is moderated as return to practice: the first three are (R4.4)."""
    return confirmed_since < RETURN_CHECKS


def too_often_not_reviewable(picked: int, not_reviewable: int) -> bool:
    """Whether to tell the CCV lead: over 10% of a person's picks, and at least three (R8.10)."""
    return not_reviewable >= FEWEST_NOT_REVIEWABLE and not_reviewable * 10 > picked


def _picked(receipt: Receipt) -> list[str]:
    return [pick.item for pick in receipt.picks] + [item for item, _ in receipt.others]


def _with_coverage(receipt: Receipt, covered: Iterable[str]) -> Receipt:
    pool = set(receipt.pool)
    mine = [(item, Basis.COVERAGE) for item in covered if item in pool]
    return with_others(replace(receipt, others=()), [*receipt.others, *mine]) if mine else receipt
