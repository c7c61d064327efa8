"""Draws as they may be shown: receipts for ever, but the newest of each stratum without its carry (R8.2)."""

from dataclasses import dataclass
from typing import Any

from passport_service.domain.cutoffs import period_of
from passport_service.domain.receipts import withheld
from passport_service.services import councils, draws
from passport_service.store.database import Store


@dataclass(frozen=True, slots=True)
class Draw:
    """One draw: the period that its cut-off closed, and a receipt for each stratum."""

    period: str
    receipts: list[dict[str, Any]]


def every(store: Store) -> list[Draw]:
    """All draws, oldest first."""
    events = councils.load(store).draws
    newest = {one["stratum"]: place for place, draw in enumerate(events) for one in draw.data["receipts"]}
    return [
        Draw(
            period_of(draw.effective_at),
            [
                withheld(one) if newest[one["stratum"]] == place else dict(one)
                for one in draw.data["receipts"]
            ],
        )
        for place, draw in enumerate(events)
    ]


def next_commitment(store: Store) -> str | None:
    """The hash of the next draw's secret, if it has been published; a draw with a given seed leaves it standing."""
    return draws.published(councils.load(store))
