"""People and what changes about them: joining, moving, being away, leaving, identifiers, merging (R2.11, D.16)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from passport_service.domain.calendar import start_of_day
from passport_service.domain.dossier import Dossier
from passport_service.domain.errors import Refused
from passport_service.domain.people import ATTRIBUTES, Absence
from passport_service.services import conflicts, dossiers, learning
from passport_service.store import ledger, lookups
from passport_service.store.database import Store
from passport_service.xapi.actor import hashed_key

MOST_DAYS_AWAY = 3 * 366
CHANGEABLE = frozenset({*ATTRIBUTES, "left"})
IDENTIFIERS = ("account", "mbox", "mbox_sha1sum", "openid")
LONGEST_IDENTIFIER = 2000
REGISTRATIONS = ("registered", "ended", "unknown", "not_required")


def find(store: Store, ref: str) -> str:
    """The stream of the person with this staff reference. Raises Refused NOT_FOUND."""
    return find_as(store, ref, "who")


def find_as(store: Store, ref: str, where: str) -> str:
    """The same, where the person is named in another field of a request."""
    stream = lookups.find_stream(ref)
    if stream is None:
        raise Refused("NOT_FOUND", f"Nobody has the reference {ref}.", where)
    return stream


def register(
    store: Store,
    *,
    ref: str,
    attributes: Mapping[str, Any],
    now: datetime,
    caused_by: str,
    effective_at: datetime | None = None,
) -> str:
    """Take someone on; returns their stream. Raises Refused MALFORMED for an unknown attribute or a reference in use."""
    _check(attributes)
    with store.writing(now):
        ledger.share(store)  # before a number is taken, which an import may be waiting for
        if lookups.find_stream(ref) is not None:
            raise Refused("MALFORMED", f"The reference {ref} is already in use.", "ref")
        stream = lookups.next_stream(store)
        with dossiers.changing(store, stream, now=now, caused_by=caused_by) as case:
            data = {"ref": ref, "name": ref, "registration": "registered", **attributes}
            case.add("person_registered", data, effective_at=effective_at)
    return stream


def change(
    store: Store,
    stream: str,
    changes: Mapping[str, Any],
    *,
    now: datetime,
    caused_by: str,
    effective_at: datetime | None = None,
) -> list[str]:
    """Record what changed about a person; returns the names of what did. Unchanged values leave no trace."""
    _check(changes)
    moment = effective_at or now
    with store.writing(now):
        with dossiers.changing(store, stream, now=now, caused_by=caused_by) as case:
            differing = {
                name: value
                for name, value in changes.items()
                if case.dossier.attributes.at(name, moment) != value
            }
            if differing:
                case.add("person_changed", differing, effective_at=effective_at)
        if moment < now and {"team", "manager"} & set(differing):
            conflicts.set_aside(store, stream, since=moment, now=now, caused_by=caused_by)
    return sorted(differing)


def _check(attributes: Mapping[str, Any]) -> None:
    for name in attributes:
        if name not in CHANGEABLE:
            raise Refused("MALFORMED", f"{name} is not something kept about a person.", name)
    if attributes.get("registration", "registered") not in REGISTRATIONS:
        raise Refused("MALFORMED", f"Registration is one of: {', '.join(REGISTRATIONS)}.", "registration")


def register_was_read(
    store: Store, stream: str, *, checked_at: datetime, now: datetime, caused_by: str
) -> None:
    """The professional register was read for this person at a moment (R4.5)."""
    with dossiers.changing(store, stream, now=now, caused_by=caused_by) as case:
        case.add("registration_checked", {}, effective_at=checked_at)


def record_absence(
    store: Store, stream: str, *, from_on: date, until_on: date, now: datetime, caused_by: str
) -> None:
    """Days away, both included, without a reason. Raises Refused MALFORMED when they end before they begin."""
    if until_on < from_on:
        raise Refused("MALFORMED", "The absence ends before it begins.", "until")
    if (until_on - from_on).days > MOST_DAYS_AWAY:
        raise Refused("TOO_LONG", "An absence is three years at most; record a leaver instead.", "until")
    with dossiers.changing(store, stream, now=now, caused_by=caused_by) as case:
        if Absence(from_on, until_on) not in case.dossier.absences:
            case.add("absence_recorded", {"from_on": from_on.isoformat(), "until_on": until_on.isoformat()})


def cancel_absence(
    store: Store, stream: str, *, from_on: date, until_on: date, now: datetime, caused_by: str
) -> None:
    """Take back an absence that was recorded with exactly these days."""
    with dossiers.changing(store, stream, now=now, caused_by=caused_by) as case:
        if Absence(from_on, until_on) not in case.dossier.absences:
            raise Refused("NOT_FOUND", "No absence with these days is recorded.", "from")
        case.add("absence_cancelled", {"from_on": from_on.isoformat(), "until_on": until_on.isoformat()})


def link(
    store: Store,
    stream: str,
    key: str,
    *,
    now: datetime,
    caused_by: str,
    from_at: datetime | None = None,
    why: str = "",
) -> None:
    """Say that an identifier is this person's, from a moment on or from ever; another who held it leaves it then (R2.11).

    Statements already here under the identifier are read again and go to whom they belong by their date. Raises Refused
    MALFORMED for what is no identifier, or is held by another while ``from_at`` is not given.
    """
    kind, _, value = key.partition("|")
    if kind not in IDENTIFIERS or not value or len(key.encode()) > LONGEST_IDENTIFIER:
        raise Refused("MALFORMED", "An identifier is an account, a mailbox, its hash, or an OpenID.", "key")
    with store.writing(now):
        ledger.alone(store)
        for one in _same_identity(key):
            _link_one(store, stream, one, from_at, now, caused_by, why)
        learning.read_again_by_actor(store, _same_identity(key), now=now)


def _same_identity(key: str) -> list[str]:
    """A mailbox is known by its hash too: some systems send only that."""
    hashed = hashed_key(key)
    return [key, hashed] if hashed else [key]


def _link_one(
    store: Store, stream: str, key: str, from_at: datetime | None, now: datetime, caused_by: str, why: str
) -> None:
    open_holders = [one for one in lookups.holders(store, key) if one.until_at is None]
    if any(stream in (one.stream, one.person) for one in open_holders):
        return
    for one in open_holders:
        if from_at is None:
            raise Refused(
                "MALFORMED", "Somebody else holds this identifier: say from when it is this person's.", "from"
            )
        with dossiers.changing(store, one.stream, now=now, caused_by=caused_by) as case:
            case.add("identifier_unlinked", {"key": key, "until": from_at.isoformat()})
    with dossiers.changing(store, stream, now=now, caused_by=caused_by) as case:
        data = {"key": key, "from": from_at.isoformat() if from_at else None, "why": why}
        case.add("identifier_linked", data)


def unlink(
    store: Store, stream: str, key: str, *, now: datetime, caused_by: str, until: datetime | None = None
) -> None:
    """Take an identifier away, from a moment on, or as if it had never been this person's (``until`` None)."""
    with store.writing(now):
        ledger.alone(store)
        for one in _same_identity(key):
            with dossiers.changing(store, stream, now=now, caused_by=caused_by) as case:
                if any(k == one and end is None for k, _, end in case.dossier.identifiers):
                    case.add(
                        "identifier_unlinked", {"key": one, "until": until.isoformat() if until else None}
                    )
        learning.read_again_by_actor(store, _same_identity(key), now=now)


