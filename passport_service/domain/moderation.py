"""The random part of a moderation draw: pool hash, tickets, exact quota, receipt (D.8).

Everything here can be done again by anyone from the receipt alone; ``docs/verify_draw.py`` does so without
this code.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

RECEIPT_VERSION = 1
WHOLE = 10_000
EVERYTHING = "all"


class SeedMode(StrEnum):
    """Where the seed text comes from (R8.4)."""

    COMMITTED = "committed"
    DICE = "dice"
    BEACON = "beacon"
    GIVEN = "given"


class Basis(StrEnum):
    """Why an item is looked at; only random picks estimate quality (R8.7)."""

    RANDOM = "random"
    COVERAGE = "coverage"
    TIGHTENED = "tightened"
    RETURN_TO_PRACTICE = "return_to_practice"
    COMPLAINT = "complaint"
    AUDIT = "audit"
    LATE_RECORDED = "late_recorded"
    CALIBRATION = "calibration"


@dataclass(frozen=True, slots=True)
class Seed:
    """What the tickets are made from.

    Committed: ``secret`` and the ``commitment`` published one draw earlier; the seed text also takes in the
    pool's hash. Otherwise ``text`` is the seed text itself and ``source`` says where it came from (who threw
    the dice, which beacon).
    """

    mode: SeedMode
    text: str | None = None
    secret: str | None = None
    commitment: str | None = None
    source: str | None = None

    def text_for(self, pool_hash: str) -> str:
        """The seed text of a pool (R8.4). Raises ValueError if the seed lacks what its mode needs."""
        if self.mode is SeedMode.COMMITTED:
            if not self.secret or self.commitment != commitment(self.secret):
                raise ValueError("the secret is not the one that was committed to")
            return f"{self.secret}|{pool_hash}"
        if not self.text:
            raise ValueError("a seed needs a text")
        return self.text


@dataclass(frozen=True, slots=True)
class Draw:
    """What one stratum's draw starts from: its pool was recorded in (``after``, ``until``] (R8.1)."""

    period: str
    stratum: str
    after: datetime | None
    until: datetime
    pool: Collection[str]
    rate_bp: int
    carry: int
    seed: Seed
    next_commitment: str | None = None


@dataclass(frozen=True, slots=True)
class Pick:
    """An item taken by its ticket."""

    item: str
    ticket: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """Everything a draw used and gave (R8.1 to R8.6); ``data`` is its one written form."""

    draw: Draw
    pool: tuple[str, ...]
    pool_hash: str
    seed_text: str
    units: int
    quota: int
    carry_after: int
    picks: tuple[Pick, ...]
    others: tuple[tuple[str, Basis], ...] = ()

    def data(self) -> dict[str, Any]:
        """The receipt as plain JSON values, moments in UTC; what is stored, published and verified."""
        draw, seed = self.draw, self.draw.seed
        return {
            "version": RECEIPT_VERSION,
            "period": draw.period,
            "stratum": draw.stratum,
            "after": _moment(draw.after),
            "until": _moment(draw.until),
            "pool": list(self.pool),
            "pool_hash": self.pool_hash,
            "pool_size": len(self.pool),
            "rate_bp": draw.rate_bp,
            "carry_before": draw.carry,
            "units": self.units,
            "quota": self.quota,
            "carry_after": self.carry_after,
            "seed_mode": str(seed.mode),
            "seed_text": self.seed_text,
            "seed_source": seed.source,
            "secret": seed.secret,
            "commitment": seed.commitment,
            "next_commitment": draw.next_commitment,
            "picks": [{"item": pick.item, "ticket": pick.ticket} for pick in self.picks],
            "other_picks": [{"item": item, "basis": str(basis)} for item, basis in self.others],
            "replacements": [],
        }


def commitment(secret: str) -> str:
    """The hash that is published a draw before the secret is revealed (R8.4): SHA-256, lower-case hex."""
    return sha256(secret.encode()).hexdigest()


def pool_hash(refs: Iterable[str]) -> str:
    """SHA-256 of the references sorted and joined by newlines, none at the end (R8.5)."""
    return sha256("\n".join(sorted(refs)).encode()).hexdigest()


def ticket(seed_text: str, ref: str) -> str:
    """SHA-256 of seed text, bar and reference, lower-case hex (R8.5)."""
    return sha256(f"{seed_text}|{ref}".encode()).hexdigest()


def order(seed_text: str, refs: Iterable[str]) -> list[Pick]:
    """All references with their tickets, by (ticket, reference): the first n are taken (R8.5)."""
    start = sha256(f"{seed_text}|".encode())
    tickets: list[tuple[str, str]] = []
    for ref in refs:
        one = start.copy()
        one.update(ref.encode())
        tickets.append((one.hexdigest(), ref))
    tickets.sort()
    return [Pick(ref, drawn) for drawn, ref in tickets]


def units(carry: int, rate_bp: int, size: int) -> int:
    """Ten-thousandths of an item that are owed: carry + rate x N (R8.2)."""
    return carry + rate_bp * size


def quota(carry: int, rate_bp: int, size: int) -> tuple[int, int]:
    """(how many to pick, carry afterwards) from a pool of ``size``, in whole numbers only (R8.2)."""
    return divmod(units(carry, rate_bp, size), WHOLE)


def run_draw(draw: Draw, others: Sequence[tuple[str, Basis]] = ()) -> Receipt:
    """The receipt of one stratum's draw: the same on any machine and in any order of the pool.

    ``others`` are picks with another basis; those that are also random become random (R8.7). Raises
    ValueError for a pool that names an item twice, a rate or carry out of range, or a seed that does not
    answer its commitment.
    """
    refs = tuple(sorted(draw.pool))
    if len(set(refs)) != len(refs):
        raise ValueError("an item is in the pool twice")
    if not (0 <= draw.rate_bp <= WHOLE and 0 <= draw.carry < WHOLE):
        raise ValueError("rate or carry out of range")
    hashed = pool_hash(refs)
    text = draw.seed.text_for(hashed)
    owed = units(draw.carry, draw.rate_bp, len(refs))
    count, carry_after = divmod(owed, WHOLE)
    picks = tuple(order(text, refs)[:count])
    return with_others(Receipt(draw, refs, hashed, text, owed, count, carry_after, picks), others)


def with_others(receipt: Receipt, others: Sequence[tuple[str, Basis]]) -> Receipt:
    """The receipt with picks of another basis: each once, by the first basis named, none random too (R8.7)."""
    taken = {pick.item for pick in receipt.picks}
    kept: dict[str, Basis] = {}
    for item, basis in others:
        if item not in taken:
            kept.setdefault(item, basis)
    return replace(receipt, others=tuple(sorted(kept.items())))


def canonical(receipt: Mapping[str, Any]) -> str:
    """The receipt's one text: sorted keys, no spaces; the same bytes on every machine."""
    return json.dumps(receipt, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _moment(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
