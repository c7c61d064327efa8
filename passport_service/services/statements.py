"""Statements in and out: the path of a statement from a body to what it means, in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import orjson

from passport_service.domain.calendar import business_date
from passport_service.domain.errors import Refused
from passport_service.services import learning
from passport_service.services.keys import Key, home_page
from passport_service.store import attachments, heard, interned, statement_search, statements
from passport_service.store.database import Store
from passport_service.store.interned import TooLong
from passport_service.store.retries import retrying
from passport_service.store.statement_rows import Kept
from passport_service.store.statements import Conflict, Incoming, Inserted, NotYours
from passport_service.xapi.actor import key_of
from passport_service.xapi.attachments import attachments_of, refuse_unmatched
from passport_service.xapi.batch import read_batch, read_single
from passport_service.xapi.formats import canonical, exact, ids_only
from passport_service.xapi.links import activity_of, direct_agents, related_activities, related_agents
from passport_service.xapi.multipart import Attached
from passport_service.xapi.query import Format, Query, format_cursor
from passport_service.xapi.reading import Read
from passport_service.xapi.signature import check_signatures
from passport_service.xapi.statement import is_voiding
from passport_service.xapi.timestamps import format_timestamp
from passport_service.xapi.versions import OF_STATEMENT

MOST_ON_A_PAGE = 500
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The ids of a batch in its order, and how many of them were not known before."""

    ids: list[str]
    new: int


@dataclass(frozen=True, slots=True)
class Found:
    """Statements as JSON, ready to be joined; ``cursor`` leads to more, if there are any."""

    statements: list[bytes]
    kept: list[Kept]
    cursor: str | None


def accept(
    store: Store,
    *,
    key: Key,
    body: bytes,
    now: datetime,
    clock: Clock | None = None,
    statement_id: str | None = None,
    attached: Sequence[Attached] = (),
) -> Accepted:
    """Stores what a body holds and learns what it means: all of it, or nothing.

    ``now`` is when the request came in. ``clock`` is asked again when the transaction is open, so that ``stored`` never
    runs back; without it, ``now`` is used. ``statement_id`` makes it a PUT of one statement. ``attached`` is the data
    that came along. Known statements with the
    same content are quiet. Raises xapi Invalid for what the standard does not allow, Refused ID_CONFLICT for a known id
    with other content, Refused NOT_ALLOWED for what this key may not say.
    """
    if statement_id is None:
        batch = incoming(read_batch(body))
    else:
        single = read_single(body, statement_id)
        batch = [Incoming(statement_id.lower(), single.payload, single.value)]
    received = {one.sha2: one for one in attached}
    refuse_unmatched([one.value for one in batch], received)
    for place, one in enumerate(batch):
        check_signatures(one.value, received, place)
    return accept_batch(store, batch, key=key, now=now, clock=clock, attached=attached)


def accept_values(
    store: Store, *, key: Key, values: Sequence[Mapping[str, Any]], now: datetime, clock: Clock | None = None
) -> Accepted:
    """The same for statements that are values already (a puller's, a story's). Raises as `accept` does."""
    return accept(store, key=key, body=orjson.dumps(values), now=now, clock=clock)


def incoming(read: Sequence[Read]) -> list[Incoming]:
    """Valid statements with their ids; those without one are given one (Data 2.4.1)."""
    return [
        Incoming(one.value["id"].lower() if "id" in one.value else str(uuid4()), one.payload, one.value)
        for one in read
    ]


def accept_batch(
    store: Store,
    batch: Sequence[Incoming],
    *,
    key: Key,
    now: datetime,
    clock: Clock | None = None,
    attached: Sequence[Attached] = (),
) -> Accepted:
    """The part of `accept` after reading; also for a replay."""
    for place, one in enumerate(batch):
        refuse_not_allowed(key, one.value, place)
    if not batch:
        return Accepted([], 0)
    inserted, noted = retrying(store, lambda: write(store, batch, key, now, clock, attached))
    if not store.is_writing:
        interned.remember(store, noted)
    return Accepted([one.id for one in batch], len(inserted.new))


