"""Documents of learning systems: written under conditions, read back as they came (Communication 2.2, 2.3, 2.6, 2.7).

They belong to no key: what one tool saves about a learner another goes on with. But a key that speaks for certain home
pages reads and writes only about agents of these.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from passport_service.domain.errors import Refused
from passport_service.services.keys import Key, home_page
from passport_service.store import documents
from passport_service.store.database import Store
from passport_service.store.documents import LONGEST, Context, Document, Listed, Place
from passport_service.store.retries import retrying
from passport_service.xapi.documents import Content, posted_onto
from passport_service.xapi.preconditions import Conditions, Demand, Verdict, judge

__all__ = ["Context", "Document", "Listed", "Place", "Write", "change", "find", "ids", "remove_all"]

TRIES = 8
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Write:
    """What a request would do to a document: the content it brings, None to delete; ``merging`` as a POST does."""

    content: Content | None
    conditions: Conditions
    merging: bool = False
    demand: Demand = Demand.NEVER


def refuse_agent(key: Key, agent: Mapping[str, Any]) -> None:
    """An account of a home page that this key does not speak for is none of its business, to read or to write."""
    account = agent.get("account")
    if key.home_pages and account is not None and home_page(account["homePage"]) not in key.home_pages:
        raise Refused("NOT_ALLOWED", "This key does not speak for this home page.", "agent.account.homePage")


def refuse_long(place: Place) -> None:
    for text in (place.id, place.context.agent or "", place.context.activity or ""):
        if len(text.encode()) > LONGEST:
            raise Refused("TOO_LONG", f"An identifier is longer than {LONGEST} bytes: {text[:60]}….")


def find(store: Store, place: Place) -> Document | None:
    """The document in a place, if there is one."""
    with store.reading():
        return documents.find(store, place)


def ids(store: Store, context: Context, since: datetime | None = None) -> list[Listed]:
    """The ids of what a context holds, written after ``since``, in order; without a registration, of all of them."""
    with store.reading():
        return documents.ids(store, context, since)


def remove_all(store: Store, context: Context, *, now: datetime) -> None:
    """Deletes what a context holds; without a registration, of all of them (Communication 2.3)."""

    def work() -> None:
        with store.writing(at=now):
            documents.remove_all(store, context)

    retrying(store, work)


def change(store: Store, place: Place, write: Write, *, now: datetime, clock: Clock | None = None) -> None:
    """Does what a request asks to the document in a place, if its conditions are met by what is there at that moment.

    Of two that name the same tag, one is too late. ``clock`` is asked when the document is held, so that a later write
    never has an earlier moment. Raises Refused PRECONDITION_FAILED, DOCUMENT_EXISTS or TOO_LONG, and xapi Invalid for
    what cannot be merged and for a condition that is missing.
    """
    refuse_long(place)
    for _ in range(TRIES):
        if retrying(store, lambda: changed(store, place, write, now, clock)):
            return
    raise Refused("DOCUMENT_BUSY", "Others are writing this document. Fetch it and try again.")


def changed(store: Store, place: Place, write: Write, now: datetime, clock: Clock | None) -> bool:
    """One transaction; False when a document came to be in the middle of it, where none was."""
    with store.writing(at=now):
        there = documents.hold(store, place)
        refuse_unmet(judge(write.conditions, there.tag if there else None, write.demand))
        at = now if clock is None else max(now, clock())
        if write.content is None:
            documents.remove(store, place)
            return True
        content = write.content
        if write.merging:
            content = posted_onto(there.content if there else None, content)
        if there is None:
            return documents.add(store, place, content, at)
        documents.replace(store, place, content, at)
        return True


def refuse_unmet(verdict: Verdict) -> None:
    """Says no in the standard's statuses: 412, 409, and 400 for a PUT that had to carry a condition."""
    match verdict:
        case Verdict.PROCEED:
            return
        case Verdict.UNMET:
            raise Refused(
                "PRECONDITION_FAILED", "The document is not as the request says. Fetch it and its ETag again."
            )
        case Verdict.WOULD_REPLACE:
            raise Refused(
                "DOCUMENT_EXISTS",
                "There is such a document. Look at it, and set If-Match to its current ETag to write over it.",
            )
        case Verdict.UNCONDITIONAL:
            raise Refused(
                "CONDITION_NEEDED", "Say If-None-Match: * to write a document where none is, or If-Match."
            )
