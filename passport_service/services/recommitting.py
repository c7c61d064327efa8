"""When the draw key was lost: publishing another hash for the next draw, openly and with a reason (R8.4)."""

from datetime import datetime

from passport_service.domain.errors import Refused
from passport_service.domain.events import NewEvent
from passport_service.domain.moderation import commitment
from passport_service.services import councils
from passport_service.services.draws import next_place, published, secret_of
from passport_service.services.reasons import check_reason
from passport_service.store.database import Store


def recommit(store: Store, *, key: bytes, reason: str, by: str, now: datetime) -> str:
    """Publish the hash that this key gives for the next draw in place of the one published before; returns it.

    Both stay on record: the receipts of the two draws no longer join, and whoever checks the chain sees it and finds the
    reason here. Raises Refused REASON_NEEDED, NOT_ALLOWED when the key is the one whose hash was published.
    """
    check_reason(reason)
    with store.writing(now):
        council = councils.load_for_change(store)
        place = next_place(council)
        standing, hashed = published(council), commitment(secret_of(key, place))
        if hashed == standing:
            raise Refused(
                "NOT_ALLOWED",
                "The key is the one whose hash was published; there is nothing to replace.",
                "key",
            )
        data = {"draw": str(place), "hash": hashed, "replaces": standing, "reason": reason}
        councils.append(store, [NewEvent("draw_committed", now, data)], now=now, caused_by=by)
    return hashed