def write(
    store: Store,
    batch: Sequence[Incoming],
    key: Key,
    now: datetime,
    clock: Clock | None,
    attached: Sequence[Attached],
) -> tuple[Inserted, dict[interned.Kind, interned.Numbers]]:
    with store.writing(at=now):
        stored = now if clock is None else max(now, clock())
        try:
            inserted = statements.insert(store, batch, key_id=key.id, stored=stored)
        except Conflict as fault:
            raise Refused("ID_CONFLICT", f"{fault}.", f"statements[{fault.place}].id") from None
        except NotYours as fault:
            raise Refused("NOT_ALLOWED", f"{fault}.", f"statements[{fault.place}].object.id") from None
        except TooLong as fault:
            where = f"statements[{_naming(batch, fault.text)}]"
            raise Refused("TOO_LONG", f"{fault}", where) from None
        attachments.save(store, attached, key_id=key.id)
        heard.note(store, key.id, at=stored, day_on=business_date(stored))
        if inserted.new:
            learning.learn(store, inserted.new, key=key, now=stored)
        if inserted.voided:
            learning.voided(store, inserted.voided, key=key, now=stored)
        return inserted, interned.noted_in(store)


def _naming(batch: Sequence[Incoming], text: str) -> int:
    """The place of the first statement that names an agent, a verb or an activity by this text."""
    for place, one in enumerate(batch):
        value = one.value
        named = {key_of(value["actor"]), value["verb"]["id"], activity_of(value)}
        if text in named | direct_agents(value) | related_agents(value) | related_activities(value):
            return place
    return 0


def refuse_not_allowed(key: Key, value: Mapping[str, Any], place: int) -> None:
    """What this key may not say: voidings unless it may void (Data 2.3.2), and accounts of home pages not its own.

    The whole batch is refused rather than such statements stored without counting: the sender's failed log and our
    refused batches both show it, and after the key is put right the batch can be replayed.
    """
    if not key.may_void and is_voiding(value):
        raise Refused("NOT_ALLOWED", "This key may not void statements.", f"statements[{place}].verb")
    account = value["actor"].get("account")
    if key.home_pages and account is not None and home_page(account["homePage"]) not in key.home_pages:
        raise Refused(
            "NOT_ALLOWED",
            "This key does not speak for this home page.",
            f"statements[{place}].actor.account.homePage",
        )


def find(store: Store, query: Query, *, key: Key) -> Kept | None:
    """The one statement a query names by statementId or voidedStatementId, if this key wrote it."""
    voided = query.voided_statement_id is not None
    wanted = query.voided_statement_id if voided else query.statement_id
    with store.reading():
        return statement_search.find_one(store, wanted or "", key_id=key.id, voided=voided)


def search(
    store: Store,
    query: Query,
    *,
    key: Key,
    home: str,
    language: str | None = None,
    most: int = MOST_ON_A_PAGE,
) -> Found:
    """A page of the statements that this key wrote and the query asks for, as JSON in the query's format.

    ``home``: the service's public address, home page of the authority. ``language``: the Accept-Language header.
    """
    limit = min(query.limit or most, most)
    authority = authority_of(key, home)
    with store.reading():
        page = statement_search.find_page(
            store, query, key_id=key.id, limit=limit, authority=key_of(authority) or ""
        )
    shown = [given_back(one, authority, query.format, language) for one in page.statements]
    return Found(shown, page.statements, None if page.after is None else format_cursor(*page.after))


def authority_of(key: Key, home: str) -> dict[str, Any]:
    """Who vouches for a key's statements (Data 2.4.9): the key, as an account of this service."""
    return {"objectType": "Agent", "account": {"homePage": home, "name": key.id}}


def given_back(
    kept: Kept, authority: Mapping[str, Any], form: Format = Format.EXACT, language: str | None = None
) -> bytes:
    """A stored statement as JSON: what was accepted, plus what the service assigned."""
    assigned = {
        "id": kept.id,
        "stored": format_timestamp(kept.stored),
        "timestamp": format_timestamp(kept.timestamp),
        "authority": authority,
        "version": OF_STATEMENT,
    }
    text = exact(kept.payload, assigned)
    match form:
        case Format.EXACT:
            return text
        case Format.IDS:
            return orjson.dumps(ids_only(orjson.loads(text)))
        case Format.CANONICAL:
            return orjson.dumps(canonical(orjson.loads(text), language))


def attached_to(store: Store, kept: Sequence[Kept], *, key: Key) -> list[Attached]:
    """The data of these statements' attachments, as far as this key sent it."""
    wanted = {
        attachment["sha2"].lower() for one in kept for attachment in attachments_of(orjson.loads(one.payload))
    }
    with store.reading():
        return attachments.load(store, sorted(wanted), key_id=key.id)
