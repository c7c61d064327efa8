"""Publishing policy versions: by one person, approved by another, never for the past (R0.9)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from passport_service.domain import policy
from passport_service.domain.events import NewEvent
from passport_service.services import councils, dossiers
from passport_service.store import lookups
from passport_service.store.database import Store


def publish(
    store: Store,
    overrides: Mapping[str, Any],
    *,
    effective_from: datetime,
    author: str,
    approver: str,
    now: datetime,
    note: str = "",
) -> int:
    """Publish a version laid over the one in force then; returns its number.

    Raises Refused SAME_PERSON, IN_THE_PAST, MALFORMED.
    """
    with store.writing(now):
        council = councils.load_for_change(store)
        version = policy.publish(
            council.policies,
            overrides,
            effective_from=effective_from,
            author=author,
            approver=approver,
            note=note,
            now=now,
        )
        data = policy.policy_data(version)
        councils.append(store, [NewEvent("policy_published", now, data)], now=now, caused_by=author)
        dossiers.touch(store, lookups.all_streams(), now=now)
    return version.version
