"""Facts to append in tests of the store."""

from datetime import UTC, datetime, timedelta
from typing import Any

from passport_service.domain.events import Event, NewEvent
from passport_service.store import ledger
from passport_service.store.database import Store

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def fact(number: int = 1, **data: Any) -> NewEvent:
    """A fact of no meaning to anyone, told apart by its number."""
    return NewEvent(
        "item_decided", NOON + timedelta(minutes=number), {"number": number, **data}, f"statement-{number}"
    )


def append(
    store: Store, stream: str, *numbers: int, at: datetime = NOON, caused_by: str = "U7"
) -> list[Event]:
    """Appends facts with these numbers in one transaction."""
    with store.writing():
        return ledger.append(
            store,
            stream,
            [fact(one) for one in numbers],
            recorded_at=at,
            caused_by=caused_by,
            policy_version=1,
        )


def numbers(events: list[Event]) -> list[int]:
    return [one.data["number"] for one in events]