def merge(store: Store, *, duplicate: str, into: str, now: datetime, caused_by: str) -> None:
    """Two records are one person: their events unite and everything is worked out again (R16.4).

    Nothing is issued or revoked by it until a person has looked: a hold stays until ``clear_merge``.
    """
    if duplicate == into:
        raise Refused("SAME_PERSON", "These are the same record.", "into")
    with store.writing(now):
        ledger.alone(store)
        with dossiers.changing_all(store, [duplicate, into], now=now, caused_by=caused_by) as cases:
            _refuse_merge(cases[duplicate].dossier, cases[into].dossier)
            cases[into].add("hold_placed", {"why": "merge"})
            cases[into].add("person_merged", {"source": duplicate})
            cases[duplicate].add("person_merged", {"target": into})
            cases[duplicate].add("person_changed", {"merged_into": into})
        dossiers.touch(store, [into], now=now)


def _refuse_merge(duplicate: Dossier, into: Dossier) -> None:
    if duplicate.live:
        raise Refused(
            "NOT_ALLOWED", "The duplicate holds a live passport: merge the other way round.", "duplicate"
        )
    if duplicate.is_duplicate:
        raise Refused("NOT_ALLOWED", "This record has been merged already.", "duplicate")
    if into.is_duplicate:
        raise Refused("NOT_ALLOWED", "This record was merged into another: merge into that one.", "into")


def unmerge(store: Store, *, duplicate: str, from_: str, now: datetime, caused_by: str) -> None:
    """They were two people after all: each is exactly as its own events say (R2.11)."""
    with store.writing(now):
        ledger.alone(store)
        with dossiers.changing_all(store, [duplicate, from_], now=now, caused_by=caused_by) as cases:
            if cases[duplicate].dossier.attributes.latest("merged_into") != from_:
                raise Refused("NOT_FOUND", "These two are not merged.", "duplicate")
            cases[from_].add("person_unmerged", {"source": duplicate})
            cases[duplicate].add("person_unmerged", {"target": from_})
            cases[duplicate].add("person_changed", {"merged_into": None})
        # Only now each is read alone; until then nothing may be issued on what was united.
        with dossiers.changing(store, from_, now=now, caused_by=caused_by, afresh=True) as case:
            if "merge" in case.dossier.holds:
                case.add("hold_cleared", {"why": "merge"})
        dossiers.touch(store, [duplicate], now=now)


def clear_merge(store: Store, stream: str, *, now: datetime, caused_by: str) -> None:
    """A person has looked at the united record: what follows from it may now happen by itself."""
    with dossiers.changing(store, stream, now=now, caused_by=caused_by) as case:
        if "merge" not in case.dossier.holds:
            raise Refused("NOT_FOUND", "No merge waits for a look here.")
        case.add("hold_cleared", {"why": "merge"})


def leave(store: Store, stream: str, *, on: date, now: datetime, caused_by: str) -> None:
    """The person leaves the council on a day; a passport ends with it (L11)."""
    change(store, stream, {"left": True}, now=now, caused_by=caused_by, effective_at=start_of_day(on))
