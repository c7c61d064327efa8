"""Statements in and out: the path of a statement from a body to what it means, in one transaction."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary, ref

import orjson

from passport_service.domain.errors import Refused
from passport_service.services import key_memory, learning
from passport_service.services.attachments import namings
from passport_service.services.crossing import Ferry
from passport_service.services.keys import Key, home_page
from passport_service.services.renditions import described, given_back
from passport_service.store import arrivals, attachments, definitions, interned, statement_search, statements
from passport_service.store.database import Store
from passport_service.store.incoming import Incoming
from passport_service.store.incoming import incoming as made_ready
from passport_service.store.interned import TooLong
from passport_service.store.retries import retrying
from passport_service.store.statement_rows import Kept
from passport_service.store.statements import Conflict, Inserted, NotYours
from passport_service.xapi.actor import key_of
from passport_service.xapi.attachments import refuse_unmatched
from passport_service.xapi.batch import read_batch, read_single
from passport_service.xapi.links import (
    activity_of,
    direct_agents,
    related_activities,
    related_agents,
)
from passport_service.xapi.multipart import Attached
from passport_service.xapi.query import Query, format_cursor
from passport_service.xapi.reading import Read
from passport_service.xapi.scopes import Scope, allows
from passport_service.xapi.signature import check_signatures
from passport_service.xapi.statement import is_voiding
from passport_service.xapi.versions import Version

MOST_ON_A_PAGE = 500
MOST_AT_ONCE = 64  # requests that share a transaction
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The ids of a batch in its order, and how many of them were not known before."""

    ids: list[str]
    new: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one request brings, to be stored whole or not at all. ``clock`` is asked again once the transaction is open.

    ``stamp``: the key was known from memory, as keys were at this stamp; None: it was asked for.
    """

    batch: Sequence[Incoming]
    key: Key
    now: datetime
    clock: Clock | None
    attached: Sequence[Attached]
    stamp: int | None = None


ferries: WeakKeyDictionary[Store, Ferry[Parcel, Accepted]] = WeakKeyDictionary()
launching = Lock()


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
    version: Version | None = Version.V1,
    stamp: int | None = None,
) -> Accepted:
    """Stores what a body holds and learns what it means: all of it, or nothing.

    ``now`` is when the request came in. ``clock`` is asked again when the transaction is open, so that ``stored`` never
    runs back; without it, ``now`` is used. ``statement_id`` makes it a PUT of one statement. ``attached`` is the data
    that came along. ``version``: of the standard, by which the body is to be understood; None: each statement by the one
    that it names. Known statements with the same content are quiet.

    Raises xapi Invalid for what the standard does not allow, Refused ID_CONFLICT for a known id with other content,
    Refused NOT_ALLOWED for what this key may not say; KeysChanged when keys are not as they were at ``stamp`` (`Parcel`).
    """
    if statement_id is None:
        batch = [incoming(one, key) for one in read_batch(body, version)]
    else:
        batch = [incoming(read_single(body, statement_id, version), key, statement_id)]
    received = {one.sha2: one for one in attached}
    refuse_unmatched([one.value for one in batch], received)
    for place, one in enumerate(batch):
        check_signatures(one.value, received, place, Version.of(one.edition))
    return accept_batch(store, batch, key=key, now=now, clock=clock, attached=attached, stamp=stamp)


def accept_values(
    store: Store, *, key: Key, values: Sequence[Mapping[str, Any]], now: datetime, clock: Clock | None = None
) -> Accepted:
    """The same for statements that are values already (a puller's, a story's). Raises as `accept` does."""
    return accept(store, key=key, body=orjson.dumps(values), now=now, clock=clock, version=None)


def incoming(one: Read, key: Key, statement_id: str | None = None) -> Incoming:
    """A valid statement of a key, made ready to be stored, under the id that a PUT names, its own, or a new one."""
    return made_ready(
        one.value, one.payload, key_id=key.id, statement_id=statement_id, edition=one.version.edition
    )


def accept_batch(
    store: Store,
    batch: Sequence[Incoming],
    *,
    key: Key,
    now: datetime,
    clock: Clock | None = None,
    attached: Sequence[Attached] = (),
    stamp: int | None = None,
) -> Accepted:
    """The part of `accept` after reading; also for a replay. Inside a transaction it joins that one."""
    for place, one in enumerate(batch):
        refuse_not_allowed(key, one.value, place)
    if not batch:
        key_memory.refuse_changed(store, {stamp})  # no transaction will look at it
        return Accepted([], 0)
    parcel = Parcel(batch, key, now, clock, attached, stamp)
    if store.is_writing:
        return write(store, [parcel])[0][0]
    # Attachments may be large: nobody else is to wait for them.
    return committed(store, [parcel])[0] if attached else ferry_of(store).take(parcel)


def ferry_of(store: Store) -> Ferry[Parcel, Accepted]:
    with launching:
        if store not in ferries:
            here = ref(store)  # the ferry must not keep alive what it is kept by
            ferries[store] = Ferry(lambda parcels: carry(here, parcels), MOST_AT_ONCE)
        return ferries[store]


def carry(here: "ref[Store]", parcels: Sequence[Parcel]) -> list[Accepted | BaseException]:
    """Stores parcels of several requests in one transaction. If anything is wrong with one, each is tried alone: nobody
    answers for a neighbour."""
    store = here()
    if store is None:
        raise RuntimeError("the store is gone")
    try:
        return list(committed(store, parcels))
    except Exception as fault:  # noqa: BLE001 (it is raised again, in the thread whose request it was)
        if len(parcels) == 1:
            return [fault]
        return [one for parcel in parcels for one in carry(here, [parcel])]


def committed(store: Store, parcels: Sequence[Parcel]) -> list[Accepted]:
    accepted, numbers, marks = retrying(store, lambda: write(store, parcels))
    interned.remember(store, numbers)
    definitions.remember(store, marks)
    return accepted


def write(
    store: Store, parcels: Sequence[Parcel]
) -> tuple[list[Accepted], interned.Memory, definitions.Marks]:
    """One transaction: every statement of the parcels and what it means, or nothing."""
    now = max(one.now for one in parcels)
    with store.pipelined() as begun, store.writing(at=min(one.now for one in parcels)):
        begun()
        key_memory.refuse_changed(store, {one.stamp for one in parcels})
        stored = max([now, *(one.clock() for one in parcels[:1] if one.clock is not None)])
        batch = [one for parcel in parcels for one in parcel.batch]
        if any(parcel.attached for parcel in parcels):
            statements.hold_references(store, batch)  # what is erased meanwhile could be the same data
        for parcel in parcels:
            attachments.save(store, parcel.attached, key_id=parcel.key.id)
        inserted = insert(store, batch, stored)
        definitions.note(store, (one.statement for one in inserted.new), at=stored)
        for parcel in parcels:
            attachments.link(store, namings(parcel.batch), key_id=parcel.key.id)
        waiving = {one.key.id for one in parcels if one.key.may_waive}
        learned = learning.learn(store, inserted.new, may_waive=waiving, now=stored)
        if inserted.voided:
            learning.voided(store, inserted.voided, now=stored)
        note_arrivals(store, parcels, inserted, learned, stored)
        new = {one.id for one in inserted.new}
        accepted = [
            Accepted([one.id for one in parcel.batch], sum(one.id in new for one in parcel.batch))
            for parcel in parcels
        ]
        return accepted, interned.noted_in(store), definitions.noted_in(store)


def note_arrivals(
    store: Store, parcels: Sequence[Parcel], inserted: Inserted, learned: Counter[str], stored: datetime
) -> None:
    """Counts what came, one row a key. Last of all: everybody who sends with the same key waits for its row until the end."""
    requests = Counter(one.key.id for one in parcels)
    sent = Counter(one.key_id for parcel in parcels for one in parcel.batch)
    added = Counter(one.key_id for one in inserted.new)
    for key_id in sorted(requests):
        came = arrivals.Came(requests[key_id], sent[key_id], added[key_id], learned[key_id])
        arrivals.note(store, key_id, came, at=stored)


def insert(store: Store, batch: Sequence[Incoming], stored: datetime) -> Inserted:
    try:
        return statements.insert(store, batch, stored=stored)
    except Conflict as fault:
        raise Refused("ID_CONFLICT", f"{fault}.", f"statements[{fault.place}].id") from None
    except NotYours as fault:
        raise Refused("NOT_ALLOWED", f"{fault}.", f"statements[{fault.place}].object.id") from None
    except TooLong as fault:
        where = f"statements[{_naming(batch, fault.text)}]"
        raise Refused("TOO_LONG", f"{fault}", where) from None


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
    """The one statement a query names by statementId or voidedStatementId, if this key may read it."""
    voided = query.voided_statement_id is not None
    wanted = query.voided_statement_id if voided else query.statement_id
    with store.reading():
        return statement_search.find_one(store, wanted or "", key_id=whose(key), voided=voided)


def search(
    store: Store,
    query: Query,
    *,
    key: Key,
    home: str,
    language: str | None = None,
    most: int = MOST_ON_A_PAGE,
) -> Found:
    """A page of the statements that this key may read and the query asks for, as JSON in the query's format.

    ``home``: the service's public address, home page of the authority. ``language``: the Accept-Language header.
    """
    limit = min(query.limit or most, most)
    with store.reading():
        page = statement_search.find_page(store, query, key_id=whose(key), limit=limit, home=home)
        known = described(store, page.statements, query.format)
    shown = [given_back(one, home, query.format, language, known) for one in page.statements]
    return Found(shown, page.statements, None if page.after is None else format_cursor(*page.after))


def whose(key: Key) -> str | None:
    """Whose statements a key may read: its own, or with a wider scope (None) everybody's (Communication 4.2)."""
    return None if allows(key.scopes, Scope.STATEMENTS_READ) else key.id
